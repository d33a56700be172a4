"""The only module that knows QuickJS: PyPI's ``quickjs-bindings`` behind the engine protocol.

The binding is young, so each of its known defects is kept away from here on: values cross as scalars
only, every callback answers a tagged text instead of raising, user code runs under a JavaScript
runner that keeps the original error, and callbacks reach the realm through a holder that is emptied
on close, because the binding has no cycle collector.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import quickjs

from marotte.realm.engine import (
    EngineError,
    EngineHost,
    EngineInterrupted,
    EngineLimits,
    EngineOutOfMemory,
    EngineStatistics,
    Scalar,
)
from marotte.realm.modules import classic_function
from marotte.realm.native import NativeHooks, native_hooks

__all__ = ["ENGINE_VERSION", "QuickJSEngine"]

ELEMENT_BYTES = 16
CLOSED = 'e{"name":"Error","message":"the realm is closed"}'
CALLBACKS = {
    "call": "call",
    "callable": "call_callable",
    "settled": "settled",
    "listenerFailed": "listener_failed",
    "drop": "drop",
    "classSpec": "class_spec",
    "bindingSpec": "binding_spec",
    "resolve": "resolve",
    "jsonModule": "json_module",
}


def _extension() -> Any:
    """The extension module inside the binding; other distributions import as ``quickjs`` too."""
    extension = getattr(quickjs, "_quickjs", None)
    if not hasattr(extension, "quickjs_version") or not hasattr(quickjs, "Runtime"):
        raise ImportError(
            f"the module 'quickjs' at {quickjs.__file__} is not that of quickjs-bindings: another "
            "distribution (quickjs or quickjs-ng) took its name. Run "
            "'pip uninstall quickjs quickjs-ng', then "
            "'pip install --force-reinstall quickjs-bindings==0.1.1'."
        )
    return extension


_EXTENSION = _extension()
ENGINE_VERSION = str(_EXTENSION.quickjs_version)


class _Holder:
    """What callbacks inside the engine see of the outside; emptied on close to cut the cycle."""

    __slots__ = ("context", "fatal", "host", "polls", "tripped")

    def __init__(self, host: EngineHost) -> None:
        self.host: EngineHost | None = host
        self.context: Any = None
        self.fatal: BaseException | None = None
        self.tripped = False
        self.polls = 0


def _plain(value: Any) -> Any:
    """A long concatenated string arrives as a rope, which is a value of the engine."""
    return str(value) if type(value) is quickjs.Value else value


def _answering(holder: _Holder, name: str) -> Callable[..., Any]:
    """A callback that never raises: the binding would cut, flatten or crash on an exception."""

    def callback(*args: Any) -> Any:
        host = holder.host
        if host is None:
            return CLOSED
        try:
            if quickjs.Value in map(type, args):
                args = tuple(map(_plain, args))
            return getattr(host, name)(*args)
        except (KeyboardInterrupt, SystemExit) as error:
            holder.fatal = error
            return host.error_text(error)
        except BaseException as error:
            return host.error_text(error)

    return callback


def _compiling(holder: _Holder, name: str, load: Callable[[str, str], Any]) -> Callable[..., Any]:
    """A callback that answers a function made from the source which the host supplies."""
    answering = _answering(holder, name)

    def callback(argument: Any) -> Any:
        answer = answering(argument)
        if not isinstance(answer, tuple) or holder.host is None:
            return answer
        try:
            return load(*answer)
        except quickjs.JSError as error:
            return _syntax_error_text(error)
        except BaseException as error:
            return holder.host.error_text(error)

    return callback


def _syntax_error_text(error: quickjs.JSError) -> str:
    name, _, message = str(error).partition(": ")
    stack = getattr(error, "js_stack", "").rstrip("\n")
    return "e" + json.dumps({"name": name, "message": message, "stack": stack})


def _interrupt_handler(holder: _Holder, poll_yield: int) -> Callable[[], bool]:
    """Asked by the engine every few thousand steps; must never raise, and is never replaced."""

    def poll() -> bool:
        try:
            holder.polls += 1
            if holder.polls % poll_yield == 0:
                time.sleep(0)
            host = holder.host
            if host is not None and holder.fatal is None and not host.poll():
                return False
        except BaseException:
            holder.tripped = True
            return True
        holder.tripped = True
        return True

    return poll


def _module_loader(holder: _Holder) -> Callable[[str], str]:
    """Answers a module's source; what it raises reaches the script as a cut message."""

    def load(name: str) -> str:
        if holder.host is None:
            raise RuntimeError("the realm is closed")
        try:
            return holder.host.module_source(name)
        except Exception as error:
            message = str(error).encode("utf-8", "replace").decode("utf-8")
            raise RuntimeError(message) from None

    return load


@cache
def _prelude(name: str) -> str:
    return files("marotte.realm").joinpath("prelude", name).read_text(encoding="utf-8")


_bytecode: dict[tuple[str, str], bytes] = {}


def _load(context: Any, source: str, filename: str) -> Any:
    """Evaluate an expression, compiling each source once in the life of the process."""
    compiled = _bytecode.get((filename, source))
    if compiled is None:
        compiled = context.compile(source, filename).write_object()
        _bytecode[filename, source] = compiled
    return context.eval_function(context.read_object(compiled))


class QuickJSEngine:
    """A QuickJS runtime and context of its own; see :class:`marotte.realm.engine.Engine`."""

    def __init__(self, host: EngineHost, limits: EngineLimits) -> None:
        self._holder = _Holder(host)
        self._thread = threading.get_ident()
        self._runtime = quickjs.Runtime()
        self._runtime.set_max_stack_size(limits.stack_bytes)
        self._runtime.set_memory_limit(limits.hard_memory_bytes)
        self._runtime.set_interrupt_handler(_interrupt_handler(self._holder, limits.poll_yield))
        self._context = self._holder.context = quickjs.Context(self._runtime)
        self._context.set_module_loader(_module_loader(self._holder))
        self._native = native_hooks(_EXTENSION.__file__, self._runtime, self._context)
        guards = _load(self._context, _prelude("guards.js"), "./marotte:guards")
        guards(limits.memory_bytes // ELEMENT_BYTES)
        self._kernel = self._start_kernel()
        if self._native is not None:
            self._native.track_rejections(self._kernel["onRejection"])

    @property
    def tracks_rejections(self) -> bool:
        """Whether the engine's own rejection tracker could be reached."""
        return self._native is not None

    def _start_kernel(self) -> dict[str, Any]:
        holder, context = self._holder, self._context
        raw = context.new_object()
        for name, method in CALLBACKS.items():
            raw.set(name, context.new_function(_answering(holder, method), name))
        compile_ = _compiling(holder, "classic_source", lambda *file: holder.context.eval(*file))
        face = _compiling(holder, "face", lambda *file: _load(holder.context, *file))
        raw.set("compile", context.new_function(compile_, "compile"))
        raw.set("face", context.new_function(face, "face"))
        exported = _load(context, _prelude("kernel.js"), "./marotte:kernel")(raw)
        return {name: exported.get(name) for name in exported.keys()}  # noqa: SIM118

    # -- running ------------------------------------------------------------------------------

    def _call(self, name: str, *args: Scalar) -> Scalar:
        kernel = self._kernel
        if not kernel:
            raise EngineError("the engine is closed")
        self._check_thread()
        holder = self._holder
        holder.tripped = False
        try:
            answer: Scalar = _plain(kernel[name](*args))
        except quickjs.JSError as error:
            raise self._failure(error) from None
        if holder.fatal is not None:
            self._raise_fatal()
        return None if answer is quickjs.Undefined else answer

    def _check_thread(self) -> None:
        if threading.get_ident() != self._thread:
            raise EngineError("a realm was used outside of its loop thread")

    def _failure(self, error: quickjs.JSError) -> EngineError:
        """What left the kernel uncaught: an interrupt, or the engine's own failure."""
        if self._holder.fatal is not None:
            self._raise_fatal()
        if self._holder.tripped:
            return EngineInterrupted("JavaScript was interrupted")
        message = str(error)
        if "out of memory" in message:
            return EngineOutOfMemory(message)
        return EngineError(message)

    def _raise_fatal(self) -> None:
        fatal, self._holder.fatal = self._holder.fatal, None
        if fatal is not None:
            raise fatal

    def install(self, spec: str) -> None:
        self._call("install", spec)

    def invoke(self, ident: int, *args: Scalar) -> Scalar:
        return self._call("invoke", ident, *args)

    def deliver(self, event: str, *idents: int) -> None:
        self._call("deliver", event, *idents)

    def settle(self, ident: int, value: Scalar) -> bool:
        return self._call("settle", ident, value) is True

    def evaluate(self, source: str) -> Scalar:
        return self._call("evaluate", source)

    def run_script(self, path: str) -> Scalar:
        return self._call("runScript", path)

    def run_module(self, path: str) -> Scalar:
        return self._call("runModule", path)

    def exported(self, path: str, name: str) -> Scalar:
        return self._call("exported", path, name)

    def retain_export(self, path: str, name: str) -> Scalar:
        return self._call("retainExport", path, name)

    def release(self, *idents: int) -> None:
        self._call("release", *idents)

    def take_unhandled(self) -> str | None:
        native = self._native
        if native is None or native.rejections == 0:
            return None
        native.rejections = 0
        return str(self._call("takeUnhandled"))

    def is_classic(self, source: str) -> bool:
        self._check_thread()
        try:
            self._context.compile(classic_function(source), "./main.js")
        except quickjs.JSError:
            return False
        return True

    def run_jobs(self, limit: int) -> bool:
        self._check_thread()
        context, holder = self._context, self._holder
        if context is None:
            raise EngineError("the engine is closed")
        holder.tripped = False
        try:
            for _ in range(limit):
                if not context.execute_pending_job():
                    return True
                if holder.tripped or holder.fatal is not None:
                    break
        except quickjs.JSError as error:
            raise self._failure(error) from None
        self._raise_fatal()
        if holder.tripped:
            raise EngineInterrupted("JavaScript was interrupted")
        return not context.has_pending_job

    # -- memory, stack, end -------------------------------------------------------------------

    def memory_bytes(self) -> int:
        return int(self._runtime.compute_memory_usage()["malloc_size"])

    def collect(self) -> None:
        self._runtime.run_gc()

    def rebase_stack(self) -> None:
        if self._native is not None:
            self._native.rebase_stack()

    def statistics(self) -> EngineStatistics:
        usage = self._runtime.compute_memory_usage()
        return EngineStatistics(
            memory_bytes=int(usage["malloc_size"]),
            objects=int(usage["obj_count"]),
            polls=self._holder.polls,
        )

    def close(self) -> None:
        if self._context is None:
            return
        self._check_thread()
        self._holder.host = None
        self._holder.context = None
        if self._native is not None:
            self._native.close()
            self._native = None
        self._context.set_module_loader(None)
        self._kernel.clear()
        self._context = None
        self._runtime = None
