"""Values as text for people, for the other bindings: ``kernel.use("inspect").inspect(value)``."""

from marotte_js.inspect.binding import BINDING

__all__ = ["BINDING"]
