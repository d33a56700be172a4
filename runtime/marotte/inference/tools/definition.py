"""What a model is told of a tool."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from marotte.conversation import InvalidValueError, JsonObject, JsonSchema, describe

MAX_NAME = 64
"""The longest name of a tool, in characters: what all providers take."""

_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{MAX_NAME}}}")


def _no_parameters() -> JsonObject:
    return {"type": "object", "properties": {}}


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """A tool as a model sees it.

    Attributes:
        name: What the model calls it by: at most 64 ASCII letters, digits, `_` and `-`, since
            providers refuse a request with other names.
        description: What it does, for the model.
        parameters: The JSON Schema of its arguments.
    """

    name: str
    description: str = ""
    parameters: JsonObject = field(default_factory=_no_parameters)

    def schema(self) -> JsonSchema:
        """Check the definition and return the schema of its arguments.

        Raises:
            InvalidValueError: for a name that providers refuse, a description that is no text,
                or parameters that are no JSON Schema.
        """
        name: object = self.name
        if not isinstance(name, str) or _NAME.fullmatch(name) is None:
            expected = f"expected a name of at most {MAX_NAME} ASCII letters, digits, _ and -"
            problem = f"{expected}, got {describe(name)}"
            raise InvalidValueError("tool.name", problem)
        description: object = self.description
        if not isinstance(description, str):
            problem = f"expected text, got {describe(description)}"
            raise InvalidValueError(f"tool {name}: description", problem)
        return JsonSchema(self.parameters, f"tool {name}: parameters")
