"""What crosses between script and host, both ways: scalars as they are, the rest as JSON text."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.realm.engine_support import (
    FACTORIES,
    UNDEFINED,
    GuestError,
    ScriptedHost,
    guest,
    on_engine_thread,
    run_on_engine_thread,
)

from marotte.realm.engine import EngineFactory, EngineLimits, Scalar

factories = pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES)

ROPE = "var rope = ''; for (let i = 0; i < 1e5; i++) rope += 'ab';"
LITERALS: dict[str, object] = {
    "null": None,
    "undefined": UNDEFINED,
    "true": True,
    "-1": -1,
    "0.5": 0.5,
    "2 ** 53 - 1": 2**53 - 1,
    "1e308 * 10": math.inf,
    "''": "",
    "'a\\0b'": "a\0b",
    "'\\ud83d\\ude00'": "\U0001f600",
    "'\\ud800'": "\ud800",
    "'a\\udfffb'": "a\udfffb",
    "'e{}'": "e{}",
    "({ a: [1, 'x', null, { b: true }] })": {"a": [1, "x", None, {"b": True}]},
    "['\\ud800']": ["\ud800"],
    "Object.create(null)": {},
    "new Date(0)": "1970-01-01T00:00:00.000Z",
    "[undefined, , 1]": [None, None, 1],
    "new Proxy({ a: 1 }, {})": {"a": 1},
}
REFUSED = {
    "1n": "bigint",
    "2n ** 70n": "bigint",
    "[1n]": "BigInt",
    "Symbol('x')": "symbol",
    "({ toJSON() { return undefined; } })": "cannot cross",
    "({ get a() { throw new RangeError('no a'); } })": "no a",
    "({ toJSON() { throw new RangeError('no json'); } })": "no json",
    "new Proxy({}, { ownKeys() { throw new RangeError('no keys'); } })": "no keys",
    "(() => { const a = []; a[0] = a; return a; })()": "circular",
    "(() => { const o = {}; o.p = { o }; return o; })()": "circular",
    "(() => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a })()": "stack overflow",
    "(() => { let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; return o })()": "stack overflow",
}


def same(value: object, expected: object) -> bool:
    return type(value) in (type(expected), float) and value == expected


@factories
@pytest.mark.parametrize("literal", LITERALS)
@on_engine_thread
def test_a_value_arrives_as_it_was_sent(factory: EngineFactory, literal: str) -> None:
    seen: list[object] = []
    with guest(factory, {"see": seen.append, "same": lambda value: value}) as script:
        script.evaluate(f"see({literal})")
        answered = script.evaluate(f"({literal})")
        returned = script.evaluate(f"same({literal})")
    assert same(seen[0], LITERALS[literal])
    assert same(answered, LITERALS[literal])
    assert same(returned, LITERALS[literal])


@factories
@on_engine_thread
def test_the_numbers_that_json_has_not_cross_as_they_are(factory: EngineFactory) -> None:
    with guest(factory, {"same": lambda value: value}) as script:
        nan, zero = script.evaluate("same(NaN)"), script.evaluate("same(-0)")
        assert script.evaluate("Object.is(same(-0), -0) && Object.is(same(NaN), NaN)") is True
    assert isinstance(nan, float)
    assert math.isnan(nan)
    assert math.copysign(1, float(str(zero))) == -1


@factories
@pytest.mark.parametrize("literal", REFUSED)
@on_engine_thread
def test_a_value_that_cannot_cross_is_refused_both_as_argument_and_as_result(
    factory: EngineFactory, literal: str
) -> None:
    seen: list[object] = []
    with guest(factory, {"see": seen.append}) as script:
        assert REFUSED[literal] in script.error(f"see({literal})").message
        assert REFUSED[literal] in script.error(f"({literal})").message
        assert script.evaluate(f"try {{ see({literal}) }} catch (error) {{ error.name }}") in (
            "TypeError",
            "RangeError",
            "InternalError",
        )
        assert script.evaluate("1 + 1") == 2
    assert seen == []


@factories
@on_engine_thread
def test_an_array_that_grows_a_function_is_not_called_by_accident(factory: EngineFactory) -> None:
    with guest(factory) as script:
        assert "function" in script.error("() => 1").message


@factories
@pytest.mark.parametrize(
    "expression", ["rope", "rope + 'c'", "rope.slice(1)", "[rope]", "{ rope }"]
)
@on_engine_thread
def test_a_rope_arrives_as_text(factory: EngineFactory, expression: str) -> None:
    seen: list[object] = []
    with guest(factory, {"see": seen.append, "same": lambda value: value}) as script:
        script.evaluate(f"{ROPE} see({expression.replace('{', '({').replace('}', '})')})")
    assert type(seen[0]) in (str, list, dict)
    assert "ab" * 50_000 in str(seen[0]) + "ab"


@factories
@on_engine_thread
def test_a_rope_is_text_as_a_result_and_in_errors(factory: EngineFactory) -> None:
    text = "ab" * 100_000
    with guest(factory, limits=EngineLimits(value_chars=1 << 20)) as script:
        assert script.evaluate(ROPE + "rope") == text
        assert script.evaluate("rope += 'c'; rope.length") == 200_001
        assert script.outcome("Promise.resolve(rope + 'd')") == text + "cd"
        assert script.error("throw new Error(rope)").message.startswith("ababab")
        assert script.error("throw rope").message.startswith("abab")
        named = script.error("const e = new Error('x'); e.name = rope; e.code = rope; throw e")
        assert str(named.name).startswith("abab")
        rejected = script.outcome("Promise.reject(new Error(rope))")
        assert isinstance(rejected, GuestError)
        assert rejected.message.startswith("abab")


class Careless(ScriptedHost):
    """A host that answers what no host may answer."""

    answer: object = None

    def call(self, index: int, receiver: int, kinds: int, /, *args: Scalar) -> Scalar:
        answer: Scalar = self.__dict__["answer"]
        return answer


def nested(depth: int) -> object:
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


def cyclic() -> object:
    value: list[object] = []
    value.append(value)
    return value


@factories
@pytest.mark.parametrize(
    "answer",
    [
        2**53,
        -(2**53),
        2**64,
        10**5000,
        nested(100_000),
        cyclic(),
        {"a": 1},
        (1,),
        b"x",
        object(),
        print,
    ],
    ids=lambda value: type(value).__name__,
)
@on_engine_thread
def test_what_a_host_may_not_answer_is_refused_with_its_type(
    factory: EngineFactory, answer: object
) -> None:
    host = Careless({"ask": print})
    with guest(factory, host=host) as script:
        host.__dict__["answer"] = answer
        error = script.error("ask()")
        assert error.name == "TypeError"
        assert type(answer).__name__ in error.message
        host.__dict__["answer"] = 2**53 - 1
        assert script.evaluate("ask()") == 2**53 - 1


@factories
@pytest.mark.parametrize("value", [2**53, -(2**53), 2**70, [1], {"a": 1}, b"x", object()])
@on_engine_thread
def test_a_caller_may_not_send_more_than_scalars(factory: EngineFactory, value: object) -> None:
    sent: Scalar = value  # type: ignore[assignment]  # what the checker forbids is what is tested
    with guest(factory, {"keep": lambda function: function}) as script:
        script.evaluate("keep((value) => value)")
        with pytest.raises(TypeError, match=type(value).__name__):
            script.engine.invoke(1, sent)
        with pytest.raises(TypeError, match=type(value).__name__):
            script.engine.settle(1, sent)
        assert script.engine.invoke(1, 2**53 - 1) == 2**53 - 1


@factories
@on_engine_thread
def test_many_arguments_arrive_in_order(factory: EngineFactory) -> None:
    seen: list[object] = []
    with guest(factory, {"see": lambda *values: seen.extend(values)}) as script:
        script.evaluate(
            "see(...Array.from({ length: 40 }, (_, i) => (i % 3 ? { i } : i % 2 ? undefined : i)))"
        )
    expected = [{"i": i} if i % 3 else UNDEFINED if i % 2 else i for i in range(40)]
    assert seen == expected


@factories
@on_engine_thread
def test_a_text_that_is_too_long_is_refused_in_both_directions(factory: EngineFactory) -> None:
    limit = 1 << 20
    with guest(factory, {"see": len, "make": lambda size: "x" * int(size)}) as script:
        assert script.evaluate(f"see('x'.repeat({limit}))") == limit
        for expression in ("see('x'.repeat({}))", "'x'.repeat({})", "see(['x'.repeat({})])"):
            error = script.error(expression.format(limit + 1))
            assert error.name == "RangeError"
            assert "too large" in error.message


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters())
)
json_values = st.recursive(
    scalars.filter(lambda value: value not in (math.inf, -math.inf)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@factories
@given(st.lists(scalars | json_values, max_size=30))
def test_any_values_survive_the_way_to_the_script_and_back(
    factory: EngineFactory, values: list[object]
) -> None:
    def there_and_back() -> None:
        with guest(factory, {"give": lambda i: values[int(i)], "take": taken.append}) as script:
            script.evaluate(f"for (let i = 0; i < {len(values)}; i++) take(give(i))")

    # JSON has one kind of number, so a float may come back written as an integer.
    taken: list[object] = []
    run_on_engine_thread(there_and_back)
    assert taken == values
