"""Errors that a run ends with, and errors as data."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import PurePath

from marotte.conversation import MarotteError, Turn, well_formed
from marotte.events import ErrorInfo
from marotte.realm import JavaScriptError


class RunError(MarotteError):
    """A run did not complete. `code` is its stop reason."""

    default_code = "internal_error"


class RunStoppedError(RunError):
    """The run was stopped or cancelled: by a user, its parent, its session, a shutdown."""

    default_code = "user_stop"


class RunTimeoutError(RunError):
    """The run's deadline passed."""

    default_code = "deadline"


class RunLimitError(RunError):
    """The run reached one of its limits; `code` says which."""

    default_code = "max_iterations"


class EngineError(RunError):
    """An engine failed: a model's provider, or a function that stands in for one.

    Attributes:
        provider: Who served the model, if it was a provider that failed.
        status: The HTTP status that it answered with, if it did.
        request_id: What it calls the request, if it said.
    """

    default_code = "provider_error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        run_id: str | None = None,
        session_id: str | None = None,
        partial_turn: Turn | None = None,
        provider: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(
            message, code=code, run_id=run_id, session_id=session_id, partial_turn=partial_turn
        )
        self.provider = provider
        self.status = status
        self.request_id = request_id

    @property
    def js_properties(self) -> dict[str, object]:
        """What a script finds on the error, beside name, message and code."""
        known = {"provider": self.provider, "status": self.status, "requestId": self.request_id}
        told = {name: value for name, value in known.items() if value is not None}
        return {**super().js_properties, **told}


class ToolError(RunError):
    """A tool failed in a way that ends the run."""

    default_code = "tool_error"


class ScriptError(RunError):
    """An error escaped from a script."""

    default_code = "script_error"


class RunLostError(RunError):
    """The process that executed the run is gone."""

    default_code = "worker_lost"


class RunTreeError(MarotteError):
    """A run may have no further child: the tree is too deep (`max_depth`) or too wide
    (`max_children`). The child was refused; the run itself goes on.
    """

    default_code = "max_depth"


class RunsClosedError(MarotteError):
    """Runs are being shut down; none can be started."""

    default_code = "shutdown"


def error_info(error: BaseException) -> ErrorInfo:
    """Return `error` as data: class, message, code, and where it was raised."""
    return ErrorInfo(
        name=type(error).__name__,
        message=well_formed(str(error)),
        code=error.code if isinstance(error, MarotteError) else None,
        stack=stack_of(error),
    )


def stack_of(error: BaseException) -> str | None:
    """Return where `error` came from, one frame in a line, without source text.

    A script's own stack wins. Else it is the frames of the first cause, with files as packages name
    them: where the host is installed is nobody's business.
    """
    stack = script_stack(error)
    raised = [each for each in causes(error) if each.__traceback__ is not None]
    return well_formed(_frames(raised[-1])) if stack is None and raised else stack


def script_stack(error: BaseException) -> str | None:
    """Return the script's frames of what was thrown, a line each, or those of its cause."""
    stack = next((each.stack for each in thrown(error) if each.stack), None)
    return None if stack is None else well_formed(stack)


def thrown(error: BaseException | None) -> list[JavaScriptError]:
    """Return what scripts threw, from `error` to its first cause; in a circle, each stands once.

    Of an error that only passes another on, in the same words, the other alone is there, unless
    that has no stack.
    """
    found: list[JavaScriptError] = []
    for each in causes(error):
        if not isinstance(each, JavaScriptError):
            continue
        if any(str(each) == str(other) and each.stack == other.stack for other in found):
            break
        if found and found[-1].message == str(each):
            if found[-1].stack and not each.stack:
                continue
            found.pop()
        found.append(each)
    return found


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error, its cause, the cause of that, and so on; none of them twice."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__


def _frames(error: BaseException) -> str:
    lines = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        package = (frame.f_globals.get("__package__") or "").replace(".", "/")
        file = PurePath(package, PurePath(frame.f_code.co_filename).name)
        lines.append(f"at {frame.f_code.co_name} ({file.as_posix()}:{line})")
    return "\n".join(lines)
