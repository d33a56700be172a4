"""The console: formats, inspection, groups, counts, times and tables."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest
from tests.bindings.page import Page, open_page

from marotte_js.console import ConsoleLevel, ConsoleSink


class Transcript(ConsoleSink):
    """Keeps what is written."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def write(self, level: ConsoleLevel, text: str) -> None:
        self.lines.append((level, text))


class Console:
    """A page whose console is read."""

    def __init__(self, page: Page, transcript: Transcript) -> None:
        self.page = page
        self.transcript = transcript

    def written(self, source: str) -> list[tuple[str, str]]:
        """Run a script; answers (level, text) of what it wrote."""
        self.transcript.lines.clear()
        self.page.run(f"{{ {source}; }} 0")
        return self.transcript.lines.copy()

    def text(self, arguments: str) -> str:
        """What console.log writes for these arguments."""
        [(level, text)] = self.written(f"console.log({arguments})")
        assert level == "log"
        return text


@pytest.fixture
def console() -> Iterator[Console]:
    transcript = Transcript()
    with open_page({ConsoleSink: transcript}) as page:
        yield Console(page, transcript)


@pytest.mark.parametrize("level", ["log", "info", "warn", "error", "debug"])
def test_a_method_writes_at_its_level(console: Console, level: str) -> None:
    assert console.written(f"console.{level}('a', 1)") == [(level, "a 1")]


def test_methods_need_no_receiver(console: Console) -> None:
    assert console.written("const { log } = console; log('x')") == [("log", "x")]


FORMATS = [
    ("'%s|%s|%s|%s', 'a', 1, -0, 1n", "a|1|-0|1n"),
    ("'%s %s %s', null, undefined, Symbol('x')", "null undefined Symbol(x)"),
    ("'%s', {a: {}}", "{ a: {} }"),
    ("'%s', {a: {b: {c: 1}}}", "{ a: [Object] }"),
    ("'%s', { toString() { return 'mine' } }", "mine"),
    ("'%s', Object.create(null)", "[Object: null prototype] {}"),
    ("'%s', [1, [2]]", "[ 1, [Array] ]"),
    ("'%d %i %f', '42', '42.9', '1.5x'", "42 42 1.5"),
    ("'%d %i %d %d', {}, 'zz', 5n, Symbol()", "NaN NaN 5n NaN"),
    ("'%f', Symbol()", "NaN"),
    ("'%j', { a: [1, 'x'] }", '{"a":[1,"x"]}'),
    ("'%j', undefined", "undefined"),
    ("'%o', { f() {} }", "{ f: [Function: f] }"),
    ("'%O', { a: { b: { c: { d: 1 } } } }", "{ a: { b: { c: [Object] } } }"),
    ("'%cred%c', 'color: red', ''", "red"),
    ("'%d%%', 50", "50%"),
    ("'%%'", "%%"),
    ("'%%', 1", "% 1"),
    ("'%x %s', 'a', 'b'", "%x a b"),
    ("'%s'", "%s"),
    ("'%s %s', 'one'", "one %s"),
    ("'a', 'b', { c: 'd' }", "a b { c: 'd' }"),
    ("1, '%s', 2", "1 %s 2"),
    ("", ""),
    ("'two\\nlines'", "two\nlines"),
    ("'\\ud800'", "\N{REPLACEMENT CHARACTER}"),
]


@pytest.mark.parametrize(("arguments", "text"), FORMATS)
def test_format(console: Console, arguments: str, text: str) -> None:
    assert console.text(arguments) == text


def test_json_of_a_cycle_is_said_to_be_circular(console: Console) -> None:
    [(_, text)] = console.written("const c = {}; c.c = c; console.log('%j', c)")
    assert text == "[Circular]"


VALUES = [
    ("undefined", "undefined"),
    ("-0", "-0"),
    ("10n", "10n"),
    ("Symbol('q')", "Symbol(q)"),
    ("['str', \"it's\", 'a\"\\'`']", "[ 'str', \"it's\", 'a\"\\'`' ]"),
    ("['\\n\\t\\x00\\u007f\\ud800\\\\']", "[ '\\n\\t\\x00\\x7F\\uD800\\\\' ]"),
    ("{}", "{}"),
    ("[]", "[]"),
    ("{ a: { b: { c: 1 } } }", "{ a: { b: { c: 1 } } }"),
    ("{ a: { b: { c: {} } } }", "{ a: { b: { c: {} } } }"),
    ("{ a: { b: { c: { d: 1 } } } }", "{ a: { b: { c: [Object] } } }"),
    ("[[[[1]]]]", "[ [ [ [Array] ] ] ]"),
    ("[[[new (class Foo { x = [new Foo.Bar()]; static Bar = class Bar { y = 1 } })()]]]",
     "[ [ [ [Foo] ] ] ]"),
    ("{ 'a-b': 1, ok_1: 2, 1: 3, '': 4, [Symbol('s')]: 5 }",
     "{ '1': 3, 'a-b': 1, ok_1: 2, '': 4, [Symbol(s)]: 5 }"),
    ("[, 1, , , 2]", "[ <1 empty item>, 1, <2 empty items>, 2 ]"),
    ("new Array(4294967295)", "[ <4294967295 empty items> ]"),
    ("Object.assign([1], { foo: 2 })", "[ 1, foo: 2 ]"),
    ("new Map([['k', { a: 1 }], [{}, 2]])", "Map(2) { 'k' => { a: 1 }, {} => 2 }"),
    ("new Set([1, 'a'])", "Set(2) { 1, 'a' }"),
    ("new (class Foo extends Map {})([[1, 2]])", "Foo(1) [Map] { 1 => 2 }"),
    ("new (class Box extends Array {})(1, 2)", "Box(2) [ 1, 2 ]"),
    ("new Uint8Array(3)", "Uint8Array(3) [ 0, 0, 0 ]"),
    ("new ArrayBuffer(2)", "ArrayBuffer { [Uint8Contents]: <00 00>, byteLength: 2 }"),
    ("new Date(0), new Date(NaN)", "1970-01-01T00:00:00.000Z Invalid Date"),
    ("/x/gi", "/x/gi"),
    ("Promise.resolve(1)", "Promise {}"),
    ("new WeakMap(), new WeakSet()",
     "WeakMap { <items unknown> } WeakSet { <items unknown> }"),
    ("new Number(3), new String('abc'), Object(1n), Object(Symbol('x'))",
     "[Number: 3] [String: 'abc'] [BigInt: 1n] [Symbol: Symbol(x)]"),
    ("class A {}, class B extends Map {}", "[class A] [class B extends Map]"),
    ("() => {}, function f() {}, async () => {}, function* g() {}",
     "[Function (anonymous)] [Function: f] [AsyncFunction (anonymous)] [GeneratorFunction: g]"),
    ("Object.assign(() => {}, { x: 1 })", "[Function (anonymous)] { x: 1 }"),
    ("new (class Bar { x = 1 })()", "Bar { x: 1 }"),
    ("Object.create(null)", "[Object: null prototype] {}"),
    ("Object.create({})", "{}"),
    ("new (class Q { get [Symbol.toStringTag]() { return 'T' } })()", "Q [T] {}"),
    ("Math", "Object [Math] {}"),
    ("(function* () {})()", "Object [Generator] {}"),
    ("new Proxy({ a: 1 }, {})", "{ a: 1 }"),
    ("{ a: 'multi\\nline' }", "{ a: 'multi\\nline' }"),
    ("[undefined, null]", "[ undefined, null ]"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "text"), VALUES)
def test_inspection(console: Console, value: str, text: str) -> None:
    assert console.text(value) == text


def test_getters_are_shown_and_not_called(console: Console) -> None:
    text = console.text(
        "{ get g() { throw 1 }, set s(v) {}, get gs() { throw 1 }, set gs(v) { throw 1 } }"
    )
    assert text == "{ g: [Getter], s: [Setter], gs: [Getter/Setter] }"


def test_a_cycle_is_named_where_it_begins_and_where_it_closes(console: Console) -> None:
    [(_, text)] = console.written(
        "const c = { name: 'c' }; c.self = c; c.arr = [c, { c }]; console.log(c)"
    )
    assert text == (
        "<ref *1> {\n  name: 'c',\n  self: [Circular *1],\n"
        "  arr: [ [Circular *1], { c: [Circular *1] } ]\n}"
    )


def test_a_value_that_is_met_twice_but_not_within_itself_is_no_cycle(console: Console) -> None:
    assert console.written("const o = { v: 1 }; console.log([o, o])") == [
        ("log", "[ { v: 1 }, { v: 1 } ]")
    ]


def test_long_arrays_are_cut_and_stand_in_columns(console: Console) -> None:
    lines = console.text("Array.from({ length: 120 }, (_, i) => i)").splitlines()
    assert lines[0] == "["
    assert lines[1] == "   0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,"
    assert lines[-2:] == ["  ... 20 more items", "]"]


def test_columns_of_texts(console: Console) -> None:
    words = ["apple", "banana", "cherry", "dates", "elderberry", "fig", "grape", "honey"]
    assert console.text(str(words)) == (
        "[\n  'apple', 'banana', 'cherry', 'dates', 'elderberry',\n  'fig',   'grape',  'honey'\n]"
    )


def test_long_maps_and_texts_are_cut(console: Console) -> None:
    assert "... 5 more items" in console.text("new Set(Array.from({ length: 105 }, (_, i) => i))")
    assert console.text("['x'.repeat(10001)]").endswith("'... 1 more character\n]")


def test_what_does_not_fit_on_a_line_stands_on_several(console: Console) -> None:
    assert console.text("{ a: 'x'.repeat(70), b: [1] }") == (
        "{\n  a: '" + "x" * 70 + "',\n  b: [ 1 ]\n}"
    )


def test_an_error_is_shown_with_its_stack_cause_and_properties(console: Console) -> None:
    text = console.text(
        "Object.assign(new Error('outer', { cause: new TypeError('inner') }), { code: 'E1' })"
    )
    assert re.fullmatch(
        r"Error: outer\n    at .*\(<input>:1:\d+\) \{\n"
        r"  code: 'E1',\n"
        r"  \[cause\]: TypeError: inner\n      at .*\(<input>:1:\d+\)\n\}",
        text,
    )


def test_errors_without_a_stack_of_other_classes_and_in_depth(console: Console) -> None:
    assert console.text("Object.assign(new Error('ns'), { stack: undefined })") == "[Error: ns]"
    assert console.text("new (class ValueError extends Error {})('v')").startswith(
        "ValueError: v\n"
    )
    assert console.text("new (class Bad extends TypeError {})('v')").startswith(
        "Bad [TypeError]: v\n"
    )
    assert console.text("[[[[new Error('deep')]]]]").startswith("[ [ [ [Array] ] ] ]")
    assert "z: Error: deep\n          at " in console.text("{ x: { y: { z: new Error('deep') } } }")


def test_an_aggregate_error_shows_its_errors(console: Console) -> None:
    text = console.text("new AggregateError([new Error('one')], 'all')")
    assert text.startswith("AggregateError: all\n")
    assert "  [errors]: [\n    Error: one\n" in text


def test_a_custom_inspection_is_asked(console: Console) -> None:
    hook = "[Symbol.for('nodejs.util.inspect.custom')]"
    assert console.text(f"{{ {hook}: () => 'mine' }}") == "mine"
    assert console.text(f"[{{ {hook}: (depth) => ({{ depth }}) }}]") == "[ { depth: 1 } ]"


HOSTILE = [
    "new Proxy({}, { ownKeys() { throw new Error('no') } })",
    "new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })",
    "new Proxy(function () {}, { getOwnPropertyDescriptor() { throw 1 } })",
    "(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()",
    "(() => { const { proxy, revoke } = Proxy.revocable([], {}); revoke(); return proxy })()",
    "{ [Symbol.for('nodejs.util.inspect.custom')]() { throw { toString() { throw 1 } } } }",
    "Object.assign(new Error('x'), { name: { toString() { throw 1 } } })",
    "Object.defineProperty(new Error('x'), 'message', { get() { throw 1 } })",
    "'%s', { toString() { throw new Error('no') } }",
    "'%d', { valueOf() { throw 1 } }",
    "'%j', { toJSON() { throw new RangeError('no') } }",
    "'%i', { [Symbol.toPrimitive]: 5 }",
    "Object.create(Map.prototype)",
    "Object.create(Date.prototype)",
    "Object.create(Uint8Array.prototype)",
    "Object.create(RegExp.prototype)",
    "Map.prototype, Set.prototype, Date.prototype, RegExp.prototype, Promise.prototype",
    "new Proxy([], { get(t, k) { return k === 'length' ? 2 ** 53 : t[k] } })",
    "Object.defineProperty(function () {}, 'name', { get() { throw 1 } })",
    "{ get [Symbol.toStringTag]() { throw 1 } }",
    "{ constructor: { name: 5 } }, { constructor: null }",
    "(() => { let deep = {}; for (let i = 0; i < 1e5; i++) deep = { deep }; return deep })()",
    "Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => Array(100).fill('x')))",
    "'x'.repeat(5_000_000)",
    "Object.fromEntries(Array.from({ length: 200000 }, (_, i) => ['key' + i, i]))",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_whatever_the_value_does_something_bounded_is_written(console: Console, value: str) -> None:
    text = console.text(value)
    assert 0 < len(text) <= 1_100_000


def test_an_endless_depth_is_cut(console: Console) -> None:
    [(_, text)] = console.written(
        "let deep = {}; for (let i = 0; i < 1000; i++) deep = { deep };"
        "console.dir(deep, { depth: null })"
    )
    assert text.count("deep:") == 101


def test_dir_takes_a_depth_and_no_formats(console: Console) -> None:
    assert console.written("console.dir({ a: { b: { c: 1 } } }, { depth: 0 })") == [
        ("log", "{ a: [Object] }")
    ]
    assert console.written("console.dir('%s', 1)") == [("log", "'%s'")]


def test_groups_indent_each_line_until_they_end(console: Console) -> None:
    written = console.written(
        "console.group('G', 1); console.log('in\\nner'); console.groupCollapsed();"
        "console.warn(2); console.groupEnd(); console.groupEnd(); console.groupEnd();"
        "console.log('out')"
    )
    assert written == [
        ("log", "G 1"),
        ("log", "  in\n  ner"),
        ("warn", "    2"),
        ("log", "out"),
    ]


def test_counts(console: Console) -> None:
    written = console.written(
        "console.count(); console.count('x'); console.count(); console.countReset();"
        "console.count(undefined); console.countReset('none')"
    )
    assert written == [
        ("info", "default: 1"),
        ("info", "x: 1"),
        ("info", "default: 2"),
        ("info", "default: 1"),
        ("warn", "Count for 'none' does not exist"),
    ]


def test_times(console: Console) -> None:
    written = console.written(
        "console.time(); console.time(); console.timeLog(undefined, 'at', { x: '%s' });"
        "console.timeEnd(); console.timeEnd(); console.timeLog('q')"
    )
    assert written[0] == ("warn", "Timer 'default' already exists")
    assert re.fullmatch(r"default: \d+\.\d{3}ms at \{ x: '%s' \}", written[1][1])
    assert written[2][0] == "info"
    assert re.fullmatch(r"default: \d+\.\d{3}ms", written[2][1])
    assert written[3:] == [
        ("warn", "Timer 'default' does not exist"),
        ("warn", "Timer 'q' does not exist"),
    ]


def test_assert_writes_only_what_fails(console: Console) -> None:
    written = console.written(
        "console.assert(true, 'no'); console.assert(); console.assert(0, 'm %s', 1);"
        "console.assert(false, { a: 1 })"
    )
    assert written == [
        ("error", "Assertion failed"),
        ("error", "Assertion failed: m 1"),
        ("error", "Assertion failed: { a: 1 }"),
    ]


def test_trace_says_where_the_script_stands(console: Console) -> None:
    [(level, text)] = console.written("function here() { console.trace('at', 1) }; here()")
    assert level == "debug"
    assert re.match(r"Trace: at 1\n    at here \(<input>:1:\d+\)\n", text)
    assert "marotte:" not in text


TABLES = [
    (
        "[{ a: 1, b: 'x' }, { a: 2, c: true }]",
        """\
┌─────────┬───┬─────┬──────┐
│ (index) │ a │ b   │ c    │
├─────────┼───┼─────┼──────┤
│ 0       │ 1 │ 'x' │      │
│ 1       │ 2 │     │ true │
└─────────┴───┴─────┴──────┘""",
    ),
    (
        "[1, { a: 1 }]",
        """\
┌─────────┬───┬────────┐
│ (index) │ a │ Values │
├─────────┼───┼────────┤
│ 0       │   │ 1      │
│ 1       │ 1 │        │
└─────────┴───┴────────┘""",
    ),
    (
        "new Map([['k', 1]])",
        """\
┌───────────────────┬─────┬────────┐
│ (iteration index) │ Key │ Values │
├───────────────────┼─────┼────────┤
│ 0                 │ 'k' │ 1      │
└───────────────────┴─────┴────────┘""",
    ),
    (
        "{ r: { x: 1, y: 2 }, s: { x: 2 } }, ['y']",
        """\
┌─────────┬───┐
│ (index) │ y │
├─────────┼───┤
│ r       │ 2 │
│ s       │   │
└─────────┴───┘""",
    ),
    ("5", "5"),
    ("null", "null"),
    ("'text'", "text"),
]


@pytest.mark.parametrize(("arguments", "text"), TABLES)
def test_table(console: Console, arguments: str, text: str) -> None:
    assert console.written(f"console.table({arguments})") == [("log", text)]


def test_a_table_of_what_throws_does_not_throw(console: Console) -> None:
    [(_, text)] = console.written("console.table([{ get a() { throw new Error('no') } }])")
    assert text.startswith("<threw Error: no")


def test_a_sink_that_fails_does_not_reach_the_script(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(ConsoleSink):
        def write(self, level: ConsoleLevel, text: str) -> None:
            raise OSError("no space")

    with open_page({ConsoleSink: Broken()}) as page:
        assert page.run("console.log('x'); 'on'") == "on"
    assert "the console's sink failed" in caplog.text


def test_without_a_sink_the_console_writes_to_a_logger(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "marotte"), open_page() as page:
        page.run("console.warn('to the logger')")
    assert [(r.levelname, "to the logger" in r.getMessage()) for r in caplog.records] == [
        ("WARNING", True)
    ]


def test_the_namespace_is_the_standards(console: Console) -> None:
    run = console.page.run
    assert run("Object.prototype.toString.call(console)") == "[object console]"
    assert run("console.log.name") == "log"
    assert run("Object.getPrototypeOf(console) !== null && Object.keys(console).length") == 19
