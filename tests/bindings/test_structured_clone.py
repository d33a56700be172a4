"""structuredClone, by the HTML standard's StructuredSerializeWithTransfer and its inverse."""

from __future__ import annotations

import pytest
from tests.bindings.page import Page

SAME = [
    "undefined",
    "null",
    "true",
    "0",
    "-0",
    "NaN",
    "1e300",
    "10n",
    "'text'",
    "'\\ud800'",
]


@pytest.mark.parametrize("value", SAME)
def test_primitives_are_themselves(page: Page, value: str) -> None:
    assert page.run(f"Object.is(structuredClone({value}), {value})")


ROUND_TRIPS = [
    ("{ a: 1, b: { c: [1, 'x', null] } }", '{"a":1,"b":{"c":[1,"x",null]}}'),
    ("[1, [2]]", "[1,[2]]"),
    ("new Date(8.64e15)", '"+275760-09-13T00:00:00.000Z"'),
    ("[...new Map([[1, { a: 1 }], ['k', 2]])]", '[[1,{"a":1}],["k",2]]'),
    ("[...new Set([3, 1, 2])]", "[3,1,2]"),
]


@pytest.mark.parametrize(("value", "json"), ROUND_TRIPS)
def test_a_copy_equals_its_original(page: Page, value: str, json: str) -> None:
    assert page.run(f"JSON.stringify(structuredClone({value}))") == json


def test_a_copy_is_another_object_at_every_level(page: Page) -> None:
    assert page.run(
        "const o = { a: { b: [{}] }, m: new Map([[{}, {}]]) }; const c = structuredClone(o);"
        "[c === o, c.a === o.a, c.a.b[0] === o.a.b[0], [...c.m.keys()][0] === [...o.m.keys()][0]]"
    ) == [False, False, False, False]


def test_cycles_and_shared_parts_stay_what_they_are(page: Page) -> None:
    assert (
        page.run(
            "const o = { list: [] }; o.self = o; o.list.push(o, o.list); const d = new Date(0);"
            "o.x = d; o.y = d; o.map = new Map(); o.map.set(o.map, o); o.set = new Set([o]);"
            "o.set.add(o.set); const c = structuredClone(o);"
            "[c.self === c, c.list[0] === c, c.list[1] === c.list, c.x === c.y, c.x !== d,"
            " c.map.get(c.map) === c, c.set.has(c), c.set.has(c.set)]"
        )
        == [True] * 8
    )


def test_depth_has_no_limit(page: Page) -> None:
    assert (
        page.run(
            "let deep = { end: true };"
            "for (let i = 0; i < 50000; i++) deep = i % 2 ? { deep } : [deep];"
            "let c = structuredClone(deep); let n = 0;"
            "while (!c.end) { c = c.deep ?? c[0]; n++ } n"
        )
        == 50000
    )


def test_boxed_primitives(page: Page) -> None:
    assert page.run(
        "[new Boolean(false), new Number(3), new String('abc'), Object(7n)].map((v) => {"
        " const c = structuredClone(v); return [typeof c, c !== v, `${c.valueOf()}`] })"
    ) == [["object", True, text] for text in ("false", "3", "abc", "7")]


def test_an_invalid_date_and_a_regular_expression_that_has_run(page: Page) -> None:
    assert page.run("structuredClone(new Date(NaN)).getTime()") != 0
    assert page.run(
        "const r = /a(?<n>b)/giu; r.lastIndex = 5; r.extra = 1; const c = structuredClone(r);"
        "[c.source, c.flags, c.lastIndex, 'extra' in c, c !== r]"
    ) == ["a(?<n>b)", "giu", 0, False, True]


def test_arrays_keep_holes_length_and_further_properties(page: Page) -> None:
    assert page.run(
        "const a = [, 1]; a.length = 5; a.extra = { x: 1 }; const c = structuredClone(a);"
        "[Array.isArray(c), c.length, 0 in c, 1 in c, c.extra.x, Object.keys(c)]"
    ) == [True, 5, False, True, 1, ["1", "extra"]]


def test_only_own_enumerable_text_keys_are_copied_as_data(page: Page) -> None:
    assert page.run(
        "class Foo { x = 1; #p = 2; get y() { return 3 } }; const o = new Foo();"
        "Object.defineProperty(o, 'hidden', { value: 1 }); o[Symbol('s')] = 1;"
        "Object.defineProperty(o, 'got', { enumerable: true, get: () => ({ deep: 1 }) });"
        "Object.freeze(o); const c = structuredClone(o);"
        "const d = Object.getOwnPropertyDescriptor(c, 'got');"
        "[Object.getPrototypeOf(c) === Object.prototype, Object.keys(c), Reflect.ownKeys(c).length,"
        " d.value.deep, d.writable, d.configurable, Object.isFrozen(c)]"
    ) == [True, ["x", "got"], 2, 1, True, True, False]


def test_a_key_named_proto_is_a_key(page: Page) -> None:
    assert page.run(
        'const c = structuredClone(JSON.parse(\'{"__proto__": {"a": 1}}\'));'
        "[Object.keys(c), Object.getPrototypeOf(c) === Object.prototype, c.__proto__.a]"
    ) == [["__proto__"], True, 1]


def test_getters_run_in_order_and_what_they_throw_is_thrown(page: Page) -> None:
    assert page.run(
        "const seen = []; const o = { get a() { seen.push('a'); return { get b() { seen.push('b');"
        " return 1 } } }, get c() { seen.push('c'); return 2 } }; structuredClone(o); seen"
    ) == ["a", "b", "c"]
    assert page.error("structuredClone({ get a() { throw new RangeError('mine') } })") == (
        "RangeError: mine"
    )


def test_a_property_deleted_on_the_way_is_left_out(page: Page) -> None:
    assert page.run(
        "const o = { get a() { delete o.b; return 1 }, b: 2 }; Object.keys(structuredClone(o))"
    ) == ["a"]


def test_a_map_changed_on_the_way_is_copied_as_it_was(page: Page) -> None:
    assert page.run(
        "const m = new Map(); m.set('a', { get x() { m.set('late', 1); return 1 } });"
        "m.set('b', 2);"
        "[...structuredClone(m).keys()]"
    ) == ["a", "b"]


@pytest.mark.parametrize(
    "name", ["Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "URIError"]
)
def test_errors_keep_class_message_stack_and_cause(page: Page, name: str) -> None:
    assert page.run(
        f"const e = new {name}('m', {{ cause: {{ code: 1 }} }}); e.extra = 1;"
        "const c = structuredClone(e);"
        f"[c instanceof {name}, c !== e, c.name, c.message, c.stack === e.stack, c.cause.code,"
        " c.cause !== e.cause, 'extra' in c, Object.keys(c)]"
    ) == [True, True, name, "m", True, 1, True, False, []]


def test_an_error_whose_name_is_no_standard_one_becomes_an_error(page: Page) -> None:
    assert page.run(
        "class Mine extends TypeError { name = 'Mine' }; const c = structuredClone(new Mine('m'));"
        "[Object.getPrototypeOf(c) === Error.prototype, c.name, c.message]"
    ) == [True, "Error", "m"]
    assert page.run(
        "const e = new Error('x'); e.name = 'RangeError'; structuredClone(e) instanceof RangeError"
    )


def test_an_error_without_a_message_of_its_own_has_none(page: Page) -> None:
    assert page.run("Object.hasOwn(structuredClone(new Error()), 'message')") is False
    assert (
        page.run(
            "const e = new Error('x'); Object.defineProperty(e, 'message', { get() { throw 1 } });"
            "structuredClone(e).message"
        )
        == ""
    )
    assert page.run("const e = new Error(); e.message = 5; structuredClone(e).message") == "5"


def test_a_cycle_through_a_cause(page: Page) -> None:
    assert page.run(
        "const e = new Error('x'); e.cause = e; const c = structuredClone(e);"
        "Object.defineProperty(e, 'cause', { value: e }); structuredClone(e).cause !== e"
    )


def test_a_dom_exception_is_copied(page: Page) -> None:
    assert page.run(
        "const e = new DOMException('m', 'AbortError'); const c = structuredClone(e);"
        "[c instanceof DOMException, c !== e, c.name, c.message, c.code, c.stack === e.stack]"
    ) == [True, True, "AbortError", "m", 20, True]


def test_binary_data_shares_its_buffer_as_before(page: Page) -> None:
    assert page.run(
        "const b = new ArrayBuffer(8); const o = { b, u: new Uint16Array(b, 2, 2),"
        " d: new DataView(b, 1, 3) }; o.u[0] = 513; const c = structuredClone(o);"
        "[c.b !== b, c.u.buffer === c.b, c.d.buffer === c.b, c.u.byteOffset, c.u.length, c.u[0],"
        " c.d.byteOffset, c.d.byteLength, c.u.constructor.name, c.d.constructor.name]"
    ) == [True, True, True, 2, 2, 513, 1, 3, "Uint16Array", "DataView"]


@pytest.mark.parametrize(
    "name",
    [
        "Int8Array",
        "Uint8ClampedArray",
        "Int32Array",
        "Float32Array",
        "Float64Array",
        "Float16Array",
    ],
)
def test_typed_arrays_of_each_kind(page: Page, name: str) -> None:
    assert page.run(
        f"const c = structuredClone(new {name}([1, 2])); [c.constructor.name, [...c]]"
    ) == [name, [1, 2]]


def test_a_view_brings_its_whole_buffer(page: Page) -> None:
    assert page.run("structuredClone(new Uint8Array(10).subarray(4, 6)).buffer.byteLength") == 10


def test_resizable_buffers_stay_resizable_and_views_keep_tracking(page: Page) -> None:
    assert page.run(
        "const b = new ArrayBuffer(4, { maxByteLength: 16 }); const c = structuredClone("
        "{ b, all: new Uint8Array(b), some: new Uint8Array(b, 0, 2) }); c.b.resize(8);"
        "[c.b.resizable, c.b.maxByteLength, c.all.length, c.some.length, b.byteLength]"
    ) == [True, 16, 8, 2, 4]


def test_transferred_buffers_are_detached_and_their_content_arrives(page: Page) -> None:
    assert page.run(
        "const b = new Uint8Array([1, 2, 3]); const c = structuredClone({ b, again: b },"
        " { transfer: [b.buffer] });"
        "[b.buffer.detached, b.length, [...c.b], c.b === c.again]"
    ) == [True, 0, [1, 2, 3], True]


def test_a_transferred_buffer_that_is_not_in_the_value_is_detached_too(page: Page) -> None:
    assert page.run(
        "const b = new ArrayBuffer(2); structuredClone(1, { transfer: new Set([b]) }); b.detached"
    )


def test_a_clone_that_fails_detaches_nothing(page: Page) -> None:
    assert (
        page.run(
            "const b = new ArrayBuffer(2); const o = { b, f() {} };"
            "try { structuredClone(o, { transfer: [b] }) } catch {} b.detached"
        )
        is False
    )


REFUSED = [
    "() => {}",
    "{ deep: [Symbol('x')] }",
    "Object(Symbol('x'))",
    "Promise.resolve()",
    "new WeakMap()",
    "new WeakSet()",
    "new WeakRef({})",
    "new FinalizationRegistry(() => {})",
    "[1].values()",
    "new Map().keys()",
    "(function* () {})()",
    "new SharedArrayBuffer(2)",
    "new Event('x')",
    "new EventTarget()",
    "new AbortController()",
    "AbortSignal.abort()",
    "navigator",
    "(() => { const b = new ArrayBuffer(1); b.transfer(); return b })()",
    "(() => { const u = new Uint8Array(1); u.buffer.transfer(); return u })()",
]


@pytest.mark.parametrize("value", REFUSED)
def test_what_cannot_be_cloned(page: Page, value: str) -> None:
    assert page.run(
        f"const v = ({value}); try {{ structuredClone(v) }} catch (e) {{"
        " [e instanceof DOMException, e.name, e.code, e.message.endsWith('could not be cloned')] }"
    ) == [True, "DataCloneError", 25, True]


@pytest.mark.parametrize(
    "transfer",
    ["[{}]", "[1]", "[new Uint8Array(1)]", "[new SharedArrayBuffer(1)]", "[b, b]", "[detached]"],
)
def test_what_cannot_be_transferred(page: Page, transfer: str) -> None:
    assert page.error(
        "const b = new ArrayBuffer(1), detached = new ArrayBuffer(1); detached.transfer();"
        f"structuredClone(null, {{ transfer: {transfer} }})"
    ).startswith("DataCloneError")


def test_its_arguments(page: Page) -> None:
    assert page.error("structuredClone()").startswith("TypeError: structuredClone: 1 argument")
    assert page.error("structuredClone(1, 5)").startswith("TypeError")
    assert page.error("structuredClone(1, { transfer: 5 })").startswith("TypeError")
    assert page.run("[structuredClone.length, structuredClone.name]") == [1, "structuredClone"]
