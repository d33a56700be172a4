"""What a session answers with: an engine, its tools, and what stands around both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from marotte.conversation import InvalidValueError, describe
from marotte.inference.engine import Engine
from marotte.inference.middleware import Middleware
from marotte.inference.tools import ToolHooks, ToolLoopSettings, ToolRegistry

History = TypeAliasType(
    "History",
    Annotated[
        Literal["all", "none"],
        Field(description="Whether an engine sees the earlier turns of a session."),
    ],
)


@dataclass(frozen=True)
class Pipeline:
    """How the turns of a session are answered.

    Attributes:
        engine: What answers.
        tools: What a model may ask for; without them, the engine answers once.
        tool_loop: How it is executed.
        tool_hooks: What may look at tool calls, and change them.
        middlewares: What stands around each call of the engine; the first is outermost.
        history: Whether the engine sees the earlier turns of the session.

    Raises:
        InvalidValueError: for what is none of that, or a tool choice that names no tool.
    """

    engine: Engine
    tools: ToolRegistry | None = None
    tool_loop: ToolLoopSettings = field(default_factory=ToolLoopSettings)
    tool_hooks: ToolHooks | None = None
    middlewares: tuple[Middleware, ...] = ()
    history: History = "all"

    def __post_init__(self) -> None:
        _require("engine", self.engine, Engine, "an engine")
        _require("toolLoop", self.tool_loop, ToolLoopSettings, "settings of a tool loop")
        if self.tools is not None:
            _require("tools", self.tools, ToolRegistry, "a registry of tools")
        self.tool_loop.check_choice(() if self.tools is None else self.tools.names())
        if self.tool_hooks is not None:
            _require("toolHooks", self.tool_hooks, ToolHooks, "hooks")
        for index, middleware in enumerate(self.middlewares):
            _require(f"middlewares[{index}]", middleware, Middleware, "a middleware")
        if self.history not in ("all", "none"):
            problem = f"expected 'all' or 'none', got {describe(self.history)}"
            raise InvalidValueError("history", problem)

    @property
    def registry(self) -> ToolRegistry | None:
        """The tools, if the loop is enabled."""
        return self.tools if self.tool_loop.enabled else None


def _require(path: str, value: object, kind: type, what: str) -> None:
    if not isinstance(value, kind):
        raise InvalidValueError(path, f"expected {what}, got {describe(value)}")
