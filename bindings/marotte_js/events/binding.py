"""The binding: pure JavaScript, declared here."""

from __future__ import annotations

from marotte.realm import Binding, face_source, host_function
from marotte_js.events.declarations import (
    AddEventListenerOptions,
    CustomEvent,
    Event,
    EventListenerOptions,
    EventTarget,
    GlobalEventListener,
    GlobalEventType,
)

__all__ = ["BINDING"]


@host_function(effect="control")
def add_event_listener(
    type: GlobalEventType,
    callback: GlobalEventListener,
    options: AddEventListenerOptions | bool | None = None,
) -> None:
    """Listen to events of the global object: `error`, `unhandledrejection`, `rejectionhandled`.

    Args:
        type: Of the events to hear.
        callback: What to call with each.
        options: How; `true` means `{capture: true}`.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def remove_event_listener(
    type: GlobalEventType,
    callback: GlobalEventListener,
    options: EventListenerOptions | bool | None = None,
) -> None:
    """Listen no more; what was never added is ignored.

    Args:
        type: Of the events that were heard.
        callback: What was called.
        options: Only `capture` matters.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def dispatch_event(event: Event) -> bool:
    """Send an event to the listeners of the global object.

    Args:
        event: What happened.

    Returns:
        False if a listener prevented the default of a cancelable event.
    """
    raise NotImplementedError("implemented by the face")


BINDING = Binding(
    name="events",
    declared=[add_event_listener, remove_event_listener, dispatch_event],
    declared_classes=[Event, CustomEvent, EventTarget],
    global_names=[
        "addEventListener",
        "removeEventListener",
        "dispatchEvent",
        "Event",
        "CustomEvent",
        "EventTarget",
    ],
    face=face_source("marotte_js.events"),
    doc="Events and their targets.",
)
