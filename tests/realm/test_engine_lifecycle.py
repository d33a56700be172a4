"""Engines are made, used on their thread, closed at any moment, and leave nothing behind."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.realm.engine_isolation import isolated
from tests.realm.engine_support import (
    FACTORIES,
    Deferred,
    GuestError,
    HostObject,
    ScriptedHost,
    guest,
    install_spec,
    on_engine_thread,
)

from marotte.realm.engine import Engine, EngineError, EngineFactory, EngineInterrupted, EngineLimits

factories = pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES)

USES: dict[str, Callable[[Engine], object]] = {
    "install": lambda engine: engine.install(install_spec({})),
    "evaluate": lambda engine: engine.evaluate("1"),
    "invoke": lambda engine: engine.invoke(1, "s"),
    "fire": lambda engine: engine.fire(1),
    "deliver": lambda engine: engine.deliver(1, "[]", "[]"),
    "resume": lambda engine: engine.resume(1),
    "forget": lambda engine: engine.forget(1),
    "dismiss": lambda engine: engine.dismiss(1),
    "settle": lambda engine: engine.settle(1, None),
    "run_script": lambda engine: engine.run_script("./x.js"),
    "run_module": lambda engine: engine.run_module("./x.mjs"),
    "exported": lambda engine: engine.exported("./x.mjs", "x"),
    "retain_export": lambda engine: engine.retain_export("./x.mjs", "x"),
    "release": lambda engine: engine.release(1),
    "run_jobs": lambda engine: engine.run_jobs(1),
    "take_unhandled": lambda engine: engine.take_unhandled(),
    "is_classic": lambda engine: engine.is_classic("1"),
    "memory_bytes": lambda engine: engine.memory_bytes(),
    "collect": lambda engine: engine.collect(),
    "parked": lambda engine: engine.parked().__enter__(),
    "statistics": lambda engine: engine.statistics(),
}
ALL_USES: dict[str, Callable[[Engine], object]] = {**USES, "close": lambda engine: engine.close()}
LEFTOVERS = {
    "nothing": "1",
    "a pending promise": "globalThis.p = new Promise(() => {}); 1",
    "pending jobs": "for (let i = 0; i < 100; i++) Promise.resolve(i).then(() => {}); 1",
    "an async function that waits": "(async () => { await new Promise(() => {}) })(); 1",
    "a host call in flight": "globalThis.q = ask(); q.then(() => {}); 1",
    "a host call that is awaited": "(async () => { for (;;) await ask() })(); 1",
    "retained callbacks": "for (let i = 0; i < 100; i++) keep(() => i)",
    "host objects": "var things = []; for (let i = 0; i < 100; i++) things.push(thing(i)); 1",
    "dropped host objects": "for (let i = 0; i < 100; i++) thing(i); 1",
    "a finalization registry": "globalThis.r = new FinalizationRegistry(() => keep(() => 1));"
    "for (let i = 0; i < 100; i++) r.register({}, i); 1",
    "weak references": "globalThis.w = new WeakRef({}); 1",
    "an unhandled rejection": "Promise.reject(new Error('x')); 1",
    "a generator in the middle": "globalThis.g = (function* () { try { yield 1 }"
    "finally { keep(() => 1) } })(); g.next(); 1",
    "an async generator in the middle": "(async function* () { yield await ask() })().next(); 1",
    "cycles": "globalThis.c = {}; c.c = c; c.f = () => c; 1",
    "a proxy of the global": "globalThis.x = new Proxy(globalThis, {}); 1",
    "an error": "throw new Error('x')",
    "a captured host function": "const f = keep; globalThis.h = () => f(() => 1); 1",
    "a symbol registry": "for (let i = 0; i < 100; i++) Symbol.for('k' + i); 1",
    "atoms": "for (let i = 0; i < 1000; i++) globalThis['name' + i] = i; 1",
    "a big string": "globalThis.s = 'x'.repeat(1e6); 1",
    "a rope": "globalThis.s = ''; for (let i = 0; i < 1e4; i++) s += 'abc'; 1",
    "shared buffers": "globalThis.b = new SharedArrayBuffer(1e5); 1",
    "a thenable in the queue": "Promise.resolve({ then(f) { keep(f) } }); 1",
    "stack overflow": "(function f() { f() })()",
}


def host_with_everything() -> ScriptedHost:
    return ScriptedHost(
        {
            "keep": lambda function: function["$function"],
            "ask": lambda: Deferred(1),
            "thing": lambda number: HostObject(int(number)),
        },
        methods={"name": lambda ident: f"thing {ident}"},
    )


@factories
@pytest.mark.parametrize("use", USES)
@on_engine_thread
def test_a_closed_engine_says_so(factory: EngineFactory, use: str) -> None:
    engine = factory(ScriptedHost(), EngineLimits())
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        USES[use](engine)
    engine.close()


@factories
@pytest.mark.parametrize("use", ALL_USES)
@on_engine_thread
def test_another_thread_is_turned_away(factory: EngineFactory, use: str) -> None:
    errors: list[Exception] = []

    def elsewhere() -> None:
        try:
            ALL_USES[use](script.engine)
        except Exception as error:
            errors.append(error)

    with guest(factory) as script:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        assert [type(error) for error in errors] == [EngineError]
        assert "thread" in str(errors[0])
        assert script.evaluate("1 + 1") == 2


@factories
@pytest.mark.parametrize("case", LEFTOVERS)
@isolated
def test_an_engine_closes_over_whatever_is_left_and_lets_go_of_its_host(
    factory: EngineFactory, case: str
) -> None:
    host = host_with_everything()
    engine = factory(host, EngineLimits())
    engine.install(install_spec(host.functions))
    engine.evaluate(LEFTOVERS[case])
    engine.run_jobs(10)
    functions = [weakref.ref(function) for function in host.functions.values()]
    remembered = weakref.ref(host)
    engine.close()
    del host
    assert remembered() is None, gc.get_referrers(remembered())
    assert all(function() is None for function in functions)
    gone = weakref.ref(engine)
    del engine
    assert gone() is None


@factories
@isolated
def test_what_remains_of_a_thousand_engines_is_nothing(factory: EngineFactory) -> None:
    def round_trip() -> None:
        for case in ("pending jobs", "host objects", "a host call in flight", "cycles"):
            host = host_with_everything()
            with guest(factory, host=host) as script:
                script.engine.evaluate(LEFTOVERS[case])
                script.engine.run_jobs(5)

    for _ in range(100):
        round_trip()
    before = resident_bytes()
    for _ in range(400):
        round_trip()
    assert resident_bytes() - before < 2 << 20


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@factories
@isolated
def test_an_engine_may_be_closed_from_within_a_host_call(factory: EngineFactory) -> None:
    calls = []

    def end() -> None:
        script.engine.close()
        calls.append("closed")

    host = host_with_everything()
    host.functions = {**host.functions, "end": end, "after": lambda: calls.append("after")}
    with guest(factory, host=host) as script:
        told = script.engine.evaluate("try { end(); after() } catch (error) { error.message }")
        assert told == "sthe realm is closed"
        with pytest.raises(EngineError, match="closed"):
            script.engine.evaluate("1")
    assert calls == ["closed"]


@factories
@pytest.mark.parametrize(
    "source",
    [
        "end(); for (;;) {}",
        "try { end() } finally { for (;;) {} }",
        "[1, 2].map(() => { end(); for (;;) {} })",
        "new Promise(() => { end(); for (;;) {} })",
        "[3, 1, 2].sort(() => { end(); return 1 }); for (;;) {}",
        "({ toJSON() { end(); for (;;) {} } })",
        "eval('end(); for (;;) {}')",
        "(function f() { end(); f() })()",
    ],
)
@isolated
def test_a_script_whose_engine_was_closed_is_ended(factory: EngineFactory, source: str) -> None:
    def end() -> None:
        script.engine.close()

    with guest(factory, {"end": end}) as script:
        with pytest.raises((EngineInterrupted, GuestError), match=r"interrupted|closed"):
            script.evaluate(source)
        check_closed(script.engine)


def check_closed(engine: Engine) -> None:
    with pytest.raises(EngineError, match="closed"):
        engine.memory_bytes()


def run_to_the_end(engine: Engine) -> None:
    """Run jobs; the engine may be closed by one of them."""
    try:
        while not engine.run_jobs(100):
            pass
    except EngineError:
        check_closed(engine)


def collect_what_is_registered(engine: Engine) -> None:
    engine.evaluate("globalThis.r = new FinalizationRegistry(end); r.register({}, 1); 1")
    engine.collect()


WAYS_TO_END: dict[str, Callable[[Engine], object]] = {
    "job": lambda engine: engine.evaluate("Promise.resolve().then(end); 1"),
    "module": lambda engine: engine.run_module("./m.mjs"),
    "script": lambda engine: engine.run_script("./s.js"),
    "nested call": lambda engine: engine.evaluate("nested(); 1"),
    "callback": lambda engine: (engine.evaluate("keep(end)"), engine.invoke(1)),
    "settled host call": lambda engine: (
        engine.evaluate("ask().then(end); 1"),
        engine.settle(1, None),
    ),
    "finalizer": lambda engine: collect_what_is_registered(engine),
    "rejection handler": lambda engine: engine.evaluate("Promise.reject(1).catch(end); 1"),
}


@factories
@pytest.mark.parametrize("way", WAYS_TO_END)
@isolated
def test_an_engine_may_be_closed_from_anywhere(factory: EngineFactory, way: str) -> None:
    def end(*_: object) -> None:
        engine.close()

    def nested() -> None:
        engine.evaluate("end(); 1")

    host = host_with_everything()
    host.modules = {"./m.mjs": "end(); export const x = 1"}
    host.scripts = {"./s.js": "end(); exports.x = 1"}
    host.functions = {**host.functions, "end": end, "nested": nested}
    engine = factory(host, EngineLimits())
    engine.install(install_spec(host.functions))
    WAYS_TO_END[way](engine)
    run_to_the_end(engine)
    check_closed(engine)


class Loading(ScriptedHost):
    """A host that closes the engine while it is asked for a module."""

    engine: Engine

    def module_source(self, name: str, /) -> str:
        self.engine.close()
        return "export default 1"

    def resolve(self, base: str, specifier: str, /) -> str:
        self.engine.close()
        return "s./x.js"


class Polling(ScriptedHost):
    """A host that closes the engine when it is polled."""

    engine: Engine | None = None

    def poll(self) -> bool:
        if self.engine is not None:
            self.engine.close()
        return False


@factories
@isolated
def test_an_engine_may_be_closed_by_any_question_it_asks(factory: EngineFactory) -> None:
    for source in ("import('./m.mjs')", "try { require('./x.js') } catch {}"):
        loading = Loading(scripts={"./x.js": "", "./main.js": source})
        loading.engine = engine = factory(loading, EngineLimits())
        engine.install(install_spec({}))
        engine.run_script("./main.js")
        run_to_the_end(engine)
        check_closed(engine)
    polling = Polling()
    polling.engine = engine = factory(polling, EngineLimits())
    with pytest.raises(EngineInterrupted):
        engine.evaluate("for (;;) {}")
    check_closed(engine)


@factories
@isolated
def test_values_of_one_engine_do_not_reach_another(factory: EngineFactory) -> None:
    """Functions, promises and host objects cross as numbers, which mean nothing elsewhere."""
    with (
        guest(factory, host=host_with_everything()) as one,
        guest(factory, host=host_with_everything()) as other,
    ):
        ident = one.evaluate("keep(() => 'mine')")
        assert isinstance(ident, int)
        assert one.engine.invoke(ident) == "smine"
        assert "released" in str(other.engine.invoke(ident))
        other.engine.release(ident)
        assert one.engine.invoke(ident) == "smine"
        one.evaluate("globalThis.t = thing(1); 1")
        assert one.evaluate("t.name()") == "thing 1"
        assert other.error("thing(2).name.call({})").name == "TypeError"
        assert not other.engine.settle(1, None)


@factories
@isolated
def test_a_host_object_is_dropped_once_with_all_its_crossings(factory: EngineFactory) -> None:
    host = host_with_everything()
    with guest(factory, host=host) as script:
        script.evaluate("globalThis.kept = thing(7); thing(7); thing(7) === kept")
        script.evaluate("for (let i = 0; i < 50; i++) thing(8)")
        script.engine.collect()
        script.drain()
        assert host.dropped == {8: 50}
        script.evaluate("kept = undefined")
        script.engine.collect()
        script.drain()
        assert host.dropped == {8: 50, 7: 3}


@factories
@on_engine_thread
def test_limits_are_checked(factory: EngineFactory) -> None:
    with pytest.raises(ValueError, match="memory_bytes: 5: expected at least 1048576"):
        EngineLimits(memory_bytes=5)
    with pytest.raises(ValueError, match="stack_bytes: 9999999"):
        EngineLimits(stack_bytes=9_999_999)
    with pytest.raises(ValueError, match="value_chars: 1"):
        EngineLimits(value_chars=1)
    with guest(factory, limits=EngineLimits(memory_bytes=1 << 20, stack_bytes=65536)) as script:
        assert script.evaluate("1 + 1") == 2
        assert script.error("(function f() { f() })()").message == "stack overflow"


@factories
@on_engine_thread
def test_statistics_tell_of_the_heap(factory: EngineFactory) -> None:
    with guest(factory) as script:
        before = script.engine.statistics()
        script.evaluate("globalThis.a = Array.from({ length: 1000 }, () => ({})); 1")
        after = script.engine.statistics()
        assert before.memory_bytes < 300_000
        assert after.objects >= before.objects + 1000
        assert after.memory_bytes > before.memory_bytes + 1000 * 40
        assert abs(script.engine.memory_bytes() - after.memory_bytes) < 10_000


def test_another_distribution_of_the_same_name_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "quickjs.py").write_text("class Context: pass\n", encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import marotte.realm.adapter"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "is not that of quickjs-bindings" in run.stderr
    assert "pip uninstall" in run.stderr
