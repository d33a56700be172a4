"""Random values, by the Web Cryptography API."""

from __future__ import annotations

import re

import pytest
from tests.bindings.page import Page

INTEGERS = (
    "Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array "
    "BigInt64Array BigUint64Array"
).split()


@pytest.mark.parametrize("name", INTEGERS)
def test_an_array_of_integers_is_filled_and_answered(page: Page, name: str) -> None:
    assert page.run(
        f"const a = new {name}(256); const b = crypto.getRandomValues(a);"
        "[a === b, new Set(a).size > 50]"
    ) == [True, True]


def test_a_view_is_filled_and_nothing_around_it(page: Page) -> None:
    assert page.run(
        "const b = new Uint8Array(3000); crypto.getRandomValues(b.subarray(1000, 2000));"
        "const zero = (part) => part.every((v) => v === 0);"
        "[zero(b.subarray(0, 1000)), zero(b.subarray(1000, 2000)), zero(b.subarray(2000))]"
    ) == [True, False, True]


@pytest.mark.parametrize(
    ("array", "name", "code"),
    [
        ("new Float64Array(1)", "TypeMismatchError", 17),
        ("new Float16Array(1)", "TypeMismatchError", 17),
        ("new DataView(new ArrayBuffer(1))", "TypeMismatchError", 17),
        ("new Uint8Array(65537)", "QuotaExceededError", 22),
        ("new BigInt64Array(8193)", "QuotaExceededError", 22),
    ],
)
def test_what_is_refused(page: Page, array: str, name: str, code: int) -> None:
    assert page.run(
        f"try {{ crypto.getRandomValues({array}) }} catch (e) {{"
        " [e instanceof DOMException, e.name, e.code] }"
    ) == [True, name, code]


def test_the_most_at_once(page: Page) -> None:
    assert page.run("crypto.getRandomValues(new Uint8Array(65536)).length") == 65536
    assert page.run("crypto.getRandomValues(new Uint8Array(0)).length") == 0


@pytest.mark.parametrize("array", ["", "null", "[]", "new ArrayBuffer(1)", "5"])
def test_what_is_no_view_is_a_type_error(page: Page, array: str) -> None:
    assert page.error(f"crypto.getRandomValues({array})").startswith("TypeError")


def test_uuids_are_random_and_of_version_4(page: Page) -> None:
    found = page.run("Array.from({ length: 100 }, () => crypto.randomUUID())")
    assert isinstance(found, list)
    assert len(set(map(str, found))) == 100
    pattern = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert all(re.fullmatch(pattern, str(each)) for each in found)


def test_there_is_one_crypto_object(page: Page) -> None:
    assert page.run("[crypto instanceof Crypto, Object.prototype.toString.call(crypto)]") == [
        True,
        "[object Crypto]",
    ]
    assert page.error("new Crypto()") == "TypeError: Illegal constructor"
    assert page.error("Crypto.prototype.randomUUID.call({})").startswith("TypeError")
