"""Functions of an embedder, called on behalf of a run: async ones here, others in a thread."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from marotte.inference.daemon_thread import call_in_daemon_thread
from marotte.inference.run_view import RunView
from marotte.runs import thread_errors, without_exit


async def call_function(
    function: Callable[..., object],
    args: Sequence[object],
    named: Mapping[str, object] = MappingProxyType({}),
    *,
    ctx: RunView,
    name: str,
) -> object:
    """Call `function` and return what it answers, or what that comes to when awaited.

    A sync one is called in a thread of its own, named after `name`; it does not begin if the run
    of `ctx` is stopping by then.
    """
    if is_async(function):
        answer = function(*args, **named)
    else:
        call = partial(_checked, ctx, function, args, named)
        answer = await call_in_daemon_thread(call, f"marotte {name}")
    return await without_exit(answer) if inspect.isawaitable(answer) else answer


def is_async(function: Callable[..., object]) -> bool:
    """Tell whether calling `function`, or a callable object, gives a coroutine."""
    call = type(function).__call__
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


def _checked(
    ctx: RunView,
    function: Callable[..., object],
    args: Sequence[object],
    named: Mapping[str, object],
) -> object:
    ctx.check()
    with thread_errors:
        return function(*args, **named)
