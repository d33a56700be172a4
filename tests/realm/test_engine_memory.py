"""Memory is bounded: a script that takes too much is ended, and the engine lives or closes cleanly.

The soft limit is what the host polls; the hard one, three times higher, is what allocation meets.
Meeting the hard limit at an unlucky place has brought the engine down, so trials are many, seeded,
and in processes of their own.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter

import pytest
from tests.realm.engine_isolation import isolated
from tests.realm.engine_support import FACTORIES, Deferred, Guest, GuestError, ScriptedHost, guest

from marotte.realm.engine import (
    EngineError,
    EngineFactory,
    EngineInterrupted,
    EngineLimits,
    EngineOutOfMemory,
)

factories = pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES)

SOFT = 16 << 20
LIMITS = EngineLimits(memory_bytes=SOFT)
TRIAL_SECONDS = 0.5

# What grows, until it is stopped; each `#` is a number that differs from trial to trial.
TRIGGERS = {
    "array": "const a = []; for (;;) a.push({ i: # })",
    "array of arrays": "const a = []; for (;;) a.push(new Array(#).fill(0))",
    "array doubled": "let a = [1, 2, 3]; for (;;) a = a.concat(a)",
    "array spread": "let a = [#]; for (;;) a = [...a, ...a]",
    "array length": "const a = []; for (let i = 0; ; i++) a[i * #] = i",
    "array from": "for (;;) globalThis.a = Array.from({ length: # * 1000 }, (_, i) => [i])",
    "strings": "const a = []; for (let i = 0; ; i++) a.push('x'.repeat(#) + i)",
    "string doubled": "let s = 'abc#'; for (;;) s += s",
    "string concatenated": "let s = ''; for (;;) s += 'x'.repeat(#)",
    "string joined": "let s = ['a']; for (;;) s = [s.join('#'), s.join('-'), s.join('+')]",
    "string wide": "let s = '\\u1234'; for (;;) s = s.padEnd(s.length * 2 + #, s)",
    "string replaced": "let s = 'aa'; for (;;) s = s.replace(/a/g, 'aa#')",
    "string split": "const s = 'ab'.repeat(# * 1000); const a = []; for (;;) a.push(s.split(''))",
    "flattened rope": "let s = 'x'; for (;;) { s += 'y'.repeat(#) + s; s.charCodeAt(0); s[3] }",
    "objects": "const o = {}; for (let i = 0; ; i++) o['key' + i * #] = { i }",
    "shapes": "const a = []; for (let i = 0; ; i++) a.push({ ['a' + i]: 1, ['b' + i + #]: 2 })",
    "object spread": "let o = {}; for (let i = 0; ; i++) o = { ...o, ['k' + i]: '#' }",
    "map": "const m = new Map(); for (let i = 0; ; i++) m.set(i * #, [i])",
    "map of objects": "const m = new Map(); for (;;) m.set({}, { a: # })",
    "set": "const s = new Set(); for (let i = 0; ; i++) s.add('k' + i + #)",
    "weak map": "const m = new WeakMap(), k = []; for (;;) { k.push({}); m.set(k.at(-1), [#]) }",
    "weak references": "const a = []; for (;;) { const o = { n: # }; a.push(o, new WeakRef(o)) }",
    "typed arrays": "const a = []; for (;;) a.push(new Uint8Array(# * 100))",
    "typed array doubled": "let n = #; const a = []; for (;;) a.push(new Float64Array(n *= 2))",
    "buffer slices": "const a = []; const b = new ArrayBuffer(1e6); for (;;) a.push(b.slice(#))",
    "closures": "const a = []; for (let i = 0; ; i++) a.push(() => i + #)",
    "bound": "const a = []; for (let i = 0; ; i++) a.push(Math.max.bind(null, i, #))",
    "classes": "const a = []; for (let i = 0; ; i++) a.push(class { m() { i } static x = # })",
    "generators": "const a = []; const f = function* () { yield # };"
    "for (;;) { a.push(f()); a.at(-1).next() }",
    "symbols": "const a = []; for (let i = 0; ; i++) a.push(Symbol('s' + i + #))",
    "registered symbols": "for (let i = 0; ; i++) Symbol.for('s' + i + #)",
    "regular expressions": "const a = []; for (let i = #; ; i++) a.push(RegExp('(a|b)*' + i))",
    "match results": "const a = []; for (;;) a.push(...'aXbXc#'.matchAll(/(?<l>[a-c])X?/g))",
    "dates": "const a = []; for (;;) a.push(new Date(#))",
    "errors": "const a = []; for (;;) a.push(new Error('e#', { cause: a.at(-1) }))",
    "proxies": "const a = []; for (;;) a.push(new Proxy({ n: # }, {}))",
    "big integers": "let n = 3n; const a = []; for (let i = 0; ; i++) a.push(n ** BigInt(# + i))",
    "evaluated code": "const a = []; for (let i = 0; ; i++) a.push(eval('() => ' + i + '+ #'))",
    "functions": "const a = []; for (let i = 0; ; i++) a.push(Function('x', 'return x + ' + i))",
    "promises": "const a = []; for (;;) a.push(new Promise(() => {}), Promise.resolve(#))",
    "jobs": "for (;;) Promise.resolve(#).then(() => {})",
    "async functions": "const f = async () => { await null; return # }; for (;;) f()",
    "parsed": "const s = JSON.stringify(Array.from({ length: # }, (_, i) => ({ i })));"
    "const a = []; for (;;) a.push(JSON.parse(s))",
    "stringified": "const a = [], s = []; for (;;) { a.push({ n: # }); s.push(JSON.stringify(a)) }",
    "host strings": "const a = []; for (;;) a.push(text(#))",
    "host objects": "const a = []; for (;;) a.push(tree(#))",
    "host errors": "const a = []; for (;;) try { fail(#) } catch (error) { a.push(error) }",
    "arguments": "const a = []; for (;;) { a.push('x'.repeat(#)); see(a) }",
    "recursion": "const f = (n) => { const a = new Array(#).fill(n); return f(n + 1) + a }; f(0)",
    "recursion over strings": "const f = (s) => f(s + s + #); f('x')",
    "sparse": "const a = []; for (;;) { const b = []; b[#] = 1; b.length = 1e6; a.push(b) }",
    "flat": "let a = [[1], [2]]; for (;;) a = a.flatMap((x) => [x, x, [#]])",
    "sort": "for (;;) Array.from({ length: # * 500 }, (_, i) => 's' + i).sort()",
    "getters": "const a = []; for (;;) a.push({ get x() { return # }, set x(v) {} })",
    "iterator": "const g = function* () { for (;;) yield [#] }; [...g()]",
    "destructured": "const g = function* () { for (;;) yield [#] }; const [...r] = g()",
    "rest": "let a = [1]; const f = (...r) => r;"
    "for (;;) a = f(...a.slice(0, 3e4), ...a.slice(0, 3e4), #).concat(a)",
}
# What a script may do about it.
STYLES = {
    "plainly": "{}",
    "catching": "for (;;) try {{ {} }} catch (error) {{ globalThis.last = error }}",
    "keeping": "globalThis.kept ??= []; try {{ {} }} finally {{ kept.push([1, 2, 3]) }}",
    "in a job": "Promise.resolve().then(() => {{ {} }}); 1",
    "after an await": "(async () => {{ await null; {} }})(); 1",
    "in a catch of a job": "(async () => {{ for (;;) try {{ await null; {} }} catch {{}} }})(); 1",
    "in a callback": "[1].map(() => {{ {} }})",
    "in a getter": "JSON.stringify({{ get a() {{ {} }} }})",
}


class Metered(ScriptedHost):
    """A host that polls the memory at most every 50 ms, and sticks to what it found."""

    guest: Guest | None = None
    next_check = 0.0
    deadline = math.inf
    exceeded = False

    def poll(self) -> bool:
        now = time.perf_counter()
        if self.guest is not None and now >= self.next_check:
            self.exceeded = self.exceeded or self.guest.engine.memory_bytes() > SOFT
            self.next_check = now + 0.05
        return self.exceeded or now > self.deadline

    def reset(self) -> None:
        self.exceeded = False
        self.next_check = 0.0
        self.deadline = time.perf_counter() + TRIAL_SECONDS


def fail(size: int) -> None:
    raise ValueError("x" * int(size))


def metered_host() -> Metered:
    return Metered(
        {
            "text": lambda size: "t" * int(size) * 10,
            "tree": lambda size: [{"n": i} for i in range(int(size) % 100)],
            "fail": fail,
            "see": lambda value: len(value),
        }
    )


def run_trial(script: Guest, host: Metered, source: str) -> str:
    """Run a script and its jobs until they end or are ended; answers how."""
    host.reset()
    try:
        script.evaluate(source)
        while not script.engine.run_jobs(256):
            pass
    except GuestError as error:
        return str(error.name)
    except EngineInterrupted:
        return "interrupted"
    except EngineOutOfMemory:
        return "out of memory"
    return "ended"


def settle_down(script: Guest, host: Metered) -> bool:
    """What a realm does afterwards: drain with the flag set, collect; answers whether it lives."""
    end = time.perf_counter() + 0.25
    host.exceeded = True
    drained = False
    while not drained and time.perf_counter() < end:
        try:
            drained = script.engine.run_jobs(256)
        except EngineError:
            pass
    host.exceeded = False
    if script.engine.collect() or not drained:
        return False
    host.reset()
    host.deadline = math.inf
    assert script.evaluate("let n = 0; for (const x of [1, 2, 3]) n += x; n") == 6
    assert script.outcome("(async () => { await null; return 'fine' })()") == "fine"
    assert script.error("null.x").name == "TypeError"
    return True


def run_trials(factory: EngineFactory, trigger: str, seeds: range) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    for seed in seeds:
        chance = random.Random(f"{trigger} {seed}")
        size = chance.choice([1, 3, 10, 50, 100, 333, 1000, 4096])
        style = STYLES[chance.choice(list(STYLES))]
        host = metered_host()
        with guest(factory, limits=LIMITS, host=host) as script:
            host.guest = script
            source = style.format(TRIGGERS[trigger].replace("#", str(size)))
            outcomes[run_trial(script, host, source)] += 1
            outcomes["alive" if settle_down(script, host) else "closed"] += 1
            host.guest = None
    return outcomes


EXPECTED = {
    "InternalError",
    "RangeError",
    "Error",
    "interrupted",
    "out of memory",
    "ended",
    "alive",
    "closed",
}


@factories
@pytest.mark.parametrize("trigger", TRIGGERS)
@isolated
def test_a_script_that_takes_too_much_is_ended(factory: EngineFactory, trigger: str) -> None:
    assert run_trials(factory, trigger, range(1)).keys() <= EXPECTED


@factories
@pytest.mark.soak
@pytest.mark.parametrize("trigger", TRIGGERS)
@isolated
def test_a_thousand_scripts_that_take_too_much_are_ended(
    factory: EngineFactory, trigger: str
) -> None:
    outcomes = run_trials(factory, trigger, range(1, 19))
    assert outcomes.keys() <= EXPECTED
    assert outcomes["alive"] + outcomes["closed"] == 18


@factories
@pytest.mark.parametrize("kept", [False, True], ids=["dropped", "kept"])
@isolated
def test_the_soft_limit_is_found_without_the_hosts_help(factory: EngineFactory, kept: bool) -> None:
    host = metered_host()
    with guest(factory, limits=LIMITS, host=host) as script:
        with pytest.raises(EngineOutOfMemory, match="soft limit"):
            script.engine.evaluate(
                f"{'globalThis.a' if kept else 'let a'} = []; for (;;) a.push([])"
            )
        assert script.engine.memory_bytes() < SOFT * 2
        assert settle_down(script, host) is not kept


@factories
@isolated
def test_garbage_does_not_count(factory: EngineFactory) -> None:
    """Cycles are collected before a script is ended for them."""
    with guest(factory, limits=LIMITS) as script:
        made = script.evaluate(
            "let made = 0; for (; made < 300; made++) { const a = Array(5e3).fill(made); a.a = a }"
            "made"
        )
        assert made == 300


@factories
@isolated
def test_asking_for_the_memory_costs_little(factory: EngineFactory) -> None:
    """It is asked for while scripts run, so it must not walk the heap."""
    with guest(factory) as script:
        script.evaluate("globalThis.a = Array.from({ length: 2e5 }, () => ({})); 1")
        started = time.perf_counter()
        for _ in range(1000):
            script.engine.memory_bytes()
        assert time.perf_counter() - started < 1
        assert script.engine.memory_bytes() > 10 << 20


@factories
@isolated
def test_a_text_for_which_there_is_no_room_is_refused(factory: EngineFactory) -> None:
    limits = EngineLimits(memory_bytes=1 << 20, value_chars=64 << 20)
    host = ScriptedHost({"ask": lambda: Deferred(1), "text": lambda size: "x" * int(size)})
    with guest(factory, limits=limits, host=host) as script:
        script.evaluate("globalThis.answer = 'none'; ask().then((a) => { answer = a }); 1")
        big = "s" + "x" * (4 << 20)
        with pytest.raises(EngineOutOfMemory):
            script.engine.settle(1, big)
        with pytest.raises(EngineOutOfMemory):
            script.engine.evaluate(big)
        assert script.error("text(5e6)").message == "out of memory"
        script.engine.settle(1, "sfine")
        script.drain()
        assert script.evaluate("answer") == "fine"


@factories
@isolated
def test_a_result_for_which_there_is_no_room_is_out_of_memory(factory: EngineFactory) -> None:
    limits = EngineLimits(memory_bytes=1 << 20)
    with guest(factory, limits=limits) as script:
        # Text beyond ASCII is copied on its way out, to up to three times its size.
        with pytest.raises(EngineOutOfMemory):
            script.evaluate("'\\u1234'.repeat(1e6)")
        script.engine.collect()
        assert script.evaluate("'x'.repeat(1000)") == "x" * 1000
