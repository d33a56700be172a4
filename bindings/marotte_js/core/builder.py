"""`createBuilder`: a session put together step by step."""

from __future__ import annotations

from marotte.inference import History
from marotte.realm import Caller, HostObject, host_function, host_method
from marotte_js.core.engines import EngineObject
from marotte_js.core.hooks import ToolHookOptions
from marotte_js.core.host_middlewares import NameOfHost, OptionsOfHost
from marotte_js.core.middlewares import host as host_middleware
from marotte_js.core.pipeline import AnyMiddleware, LoopSettings
from marotte_js.core.session import BuilderOptions, SessionObject, make_session
from marotte_js.core.tools import ToolRegistryObject

__all__ = ["BuilderObject", "create_builder"]


class BuilderObject(HostObject, js_name="Builder"):
    """Collects what a session is made of; every method but the last answers the builder."""

    def __init__(self, options: BuilderOptions) -> None:
        self._options = options

    @host_method(effect="control")
    def with_engine(self, engine: EngineObject) -> BuilderObject:
        """Choose what answers.

        Args:
            engine: From `engines`.
        """
        self._options.engine = engine
        return self

    @host_method(effect="control")
    def use_middleware(self, middleware: AnyMiddleware) -> BuilderObject:
        """Add a middleware, inside those that were added before.

        Args:
            middleware: From `middlewares`, or a function `(turn, next, ctx)`.
        """
        self._options.middlewares.append(middleware)
        return self

    @host_method(effect="control")
    def use_host_middleware(
        self, caller: Caller, name: NameOfHost, options: OptionsOfHost = None
    ) -> BuilderObject:
        """Add a middleware that the host provides, inside those that were added before.

        Args:
            name: As of `middlewares.host`.
            options: As of `middlewares.host`.

        Raises:
            UnknownMiddlewareError: "unknown host middleware: X".
        """
        return self.use_middleware(host_middleware(caller, name, options))

    @host_method(effect="control")
    def with_tools(
        self, registry: ToolRegistryObject, loop: LoopSettings | None = None
    ) -> BuilderObject:
        """Choose what the engine may ask for.

        Args:
            registry: From `tools`.
            loop: How tools are executed; absent: as before.
        """
        self._options.tools = registry
        if loop is not None:
            self._options.tool_loop = loop
        return self

    @host_method(effect="control")
    def with_tool_loop(self, loop: LoopSettings) -> BuilderObject:
        """Choose how tools are executed.

        Args:
            loop: Settings; what is left out is as it is by default.

        Raises:
            TypeError: "invalid toolChoice "x", expected one of: …", and the like.
        """
        self._options.tool_loop = loop
        return self

    @host_method(effect="control")
    def with_tool_hooks(self, hooks: ToolHookOptions) -> BuilderObject:
        """Choose the functions that see every tool call, in the place of earlier ones.

        Args:
            hooks: The functions; without any there are none.
        """
        self._options.tool_hooks = hooks
        return self

    @host_method(effect="control")
    def with_history(self, history: History) -> BuilderObject:
        """Choose whether the engine sees the earlier turns of the session.

        Args:
            history: `all`, or `none`: each turn is answered by itself.
        """
        self._options.history = history
        return self

    @host_method()
    def build_session(self, caller: Caller) -> SessionObject:
        """Open the session.

        Raises:
            TypeError: "builder has no engine configured".
        """
        return make_session(caller, self._options)


@host_function(effect="control")
def create_builder(options: BuilderOptions | None = None) -> BuilderObject:
    """Begin to put a session together.

    Args:
        options: What is known already.

    Example:
        const session = createBuilder()
          .withEngine(engines.model("openai:gpt-5"))
          .useHostMiddleware("systemPrompt", { prompt: "Be brief." })
          .withTools(registry, { maxIterations: 3 })
          .buildSession();
    """
    return BuilderObject(options or BuilderOptions())
