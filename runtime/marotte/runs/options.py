"""Options of a run: one strict model for Python and JavaScript."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError
from typing_extensions import TypeAliasType

from marotte.conversation import (
    InvalidValueError,
    JsonObject,
    JsonSchema,
    describe,
    join_path,
)
from marotte.events import WireModel
from marotte.realm import LEAST_MEMORY_BYTES, TypeScript
from marotte.runs.stop_token import StopToken

OnBusy = TypeAliasType(
    "OnBusy",
    Annotated[
        Literal["reject", "enqueue", "supersede"],
        Field(description="What becomes of a start while the session runs a turn."),
    ],
)


class OptionsError(InvalidValueError):
    """An option is unknown or has the wrong type; `path` names it as the caller's language does."""

    default_code = "invalid_options"

    def __init__(self, path: str, message: str) -> None:
        super().__init__(path, message)
        self.args = (message,)


def _integral(value: object) -> object:
    """JavaScript has one kind of number, so 5.0 is a count too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Count: TypeAlias = Annotated[int, BeforeValidator(_integral), Field(ge=0, strict=True)]


def _enough(memory_bytes: int) -> int:
    if memory_bytes < LEAST_MEMORY_BYTES:
        expected = {"expected": f"at least {LEAST_MEMORY_BYTES}, what a realm needs"}
        raise PydanticCustomError("memory", "too little", expected)
    return memory_bytes


Memory: TypeAlias = Annotated[Count, AfterValidator(_enough)]
Amount: TypeAlias = Annotated[float, Field(ge=0, strict=True, allow_inf_nan=False)]
Tag: TypeAlias = Annotated[str, Field(strict=True, max_length=1024)]


def _schema(value: object) -> object:
    if value is None:
        return None
    try:
        return JsonSchema(value, "output_schema").schema
    except InvalidValueError as error:
        raise OptionsError(error.path, f"{error.path} {error.problem}") from None


# Where a script writes a schema down, known keywords are offered, and the result's type is known.
_OF_SCHEMA = ("const S extends JsonSchema = JsonSchema",)
_GivenSchema: TypeAlias = Annotated[object, TypeScript("CheckedSchema<S> | null", _OF_SCHEMA)]


class _Options(WireModel):
    """A model whose errors are `OptionsError`s, in whatever way it is made."""

    _where: ClassVar[str] = ""

    if not TYPE_CHECKING:  # Type checkers shall see the fields.

        def __init__(self, **fields: object) -> None:
            try:
                super().__init__(**fields)
            except ValidationError as error:
                raise _options_error(type(self), error) from None


M = TypeVar("M", bound=_Options)


class Limits(_Options):
    """Bounds of a run; what is absent is unlimited, but for the tree below it."""

    _where = "limits."

    turns: Count | None = Field(default=None, description="Turns that the session may hold.")
    iterations: Count | None = Field(default=None, description="Model calls of one tool loop.")
    tokens: Count | None = Field(
        default=None, description="Input and output tokens, with those of the runs below."
    )
    cost_usd: Amount | None = Field(
        default=None, description="Spend in US dollars where a price is known, runs below included."
    )
    tool_calls: Count | None = Field(
        default=None, description="Tools executed, with those of the runs below."
    )
    cpu_ms: Count | None = Field(default=None, description="JavaScript CPU time, in ms.")
    memory_bytes: Memory | None = Field(
        default=None, description="JavaScript heap, in bytes; at least 1 MiB."
    )
    output_chars: Count | None = Field(default=None, description="Characters of output.")
    depth: Count = Field(default=8, description="Runs below this one, one within the other.")
    children: Count = Field(default=32, description="Child runs at the same time.")


class RunOptions(_Options):
    """How a run is bounded, stopped and labelled. Times are in milliseconds.

    Raises:
        OptionsError: (a `TypeError`) for an unknown option, or a value of the wrong type or size.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    timeout_ms: Amount = Field(
        default=0, description="Total time, from acceptance, queueing included; 0: no deadline."
    )
    tags: dict[Tag, Tag] = Field(
        default_factory=dict, max_length=64, description="Labels, on every event of the run."
    )
    cancel_token: StopToken | None = Field(
        default=None,
        # Not `alias`: type checkers would take it for the constructor's argument.
        validation_alias="signal",
        serialization_alias="signal",
        description="A stop that several runs may share.",
    )
    grace_ms: Amount = Field(
        default=10_000, description="After this long without a call in flight, stop is cancel."
    )
    cancel_grace_ms: Amount = Field(
        default=250, description="After this long, a cancelled run is interrupted."
    )
    on_busy: OnBusy = Field(
        default="reject", description="What to do when the session runs a turn already."
    )
    limits: Limits = Field(default_factory=Limits, description="Bounds of the run.")
    output_schema: Annotated[
        JsonObject | None, BeforeValidator(_schema, json_schema_input_type=_GivenSchema)
    ] = Field(
        default=None,
        description="The JSON Schema of the result: the answer is JSON that matches it.",
    )

    @classmethod
    def of(cls, options: RunOptions | Mapping[str, Any] | None) -> RunOptions:
        """Return `options` themselves, or what a mapping of snake_case names says.

        Raises:
            OptionsError: for a bad option, and for what is neither.
        """
        if options is None or isinstance(options, RunOptions):
            return options or cls()
        fields = dict(_mapping(options))
        if isinstance(fields.get("limits"), Mapping):
            fields["limits"] = Limits(**_by_name(Limits, fields["limits"]))
        return cls(**_by_name(cls, fields))

    @classmethod
    def from_js(cls, options: object) -> RunOptions:
        """Return what a mapping of camelCase names says; `signal` must be a `StopToken`.

        Raises:
            OptionsError: for a bad option, and for what is no mapping.
        """
        fields = _by_alias(cls, {} if options is None else _mapping(options))
        if isinstance(fields.get("limits"), Mapping):
            fields["limits"] = _made_by_js(Limits, _by_alias(Limits, fields["limits"]))
        return _made_by_js(cls, fields)


def _made_by_js(model: type[M], fields: Mapping[str, Any]) -> M:
    """Make the model; what is refused is named as JavaScript names it."""
    try:
        return model(**fields)
    except OptionsError as error:
        raise _named_for_js(model, error) from None


def _named_for_js(model: type[_Options], error: OptionsError) -> OptionsError:
    told = error.path.removeprefix(model._where)
    for name, field in model.model_fields.items():
        if told == name or told.startswith((f"{name}.", f"{name}[")):
            path = f"{model._where}{field.validation_alias}{told.removeprefix(name)}"
            return OptionsError(path, path + str(error).removeprefix(error.path))
    return error


def _mapping(options: object) -> Mapping[str, Any]:
    if isinstance(options, Mapping):
        return options
    raise OptionsError("options", "run options must be an object")


def _by_alias(model: type[_Options], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return `given`, whose keys must be camelCase, under the names of the fields."""
    names = {field.validation_alias: name for name, field in model.model_fields.items()}
    for key in given:
        if key not in names:
            raise _unknown(model, key, names)
    return {names[key]: value for key, value in given.items()}


def _by_name(model: type[_Options], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return `given`, whose keys must be the names of the fields."""
    for key in given:
        if key not in model.model_fields:
            raise _unknown(model, key, model.model_fields)
    return dict(given)


def _unknown(model: type[_Options], key: object, known: Iterable[object]) -> OptionsError:
    path = f"{model._where}{key}"
    expected = ", ".join(map(str, known))
    return OptionsError(path, f"unknown option {path}, expected one of: {expected}")


_EXPECTED = {
    "dict_type": "an object",
    "finite_number": "a finite number",
    "float_type": "a number",
    "int_type": "a whole number",
    "is_instance_of": "an AbortSignal (a StopToken in Python)",
    "model_type": "an object",
    "string_type": "text",
}


def _options_error(model: type[_Options], error: ValidationError) -> OptionsError:
    first = error.errors(include_url=False)[0]
    if first["type"] == "extra_forbidden":
        return _unknown(model, first["loc"][0], model.model_fields)
    path = model._where + _path(model, first["loc"])
    return OptionsError(path, f"{path} {_problem(first)}")


def _problem(error: ErrorDetails) -> str:
    bounds = error.get("ctx", {})
    if "ge" in bounds:
        return f"must be >= {bounds['ge']:g}"
    if "max_length" in bounds:
        return f"must not be longer than {bounds['max_length']}"
    expected = bounds.get("expected") or _EXPECTED.get(error["type"], error["msg"])
    return f"must be {expected}, got {describe(error['input'])}"


def _path(model: type[_Options], steps: tuple[str | int, ...]) -> str:
    """Return where, by the names of the fields."""
    first, *rest = (step for step in steps if step != "[key]")
    names = {field.validation_alias: name for name, field in model.model_fields.items()}
    return names.get(str(first), str(first)) + join_path(tuple(rest))
