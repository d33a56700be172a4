"""The arguments of a host function: decoded, validated and put into their places."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ArgsKwargs, ErrorDetails

from marotte.realm.engine import Scalar
from marotte.realm.errors import InvalidValueError
from marotte.realm.values import decode_json, whole

__all__ = ["Arguments", "Bound", "Parameter"]

Location: TypeAlias = tuple[int | str, ...]
Bound: TypeAlias = tuple[tuple[Any, ...], dict[str, Any]]
PLAIN, JSON, ABSENT = 0, 1, 2
SHOWN_CHARS = 80
_IN_JAVASCRIPT = {
    "None": "null",
    "True": "true",
    "False": "false",
    "nan": "NaN",
    "inf": "Infinity",
    "-inf": "-Infinity",
}
_EXPECTED = "expected "
_MISSING = ("missing", "missing_argument")
_CONFIG = ConfigDict(strict=True, arbitrary_types_allowed=True)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter: names on both sides, annotation, whether it may be left out."""

    name: str
    js_name: str
    annotation: Any
    required: bool
    rest: bool
    default: Any = None


class Arguments:
    """Binds what a script passes to the parameters of one host function.

    Args:
        function: How messages call it.
        parameters: In the order in which scripts pass them; only the last one takes the rest.
    """

    __slots__ = ("_fixed", "_function", "_parameters", "_rest", "_validate")

    def __init__(self, function: str, parameters: Sequence[Parameter]) -> None:
        self._function = function
        self._parameters = tuple(parameters)
        self._fixed = sum(not parameter.rest for parameter in parameters)
        self._rest = self._fixed < len(parameters)
        self._validate = TypeAdapter(_target(parameters), config=_CONFIG).validator.validate_python

    def bind(self, kinds: int, args: tuple[Scalar, ...], realm: object) -> Bound:
        """Decode and validate.

        Args:
            kinds: How each argument crossed, an octal digit each, the first lowest.
            args: What crossed.
            realm: Where callbacks and host objects are known.

        Returns:
            Positional and named arguments, without the receiver and the caller.

        Raises:
            InvalidValueError: Names the function, the path, the value and what was expected.
        """
        values: tuple[Any, ...] | ArgsKwargs = args
        if kinds:
            values = self._decode(kinds, args)
        elif float in map(type, args):
            values = tuple(map(whole, args))
        try:
            bound: Bound = self._validate(values, context=realm)
        except ValidationError as error:
            raise InvalidValueError(self._explain(error, values)) from None
        return bound

    def _decode(self, kinds: int, args: tuple[Scalar, ...]) -> tuple[Any, ...] | ArgsKwargs:
        values: list[Any] = []
        named: dict[str, Any] = {}
        for position, arg in enumerate(args):
            kind, kinds = kinds % 8, kinds // 8
            if kind == ABSENT and position < self._fixed:
                parameter = self._parameters[position]
                if parameter.required:
                    raise InvalidValueError(f"{self._function}(): {parameter.js_name}: is required")
                if self._rest:
                    values.append(parameter.default)
                continue
            value = decode_json(str(arg), self._path((position,))) if kind == JSON else whole(arg)
            if position == len(values):
                values.append(value)
            else:
                named[self._parameters[position].name] = value
        return ArgsKwargs(tuple(values), named) if named else tuple(values)

    # -- messages -------------------------------------------------------------------------------

    def _explain(self, error: ValidationError, given: tuple[Any, ...] | ArgsKwargs) -> str:
        """Say what is wrong with an argument: path, value and what was expected."""
        errors = [(_place(each, given), each) for each in error.errors(include_url=False)]
        # What alternatives say of one value is one problem, and that which got furthest knows best.
        alternatives = [each for each in errors if _within(each[0], errors[0][0])]
        where, first = max(alternatives, key=lambda each: len(each[0]))
        others = {place for place, _ in errors if not _within(place, where)}
        more = f" (and {len(others)} more)" if others else ""
        place = f"{self._function}(): {self._path(where)}"
        kind, message = first["type"], first["msg"]
        if kind == "message":
            return message
        if kind == "extra_forbidden":
            return f"{place}: unknown option{more}"
        if kind in _MISSING:
            return f"{place}: is required{more}"
        wanted = _either([_lower(each["msg"]) for place, each in errors if place == where])
        return f"{place}: {wanted}, got {_shown(first['input'])}{more}"

    def _path(self, location: Location) -> str:
        """The place of an error as scripts know it: ``options.timeoutMs``, ``args.2``."""
        if not location:
            return "arguments"
        first, *inner = location
        if isinstance(first, int) and self._rest and first >= self._fixed:
            names: list[int | str] = [self._parameters[-1].js_name, first - self._fixed]
        elif isinstance(first, int):
            names = [self._parameters[first].js_name]
        else:
            names = [next(p.js_name for p in self._parameters if p.name == first)]
        return ".".join(map(str, [*names, *inner]))


def _target(parameters: Sequence[Parameter]) -> Any:
    """A function with these parameters that answers what it was called with."""

    def target(*args: Any, **kwargs: Any) -> Bound:
        return args, kwargs

    kinds = inspect.Parameter
    described: Mapping[str, inspect.Parameter] = {
        p.name: kinds(
            p.name,
            kinds.VAR_POSITIONAL if p.rest else kinds.POSITIONAL_OR_KEYWORD,
            default=kinds.empty if p.rest or p.required else p.default,
            annotation=p.annotation,
        )
        for p in parameters
    }
    target.__annotations__ = {p.name: p.annotation for p in parameters}
    vars(target)["__signature__"] = inspect.Signature([*described.values()])
    return target


def _place(error: ErrorDetails, given: tuple[Any, ...] | ArgsKwargs) -> Location:
    """Where in what was given; the names of alternatives and validators lead to nothing there."""
    if not error["loc"]:
        return ()
    first, *inner = error["loc"]
    value: Any = _argument(first, given)
    place = [first]
    for step in inner:
        try:
            value = value[step]
        except (LookupError, TypeError):
            if step != "[key]" and (step is not inner[-1] or error["type"] not in _MISSING):
                continue
        place.append(step)
    return tuple(place)


def _argument(first: int | str, given: tuple[Any, ...] | ArgsKwargs) -> Any:
    if isinstance(first, str):
        named = given.kwargs if isinstance(given, ArgsKwargs) else None
        return (named or {}).get(first)
    values = given.args if isinstance(given, ArgsKwargs) else given
    return values[first] if first < len(values) else None


def _within(one: Location, other: Location) -> bool:
    """Whether one of the places is the other, or in it."""
    return all(a == b for a, b in zip(one, other, strict=False))


def _either(wanted: list[str]) -> str:
    """What alternatives expect, as one wish; of those that are no wishes, the first alone."""
    if not all(each.startswith(_EXPECTED) for each in wanted):
        return wanted[0]
    return _EXPECTED + " or ".join(dict.fromkeys(each[len(_EXPECTED) :] for each in wanted))


def _lower(message: str) -> str:
    message = message.replace("Input should be", "expected").replace("Value error, ", "")
    return message[:1].lower() + message[1:]


def _shown(value: Any) -> str:
    """A short text of a value, for messages."""
    if isinstance(value, dict) and len(value) == 1:
        if "$function" in value:
            return "a function"
        if "$object" in value:
            return "another object"
    text = repr(value) if not isinstance(value, str) else f'"{value}"'
    text = _IN_JAVASCRIPT.get(text, text)
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "…"
