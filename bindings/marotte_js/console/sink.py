"""Where the console's output goes."""

from __future__ import annotations

from marotte.host import ConsoleLevel, ConsoleSink, LoggingConsole
from marotte.realm import Bridge

__all__ = ["ConsoleLevel", "ConsoleSink", "sink_of"]


def sink_of(realm: Bridge) -> ConsoleSink:
    """The sink of a realm; a logger where the host wired in none."""
    try:
        return realm.service(ConsoleSink)  # type: ignore[type-abstract]  # looked up, not made
    except LookupError:
        return LoggingConsole(realm.name)
