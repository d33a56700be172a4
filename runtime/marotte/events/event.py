"""Events: bodies with their envelope, as one closed union."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, TypeAlias, get_args

from pydantic import Field, JsonValue, TypeAdapter
from pydantic_core import PydanticSerializationError

from marotte.conversation import InvalidValueError, describe
from marotte.events import bodies
from marotte.events.bodies import Body
from marotte.events.record import WireModel

_REST = len(',,"seq":1000,"time":1700000000000')


class Event(Body):
    """What every event of a run carries."""

    run_id: str = Field(description="The run.")
    session_id: str = Field(description="Its session; empty for a run without one.")
    turn_id: str | None = Field(default=None, description="The turn it works on.")
    parent_run_id: str | None = Field(default=None, description="The run that started it.")
    seq: int = Field(ge=1, description="Position in the run's log, gapless from 1.")
    time: int = Field(description="When it happened, in milliseconds since the epoch.")
    tags: dict[str, str] = Field(default_factory=dict, description="The run's tags.")

    @cached_property
    def body_text(self) -> str:
        """JSON text of the body, or of the whole event if nothing is shared."""
        return encode(self)

    @cached_property
    def shared_text(self) -> str:
        """The members, in JSON, of the envelope but `seq` and `time`; of a run's events the same.

        Empty for an event that was not stamped by a log of this process.
        """
        return ""

    @cached_property
    def encoded(self) -> str:
        """The event's JSON text in camelCase, made once."""
        body, shared = self.body_text, self.shared_text
        return f'{body[:-1]},{shared},"seq":{self.seq},"time":{self.time}}}' if shared else body

    @property
    def size(self) -> int:
        """About how many characters `to_json` returns."""
        return len(self.body_text) + len(self.shared_text) + _REST

    def to_json(self) -> str:
        """Return the event's JSON text in camelCase."""
        return self.encoded

    def wire(self) -> dict[str, JsonValue]:
        """Return a plain camelCase copy, without what is not set."""
        copied: dict[str, JsonValue] = json.loads(self.to_json())
        return copied


class RunStartedEvent(bodies.RunStarted, Event):
    """Execution begins."""


class TextDeltaEvent(bodies.TextDelta, Event):
    """A piece of a model's answer."""


class TextFinishedEvent(bodies.TextFinished, Event):
    """A text of a model's answer is complete."""


class ReasoningDeltaEvent(bodies.ReasoningDelta, Event):
    """A piece of a model's reasoning."""


class ReasoningFinishedEvent(bodies.ReasoningFinished, Event):
    """A text of a model's reasoning is complete."""


class ToolCallRequestedEvent(bodies.ToolCallRequested, Event):
    """A model asks for a tool."""


class ToolExecutionStartedEvent(bodies.ToolExecutionStarted, Event):
    """A tool begins to execute."""


class ToolExecutionFinishedEvent(bodies.ToolExecutionFinished, Event):
    """A tool has executed."""


class ModelCallStartedEvent(bodies.ModelCallStarted, Event):
    """A request to a model begins."""


class ModelCallFinishedEvent(bodies.ModelCallFinished, Event):
    """A request to a model has ended, in whatever way."""


class OutputEvent(bodies.Output, Event):
    """What a script wrote to its console or output."""


class TurnCommittedEvent(bodies.TurnCommitted, Event):
    """The run's turn, which the envelope names, is now part of the session."""

    turn_id: str = Field(description="The turn.")


class ChildStartedEvent(bodies.ChildStarted, Event):
    """The run started another."""


class ChildFinishedEvent(bodies.ChildFinished, Event):
    """A run that this one started has ended."""


class RunYieldedEvent(bodies.RunYielded, Event):
    """The run waits for something from outside."""


class RunResumedEvent(bodies.RunResumed, Event):
    """The run no longer waits."""


class DiagnosticEvent(bodies.Diagnostic, Event):
    """Something that its author should know of, and that did not change the run's outcome."""


class EventsDroppedEvent(bodies.EventsDropped, Event):
    """Marks a hole in a replay: a log in memory had to forget these events."""


class RunStoppingEvent(bodies.RunStopping, Event):
    """A stop was accepted, or became harder."""


class RunFinishedEvent(bodies.RunFinished, Event):
    """The terminal event: always there, always last."""


class PluginEvent(bodies.PluginBody, Event):
    """An event of a plugin, under the plugin's own prefix."""


KnownEvent: TypeAlias = Annotated[
    RunStartedEvent
    | TextDeltaEvent
    | TextFinishedEvent
    | ReasoningDeltaEvent
    | ReasoningFinishedEvent
    | ToolCallRequestedEvent
    | ToolExecutionStartedEvent
    | ToolExecutionFinishedEvent
    | ModelCallStartedEvent
    | ModelCallFinishedEvent
    | OutputEvent
    | TurnCommittedEvent
    | ChildStartedEvent
    | ChildFinishedEvent
    | RunYieldedEvent
    | RunResumedEvent
    | DiagnosticEvent
    | EventsDroppedEvent
    | RunStoppingEvent
    | RunFinishedEvent,
    Field(discriminator="type"),
]
"""Any event of Marotte's own; `type` tells which."""

RunEvent: TypeAlias = KnownEvent | PluginEvent
"""Any event."""


_KNOWN: tuple[type[RunEvent], ...] = get_args(get_args(KnownEvent)[0])

EVENT_TYPES: Mapping[str, type[RunEvent]] = MappingProxyType(
    {event.model_fields["type"].default: event for event in _KNOWN}
)
"""The event class of each type, but those of plugins."""

EVENT_OF: Mapping[type[Body], type[RunEvent]] = MappingProxyType(
    {event.__mro__[1]: event for event in (*_KNOWN, PluginEvent)}
)
"""The event class of each body class."""


event_adapter: TypeAdapter[RunEvent] = TypeAdapter(RunEvent)
"""Validates and describes the union."""


def parse_event(text: str | bytes) -> RunEvent:
    """Return the event that `text`, as made by `Event.to_json`, stands for.

    Raises:
        ValueError: for anything else (a `pydantic.ValidationError` where it is JSON).
    """
    # Not `validate_json`, which refuses the unpaired surrogates that a delta may carry.
    return event_adapter.validate_python(json.loads(text))


def check_event_type(name: object) -> str:
    """Return the name to listen for: a known type, a plugin's (`acme.x`), or `"*"` for all.

    Raises:
        InvalidValueError: (a `TypeError`) naming the known ones.
    """
    if name in ("", "*"):
        return "*"
    if isinstance(name, str) and (name in EVENT_TYPES or "." in name):
        return name
    known = ", ".join(EVENT_TYPES)
    raise InvalidValueError("type", f"unknown event {describe(name)}, expected one of: {known}")


def encode(model: WireModel) -> str:
    """Return the JSON text of `model`; surrogates, which UTF-8 has no room for, are escaped."""
    serializer = model.__pydantic_serializer__
    try:
        text: bytes = serializer.to_json(model, by_alias=True, exclude_none=True)
    except PydanticSerializationError:
        plain = serializer.to_python(model, mode="python", by_alias=True, exclude_none=True)
        return json.dumps(plain, separators=(",", ":"))
    return text.decode()
