"""``TextEncoder`` and ``TextDecoder``, from the Encoding standard."""

from marotte_js.encoding.binding import BINDING

__all__ = ["BINDING"]
