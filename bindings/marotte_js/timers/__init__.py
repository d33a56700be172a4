"""Timers: ``setTimeout``, ``setInterval`` and what clears them, from the HTML standard."""

from marotte_js.timers.binding import BINDING

__all__ = ["BINDING"]
