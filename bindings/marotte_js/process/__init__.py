"""``process``: the arguments of a script, and the environment as far as it was granted."""

from marotte_js.process.binding import BINDING

__all__ = ["BINDING"]
