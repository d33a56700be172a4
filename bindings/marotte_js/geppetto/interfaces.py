"""What the face makes of objects: engines, middlewares, registries, builders, sessions, runs."""

from __future__ import annotations

from typing import Annotated, Literal, Protocol, Self

from pydantic import JsonValue

from marotte.conversation import JsonObject
from marotte.events import RunStatus
from marotte.realm import Callback, TypeScript
from marotte_js.core.host_middlewares import HostMiddlewareName
from marotte_js.geppetto.callbacks import AnyMiddleware, ToolHooksType, ToolInfoType, ToolSpecType
from marotte_js.geppetto.options import RunOptionsType, ToolLoopSettingsType
from marotte_js.geppetto.turns import TurnInputType, TurnType

__all__ = ["Builder", "Engine", "MiddlewareRef", "RunHandle", "Session", "ToolRegistry"]

_MAP = 'import("marotte").RunEventMap'
_OF_TYPE = (f'K extends keyof StreamEventMap | keyof {_MAP} | "*"',)
_EVENT = (
    f"K extends keyof StreamEventMap ? StreamEventMap[K] : K extends keyof {_MAP} ? {_MAP}[K] : "
    f'StreamEventMap[keyof StreamEventMap] | import("marotte").RunEvent'
)
EventType = Annotated[str, TypeScript("K", _OF_TYPE)]
EventListener = Annotated[Callback, TypeScript(f"(event: {_EVENT}) => void", _OF_TYPE)]


class Engine(Protocol):
    """What answers in a session."""

    @property
    def name(self) -> str:
        """`echo`, the function's name, `config`, or `profile:` and the profile."""


class MiddlewareRef(Protocol):
    """What wraps each call of an engine, before a session makes it."""

    @property
    def type(self) -> Literal["js", "go"]:
        """Whether it is a function of the script, or provided by the host."""

    @property
    def name(self) -> str:
        """What errors call it."""

    @property
    def options(self) -> JsonObject | None:
        """What one of the host takes; absent if it was given none."""


class ToolRegistry(Protocol):
    """The tools that a session offers to its engine."""

    def register(self, spec: ToolSpecType) -> Self:
        """Add a tool that is a function of this script.

        Args:
            spec: Its name, what the model is told of it, and the function.

        Raises:
            TypeError: "tool X handler must be a function", or something else is wrong.
            DuplicateToolError: There is a tool of that name.
        """

    def use_go_tools(self, names: list[str] | None = None) -> Self:
        """Add tools that the host provides; all of them, or in case of an error none.

        Args:
            names: As the host has registered them; without any, all that it has.

        Raises:
            ToolNotFoundError: "tool not found: X".
            DuplicateToolError: There is a tool of that name.
        """

    def use_host_tools(self, names: list[str] | None = None) -> Self:
        """As `useGoTools`.

        Args:
            names: As of `useGoTools`.
        """

    def list(self) -> list[ToolInfoType]:
        """The tools in the order in which they were added, those of the host included."""

    def call(self, name: str, args: JsonValue = None) -> JsonValue:
        """Call a tool and wait for its result; the script is parked meanwhile.

        Args:
            name: The tool.
            args: Its arguments.

        Raises:
            ToolNotFoundError: "tool not found: X".
            Error: What the tool failed with.
        """


class RunHandle(Protocol):
    """A run: await its `promise`, cancel it, and listen to its events."""

    @property
    def id(self) -> str:
        """Identifies the run, and the inference; empty for one that was refused."""

    @property
    def status(self) -> RunStatus:
        """Where in its life the run is."""

    @property
    def promise(self) -> Annotated[object, TypeScript("Promise<Turn>")]:
        """Resolves with the turn; rejects with the run's error, or why it was refused.

        It is created when first read: a run whose promise nobody reads reports no unhandled
        rejection.
        """

    def cancel(self, reason: str | None = None) -> bool:
        """Cancel the run now; calls in flight are aborted.

        Args:
            reason: Why, in free text.

        Returns:
            Whether the run is stopping now.
        """

    def stop(self, reason: str | None = None) -> bool:
        """Ask the run to stop at its next boundary; calls in flight finish.

        Args:
            reason: Why, in free text.

        Returns:
            Whether the run is stopping now.
        """

    def on(self, event_type: EventType, callback: EventListener) -> Self:
        """Call a function for each event of a type, past ones included.

        Args:
            event_type: An older name or one of ours; `"*"`: all, each under its older name if it
                has one.
            callback: Takes the event. What it throws is reported and disturbs nobody else.

        Raises:
            TypeError: The type is unknown; the message names the known ones.
        """

    def once(self, event_type: EventType, callback: EventListener) -> Self:
        """Call a function for one event of a type, which may be a past one.

        Args:
            event_type: As of `on`.
            callback: As of `on`.
        """

    def off(self, event_type: EventType, callback: EventListener) -> Self:
        """Take a listener away, at once.

        Args:
            event_type: The type it was registered for.
            callback: The function it was registered with.
        """


class Session(Protocol):
    """A conversation."""

    @property
    def id(self) -> str:
        """Identifies the session."""

    def append(self, turn: TurnInputType | str) -> TurnType:
        """Add a copy of a turn, or a turn of one user block for text, and return another copy.

        Args:
            turn: The turn, or the user's text.

        Raises:
            SessionBusyError: A run is active.
        """

    def latest(self) -> TurnType:
        """A copy of the last committed turn; of an empty session, an empty turn without id."""

    def turns(self) -> list[TurnType]:
        """Copies of all committed turns."""

    def turn_count(self) -> int:
        """How many turns are committed."""

    def get_turn(self, index: int) -> TurnType | None:
        """A copy of one turn.

        Args:
            index: From 0; out of range: `null`.
        """

    def turns_range(self, start: int | None = None, end: int | None = None) -> list[TurnType]:
        """Copies of some turns.

        Args:
            start: The first, from 0.
            end: The one behind the last. Both are clamped to what there is.
        """

    def is_running(self) -> bool:
        """Whether a run is active. Never throws."""

    def cancel_active(self, reason: str | None = None) -> None:
        """Cancel the active run.

        Args:
            reason: Why, in free text.

        Raises:
            NoActiveRunError: "session has no active inference".
        """

    def run(
        self, seed: TurnInputType | str | None = None, options: RunOptionsType | None = None
    ) -> TurnType:
        """Start a run and wait for its turn; the script is parked meanwhile.

        Args:
            seed: A turn, or the user's text; absent: a copy of the latest turn is extended.
            options: How the run is bounded and labelled.

        Raises:
            RunStoppedError: Or whatever else the run ended with.
        """

    def run_async(
        self, seed: TurnInputType | str | None = None, options: RunOptionsType | None = None
    ) -> Annotated[object, TypeScript("Promise<Turn>")]:
        """Start a run and wait for its turn.

        Args:
            seed: As of `run`.
            options: As of `run`.

        Raises:
            TypeError: An argument is wrong. Whatever else refuses the run rejects the promise.
        """

    def start(
        self, seed: TurnInputType | str | None = None, options: RunOptionsType | None = None
    ) -> RunHandle:
        """Start a run. It begins after the current job, so that `on` and `cancel` come in time.

        Args:
            seed: As of `run`.
            options: As of `run`.

        Raises:
            TypeError: An argument is wrong. Whatever else refuses the run rejects its promise.
        """

    def close(self) -> None:
        """Close the session: an active run is stopped, further use is refused."""


class Builder(Protocol):
    """Collects what a session is made of; every method but the last answers the builder."""

    def with_engine(self, engine: Engine) -> Self:
        """Choose what answers.

        Args:
            engine: From `engines`.

        Raises:
            TypeError: "expected engine reference, got …".
        """

    def use_middleware(self, middleware: AnyMiddleware) -> Self:
        """Add a middleware, inside those that were added before.

        Args:
            middleware: From `middlewares`, or a function `(turn, next, ctx)`.

        Raises:
            TypeError: "unknown go middleware: X".
        """

    def use_go_middleware(
        self, name: HostMiddlewareName, options: JsonObject | None = None
    ) -> Self:
        """Add a middleware that the host provides, inside those that were added before.

        Args:
            name: `systemPrompt`, `reorderToolResults`, `turnLogging`, or what the host has added.
            options: What it takes.

        Raises:
            TypeError: "unknown go middleware: X".
        """

    def use_host_middleware(
        self, name: HostMiddlewareName, options: JsonObject | None = None
    ) -> Self:
        """As `useGoMiddleware`.

        Args:
            name: As of `useGoMiddleware`.
            options: As of `useGoMiddleware`.
        """

    def with_tools(
        self, registry: ToolRegistry, loop_settings: ToolLoopSettingsType | None = None
    ) -> Self:
        """Choose what the engine may ask for.

        Args:
            registry: From `tools`.
            loop_settings: How tools are executed; absent: as before.
        """

    def with_tool_loop(self, settings: ToolLoopSettingsType) -> Self:
        """Choose how tools are executed.

        Args:
            settings: What is left out is as it is by default.

        Raises:
            TypeError: `invalid toolChoice "x", expected one of: auto, none, required`, or the like.
        """

    def with_tool_hooks(self, hooks: ToolHooksType) -> Self:
        """Choose the functions that see every tool call, in the place of earlier ones.

        Args:
            hooks: The functions; without any there are none.
        """

    def build_session(self) -> Session:
        """Open the session.

        Raises:
            TypeError: "builder has no engine configured".
        """
