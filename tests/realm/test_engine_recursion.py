"""Deep recursion ends in an error on either side, and never in a crash."""

from __future__ import annotations

import sys

import pytest
from tests.realm.engine_isolation import isolated
from tests.realm.engine_support import FACTORIES, GuestError, ScriptedHost, guest

from marotte.realm.engine import EngineFactory, EngineLimits

factories = pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES)

ROOMY = EngineLimits(memory_bytes=256 << 20)
BUILD = "let v = {seed}; for (let i = 0; i < 1e5; i++) v = {step}; "
DEEP = {
    "function": "(function f() { return f() + 1 })()",
    "method": "class A { get x() { return new A().x } } new A().x",
    "mutual": "const f = () => g() + 1, g = () => f() + 1; f()",
    "JSON.parse": "JSON.parse('['.repeat(1e5) + ']'.repeat(1e5))",
    "JSON.parse objects": """JSON.parse('{"a":'.repeat(1e5) + '1' + '}'.repeat(1e5))""",
    "JSON.stringify": BUILD.format(seed="1", step="[v]") + "JSON.stringify(v)",
    "reviver": "JSON.parse('['.repeat(5000) + ']'.repeat(5000), (k, v) => v)",
    "toString": BUILD.format(seed="1", step="[v]") + "String(v)",
    "flat": BUILD.format(seed="[1]", step="[v]") + "v.flat(Infinity)",
    "proxy": BUILD.format(seed="{}", step="new Proxy(v, {})") + "v.x",
    "proxy of functions": BUILD.format(seed="() => 1", step="new Proxy(v, {})") + "v()",
    "bound functions": "let v = () => 1; for (let i = 0; i < 5e3; i++) v = v.bind(null); v()",
    "generators": "function* g(n) { yield* g(n + 1) } g(0).next()",
    "getter": "const o = { get x() { return this.x } }; o.x",
    "toPrimitive": "const o = { [Symbol.toPrimitive]() { return `${o}` } }; `${o}`",
    "sort": "function f() { [2, 1].sort(f) } f()",
    "replace": "function f() { return 'a'.replace(/a/, f) } f()",
    "eval": "globalThis.e = () => eval('e()'); e()",
    "nested source": "eval('['.repeat(1e5))",
    "nested parentheses": "eval('('.repeat(1e5) + '1' + ')'.repeat(1e5))",
    "nested functions": "eval('(()=>'.repeat(2e4) + '1' + ')'.repeat(2e4))",
    "nested blocks": "eval('{'.repeat(1e5) + '}'.repeat(1e5))",
    "nested templates": "eval('`${'.repeat(2e4) + '1' + '}`'.repeat(2e4))",
    "operator chain": "eval('1' + '**1'.repeat(1e5))",
    "unary chain": "eval('-+'.repeat(1e5) + '1')",
    "regular expression": "new RegExp('('.repeat(1e5) + ')'.repeat(1e5))",
    "class hierarchy": BUILD.format(seed="class {}", step="class extends v {}") + "new v()",
    "instanceof": "const o = { [Symbol.hasInstance](x) { return x instanceof o } }; 1 instanceof o",
    "super": "class A { m() { return new A().m() } } class B extends A { m() { super.m() } }"
    "new B().m()",
    "symbol iterator": "const o = { [Symbol.iterator]() { return [...o] } }; [...o]",
    "spread": "const f = (...a) => f(...a, 1); f()",
    "executor": "const f = () => new Promise(f); f()",
}
HARMLESS = {
    "prototype chain": BUILD.format(seed="{}", step="Object.create(v)") + "v.x === undefined",
    "linked list": BUILD.format(seed="null", step="{ next: v }") + "v = null; true",
    "closures": BUILD.format(seed="null", step="((w) => () => w)(v)") + "v = null; true",
    "nested arrays": BUILD.format(seed="1", step="[v]") + "v = null; true",
    "weak references": BUILD.format(seed="{}", step="{ w: new WeakRef(v), v }") + "v = null; true",
    "maps": BUILD.format(seed="null", step="new Map([[v, v]])") + "v = null; true",
    "generators": BUILD.format(seed="null", step="(function* (w) { yield w })(v)") + "true",
    "bound": "let v = () => 1; for (let i = 0; i < 3000; i++) v = v.bind(null); v = null; true",
    "errors": BUILD.format(seed="null", step="new Error('x', { cause: v })") + "v = null; true",
    "ropes": BUILD.format(seed="'x'", step="v + 'abcdefghijklmnopqrstuvwxyz'") + "v.length > 1e6",
    "ropes in front": BUILD.format(seed="'x'", step="'abcdefghijklmnopqrstuvwxyz' + v")
    + "v.length > 1e6",
    "promises": BUILD.format(seed="Promise.resolve(1)", step="v.then()") + "true",
    "promises in promises": BUILD.format(
        seed="Promise.resolve(1)", step="new Promise((resolve) => resolve(v))"
    )
    + "true",
    "awaits": BUILD.format(seed="1", step="(async (w) => await w)(v)") + "true",
    "else ifs": "eval('if (0) {} ' + 'else if (0) {} '.repeat(3000) + '1')",
    "commas": "eval('1' + ',1'.repeat(1e5))",
    "long sum": "eval('1' + '+1'.repeat(1e5)) > 1",
}


@factories
@pytest.mark.parametrize("case", DEEP)
@isolated
def test_recursion_in_a_script_is_an_error_it_can_catch(factory: EngineFactory, case: str) -> None:
    with guest(factory, limits=ROOMY) as script:
        caught = script.evaluate(
            f"let caught; try {{ (0, eval)({DEEP[case]!r}) }} catch (e) {{ caught = e }}"
            "[caught instanceof Error, String(caught?.name)]"
        )
        script.engine.collect()
        script.drain()
        assert script.evaluate("1 + 1") == 2
    assert isinstance(caught, list)
    # Some of it is simply deep, and a script may well be able to do it.
    assert caught[1] in ("InternalError", "RangeError", "SyntaxError", "undefined")


@factories
@pytest.mark.parametrize("case", HARMLESS)
@isolated
def test_deep_structures_are_made_kept_and_freed(factory: EngineFactory, case: str) -> None:
    with guest(factory, limits=ROOMY) as script:
        assert script.evaluate(HARMLESS[case]) not in (False, None)
        script.engine.collect()
        script.drain()
        script.engine.collect()
        assert script.evaluate("1 + 1") == 2


@factories
@isolated
def test_a_script_and_the_host_that_call_each_other_for_ever_get_an_error(
    factory: EngineFactory,
) -> None:
    deepest = 0

    def back(depth: int) -> object:
        nonlocal deepest
        deepest = max(deepest, depth)
        return script.evaluate(f"back({depth + 1})")

    with guest(factory, {"back": back}) as script:
        assert "too deep" in str(script.error("back(0)"))
        assert 16 <= deepest <= 100
        assert script.evaluate("1 + 1") == 2


@factories
@pytest.mark.parametrize("frames", [0, 10, 60, 200])
@isolated
def test_a_host_with_deep_frames_of_its_own_gets_an_error_too(
    factory: EngineFactory, frames: int
) -> None:
    """Python's own limit may come first, and then also within the engine's callbacks."""

    def deeper(count: int, depth: int) -> object:
        if count:
            return deeper(count - 1, depth)
        return script.evaluate(f"for (let i = 0; i < 3000; i++); back({depth + 1})")

    with guest(factory, {"back": lambda depth: deeper(frames, depth)}) as script:
        assert "too deep" in str(script.error("back(0)")) or "recursion" in str(
            script.error("back(0)")
        )
        assert script.evaluate("1 + 1") == 2


@factories
@isolated
def test_every_distance_from_the_limit_of_python_is_safe(factory: EngineFactory) -> None:
    def at_depth(count: int, source: str) -> object:
        return at_depth(count - 1, source) if count else script.engine.evaluate(source)

    with guest(factory, {"one": lambda: 1, "see": str}) as script:
        for depth in range(sys.getrecursionlimit() - 150, sys.getrecursionlimit()):
            for source in ("one()", "see({})", "for (let i = 0; i < 30000; i++); 1", "missing"):
                try:
                    at_depth(depth, source)
                except RecursionError:
                    pass
                assert script.evaluate("one()") == 1


@factories
@isolated
def test_a_deep_script_may_call_the_host_which_calls_a_deep_script(factory: EngineFactory) -> None:
    """The stack limit holds for what all calls of one engine use together."""
    deep = "(function f(n) {{ return n ? f(n - 1) : {0} }})({1})"

    def back(depth: float) -> object:
        try:
            return script.evaluate(deep.format(f"back({int(depth) + 1})", 400))
        except (GuestError, RecursionError) as error:
            return f"ended: {type(error).__name__}"

    with guest(factory, {"back": back}) as script:
        assert "ended" in str(script.evaluate("back(0)"))
        assert script.evaluate(deep.format("'fine'", 400)) == "fine"


@factories
@isolated
def test_engines_nest_on_one_stack(factory: EngineFactory) -> None:
    """Each has its whole stack; too many at once are refused before the thread's is used up."""
    deep = """
        let room = 50;
        (function f() {
          try { return f() + 1 } catch (error) {
            if (room-- !== 0) throw error;
            return next();
          }
        })();
    """
    reached = 0

    def nest(depth: int) -> object:
        nonlocal reached
        reached = max(reached, depth)
        host = ScriptedHost({"next": lambda: nest(depth + 1)})
        with guest(factory, host=host) as script:
            return script.evaluate(deep)

    with pytest.raises(GuestError, match="too deep"):
        nest(0)
    assert reached >= 12
