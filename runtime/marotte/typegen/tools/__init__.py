"""Tool catalogues: what tools take and answer, from their JSON Schemas as TypeScript."""

from marotte.typegen.tools.catalogue import DEFAULT_BUDGET, ToolCatalogue, render_tools
from marotte.typegen.tools.declaring import ToolSchema
from marotte.typegen.tools.host_tools import DescribedTool, render_host_tools

__all__ = [
    "DEFAULT_BUDGET",
    "DescribedTool",
    "ToolCatalogue",
    "ToolSchema",
    "render_host_tools",
    "render_tools",
]
