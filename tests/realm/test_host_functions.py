"""Host functions: what is validated, what is refused, and what the messages say."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError
from tests.realm.realm_support import World, registry

from marotte.realm import (
    Binding,
    Callback,
    Caller,
    HostFunction,
    HostObject,
    OpenGate,
    Realm,
    Registry,
    Scope,
    host_function,
)


class Options(BaseModel):
    """Options of a function, nested."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, strict=True)

    timeout_ms: Annotated[float, Field(ge=0)] | None = None
    mode: Literal["fast", "slow"] = "fast"
    tags: dict[str, str] = {}
    on_end: Callback | None = None
    inner: Options | None = None
    steps: list[Options] = []

    @model_validator(mode="after")
    def _no_slow_tags(self) -> Options:
        if self.mode == "slow" and self.tags:
            raise PydanticCustomError("message", "slow options have no tags")
        return self


class Thing(HostObject):
    """Something opaque."""


@host_function
def add(a: int, b: int = 10) -> int:
    """Add."""
    return a + b


@host_function
def configure(options: Options) -> None:
    """Take options."""


@host_function
def join(first: str, *rest: int) -> str:
    """Take any number."""
    return first + repr(rest)


@host_function
def ratio(value: float) -> str:
    """Take a number."""
    return f"{type(value).__name__} {value}"


@host_function
def use(thing: Thing, count: int | None = 3) -> int | None:
    """Take an object."""
    return count


@host_function
def make() -> Thing:
    """Make one."""
    return Thing()


@host_function
def call_me(callback: Callback) -> None:
    """Take a function."""


@host_function
def choose(things: list[Thing | Callback], steps: list[str | Options] | None = None) -> None:
    """Take either."""


@host_function
def several(numbers: list[int], flags: list[bool], data: JsonValue = None) -> dict[str, Any]:
    """Take structures."""
    return {"numbers": numbers, "flags": flags, "data": data}


FUNCTIONS: list[HostFunction[..., Any]] = [
    add,
    configure,
    join,
    ratio,
    use,
    make,
    call_me,
    choose,
    several,
]


@pytest.fixture
def realm(world: World) -> Realm:
    """A realm with all functions."""
    return world.realm(*FUNCTIONS)


REFUSED = {
    "add('x')": 'add(): a: expected a valid integer, got "x"',
    "add(1.5)": "add(): a: expected a valid integer, got 1.5",
    "add(NaN)": "add(): a: expected a valid integer, got NaN",
    "add(true)": "add(): a: expected a valid integer, got true",
    "add(null)": "add(): a: expected a valid integer, got null",
    "add()": "add(): a: is required",
    "add(undefined, 3)": "add(): a: is required",
    "add('x', 'y')": 'add(): a: expected a valid integer, got "x" (and 1 more)',
    "add(1, [])": "add(): b: expected a valid integer, got []",
    "add(() => 1)": "add(): argument 1: a function is not accepted here",
    "add(1n)": "add(): argument 1: a bigint is not accepted here",
    "add(Symbol.iterator)": "add(): argument 1: a symbol is not accepted here",
    "join(1)": "join(): first: expected a valid string, got 1",
    "join('a', 1, 'b')": 'join(): rest.1: expected a valid integer, got "b"',
    "join(undefined, 1)": "join(): first: is required",
    "configure(5)": "configure(): options: expected a valid dictionary or instance of Options, "
    "got 5",
    "configure({ timeout_ms: 5 })": "configure(): options.timeout_ms: unknown option",
    "configure({ tmeoutMs: 5 })": "configure(): options.tmeoutMs: unknown option",
    "configure({ timeoutMs: -1 })": "configure(): options.timeoutMs: expected greater than or "
    "equal to 0, got -1",
    "configure({ mode: 'x' })": "configure(): options.mode: expected 'fast' or 'slow', got \"x\"",
    "configure({ tags: { a: 5 } })": "configure(): options.tags.a: expected a valid string, got 5",
    "configure({ onEnd: 5 })": "configure(): options.onEnd: expected a function, got 5",
    "configure({ inner: { inner: { mode: 1 } } })": "configure(): options.inner.inner.mode: "
    "expected 'fast' or 'slow', got 1",
    "configure({ steps: [{}, { nope: 1 }] })": "configure(): options.steps.1.nope: unknown option",
    "configure({ mode: 'slow', tags: { a: 'b' } })": "slow options have no tags",
    "configure({ get mode() { throw new TypeError('mine') } })": "mine",
    "use({})": "use(): thing: expected a Thing, got {}",
    "use(() => 1)": "use(): thing: expected a Thing, got a function",
    "use(null)": "use(): thing: expected a Thing, got null",
    "choose([3])": "choose(): things.0: expected a Thing or a function, got 3",
    "choose([], [3])": "choose(): steps.0: expected a valid string or a valid dictionary or "
    "instance of Options, got 3",
    "choose([], [{ mode: 1 }])": "choose(): steps.0.mode: expected 'fast' or 'slow', got 1",
    "choose([], ['a', { timeoutMs: 'x', mode: 1 }])": "choose(): steps.1.timeoutMs: expected a "
    'valid number, got "x" (and 1 more)',
    "call_me ": "'call_me' is not defined",
    "callMe({})": "callMe(): callback: expected a function, got {}",
    "callMe(make())": "callMe(): callback: expected a function, got another object",
    "callMe()": "callMe(): callback: is required",
    "several([1, 2, '3'], [])": 'several(): numbers.2: expected a valid integer, got "3"',
    "several({}, [true, true])": "several(): numbers: expected a valid list, got {}",
    f"add('{'x' * 100}')": f'add(): a: expected a valid integer, got "{"x" * 78}…',
}


@pytest.mark.parametrize("source", REFUSED)
def test_a_wrong_argument_is_refused_naming_function_path_value_and_expectation(
    world: World, realm: Realm, source: str
) -> None:
    error = world.error(realm, source)
    assert error.name == ("ReferenceError" if "defined" in error.message else "TypeError")
    assert error.message == REFUSED[source]
    assert error.position is not None


ACCEPTED: dict[str, object] = {
    "add(1)": 11,
    "add(1, undefined)": 11,
    "add(1, 2, 3)": 3,
    "add(2 ** 40, 1)": 2**40 + 1,
    "add(5.0, 10 / 2)": 10,
    "add(-0)": 10,
    "add.length": 1,
    "add.name": "add",
    "join('a')": "a()",
    "join('a', 1, 2, 3)": "a(1, 2, 3)",
    "join(...['a'], ...Array(30).fill(7))": "a" + repr((7,) * 30),
    "ratio(5)": "float 5.0",
    "ratio(NaN)": "float nan",
    "ratio(-Infinity)": "float -inf",
    "ratio(1e308)": "float 1e+308",
    "configure({})": None,
    "configure({ timeoutMs: null, onEnd: null, inner: null })": None,
    "configure({ onEnd() {}, steps: [{ onEnd: () => 1 }, { inner: { onEnd() {} } }] })": None,
    "use(make())": 3,
    "use(make(), undefined)": 3,
    "use(make(), null)": None,
    "callMe(class {})": None,
    "callMe(async function* () {})": None,
    "callMe(new Proxy(() => 1, {}))": None,
    "several([], [true, false])": {"numbers": [], "flags": [True, False], "data": None},
    "several([1], [true, true], undefined).data": None,
    "several([1], [true, true], { a: [1.5, null, 'x'] }).data": {"a": [1.5, None, "x"]},
}


@pytest.mark.parametrize("source", ACCEPTED)
def test_a_right_argument_arrives(world: World, realm: Realm, source: str) -> None:
    assert world.value(realm, source) == ACCEPTED[source]


def test_what_a_function_without_a_result_answers_is_undefined(world: World, realm: Realm) -> None:
    assert world.value(realm, "String(configure({}))") == "undefined"
    assert world.value(realm, "String(use(make(), null))") == "null"


def test_a_refused_call_does_not_retain_the_functions_it_was_given(world: World) -> None:
    realm = world.realm(*FUNCTIONS)
    for _ in range(3):
        world.error(realm, "configure({ onEnd() {}, nope: 1 })")
        world.error(realm, "callMe(() => 1, callMe({}))")
    world.settle(realm)
    before = world.on_loop(lambda: realm.statistics().engine.objects)
    for _ in range(50):
        world.error(realm, "configure({ onEnd() {}, steps: [{ onEnd() {} }], nope: 1 })")
    world.settle(realm)
    statistics = world.on_loop(realm.statistics)
    assert statistics.callbacks == 0
    assert statistics.engine.objects <= before + 10


def test_calls_errors_and_refusals_are_counted(world: World) -> None:
    @host_function(capability="net")
    def fetch() -> None:
        """Need a grant."""

    @host_function
    def fail() -> None:
        """Fail."""
        raise ValueError("no")

    realm = world.realm(add, fetch, fail)
    world.value(realm, "for (let i = 0; i < 5; i++) add(i); 0")
    world.error(realm, "add('x')")
    world.error(realm, "fail()")
    world.error(realm, "fetch()")
    calls = world.on_loop(realm.statistics).calls
    assert calls.calls == {"add": 6, "fail": 1}
    assert calls.errors == {"add": 1, "fail": 1}
    assert calls.refused == {"fetch": 1}
    assert calls.pending == {}


def test_a_capability_that_was_not_granted_is_refused_by_name(world: World) -> None:
    seen: list[str] = []

    @host_function(capability="net")
    def fetch(url: str) -> None:
        """Need a grant."""
        seen.append(url)

    offered = registry(fetch)
    refused = world.error(world.realm(registry=offered), "fetch('x')")
    assert refused.name == "PermissionError"
    assert "needs the grant 'net'" in refused.message
    assert seen == []
    granted = world.realm(registry=offered, granted=frozenset({"net"}))
    assert world.value(granted, "fetch('x'); 1") == 1
    assert seen == ["x"]


class Refusing(OpenGate):
    """Refuses effects."""

    def check(self, function: HostFunction[..., Any], scope: Scope) -> None:
        if function.effect == "effect":
            raise PermissionError(f"{function.qualified_name}: {scope.name} is stopping")


def test_the_gate_is_asked_before_anything_is_looked_at_and_leaves_no_trace(world: World) -> None:
    seen: list[object] = []

    @host_function
    def effect(options: Options) -> None:
        """Do something."""
        seen.append(options)

    @host_function(effect="control")
    def control() -> str:
        """Read something."""
        return "read"

    @host_function(effect="cleanup")
    def cleanup() -> str:
        """Close something."""
        return "closed"

    realm = world.realm(effect, control, cleanup, gate=Refusing())
    scope = Scope("run 1")
    error = world.error(realm, "effect({ nope: 1, onEnd() {} })", scope=scope)
    assert error.message == "effect: run 1 is stopping"
    assert seen == []
    assert world.value(realm, "control() + cleanup()") == "readclosed"
    assert world.on_loop(realm.statistics).calls.calls == {"control": 1, "cleanup": 1}


def test_a_function_learns_who_calls(world: World) -> None:
    @host_function
    def who(text: str, caller: Caller, count: int = 0) -> str:
        """Say who."""
        return f"{caller.realm.name} {caller.scope.name} {text} {count}"

    realm = world.realm(who, name="here")
    assert world.value(realm, "who('a')", scope=Scope("me")) == "here me a 0"
    assert world.value(realm, "who('a', 2)", scope=Scope("you")) == "here you a 2"
    assert "text: is required" in world.error(realm, "who()").message


def test_a_callback_is_the_same_for_as_long_as_it_is_held(world: World) -> None:
    held: list[Callback] = []

    @host_function
    def keep(callback: Callback) -> bool:
        """Keep a function; answers whether it is known."""
        known = callback in held
        held.append(callback)
        return known

    realm = world.realm(keep)
    assert world.value(realm, "globalThis.f = () => 1; [keep(f), keep(f), keep(() => 1)]") == [
        False,
        True,
        False,
    ]
    assert world.on_loop(realm.statistics).callbacks == 2
    held.clear()
    world.settle(realm)
    assert world.on_loop(realm.statistics).callbacks == 0
    assert world.value(realm, "keep(f)") is False


def test_a_script_cannot_pass_off_data_as_a_function(world: World) -> None:
    got: list[Callback] = []

    @host_function
    def keep(callback: Callback) -> None:
        """Keep a function."""
        got.append(callback)

    realm = world.realm(keep)
    for forged in ("{ $function: [1] }", "{ $function: 'x' }", "{ $function: -1.5 }", "{}"):
        assert "expected a function" in world.error(realm, f"keep({forged})").message
    assert got == []


def test_a_declaration_that_scripts_could_not_use_is_refused() -> None:
    @host_function
    def named(*, option: int) -> None:
        """Has what cannot be passed by position."""

    def untyped(value: int) -> None:
        """Lacks a type."""

    del untyped.__annotations__["value"]
    with pytest.raises(TypeError, match="option cannot be passed by position"):
        registry(named).binding_spec("test")
    with pytest.raises(TypeError, match="value has no type"):
        registry(host_function(untyped)).binding_spec("test")


def test_names_are_claimed_once() -> None:
    @host_function(name="add")
    def other() -> None:
        """Take a name."""

    with pytest.raises(ValueError, match="claimed twice"):
        Registry([Binding(name="a"), Binding(name="a")])
    with pytest.raises(ValueError, match=r"event 'a\.x' is claimed twice"):
        Registry([Binding(name=name, events={"a.x": BaseModel}) for name in "ab"])
    with pytest.raises(ValueError, match="global 'add' is claimed twice"):
        Registry(
            [
                Binding(name="a", functions=[add], global_names=["add"]),
                Binding(name="b", functions=[other], global_names=["add"]),
            ]
        )
    with pytest.raises(ValueError, match="global nope is not exported"):
        Registry([Binding(name="a", functions=[add], global_names=["nope"])])
