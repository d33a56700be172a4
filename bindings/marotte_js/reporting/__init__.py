"""Errors that nothing handled: ``reportError``, and what timers and listeners report by."""

from marotte_js.reporting.binding import BINDING

__all__ = ["BINDING"]
