"""``queueMicrotask``, from the HTML standard."""

from marotte_js.microtask.binding import BINDING

__all__ = ["BINDING"]
