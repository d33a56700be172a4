"""The error events of the global object, from the HTML standard."""

from marotte_js.errorevents.binding import BINDING

__all__ = ["BINDING"]
