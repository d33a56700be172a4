"""What everything that executes for a run may see of it."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping

from marotte.events import Body
from marotte.runs import HostCall, RunContext, StopToken


class RunView:
    """A run, seen by an engine, a tool, a hook or a middleware.

    Attributes:
        run: The run.
    """

    def __init__(self, run: RunContext) -> None:
        self.run = run

    @property
    def run_id(self) -> str:
        """Identifies the run."""
        return self.run.run_id

    @property
    def session_id(self) -> str:
        """The run's session."""
        return self.run.session_id

    @property
    def turn_id(self) -> str | None:
        """The turn that is answered."""
        return self.run.turn_id

    @property
    def tags(self) -> Mapping[str, str]:
        """The run's labels."""
        return self.run.tags

    @property
    def deadline_ms(self) -> int | None:
        """When the run times out, in milliseconds since the epoch."""
        return self.run.deadline_ms

    @property
    def token(self) -> StopToken:
        """Set as soon as a stop of the run is accepted."""
        return self.run.token

    def check(self) -> None:
        """Raise the run's error if it is stopping; see `RunContext.check`."""
        self.run.check()

    def call(self, name: str = "call", *, holds_grace: bool = True) -> HostCall:
        """Return a context manager for a call in flight; see `RunContext.call`."""
        return self.run.call(name, holds_grace=holds_grace)

    def emit(self, body: Body) -> Awaitable[None]:
        """Emit an event, on the host loop; see `RunContext.emit`."""
        return self.run.emit(body)

    def emit_nowait(self, body: Body) -> None:
        """Emit an event, from any thread, without waiting."""
        self.run.emit_nowait(body)
