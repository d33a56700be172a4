"""Types of events that plugins add: under a prefix of the plugin's, with a model of the payload."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field, JsonValue, create_model

from marotte.events.bodies import PluginBody
from marotte.events.event import PluginEvent

__all__ = ["PluginEventType", "checked_payload", "event_models"]

P = TypeVar("P", bound=BaseModel)


class PluginEventType(Generic[P]):
    """A type of events that a plugin adds.

    Calling it makes an event to emit: ``run.emit_nowait(COUNTED(Counted(words=3)))``.

    Args:
        name: The `type` of the events, under a prefix of the plugin's own: ``acme.counted``.
        payload: What the event's `data` is: a model that JSON has a form for. A
            :class:`WireModel` is immutable and has camelCase names in JavaScript.

    Raises:
        pydantic.ValidationError: The name has no prefix.
    """

    def __init__(self, name: str, payload: type[P]) -> None:
        self.type = PluginBody(type=name).type
        self.payload = payload
        literal: Any = Literal
        fields: dict[str, Any] = {
            "type": (literal[name], Field(default=name, description="The type of the event.")),
            "data": (payload, Field(description="What the plugin tells.")),
        }
        self.event: type[PluginEvent] = create_model(
            f"{payload.__name__}Event", __base__=PluginEvent, __doc__=payload.__doc__, **fields
        )
        """Describes the whole event: the payload in its envelope."""

    def __call__(self, payload: P) -> PluginBody:
        """Return an event to emit.

        Raises:
            pydantic.ValidationError: The payload is too large, or JSON has no form for it.
        """
        return PluginBody(type=self.type, data=_dumped(payload))

    def read(self, event: PluginEvent) -> P:
        """Return the payload of an event of this type.

        Raises:
            pydantic.ValidationError: It is not what the model says.
        """
        return self.payload.model_validate(event.data)


def event_models(*types: PluginEventType[Any]) -> dict[str, type[BaseModel]]:
    """Return the events that a plugin adds, as its binding declares them."""
    return {each.type: each.event for each in types}


def checked_payload(event: type[BaseModel], data: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return a payload from a script as the event's model has it: with defaults, in its own form.

    Args:
        event: The model of the event, by which a binding declares it.
        data: What the script gives.

    Raises:
        pydantic.ValidationError: It is not what the model says.
    """
    if not issubclass(event, PluginEvent):
        return dict(data)
    payload = event.model_fields["data"].annotation
    if not (isinstance(payload, type) and issubclass(payload, BaseModel)):
        return dict(data)
    return _dumped(payload.model_validate(data, strict=True, by_alias=True, by_name=False))


def _dumped(payload: BaseModel) -> dict[str, JsonValue]:
    data: dict[str, JsonValue] = payload.model_dump(mode="json", by_alias=True, exclude_none=True)
    return data
