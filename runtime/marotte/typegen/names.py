"""Which name a type has, and how it is called from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from marotte.typegen.errors import TypingsError
from marotte.typegen.reading import JSON_VALUE
from marotte.typegen.text import is_identifier, quoted

__all__ = ["EVENT_NAMES", "JSON_NAME", "SCHEMA_NAMES", "TOOL_NAMES", "Names"]

JSON_NAME = "JsonValue"
EVENT_NAMES = (
    "RunEventMap RunEvent RunEventOf "
    "PluginEventMap DeltaEmission PluginEmission EmissionType Emission"
).split()
SCHEMA_NAMES = (
    "CheckedSchema FromSchema JsonSchema OutputOf SchemaAll SchemaChecks SchemaKind "
    "SchemaKindCheck SchemaList SchemaMembers SchemaObject SchemaOfKind SchemaOthers "
    "SchemaPositions SchemaTarget SchemaTuple UnknownSchemaKind"
).split()
TOOL_NAMES = ("HostTools", "KnownTools", "ScriptTool", "ToolArguments", "ToolResult")
_OF_THE_LANGUAGE = (
    "Array AsyncIterable AsyncIterableIterator AsyncIterator Boolean Date Error Function Iterable "
    "IterableIterator Iterator Map Number Object Partial Promise PromiseLike Readonly "
    "ReadonlyArray Record RegExp Required Set String Symbol Uint8Array"
).split()
_TYPES_OF_THE_LANGUAGE = (
    "any bigint boolean never null number object string symbol undefined unknown void"
).split()


class Names:
    """Gives every type a name of its own within its module, and keeps it.

    Args:
        taken: Names that no type gets.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        templates = (JSON_NAME, *EVENT_NAMES, *SCHEMA_NAMES, *TOOL_NAMES)
        language = (*_OF_THE_LANGUAGE, *_TYPES_OF_THE_LANGUAGE)
        self._reserved = frozenset((*templates, *language, *taken))
        self._names: dict[str, tuple[str | None, str]] = {}
        self._taken: dict[str | None, set[str]] = {}
        self._parameters: dict[str, tuple[str, ...]] = {}

    def reserve(self, module: str | None, name: str) -> None:
        """Keep a name that a module declares for something that is no type."""
        self._taken_in(module).add(name)

    def claim(self, module: str | None, key: str, wanted: str) -> str:
        """Name a type; the name differs from the wanted one where that is taken or is no word."""
        taken = self._taken_in(module)
        word = re.sub(r"\W+", "_", wanted, flags=re.ASCII).strip("_")
        base = word if is_identifier(word) else f"_{word}"
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base}{number}"
        taken.add(name)
        self._names[key] = (module, name)
        return name

    def keep(self, module: str | None, key: str, name: str) -> str:
        """Name a type as the value of the same declaration, whose name is reserved."""
        self._names[key] = (module, name)
        return name

    def share(self, key: str, other: str) -> None:
        """Name a type as another one, which it is the same as."""
        self._names[key] = self._names[other]

    def make_generic(self, key: str, parameters: Iterable[str]) -> None:
        """Give a type parameters, as functions have them; what mentions it has the same ones."""
        self._parameters[key] = tuple(parameters)

    def parameters(self, key: str) -> tuple[str, ...]:
        """Return the parameters of a type, as its declaration has them."""
        return tuple(found.removeprefix("const ") for found in self._parameters.get(key, ()))

    def arguments(self, key: str) -> list[str]:
        """Return what a type is given by what mentions it and has the same parameters."""
        return [parameter.split(" ", 1)[0] for parameter in self.parameters(key)]

    def local(self, key: str) -> str:
        """Return the name of a type where it is declared."""
        return self._names[key][1]

    def place(self, key: str) -> tuple[str | None, str]:
        """Return where a type is declared and what it is called there.

        Raises:
            TypingsError: No binding declares it.
        """
        if key not in self._names:
            raise TypingsError(f"{key.split(':')[1]} is mentioned, but no binding declares it")
        return self._names[key]

    def knows(self, key: str) -> bool:
        """Whether the type has a name."""
        return key in self._names

    def seen_from(self, module: str | None, used: set[str]) -> Callable[[str], str]:
        """Return what resolves keys where `module` is declared; it adds them to `used`.

        It raises :class:`TypingsError` for what has no name.
        """

        def resolve(key: str) -> str:
            used.add(key)
            if key == JSON_VALUE:
                return JSON_NAME
            owner, name = self.place(key)
            if owner is None or owner == module:
                return name
            return f"import({quoted(owner)}).{name}"

        return resolve

    def _taken_in(self, module: str | None) -> set[str]:
        return self._taken.setdefault(module, set(self._reserved))
