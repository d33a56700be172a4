"""The functions that JavaScript calls in Python: each answers a scalar and none ever raises.

The binding cuts a raised exception to 255 characters, flattens it, and is left with a pending error
where its text cannot be encoded; so whatever a host raises is turned into a tagged text here.
"""

from __future__ import annotations

import json
import posixpath
from collections import deque
from collections.abc import Callable
from typing import Any

from marotte.realm.engine import EngineHost, Scalar
from marotte.realm.native import Gauges

__all__ = [
    "FATAL",
    "INPUT",
    "Holder",
    "answering",
    "calling",
    "checked",
    "compiling",
    "evaluating",
    "input_path",
    "load_error",
    "load_failure",
    "module_loader",
    "module_namer",
    "plain",
]

MAX_SAFE_INTEGER = 2**53 - 1
CLOSED = 'e{"name":"Error","message":"the realm is closed"}'
INTERRUPTED = 'e{"name":"Error","message":"interrupted"}'
UNTOLD = 'e{"name":"Error","message":"the host failed and could not say why"}'
_PLAIN = frozenset((str, int, float, bool, type(None)))
KEPT_LOAD_ERRORS = 16
# What the engine calls evaluated source, and what its imports are made by.
INPUT = "./marotte:input"
INPUTS = ("<input>", INPUT)
COMPARED_CHARS = 120
FATAL = (KeyboardInterrupt, SystemExit)


class Holder:
    """What callbacks inside the engine see of the outside; emptied on close to cut the cycle.

    Attributes:
        host: Whom to call; ``None`` once the engine is closed.
        context: The binding's context, for callbacks that compile.
        runtime: The binding's runtime.
        fatal: What a host function raised that no script may catch; raised from the engine call.
        tripped: Whether an interrupt was ordered since the engine was entered.
        shielded: The engine tidies up: no script runs, and nothing may be interrupted.
        input: Path of the source that the host has evaluated, from which its imports are relative.
        load_errors: What the module loader failed with, as (cut message, description).
        load_failure: Why the latest import was refused, as a tagged description.
        polls: How often the engine has asked whether to go on.
        gauges: What the engine itself counts, where that can be reached.
        entered: The engine was entered since it asked last.
        collected: The engine has collected garbage since it asked last.
        exhausted: The script was interrupted because the heap is full.
    """

    __slots__ = (
        "collected",
        "context",
        "entered",
        "exhausted",
        "fatal",
        "gauges",
        "host",
        "input",
        "load_errors",
        "load_failure",
        "polls",
        "runtime",
        "shielded",
        "tripped",
    )

    def __init__(self, host: EngineHost) -> None:
        self.host: EngineHost | None = host
        self.context: Any = None
        self.runtime: Any = None
        self.exhausted = False
        self.gauges: Gauges | None = None
        self.entered = True
        self.collected = False
        self.input = input_path("")
        self.load_failure = UNTOLD
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
    if isinstance(error, FATAL):
        holder.fatal = error
    try:
        text = holder.host.error_text(error) if holder.host is not None else CLOSED
    except FATAL as fatal:
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


def evaluating(holder: Holder, evaluate: Callable[[], Any]) -> Callable[[], Any]:
    """A callback that answers what `evaluate` does, which is a value of the engine."""

    def callback() -> Any:
        try:
            return _refusal(holder) or evaluate()
        except BaseException as error:
            return told(holder, error)

    return callback


def _syntax_error_text(error: Exception) -> str:
    name, _, message = str(error).partition(": ")
    place, _, _callers = getattr(error, "js_stack", "").partition("\n")
    return "e" + json.dumps({"name": name, "message": message, "place": place})


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


def input_path(filename: str) -> str:
    """What is evaluated, as if it were the file below the root that it is called by."""
    path = posixpath.normpath(filename)
    return "./input" if path.startswith(("/", "..", ".")) else f"./{path}"


def module_namer(holder: Holder) -> Callable[[bytes, bytes], bytes | None]:
    """Answers what module a specifier means in another, or notes why it is refused."""

    def name(base: bytes, specifier: bytes) -> bytes | None:
        try:
            if holder.host is None:
                raise RuntimeError("the realm is closed")
            path = base.decode("utf-8", "surrogateescape")
            path = holder.input if path in INPUTS else path
            named = holder.host.resolve_module(path, specifier.decode("utf-8", "surrogateescape"))
            return named.encode("utf-8", "surrogateescape")
        except BaseException as error:
            holder.load_failure = told(holder, error)
            return None

    return name


def load_failure(holder: Holder) -> Callable[[], str]:
    """A callback that answers why the latest import was refused."""
    return lambda: holder.load_failure


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
