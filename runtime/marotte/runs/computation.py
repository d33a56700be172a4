"""What a run executes, as a protocol: rooms above say what that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from marotte.events import RunKind

if TYPE_CHECKING:
    # Only type checkers know of defaults before Python 3.13.
    from typing_extensions import TypeVar

    from marotte.runs.context import RunContext

    T = TypeVar("T", default=Any)
    T_co = TypeVar("T_co", covariant=True, default=Any)
else:
    from typing import TypeVar

    T = TypeVar("T")
    T_co = TypeVar("T_co", covariant=True)


class Computation(Protocol[T_co]):
    """The work of one run, and what comes of it: the turn to commit, or a script's result."""

    @property
    def kind(self) -> RunKind:
        """What sort of run this is. A `turn` needs a session, which it holds while it runs."""
        ...

    async def execute(self, ctx: RunContext) -> T_co:
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
