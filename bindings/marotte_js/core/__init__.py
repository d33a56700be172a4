"""The module ``marotte``: sessions, runs and engines, as scripts see them."""

from marotte_js.core.binding import BINDING

__all__ = ["BINDING"]
