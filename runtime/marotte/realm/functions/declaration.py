"""The one way to expose Python to a script: a decorator that declares a host function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import (
    Any,
    Generic,
    Literal,
    ParamSpec,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
    overload,
)

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError, create_model
from pydantic.alias_generators import to_camel

from marotte.realm.errors import InvalidValueError
from marotte.realm.functions.types import Callback, Caller, HostObject

__all__ = [
    "Binding",
    "ClassSpec",
    "Effect",
    "HostFunction",
    "Member",
    "host_function",
    "host_iterator",
    "host_method",
    "host_property",
]

P = ParamSpec("P")
R = TypeVar("R")
Effect = Literal["effect", "control", "cleanup"]
MemberKind = Literal["method", "getter", "iterator"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter: names on both sides, annotation, whether it may be left out."""

    name: str
    js_name: str
    annotation: Any
    required: bool
    rest: bool


@dataclass(eq=False)
class HostFunction(Generic[P, R]):
    """A Python function that scripts can call, with all that is declared of it.

    Attributes:
        function: What runs.
        js_name: Its name in JavaScript.
        effect: ``effect`` (refused while its run is stopping), ``control`` or ``cleanup``.
        capability: The grant it needs, if any.
        blocking: A synchronous function that may block runs in a worker thread; the script gets a
            promise.
    """

    function: Callable[P, R]
    js_name: str
    effect: Effect = "effect"
    capability: str | None = None
    blocking: bool = False
    owner: str = ""
    declared_only: bool = field(default=False)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]  # the function's own
        return self.function.__doc__

    @property
    def qualified_name(self) -> str:
        """How messages call it: ``Session.start``, ``createSession``."""
        return f"{self.owner}.{self.js_name}" if self.owner else self.js_name

    @cached_property
    def asynchronous(self) -> bool:
        """Whether the script gets a promise."""
        return self.blocking or inspect.iscoroutinefunction(self.function)

    @cached_property
    def hints(self) -> dict[str, Any]:
        """The evaluated annotations."""
        return get_type_hints(self.function, include_extras=True)

    @cached_property
    def is_method(self) -> bool:
        """Whether the first parameter is the host object it is called on."""
        return next(iter(inspect.signature(self.function).parameters), "") == "self"

    @cached_property
    def caller_name(self) -> str | None:
        """The parameter that receives the caller."""
        return next((name for name, kind in self.hints.items() if kind is Caller), None)

    @cached_property
    def returns_nothing(self) -> bool:
        """Whether ``None`` means ``undefined``, not ``null``."""
        return self.hints.get("return") is type(None)

    @cached_property
    def rest_name(self) -> str | None:
        """The parameter that takes all further arguments."""
        return next((p.name for p in self.parameters if p.rest), None)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """What a script passes, in order."""
        found = []
        for parameter in inspect.signature(self.function).parameters.values():
            if parameter.name in ("self", self.caller_name):
                continue
            if parameter.name not in self.hints:
                raise TypeError(f"{self.qualified_name}: parameter {parameter.name} has no type")
            rest = parameter.kind is inspect.Parameter.VAR_POSITIONAL
            found.append(
                Parameter(
                    name=parameter.name,
                    js_name=to_camel(parameter.name),
                    annotation=self.hints[parameter.name],
                    required=parameter.default is inspect.Parameter.empty and not rest,
                    rest=rest,
                )
            )
        return tuple(found)

    @cached_property
    def arguments(self) -> type[BaseModel] | None:
        """The model that validates a call's arguments; ``None`` where it takes none."""
        if not self.parameters:
            return None
        signature = inspect.signature(self.function).parameters
        fields: dict[str, Any] = {}
        for parameter in self.parameters:
            kind = list[parameter.annotation] if parameter.rest else parameter.annotation  # type: ignore[name-defined]  # built at run time
            default = [] if parameter.rest else signature[parameter.name].default
            fields[parameter.name] = (kind, ... if parameter.required else default)
        config = ConfigDict(
            strict=True,
            alias_generator=to_camel,
            populate_by_name=False,
            extra="forbid",
            arbitrary_types_allowed=True,
            hide_input_in_errors=True,
        )
        return create_model(f"{self.js_name}Arguments", __config__=config, **fields)

    def bind(self, values: Mapping[str, Any], realm: Any) -> dict[str, Any]:
        """Validate named arguments.

        Raises:
            InvalidValueError: Names the function, the path, the value and what was expected.
        """
        if self.arguments is None:
            return {}
        try:
            valid = self.arguments.__pydantic_validator__.validate_python(values, context=realm)
        except ValidationError as error:
            raise InvalidValueError(explain(error, self.qualified_name)) from None
        bound: dict[str, Any] = valid.__dict__
        return bound

    def spec(self, index: int) -> dict[str, JsonValue]:
        """What the kernel needs to know to call it."""
        fixed = [parameter for parameter in self.parameters if not parameter.rest]
        lifts = [lift_paths(parameter.annotation) for parameter in self.parameters]
        spec: dict[str, JsonValue] = {
            "name": self.js_name,
            "index": index,
            "arity": len(fixed),
            "required": sum(parameter.required for parameter in fixed),
        }
        if len(fixed) < len(self.parameters):
            spec["rest"] = True
        if any(lift is not None for lift in lifts):
            spec["lifts"] = lifts
        return spec


def explain(error: ValidationError, function: str) -> str:
    """Say what is wrong with an argument: path, value and what was expected."""
    first = error.errors(include_url=False)[0]
    path = ".".join(str(part) for part in first["loc"]) or "arguments"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    kind, message = first["type"], first["msg"]
    if kind == "message":
        return message
    if kind == "extra_forbidden":
        return f"{function}(): {path}: unknown option{more}"
    if kind == "missing":
        return f"{function}(): {path}: is required{more}"
    return f"{function}(): {path}: {_lower(message)}, got {shown(first['input'])}{more}"


def _lower(message: str) -> str:
    message = message.replace("Input should be", "expected").replace("Value error, ", "")
    return message[:1].lower() + message[1:]


def shown(value: Any) -> str:
    """A short text of a value, for messages."""
    if (
        isinstance(value, dict)
        and len(value) == 1
        and next(iter(value)) in ("$function", "$object")
    ):
        return "a function" if "$function" in value else "another object"
    text = repr(value) if not isinstance(value, str) else f'"{value}"'
    text = {"None": "null", "True": "true", "False": "false"}.get(text, text)
    return text if len(text) <= 80 else text[:77] + "…"


def lift_paths(annotation: Any, seen: frozenset[Any] = frozenset()) -> JsonValue:
    """Where functions and host objects may stand in a value of this type.

    Returns:
        ``True``: the value itself may be one; a tree of property names (``*``: each element);
        ``None``: nowhere.
    """
    if isinstance(annotation, type) and issubclass(annotation, Callback | HostObject):
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _model_lifts(annotation, seen)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (list, tuple, Sequence):
        inner = lift_paths(arguments[0], seen)
        return None if inner is None else {"*": inner}
    return _merge(lift_paths(argument, seen) for argument in arguments)


def _model_lifts(model: type[BaseModel], seen: frozenset[Any]) -> JsonValue:
    if model in seen:
        return None
    found: dict[str, JsonValue] = {}
    for name, info in model.model_fields.items():
        inner = lift_paths(info.annotation, seen | {model})
        if inner is not None:
            found[info.alias or name] = inner
    return found or None


def _merge(lifts: Any) -> JsonValue:
    """The union of several alternatives' paths."""
    merged: dict[str, JsonValue] = {}
    itself = False
    for lift in lifts:
        if lift is True:
            itself = True
        elif isinstance(lift, dict):
            merged.update(lift)
    if merged and itself:
        merged["()"] = True
    return merged or (True if itself else None)


@overload
def host_function(function: Callable[P, R], /) -> HostFunction[P, R]: ...
@overload
def host_function(
    *,
    name: str | None = None,
    effect: Effect = "effect",
    capability: str | None = None,
    blocking: bool = False,
) -> Callable[[Callable[P, R]], HostFunction[P, R]]: ...
def host_function(
    function: Callable[P, R] | None = None,
    /,
    *,
    name: str | None = None,
    effect: Effect = "effect",
    capability: str | None = None,
    blocking: bool = False,
) -> HostFunction[P, R] | Callable[[Callable[P, R]], HostFunction[P, R]]:
    """Declare a Python function that scripts can call.

    Its annotations validate every call and become its typing; its docstring becomes the typing's
    documentation. Names turn into camelCase. A coroutine function gives the script a promise.

    Args:
        name: Its name in JavaScript; by default the Python name in camelCase.
        effect: ``effect``: refused while its run is stopping; ``control``: handles and reads;
            ``cleanup``: closes what was opened.
        capability: A grant that the realm must have, such as ``env``.
        blocking: A synchronous function that may block; it runs in a worker thread.
    """

    def declare(inner: Callable[P, R]) -> HostFunction[P, R]:
        js_name = name or to_camel(inner.__name__.rstrip("_"))
        return HostFunction(inner, js_name, effect, capability, blocking)

    return declare if function is None else declare(function)


@dataclass(frozen=True, slots=True)
class Member:
    """A declared member of a host class."""

    kind: MemberKind
    function: HostFunction[..., Any]
    cached: bool = False

    @property
    def name(self) -> str:
        """Its name in JavaScript."""
        return self.function.js_name


def _marking(
    kind: MemberKind, effect: Effect, name: str | None, cached: bool
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    def mark(function: Callable[P, R]) -> Callable[P, R]:
        js_name = name or to_camel(function.__name__.rstrip("_"))
        declared = HostFunction(function, js_name, effect)
        function.__marotte_member__ = Member(kind, declared, cached)  # type: ignore[attr-defined]  # read by class_spec
        return function

    return mark


def host_method(
    *, name: str | None = None, effect: Effect = "effect"
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a method of a :class:`HostObject`; see :func:`host_function`."""
    return _marking("method", effect, name, cached=False)


def host_property(
    *, name: str | None = None, cached: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a read-only property; `cached` asks once an object. A coroutine gives a promise."""
    return _marking("getter", "control", name, cached)


def host_iterator() -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare what ``for await`` iterates: answers a host object with ``next`` and ``return``."""
    return _marking("iterator", "control", None, cached=False)


@dataclass(frozen=True, slots=True)
class ClassSpec:
    """A host class as scripts see it."""

    name: str
    members: tuple[Member, ...]
    doc: str

    def has(self, function: HostFunction[..., Any]) -> bool:
        """Whether the function is a member of this class."""
        return any(member.function is function for member in self.members)


def class_spec(cls: type, js_name: str | None) -> ClassSpec:
    """Collect the declared members of a host class, inherited ones first."""
    found: dict[str, Member] = {}
    name = js_name or cls.__name__
    for base in reversed(cls.__mro__):
        for value in vars(base).values():
            member = getattr(value, "__marotte_member__", None)
            if isinstance(member, Member):
                member.function.owner = name
                found[member.name] = member
    return ClassSpec(name, tuple(found.values()), inspect.getdoc(cls) or "")


@dataclass(frozen=True, kw_only=True)
class Binding:
    """A JavaScript-visible module: host functions, values, classes, errors and a face.

    Attributes:
        name: Unique among bindings.
        module: The name by which scripts import it; ``None``: only globals.
        functions: Host functions. Those whose names start with ``_`` are for the face alone.
        namespaces: Host functions that are exported as the members of a frozen object.
        global_names: Which exported names are globals.
        global_accessors: Globals that the face defines on the global object when it is loaded, as a
            getter and a setter, by name and type.
        values: Frozen JSON constants by name.
        classes: Host classes that only appear as results.
        errors: Error classes (Python), exported by their ``js_name``.
        events: Types of events that runs may have because of this binding, with their models.
        face: JavaScript source of a function ``(host, kernel) => exports`` that completes what the
            functions cannot express; what it adds is declared in `declared`.
        declared: Functions implemented by the face, declared in Python for the typings.
        declared_classes: Classes implemented by the face and exported under their names; see
            :mod:`marotte.realm.functions.declared`.
        declared_values: Objects implemented by the face, by name, with their types: mostly the
            declared class that says what they are.
    """

    name: str
    module: str | None = None
    functions: Sequence[HostFunction[..., Any]] = ()
    namespaces: Mapping[str, Sequence[HostFunction[..., Any]]] = field(default_factory=dict)
    global_names: Sequence[str] = ()
    global_accessors: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, JsonValue] = field(default_factory=dict)
    classes: Sequence[type[HostObject]] = ()
    errors: Sequence[type[BaseException]] = ()
    events: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    face: str | None = None
    declared: Sequence[HostFunction[..., Any]] = ()
    declared_classes: Sequence[type] = ()
    declared_values: Mapping[str, Any] = field(default_factory=dict)
    doc: str = ""

    @property
    def exported(self) -> list[str]:
        """The names that scripts see, in order of declaration."""
        names = [function.js_name for function in self.functions]
        names += [function.js_name for function in self.declared]
        names += [cls.__name__ for cls in self.declared_classes]
        names += list(self.declared_values)
        names += list(self.namespaces)
        names += list(self.values)
        names += [error_name(error) for error in self.errors]
        return list(dict.fromkeys(name for name in names if not name.startswith("_")))


def error_name(error: type[BaseException]) -> str:
    """The name of an error class in JavaScript."""
    return str(getattr(error, "js_name", error.__name__))
