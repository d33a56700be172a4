"""JSON Schema of what bindings declare, with a few keywords for what JSON has no word for.

The keywords: ``tsType`` a type expression, ``tsParameters`` the type parameters it needs,
``tsClass`` a class by its key, ``tsFunction`` a function of a script or for one, ``tsJson`` any
JSON value, ``tsRequired`` what must not be left out although it has a default, ``tsRest`` what is a
rest parameter, ``tsArguments`` what a reference gives to a generic type. ``readOnly`` on an object
says that its model is frozen.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import GenericAlias
from typing import Any, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, create_model
from pydantic.json_schema import (
    CoreModeRef,
    DefsRef,
    GenerateJsonSchema,
    JsonRef,
    JsonSchemaMode,
)
from pydantic_core import PydanticOmit, core_schema

from marotte.realm import HostFunction, HostObject, Signature
from marotte.realm.functions.arguments import Parameter
from marotte.typegen.annotations import class_key, describable, promised, typed_as
from marotte.typegen.docs import in_javascript
from marotte.typegen.errors import TypingsError

__all__ = ["Definition", "Direction", "Schema", "SchemaGenerator", "opposite"]

Schema: TypeAlias = dict[str, Any]
Direction: TypeAlias = Literal["input", "output"]
"""Seen from the host: what scripts give it, and what it gives them."""

Field: TypeAlias = core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField
Described: TypeAlias = core_schema.CoreSchema | Field | core_schema.ComputedField

_MODES: dict[Direction, JsonSchemaMode] = {"input": "validation", "output": "serialization"}
_REF = "#/$defs/"
_JSON_VALUE = "pydantic.types.JsonValue:"
_HOLDER_CONFIG = ConfigDict(arbitrary_types_allowed=True)


def opposite(direction: Direction) -> Direction:
    """Return the direction of what a function of the other side takes."""
    return "output" if direction == "input" else "input"


@dataclass(frozen=True, slots=True)
class Definition:
    """A named schema.

    Attributes:
        key: What references name.
        name: Its name in Python.
        origin: The same for both directions of one type.
        direction: Which of the two this is.
    """

    key: str
    name: str
    origin: str
    direction: Direction

    @property
    def is_json(self) -> bool:
        """Whether it stands for any JSON value."""
        return self.origin.startswith(_JSON_VALUE)


class SchemaGenerator(GenerateJsonSchema):
    """Describes types one after the other; `definitions` and `classes` grow on the way.

    Args:
        declared: Classes of JavaScript that annotations may name.
    """

    def __init__(self, declared: Iterable[type] = ()) -> None:
        super().__init__(by_alias=True)
        self.ignored_warning_kinds = {"non-serializable-default"}
        self.names: dict[str, Definition] = {}
        self.discriminants: dict[str, dict[str, None]] = {}
        self.classes: dict[str, type[HostObject]] = {}
        self._declared = frozenset(declared)
        # Kept alive, because schemas go by the identity of their classes.
        self._described: list[type[Any]] = []

    # -- what bindings consist of -----------------------------------------------------------------

    def describe(self, annotation: object, direction: Direction) -> Schema:
        """Describe the type that an annotation stands for.

        Raises:
            TypingsError: It has no form in JavaScript.
        """
        return self._types({"": annotation}, direction)[0]

    def parameters(self, function: HostFunction[..., Any], direction: Direction) -> list[Schema]:
        """Describe the parameters of a function, in order; a rest parameter is a list.

        Raises:
            TypingsError: The type of one has no form in JavaScript.
        """
        asked = [_asked(parameter) for parameter in function.parameters]
        names = [parameter.js_name for parameter in function.parameters]
        annotations = dict(zip(names, (annotation for annotation, _ in asked), strict=True))
        described = self._types(annotations, direction)
        for schema, (_, required) in zip(described, asked, strict=True):
            if required:
                schema["tsRequired"] = True
        return described

    def _types(self, annotations: Mapping[str, Any], direction: Direction) -> list[Schema]:
        """Describe annotations, which errors call by their names."""
        marked = [describable(a, self._declared) for a in annotations.values()]
        fields: dict[str, Any] = {
            f"of{i}": (annotation, ...) for i, annotation in enumerate(marked)
        }
        holder = create_model("Holder", __config__=_HOLDER_CONFIG, **fields)
        described = self.fields(holder, direction)
        for field, (name, annotation) in zip(fields, annotations.items(), strict=True):
            if field not in described:
                raise TypingsError(f"{name}: {annotation!r} has no form in JavaScript".lstrip(": "))
        return [described[field] for field in fields]

    def fields(self, model: type[Any], direction: Direction) -> Schema:
        """Describe the fields of a model that itself is no type for scripts, by their names."""
        self._described.append(model)
        with self._in(direction):
            reference = self.generate_inner(model.__pydantic_core_schema__)
        key = DefsRef(reference["$ref"].removeprefix(_REF))
        found: Schema = self.definitions.pop(key).get("properties", {})
        return found

    @contextmanager
    def _in(self, direction: Direction) -> Iterator[None]:
        before, self._mode = self._mode, _MODES[direction]
        try:
            yield
        finally:
            self._mode = before

    def definition(self, key: str) -> Schema:
        """Return what a reference stands for."""
        found = self.definitions[DefsRef(key)]
        required = [*found.get("required", ()), *self.discriminants.get(key, ())]
        return {**found, "required": required} if required else found

    @property
    def direction(self) -> Direction:
        """Where what is being described goes."""
        return "input" if self.mode == "validation" else "output"

    # -- how it differs from what the base class does ---------------------------------------------

    def get_defs_ref(self, core_mode_ref: CoreModeRef) -> DefsRef:
        """Name definitions by their identity; what they are called is settled in the end."""
        reference, mode = core_mode_ref
        key = f"{reference}/{mode}".replace("~", "-")
        name = reference.split("[", 1)[0].rsplit(":", 1)[0].rsplit(".", 1)[-1]
        direction: Direction = "input" if mode == "validation" else "output"
        self.names[key] = Definition(key, name, reference, direction)
        return DefsRef(key)

    def field_title_should_be_set(self, schema: Described) -> bool:
        """Fields have names, no titles."""
        return False

    def field_is_required(self, field: Field, total: bool) -> bool:
        """What the host gives is complete: a default is a value like others."""
        return self.mode == "serialization" or super().field_is_required(field, total)

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        """Describe a model, without a title."""
        described = super().model_schema(schema)
        config: ConfigDict = schema["cls"].model_config
        if described.pop("title", None) and config.get("title"):
            described["title"] = config["title"]
        if config.get("frozen"):
            described["readOnly"] = True
        _say(schema["cls"], described.get("properties", {}))
        _rename_in_docs(schema["cls"], described)
        if self.direction == "input":
            self._ask(schema["cls"], described.get("properties", {}))
        return described

    def _ask(self, model: type[BaseModel], properties: Schema) -> None:
        """Put into properties what the typings ask for, where that is less than is taken."""
        for name, field in model.model_fields.items():
            narrower = typed_as(field.metadata)
            if narrower is not None:
                asked = self.describe(narrower.annotation, "input")
                said = {"description": field.description} if field.description else {}
                properties[field.alias or name] = {**asked, **said, "tsRequired": True}

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> Schema:
        """Describe a union that a property tells apart: that property is always there."""
        described = super().tagged_union_schema(schema)
        told_by = described.get("discriminator", {}).get("propertyName")
        for option in described.get("oneOf", ()):
            if told_by is not None and "$ref" in option:
                key = option["$ref"].removeprefix(_REF)
                self.discriminants.setdefault(key, {})[told_by] = None
        return described

    def definition_ref_schema(self, schema: core_schema.DefinitionReferenceSchema) -> Schema:
        """Describe a reference; the type of any JSON value has a keyword."""
        if schema["schema_ref"].startswith(_JSON_VALUE):
            return {"tsJson": True}
        return super().definition_ref_schema(schema)

    def is_instance_schema(self, schema: core_schema.IsInstanceSchema) -> Schema:
        """Describe an object of Python; scripts have none, unless its class has a name there."""
        name = getattr(schema["cls"], "js_name", None)
        if isinstance(name, str):
            return {"tsType": name}
        raise PydanticOmit

    def function_plain_schema(self, schema: core_schema.PlainValidatorFunctionSchema) -> Schema:
        """Describe what crosses by reference: functions of scripts, host objects."""
        metadata = schema.get("metadata", {})
        if metadata.get("marotte") == "callback":
            return self._callback(metadata.get("signature"))
        if metadata.get("marotte") == "object":
            cls: type[HostObject] = metadata["class"]
            self.classes.setdefault(class_key(cls), cls)
            return {"tsClass": class_key(cls)}
        return super().function_plain_schema(schema)

    def _callback(self, signature: Signature | None) -> Schema:
        if signature is None:
            return {"tsType": "(...args: never[]) => unknown"}
        stub = signature.function
        if not signature.name:
            return self._function(stub)
        origin = f"{stub.__module__}.{stub.__qualname__}:{id(stub)}"
        key = f"{origin}/{self.mode}"
        reference = JsonRef(f"{_REF}{key}")
        if key not in self.names:
            self.names[key] = Definition(key, signature.name, origin, self.direction)
            self.json_to_defs_refs[reference] = DefsRef(key)
            said = {"description": inspect.getdoc(stub) or ""}
            self.definitions[DefsRef(key)] = self._function(stub) | said
        return {"$ref": reference}

    def _function(self, stub: Callable[..., Any]) -> Schema:
        function = HostFunction(stub, stub.__name__)
        direction = self.direction
        return {
            "tsFunction": {
                "names": {each.name: each.js_name for each in function.parameters},
                "required": [parameter.required for parameter in function.parameters],
                "rest": any(parameter.rest for parameter in function.parameters),
                "parameters": self.parameters(function, opposite(direction)),
                "asynchronous": function.asynchronous,
                "result": None
                if function.returns_nothing
                else self.describe(promised(function.answer), direction),
            }
        }

    def handle_invalid_for_json_schema(self, schema: Described, error_info: str) -> Schema:
        """Refuse, where the base class would leave something out.

        Raises:
            TypingsError: Always.
        """
        raise TypingsError(f"{error_info} has no form in JavaScript")


def _say(model: type[BaseModel], properties: Schema) -> None:
    """Say of each field what its model says, where its type says the same of itself.

    The base class drops the words beside a reference then, and what only refers shows none.
    """
    for name, field in model.model_fields.items():
        said = properties.get(field.alias or name)
        if field.description and isinstance(said, dict):
            said.setdefault("description", field.description)


def _rename_in_docs(model: type[BaseModel], described: Schema) -> None:
    """Call fields by their names in JavaScript in what is said of a model and its fields."""
    names = {name: field.alias or name for name, field in model.model_fields.items()}
    for said in (described, *described.get("properties", {}).values()):
        if "description" in said:
            said["description"] = in_javascript(said["description"], names)


def _asked(parameter: Parameter) -> tuple[object, bool]:
    """Return the annotation that typings go by, and whether it may not be left out."""
    narrower = typed_as(get_args(parameter.annotation))
    annotation = parameter.annotation if narrower is None else narrower.annotation
    if parameter.rest:
        annotation = GenericAlias(list, (annotation,))
    return annotation, narrower is not None
