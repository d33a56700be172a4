"""The entry check of host functions, as a realm asks for it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Protocol

from marotte.realm.functions.declaration import HostFunction
from marotte.realm.scope import Scope

__all__ = ["Gate", "OpenGate"]

_NOTHING = nullcontext()


class Gate(Protocol):
    """What decides, centrally, whether a host function may run now."""

    def check(self, function: HostFunction[..., Any], scope: Scope) -> None:
        """Raise where it may not; called in the scope's context, before anything is validated."""
        ...

    def call(
        self, function: HostFunction[..., Any], scope: Scope
    ) -> AbstractAsyncContextManager[object]:
        """Wrap one asynchronous call in flight, on the host loop, in the scope's context."""
        ...


class OpenGate:
    """Lets everything pass, for realms that belong to no run."""

    def check(self, function: HostFunction[..., Any], scope: Scope) -> None:
        """Refuse nothing."""

    def call(
        self, function: HostFunction[..., Any], scope: Scope
    ) -> AbstractAsyncContextManager[object]:
        """Wrap with nothing."""
        return _NOTHING
