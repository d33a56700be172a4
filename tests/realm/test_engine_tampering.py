"""A script that rewrites the built-ins breaks itself at most, never the bridge it stands on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.realm.engine_isolation import isolated
from tests.realm.engine_support import (
    FACTORIES,
    Deferred,
    Guest,
    GuestError,
    HostObject,
    ScriptedHost,
    guest,
    untagged,
)

from marotte.realm.engine import EngineError, EngineFactory

factories = pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES)

BOMB = "() => { throw new Error('tampered') }"
REWRITES = {
    "JSON": "JSON.parse = JSON.stringify = {bomb}; globalThis.JSON = undefined",
    "then": "Promise.prototype.then = Promise.prototype.catch = {bomb}",
    "Promise": "Promise.resolve = Promise.reject = {bomb}; globalThis.Promise = {bomb}",
    "Promise species": "Object.defineProperty(Promise, Symbol.species, {{ get: {bomb} }})",
    "Map": "for (const key of ['get', 'set', 'has', 'delete']) Map.prototype[key] = {bomb}",
    "WeakMap": "for (const key of ['get', 'set', 'has', 'delete']) WeakMap.prototype[key] = {bomb}",
    "WeakRef": "WeakRef.prototype.deref = {bomb}; globalThis.WeakRef = {bomb}",
    "FinalizationRegistry": "FinalizationRegistry.prototype.register = {bomb}",
    "array iterator": "Array.prototype[Symbol.iterator] = {bomb}",
    "array iterator's next": "Object.getPrototypeOf([][Symbol.iterator]()).next = {bomb}",
    "array methods": "for (const key of Object.getOwnPropertyNames(Array.prototype))"
    "if (key !== 'length') Array.prototype[key] = {bomb}",
    "array setters": "for (let i = 0; i < 20; i++) Object.defineProperty(Array.prototype, i,"
    "{{ set: {bomb}, get: {bomb}, configurable: true }})",
    "object setters": "for (const key of ['name', 'message', 'stack', 'code', 'cause', 'id',"
    "'resolve', 'reject', 'exports', 'thrown', '$function', '$object', 'crossings', 'one', 'x'])"
    "Object.defineProperty(Object.prototype, key, {{ set: {bomb}, configurable: true }})",
    "descriptors": "Object.prototype.get = Object.prototype.set = {bomb};"
    "Object.prototype.configurable = Object.prototype.enumerable = 1",
    "specs": "Object.prototype.lifts = [1]; Object.prototype.rest = 7; Object.prototype.cached = 1;"
    "Object.prototype.face = true; Object.prototype.kind = 'getter'; Object.prototype.id = 3",
    "Object": "for (const key of Object.getOwnPropertyNames(Object))"
    "if (typeof Object[key] === 'function') Object[key] = {bomb}",
    "Reflect": "for (const key of Reflect.ownKeys(Reflect))"
    "if (typeof Reflect[key] === 'function') Reflect[key] = {bomb}",
    "Function": "for (const key of ['call', 'apply', 'bind']) Function.prototype[key] = {bomb}",
    "String": "for (const key of Object.getOwnPropertyNames(String.prototype))"
    "if (key !== 'length') String.prototype[key] = {bomb}; String.prototype[Symbol.split] = {bomb}",
    "Number": "Number.prototype.toString = Number.prototype.valueOf = {bomb}",
    "Symbol": "globalThis.Symbol = {bomb}",
    "Error": "Error.prototype.toString = {bomb}; Error.prototype.name = 'Tampered';"
    "Object.defineProperty(Error, Symbol.hasInstance, {{ value: {bomb} }})",
    "errors": "for (const key of ['Error', 'TypeError', 'RangeError']) globalThis[key] = {bomb}",
    "toJSON": "Object.prototype.toJSON = String.prototype.toJSON = Array.prototype.toJSON = {bomb}",
    "hasInstance": "Object.prototype[Symbol.hasInstance] = {bomb}",
    "prepareStackTrace": "Error.prepareStackTrace = {bomb}; Error.stackTraceLimit = 'x'",
    "globals": "const own = /^(see|same|ask|keep|thing|fail)$/;"
    "for (const key of Object.getOwnPropertyNames(globalThis))"
    "try {{ if (!own.test(key)) globalThis[key] = undefined }} catch {{}}",
    "deleted globals": "const own = /^(see|same|ask|keep|thing|fail)$/;"
    "for (const key of Object.getOwnPropertyNames(globalThis))"
    "try {{ if (!own.test(key)) delete globalThis[key] }} catch {{}}",
    "frozen": "Object.freeze(Object.prototype); Object.freeze(Array.prototype);"
    "Object.freeze(Error.prototype); Object.freeze(Function.prototype); Object.freeze(globalThis)",
    "proxied prototype": "Object.setPrototypeOf(Array.prototype, new Proxy({{}}, {{ get: {bomb},"
    "set: {bomb}, has: {bomb} }}))",
}


# The engine's own JSON.stringify() meets these; what needs no objects goes on.
UNWRITABLE = {"array setters", "proxied prototype"}


class HostError(Exception):
    """Raised by a host function."""


def fail() -> None:
    raise HostError("it failed") from ValueError("why")


class Bench:
    """The bridge's ways, each tried once after a script has rewritten what it could."""

    def __init__(self, factory: EngineFactory) -> None:
        self.seen: list[object] = []
        functions: dict[str, Callable[..., object]] = {
            "see": lambda *values: self.seen.append(list(values)),
            "same": lambda value: value,
            "ask": lambda: Deferred(1),
            "keep": lambda function: function["$function"],
            "thing": lambda number: HostObject(int(number)),
            "fail": fail,
        }
        self.host = ScriptedHost(functions, methods={"name": lambda ident: f"thing {ident}"})
        self.factory = factory

    def values(self, script: Guest) -> None:
        assert script.evaluate("1 + 1") == 2
        assert script.evaluate("see(1, 'x', true, null, undefined, 5, 6, 7); 1") == 1
        assert [str(value) for value in self.seen.pop()[:4]] == ["1", "x", "True", "None"]  # type: ignore[index]

    def errors(self, script: Guest) -> None:
        answer = script.engine.evaluate("fail()")
        assert isinstance(answer, str)
        assert answer.startswith("e")

    def calls(self, script: Guest) -> None:
        ident = script.evaluate("keep((n) => n)")
        assert isinstance(ident, int)
        assert script.engine.invoke(ident, 41) == 41
        script.engine.fire(ident, "sx")
        script.engine.release(ident)
        assert str(script.engine.invoke(ident)).startswith("e")

    def promises(self, script: Guest) -> None:
        script.engine.evaluate("ask(); 1")
        assert script.engine.settle(1, "s done")
        script.drain()

    def things(self, script: Guest) -> None:
        script.evaluate("thing(3); 1")
        script.engine.collect()
        script.drain()

    def rejections(self, script: Guest) -> None:
        script.engine.evaluate("(async () => { fail() })(); 1")
        script.drain()
        script.unhandled()


@factories
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("case", REWRITES)
@isolated
def test_the_bridge_stands(factory: EngineFactory, case: str, when: str) -> None:
    """Before: even what the kernel makes lazily is made with what it captured."""
    bench = Bench(factory)
    with guest(factory, host=bench.host) as script:
        if when == "after":
            script.evaluate("see(); same(1); ask; keep; thing(1).name(); 1")
            bench.seen.clear()
        script.engine.evaluate(REWRITES[case].format(bomb=BOMB))
        bench.values(script)
        bench.errors(script)
        if case not in UNWRITABLE:
            bench.calls(script)
        bench.promises(script)
        bench.things(script)
        bench.rejections(script)
        bench.values(script)


TELLING = [
    "JSON",
    "then",
    "Map",
    "WeakMap",
    "array iterator",
    "array methods",
    "object setters",
    "descriptors",
    "specs",
    "Object",
    "Reflect",
    "Function",
    "String",
]


@factories
@pytest.mark.parametrize("case", TELLING)
@isolated
def test_objects_errors_and_promises_still_cross_whole(factory: EngineFactory, case: str) -> None:
    bench = Bench(factory)
    with guest(factory, host=bench.host) as script:
        script.engine.evaluate(REWRITES[case].format(bomb=BOMB))
        assert script.evaluate("({ __proto__: null, 'a b': [1, { 'c d': 'e' }] })") == {
            "a b": [1, {"c d": "e"}]
        }
        assert script.evaluate("same({ __proto__: null, k: [1, 2] }).k[1]") == 2
        told = script.error("fail()").description
        assert (told["name"], told["message"]) == ("HostError", "it failed")
        assert isinstance(told["cause"], dict)
        assert script.outcome("(async () => 7)()") == 7
        rejected = script.outcome("(async () => { throw 7 })()")
        assert isinstance(rejected, GuestError)
        assert rejected.message == "threw 7"


@factories
@isolated
def test_the_hook_for_modules_takes_names_only(factory: EngineFactory) -> None:
    with guest(factory) as script:
        for value in ("{}", "undefined", "7", "Symbol()", "{ toString() { return 'x' } }"):
            told = script.error(f"globalThis[Symbol.for('marotte.module')]({value})")
            assert told.name == "TypeError"


@factories
@isolated
def test_what_is_inside_is_out_of_reach(factory: EngineFactory) -> None:
    """Neither the functions of the host nor their callables show in a stack or a caller."""
    with guest(factory, {"see": lambda *values: None}) as script:
        assert script.error("see.caller").name == "TypeError"
        assert script.evaluate("'prototype' in see") is False
        assert "native code" in str(script.evaluate("Function.prototype.toString.call(see)"))
        assert script.error("new see()").name == "TypeError"
        assert (
            script.evaluate(
                "let found = []; see({ toJSON() { found.push(new Error().stack); return 1 } });"
                "found[0].includes('marotte')"
            )
            is False
        )
        names = script.evaluate("Object.getOwnPropertyNames(globalThis).join()")
        assert "raw" not in str(names).split(",")


@factories
@isolated
def test_an_argument_that_changes_while_it_crosses_does_no_harm(factory: EngineFactory) -> None:
    seen: list[object] = []
    with guest(factory, {"see": lambda *values: seen.append(list(values))}) as script:
        script.evaluate(
            """
            const list = [1, 2, 3];
            see({ toJSON() { list.length = 0; return list } }, list);
            const o = { get a() { delete this.b; return 1 }, b: 2 };
            see(o);
            see(new Proxy([], { get(_, key) { return key === 'length' ? 3 : key } }));
            1
            """
        )
    assert seen[0] == [[], []]
    assert seen[1] == [{"a": 1}]
    assert seen[2] == [["0", "1", "2"]]


@factories
@isolated
def test_a_script_cannot_forge_what_the_kernel_marks(factory: EngineFactory) -> None:
    with guest(factory, {"see": lambda value: value}) as script:
        for text in ("e{}", "p1", "o0:1", "f1", "t", "u", "j{"):
            assert script.evaluate(f"{text!r}") == text
            assert script.evaluate(f"see({text!r})") == text
        error = script.error("throw Object.assign(new Error('x'), { id: 1, thrown: true })")
        assert "id" not in error.description
        assert "thrown" not in error.description


@factories
@isolated
def test_a_malformed_answer_of_the_host_is_an_error(factory: EngineFactory) -> None:
    class Wrong(ScriptedHost):
        def call(self, index: int, receiver: int, kinds: int, /, *args: object) -> str:
            return answers.pop(0)

    answers = ["", "j{", "x", "e", "e1", "e{}"]
    with guest(factory, host=Wrong({"ask": print})) as script:
        while answers:
            assert isinstance(untagged_error(script, "ask()"), GuestError)
        assert script.evaluate("1 + 1") == 2


def untagged_error(script: Guest, source: str) -> object:
    try:
        return untagged(script.engine.evaluate(source))
    except (GuestError, EngineError) as error:
        return error
