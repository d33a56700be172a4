"""Scripts made up at random: short, syntactically right, and unreasonable."""

from __future__ import annotations

import random
from collections.abc import Sequence

__all__ = ["Grammar"]

NAMES = "abcdefg"
LITERALS = (
    *("0", "-0", "1", "2 ** 31", "2 ** 53", "-1.5", "NaN", "1e308", "7n", "2n ** 80n"),
    *("''", "'x'", "'\\ud800'", "'a\\0b'", "'x'.repeat(5000)", "`t${1 + 1}`", "null", "undefined"),
    *("true", "false", "[]", "({})", "[1, , 3]", "({ a: { b: [1] } })", "(() => 1)", "Symbol('s')"),
    *("/(a+)+$/", "new Date(0)", "new Error('e')", "new Map([[1, 2]])", "new Set([1])"),
    *(
        "new Uint8Array(8)",
        "new Proxy({}, {})",
        "Promise.resolve(1)",
        "globalThis",
        "(async () => 1)",
    ),
    *("new WeakRef({})", "Object.create(null)", "(function* () { yield 1 })", "(class { x = 1 })"),
)
ATOMS: tuple[str, ...] = (*LITERALS, *NAMES)
EXPRESSIONS = (
    "{e} + {e}",
    "[{e}, {e}]",
    "({{ k: {e}, get g() {{ return {e} }} }})",
    "`${{{v}}}`",
    "typeof {e}",
    "((x) => {e})({e})",
    "(() => {{ try {{ return {e} }} finally {{ {s} }} }})()",
    "[1, 2, 3].map((x) => {e})",
    "[3, 1, 2].sort((x, y) => {e})",
    "[{e}].flatMap((x) => [x, x])",
    "Array.from({{ length: 5 }}, () => {e})",
    "JSON.stringify({e})",
    "JSON.parse('[1,{{\"a\":[2]}}]', (k, v) => {e})",
    "String({e})",
    "new Proxy({{}}, {{ get: () => {e}, has: () => {e}, ownKeys: () => ['a'] }})",
    "new Map([[{e}, {e}]])",
    "Object.assign({{}}, {e})",
    "({{ toString: () => {e}, toJSON: () => {e}, valueOf: () => 1 }})",
    "'aXbXc'.replace(/X/g, () => {e})",
    "'aXb'.split('X')",
    "new (class A {{ #p = {e}; m() {{ return this.#p }} }})().m()",
    "[...(function* () {{ yield {e}; yield {e} }})()]",
    "eval('({e0})')",
    "new Function('return {e0}')()",
    "({e})?.x?.y",
    "{v} ??= {e}",
    "delete globalThis.{n}",
    "[] instanceof {v}",
    "new WeakMap([[{{}}, {e}]])",
    "Reflect.ownKeys(Object({e}))",
    "structured({e})",
    # the host
    "see({e})",
    "same({e})",
    "keep(({n}) => {{ {s} }})",
    "thing({d})",
    "thing({d}).name({e})",
    "ask()",
    "fail({e})",
    "back({d})",
    "call({d}, {e})",
    # promises
    "Promise.resolve({e})",
    "Promise.reject({e})",
    "Promise.all([{e}, ask()])",
    "Promise.race([{e}, {e}])",
    "Promise.any([{e}])",
    "new Promise((resolve, reject) => {{ {s} resolve({e}) }})",
    "({{ then(resolve, reject) {{ resolve({e}) }} }})",
    "(async () => {{ {a} return {e} }})()",
    "{v}.then(({n}) => {e}, () => {e})",
    "import('./m{d}.mjs')",
)
STATEMENTS = (
    "{v} = {e};",
    "{e};",
    "{e};",
    "throw {e};",
    "if ({e}) {{ {s} }} else {{ {s} }}",
    "for (let i = 0; i < {d}; i++) {{ {s} }}",
    "for (const x of [{e}, {e}]) {{ {s} }}",
    "for (const k in {e}) {{ {s} break }}",
    "try {{ {s} }} catch (error) {{ {s} }} finally {{ {s} }}",
    "try {{ {s} }} catch {{}}",
    "switch ({e}) {{ case 1: {s} default: {s} }}",
    "out: for (;;) {{ for (;;) {{ {s} break out }} }}",
    "const {{ k, ...rest }} = Object({e});",
    "(async () => {{ {a} }})();",
    "Promise.resolve().then(() => {{ {s} }});",
    "registry.register({{}}, {d});",
    "weak = new WeakRef({{}}); weak.deref();",
    "cycle = {{}}; cycle.self = cycle; cycle.f = () => cycle; cycle = null;",
    "for (let i = 0, o = null; i < 300; i++) o = {{ o }};",
    "for (let i = 0, s = ''; i < 200; i++) s += 'ab' + i;",
    "(function f(n) {{ {s} return n ? f(n - 1) : 0 }})({d});",
    "(function f() {{ f() }})();",
    "collect();",
    "settle({d}, {e});",
    "release({d});",
    "interrupt({d});",
    "require('./s{d}.js');",
)
RARE = (
    "for (;;) {{ {s} }}",
    "for (;;) try {{ {s} }} catch {{}}",
    "try {{ for (;;); }} finally {{ for (;;); }}",
    "(async () => {{ for (;;) {{ try {{ await null; for (;;); }} catch {{}} }} }})();",
    "(async () => {{ for (;;) await null }})();",
    "close();",
    "exit();",
    "for (const a = []; ; ) a.push({e});",
    "for (let s = 'x'; ; ) s += s;",
    "Array.prototype[Symbol.iterator] = () => {e};",
    "Promise.prototype.then = () => {e};",
    "JSON.stringify = () => {e};",
    "Object.prototype.then = (resolve) => {{ {s} }};",
    "Object.defineProperty(Object.prototype, 'name', {{ set() {{ {s} }}, configurable: true }});",
    "Error.prototype.toString = () => {e};",
    "Object.freeze(globalThis);",
    "globalThis.Promise = {e};",
    "new Array(2 ** 32 - 1).indexOf({e});",
)
ASYNC = (
    "await {e};",
    "await ask();",
    "await null; {s}",
    "try {{ await {e}; {s} }} catch {{ {s} }} finally {{ {s} }}",
    "for await (const x of (async function* () {{ yield {e}; yield ask() }})()) {{ {s} break }}",
    "for (const p of [ask(), {e}]) await p;",
)
PRELUDE = (
    "var registry = globalThis.registry ?? new FinalizationRegistry((held) => see('gone', held));"
    "var weak, cycle; var structured = globalThis.structured ?? ((v) => v);"
    + "".join(f"var {name} = globalThis.{name};" for name in NAMES)
)


class Grammar:
    """Makes scripts, modules and values from one source of chance."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def script(self) -> str:
        """A script of a few statements."""
        depth = self._chance.choice((1, 2, 2, 3))
        statements = [self._statement(depth) for _ in range(self._chance.randint(1, 4))]
        return PRELUDE + "\n" + "\n".join(statements) + "\n" + self.expression(depth)

    def module(self) -> str:
        """A module that may import others, wait, throw or be wrong."""
        parts = [
            f"import * as other from './m{self._chance.randrange(9)}.mjs';",
            f"globalThis.a = {self.expression(2)};",
            f"(async () => {{ {self._pick(ASYNC, 2)} }})();",
            self._pick(ASYNC, 2),
            f"export default {self.expression(2)};",
            "export const x = 1, y = () => 2;",
            "let x = ;",
        ]
        weights = (2, 4, 2, 1, 4, 3, 1)
        chosen = self._chance.choices(parts, weights, k=self._chance.randint(1, 4))
        return PRELUDE + "\n" + "\n".join(dict.fromkeys(chosen))

    def expression(self, depth: int) -> str:
        """An expression; it may be anything."""
        if depth <= 0 or self._chance.random() < 0.25:
            return self._chance.choice(ATOMS)
        return self._pick(EXPRESSIONS, depth)

    def _statement(self, depth: int) -> str:
        if depth <= 0:
            return ";"
        return self._pick(RARE if self._chance.random() < 0.04 else STATEMENTS, depth)

    def _pick(self, templates: Sequence[str], depth: int) -> str:
        template: str = self._chance.choice(templates)
        made = ""
        # One hole after the other, so that two of a kind are filled differently.
        while (hole := template.find("{")) >= 0:
            made += template[:hole].replace("}}", "}")
            if template.startswith("{{", hole):
                made, template = made + "{", template[hole + 2 :]
                continue
            end = template.index("}", hole)
            made += self._fill(template[hole + 1 : end], depth - 1)
            template = template[end + 1 :]
        return made + template.replace("}}", "}")

    def _fill(self, kind: str, depth: int) -> str:
        match kind:
            case "e":
                return self.expression(depth)
            case "e0":
                return self._chance.choice(LITERALS[:8])
            case "s":
                return self._statement(depth)
            case "a":
                return self._pick(ASYNC, depth)
            case "v" | "n":
                return self._chance.choice(NAMES)
        return str(self._chance.randrange(9))
