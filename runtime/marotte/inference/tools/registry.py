"""Registries: the tools that are offered together, by name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import JsonValue

from marotte.conversation import (
    InvalidValueError,
    JsonSchema,
    MarotteError,
    copy_json,
    describe,
)
from marotte.inference.tools.definition import ToolDefinition
from marotte.inference.tools.function_tool import FunctionTool
from marotte.inference.tools.tool import Tool, ToolContext

MAX_RESULT_SIZE = 1024 * 1024
"""The largest result of a tool, in characters of its JSON text."""


class DuplicateToolError(MarotteError, ValueError):
    """A tool of that name is registered already."""

    default_code = "duplicate_tool"
    js_name = "DuplicateToolError"


class ToolNotFoundError(MarotteError, LookupError):
    """No tool of that name is registered."""

    default_code = "unknown_tool"


class ToolArgumentsError(MarotteError, ValueError):
    """The arguments do not match the tool's JSON Schema."""

    default_code = "invalid_arguments"
    js_name = "ToolArgumentsError"


@dataclass(frozen=True, slots=True)
class _Entry:
    tool: Tool
    definition: ToolDefinition
    schema: JsonSchema


ToolLike: TypeAlias = Tool | Callable[..., object]
"""A tool, or a function that becomes one (see `FunctionTool`)."""


class ToolRegistry:
    """Tools in the order of their registration. All methods may be called from any thread.

    Args:
        tools: What to register at once.

    Raises:
        DuplicateToolError: two of them have the same name.
        InvalidValueError: one of them is no tool, or is defined wrongly.
    """

    def __init__(self, tools: Iterable[ToolLike] = ()) -> None:
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.Lock()
        for tool in tools:
            self.register(tool)

    def register(self, tool: ToolLike) -> None:
        """Add a tool at the end.

        Raises:
            DuplicateToolError: There is one of that name; nothing was changed.
            InvalidValueError: It is no tool, or is defined wrongly.
        """
        checked = _as_tool(tool)
        definition = checked.definition
        self._add([_Entry(checked, definition, definition.schema())])

    def use(self, other: ToolRegistry, names: Iterable[str]) -> None:
        """Add tools of another registry, all of them or none.

        Args:
            other: Where they are registered.
            names: Which ones.

        Raises:
            ToolNotFoundError: The other does not have one of them.
            DuplicateToolError: This one has one of that name already.
        """
        self._add([other._entry(name) for name in names])

    def get(self, name: str) -> Tool:
        """Return a tool.

        Raises:
            ToolNotFoundError: There is none of that name.
        """
        return self._entry(name).tool

    def definitions(self) -> tuple[ToolDefinition, ...]:
        """Return what models are told of the tools, in the order of registration."""
        with self._lock:
            return tuple(entry.definition for entry in self._entries.values())

    def names(self) -> tuple[str, ...]:
        """Return the names, in the order of registration."""
        with self._lock:
            return tuple(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def check(self, name: str, args: JsonValue) -> None:
        """Check a call before it is made.

        Raises:
            ToolNotFoundError: There is no such tool.
            ToolArgumentsError: The arguments do not match its schema; says where and why.
        """
        problem = self._entry(name).schema.problem(args, "arguments")
        if problem is not None:
            raise ToolArgumentsError(f"invalid arguments for tool {name}: {problem}")

    async def execute(self, name: str, args: JsonValue, ctx: ToolContext) -> JsonValue:
        """Execute a call that was checked, and return a copy of its result.

        Raises:
            ToolNotFoundError: There is no such tool.
            InvalidValueError: What it returned is not JSON, or is too large.
            Exception: Whatever the tool raises.
        """
        result = await self._entry(name).tool.execute(args, ctx)
        return copy_json(result, f"result of tool {name}", max_size=MAX_RESULT_SIZE)

    async def call(self, name: str, args: JsonValue, ctx: ToolContext) -> JsonValue:
        """Check and execute a call, as an effect of the run; see `check` and `execute`."""
        ctx.check()
        self.check(name, args)
        return await self.execute(name, args, ctx)

    def _entry(self, name: str) -> _Entry:
        entry = self._entries.get(name)
        if entry is None:
            raise ToolNotFoundError(f"tool not found: {name}")
        return entry

    def _add(self, entries: list[_Entry]) -> None:
        with self._lock:
            added = dict(self._entries)
            for entry in entries:
                if entry.definition.name in added:
                    raise DuplicateToolError(f"tool {entry.definition.name} is registered already")
                added[entry.definition.name] = entry
            self._entries = added


def _as_tool(tool: object) -> Tool:
    if isinstance(tool, Tool):
        return tool
    if callable(tool):
        return FunctionTool(tool)
    raise InvalidValueError("tool", f"expected a tool or a function, got {describe(tool)}")
