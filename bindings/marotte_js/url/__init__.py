"""``URL`` and ``URLSearchParams``, from the URL standard."""

from marotte_js.url.binding import BINDING

__all__ = ["BINDING"]
