"""Short scripts out of a grammar: seeded sentences that do everything to a realm at once."""

from __future__ import annotations

import json
import random
import re

__all__ = ["Grammar"]

_PLACE = re.compile(r"\$([A-Z])")
DEPTH = 3

# Statements by theme; a theme is chosen before a statement, so that each has its share.
STATEMENTS: dict[str, list[str]] = {
    "callbacks": [
        "hold($F);",
        "hold($F); hold($F); act(); drop();",
        "for (let i = 0; i < $N; i++) hold(() => i);",
        "const f = $F; hold(f); hold(f); drop(); hold(f);",
        "hold($F, 'x'); drop();",
        "call($F);",
        "try { call($F) } catch { $S }",
        "hold(function again() { hold(again); $S });",
    ],
    "re-entrancy": [
        "act();",
        "act(); act(); $S",
        "nest($Q, $N);",
        "nest($Q, $N); $S",
        "try { nest($Q, $N) } catch (e) { $S }",
        "peek($N);",
        "wait($N);",
        "try { wait($N) } finally { $S }",
        "thing().visit($F);",
        "globalThis.deep = (n) => n && nest('deep(' + (n - 1) + ')', 0); deep($N);",
        "(function f() { call(f) })();",
    ],
    "host promises": [
        "settle($N);",
        "settle($N).then($F, $F);",
        "settle($N).finally($F);",
        "for (let i = 0; i < $N; i++) settle(i).catch($F);",
        "Promise.race([settle($N), settle($N), $P]).catch($F);",
        "block($N).then($F);",
        "(async () => { $A })();",
        "(async () => { $A $A })().catch($F);",
        "setTimeout($F, $N / 4);",
        "setTimeout($F, 0); setTimeout($F, 0); $S",
        "(function tick() { setTimeout(tick, 0); act(); })();",
    ],
    "promises": [
        "Promise.reject($X);",
        "const p = Promise.reject($X); $S p.catch($F);",
        "$P.then($F).finally($F);",
        "Promise.all([$P, $P, $E]).then($F, $F);",
        "Promise.any([$P, $P]).catch($F);",
        "Promise.allSettled([$P, $P]).then($F);",
        "new Promise((resolve) => { resolve({ then: $F }); $S });",
        "new Promise((resolve, reject) => { $S reject($X); resolve($E); });",
        "const { promise, resolve } = Promise.withResolvers(); promise.then($F); resolve(promise);",
        "(function again(n) { if (n) Promise.resolve().then(() => again(n - 1)); $S })($N);",
        "(function again() { Promise.resolve().then(again); act(); })();",
        "(async function again() { await null; again(); act(); })();",
        "class Mine extends Promise {} Mine.resolve($E).then($F).catch($F);",
    ],
    "spinning": [
        "for (;;) {}",
        "for (;;) act();",
        "for (let i = 0; i < $N * 999; i++) {}",
        "try { for (;;) {} } finally { $S }",
        "for (;;) { try { for (;;) {} } catch {} }",
        "/(a+)+$/.test('a'.repeat(27) + 'b');",
        "[3, 1, 2].sort(() => { for (;;) {} });",
        "new Proxy({}, { get() { for (;;) {} } }).x;",
        "setTimeout(() => { for (;;) {} }); $S",
        "Promise.resolve().then(() => { for (;;) {} }).catch($F); $S",
        "(async () => { for (;;) await settle($N); })();",
        "(async () => { for (;;) try { await null; } catch {} })();",
        "(async () => { try { await settle(4) } finally { for (;;) await null; } })();",
    ],
    "exceptions": [
        "throw $X;",
        "try { throw $X } catch (e) { $S throw e } finally { $S }",
        "try { throw $X } catch (e) { echo(e.message) }",
        "fail($N);",
        "try { fail($N) } catch (e) { echo(e.stack, e.cause); $S }",
        "try { fail($N) } catch (e) { throw new Error($T, { cause: e }) }",
        "try { fail($N) } catch (e) { Promise.reject(e); throw e }",
        "eval($T);",
        "new Function('a', $Q)();",
        "Promise.reject(Object.freeze(new Error($T)));",
    ],
    "collections": [
        "collect();",
        "globalThis.kept = thing(); $S collect();",
        "for (let i = 0; i < $N * 10; i++) thing(); collect();",
        "new FinalizationRegistry($F).register({ a: $E }, $N); collect();",
        "const r = new FinalizationRegistry(() => { r; $S }); r.register(thing(), 1); collect();",
        "const w = new WeakRef(thing()); collect(); echo(w.deref()?.count);",
        "const t = thing(); t.self = t; t.own = $F; hold(t.own);",
        "const m = new WeakMap(); const k = {}; m.set(k, { k, m }); collect();",
        "const t = thing(); t.visit(() => t); t.same(t); t.count; t.fresh();",
        "thing().iterate().next().then($F, $F);",
    ],
    "modules": [
        "import('./m$D.mjs').then($F, $F);",
        "import('./m$D.mjs'); import('./m$D.mjs');",
        "import('./data.json', { with: { type: 'json' } }).then($F, $F);",
        "import($T).catch($F);",
        "import('test').then((m) => m.act());",
        "if (typeof require === 'function') require('./c$D.js'); $S",
    ],
    "memory": [
        "const a = []; for (let i = 0; i < $N * 2000; i++) a.push({ i });",
        "const a = []; for (let i = 0; ; i++) a.push([i, 'x' + i]);",
        "let s = 'x'; while (s.length < $N << 17) s += s; echo(s);",
        "globalThis.big = new Uint8Array($N << 17);",
        "globalThis.bigs ??= []; bigs.push('y'.repeat($N << 14)); $S",
        "const m = new Map(); for (let i = 0; ; i++) m.set(i, { i });",
        "Array.from({ length: $N * 5000 }, (_, i) => () => i);",
        "try { for (const a = []; ; ) a.push('z'.repeat(10000) + a.length) } catch { $S }",
        "for (const a = []; ; ) a.push(Promise.resolve().then($F));",
    ],
    "recursion": [
        "(function f() { f(); })();",
        "(function f() { try { f() } finally { act() } })();",
        "let o = {}; for (let i = 0; i < 9000; i++) o = { o }; echo(o);",
        "const o = []; o[0] = o; echo(o);",
        "JSON.parse('['.repeat(30000));",
        "const p = new Proxy({}, { get: (t, k, r) => r[k] }); p.x;",
        "[...(function* g() { yield* g() })()];",
        "const o = { toString() { return `${this}` } }; echo(o); `${o}`;",
        "const f = () => act(f()); f();",
        "let e = 0; for (let i = 0; i < 999; i++) e = new Error('', { cause: e }); throw e;",
        "/(((((((((a)*)*)*)*)*)*)*)*)*b/.test('a'.repeat(20));",
    ],
    "rewriting": [
        "Array.prototype.push = $F;",
        "Array.prototype[Symbol.iterator] = $F;",
        "Object.prototype.then = $F;",
        "Object.prototype.toJSON = $F;",
        "Object.defineProperty(Object.prototype, '$D', { set() { $S }, configurable: true });",
        "Object.defineProperty(Object.prototype, 'get', { get: $F, configurable: true });",
        "Promise.prototype.then = $F;",
        "Promise.resolve = $F; Promise.prototype.constructor = $F;",
        "Promise = $F;",
        "JSON.stringify = JSON.parse = $F;",
        "Map.prototype.get = WeakMap.prototype.set = $F;",
        "Reflect.apply = Function.prototype.call = Function.prototype.apply = $F;",
        "Error.prototype.toString = $F; Error = $F;",
        "Error.prepareStackTrace = $F; throw new Error($T);",
        "Error.stackTraceLimit = $E;",
        "String.prototype.slice = String.prototype.charCodeAt = $F;",
        "delete globalThis.act; globalThis.hold = $F;",
        "Object.freeze(globalThis);",
        "Object.freeze(Object.prototype); Object.freeze(Promise.prototype);",
        "Object.setPrototypeOf(globalThis, new Proxy({}, { get() { $S } }));",
        "Object.defineProperty(Promise, Symbol.species, { value: $F });",
        "Object.defineProperty(Promise.prototype, 'then', { get() { $S return $F } });",
    ],
    "generators": [
        "for (const v of (function* () { try { yield $E } finally { $S } })()) { $S break }",
        "const g = (function* () { g.next(); yield 1 })(); g.next();",
        "const [a] = { *[Symbol.iterator]() { try { yield 1 } finally { $S } } }; $S",
        "(async () => { for await (const v of (async function* () { $A yield $E })()) { $S } })();",
        "const g = (async function* () { yield $P })(); g.next(); g.return($P); g.throw($X);",
        "const p = new Proxy($F, { apply() { $S return $E }, ownKeys: $F }); p(); Object.keys(p);",
        "'aaa'.replace(/a/g, $F);",
        "[1, 2, 3].map($F).filter($F);",
        "const it = [1].values().map($F); it.next(); it.next();",
    ],
    "values": [
        "echo($V);",
        "echo($V, $V);",
        "const v = $V; echo(v, [v], { v });",
        "act(...Array($N).fill($V));",
        "echo.call($V, $E); echo.apply(null, $V);",
        "const view = new DataView(new ArrayBuffer($N)); view.setFloat64(0, $N);",
        "structuredClone?.($V);",
        "Atomics.add(new Int32Array(new SharedArrayBuffer(8)), 0, $N);",
    ],
}

SYMBOLS: dict[str, list[str]] = {
    "A": [
        "await $P; $S",
        "try { await $P } catch (e) { $S } finally { $S }",
        "await null; $S await null; $S",
        "await Promise.all([$P, settle($N)]);",
        "await { then(resolve) { $S resolve($E) } };",
        "for await (const v of thing().iterate()) { $S }",
        "await settle($N); $S",
        "return await $P;",
    ],
    "P": [
        "settle($N)",
        "block($N)",
        "settle($N).then($F)",
        "Promise.reject($X)",
        "Promise.resolve($E)",
        "Promise.race([$P, settle($N)])",
        "new Promise((resolve) => setTimeout(resolve, $N / 4))",
        "new Promise(() => {})",
        "thing().later",
        "import('./m$D.mjs')",
        "(async () => { $A return $E })()",
        "thing().iterate().next()",
    ],
    "F": [
        "() => { $S }",
        "() => { $S $S }",
        "async () => { $A }",
        "async (x) => { await x; $S throw $X }",
        "function () { return $E }",
        "() => $P",
        "() => { throw $X }",
        "(a, b) => a(b)",
        "class {}",
        "new Proxy(() => {}, { apply() { $S } })",
        "function* () { $S yield $E }",
        "Promise.reject.bind(Promise)",
        "echo",
        "act",
    ],
    "E": ["$N", "$T", "$V", "$P", "null", "undefined", "thing()", "[$E, $E]", "{ a: $E, b: $E }.a"],
    "X": [
        "new Error($T)",
        "new TypeError($T, { cause: new Error($T, { cause: $X }) })",
        "Object.assign(new Error($T), { code: $E, name: $E })",
        "Object.defineProperty(new Error(''), 'message', { get() { $S return $E } })",
        "Object.defineProperty(new Error(''), 'stack', { get() { throw $X } })",
        "Object.defineProperty(new Error(''), 'name', { get() { for (;;) {} } })",
        "new Proxy(new Error('p'), { get() { throw 1 } })",
        "{ toString() { throw new Error('t') }, get message() { act() } }",
        "Symbol('s')",
        "new Error('\\udc00' + 'x'.repeat($N * 9000))",
        "new AggregateError([$X, $E], $T)",
        "((e) => (e.cause = e))(new Error('own'))",
        "Object.setPrototypeOf(new Error('n'), null)",
        "Object.create(Error.prototype)",
        "$E",
    ],
    "V": [
        "1 / 0",
        "-0",
        "2 ** 60",
        "10n ** 30n",
        "Symbol.iterator",
        "new Date(NaN)",
        "new Map([[1, $E]])",
        "new Uint8Array($N)",
        "[, 1, , undefined]",
        "{ get a() { $S return $E } }",
        "{ toJSON() { return $E } }",
        "{ toJSON() { throw $X } }",
        "new Proxy([$E], { get() { $S } })",
        "new Proxy({}, { ownKeys() { throw $X } })",
        "'x'.repeat(3000) + $T + 'y'.repeat(3000)",
        "Array($N * 50).fill($T)",
        "{ [$T]: $E, __proto__: { b: $E } }",
        "{ $function: $N, $object: $N }",
        "{ '$function': $N }",
        "globalThis",
        "arguments",
        "Object(thing())",
        "[thing(), $F]",
        "{ f: $F }",
    ],
    "T": [
        "''",
        "'text'",
        "'\\ud800'",
        "'\\0\\u2028\\ufeff'",
        "'p1'",
        "'f1'",
        "'e{}'",
        "'\\u{1f600}'.repeat($N)",
        "'./m$D.mjs'",
        "'../../etc/passwd'",
        "'__proto__'",
        "'then'",
    ],
    "N": ["0", "1", "2", "3", "4", "5", "7", "8", "11", "20"],
    "D": ["0", "1", "2", "3", "9"],
}

# What stands where the depth is used up.
LEAVES: dict[str, list[str]] = {
    "S": [
        "act();",
        "hold(() => {});",
        "settle($N);",
        "echo($N);",
        "throw 1;",
        "collect();",
        "",
        "",
    ],
    "A": ["await null;", "await settle($N);", "act();"],
    "P": ["settle($N)", "Promise.resolve(1)", "new Promise(() => {})", "Promise.reject(2)"],
    "F": ["() => {}", "() => act()", "async () => settle($N)", "() => { throw 3 }", "act"],
    "E": ["$N", "$T", "null", "[1]", "thing()"],
    "X": ["new Error($T)", "4", "null"],
    "V": ["$N", "{}", "NaN", "[]", "thing()"],
    "Q": ["'act()'", "'settle(1)'", "'('", "'throw 5'"],
}

MODULES = [
    "import { b } from './m$D.mjs'; $S export const a = $E; export default $F;",
    "export const a = { toJSON() { $S return peek($D) } }; export default $F;",
    "export * from './m$D.mjs'; import * as all from './m$D.mjs'; echo(all.a);",
    "export const a = await $P; export default a;",
    "export let a = 1; $S a = await settle($N); export default () => a;",
    "await new Promise(() => {}); export default 1;",
    "$S export default class { static { $S } }",
    "import data from './data.json' with { type: 'json' }; export const b = data;",
    "import bad from './bad.json' with { type: 'json' };",
    "import { act as a } from 'test'; a(); export { a }; export default a;",
    "const m = await import('./m$D.mjs'); export default m.default;",
    "export default (",
    "throw $X;",
    "import './absent.mjs';",
]
CLASSICS = [
    "exports.a = require('./c$D'); $S",
    "module.exports = $F; require('./c$D.js'); require('test').act();",
    "exports.data = require('./data.json'); $S module.exports = $E;",
    "require('./bad.json');",
    "require('../$D');",
    "$S exports.later = (async () => { $A })();",
    "return $E",
]


class Grammar:
    """Makes scripts; the same ones from the same dice."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    def script(self) -> str:
        """A classic script of a few statements."""
        count = self._dice.choice((1, 1, 2, 3))
        return " ".join(self.expand("S", DEPTH) for _ in range(count))

    def files(self) -> dict[str, str]:
        """Modules and classic scripts that import each other, by path."""
        texts = {"./data.json": '{"a": [1, {}]}', "./bad.json": "{"}
        for number in range(4):
            texts[f"./m{number}.mjs"] = self._filled(self._dice.choice(MODULES), 2)
            texts[f"./c{number}.js"] = self._filled(self._dice.choice(CLASSICS), 2)
        return texts

    def expand(self, symbol: str, depth: int) -> str:
        """A sentence of the grammar."""
        if depth <= 0 and symbol in LEAVES:
            return self._filled(self._dice.choice(LEAVES[symbol]), 0)
        if symbol == "Q":
            return json.dumps(self.expand("S", depth - 1))
        if symbol == "S":
            theme = self._dice.choice(list(STATEMENTS))
            return "{ " + self._filled(self._dice.choice(STATEMENTS[theme]), depth - 1) + " }"
        return self._filled(self._dice.choice(SYMBOLS[symbol]), depth - 1)

    def _filled(self, template: str, depth: int) -> str:
        return _PLACE.sub(lambda found: self.expand(found[1], depth), template)
