"""Tool catalogues: what tools take and answer, from their JSON Schemas as TypeScript."""

from marotte.typegen.tools.catalogue import DEFAULT_BUDGET, ToolCatalogue, render_tools
from marotte.typegen.tools.declaring import ToolSchema

__all__ = ["DEFAULT_BUDGET", "ToolCatalogue", "ToolSchema", "render_tools"]
