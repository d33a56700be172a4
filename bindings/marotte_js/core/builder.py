"""`createBuilder`: a session put together step by step."""

from __future__ import annotations

from marotte.inference import History
from marotte.realm import Caller, HostObject, InvalidValueError, host_function, host_method
from marotte_js.core.engines import EngineObject
from marotte_js.core.session import BuilderOptions, SessionObject, open_session

__all__ = ["BuilderObject", "create_builder"]


class BuilderObject(HostObject, js_name="Builder"):
    """Collects what a session is made of; every method but the last answers the builder."""

    def __init__(self, options: BuilderOptions) -> None:
        self._engine = options.engine
        self._history: History = options.history

    @host_method(effect="control")
    def with_engine(self, engine: EngineObject) -> BuilderObject:
        """Choose what answers.

        Args:
            engine: From `engines`.
        """
        self._engine = engine
        return self

    @host_method(effect="control")
    def with_history(self, history: History) -> BuilderObject:
        """Choose whether the engine sees the earlier turns of the session."""
        self._history = history
        return self

    @host_method()
    def build_session(self, caller: Caller) -> SessionObject:
        """Open the session.

        Raises:
            TypeError: "builder has no engine configured".
        """
        if self._engine is None:
            raise InvalidValueError("builder has no engine configured")
        return open_session(caller, self._engine, self._history)


@host_function(effect="control")
def create_builder(options: BuilderOptions | None = None) -> BuilderObject:
    """Begin to put a session together.

    Args:
        options: What is known already.
    """
    return BuilderObject(options or BuilderOptions())
