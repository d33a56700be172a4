"""Sessions in a script's hands."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, Any, LiteralString, TypeAlias

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from marotte.conversation import Usage
from marotte.inference import History
from marotte.realm import (
    Caller,
    InvalidValueError,
    TypedAs,
    TypeScript,
    host_function,
    host_method,
    host_property,
)
from marotte_js.core.agent_tool import SessionHolder
from marotte_js.core.engines import EngineObject
from marotte_js.core.options import OF_OUTPUT, AnswerOptions, GivenSeed, Seed
from marotte_js.core.pipeline import PipelineOptions, open_session
from marotte_js.core.run_handle import RunHandleObject, after_this_job, handle_object
from marotte_js.core.turns import AnsweredTurn, OptionalTurn, RunTurn, TurnList
from marotte_js.core.waiting import Result, wait_parked_for_turn

__all__ = [
    "BuilderOptions",
    "SessionObject",
    "SessionOptions",
    "create_session",
    "make_session",
]

FURTHEST = 2**53 - 1
NO_OPTIONS: LiteralString = "createSession requires options object with engine"


class BuilderOptions(PipelineOptions):
    """Options of `createBuilder`."""

    engine: EngineObject | None = Field(default=None, description="What answers.")
    history: History = Field(
        default="all", description="Whether the engine sees the earlier turns of the session."
    )


class SessionOptions(BuilderOptions):
    """Options of `createSession`."""

    engine: Annotated[EngineObject | None, TypedAs(EngineObject)] = Field(
        default=None, description="What answers."
    )


def _within_reach(value: Any) -> Any:
    """Numbers beyond every index, such as `Infinity`, as an integer that is so too."""
    if isinstance(value, float) and abs(value) > FURTHEST:
        return FURTHEST if value > 0 else -FURTHEST
    return value


AnswerHandle: TypeAlias = Annotated[
    RunHandleObject, TypeScript("RunHandle<AnsweredTurn<OutputOf<S>>>", OF_OUTPUT)
]
"""The handle of a run whose options say what its turn is."""

Position: TypeAlias = Annotated[int, BeforeValidator(_within_reach)]
"""A place among the turns; it may lie outside."""


def _require_object(value: Any) -> Any:
    if isinstance(value, dict | SessionOptions):
        return value
    raise PydanticCustomError("message", NO_OPTIONS)


class SessionObject(SessionHolder, js_name="Session"):
    """A conversation: turns and metadata. It is state, and never cancelled; runs are."""

    @host_property()
    def id(self) -> str:
        """Identifies the session."""
        return self.session.id

    @host_property()
    def usage(self) -> Usage:
        """What committed runs used. A run's own spend, cancelled or not, is on the run."""
        return self.session.usage

    @host_method()
    def append(self, turn: GivenSeed) -> AnsweredTurn:
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
    def latest(self) -> OptionalTurn:
        """A copy of the last committed turn, `null` for an empty session."""
        return self.session.latest()

    @host_method(effect="control")
    def turns(self) -> TurnList:
        """Copies of all committed turns."""
        return self.session.turns()

    @host_method(effect="control")
    def get_turn(self, index: Position) -> OptionalTurn:
        """A copy of one turn.

        Args:
            index: From 0; out of range: `null`.
        """
        return self.session.state.get_turn(index)

    @host_method(effect="control")
    def turns_range(self, start: Position | None = None, end: Position | None = None) -> TurnList:
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

        Args:
            reason: Why, in free text; it stands in the record of the run.

        Raises:
            NoActiveRunError: "session has no active inference".
        """
        self.session.require_active().cancel(reason)

    @host_method(effect="control")
    def stop_active(self, reason: str | None = None) -> None:
        """Stop the active run.

        Args:
            reason: Why, in free text; it stands in the record of the run.

        Raises:
            NoActiveRunError: "session has no active inference".
        """
        self.session.require_active().stop(reason)

    @host_method()
    def start(
        self, caller: Caller, seed: Seed = None, options: AnswerOptions | None = None
    ) -> AnswerHandle:
        """Start a run. It begins after the current job, so that `on` and `cancel` come in time.

        Args:
            seed: A turn, or the user's text; absent: a copy of the latest turn is extended.
            options: How the run is bounded and labelled.

        Raises:
            SessionBusyError: "session already has an active inference".
            EmptyTurnError: "session has no seed turn (or seed turn is empty)".
            TypeError: An option is unknown or wrong; the message names it.

        Example:
            const run = session.start("What is 9 + 3?", { timeoutMs: 5_000, tags: { id: "T-1" } });
            run.on("text-delta", (event) => console.log(event.delta));
            const turn = await run.promise;
        """
        handle = self.session.start(seed, options, after=after_this_job(caller))
        return handle_object(handle, caller)

    @host_method()
    def run(
        self, caller: Caller, seed: Seed = None, options: AnswerOptions | None = None
    ) -> RunTurn:
        """Start a run and wait for its turn; the script is parked meanwhile.

        Other scripts, timers and listeners are served, those of this script too. Parked calls
        return last in, first out, and nest at most 8 deep.

        Args:
            seed: As of `start`.
            options: As of `start`.

        Raises:
            NestingError: 8 calls are parked already.
            RunStoppedError: Or whatever else the run ended with.
        """
        caller.realm.realm.loop.check_parking()
        return wait_parked_for_turn(self.session.start(seed, options), caller)

    @host_method()
    def run_async(
        self, caller: Caller, seed: Seed = None, options: AnswerOptions | None = None
    ) -> Awaitable[RunTurn]:
        """Start a run and wait for its turn; all refusals reject the promise.

        Args:
            seed: As of `start`.
            options: As of `start`.
        """
        return Result(self.session.start(seed, options, after=after_this_job(caller)))

    @host_method(effect="cleanup")
    def close(self) -> None:
        """Close the session: an active run is stopped, further use throws."""
        self.session.close()


@host_function
def create_session(
    caller: Caller,
    options: Annotated[
        SessionOptions | None, BeforeValidator(_require_object), TypedAs(SessionOptions)
    ] = None,
) -> SessionObject:
    """Open a conversation.

    Args:
        options: `engine` is what answers.

    Raises:
        TypeError: "createSession requires options object with engine" without options, "builder
            has no engine configured" without an engine.

    Example:
        const session = createSession({ engine: engines.model("openai:gpt-5") });
        const turn = await session.runAsync("What is a marotte?", { timeoutMs: 30_000 });
        console.log(turn.text);
    """
    if options is None:
        raise InvalidValueError(NO_OPTIONS)
    return make_session(caller, options)


def make_session(caller: Caller, options: BuilderOptions) -> SessionObject:
    """Open a session for a script, of what was collected.

    Raises:
        InvalidValueError: "builder has no engine configured".
    """
    if options.engine is None:
        raise InvalidValueError("builder has no engine configured")
    return SessionObject(open_session(caller, options.engine.engine, options, options.history))
