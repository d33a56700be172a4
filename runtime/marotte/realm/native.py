"""What the QuickJS binding does not offer but its extension exports: found by feature, not assumed.

Reached through ``ctypes``: the host promise rejection tracker, the point from which the stack limit
counts, the count of allocated bytes, the countdown to the next poll, compilation that keeps no
source, and the naming of modules. All are optional: where the extension exports no symbols
(Windows) :func:`native_hooks` answers ``None``, and what lies elsewhere in memory than known is
left alone.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

__all__ = ["Gauges", "NativeHooks", "native_hooks"]


class _JSValue(ctypes.Structure):
    """The engine's value on 64-bit machines: a payload and a tag."""

    _fields_ = (("payload", ctypes.c_int64), ("tag", ctypes.c_int64))


# Offsets in the engine's runtime: four allocation functions and the count of blocks come first.
_MALLOC_SIZE, _MALLOC_LIMIT = 40, 48
# Offsets in its context, and what the countdown starts from.
_CONTEXT_RUNTIME, _CONTEXT_COUNTDOWN, _CONTEXT_OPAQUE = 24, 432, 472
_MAX_COUNTDOWN = 10_000
# Offsets in its runtime: what names modules, what loads them, and what that is called with.
_NAMER, _LOADER, _LOADER_OPAQUE = 320, 336, 352
_STRIP_SOURCE_AND_DEBUG = 3
_TAG_BOOL, _TAG_UNDEFINED, _TAG_EXCEPTION = 1, 3, 6
_Tracker = ctypes.PYFUNCTYPE(
    None, ctypes.c_void_p, _JSValue, _JSValue, ctypes.c_int, ctypes.c_void_p
)
_NO_TRACKER = _Tracker(0)
_Namer = ctypes.PYFUNCTYPE(
    ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p
)
_UNDEFINED = _JSValue(0, _TAG_UNDEFINED)


def _pointer_in(owner: object) -> Any:
    """The first field behind the object header: the engine's own structure."""
    return ctypes.c_void_p.from_address(id(owner) + object.__basicsize__).value


@cache
def _library(path: str) -> ctypes.PyDLL | None:
    if ctypes.sizeof(ctypes.c_void_p) != 8:
        return None
    try:
        library = ctypes.PyDLL(path)
        library.JS_GetRuntime.restype = ctypes.c_void_p
        library.JS_GetRuntime.argtypes = [ctypes.c_void_p]
        library.JS_UpdateStackTop.restype = None
        library.JS_SetStripInfo.restype = None
        library.JS_SetStripInfo.argtypes = [ctypes.c_void_p, ctypes.c_int]
        library.JS_SetHostPromiseRejectionTracker.restype = None
        library.JS_SetHostPromiseRejectionTracker.argtypes = [
            ctypes.c_void_p,
            _Tracker,
            ctypes.c_void_p,
        ]
        library.JS_SetModuleLoaderFunc.restype = None
        library.JS_SetModuleLoaderFunc.argtypes = [ctypes.c_void_p] * 4
        library.JS_ThrowOutOfMemory.restype = _JSValue
        library.JS_ThrowOutOfMemory.argtypes = [ctypes.c_void_p]
        library.js_strdup.restype = ctypes.c_void_p
        library.js_strdup.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        library.JS_Call.restype = _JSValue
        library.JS_Call.argtypes = [
            ctypes.c_void_p,
            _JSValue,
            _JSValue,
            ctypes.c_int,
            ctypes.c_void_p,
        ]
    except (AttributeError, OSError):
        return None
    return library


class NativeHooks:
    """The hooks for one runtime; :meth:`close` before the runtime goes.

    Attributes:
        gauges: What the engine counts, where its layout in memory is the known one.
        rejections: How often promises were rejected without a handler, or handled late.
    """

    def __init__(
        self, library: ctypes.PyDLL, runtime: int, context: object, memory_limit: int
    ) -> None:
        self._library = library
        self._runtime = runtime
        self.gauges = _gauges(runtime, context, memory_limit)
        self._tracker: Any = None
        self._namer: Any = None
        self._names_modules = _loads_modules_as_known(library, runtime)
        self.rejections = 0
        #: Lets the engine's stack limit count from the caller's frame on.
        self.rebase_stack = partial(library.JS_UpdateStackTop, ctypes.c_void_p(runtime))

    @contextmanager
    def stripping(self) -> Iterator[None]:
        """Compile without source text and positions, of which each function keeps its own copy."""
        self._library.JS_SetStripInfo(self._runtime, _STRIP_SOURCE_AND_DEBUG)
        try:
            yield
        finally:
            self._library.JS_SetStripInfo(self._runtime, 0)

    def track_rejections(self, function: Any) -> None:
        """Call the JavaScript `function` with (promise, reason, handled) as promises reject.

        The caller keeps `function` alive until :meth:`close`.
        """
        library, target = self._library, _JSValue.from_address(id(function) + _value_offset())

        def track(
            context: int, promise: _JSValue, reason: _JSValue, handled: int, _: int | None
        ) -> None:
            self.rejections += 1
            arguments = (_JSValue * 3)(promise, reason, _JSValue(int(bool(handled)), _TAG_BOOL))
            library.JS_Call(context, target, _UNDEFINED, 3, arguments)

        self._tracker = _Tracker(track)
        library.JS_SetHostPromiseRejectionTracker(self._runtime, self._tracker, None)

    def name_modules(self, name: Callable[[bytes, bytes], bytes | None], fail: Any) -> None:
        """Ask `name` what module a specifier means in another; done where the layout is known.

        The engine's own error would be the binding's for a module that cannot be loaded. The
        context has a loader already.

        Args:
            name: Takes the importing module and the specifier; ``None``: it is refused.
            fail: A JavaScript function that throws why; the caller keeps it alive.
        """
        if not self._names_modules:
            return
        library, target = self._library, _JSValue.from_address(id(fail) + _value_offset())

        def answer(context: int, base: bytes, specifier: bytes, _: int | None) -> int | None:
            named = name(base, specifier)
            if named is not None:
                return int(library.js_strdup(context, named))
            if library.JS_Call(context, target, _UNDEFINED, 0, None).tag != _TAG_EXCEPTION:
                library.JS_ThrowOutOfMemory(context)
            return None

        self._namer = _Namer(answer)
        library.JS_SetModuleLoaderFunc(
            self._runtime,
            ctypes.cast(self._namer, ctypes.c_void_p),
            ctypes.c_void_p.from_address(self._runtime + _LOADER).value,
            ctypes.c_void_p.from_address(self._runtime + _LOADER_OPAQUE).value,
        )

    def close(self) -> None:
        """Detach from the runtime."""
        if self._namer is not None:
            self._library.JS_SetModuleLoaderFunc(self._runtime, None, None, None)
            self._namer = None
        self._library.JS_SetHostPromiseRejectionTracker(self._runtime, _NO_TRACKER, None)
        self._tracker = None


def _loads_modules_as_known(library: ctypes.PyDLL, runtime: int) -> bool:
    """Whether the engine keeps where it is known to what loads modules; it has no loader yet."""
    library.JS_SetModuleLoaderFunc(runtime, 1, 2, 3)
    kept = [
        ctypes.c_void_p.from_address(runtime + offset).value
        for offset in (_NAMER, _LOADER, _LOADER_OPAQUE)
    ]
    library.JS_SetModuleLoaderFunc(runtime, None, None, None)
    return kept == [1, 2, 3]


def _value_offset() -> int:
    return object.__basicsize__


@dataclass(frozen=True, slots=True)
class Gauges:
    """What the engine counts, read and written where it lies; valid while its context lives.

    Attributes:
        memory: Allocated bytes. The official way to ask for them walks the whole heap.
        countdown: Steps to the next poll.
    """

    memory: ctypes.c_size_t
    countdown: ctypes.c_int32


def _gauges(runtime: int, context: object, memory_limit: int) -> Gauges | None:
    """Both lie among values that are known from elsewhere; ``None`` where those are not there."""
    pointer = int(_pointer_in(context))
    owner = ctypes.c_void_p.from_address(pointer + _CONTEXT_RUNTIME).value
    opaque = ctypes.c_void_p.from_address(pointer + _CONTEXT_OPAQUE).value
    limit = ctypes.c_size_t.from_address(runtime + _MALLOC_LIMIT).value
    if (owner, opaque, limit) != (runtime, id(context), memory_limit):
        return None
    countdown = ctypes.c_int32.from_address(pointer + _CONTEXT_COUNTDOWN)
    if not 0 <= countdown.value <= _MAX_COUNTDOWN:
        return None
    return Gauges(ctypes.c_size_t.from_address(runtime + _MALLOC_SIZE), countdown)


def native_hooks(
    path: str, runtime: object, context: object, memory_limit: int
) -> NativeHooks | None:
    """Reach the hooks for `runtime`, or answer ``None`` where the layout is not the known one.

    Args:
        path: File of the extension module.
        runtime: The binding's runtime object.
        context: A context of it, by which the pointer read from `runtime` is verified.
        memory_limit: The limit that was set, in bytes, by which the memory counter is verified.
    """
    library = _library(path)
    if library is None:
        return None
    pointer = _pointer_in(runtime)
    if pointer is None or library.JS_GetRuntime(_pointer_in(context)) != pointer:
        return None
    return NativeHooks(library, pointer, context, memory_limit)
