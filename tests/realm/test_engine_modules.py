"""Modules and classic scripts come from the host, and what goes wrong is told as it was."""

from __future__ import annotations

import pytest
from tests.realm.engine_isolation import isolated
from tests.realm.engine_support import FACTORIES, Guest, GuestError, ScriptedHost, guest

from marotte.realm.engine import EngineFactory, EngineInterrupted

factories = pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES)

LONG = "it is not there, " * 100
MODULES = {
    "./main.mjs": "import two, { one } from './lib/numbers.mjs'; export default [one, two]",
    "./lib/numbers.mjs": "export { one } from '../one.mjs'; export default 2",
    "./one.mjs": "export const one = 1",
    "./await.mjs": "const { one } = await import('./one.mjs'); export default await one",
    "./cycle-a.mjs": "import { b } from './cycle-b.mjs'; export const a = 1; export default b()",
    "./cycle-b.mjs": "import { a } from './cycle-a.mjs'; export const b = () => a + 1",
    "./once.mjs": "globalThis.times = (globalThis.times ?? 0) + 1; export default times",
    "./again.mjs": "import a from './once.mjs'; import b from './once.mjs'; export default a + b",
    "./throws.mjs": "\nthrow new RangeError('thrown', { cause: new Error('why') })",
    "./rejects.mjs": "await null;\nthrow Object.assign(new TypeError('late'), { code: 7 })",
    "./syntax.mjs": "export default 1;\nlet x = ;",
    "./imports-syntax.mjs": "import './syntax.mjs'",
    "./imports-throwing.mjs": "import './throws.mjs'",
    "./missing-name.mjs": "import { nothing } from './one.mjs'",
    "./missing.mjs": "import './nowhere.mjs'",
    "./missing-deep.mjs": "import './missing.mjs'",
    "./function.mjs": "export default (n) => n + 1; export const value = { a: 1 }",
    "./never.mjs": "await new Promise(() => {})",
    "./surrogate.mjs": "export default '\ud800'",
    "./empty.mjs": "",
    "./nul.mjs": "export default 'a\0b'",
    "./long.mjs": f"export default {'x' * 1_000_000!r}",
}


def evaluated(factory: EngineFactory, path: str) -> object:
    with guest(factory, host=ScriptedHost(modules=MODULES)) as script:
        return script.module(path)


def failed(factory: EngineFactory, path: str) -> dict[str, object]:
    outcome = evaluated(factory, path)
    assert isinstance(outcome, GuestError), outcome
    return outcome.description


@factories
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("./main.mjs", [1, 2]),
        ("./await.mjs", 1),
        ("./cycle-a.mjs", 2),
        ("./again.mjs", 2),
        ("./surrogate.mjs", "\ud800"),
        ("./nul.mjs", "a\0b"),
        ("./long.mjs", "x" * 1_000_000),
        ("./never.mjs", "pending"),
    ],
)
@isolated
def test_a_module_is_evaluated(factory: EngineFactory, path: str, expected: object) -> None:
    assert evaluated(factory, path) == expected


@factories
@pytest.mark.parametrize(
    ("path", "name", "message", "place"),
    [
        ("./throws.mjs", "RangeError", "thrown", "./throws.mjs:2:"),
        ("./imports-throwing.mjs", "RangeError", "thrown", "./throws.mjs:2:"),
        ("./rejects.mjs", "TypeError", "late", "./rejects.mjs:2:"),
        ("./syntax.mjs", "SyntaxError", "unexpected token", "./syntax.mjs:2:9"),
        ("./imports-syntax.mjs", "SyntaxError", "unexpected token", "./syntax.mjs:2:9"),
        ("./missing-name.mjs", "SyntaxError", "nothing", ""),
    ],
)
@isolated
def test_what_a_module_throws_is_told_with_its_place(
    factory: EngineFactory, path: str, name: str, message: str, place: str
) -> None:
    told = failed(factory, path)
    assert told["name"] == name
    assert message in str(told["message"])
    assert place in str(told["stack"])


@factories
@pytest.mark.parametrize("path", ["./nowhere.mjs", "./missing.mjs", "./missing-deep.mjs"])
@isolated
def test_what_the_host_says_of_a_missing_module_is_told(factory: EngineFactory, path: str) -> None:
    told = failed(factory, path)
    assert (told["name"], told["message"]) == ("FileNotFoundError", "cannot find ./nowhere.mjs")


class Failing(ScriptedHost):
    """A host whose module loader raises, or answers what is no source."""

    answer: object = None

    def module_source(self, name: str, /) -> str:
        answer = self.__dict__["answer"]
        if isinstance(answer, BaseException):
            raise answer
        source: str = answer
        return source


@factories
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (PermissionError(LONG), LONG),
        (ValueError("lone \ud800 surrogate"), "lone \ud800 surrogate"),
        (RuntimeError("nul \0 and %s"), "nul \0 and %s"),
        (RuntimeError(""), ""),
        (None, "the source of ./any.mjs is NoneType, not text"),
        (b"export default 1", "the source of ./any.mjs is bytes, not text"),
        (["x"], "the source of ./any.mjs is list, not text"),
    ],
    ids=["long", "surrogate", "nul", "empty", "None", "bytes", "list"],
)
@isolated
def test_a_loader_that_fails_is_told_in_full(
    factory: EngineFactory, answer: object, message: str
) -> None:
    host = Failing(modules=MODULES)
    host.__dict__["answer"] = answer
    with guest(factory, host=host) as script:
        outcome = script.module("./any.mjs")
        assert isinstance(outcome, GuestError)
        assert outcome.message == message
        source = "(() => import('./any.mjs').catch((error) => error.constructor.name))()"
        told = script.outcome(source)
        assert told == "ReferenceError"
        host.__dict__["answer"] = "export default 1"
        assert script.module("./other.mjs") == 1


@factories
@isolated
def test_a_keyboard_interrupt_in_the_loader_is_raised(factory: EngineFactory) -> None:
    host = Failing()
    host.__dict__["answer"] = KeyboardInterrupt()

    def load(script: Guest) -> None:
        script.engine.run_module("./any.mjs")
        script.drain()

    with guest(factory, host=host) as script:
        with pytest.raises(KeyboardInterrupt):
            load(script)
        script.drain()
        assert script.evaluate("1") == 1


@factories
@isolated
def test_exports_are_read_and_called(factory: EngineFactory) -> None:
    with guest(factory, host=ScriptedHost(modules=MODULES)) as script:
        script.module("./function.mjs")
        assert script.engine.exported("./function.mjs", "value") == 'j{"a":1}'
        assert script.engine.exported("./function.mjs", "nothing") == "u"
        ident = script.engine.retain_export("./function.mjs", "default")
        assert isinstance(ident, int)
        assert script.engine.invoke(ident, 41) == 42
        assert script.engine.retain_export("./function.mjs", "value") is None
        assert str(script.engine.exported("./never.mjs", "x")).startswith("e")
        assert str(script.engine.retain_export("./never.mjs", "x")).startswith("e")


@factories
@isolated
def test_names_that_mean_something_to_objects_are_paths_like_any_other(
    factory: EngineFactory,
) -> None:
    names = ("__proto__", "constructor", "toString", "hasOwnProperty")
    host = ScriptedHost(
        modules={name: f"export const __proto__ = 1; export default {name!r}" for name in names},
        scripts={
            name: f"exports.name = {name!r}; exports.ok = require === require" for name in names
        },
    )
    with guest(factory, host=host) as script:
        for name in names:
            assert script.module(name) == name
            assert script.engine.exported(name, "__proto__") == 1
            assert script.engine.run_script(name) is not None


SCRIPTS = {
    "./main.js": "exports.value = require('./lib.js').value + 1; globalThis.seen = exports.value",
    "./lib.js": "module.exports = { value: 41 }",
    "./cycle-a.js": "exports.a = 1; globalThis.cycle = require('./cycle-b.js').b",
    "./cycle-b.js": "exports.b = require('./cycle-a.js').a + 1",
    "./throws.js": "\n  throw new RangeError('thrown')",
    "./requires-throwing.js": "require('./throws.js')",
    "./syntax.js": "\nlet x = ;",
    "./missing.js": "require('./nowhere.js')",
    "./bad.js": "require({ toString() { throw 1 } })",
    "./names.js": "globalThis.names = [__filename, __dirname, typeof require, module.id]",
}


@factories
@isolated
def test_classic_scripts_require_one_another(factory: EngineFactory) -> None:
    with guest(factory, host=ScriptedHost(scripts=SCRIPTS)) as script:
        script.engine.run_script("./main.js")
        assert script.evaluate("seen") == 42
        script.engine.run_script("./cycle-a.js")
        assert script.evaluate("cycle") == 2
        script.engine.run_script("./names.js")
        assert script.evaluate("names") == ["./names.js", ".", "function", "./names.js"]


@factories
@pytest.mark.parametrize(
    ("path", "name", "place"),
    [
        ("./throws.js", "RangeError", "./throws.js:2:"),
        ("./requires-throwing.js", "RangeError", "./throws.js:2:"),
        ("./syntax.js", "SyntaxError", "./syntax.js:2:9"),
        ("./missing.js", "FileNotFoundError", "./missing.js:1:"),
        ("./bad.js", "TypeError", "./bad.js:1:"),
    ],
)
@isolated
def test_a_classic_script_that_fails_is_told_with_its_place(
    factory: EngineFactory, path: str, name: str, place: str
) -> None:
    with guest(factory, host=ScriptedHost(scripts=SCRIPTS)) as script:
        answer = script.engine.run_script(path)
        assert isinstance(answer, str)
        assert answer.startswith(f'e{{"name":"{name}"')
        assert place in answer
        assert script.engine.run_script(path) == answer


@factories
@pytest.mark.parametrize(
    ("source", "classic"),
    [
        ("return 1", True),
        ("const x = require('x')", True),
        ("import x from 'x'", False),
        ("export default 1", False),
        ("await null", False),
        ("let x = ;", False),
        ("}); (function () {", True),
        ("'\\ud800'", True),
        ("'\ud800'", True),
        ("'\0'", True),
        ("", True),
    ],
)
@isolated
def test_a_classic_script_is_told_from_a_module(
    factory: EngineFactory, source: str, classic: bool
) -> None:
    with guest(factory) as script:
        assert script.engine.is_classic(source) is classic


@factories
@isolated
def test_what_the_host_refuses_of_an_import_is_thrown_as_it_said(factory: EngineFactory) -> None:
    host = ScriptedHost(modules={**MODULES, "./refused.mjs": "import '!x'"})
    with guest(factory, host=host) as script:
        caught = "import('!x').catch((e) => [e instanceof Error, e.name, e.message])"
        told = [True, "LookupError", "./<input> may not have !x"]
        assert script.outcome(caught) == told
        error = script.module("./refused.mjs")
        assert isinstance(error, GuestError)
        assert (error.name, error.message) == ("LookupError", "./refused.mjs may not have !x")
        assert script.module("./main.mjs") == [1, 2]


@factories
@isolated
def test_a_keyboard_interrupt_while_an_import_is_named_is_raised(factory: EngineFactory) -> None:
    with guest(factory, host=ScriptedHost(refusal=KeyboardInterrupt())) as script:
        with pytest.raises(KeyboardInterrupt):
            script.outcome("import('!x')")
        script.drain()
        assert script.evaluate("1") == 1


SOURCES = [
    "1; if (true) 2;",
    "var a = 1; let b = 2; const c = 3; function f() {} class D {} [typeof globalThis.a,"
    "typeof globalThis.b, typeof globalThis.c, typeof globalThis.f, typeof globalThis.D]",
    "let error = 1, answer = 2; error + answer",
    "[this === globalThis, typeof arguments, typeof source, typeof outcome]",
    "(function () { return this === globalThis })()",
    "'use strict'; (function () { return this === undefined })()",
    "[globalThis['marotte:source'], 'marotte:source' in globalThis]",
    "globalThis.eval = () => 5; eval('6')",
    "Object.freeze(globalThis); 7",
    "({ error: 1 })",
    "({ answer: 1 })",
    "'text'",
    "undefined",
    "throw 5",
    "throw { answer: 1 }",
    "null.x",
    "let x = ;",
    "const f = () => f() + 1; f()",
]


@factories
@pytest.mark.parametrize("source", SOURCES)
@isolated
def test_source_that_imports_is_evaluated_like_any_other(
    factory: EngineFactory, source: str
) -> None:
    def told(more: str) -> object:
        with guest(factory) as script:
            ends = []
            for _ in range(2):
                try:
                    ends.append(script.evaluate(source + more))
                except GuestError as error:
                    ends.append((error.name, error.message))
        return ends

    assert repr(told("/* import */")) == repr(told(""))


@factories
@isolated
def test_source_that_imports_can_be_interrupted(factory: EngineFactory) -> None:
    host = ScriptedHost(interrupt=lambda: True)
    with guest(factory, host=host) as script:
        with pytest.raises(EngineInterrupted):
            script.evaluate("for (;;) try { for (;;) {} } catch {} finally {} // import")
        host.interrupt = bool
        assert script.evaluate("1 // import") == 1
