"""``performance``: a clock that never goes back, from the High Resolution Time standard."""

from marotte_js.performance.binding import BINDING

__all__ = ["BINDING"]
