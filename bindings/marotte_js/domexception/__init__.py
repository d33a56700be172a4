"""``DOMException``, from the Web IDL standard."""

from marotte_js.domexception.binding import BINDING

__all__ = ["BINDING"]
