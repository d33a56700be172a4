"""Built-ins that never poll are bounded: a huge array-like is refused, a dense array is not."""

from __future__ import annotations

import time

import pytest
from tests.realm.engine_isolation import isolated
from tests.realm.engine_support import FACTORIES, guest, on_engine_thread
from tests.realm.test_engine_interrupt import Alarm

from marotte.realm.engine import (
    EngineFactory,
    EngineInterrupted,
    EngineLimits,
    EngineOutOfMemory,
)
from marotte.realm.polling import FULL_SHARE

factories = pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES)

LENGTHS = {
    "indexOf": 1,
    "lastIndexOf": 1,
    "includes": 1,
    "fill": 1,
    "join": 1,
    "reverse": 0,
    "toString": 0,
    "toLocaleString": 0,
    "sort": 1,
    "concat": 1,
    "slice": 2,
    "splice": 2,
    "shift": 0,
    "unshift": 1,
    "copyWithin": 2,
    "forEach": 1,
    "map": 1,
    "filter": 1,
    "every": 1,
    "some": 1,
    "reduce": 1,
    "reduceRight": 1,
    "flat": 0,
    "flatMap": 1,
}
SPARSE = "new Array(2 ** 32 - 1)"
ARRAY_LIKE = "({ length: 2 ** 53 - 1 })"
ARGUMENTS = {"concat": SPARSE, "unshift": "1", "copyWithin": "1, 0", "splice": "0, 1"}
HUGE = {
    "concat of a spreadable": "const huge = { length: 2 ** 53 - 1 };"
    "huge[Symbol.isConcatSpreadable] = true; [].concat(huge)",
    "concat of many": "const a = new Array(4e6); [].concat(a, a, a, a)",
    "flat of an inner array": f"[{SPARSE}].flat()",
    "flat of one array in many ways": "let a = []; for (let i = 0; i < 60; i++) a = [a, a];"
    "a.flat(Infinity)",
    "flatMap's results": f"[1].flatMap(() => {SPARSE})",
    "proxy": f"Array.prototype.indexOf.call(new Proxy({SPARSE}, {{}}), 1)",
    "string raw": "String.raw({ raw: { length: 2 ** 53 - 1 } })",
    "iterator drop": f"{SPARSE}.values().drop(2 ** 32 - 1).next()",
    "spread": f"Math.max(...{SPARSE})",
    "apply": "Math.max.apply(null, { length: 2 ** 32 })",
    "Array.from": "Array.from({ length: 2 ** 53 - 1 })",
    "typed array": "new Uint8Array({ length: 2 ** 40 })",
    "set": f"new Set({SPARSE})",
    "Promise.all": f"Promise.all({SPARSE}); throw new RangeError('done')",
}
LIMITS = EngineLimits(memory_bytes=16 << 20)


def array_call(name: str, value: str) -> str:
    argument = ARGUMENTS.get(name, "(a) => a" if name not in ("join", "fill") else "''")
    return f"Array.prototype.{name}.call({value}, {argument})"


@factories
@pytest.mark.parametrize("value", [SPARSE, ARRAY_LIKE], ids=["sparse", "array-like"])
@pytest.mark.parametrize("name", LENGTHS)
@isolated
def test_a_huge_array_like_is_refused_at_once(
    factory: EngineFactory, name: str, value: str
) -> None:
    with guest(factory, limits=LIMITS) as script:
        started = time.perf_counter()
        error = script.error(array_call(name, value))
        assert time.perf_counter() - started < 0.5
        assert error.name == "RangeError"
        assert name in error.message or name == "toString"
        assert script.evaluate("1 + 1") == 2


@factories
@pytest.mark.parametrize("case", HUGE)
@isolated
def test_huge_arrays_get_nowhere_by_other_ways(factory: EngineFactory, case: str) -> None:
    """They are refused, run out of memory, or can be interrupted."""
    host = Alarm()
    with guest(factory, limits=LIMITS, host=host) as script:
        host.set(0.3)
        started = time.perf_counter()
        try:
            assert script.error(HUGE[case]).name in ("RangeError", "InternalError")
        except (EngineInterrupted, EngineOutOfMemory):
            pass
        assert time.perf_counter() - started < 3
        host.clear()
        script.engine.collect()
        # What a collection leaves above nine tenths counts as full.
        if script.engine.memory_bytes() < FULL_SHARE * LIMITS.memory_bytes:
            assert script.evaluate("1 + 1") == 2


@factories
@on_engine_thread
def test_the_guarded_look_like_the_originals(factory: EngineFactory) -> None:
    described = """
        (name) => {
          const { value, ...flags } = Object.getOwnPropertyDescriptor(Array.prototype, name);
          return [value.name, value.length, Object.hasOwn(value, 'prototype'), flags];
        }
    """
    flags = {"writable": True, "enumerable": False, "configurable": True}
    with guest(factory) as script:
        for name, length in LENGTHS.items():
            found = script.evaluate(f"({described})({name!r})")
            assert found == [name, length, False, flags]
            assert "is not a constructor" in script.error(f"new [].{name}()").message
        assert script.evaluate("[Iterator.prototype.drop.name, String.raw.length]") == ["drop", 1]
        assert script.evaluate("Object.keys(Array.prototype).length") == 0
        assert script.error("Array.prototype.map.call(null, String)").name == "TypeError"


BEHAVIOUR = {
    "[3, 1, 2].indexOf(1)": 1,
    "[1, 2, 1].indexOf(1, 1)": 2,
    "[1, 2, 1].lastIndexOf(1)": 2,
    "[1, 2, 1].lastIndexOf(1, undefined)": 0,
    "[NaN].includes(NaN)": True,
    "[1, 2, 3].fill(0, 1)": [1, 0, 0],
    "[1, , 3].join()": "1,,3",
    "[1, 2].join(undefined)": "1,2",
    "[1, 2].reverse()": [2, 1],
    "String([1, [2, 3]])": "1,2,3",
    "[2, 10, 1].sort()": [1, 10, 2],
    "[2, 10, 1].sort((a, b) => a - b)": [1, 2, 10],
    "[1].concat(2, [3], [[4]])": [1, 2, 3, [4]],
    "Array.prototype.concat.call(1, 2).length": 2,
    "[1, 2, 3].slice(1)": [2, 3],
    "[1, 2, 3].slice(-2, -1)": [2],
    "const a = [1, 2, 3]; [a.splice(1), a]": [[2, 3], [1]],
    "const a = [1, 2, 3]; [a.splice(), a]": [[], [1, 2, 3]],
    "const a = [1, 2, 3]; [a.splice(1, 1, 8, 9), a]": [[2], [1, 8, 9, 3]],
    "const a = [1, 2]; [a.shift(), a]": [1, [2]],
    "const a = [3]; [a.unshift(1, 2), a]": [3, [1, 2, 3]],
    "[1, 2, 3, 4].copyWithin(0, 2)": [3, 4, 3, 4],
    "let n = 0; [1, 2].forEach(function (x) { n += x * this.k }, { k: 2 }); n": 6,
    "[1, 2].map(function (x) { return x * this.k }, { k: 2 })": [2, 4],
    "[1, 2, 3].filter((x) => x > 1)": [2, 3],
    "[[1, 2].every((x) => x > 0), [1, 2].some((x) => x > 2)]": [True, False],
    "[1, 2, 3].reduce((a, b) => a + b)": 6,
    "[1, 2, 3].reduce((a, b) => a + b, 10)": 16,
    "[].reduce((a, b) => a, undefined)": None,
    "['a', 'b'].reduceRight((a, b) => a + b)": "ba",
    "[1, [2, [3, [4]]]].flat()": [1, 2, [3, [4]]],
    "[1, [2, [3, [4]]]].flat(Infinity)": [1, 2, 3, 4],
    "[1, [2]].flat('0')": [1, [2]],
    "[1, 2].flatMap(function (x) { return [x, x * this.k] }, { k: 10 })": [1, 10, 2, 20],
    "Array.prototype.map.call('abc', (c) => c + c)": ["aa", "bb", "cc"],
    "Array.prototype.slice.call({ length: 2, 0: 'a', 1: 'b' })": ["a", "b"],
    "new (class extends Array {})(1, 2).map((x) => x).constructor.name === ''": True,
    "[1, 2, 3].values().drop(1).toArray()": [2, 3],
    "String.raw`a${1}\\n`": "a1\\n",
    "[[1, 2], [3]].toLocaleString()": "1,2,3",
}


@factories
@pytest.mark.parametrize("source", BEHAVIOUR)
@on_engine_thread
def test_the_guarded_behave_like_the_originals(factory: EngineFactory, source: str) -> None:
    with guest(factory) as script:
        answered = script.evaluate(source)
    assert answered == BEHAVIOUR[source] or source.startswith("[].reduce")


@factories
@isolated
def test_large_dense_arrays_are_handled(factory: EngineFactory) -> None:
    with guest(factory) as script:
        script.evaluate("var a = []; for (let i = 0; i < 3e5; i++) a.push(i)")
        for name in LENGTHS:
            script.evaluate(f"a.slice().{name}((a) => a); 0")
        assert script.evaluate("a.concat(a, a).length") == 900_000
        assert script.evaluate("a.map((x) => [x]).flat().length") == 300_000
