"""An `AbortSignal` as the host has it: a token that several runs may share."""

from __future__ import annotations

from marotte.realm import HostObject, host_function
from marotte.runs import StopToken

__all__ = ["SignalToken", "abort_token", "new_token"]


class SignalToken(HostObject):
    """Stands for an `AbortSignal` where the host expects a stop token."""

    def __init__(self) -> None:
        self.token = StopToken()


@host_function(name="_newToken", effect="control")
def new_token() -> SignalToken:
    """Make the token of a signal."""
    return SignalToken()


@host_function(name="_abortToken", effect="control")
def abort_token(token: SignalToken, reason: str | None = None) -> None:
    """The signal has aborted."""
    token.token.set(reason)
