"""Runs that a script starts begin after the script's current job."""

from __future__ import annotations

from dataclasses import dataclass

import anyio

from marotte.events import RunKind
from marotte.realm import HostLoop, Realm
from marotte.runs import Computation, Interruptible, RunContext

__all__ = ["Deferral", "DeferredComputation"]


class Deferral:
    """Opens once the JavaScript that runs in a realm now has returned, or waits in a host call."""

    def __init__(self, realm: Realm, host: HostLoop) -> None:
        self._open = anyio.Event()
        realm.after_job(lambda: host.post(self._open.set))

    async def wait(self) -> None:
        """Wait until it is open."""
        await self._open.wait()


@dataclass(frozen=True)
class DeferredComputation:
    """Executes another computation, but not before the deferral is open."""

    computation: Computation
    deferral: Deferral

    @property
    def kind(self) -> RunKind:
        """As of the other."""
        return self.computation.kind

    async def execute(self, ctx: RunContext) -> object:
        """Wait, then execute."""
        await self.deferral.wait()
        return await self.computation.execute(ctx)

    def interrupt(self) -> None:
        """Hand the interrupt on."""
        if isinstance(self.computation, Interruptible):
            self.computation.interrupt()
