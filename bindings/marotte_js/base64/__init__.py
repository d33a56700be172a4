"""``atob`` and ``btoa``, from the HTML standard."""

from marotte_js.base64.binding import BINDING

__all__ = ["BINDING"]
