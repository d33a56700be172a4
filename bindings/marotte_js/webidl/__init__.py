"""What Web IDL asks of every interface, for the faces of the other bindings."""

from marotte_js.webidl.binding import BINDING

__all__ = ["BINDING"]
