"""Errors that a caller of sessions and runs sees, all with the same fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from marotte.conversation.turn import Turn


class MarotteError(Exception):
    """Base of every error that Marotte raises on purpose.

    Attributes:
        code: What went wrong, as a stable word. For an error of a run it is the stop reason.
        run_id: The run concerned, if there is one.
        session_id: The session concerned, if there is one.
        partial_turn: Seed and answer so far of a turn run that did not complete.
    """

    default_code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        run_id: str | None = None,
        session_id: str | None = None,
        partial_turn: Turn | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code or self.default_code
        self.run_id = run_id
        self.session_id = session_id
        self.partial_turn = partial_turn

    def may_concern(self, run_id: str) -> bool:
        """Tell whether this is of that run, or of none in particular; not of another."""
        return self.run_id in (None, run_id)

    @property
    def js_properties(self) -> dict[str, object]:
        """What a script finds on the error, beside name, message and code."""
        turn = self.partial_turn
        known = {
            "runId": self.run_id,
            "sessionId": self.session_id,
            "partialTurn": None if turn is None else turn.wire(),
        }
        return {name: value for name, value in known.items() if value is not None}


class InvalidValueError(MarotteError, TypeError):
    """A value from outside has the wrong shape; `path` says where, as in `turn.blocks[0].kind`."""

    default_code = "invalid_value"

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


class TooDeepError(InvalidValueError):
    """A value is nested deeper than allowed (or contains itself)."""

    default_code = "too_deep"


class TooLargeError(InvalidValueError):
    """A value is larger than allowed."""

    default_code = "too_large"


class SessionBusyError(MarotteError):
    """The session runs a turn already; nothing was changed."""

    default_code = "session_busy"


class SessionClosedError(MarotteError):
    """The session was closed."""

    default_code = "session_closed"


class EmptyTurnError(MarotteError):
    """There is nothing to infer from: no seed, and no turn or an empty one in the session."""

    default_code = "empty_turn"


class NoActiveRunError(MarotteError):
    """The session is idle, so there is nothing to stop."""

    default_code = "no_active_run"
