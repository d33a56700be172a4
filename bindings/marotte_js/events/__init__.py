"""Events and their targets, from the DOM standard."""

from marotte_js.events.binding import BINDING
from marotte_js.events.declarations import Event, EventInit, EventListener, EventTarget

__all__ = ["BINDING", "Event", "EventInit", "EventListener", "EventTarget"]
