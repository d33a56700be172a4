"""docs/web-api.md tells the truth: each line of it is compared with a live realm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.bindings.page import Page, bindings, open_page

from marotte.realm import LoopThread, Realm, Registry

PAGE = Path(__file__).parents[2] / "docs" / "web-api.md"
LINES = re.findall(r"^\| `(\S+)` \| (has|differs|has not) \|(.*)\|$", PAGE.read_text(), re.M)

# The Common API Index of the standard, in its order.
INTERFACES = """
    AbortController AbortSignal Blob ByteLengthQueuingStrategy CompressionStream
    CountQueuingStrategy Crypto CryptoKey CustomEvent DecompressionStream DOMException ErrorEvent
    Event EventTarget File FormData Headers MessageChannel MessageEvent MessagePort Performance
    PromiseRejectionEvent ReadableByteStreamController ReadableStream ReadableStreamBYOBReader
    ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader Request
    Response SubtleCrypto TextDecoder TextDecoderStream TextEncoder TextEncoderStream
    TransformStream TransformStreamDefaultController URL URLPattern URLSearchParams
    WebAssembly.Global WebAssembly.Instance WebAssembly.Memory WebAssembly.Module
    WebAssembly.Table WebAssembly.Tag WebAssembly.Exception WebAssembly.CompileError
    WebAssembly.LinkError WebAssembly.RuntimeError WritableStream WritableStreamDefaultController
    WritableStreamDefaultWriter
""".split()
GLOBALS = """
    globalThis atob btoa clearTimeout clearInterval console crypto fetch navigator.userAgent
    onerror onunhandledrejection onrejectionhandled performance queueMicrotask reportError self
    setTimeout setInterval structuredClone WebAssembly.compile WebAssembly.compileStreaming
    WebAssembly.instantiate WebAssembly.instantiateStreaming WebAssembly.JSTag WebAssembly.validate
""".split()

# For each line that says "differs", what shows that it does.
DIFFERENCES = {
    "Crypto": "crypto.subtle === undefined",
    "DOMException": "Object.getPrototypeOf(DOMException) === Error",
    "TextDecoder": (
        "new TextDecoder('iso-2022-jp').decode(Uint8Array.fromHex('1b2428443021')) === '\\u4e02'"
    ),
    "URL": "URL.canParse('http://xn--a') && URL.createObjectURL === undefined",
    "setTimeout": "try { setTimeout('1') } catch (e) { e instanceof TypeError }",
    "setInterval": "try { setInterval('1') } catch (e) { e instanceof TypeError }",
    "structuredClone": (
        "const copy = structuredClone(new Proxy({ a: 1 }, {}));"
        "try { structuredClone(new SharedArrayBuffer(1)) } catch (e) {"
        " e.name === 'DataCloneError' && copy.a === 1 }"
    ),
}


@pytest.fixture(scope="module")
def live() -> Iterator[Page]:
    with open_page() as page:
        yield page


def test_the_page_goes_through_the_whole_list_in_order() -> None:
    assert [name for name, _, _ in LINES] == INTERFACES + GLOBALS


@pytest.mark.parametrize(("name", "state", "_how"), LINES, ids=[name for name, _, _ in LINES])
def test_a_line_says_what_is_there(live: Page, name: str, state: str, _how: str) -> None:
    owner, _, member = f"globalThis.{name}".rpartition(".")
    there = live.run(f"{owner.replace('.', '?.')} != null && '{member}' in {owner}")
    assert there is (state != "has not")


@pytest.mark.parametrize(("name", "state", "how"), LINES, ids=[name for name, _, _ in LINES])
def test_a_line_says_how_it_differs_if_it_does(live: Page, name: str, state: str, how: str) -> None:
    assert bool(how.strip()) is (state == "differs")
    assert (name in DIFFERENCES) is (state == "differs")
    if name in DIFFERENCES:
        assert live.run(DIFFERENCES[name]) is True


def test_globals_that_nobody_touches_are_not_made() -> None:
    with LoopThread() as loop:
        every, none = (Realm.create(loop, Registry(found)) for found in (bindings(), []))
        objects = [
            loop.call(realm.statistics).engine.objects
            for realm in (every, none)
            if realm.evaluate("1 + 1").result(20) == 2
        ]
        calls = loop.call(every.statistics).calls.calls
    names = sum(len([*b.global_names, *b.global_accessors]) for b in bindings())
    # A getter, a setter and what they share for each name; no class, no prototype, no face.
    assert objects[0] - objects[1] <= 4 * names
    assert calls == {}
