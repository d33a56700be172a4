"""The functions that JavaScript calls in Python: each answers a scalar and none ever raises.

The binding cuts a raised exception to 255 characters, flattens it, and is left with a pending error
where its text cannot be encoded; so whatever a host raises is turned into a tagged text here.
"""

from __future__ import annotations

import ctypes
import json
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from marotte.realm.engine import EngineHost, Scalar

__all__ = [
    "Holder",
    "answering",
    "calling",
    "checked",
    "compiling",
    "interrupt_handler",
    "load_error",
    "module_loader",
    "plain",
]

MAX_SAFE_INTEGER = 2**53 - 1
CLOSED = 'e{"name":"Error","message":"the realm is closed"}'
INTERRUPTED = 'e{"name":"Error","message":"interrupted"}'
UNTOLD = 'e{"name":"Error","message":"the host failed and could not say why"}'
_PLAIN = frozenset((str, int, float, bool, type(None)))
KEPT_LOAD_ERRORS = 16
COMPARED_CHARS = 120
MAX_STEPS = 1000
POLL_SECONDS = 0.001
_FATAL = (KeyboardInterrupt, SystemExit)


class Holder:
    """What callbacks inside the engine see of the outside; emptied on close to cut the cycle.

    Attributes:
        host: Whom to call; ``None`` once the engine is closed.
        context: The binding's context, for callbacks that compile.
        fatal: What a host function raised that no script may catch; raised from the engine call.
        tripped: Whether an interrupt was ordered since the engine was entered.
        shielded: The engine tidies up: no script runs, and nothing may be interrupted.
        load_errors: What the module loader failed with, as (cut message, description).
        polls: How often the engine has asked whether to go on.
        counter: The engine's own countdown to its next question, where it can be reached.
        entered: The engine was entered since it asked last.
    """

    __slots__ = (
        "context",
        "counter",
        "entered",
        "fatal",
        "host",
        "load_errors",
        "polls",
        "shielded",
        "tripped",
    )

    def __init__(self, host: EngineHost) -> None:
        self.host: EngineHost | None = host
        self.context: Any = None
        self.counter: ctypes.c_int32 | None = None
        self.entered = True
        self.fatal: BaseException | None = None
        self.load_errors: deque[tuple[str, str]] = deque(maxlen=KEPT_LOAD_ERRORS)
        self.tripped = False
        self.shielded = False
        self.polls = 0


def checked(value: Any) -> Scalar:
    """Let through what may cross to a script.

    Raises:
        TypeError: Anything else; the binding would convert it without a bound on depth.
    """
    kind = type(value)
    if kind is str or value is None or kind is float or kind is bool:
        return value  # type: ignore[no-any-return]  # just found to be one
    if isinstance(value, int) and -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        return int(value)
    if isinstance(value, str | float):
        return value
    beyond = " beyond ±(2**53 - 1)" if isinstance(value, int) else ""
    raise TypeError(f"{kind.__name__}{beyond}: only text, numbers, booleans and None cross")


def plain(value: Any) -> Any:
    """A long concatenated string arrives as a rope, which is a value of the engine."""
    return value if type(value) in _PLAIN else str(value)


def told(holder: Holder, error: BaseException) -> str:
    """The host's account of an exception, even where the host cannot give one."""
    if isinstance(error, _FATAL):
        holder.fatal = error
    try:
        text = holder.host.error_text(error) if holder.host is not None else CLOSED
    except _FATAL as fatal:
        holder.fatal = fatal
    except BaseException:
        return UNTOLD
    else:
        if type(text) is str and text.startswith("e"):
            return text
    return UNTOLD


def _refusal(holder: Holder) -> str | None:
    """After a KeyboardInterrupt a script must not go on calling before the next poll ends it."""
    if holder.host is None:
        return CLOSED
    return None if holder.fatal is None else INTERRUPTED


def answering(holder: Holder, name: str) -> Callable[..., Scalar]:
    """The callback for a method of the host."""

    def callback(*args: Any) -> Scalar:
        try:
            refusal = _refusal(holder)
            if refusal is not None:
                return refusal
            return checked(getattr(holder.host, name)(*map(plain, args)))
        except BaseException as error:
            return told(holder, error)

    return callback


def calling(holder: Holder) -> Callable[..., Scalar]:
    """The callback for host functions, of which there are many: it takes no detour."""

    def call(index: int, receiver: int, kinds: Any, *args: Any) -> Scalar:
        try:
            host = holder.host
            if host is None or holder.fatal is not None:
                return _refusal(holder) or CLOSED
            # The kinds of very many arguments arrive as octal digits, those of many as a float.
            kinds = int(kinds, 8) if type(kinds) is str else int(kinds)
            if not _PLAIN.issuperset(map(type, args)):
                args = tuple(map(plain, args))
            answer = host.call(index, receiver, kinds, *args)
            return answer if type(answer) is str else checked(answer)
        except BaseException as error:
            return told(holder, error)

    return call


def compiling(
    holder: Holder, name: str, load: Callable[[str, str], Any], failure: type[Exception]
) -> Callable[[Any], Any]:
    """A callback that answers a function made from the source which the host supplies.

    Args:
        holder: Of the engine.
        name: The host's method that answers source and file name, or a tagged text.
        load: Makes the function.
        failure: What `load` raises for source that cannot be compiled.
    """

    def callback(argument: Any) -> Any:
        try:
            refusal = _refusal(holder)
            if refusal is not None:
                return refusal
            answer = getattr(holder.host, name)(plain(argument))
            if not isinstance(answer, tuple):
                return checked(answer)
            return load(*answer)
        except failure as error:
            return _syntax_error_text(error)
        except BaseException as error:
            return told(holder, error)

    return callback


def _syntax_error_text(error: Exception) -> str:
    name, _, message = str(error).partition(": ")
    place, _, _callers = getattr(error, "js_stack", "").partition("\n")
    return "e" + json.dumps({"name": name, "message": message, "stack": place})


def interrupt_handler(holder: Holder, yield_seconds: float) -> Callable[[], bool]:
    """Asked by the engine every so many steps; is never replaced by a non-callable.

    The engine counts calls and jumps, and one of those may take a built-in a tenth of a second. So
    the next number of steps is set after how long the last ones took, and a loop over huge values
    is polled as often as any.

    Args:
        holder: Of the engine.
        yield_seconds: After how long the interpreter lock is handed to another thread.
    """
    clock, steps, polled, yielded = time.perf_counter, MAX_STEPS, 0.0, 0.0

    def poll() -> bool:
        nonlocal steps, polled, yielded
        try:
            now = clock()
            if holder.counter is not None:
                if holder.entered or now - polled < POLL_SECONDS:
                    steps = min(2 * steps, MAX_STEPS)
                else:
                    steps = max(int(steps * POLL_SECONDS / (now - polled)), 1)
                holder.counter.value = steps
            polled, holder.entered = now, False
            holder.polls += 1
            if now - yielded > yield_seconds:
                time.sleep(0)
                yielded = clock()
            if holder.shielded:
                return False
            host = holder.host
            if host is not None and holder.fatal is None and not host.poll():
                return False
        except RecursionError:
            return False  # the host stands at its own limit; that is no reason to end the script
        except BaseException as error:
            if isinstance(error, _FATAL):
                holder.fatal = error
        holder.tripped = True
        return True

    return poll


def module_loader(holder: Holder) -> Callable[[str], str]:
    """Answers a module's source.

    What it raises the binding cuts to 255 characters; the kernel asks for the whole text.
    """

    def load(name: str) -> str:
        try:
            if holder.host is None:
                raise RuntimeError("the realm is closed")
            source = holder.host.module_source(name)
            if not isinstance(source, str):
                raise TypeError(f"the source of {name} is {type(source).__name__}, not text")
        except BaseException as error:
            message = str(error).encode("utf-8", "replace").decode("utf-8").partition("\0")[0]
            cut = f"module loader failed for '{name}': {message}"[:COMPARED_CHARS]
            holder.load_errors.append((cut, told(holder, error)))
            raise RuntimeError(message) from None
        return source

    return load


def load_error(holder: Holder) -> Callable[[str], str | None]:
    """A callback that answers the description (JSON) of the load error with a cut message."""

    def find(message: Any) -> str | None:
        try:
            for cut, description in reversed(holder.load_errors):
                if plain(message)[:COMPARED_CHARS] == cut:
                    return description[1:]
        except Exception:
            return None
        return None

    return find
