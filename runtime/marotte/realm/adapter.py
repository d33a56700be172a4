"""The only module that knows QuickJS: PyPI's ``quickjs-bindings`` behind the engine protocol.

The binding is young, so each of its known defects is kept away from here on: values cross as
scalars only, every callback answers a tagged text instead of raising, user code runs under a
JavaScript runner that keeps the original error, and callbacks reach the realm through a holder that
is emptied on close, because the binding has no cycle collector.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
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
from marotte.realm.kernel import kernel_source, load_once, prelude_source
from marotte.realm.modules import classic_function
from marotte.realm.native import NativeHooks, native_hooks
from marotte.realm.nesting import nesting
from marotte.realm.polling import Heap, interrupt_handler, plant_canary
from marotte.realm.trampolines import (
    INPUT,
    Holder,
    answering,
    calling,
    checked,
    compiling,
    evaluating,
    input_path,
    load_error,
    load_failure,
    module_loader,
    module_namer,
    plain,
)

__all__ = ["ENGINE_VERSION", "QuickJSEngine"]

ELEMENT_BYTES = 16
ROOM_CHARS = 4096
MAX_NESTED_CALLS = 48
MAX_NESTED_ENGINES = 14
# What runs on top of others may use as much more of the stack as those have at most: the engine on
# top its own, and what a script that waits is served by a little.
ENGINE_STACK_BYTES = 1024 * 1024 + 64 * 1024
PARKED_STACK_BYTES = 128 * 1024
# An import is relative to the file of its function, so this one keeps its name.
IMPORT = "(path) => import(path)"
# That of evaluated source is relative to the file of the script that evaluates it.
EVALUATE = b'try { ({ answer: eval(this["marotte:source"]) }) } catch (error) { ({ error }) }'
CALLBACKS = {
    "settled": "settled",
    "claim": "claim",
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


def _encoded(source: str) -> bytes:
    """Source text as the engine reads it, lone surrogates included."""
    return source.encode("utf-8", "surrogatepass")


def _evaluate(holder: Holder, source: str, filename: str) -> Any:
    return holder.context.eval(_encoded(source), filename)


class QuickJSEngine:
    """A QuickJS runtime and context of its own; see :class:`marotte.realm.engine.Engine`."""

    def __init__(self, host: EngineHost, limits: EngineLimits) -> None:
        self._holder = Holder(host)
        self._thread = threading.get_ident()
        self._nesting = nesting()
        self._depth = 0
        self._below = self._parked = 0
        self._own_stack = self._stack = limits.stack_bytes
        self._hard_limit = limits.hard_memory_bytes
        self._native: NativeHooks | None = None
        self._kernel: dict[str, Any] = {}
        self._runtime: Any = quickjs.Runtime()
        self._runtime.set_max_stack_size(limits.stack_bytes)
        self._runtime.set_memory_limit(self._hard_limit)
        self._heap = Heap(self._holder, limits.memory_bytes)
        self._runtime.set_interrupt_handler(interrupt_handler(self._holder, limits, self._heap))
        self._context: Any = quickjs.Context(self._runtime)
        try:
            self._start(limits)
        except BaseException:
            self.close()
            raise

    def _start(self, limits: EngineLimits) -> None:
        """Load the prelude; the host is not asked anything yet."""
        self._holder.shielded = True
        self._holder.context, self._holder.runtime = self._context, self._runtime
        self._native = native_hooks(
            _EXTENSION.__file__, self._runtime, self._context, self._hard_limit
        )
        self._context.set_module_loader(module_loader(self._holder))
        self._holder.gauges = None if self._native is None else self._native.gauges
        self._kernel = self._start_kernel()
        guards = load_once(
            self._native, self._context, prelude_source("guards.js"), "./marotte:guards"
        )
        guards(limits.memory_bytes // ELEMENT_BYTES)
        if self._native is not None:
            self._native.track_rejections(self._kernel["onRejection"])
            self._native.name_modules(module_namer(self._holder), self._kernel["failLoading"])
        if self._holder.gauges is not None:
            plant_canary(self._holder)
        self._holder.shielded = False

    @property
    def tracks_rejections(self) -> bool:
        """Whether the engine's own rejection tracker could be reached."""
        return self._native is not None

    def _start_kernel(self) -> dict[str, Any]:
        holder, context, load = self._holder, self._context, partial(load_once, self._native)
        functions = {name: answering(holder, method) for name, method in CALLBACKS.items()}
        functions["call"] = calling(holder)
        functions["compile"] = compiling(
            holder, "classic_source", lambda *file: _evaluate(holder, *file), quickjs.JSError
        )
        functions["face"] = compiling(
            holder, "face", lambda *file: load(holder.context, *file), quickjs.JSError
        )
        functions["evaluate"] = evaluating(holder, lambda: holder.context.eval(EVALUATE, INPUT))
        functions["loadError"] = load_error(holder)
        functions["loadFailure"] = load_failure(holder)
        raw = context.new_object()
        for name, function in functions.items():
            raw.set(name, context.new_function(function, name))
        raw.set("import", load_once(None, context, IMPORT, "./marotte:import"))
        exported = load(context, kernel_source(), "./marotte:kernel")(raw)
        return {name: exported.get(name) for name in exported.keys()}

    # -- running ------------------------------------------------------------------------------

    def _run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Enter JavaScript.

        Raises:
            EngineInterrupted: It was interrupted, even where it swallowed that.
            RecursionError: Host and scripts call each other too deep.
        """
        holder, nested, outermost = self._holder, self._nesting, self._depth == 0
        # Who waits is served by two calls, however deep it stands.
        if nested.calls >= MAX_NESTED_CALLS + 2 * nested.parked or (
            outermost and nested.engines >= MAX_NESTED_ENGINES
        ):
            raise RecursionError("host and scripts call each other too deep")
        if outermost:
            self._below = nested.engines
            if self._native is not None:
                self._native.rebase_stack()
        nested.calls += 1
        nested.engines += outermost
        self._depth += 1
        stack = self._limit_stack(
            self._own_stack
            + PARKED_STACK_BYTES * self._parked
            + ENGINE_STACK_BYTES * (nested.engines - self._below - 1)
        )
        before = holder.tripped, holder.exhausted
        holder.tripped, holder.exhausted, holder.entered = False, False, True
        try:
            answer = function(*args)
            answer = None if answer is quickjs.Undefined else plain(answer)
            if holder.tripped or holder.fatal is not None:
                raise self._interruption()
            return answer
        except quickjs.JSError as error:
            raise self._failure(error) from None
        except SystemError:
            # The binding returns nothing and says nothing where a text has no room to be encoded.
            raise EngineOutOfMemory("out of memory") from None
        finally:
            holder.tripped, holder.exhausted = before
            self._limit_stack(stack)
            nested.calls -= 1
            nested.engines -= outermost
            self._depth -= 1
            if outermost and holder.host is None:
                self._free()

    def _limit_stack(self, size: int) -> int:
        """Let JavaScript use so much stack, counted from the outermost entry; answers the former.

        To count from elsewhere would not do: who comes back to what is below could go on from there
        by as much again.
        """
        before, self._stack = self._stack, size
        if size != before:
            self._runtime.set_max_stack_size(size)
        return before

    @contextmanager
    def parked(self) -> Iterator[None]:
        self._check_open()
        self._parked += 1
        self._nesting.parked += 1
        try:
            yield
        finally:
            self._parked -= 1
            self._nesting.parked -= 1

    def _interruption(self) -> BaseException:
        fatal, self._holder.fatal = self._holder.fatal, None
        if fatal is not None:
            return fatal
        if self._holder.exhausted:
            return EngineOutOfMemory("out of memory: the soft limit is exceeded")
        return EngineInterrupted("JavaScript was interrupted")

    def _failure(self, error: quickjs.JSError) -> BaseException:
        """What left the kernel uncaught: an interrupt, or the engine's own failure."""
        if self._holder.fatal is not None or self._holder.tripped:
            return self._interruption()
        message = str(error)
        # Where there is no room even for an error, the engine throws null.
        if "out of memory" in message or message in ("null", "<unknown JS error>"):
            return EngineOutOfMemory(message)
        return RecursionError(message) if "stack overflow" in message else EngineError(message)

    def _check_open(self) -> None:
        if threading.get_ident() != self._thread:
            raise EngineError("a realm was used outside of its loop thread")
        if self._holder.host is None:
            raise EngineError("the engine is closed")

    def _call(self, name: str, *args: Scalar) -> Scalar:
        self._check_open()
        for arg in args:
            self._check_crossing(arg)
        answer: Scalar = self._run(self._kernel[name], *args)
        return answer

    def _tidy(self, name: str, *args: Scalar) -> Scalar:
        """Call what runs no script and must not be cut short."""
        shielded, self._holder.shielded = self._holder.shielded, True
        try:
            return self._call(name, *args)
        finally:
            self._holder.shielded = shielded

    def _check_crossing(self, value: Scalar) -> None:
        if type(value) is not str:
            checked(value)
        # A text for which the engine has no room would arrive as a broken value.
        elif len(value) > ROOM_CHARS:
            if self.memory_bytes() + 4 * len(value) > self._hard_limit:
                raise EngineOutOfMemory(f"out of memory: no room for {len(value)} characters")

    def install(self, spec: str) -> None:
        self._tidy("install", spec)

    def invoke(self, ident: int, *args: Scalar) -> Scalar:
        return self._call("invoke", ident, *args)

    def fire(self, ident: int, *args: Scalar) -> Scalar:
        return self._call("fire", ident, *args)

    def settle(self, ident: int, value: Scalar) -> bool:
        return self._call("settle", ident, value) is True

    def evaluate(self, source: str, filename: str = "<input>") -> Scalar:
        self._holder.input = input_path(filename)
        return self._call("evaluate", source, filename)

    def run_script(self, path: str) -> Scalar:
        return self._call("runScript", path)

    def run_module(self, path: str) -> Scalar:
        return self._call("runModule", path)

    def exported(self, path: str, name: str) -> Scalar:
        return self._call("exported", path, name)

    def retain_export(self, path: str, name: str) -> Scalar:
        return self._call("retainExport", path, name)

    def release(self, *idents: int) -> None:
        self._tidy("release", *idents)

    def deliver(self, batch: int, listeners: str, events: str) -> Scalar:
        return self._call("deliver", batch, listeners, events)

    def resume(self, batch: int) -> None:
        self._call("resume", batch)

    def forget(self, batch: int) -> None:
        self._tidy("forget", batch)

    def dismiss(self, listener: int) -> None:
        self._check_open()
        # Noted where the kernel looks, because it is JavaScript of this engine that asks for it.
        self._kernel["dismissed"].set(str(listener), True)

    def take_unhandled(self) -> str | None:
        self._check_open()
        native = self._native
        if native is None or native.rejections == 0:
            return None
        native.rejections = 0
        try:
            return str(self._call("takeUnhandled"))
        except RecursionError:
            native.rejections = 1  # Others may still be told of, from less deep in the stack.
            return None

    def is_classic(self, source: str) -> bool:
        self._check_open()
        return self._run(self._compiles, classic_function(source)) is True

    def _compiles(self, source: str) -> bool:
        try:
            self._context.compile(_encoded(source), "./main.js")
        except quickjs.JSError:
            return False
        return True

    def run_jobs(self, limit: int) -> bool:
        self._check_open()
        return self._run(self._drain, limit) is True

    def _drain(self, limit: int) -> bool:
        context, holder = self._context, self._holder
        for _ in range(limit):
            if not self._run_job():
                return True
            if holder.tripped or holder.fatal is not None or holder.host is None:
                return False
        return not context.has_pending_job

    def _run_job(self) -> bool:
        """Run a job; answers whether there was one."""
        try:
            return self._context.execute_pending_job() is True
        except quickjs.JSError as error:
            # A script that waits has filled the stack, and no room is left for a finalizer.
            overflowed = "stack overflow" in str(error)
            if not overflowed or self._holder.tripped or self._holder.fatal is not None:
                raise
        return True

    # -- memory, stack, end -------------------------------------------------------------------

    def memory_bytes(self) -> int:
        self._check_open()
        return self._heap.used

    def exceeds_memory(self) -> bool:
        self._check_open()
        return self._heap.is_full()

    def collect(self) -> bool:
        self._check_open()
        return self._heap.collect()

    def statistics(self) -> EngineStatistics:
        self._check_open()
        usage = self._runtime.compute_memory_usage()
        return EngineStatistics(
            memory_bytes=int(usage["malloc_size"]),
            objects=int(usage["obj_count"]),
            polls=self._holder.polls,
        )

    def close(self) -> None:
        if self._holder.host is None:
            return
        self._check_open()
        self._holder.host = None
        if self._depth == 0:
            self._free()

    def _free(self) -> None:
        self._holder.context = self._holder.runtime = self._holder.gauges = None
        if self._native is not None:
            self._native.close()
            self._native = None
        self._context.set_module_loader(None)
        self._kernel.clear()
        self._context = None
        self._runtime = None
