"""The console: what scripts write for people, handed to the host's :class:`ConsoleSink`."""

from marotte_js.console.binding import BINDING
from marotte_js.console.sink import ConsoleLevel, ConsoleSink

__all__ = ["BINDING", "ConsoleLevel", "ConsoleSink"]
