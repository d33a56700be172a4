"""``AbortController`` and ``AbortSignal``, from the DOM standard."""

from marotte_js.abort.binding import BINDING

__all__ = ["BINDING"]
