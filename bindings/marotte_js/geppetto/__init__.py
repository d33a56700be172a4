"""The module ``geppetto``: the module ``marotte`` under the names of an older one."""

from marotte_js.geppetto.binding import BINDING

__all__ = ["BINDING"]
