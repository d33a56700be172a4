"""The one way to expose Python to a script: a decorator that declares a host function."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import (
    Any,
    Generic,
    Literal,
    ParamSpec,
    TypeAlias,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
    overload,
)

from pydantic import JsonValue
from pydantic.alias_generators import to_camel

from marotte.realm.functions.arguments import Arguments, Parameter
from marotte.realm.functions.faces import CompletedBy
from marotte.realm.functions.lifts import lift_paths
from marotte.realm.functions.numbers import number_paths
from marotte.realm.functions.types import Caller

__all__ = ["Effect", "HostFunction", "host_function"]

P = ParamSpec("P")
R = TypeVar("R")
Effect: TypeAlias = Literal["effect", "control", "cleanup"]


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
        owner: The class or namespace that it is a member of.
        declared_only: A face implements it; the Python function says types and documentation.
        holds_grace: Whether the grace of a stop waits for a call that is in flight.
    """

    function: Callable[P, R]
    js_name: str
    effect: Effect = "effect"
    capability: str | None = None
    blocking: bool = False
    keeps_alive: bool = True
    owner: str = ""
    declared_only: bool = field(default=False)
    holds_grace: bool = True

    def __post_init__(self) -> None:
        self.__doc__ = self.function.__doc__

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

    @property
    def qualified_name(self) -> str:
        """How messages call it: ``Session.start``, ``createSession``."""
        return f"{self.owner}.{self.js_name}" if self.owner else self.js_name

    @cached_property
    def asynchronous(self) -> bool:
        """Whether the script gets a promise, by which it also hears of what is refused."""
        return self.blocking or self.begins_at_once or inspect.iscoroutinefunction(self.function)

    @cached_property
    def begins_at_once(self) -> bool:
        """Whether it runs on the loop thread, and only what it answers is awaited."""
        return get_origin(self.hints.get("return")) is Awaitable

    @cached_property
    def answer(self) -> Any:
        """What its answer is annotated with; of a promise, what that resolves with."""
        answer = self.hints.get("return", type(None))
        return get_args(answer)[0] if self.begins_at_once else answer

    @cached_property
    def hints(self) -> dict[str, Any]:
        """The evaluated annotations."""
        return get_type_hints(self.function, include_extras=True)

    @cached_property
    def caller_name(self) -> str | None:
        """The parameter that receives the caller."""
        return next((name for name, kind in self.hints.items() if kind is Caller), None)

    @cached_property
    def caller_place(self) -> int | None:
        """How many positional arguments come before the caller."""
        names = list(inspect.signature(self.function).parameters)
        return None if self.caller_name is None else names.index(self.caller_name)

    @cached_property
    def returns_nothing(self) -> bool:
        """Whether ``None`` means ``undefined``, not ``null``."""
        return "return" in self.hints and self.answer is type(None)

    @cached_property
    def completed_by(self) -> CompletedBy | None:
        """Whose face makes of the result what the script gets."""
        said = get_args(self.answer)
        return next((found for found in said if isinstance(found, CompletedBy)), None)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """What a script passes, in order.

        Raises:
            TypeError: A parameter has no type, or cannot be passed by position.
        """
        declared = inspect.signature(self.function).parameters.values()
        return tuple(
            self._parameter(parameter)
            for parameter in declared
            if parameter.name not in ("self", self.caller_name)
        )

    def _parameter(self, parameter: inspect.Parameter) -> Parameter:
        where = f"{self.qualified_name}: parameter {parameter.name}"
        if parameter.name not in self.hints:
            raise TypeError(f"{where} has no type")
        if parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD):
            raise TypeError(f"{where} cannot be passed by position, as scripts do")
        rest = parameter.kind is parameter.VAR_POSITIONAL
        return Parameter(
            name=parameter.name,
            js_name=to_camel(parameter.name),
            annotation=self.hints[parameter.name],
            required=parameter.default is parameter.empty and not rest,
            rest=rest,
            default=None if parameter.default is parameter.empty else parameter.default,
        )

    @cached_property
    def arguments(self) -> Arguments:
        """What validates a call."""
        return Arguments(self.qualified_name, self.parameters)

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
        if self.asynchronous:
            spec["promise"] = True
        if any(lift is not None for lift in lifts):
            spec["lifts"] = lifts
        numbers = [self._numbers(parameter) for parameter in self.parameters]
        if any(each is not None for each in numbers):
            spec["numbers"] = numbers
        return spec

    def _numbers(self, parameter: Parameter) -> JsonValue:
        """Where numbers are in an argument that is an object: one itself crosses as it is."""
        paths = number_paths(parameter.annotation)
        if isinstance(paths, list):
            _, paths = paths
        where = f"{self.qualified_name}(): {parameter.js_name}"
        return {"where": where, "paths": paths} if isinstance(paths, dict) else None


@overload
def host_function(function: Callable[P, R], /) -> HostFunction[P, R]: ...
@overload
def host_function(
    *,
    name: str | None = None,
    effect: Effect = "effect",
    capability: str | None = None,
    blocking: bool = False,
    keeps_alive: bool = True,
    holds_grace: bool = True,
) -> Callable[[Callable[P, R]], HostFunction[P, R]]: ...
def host_function(
    function: Callable[P, R] | None = None,
    /,
    *,
    name: str | None = None,
    effect: Effect = "effect",
    capability: str | None = None,
    blocking: bool = False,
    keeps_alive: bool = True,
    holds_grace: bool = True,
) -> HostFunction[P, R] | Callable[[Callable[P, R]], HostFunction[P, R]]:
    """Declare a Python function that scripts can call.

    Its annotations validate every call and become its typing; its docstring becomes the typing's
    documentation. Names turn into camelCase. A coroutine function gives the script a promise, and
    so does a function whose result is annotated as ``Awaitable``: that one begins at once, before
    the script goes on, and only what it answers is awaited on the host loop (or left alone, where
    the call is cancelled before that). Whatever gives a promise never throws, but rejects.

    Args:
        name: Its name in JavaScript; by default the Python name in camelCase.
        effect: ``effect``: refused while its run is stopping; ``control``: handles and reads;
            ``cleanup``: closes what was opened.
        capability: A grant that the realm must have, such as ``env``.
        blocking: A synchronous function that may block; it runs in a worker thread.
        keeps_alive: Whether a script goes on for as long as a call is pending.
        holds_grace: Whether the grace of a stop waits for a call in flight, which then must have a
            timeout of its own: not where the call waits for a script.
    """

    def declare(inner: Callable[P, R]) -> HostFunction[P, R]:
        js_name = name or to_camel(inner.__name__.rstrip("_"))
        return HostFunction(
            inner, js_name, effect, capability, blocking, keeps_alive, holds_grace=holds_grace
        )

    return declare if function is None else declare(function)
