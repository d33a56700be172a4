"""The host's tools as scripts know them: added to what the module ``marotte`` declares."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from marotte.conversation import JsonObject
from marotte.typegen.rendering import render_host_tools as render_scope
from marotte.typegen.tools.catalogue import catalogued
from marotte.typegen.tools.declaring import ToolSchema

__all__ = ["DescribedTool", "render_host_tools"]


class ToolDescription(Protocol):
    """What a tool says of itself; ``marotte.ToolDefinition`` is one."""

    @property
    def name(self) -> str:
        """What it is called by."""

    @property
    def description(self) -> str:
        """What it does."""

    @property
    def parameters(self) -> JsonObject:
        """The JSON Schema of its arguments."""


class DescribedTool(Protocol):
    """A tool of the host; ``marotte.Tool`` is one."""

    @property
    def definition(self) -> ToolDescription:
        """What it says of itself."""


@runtime_checkable
class _Answering(Protocol):
    """A tool that may know what it answers; ``marotte.FunctionTool`` is one."""

    @property
    def result_schema(self) -> JsonObject | None:
        """The JSON Schema of what it answers, if it is known."""


def render_host_tools(tools: Iterable[DescribedTool], source: str) -> str:
    """Declare tools of the host, for `useHostTools` and `call`.

    Args:
        tools: In the order in which they are to be told. What one answers is known if it has a
            `result_schema`, a JSON Schema.
        source: Where they are from, in a word that no other source has.

    Returns:
        Declarations that are merged into ``interface HostTools`` of the module ``marotte``.

    Raises:
        TypingsError: Two tools have one name.
    """
    names, scope = catalogued(map(_schema, tools))
    word = re.sub(r"\W+", "_", source, flags=re.ASCII)
    return render_scope(names, scope, namespace=f"tools_of_{word}", source=source)


def _schema(tool: DescribedTool) -> ToolSchema:
    said = tool.definition
    result = tool.result_schema if isinstance(tool, _Answering) else None
    return ToolSchema(said.name, said.description, said.parameters, result)
