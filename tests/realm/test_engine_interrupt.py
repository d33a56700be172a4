"""Whatever a script does, an interrupt ends it, and the engine goes on as if nothing had been."""

from __future__ import annotations

import threading
import time

import pytest
from tests.realm.engine_isolation import isolated
from tests.realm.engine_support import (
    FACTORIES,
    Guest,
    ScriptedHost,
    guest,
    install_spec,
    on_engine_thread,
)

from marotte.realm.engine import EngineFactory, EngineInterrupted

factories = pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES)

SPIN = "for (;;) {}"
SYNCHRONOUS = {
    "loop": "while (true) {}",
    "catch-all": "for (;;) { try { for (;;) {} } catch { globalThis.caught = true; } }",
    "finally": "try { throw 1 } finally { for (;;) {} }",
    "finally after the interrupt": "try { for (;;) {} } finally { globalThis.caught = true }",
    "recursion": "(function f() { for (let i = 0; i < 10; i++) try { f() } catch {} })()",
    "proxy trap": "new Proxy({}, { get() { for (;;) {} } }).x",
    "sort comparator": "[3, 2, 1].sort(() => { for (;;) {} })",
    "array callback": "[1].map(() => { for (;;) {} })",
    "regular expression": "/(a+)+$/.test('a'.repeat(40) + 'b')",
    "replacer": "'a'.replace(/a/, () => { for (;;) {} })",
    "generator": "function* g() { for (;;) yield 1 } for (const _ of g()) {}",
    "generator's return": "function* g() { try { yield 1 } finally { for (;;) {} } }"
    "for (const _ of g()) break",
    "getter": "({ get x() { for (;;) {} } }).x",
    "setter": "({ set x(_) { for (;;) {} } }).x = 1",
    "toString": "String({ toString() { for (;;) {} } })",
    "valueOf": "+{ valueOf() { for (;;) {} } }",
    "toPrimitive": "`${{ [Symbol.toPrimitive]() { for (;;) {} } }}`",
    "toJSON": "JSON.stringify({ toJSON() { for (;;) {} } })",
    "reviver": "JSON.parse('[1]', () => { for (;;) {} })",
    "constructor": "new (class { constructor() { for (;;) {} } })()",
    "static block": "class A { static { for (;;) {} } }",
    "tagged template": "((..._) => { for (;;) {} })`x`",
    "iterator": "[...{ [Symbol.iterator]() { return { next() { for (;;) {} } } } }]",
    "instanceof": "1 instanceof { [Symbol.hasInstance]() { for (;;) {} } }",
    "eval": "eval('for (;;) {}')",
    "Function": "new Function('for (;;) {}')()",
    "promise executor": "new Promise(() => { for (;;) {} })",
    "species": "class A extends Array { static get [Symbol.species]() { for (;;) {} } }"
    "new A(3).map(x => x)",
    "answer's toJSON": "({ toJSON() { for (;;) {} } })",
    "answer's then": "({ get then() { for (;;) {} } })",
    "error's message": "throw Object.assign(new Error(), { get message() { for (;;) {} } })",
    "error's own message": "const e = new Error();"
    "Object.defineProperty(e, 'message', { get() { for (;;) {} } }); throw e",
    "error's stack": "const e = new Error();"
    "Object.defineProperty(e, 'stack', { get() { for (;;) {} } }); throw e",
    "argument's toJSON": "see({ toJSON() { for (;;) {} } })",
    "set methods": "new Set([1]).union({ size: 1, has() {}, keys() { for (;;) {} } })",
    "iterator helpers": "(function* () { for (;;) yield 1 })().every(() => true)",
    "Array.from": "Array.from({ length: 1 }, () => { for (;;) {} })",
    "endless iterable": "new Set((function* () { for (;;) yield 1 })())",
    "with": "new Function('o', 'with (o) x')(new Proxy({}, { has() { for (;;) {} } }))",
    "label": "a: for (;;) { for (;;) continue a }",
    "big integers": "for (let n = 1n; ; n++) {}",
    "string building": "for (let s = ''; ; ) s = s.length > 1e6 ? '' : s + 'x'",
}
IN_JOBS = {
    "job": "Promise.resolve().then(() => { for (;;) {} })",
    "promise hop": "(async () => { await null; for (;;) {} })()",
    "await loop": "(async () => { for (;;) await null })()",
    "catch after a hop": "(async () => { try { await (async () => { await null; for (;;) {} })() }"
    "catch { for (;;) {} } })()",
    "catch loop after a hop": "(async () => {"
    "for (;;) { try { await null; for (;;) {} } catch {} } })()",
    "finally after a hop": "(async () => {"
    "try { await null; for (;;) {} } finally { for (;;) {} } })()",
    "chain of catches": "const spin = () => { for (;;) {} };"
    "let p = Promise.resolve().then(spin); for (let i = 0; i < 20; i++) p = p.catch(spin)",
    "thenable": "Promise.resolve({ then() { for (;;) {} } })",
    "endless thenables": "const t = { then(f) { f(t) } }; Promise.resolve(t)",
    "async generator": "(async () => { async function* g() { for (;;) yield 1 }"
    "for await (const _ of g()) {} })()",
    "result's toJSON": "Promise.resolve().then(() => ({ toJSON() { for (;;) {} } }))",
    "rejection's message": "(async () => { const e = new Error();"
    "Object.defineProperty(e, 'message', { get() { for (;;) {} } }); throw e })()",
}


class Alarm(ScriptedHost):
    """A host that interrupts once its time has come, for as long as it is set."""

    due = float("inf")
    asked = 0

    def poll(self) -> bool:
        self.asked += 1
        return time.perf_counter() >= self.due

    def set(self, seconds: float) -> None:
        self.due = time.perf_counter() + seconds

    def clear(self) -> None:
        self.due = float("inf")


def drained(script: Guest, seconds: float = 2.0) -> bool:
    """Run jobs, interrupted or not, until none are left or the time is over."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        try:
            if script.engine.run_jobs(1000):
                return True
        except EngineInterrupted:
            pass
    return False


def check_usable(script: Guest) -> None:
    assert script.evaluate("globalThis.caught === undefined && 1 + 1") == 2
    assert script.outcome("(async () => { await null; return [1, 2] })()") == [1, 2]
    assert script.error("throw new RangeError('x')").name == "RangeError"


@factories
@pytest.mark.parametrize("case", SYNCHRONOUS)
@isolated
def test_a_script_is_ended_at_once_and_the_engine_is_usable_afterwards(
    factory: EngineFactory, case: str
) -> None:
    host = Alarm({"see": lambda *_: None})
    with guest(factory, host=host) as script:
        host.set(0.02)
        started = time.perf_counter()
        with pytest.raises(EngineInterrupted):
            script.engine.evaluate(SYNCHRONOUS[case])
        assert time.perf_counter() - started < 1
        assert drained(script)
        host.clear()
        check_usable(script)


@factories
@pytest.mark.parametrize("case", IN_JOBS)
@isolated
def test_jobs_are_ended_and_the_queue_drains_while_the_flag_stays_set(
    factory: EngineFactory, case: str
) -> None:
    host = Alarm()
    with guest(factory, host=host) as script:
        script.engine.evaluate(IN_JOBS[case])
        host.set(0.02)
        started = time.perf_counter()
        assert drained(script)
        assert time.perf_counter() - started < 1
        host.clear()
        check_usable(script)


MULTIPLY = "(function f() { Promise.resolve().then(f); Promise.resolve().then(f) })()"


@factories
@isolated
def test_a_queue_that_grows_faster_than_it_drains_is_ended(factory: EngineFactory) -> None:
    host = Alarm()
    with guest(factory, host=host) as script:
        script.engine.evaluate(MULTIPLY)
        assert not script.engine.run_jobs(1000)
        host.set(0.02)
        assert drained(script, seconds=5)
        host.clear()
        check_usable(script)


@factories
@isolated
def test_a_queue_that_grows_does_not_keep_the_engine_from_closing(factory: EngineFactory) -> None:
    with guest(factory) as script:
        script.engine.evaluate(MULTIPLY)
        assert not script.engine.run_jobs(1000)


def run_module_to_its_end(script: Guest, path: str) -> None:
    script.engine.run_module(path)
    while not script.engine.run_jobs(1000):
        pass


@factories
@isolated
def test_a_module_is_ended_at_its_top_level_and_after_an_await(factory: EngineFactory) -> None:
    host = Alarm(
        modules={
            "./top.mjs": "globalThis.began = 1; for (;;) {}",
            "./inner.mjs": "for (;;) {}",
            "./outer.mjs": "import './inner.mjs'; globalThis.caught = true",
            "./later.mjs": "await null; for (;;) {}",
            "./good.mjs": "export default 1",
        }
    )
    with guest(factory, host=host) as script:
        for path in ("./top.mjs", "./outer.mjs", "./later.mjs"):
            host.set(0.02)
            started = time.perf_counter()
            with pytest.raises(EngineInterrupted):
                run_module_to_its_end(script, path)
            assert drained(script)
            assert time.perf_counter() - started < 1
            host.clear()
        assert script.module("./good.mjs") == 1
        check_usable(script)


@factories
@isolated
def test_callbacks_are_ended(factory: EngineFactory) -> None:
    host = Alarm({"keep": lambda function: function["$function"]})
    with guest(factory, host=host) as script:
        spin = script.evaluate("keep(() => { for (;;) {} })")
        fine = script.evaluate("keep((n) => { globalThis.seen = n })")
        assert isinstance(spin, int)
        assert isinstance(fine, int)
        host.set(0.02)
        with pytest.raises(EngineInterrupted):
            script.engine.invoke(spin)
        with pytest.raises(EngineInterrupted):
            script.engine.fire(spin)
        host.clear()
        script.engine.fire(fine, 2)
        assert script.evaluate("seen") == 2
        check_usable(script)


@factories
@isolated
def test_what_tidies_up_is_not_interrupted(factory: EngineFactory) -> None:
    host = Alarm({"keep": lambda function: function["$function"]})
    with guest(factory, host=host) as script:
        script.evaluate("for (let i = 0; i < 20000; i++) keep(() => i)")
        host.set(0)
        script.engine.release(*range(1, 20_001))
        host.clear()
        assert "released" in str(script.engine.invoke(7))


@factories
@isolated
def test_a_script_that_swallows_the_interrupt_does_not_pass_for_one_that_ended(
    factory: EngineFactory,
) -> None:
    host = Alarm()
    with guest(factory, host=host) as script:
        host.set(0.01)
        with pytest.raises(EngineInterrupted):
            script.engine.evaluate("new Promise(() => { for (;;) {} }); 1")
        host.clear()
        check_usable(script)


ENDLESS = "function* endless() { for (;;) yield [1, 2] }"
# Built-ins that close the generator they read, and then pass the interrupt on as a plain error.
READERS = {
    "spread": "[...endless()]",
    "arguments": "Math.max(...endless())",
    "rest": "const [...rest] = endless()",
    "map": "new Map(endless())",
    "fromEntries": "Object.fromEntries(endless())",
    "toArray": "endless().toArray()",
    "all": "Promise.all(endless())",
}


class Patience(ScriptedHost):
    """Lets a script go on until it was asked a number of times, and never again after that."""

    def __init__(self, patience: int) -> None:
        super().__init__({})
        self.patience = patience

    def poll(self) -> bool:
        self.patience -= 1
        return self.patience < 0


@factories
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@isolated
def test_a_loop_that_catches_every_interrupt_at_the_same_place_is_ended(
    factory: EngineFactory, reader: str
) -> None:
    for patience in range(1, 20):
        host = Patience(patience)
        with guest(factory, host=host) as script, pytest.raises(EngineInterrupted):
            script.evaluate(f"{ENDLESS}; for (;;) try {{ {reader} }} catch {{}}")
        assert host.patience > -100


@factories
@on_engine_thread
def test_an_interrupt_within_a_call_of_a_script_is_its_own(factory: EngineFactory) -> None:
    """The script that called the host which called a script goes on where that one was ended."""
    host = Alarm()
    with guest(factory, host=host) as script:

        def inner() -> str:
            host.set(0.01)
            try:
                script.evaluate(SPIN)
            except EngineInterrupted:
                return "ended"
            finally:
                host.clear()
            return "not ended"

        host.functions = {"inner": inner}
        script.engine.install(install_spec(host.functions))
        assert script.evaluate("inner() + '!'") == "ended!"


class Faulty(ScriptedHost):
    """A host whose poll raises, once."""

    error: BaseException | None = None

    def poll(self) -> bool:
        error, self.error = self.error, None
        if error is not None:
            raise error
        return False


@factories
@pytest.mark.parametrize(
    ("error", "expected"),
    [(RuntimeError("x"), EngineInterrupted), (KeyboardInterrupt(), KeyboardInterrupt)],
)
@isolated
def test_a_poll_that_raises_interrupts(
    factory: EngineFactory, error: BaseException, expected: type[BaseException]
) -> None:
    host = Faulty()
    host.error = error
    with guest(factory, host=host) as script:
        with pytest.raises(expected):
            script.engine.evaluate(SPIN)
        assert script.evaluate("1 + 1") == 2


HEAVY = {
    "sort": "const a = Array.from({ length: 1e5 }, (_, i) => i); for (;;) a.slice().sort()",
    "JSON.parse": "const s = JSON.stringify(Array.from({ length: 2e5 }, (_, i) => ({ i })));"
    "for (;;) JSON.parse(s)",
    "JSON.stringify": "const a = Array.from({ length: 1e5 }, (_, i) => ({ i }));"
    "for (;;) JSON.stringify(a)",
    "indexOf": "const a = new Array(1e6).fill(1); for (;;) a.indexOf(2)",
    "concat": "const a = new Array(1e6).fill(1); for (;;) a.concat(a)",
}


@factories
@pytest.mark.parametrize("case", HEAVY)
@isolated
def test_a_loop_over_built_ins_that_take_long_is_ended_soon(
    factory: EngineFactory, case: str
) -> None:
    """Each call is one step for the engine, which counts ten thousand before it asks."""
    host = Alarm()
    with guest(factory, host=host) as script:
        host.set(0.3)
        started = time.perf_counter()
        with pytest.raises(EngineInterrupted):
            script.engine.evaluate(HEAVY[case])
        assert time.perf_counter() - started < 3
        host.clear()
        check_usable(script)


@factories
@on_engine_thread
def test_other_threads_run_while_a_script_spins(factory: EngineFactory) -> None:
    counted = 0
    stop = threading.Event()

    def count() -> None:
        nonlocal counted
        while not stop.wait(0.001):
            counted += 1

    host = Alarm()
    other = threading.Thread(target=count)
    other.start()
    try:
        with guest(factory, host=host) as script:
            host.set(0.3)
            with pytest.raises(EngineInterrupted):
                script.engine.evaluate(SPIN)
    finally:
        stop.set()
        other.join()
    assert counted > 10
