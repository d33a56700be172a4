"""Scripts from files: classic ones, modules, what they import, and where their errors are."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.realm.realm_support import SECONDS, World

from marotte.realm import (
    Binding,
    JavaScriptError,
    ModuleAccessError,
    Realm,
    Registry,
    ScriptRoot,
    host_function,
)


@host_function
def double(value: int) -> int:
    """Double."""
    return 2 * value


BINDING = Binding(name="math", module="math", functions=[double], values={"two": 2})


class Folder:
    """A script's folder."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder / "root"
        self.folder.mkdir()

    def write(self, **texts: str) -> Folder:
        """Write files; ``lib__x_js`` is ``lib/x.js``."""
        for name, text in texts.items():
            path = self.folder / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return self

    def realm(self) -> Realm:
        """A fresh realm with the folder as its root."""
        registry = Registry([BINDING])
        root = ScriptRoot(self.folder, provided=registry.modules)
        return self.world.realm(registry=registry, root=root)

    def run(self, path: str) -> object:
        """What a script exports as its result."""
        return self.realm().run_file(path).result(SECONDS)

    def error(self, path: str) -> JavaScriptError:
        """What a script ends with."""
        error = self.realm().run_file(path).exception(SECONDS)
        assert isinstance(error, JavaScriptError), error
        return error


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Folder:
    """An empty folder for scripts."""
    return Folder(world, tmp_path)


# -- classic scripts -------------------------------------------------------------------------------


def test_a_classic_script_requires_files_json_and_what_bindings_provide(folder: Folder) -> None:
    folder.write(
        main_js="const { half } = require('./lib/half'); const data = require('./data.json');"
        "module.exports = [half(8), data.a, require('math').double(4), require('math').two]",
        lib__half_js="exports.half = (n) => n / 2",
        data_json='{"a": [1, null]}',
    )
    assert folder.run("./main.js") == [4, [1, None], 8, 2]


def test_require_evaluates_once_and_is_relative_to_the_file(folder: Folder) -> None:
    folder.write(
        main_js="const a = require('./lib/a.js'); require('./lib/../lib/a');"
        "module.exports = [a.count(), require('./lib/b').of, __filename, __dirname]",
        lib__a_js="globalThis.times = (globalThis.times ?? 0) + 1;"
        "exports.count = () => times; exports.b = require('./b')",
        lib__b_js="exports.of = [__filename, __dirname, this === exports, module.id]",
    )
    assert folder.run("./main.js") == [
        1,
        ["./lib/b.js", "./lib", True, "./lib/b.js"],
        "./main.js",
        ".",
    ]


def test_a_cycle_of_requires_sees_what_is_exported_so_far(folder: Folder) -> None:
    folder.write(
        main_js="const a = require('./a'); module.exports = [a.name, a.seen, require('./b').seen]",
        a_js="exports.name = 'a'; const b = require('./b'); exports.seen = Object.keys(b)",
        b_js="exports.name = 'b'; const a = require('./a'); exports.seen = Object.keys(a)",
    )
    assert folder.run("./main.js") == ["a", ["name", "seen"], ["name"]]


def test_a_script_that_failed_is_evaluated_again(folder: Folder) -> None:
    folder.write(
        main_js="let caught = 0; for (const _ of [1, 2]) try { require('./flaky') } "
        "catch { caught++ } module.exports = [caught, require('./flaky').ok]",
        flaky_js="globalThis.n = (globalThis.n ?? 0) + 1; if (n < 3) throw new Error('not yet');"
        "exports.ok = n",
    )
    assert folder.run("./main.js") == [2, 3]


def test_a_shebang_and_strictness_are_the_scripts_own(folder: Folder) -> None:
    folder.write(
        main_js="#!/usr/bin/env marotte\nundeclared = 1; module.exports = typeof undeclared",
        strict_js="'use strict'; let caught = 'no'; try { undeclared = 1 } "
        "catch (e) { caught = e.name } module.exports = caught",
    )
    assert folder.run("./main.js") == "number"
    assert folder.run("./strict.js") == "ReferenceError"


# -- modules ---------------------------------------------------------------------------------------


def test_a_module_imports_files_json_and_what_bindings_provide(folder: Folder) -> None:
    folder.write(
        main_mjs="import half, { name } from './lib/half.mjs'; import { double, two } from 'math';"
        "import math from 'math'; import data from './data.json' with { type: 'json' };"
        "export default [half(8), name, double(4), two, math.two, data.a]",
        lib__half_mjs="import { same } from '../same.js'; export default (n) => same(n) / 2;"
        "export const name = 'half'",
        same_js="export const same = (n) => n",
        data_json='{"a": "json"}',
    )
    assert folder.run("./main.mjs") == [4, "half", 8, 2, 2, "json"]


def test_top_level_await_is_waited_for_also_in_what_is_imported(folder: Folder) -> None:
    folder.write(
        main_mjs="import { late } from './late.mjs'; export default late + await (async () => 1)()",
        late_mjs="export const late = await new Promise((resolve) => resolve(41))",
    )
    assert folder.run("./main.mjs") == 42


def test_a_dynamic_import_is_relative_to_its_module(folder: Folder) -> None:
    folder.write(
        main_mjs="export default (await import('./lib/a.mjs')).b",
        lib__a_mjs="export const { b } = await import('./b.mjs')",
        lib__b_mjs="export const b = 'b'",
        classic_js="module.exports = import('./lib/b.mjs').then(({ b }) => b)",
    )
    assert folder.run("./main.mjs") == "b"
    assert folder.run("./classic.js") == "b"


def test_a_js_file_is_what_its_syntax_says(folder: Folder) -> None:
    folder.write(
        a_js="module.exports = typeof require",
        b_js="export default typeof require",
        c_js="import { two } from 'math'; export default two",
        d_js="await null; export default 'awaited'",
        e_cjs="module.exports = 'classic'",
    )
    assert [folder.run(f"./{name}") for name in ("a.js", "b.js", "c.js", "d.js", "e.cjs")] == [
        "function",
        "undefined",
        2,
        "awaited",
        "classic",
    ]


def test_exports_are_read_and_called(folder: Folder) -> None:
    folder.write(main_mjs="export const meta = { a: 1 }; export default async (x) => x + 1")
    realm = folder.realm()
    realm.run_file("./main.mjs").result(SECONDS)
    assert folder.world.on_loop(lambda: realm.exported("./main.mjs", "meta")) == {"a": 1}
    function = folder.world.on_loop(lambda: realm.call_exported("./main.mjs", "default"))
    assert function is not None
    assert realm.invoke(function, 4).result(SECONDS) == 5
    assert folder.world.on_loop(lambda: realm.call_exported("./main.mjs", "meta")) is None


def test_a_text_without_a_folder_runs_too(world: World) -> None:
    root = ScriptRoot(texts={"./script.mjs": "export default 1 + 1"})
    assert world.realm(root=root).run_file("./script.mjs").result(SECONDS) == 2
    error = world.realm(root=root).run_file("./other.mjs").exception(SECONDS)
    assert "this script has no folder" in str(error)


# -- what is refused -------------------------------------------------------------------------------

REACHING = {
    "import('../secret.mjs')": "'../secret.mjs' lies outside of the script's root "
    "(imported from main.mjs)",
    "import('./../secret.mjs')": "'../secret.mjs' lies outside of the script's root",
    "import('./lib/../../secret.mjs')": "'../secret.mjs' lies outside of the script's root",
    "import('/etc/passwd')": "unknown module '/etc/passwd'",
    "import('fs')": "unknown module 'fs' (imported from main.mjs); files are imported by a "
    "relative path ('./…'), and the provided modules are: 'math'",
    "import('./nope.mjs')": "cannot find module './nope.mjs' (imported from main.mjs)",
    "import('./lib/../no.mjs')": "cannot find module './lib/../no.mjs' (imported from main.mjs)",
    "import('./lib')": "cannot find module './lib' (imported from main.mjs)",
    "import('./leak.mjs')": "'leak.mjs' lies outside of the script's root",
    "import('file:///etc/passwd')": "unknown module 'file:///etc/passwd'",
    "import('./latin.mjs')": "'latin.mjs' is not UTF-8 text (byte 1)",
    "import('./bad.json', { with: { type: 'json' } })": "'bad.json' is not JSON: Expecting value "
    "at line 1, column 6",
}


@pytest.mark.parametrize("source", REACHING)
def test_an_import_that_is_refused_says_why_in_full(folder: Folder, source: str) -> None:
    (folder.folder.parent / "secret.mjs").write_text("export default 'secret'")
    (folder.folder / "leak.mjs").symlink_to(folder.folder.parent / "secret.mjs")
    (folder.folder / "latin.mjs").write_bytes(b"'\xe4'")
    folder.write(bad_json='{"a":}', main_mjs=f"await {source}")
    folder.write(caught_mjs=f"export default await {source}.catch((e) => [e.name, e.message])")
    error = folder.error("./main.mjs")
    assert error.name == "ModuleAccessError"
    assert error.message.startswith(REACHING[source])
    assert isinstance(error.__cause__, ModuleAccessError)
    caught = folder.run("./caught.mjs")
    assert isinstance(caught, list)
    assert caught[0] == "ModuleAccessError"
    assert caught[1].startswith(REACHING[source].replace("main.mjs", "caught.mjs"))


REQUIRING = {
    "require('../secret')": "'../secret' lies outside of the script's root",
    "require('/etc/passwd')": "unknown module '/etc/passwd'",
    "require('./nope')": "cannot find module './nope' (imported from main.cjs)",
    "require('./bad.json')": "'bad.json' is not JSON: Expecting value at line 1, column 6",
    "require(5)": "require() takes a module name, got 5",
    "require({ toString() { return './main.cjs' } })": "require() takes a module name",
}


@pytest.mark.parametrize("source", REQUIRING)
def test_a_require_that_is_refused_throws_at_its_place(folder: Folder, source: str) -> None:
    (folder.folder.parent / "secret.js").write_text("module.exports = 'secret'")
    folder.write(bad_json='{"a":}', main_cjs=f"\n  const x = {source}")
    error = folder.error("./main.cjs")
    assert error.message.startswith(REQUIRING[source])
    assert error.position is not None
    assert (error.position.file, error.position.line) == ("main.cjs", 2)


def test_a_long_reason_is_not_cut(folder: Folder) -> None:
    folder.write(main_mjs=f"import './{'deep/' * 100}x.mjs'")
    assert folder.error("./main.mjs").message.endswith("/x.mjs' (imported from main.mjs)")


def test_the_importer_is_named_however_deep(folder: Folder) -> None:
    folder.write(
        main_mjs="import './lib/a.mjs'",
        lib__a_mjs="import { b } from '../b.mjs'",
        b_mjs="import { nope } from './lib/nope.mjs'; export const b = 1",
    )
    error = folder.error("./main.mjs")
    assert error.message == "cannot find module './lib/nope.mjs' (imported from b.mjs)"


IMPORTING = {
    "import('./lib/a.mjs').then((m) => m.default)": "<input>",
    "(async () => { await null; return (await import('./lib/a.mjs')).default })()": "<input>",
    "import('./a.mjs').then((m) => m.default)": "lib/cell.js",
    "(async () => (await (async () => import('./a.mjs'))()).default)()": "./lib/cell 1",
    "eval('import(\\'../lib/a.mjs\\')').then((m) => m.default)": "lib/x.js",
    "import('./lib/./../lib/a.mjs').then((m) => m.default) ": "/elsewhere/x.js",
    "import('./lib/a.mjs').then((m) => m.default)  ": "../x.js",
    "import('./lib/a.mjs').then((m) => m.default)   ": "a\0b",
}


@pytest.mark.parametrize("source", IMPORTING)
def test_evaluated_source_imports_as_if_it_were_its_file_below_the_root(
    folder: Folder, source: str
) -> None:
    folder.write(lib__a_mjs="export default import.meta.url ?? 'a'")
    realm = folder.realm()
    answer = realm.evaluate(source, filename=IMPORTING[source])
    assert "a" in str(answer.result(SECONDS))
    missing = realm.evaluate("import('./nope.mjs')", filename=IMPORTING[source])
    error = missing.exception(SECONDS)
    assert "cannot find module './nope.mjs' (imported from " in str(error)


# -- where errors are ------------------------------------------------------------------------------

PLACES = {
    ("main.cjs", "null.x"): "main.cjs:1:5",
    ("main.cjs", "\n\n  null.x"): "main.cjs:3:7",
    ("main.cjs", "function f() { throw new Error('x') }\nf()"): "main.cjs:1:31",
    ("main.cjs", "#!shebang\nnull.x"): "main.cjs:2:5",
    ("main.mjs", "null.x"): "main.mjs:1:5",
    ("main.mjs", "await null;\n  null.x"): "main.mjs:2:7",
    ("main.mjs", "import { double } from 'math';\ndouble('x')"): "main.mjs:2:7",
    ("main.mjs", "import { fail } from './lib/fail.mjs'; fail()"): "lib/fail.mjs:2:38",
    ("main.cjs", "require('./lib/fail.cjs').fail()"): "lib/fail.cjs:1:48",
    ("main.cjs", "let a = ;"): "main.cjs:1:9",
    ("main.cjs", "let a = 1;\nlet a = 2;"): "main.cjs:2:5",
    ("main.mjs", "let a = ;"): "main.mjs:1:9",
    ("main.js", "let a = ;"): "main.js:1:9",
    ("main.mjs", "import './lib/bad.mjs'"): "lib/bad.mjs:2:8",
    ("main.cjs", "require('./lib/bad.cjs')"): "lib/bad.cjs:1:9",
    ("my file (1).mjs", "\nnull.x"): "my file (1).mjs:2:5",
    ("\u00e4\u20ac.mjs", "null.x"): "\u00e4\u20ac.mjs:1:5",
}


@pytest.mark.parametrize(("name", "source"), PLACES)
def test_an_error_knows_file_line_and_column(folder: Folder, name: str, source: str) -> None:
    folder.write(
        lib__fail_mjs="\nexport function fail() { throw new Error('x') }",
        lib__fail_cjs="exports.fail = function fail() { throw new Error('x') }",
        lib__bad_mjs="const x = 1;\nlet y = ;",
        lib__bad_cjs="let x = ;",
    )
    (folder.folder / name).write_text(source, encoding="utf-8")
    error = folder.error(f"./{name}")
    found = str(error.position)
    expected = PLACES[name, source]
    # The engine points at a call's name or at its parenthesis, a few columns apart.
    assert found.rpartition(":")[0] == expected.rpartition(":")[0]
    assert abs(int(found.rpartition(":")[2]) - int(expected.rpartition(":")[2])) <= 12
    assert "marotte:" not in error.stack


def test_columns_on_the_first_line_of_a_classic_script_are_its_own(folder: Folder) -> None:
    folder.write(a_cjs="null.x", b_cjs="let a = ;", c_cjs="require('./a.cjs')")
    assert [str(folder.error(f"./{name}").position) for name in ("a.cjs", "b.cjs", "c.cjs")] == [
        "a.cjs:1:5",
        "b.cjs:1:9",
        "a.cjs:1:5",
    ]


def test_evaluated_source_has_the_name_it_was_given(world: World) -> None:
    realm = world.realm()
    assert str(world.error(realm, "null.x").position) == "<input>:1:5"
    assert str(world.error(realm, "\nnull.x", filename="cell 1").position) == "cell 1:2:5"
    assert str(world.error(realm, "let a = ;", filename="a (2).js").position) == "a (2).js:1:9"
    rejected = world.error(realm, "(async () => { await 1; null.x })()", filename="b.js")
    assert str(rejected.position) == "b.js:1:29"


def test_the_stack_is_the_scripts_own(folder: Folder) -> None:
    folder.write(
        main_mjs="import { outer } from './lib.mjs';\nouter()",
        lib_mjs="export function outer() {\n  [1].forEach(function each() { inner() });\n}\n"
        "function inner() { throw new Error('x') }",
    )
    frames = folder.error("./main.mjs").stack.splitlines()
    names = [frame.split()[1] for frame in frames]
    assert names == ["inner", "each", "forEach", "outer", "<anonymous>"]


def test_a_file_that_is_missing_is_an_error_of_the_run(folder: Folder) -> None:
    for path in ("./nope.js", "./nope.mjs", "./nope.cjs", "./lib"):
        error = folder.realm().run_file(path).exception(SECONDS)
        assert "cannot find module" in str(error)


def test_a_module_that_lacks_an_export_is_refused_by_name(folder: Folder) -> None:
    folder.write(main_mjs="import { nope } from './a.mjs'", a_mjs="export const a = 1")
    error = folder.error("./main.mjs")
    assert error.name == "SyntaxError"
    assert "'nope'" in error.message
