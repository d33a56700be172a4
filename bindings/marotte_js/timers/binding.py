"""The binding: the host keeps the time."""

from __future__ import annotations

from typing import Annotated

from marotte.realm import Binding, Callback, Caller, TypeScript, face_source, host_function
from marotte_js.timers.clock import timers_of

__all__ = ["BINDING"]

TimerCallback = Annotated[
    Callback, TypeScript("(...args: A) => void", parameters=("A extends unknown[]",))
]
TimerArguments = Annotated[object, TypeScript("Partial<A>", parameters=("A extends unknown[]",))]


@host_function(name="_start")
def start(caller: Caller, fire: Callback, delay: int, ident: int = 0) -> int:
    """Call `fire` in `delay` milliseconds; answers the timer's number, which `ident` may set."""
    realm = caller.realm.realm
    return timers_of(realm).start(realm, fire, delay / 1000, ident, caller.scope)


@host_function(name="_stop", effect="control")
def stop(caller: Caller, ident: int) -> None:
    """Let the timer not happen."""
    realm = caller.realm.realm
    timers_of(realm).stop(realm, ident)


@host_function
def set_timeout(callback: TimerCallback, delay: float = 0, *args: TimerArguments) -> int:
    """Call a function once, after a delay.

    What it throws is reported as unhandled. A pending timer keeps the script alive.

    Args:
        callback: What to call.
        delay: Milliseconds, a 32-bit integer; negative: 0.
        args: What to call it with.

    Returns:
        A number for `clearTimeout`.
    """
    raise NotImplementedError("implemented by the face")


@host_function
def set_interval(callback: TimerCallback, delay: float = 0, *args: TimerArguments) -> int:
    """Call a function again and again, with a delay before each call.

    What it throws is reported as unhandled, and the interval goes on.

    Args:
        callback: What to call.
        delay: Milliseconds, a 32-bit integer; negative: 0.
        args: What to call it with.

    Returns:
        A number for `clearInterval`.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def clear_timeout(ident: int = 0) -> None:
    """Let a timer not happen; a number that means none is ignored.

    Args:
        ident: What `setTimeout` or `setInterval` answered.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def clear_interval(ident: int = 0) -> None:
    """Let an interval end; a number that means none is ignored.

    Args:
        ident: What `setInterval` or `setTimeout` answered.
    """
    raise NotImplementedError("implemented by the face")


BINDING = Binding(
    name="timers",
    functions=[start, stop],
    declared=[set_timeout, set_interval, clear_timeout, clear_interval],
    global_names=["setTimeout", "setInterval", "clearTimeout", "clearInterval"],
    face=face_source("marotte_js.timers"),
    doc="Timers.",
)
