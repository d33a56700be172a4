"""The types of data that the typings declare, each with its model, and samples of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn, TypeAlias, get_args

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode
from pydantic_core import PydanticOmit, core_schema
from typing_extensions import TypeAliasType

import marotte.events
import marotte.inference
import marotte.runs
from marotte.host import load_bindings
from marotte.typegen.catalogue import Catalogue
from marotte.typegen.schema import Direction

__all__ = ["Data", "data_types", "json_schema", "samples", "words"]

MANY = 2_000_000
Schema: TypeAlias = dict[str, Any]
Field: TypeAlias = core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField
Part: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Data:
    """A named type of data.

    Attributes:
        name: In the typings.
        model: What validates it, where scripts give it, or what the host makes of it.
        direction: Which of the two.
    """

    name: str
    model: type[BaseModel]
    direction: Direction

    def __str__(self) -> str:
        return self.name


@cache
def data_types(module: str | None = "marotte") -> list[Data]:
    """All models that a module has a type for; ``None``: any module, or the global scope."""
    bindings = load_bindings()
    catalogue = Catalogue(bindings)
    catalogue.read(bindings)
    models = {id(model): model for model in _models(BaseModel)}
    found = []
    for definition in catalogue.definitions():
        model = models.get(int(definition.origin.split("[")[0].rsplit(":", 1)[1]))
        place, name = catalogue.names.place(definition.key)
        if model is not None and module in (place, None):
            found.append(Data(name, model, definition.direction))
    return found


def words() -> dict[str, list[str]]:
    """The named choices of words of the module ``marotte``, as Python has them."""
    rooms = (marotte.events, marotte.inference, marotte.runs)
    named = [value for room in rooms for value in vars(room).values()]
    aliases = {value.__name__: value for value in named if isinstance(value, TypeAliasType)}
    choices = {name: get_args(get_args(alias.__value__)[0]) for name, alias in aliases.items()}
    return {n: [*found] for n, found in choices.items() if all(isinstance(w, str) for w in found)}


def _models(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)


class _OfJson(GenerateJsonSchema):
    """Leaves out what JSON has no form for: functions, and objects of the host."""

    def handle_invalid_for_json_schema(
        self, schema: core_schema.CoreSchema, error_info: str
    ) -> NoReturn:
        raise PydanticOmit

    def field_is_required(self, field: Field, total: bool) -> bool:
        """What the host gives is complete."""
        return self.mode == "serialization" or super().field_is_required(field, total)


def json_schema(data: Data) -> Schema:
    """What pydantic says of a type, without the members that are no JSON."""
    mode: JsonSchemaMode = "validation" if data.direction == "input" else "serialization"
    schema = data.model.model_json_schema(mode=mode, schema_generator=_OfJson)
    for described in (schema, *schema.get("$defs", {}).values()):
        members = described.get("properties", {})
        for member in members.values():
            if "anyOf" in member:
                member["anyOf"] = [some for some in member["anyOf"] if "tsType" not in some]
        for name in [name for name, member in members.items() if "tsType" in member]:
            del members[name]
            described["required"] = [n for n in described.get("required", ()) if n != name]
    return schema


# -- samples ---------------------------------------------------------------------------------------


def samples(schema: Schema) -> list[Schema]:
    """Values that a schema admits: with all members and with the required ones, of each choice."""
    makers = [_Sampler(schema, which, full) for which in (0, -1) for full in (True, False)]
    return [maker.members(schema, 4) for maker in makers]


@dataclass(frozen=True, slots=True)
class _Sampler:
    """Makes one value: the first or last of each choice, with or without what is optional."""

    document: Schema
    which: int
    full: bool

    def sample(self, schema: Part, depth: int) -> object:
        if "$ref" in schema:
            return self.sample(self.document["$defs"][schema["$ref"].rsplit("/", 1)[1]], depth)
        if "const" in schema:
            return schema["const"]
        options = schema.get("enum")
        if options:
            return options[self.which]
        several = schema.get("anyOf", schema.get("oneOf"))
        if several:
            return self.sample(several[self.which if depth > 0 else -1], depth)
        return self._of_kind(schema, depth)

    def _of_kind(self, schema: Part, depth: int) -> object:
        match schema.get("type"):
            case "object":
                return self.members(schema, depth - 1)
            case "array":
                items = schema.get("items", {})
                some = self.full and depth > 0 and items != {"anyOf": []}
                return [self.sample(items, depth - 1)] if some else []
            case "integer" | "number":
                # Large enough for a bound that no schema tells: of memory, in bytes.
                return min(schema.get("maximum", MANY), MANY)
            case "boolean":
                return self.full
            case "string":
                return "a text"
            case _:
                return None

    def members(self, schema: Part, depth: int) -> Schema:
        members: Schema = schema.get("properties", {})
        required = schema.get("required", ())
        names = [n for n in members if n in required or (self.full and depth > 0)]
        found = {name: self.sample(members[name], depth) for name in names}
        other = schema.get("additionalProperties")
        if not members and isinstance(other, dict) and self.full:
            found["a name"] = self.sample(other, depth)
        return found
