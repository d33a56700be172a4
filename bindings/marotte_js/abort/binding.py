"""The binding: pure JavaScript but for the clock of ``AbortSignal.timeout``."""

from __future__ import annotations

from typing import Annotated, Protocol

from marotte.realm import Binding, Callback, Caller, TypeScript, face_source, host_function
from marotte_js.abort.token import SignalToken, abort_token, new_token
from marotte_js.events import EventTarget

__all__ = ["BINDING", "AbortController", "AbortSignal"]

AbortHandler = Annotated[
    object, TypeScript("((this: AbortSignal, event: Event) => unknown) | null")
]


@host_function(name="_after", effect="control")
def after(caller: Caller, action: Callback, delay: float) -> None:
    """Call a function in `delay` milliseconds; it does not keep the script alive."""
    realm, scope = caller.realm.realm, caller.scope
    realm.call_later(
        delay / 1000, lambda: realm.fire(action, scope=scope), scope=scope, keep_alive=False
    )


class AbortSignal(EventTarget, Protocol):
    """Says that something is to be given up; fires `abort`, once."""

    @staticmethod
    def abort(reason: object = None) -> AbortSignal:
        """Make a signal that is aborted already.

        Args:
            reason: Why; by default a `DOMException` named `AbortError`.
        """

    @staticmethod
    def timeout(milliseconds: int) -> AbortSignal:
        """Make a signal that aborts after a time, with a `DOMException` named `TimeoutError`.

        It does not keep the script alive.

        Args:
            milliseconds: Until then.
        """

    @staticmethod
    def any(signals: Annotated[object, TypeScript("Iterable<AbortSignal>")]) -> AbortSignal:
        """Make a signal that aborts as soon as one of several does, with that one's reason.

        Args:
            signals: Which.
        """

    @property
    def aborted(self) -> bool:
        """Whether it was aborted."""

    @property
    def reason(self) -> object:
        """Why; `undefined` until it is aborted."""

    def throw_if_aborted(self) -> None:
        """Throw the reason if it was aborted."""

    @property
    def onabort(self) -> AbortHandler:
        """Is called when it is aborted."""

    @onabort.setter
    def onabort(self, value: AbortHandler) -> None: ...


class AbortController(Protocol):
    """Makes a signal, and aborts it."""

    def __init__(self) -> None:
        """Make a controller with a new signal."""

    @property
    def signal(self) -> AbortSignal:
        """The signal, to be given to what can be aborted."""

    def abort(self, reason: object = None) -> None:
        """Abort the signal; the second time nothing happens.

        Args:
            reason: Why; by default a `DOMException` named `AbortError`.
        """


BINDING = Binding(
    name="abort",
    functions=[after, new_token, abort_token],
    classes=[SignalToken],
    declared_classes=[AbortController, AbortSignal],
    global_names=["AbortController", "AbortSignal"],
    face=face_source("marotte_js.abort"),
    doc="Giving things up.",
)
