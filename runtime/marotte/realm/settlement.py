"""How the answer to an asynchronous host call comes back into the script."""

from __future__ import annotations

from collections.abc import Callable

from marotte.realm.bridge import RealmBridge
from marotte.realm.engine import Scalar
from marotte.realm.execution import Execution
from marotte.realm.functions import PendingCall

__all__ = ["Settlement"]


class Settlement:
    """A piece of work: the answer to an asynchronous call. There are many, so it is a light one."""

    __slots__ = ("_bridge", "_call", "_execution", "_value", "scope")

    batch = True
    always = False

    def __init__(
        self,
        bridge: RealmBridge,
        execution: Execution,
        call: PendingCall,
        value: Callable[[], Scalar],
    ) -> None:
        self._bridge = bridge
        self._execution = execution
        self._call = call
        self._value = value
        self.scope = call.scope

    def action(self) -> None:
        """Settle the script's promise."""
        if self._bridge.calls.take(self._call):
            answer = self._bridge.tagged(self._value)
            self._execution.engine.settle(self._call.ident, answer)

    def failed(self, error: BaseException) -> None:
        """Nobody waits for it any more."""
        self._bridge.calls.take(self._call)
