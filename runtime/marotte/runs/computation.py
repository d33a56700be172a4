"""What a run executes, as a protocol: rooms above say what that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from marotte.events import RunKind

if TYPE_CHECKING:
    from marotte.runs.context import RunContext


class Computation(Protocol):
    """The work of one run."""

    @property
    def kind(self) -> RunKind:
        """What sort of run this is. A `turn` needs a session, which it holds while it runs."""
        ...

    async def execute(self, ctx: RunContext) -> object:
        """Do the work, on the host loop, and return its result.

        A turn run returns the turn to commit, or `None` for `ctx.turn`; the result of others is
        what awaiting the handle gives. Errors of `marotte.runs` decide how the run ends; any
        other error ends it as `failed`. When the run is cancelled, `CancelledError` is raised
        where this waits, after `interrupt` was called.
        """
        ...


@runtime_checkable
class Interruptible(Protocol):
    """A computation that also executes outside the host loop."""

    def interrupt(self) -> object:
        """Make whatever executes for this run end now, from any thread, without waiting for it."""
        ...
