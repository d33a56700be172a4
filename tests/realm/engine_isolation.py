"""Tests that may bring the process down, each in a process of its own."""

from __future__ import annotations

import faulthandler
import functools
import importlib
import multiprocessing
import resource
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, ParamSpec

from tests.realm.engine_support import run_on_engine_thread

P = ParamSpec("P")
PATIENCE = 60.0

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["pytest", "tests.realm.engine_support"])


class Crash(AssertionError):
    """The process of a test was ended by a signal, or had to be killed."""


def isolated(test: Callable[P, None]) -> Callable[P, None]:
    """Run a test on an engine thread of another process; its failure is reported as it was."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        run_isolated(test.__module__, test.__qualname__, *args, **kwargs)

    return run


def run_isolated(module: str, name: str, /, *args: Any, **kwargs: Any) -> None:
    """Call ``module.name`` on an engine thread of a new process.

    Raises:
        AssertionError: It raised; the message is its traceback.
        Crash: It ended by a signal or did not end within a minute.
    """
    ours, theirs = _processes.Pipe(duplex=False)
    process = _processes.Process(target=_child, args=(theirs, module, name, args, kwargs))
    process.start()
    theirs.close()
    failure = ""
    try:
        if ours.poll(PATIENCE):
            failure = ours.recv()
        else:
            process.kill()
    except EOFError:
        failure = "the child said nothing"
    process.join()
    ours.close()
    if process.exitcode != 0:
        raise Crash(f"{name} ended with exit code {process.exitcode}")
    if failure:
        raise AssertionError(failure)


def _child(
    results: Connection, module: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    faulthandler.enable()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    test = getattr(importlib.import_module(module), name)
    test = getattr(test, "__wrapped__", test)
    try:
        run_on_engine_thread(functools.partial(test, *args, **kwargs))
    except BaseException:
        results.send(traceback.format_exc())
    else:
        results.send("")
