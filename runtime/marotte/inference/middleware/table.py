"""Host middlewares by name: what scripts and configurations can ask for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TypeAlias

from marotte.conversation import JsonObject, MarotteError
from marotte.inference.middleware.middleware import Middleware
from marotte.inference.middleware.reorder_tool_results import make_reorder_tool_results
from marotte.inference.middleware.system_prompt import make_system_prompt
from marotte.inference.middleware.turn_logging import make_turn_logging

MiddlewareFactory: TypeAlias = Callable[[JsonObject | None], Middleware]
"""Makes a middleware from its options."""

BUILT_IN: Mapping[str, MiddlewareFactory] = {
    "systemPrompt": make_system_prompt,
    "reorderToolResults": make_reorder_tool_results,
    "turnLogging": make_turn_logging,
}


class UnknownMiddlewareError(MarotteError, LookupError):
    """No host middleware of that name is registered."""

    default_code = "unknown_middleware"


class DuplicateMiddlewareError(MarotteError, ValueError):
    """A host middleware of that name is registered already."""

    default_code = "duplicate_middleware"


class MiddlewareTable:
    """Factories of middlewares by name, with those of Marotte. Any thread.

    Args:
        factories: More of them.

    Raises:
        DuplicateMiddlewareError: One has the name of another.
    """

    def __init__(self, factories: Mapping[str, MiddlewareFactory] | None = None) -> None:
        self._factories = dict(BUILT_IN)
        self._lock = threading.Lock()
        for name, factory in (factories or {}).items():
            self.register(name, factory)

    def register(self, name: str, factory: MiddlewareFactory) -> None:
        """Add a factory.

        Raises:
            DuplicateMiddlewareError: There is one of that name.
        """
        with self._lock:
            if name in self._factories:
                raise DuplicateMiddlewareError(f"host middleware {name} is registered already")
            self._factories[name] = factory

    def names(self) -> tuple[str, ...]:
        """Return the names, sorted."""
        with self._lock:
            return tuple(sorted(self._factories))

    def make(self, name: str, options: JsonObject | None = None) -> Middleware:
        """Make a middleware.

        Args:
            name: Which one.
            options: JSON, as the middleware wants them.

        Raises:
            UnknownMiddlewareError: There is none of that name; says which there are.
            InvalidValueError: An option is wrong or unknown.
        """
        factory = self._factories.get(name)
        if factory is None:
            known = ", ".join(self.names())
            message = f"unknown host middleware: {name}; known are {known}"
            raise UnknownMiddlewareError(message)
        return factory(options)
