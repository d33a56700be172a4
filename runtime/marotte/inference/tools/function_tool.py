"""Tools that are Python functions: the schema comes from type hints and docstring."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Generic, ParamSpec, TypeVar, get_type_hints, overload

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, create_model
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaWarningKind
from pydantic_core import core_schema, to_jsonable_python

from marotte.conversation import InvalidValueError, JsonObject, describe, validate_as
from marotte.inference.function_call import call_function
from marotte.inference.tools.definition import ToolDefinition
from marotte.inference.tools.docstring import Docstring, read_docstring
from marotte.inference.tools.tool import ToolContext

P = ParamSpec("P")
R = TypeVar("R")

_CONFIG = ConfigDict(extra="forbid")
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class FunctionTool(Generic[P, R]):
    """A function as a tool.

    The parameters' annotations become the schema of the arguments, which are converted to what
    they say; the docstring becomes the description, its `Args:` that of the parameters. A first
    parameter named `ctx`, or annotated with `ToolContext`, gets the call's context and is not
    shown to the model. What the function returns is converted to JSON.

    A sync function is called in a thread of its own, which goes on if the call is given up; it
    may look at `ctx.token`, or call `ctx.check`. An async one is cancelled where it waits.

    Args:
        function: The function.
        name: What models call it; by default, the function's name.
        description: What it does; by default, from its docstring.

    Raises:
        InvalidValueError: for what is no function, or has parameters that JSON cannot fill.
    """

    def __init__(
        self,
        function: Callable[P, R],
        *,
        name: str | None = None,
        description: str | None = None,
    ) -> None:
        if not callable(function):
            raise InvalidValueError("tool", f"expected a function, got {describe(function)}")
        self._function = function
        self._name = name or str(getattr(function, "__name__", type(function).__name__))
        docstring = read_docstring(function.__doc__)
        self._arguments, self._wants_context = _arguments(function, self._name, docstring)
        self._definition = ToolDefinition(
            name=self._name,
            description=docstring.text if description is None else description,
            parameters=_schema(self._arguments, self._name),
        )

    @property
    def definition(self) -> ToolDefinition:
        """What the model is told of it."""
        return self._definition

    @cached_property
    def result_schema(self) -> JsonObject | None:
        """The JSON Schema of what it answers, if that is known: for the typings of scripts."""
        return _result_schema(self._function)

    async def execute(self, args: JsonValue, ctx: ToolContext) -> JsonValue:
        """Call the function.

        Raises:
            InvalidValueError: An argument does not convert to what its annotation says, or the
                result not to JSON.
            Exception: Whatever the function raises.
        """
        model = validate_as(self._arguments, {} if args is None else args, "arguments")
        values = {name: getattr(model, name) for name in model.model_fields_set}
        leading = [ctx] if self._wants_context else []
        function, name = self._function, f"tool {self._name}"
        result = await call_function(function, leading, values, ctx=ctx, name=name)
        try:
            plain: JsonValue = to_jsonable_python(result)
        except Exception as error:  # Of pydantic, or of what the result holds.
            raise InvalidValueError(f"result of {name}", f"expected JSON: {error}") from error
        return plain

    def __call__(self, *args: P.args, **named: P.kwargs) -> R:
        """Call the function itself, as Python code does."""
        return self._function(*args, **named)


@overload
def tool(function: Callable[P, R], /) -> FunctionTool[P, R]: ...


@overload
def tool(
    *, name: str | None = None, description: str | None = None
) -> Callable[[Callable[P, R]], FunctionTool[P, R]]: ...


def tool(
    function: Callable[P, R] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
) -> FunctionTool[P, R] | Callable[[Callable[P, R]], FunctionTool[P, R]]:
    """Make a function a tool: `@tool`, or `@tool(name="…", description="…")`.

    See `FunctionTool` for what becomes of annotations and docstring. The function can be called
    as before.

    Raises:
        InvalidValueError: for what is no function, or has parameters that JSON cannot fill.
    """
    if function is not None:
        return FunctionTool(function)
    return lambda function: FunctionTool(function, name=name, description=description)


def _arguments(
    function: Callable[..., object], name: str, docstring: Docstring
) -> tuple[type[BaseModel], bool]:
    """Return a model of the arguments, and whether a context goes before them."""
    parameters = list(inspect.signature(function).parameters.values())
    hints = get_type_hints(_annotated(function), include_extras=True)
    wants = bool(parameters) and _is_context(parameters[0], hints)
    fields: dict[str, Any] = {}
    for parameter in parameters[1:] if wants else parameters:
        if parameter.kind in _VARIADIC or parameter.kind is parameter.POSITIONAL_ONLY:
            problem = f"parameter {parameter.name} cannot be given by name"
            raise InvalidValueError(f"tool {name}", problem)
        default = ... if parameter.default is parameter.empty else parameter.default
        field = Field(default, description=docstring.parameters.get(parameter.name))
        fields[parameter.name] = (hints.get(parameter.name, Any), field)
    try:
        return create_model(name, __config__=_CONFIG, **fields), wants
    except Exception as error:  # Of pydantic, or of what the annotations hold.
        raise InvalidValueError(f"tool {name}", f"parameters: {error}") from error


def _annotated(function: Callable[..., object]) -> Callable[..., object]:
    return function if inspect.isroutine(function) else type(function).__call__


def _is_context(parameter: inspect.Parameter, hints: Mapping[str, object]) -> bool:
    hint = hints.get(parameter.name)
    if hint is None:
        return parameter.name == "ctx"
    return isinstance(hint, type) and issubclass(hint, ToolContext)


def _schema(arguments: type[BaseModel], name: str) -> JsonObject:
    try:
        schema: JsonObject = arguments.model_json_schema()
    except Exception as error:
        raise InvalidValueError(f"tool {name}", f"parameters: {error}") from error
    _drop_titles(schema)
    return schema


class _ResultSchema(GenerateJsonSchema):
    """Describes what is returned: a member that has a default is there all the same."""

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,
    ) -> bool:
        return field["type"] != "typed-dict-field" or super().field_is_required(field, total)

    def emit_warning(self, kind: JsonSchemaWarningKind, detail: str) -> None:
        """Say nothing: that a default is no JSON changes nothing of what is returned."""


def _result_schema(function: Callable[..., object]) -> JsonObject | None:
    """Return the schema of what the function returns; of what it does not say, or JSON cannot."""
    returned = get_type_hints(_annotated(function), include_extras=True).get("return", Any)
    if returned is Any:
        return None
    try:
        schema: JsonObject = TypeAdapter(returned).json_schema(
            mode="serialization", schema_generator=_ResultSchema
        )
    except Exception:  # Of pydantic, or of what the annotation holds.
        return None
    _drop_titles(schema)
    return schema


def _drop_titles(schema: JsonValue) -> None:
    """Take away the titles that only repeat names: a model pays for each word."""
    if isinstance(schema, list):
        for item in schema:
            _drop_titles(item)
    if not isinstance(schema, dict):
        return
    if isinstance(schema.get("title"), str):
        del schema["title"]
    for key, value in schema.items():
        if key in ("properties", "$defs") and isinstance(value, dict):
            for part in value.values():
                _drop_titles(part)
        elif key not in ("default", "examples", "enum", "const"):
            _drop_titles(value)
