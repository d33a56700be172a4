"""Errors of providers as ours. None of theirs is passed on: some hold requests, and so the key."""

from __future__ import annotations

from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelConnectionError,
    ModelHTTPError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelServerError,
    ModelUnavailableError,
    UnexpectedModelBehavior,
    UserError,
)

from marotte.conversation import InvalidValueError, well_formed
from marotte.inference.models.target import Target
from marotte.runs import EngineError

MOST_CHARS = 2000
LONGEST_WAIT = 60.0
FIRST_WAIT = 0.5
_RETRY_STATUSES = frozenset((408, 409, 425, 429))
_PASSING = (ModelRateLimitError, ModelUnavailableError, ModelServerError, ModelConnectionError)
_REQUEST_ID_HEADERS = ("x-request-id", "request-id")


class BrokenOffError(Exception):
    """A stream ended in good order, but before its answer did."""


class NoAnswerError(Exception):
    """A provider ended its answer before it had said anything; it told why."""


def failure_of(error: Exception, target: Target, request_id: str | None) -> EngineError:
    """Return the error that a run ends with, when `error` came of a call to `target`."""
    status = error.status_code if isinstance(error, ModelHTTPError) else None
    id = request_id or _header_id(error)
    return EngineError(
        well_formed(target.without_key(f"{target.label} {_what(error, target)}"))[:MOST_CHARS],
        provider=target.label,
        status=status,
        request_id=target.without_key(id) if id else None,
    )


def passes(error: Exception) -> bool:
    """Whether the same call may succeed a little later."""
    if isinstance(error, ModelQuotaExceededError):
        return False
    if isinstance(error, ModelHTTPError) and error.status_code in _RETRY_STATUSES:
        return True
    return isinstance(error, _PASSING)


def wait_before(attempt: int, error: Exception, jitter: float) -> float | None:
    """Return the seconds to wait before the next attempt; `None` if that is too long to wait.

    Args:
        attempt: How many were made.
        error: Why the last one failed; the provider may have said how long to wait.
        jitter: Between 0 and 1, so that callers who failed together do not return together.
    """
    asked = error.retry_after if isinstance(error, ModelAPIError) else None
    if asked is not None:
        return max(asked, 0.0) if asked <= LONGEST_WAIT else None
    return float(min(FIRST_WAIT * 2.0 ** (attempt - 1), LONGEST_WAIT)) * (0.75 + 0.25 * jitter)


def _what(error: Exception, target: Target) -> str:
    if isinstance(error, ModelHTTPError):
        return f"answered {error.status_code}: {_message(error)}"
    if isinstance(error, TimeoutError):
        return f"did not finish within {target.timeout:g} s"
    if isinstance(error, ModelConnectionError):
        return (
            f"could not be reached: {error.message}" if _unsent(error) else "broke off the answer"
        )
    if isinstance(error, BrokenOffError):
        return "broke off the answer"
    if isinstance(error, NoAnswerError):
        return f"ended before there was an answer: {error}"
    if isinstance(error, UserError | InvalidValueError):
        return f"cannot be asked that: {error}"
    if isinstance(error, ModelAPIError | UnexpectedModelBehavior):
        return f"failed: {error.message}"
    return f"failed: {type(error).__name__}: {error}"


def _unsent(error: ModelConnectionError) -> bool:
    return error.phase in (None, "pool", "connect", "write")


def _message(error: ModelHTTPError) -> str:
    """What the provider says of the error, found where it says it."""
    body = error.body
    for key in ("error", "message"):
        if isinstance(body, dict) and key in body:
            body = body[key]
    code = error.provider_error_code or error.provider_error_type
    text = body if isinstance(body, str) else str(body or "no reason given")
    return f"{text} ({code})" if code and code not in text else text


def _header_id(error: Exception) -> str | None:
    headers = error.headers if isinstance(error, ModelHTTPError) else None
    return next((id for name in _REQUEST_ID_HEADERS if (id := (headers or {}).get(name))), None)
