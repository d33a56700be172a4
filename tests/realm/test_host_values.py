"""Values and errors both ways between host functions and scripts."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, JsonValue
from pydantic.alias_generators import to_camel
from tests.realm.realm_support import World, running_loop

from marotte.realm import (
    Binding,
    EngineLimits,
    InvalidValueError,
    JavaScriptError,
    Realm,
    Registry,
    host_function,
)
from marotte.realm.values import MAX_SAFE_INTEGER, encode_json, encode_scalar

ANSWERS: dict[str, Any] = {}


@host_function
def answer(name: str) -> Any:
    """Answer what a test has laid down."""
    return ANSWERS[name]


@host_function
def echo(value: JsonValue) -> JsonValue:
    """Answer the same."""
    return value


class Model(BaseModel):
    """What crosses in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    run_id: str
    none_at_all: int | None = None


class Wired:
    """Says itself what it is on the wire."""

    def wire(self) -> dict[str, int]:
        return {"a": 1}


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def cyclic() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.fixture
def realm(world: World) -> Realm:
    """A realm that can be given values."""
    return world.realm(answer, echo)


PRESENTED = {
    "model": (Model(run_id="r"), '{"runId":"r"}'),
    "models": ([Model(run_id="r")], '[{"runId":"r"}]'),
    "wired": ({"x": Wired()}, '{"x":{"a":1}}'),
    "tuple": ((1, "a"), '[1,"a"]'),
    "largest": (MAX_SAFE_INTEGER, "9007199254740991"),
    "smallest": ([-MAX_SAFE_INTEGER], "[-9007199254740991]"),
    "text": ("tab\t \u2028 \U0001f600", '"tab\\t \u2028 \U0001f600"'),
    "true": (True, "true"),
    "null": (None, "null"),
}


@pytest.mark.parametrize("name", PRESENTED)
def test_what_a_host_function_answers(world: World, realm: Realm, name: str) -> None:
    ANSWERS[name], text = PRESENTED[name]
    assert world.value(realm, f"JSON.stringify(answer('{name}'))") == text


def test_numbers_that_json_has_not_cross_as_numbers(world: World, realm: Realm) -> None:
    ANSWERS.update(nan=math.nan, inf=-math.inf)
    assert world.value(realm, "Number.isNaN(answer('nan'))") is True
    assert world.value(realm, "answer('inf') === -Infinity") is True
    assert math.isnan(world.value(realm, "NaN"))


class Wait(BaseModel):
    """A wait that is no number alone."""

    seconds: float = 0


class Step(BaseModel):
    """A wait with a name, or some."""

    wait: float | Wait | list[float | Wait] = 0
    name: str = ""


class Steps(BaseModel):
    """What has a key of `Step` too."""

    wait: dict[str, int] | list[Step] = {}
    most: int | None = None


@host_function
def pause(how: float | Step | Steps) -> str:
    """Take a number, or what holds some."""
    return type(how).__name__


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("{ wait: NaN }", ".wait"),
        ("{ wait: { seconds: Infinity } }", ".wait.seconds"),
        ("{ wait: [1, { seconds: NaN }] }", ".wait.1.seconds"),
        ("{ wait: [1, NaN] }", ".wait.1"),
        ("{ most: -Infinity }", ".most"),
    ],
)
def test_no_alternative_hides_the_numbers_of_another(world: World, given: str, place: str) -> None:
    realm = world.realm(pause)
    error = world.error(realm, f"pause({given})")
    assert (error.name, error.message.split(": expected")[0]) == (
        "TypeError",
        f"pause(): how{place}",
    )
    assert "expected a finite number, got" in error.message


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("1.5", "float"),
        ("{ wait: 1, name: 'null' }", "Step"),
        ("{ wait: [1, { seconds: 2 }] }", "Step"),
        ("{ wait: { null: 1 }, most: null }", "Steps"),
    ],
)
def test_each_alternative_is_taken(world: World, given: str, taken: str) -> None:
    assert world.value(world.realm(pause), f"pause({given})") == taken


TOO_BIG = "is beyond ±(2**53 - 1), which JavaScript would round; send it as a string"
REFUSED: dict[str, tuple[Any, str]] = {
    "integer": (2**53, f"the integer {2**53} {TOO_BIG}"),
    "negative": (-(2**53), f"the integer -{2**53} {TOO_BIG}"),
    "huge": (10**5000, f"the integer with over 40 digits {TOO_BIG}"),
    "inside": ({"a": [{"b": 2**60}]}, f".a[0].b: the integer {2**60} {TOO_BIG}"),
    "nan inside": ([math.nan], "not JSON compliant"),
    "bytes": (b"x", "a bytes cannot cross; only JSON values can"),
    "object": ({"a": object()}, "an object cannot cross; only JSON values can"),
    "set": ({1}, "a set cannot cross"),
    "deep": (nested(100_000), "nested too deep to cross"),
    "cyclic": (cyclic(), "Circular reference detected"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_answer_that_cannot_cross_is_an_error_that_names_function_and_place(
    world: World, realm: Realm, name: str
) -> None:
    ANSWERS[name], text = REFUSED[name]
    error = world.error(realm, f"answer('{name}')")
    assert error.name in ("TypeError", "RangeError")
    assert error.message.startswith("answer() result")
    assert text in error.message
    assert isinstance(error.__cause__, InvalidValueError)


@pytest.mark.parametrize(
    ("source", "size"),
    [("echo('x'.repeat(2000))", 2000), ("echo({ a: 'x'.repeat(2000) })", 2008)],
)
def test_an_oversized_argument_is_refused(world: World, source: str, size: int) -> None:
    realm = world.realm(echo, limits=EngineLimits(value_chars=1500))
    error = world.error(realm, source)
    assert error.name == "RangeError"
    assert error.message == f"value too large: {size} characters, at most 1500 may cross"
    assert world.value(realm, "echo('x'.repeat(1500)).length") == 1500


def test_an_oversized_answer_is_refused_both_ways(world: World) -> None:
    realm = world.realm(answer, limits=EngineLimits(value_chars=1500))
    ANSWERS.update(long="x" * 1501, longer=["x" * 1500])
    for name, what in {"long": "text", "longer": "value"}.items():
        error = world.error(realm, f"answer('{name}')")
        assert f"answer() result: {what} too large" in error.message
    assert world.error(realm, "'x'.repeat(2000)").name == "RangeError"
    assert world.error(realm, "Promise.resolve(['x'.repeat(2000)])").name == "RangeError"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc_$\u00e4"), inner),
    max_leaves=20,
)


def test_json_crosses_and_comes_back_the_same() -> None:
    with running_loop() as loop:
        world = World(loop)
        realm = world.realm(answer, echo)

        @given(JSON)
        def check(value: Any) -> None:
            ANSWERS["value"] = value
            assert world.value(realm, "answer('value')") == value
            assert world.value(realm, "echo(answer('value'))") == value

        check()


@given(JSON)
def test_what_is_encoded_as_json_is_what_the_standard_library_reads(value: Any) -> None:
    import json

    assert json.loads(encode_json(value, 10**6)) == value


@given(st.integers())
def test_an_integer_is_exact_or_refused(value: int) -> None:
    if abs(value) <= MAX_SAFE_INTEGER:
        assert encode_scalar(value, 100) == value
    else:
        with pytest.raises(InvalidValueError, match="beyond"):
            encode_scalar(value, 100)


# -- errors ----------------------------------------------------------------------------------------


class BusyError(Exception):
    """An error that scripts know by its class."""

    js_name = "SessionBusyError"

    def __init__(self, message: str, run_id: str) -> None:
        super().__init__(message)
        self.code = "busy"
        self.js_properties = {"runId": run_id, "turns": [1, 2]}


class OddError(ValueError):
    """A value error of a sort."""


class Unreadable(Exception):
    """An error that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no")


THEIRS = JavaScriptError("EvalError", "theirs", stack="    at theirs (./a.js:1:2)", code=7)


@host_function
def fail(kind: str) -> None:
    """Fail in some way."""
    if kind == "busy":
        raise BusyError("in use", "r1") from KeyError("inner")
    if kind == "deep":
        try:
            fail("busy")
        except BusyError as error:
            raise OddError("outer") from error
    if kind == "wrapped":
        raise OddError("outer") from THEIRS
    raise {
        "value": ValueError("bad"),
        "odd": OddError("odd"),
        "type": TypeError("type"),
        "lookup": KeyError("k"),
        "recursion": RecursionError("deep"),
        "surrogate": ValueError("\ud800!"),
        "unreadable": Unreadable(),
        "long": ValueError("x" * 5000),
        "javascript": THEIRS,
    }[kind]


@pytest.fixture
def failing(world: World) -> Realm:
    """A realm whose host functions fail."""
    binding = Binding(
        name="test", module="test", functions=[fail], global_names=["fail"], errors=[BusyError]
    )
    return Realm.create(world.loop, Registry([binding]))


CAUGHT = {
    "value": "RangeError bad",
    "odd": "RangeError odd",
    "type": "TypeError type",
    "lookup": "KeyError 'k'",
    "recursion": "RangeError deep",
    "surrogate": "RangeError \ufffd!",
    "unreadable": "Unreadable <Unreadable without a readable message>",
    "long": "RangeError " + "x" * 5000,
    "javascript": "EvalError theirs",
    "busy": "SessionBusyError in use",
    "deep": "RangeError outer",
}


@pytest.mark.parametrize("kind", CAUGHT)
def test_a_script_catches_a_real_error(world: World, failing: Realm, kind: str) -> None:
    source = (
        f"try {{ fail('{kind}') }} catch (e) {{ [e instanceof Error, e.name + ' ' + e.message] }}"
    )
    assert world.value(failing, source) == [True, CAUGHT[kind]]


def test_an_error_keeps_class_code_cause_and_properties(world: World, failing: Realm) -> None:
    told = world.value(
        failing,
        """
        const { SessionBusyError } = require("test");
        try { fail("deep") } catch (e) {
          const busy = e.cause;
          [e instanceof RangeError, busy instanceof SessionBusyError, busy instanceof Error,
           busy.code, busy.runId, busy.turns, busy.cause.name, Object.keys(busy).sort(),
           busy.stack.includes("<input>"), `${busy}`]
        }
        """.replace('require("test")', "globalThis[Symbol.for('marotte.module')]('test')"),
    )
    assert told == [
        True,
        True,
        True,
        "busy",
        "r1",
        [1, 2],
        "KeyError",
        ["code", "runId", "turns"],
        True,
        "SessionBusyError: in use",
    ]


def test_a_host_error_that_a_script_lets_pass_is_the_cause_of_what_python_gets(
    world: World, failing: Realm
) -> None:
    error = world.error(failing, "fail('deep')")
    assert isinstance(error.__cause__, OddError)
    assert isinstance(error.__cause__.__cause__, BusyError)
    wrapped = world.error(
        failing, "try { fail('busy') } catch (e) { throw new TypeError('mine', { cause: e }) }"
    )
    assert (wrapped.name, wrapped.message) == ("TypeError", "mine")
    assert isinstance(wrapped.__cause__, JavaScriptError)
    assert wrapped.__cause__.code == "busy"
    assert isinstance(wrapped.__cause__.__cause__, BusyError)


def test_what_a_script_threw_keeps_its_stack_on_the_way_through_python(
    world: World, failing: Realm
) -> None:
    told = world.value(
        failing, "try { fail('wrapped') } catch (e) { [e.stack.includes('theirs'), e.cause.stack] }"
    )
    assert told == [False, "    at theirs (./a.js:1:2)"]
    for source in ("fail('javascript')", "try { fail('wrapped') } catch (e) { throw e.cause }"):
        assert world.error(failing, source).stack == "    at theirs (./a.js:1:2)"


THROWN = {
    "throw new TypeError('x')": ("TypeError", "x"),
    "throw Object.assign(new Error('x'), { code: 'E1' })": ("Error", "x"),
    "throw 'text'": ("", "text"),
    "throw { a: 1 }": ("", 'threw {"a":1}'),
    "throw null": ("", "threw null"),
    "throw undefined": ("", "threw undefined"),
    "throw Symbol('s')": ("", "threw Symbol(s)"),
    "throw new (class Mine extends Error { name = 'Mine' })('x')": ("Mine", "x"),
    "throw new AggregateError([1], 'many')": ("AggregateError", "many"),
    "throw Object.defineProperty(new Error(), 'message', { get() { throw 1 } })": ("Error", ""),
    "throw new Proxy({}, { get() { throw 1 } })": ("", "threw a value"),
    "throw new Error('y'.repeat(1000))": ("Error", "y" * 1000),
    "Promise.reject(new RangeError('later'))": ("RangeError", "later"),
    "(async () => { await null; throw 5 })()": ("", "threw 5"),
}


@pytest.mark.parametrize("source", THROWN)
def test_python_gets_what_a_script_throws(world: World, source: str) -> None:
    error = world.error(world.realm(), source)
    assert (error.name, error.message) == THROWN[source]
    assert str(error) == f"{error.name}: {error.message}" if error.name else error.message


def test_codes_and_causes_of_a_script_reach_python(world: World) -> None:
    error = world.error(
        world.realm(),
        "throw Object.assign(new Error('a', { cause: new TypeError('b', { cause: 'c' }) }), "
        "{ code: 404 })",
    )
    assert error.code == 404
    assert isinstance(error.__cause__, JavaScriptError)
    assert str(error.__cause__) == "TypeError: b"
    assert str(error.__cause__.__cause__) == "c"


def test_a_chain_of_causes_without_end_is_cut(world: World) -> None:
    error: BaseException | None = world.error(
        world.realm(), "const e = new Error('round'); e.cause = e; throw e"
    )
    depth = 0
    while error is not None:
        error, depth = error.__cause__, depth + 1
    assert 2 <= depth <= 10
