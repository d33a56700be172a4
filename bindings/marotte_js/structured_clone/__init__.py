"""``structuredClone``, from the HTML standard."""

from marotte_js.structured_clone.binding import BINDING

__all__ = ["BINDING"]
