"""Sessions in a script's hands."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from marotte.conversation import Turn, Usage
from marotte.host import AgentSession, Runtime
from marotte.realm import (
    Caller,
    HostObject,
    InvalidValueError,
    host_function,
    host_method,
    host_property,
)
from marotte_js.core.engines import EngineObject
from marotte_js.core.options import Options, Seed
from marotte_js.core.run_handle import RunHandleObject

__all__ = ["SessionObject", "SessionOptions", "create_session"]


class SessionOptions(BaseModel):
    """Options of `createSession`."""

    model_config = ConfigDict(
        extra="forbid", strict=True, alias_generator=to_camel, arbitrary_types_allowed=True
    )

    engine: EngineObject | None = Field(default=None, description="What answers.")


class SessionObject(HostObject, js_name="Session"):
    """A conversation: turns and metadata. It is state, and never cancelled; runs are."""

    def __init__(self, session: AgentSession) -> None:
        self.session = session

    @host_property()
    def id(self) -> str:
        """Identifies the session."""
        return self.session.id

    @host_property()
    def usage(self) -> Usage:
        """What committed runs used. A run's own spend, cancelled or not, is on the run."""
        return self.session.usage

    @host_method()
    def append(self, turn: Seed) -> Turn:
        """Add a copy of a turn, or a turn of one user block for text, and return another copy.

        Args:
            turn: The turn, or the user's text.

        Raises:
            SessionBusyError: A run is active.
            SessionClosedError: The session was closed.
        """
        if turn is None:
            raise InvalidValueError("Session.append(): turn: is required")
        return self.session.append(turn)

    @host_method(effect="control")
    def latest(self) -> Turn | None:
        """A copy of the last committed turn, `null` for an empty session."""
        return self.session.latest()

    @host_method(effect="control")
    def turns(self) -> list[Turn]:
        """Copies of all committed turns."""
        return self.session.turns()

    @host_method(effect="control")
    def get_turn(self, index: int) -> Turn | None:
        """A copy of one turn.

        Args:
            index: From 0; out of range: `null`.
        """
        return self.session.state.get_turn(index)

    @host_method(effect="control")
    def turns_range(self, start: int | None = None, end: int | None = None) -> list[Turn]:
        """Copies of some turns.

        Args:
            start: The first, from 0.
            end: The one behind the last. Both are clamped to what there is.
        """
        return self.session.state.turns_range(start, end)

    @host_method(effect="control")
    def turn_count(self) -> int:
        """How many turns are committed."""
        return self.session.state.turn_count

    @host_method(effect="control")
    def is_running(self) -> bool:
        """Whether a run is active. Never throws."""
        return self.session.state.active_run_id is not None

    @host_method(effect="control")
    def cancel_active(self, reason: str | None = None) -> None:
        """Cancel the active run.

        Raises:
            NoActiveRunError: "session has no active inference".
        """
        self.session.require_active().cancel(reason)

    @host_method(effect="control")
    def stop_active(self, reason: str | None = None) -> None:
        """Stop the active run.

        Raises:
            NoActiveRunError: "session has no active inference".
        """
        self.session.require_active().stop(reason)

    @host_method()
    def start(
        self, caller: Caller, seed: Seed = None, options: Options | None = None
    ) -> RunHandleObject:
        """Start a run. It begins after the current job, so that `on` and `cancel` come in time.

        Args:
            seed: A turn, or the user's text; absent: a copy of the latest turn is extended.
            options: How the run is bounded and labelled.

        Raises:
            SessionBusyError: "session already has an active inference".
            EmptyTurnError: "session has no seed turn (or seed turn is empty)".
            TypeError: An option is unknown or wrong; the message names it.
        """
        handle = self.session.start(seed, options)
        return RunHandleObject(handle, caller.realm.realm)

    @host_method()
    async def run_async(self, seed: Seed = None, options: Options | None = None) -> Turn:
        """Start a run and wait for its turn; all refusals reject the promise.

        Args:
            seed: As of `start`.
            options: As of `start`.
        """
        turn: Turn = await self.session.start(seed, options)
        return turn

    @host_method(effect="cleanup")
    def close(self) -> None:
        """Close the session: an active run is stopped, further use throws."""
        self.session.close()


@host_function
def create_session(caller: Caller, options: SessionOptions | None = None) -> SessionObject:
    """Open a conversation.

    Args:
        options: `engine` is what answers.

    Raises:
        TypeError: "createSession requires options object with engine" without options, "builder
            has no engine configured" without an engine.
    """
    if options is None:
        raise InvalidValueError("createSession requires options object with engine")
    if options.engine is None:
        raise InvalidValueError("builder has no engine configured")
    runtime = caller.realm.service(Runtime)
    return SessionObject(runtime.session(engine=options.engine.engine))
