"""Where a script runs: ``self`` and ``navigator``, from the HTML standard."""

from marotte_js.scope.binding import BINDING

__all__ = ["BINDING"]
