"""DOMException, by the Web IDL standard."""

from __future__ import annotations

import pytest
from tests.bindings.page import Page


def test_its_defaults(page: Page) -> None:
    assert page.run("const e = new DOMException(); [e.name, e.message, e.code]") == ["Error", "", 0]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("IndexSizeError", 1),
        ("InvalidCharacterError", 5),
        ("NotSupportedError", 9),
        ("InvalidStateError", 11),
        ("SyntaxError", 12),
        ("AbortError", 20),
        ("QuotaExceededError", 22),
        ("TimeoutError", 23),
        ("DataCloneError", 25),
        ("EncodingError", 0),
        ("NotReadableError", 0),
        ("__proto__", 0),
    ],
)
def test_the_legacy_code_follows_from_the_name(page: Page, name: str, code: int) -> None:
    assert page.run(f"const e = new DOMException('m', '{name}'); [e.name, e.message, e.code]") == [
        name,
        "m",
        code,
    ]


def test_it_is_an_error_with_a_stack_and_a_tag(page: Page) -> None:
    assert page.run(
        "function thrower() { return new DOMException('m', 'AbortError') }; const e = thrower();"
        "[e instanceof Error, Error.isError(e), e.stack.includes('thrower'), String(e),"
        " Object.prototype.toString.call(e), Object.getPrototypeOf(DOMException.prototype) ==="
        " Error.prototype, DOMException.length]"
    ) == [True, True, True, "AbortError: m", "[object DOMException]", True, 0]


def test_attributes_live_on_the_prototype_and_are_read_only(page: Page) -> None:
    assert page.run(
        "const e = new DOMException('m', 'N'); e.name = 'x'; e.message = 'y';"
        "[e.name, e.message, Object.keys(e),"
        " 'message name code'.split(' ').every((k) => k in DOMException.prototype)]"
    ) == ["N", "m", [], True]


def test_its_arguments_become_text(page: Page) -> None:
    assert page.run("const e = new DOMException(null, 5); [e.message, e.name]") == ["null", "5"]


def test_constants_are_on_the_interface_and_its_instances_and_fixed(page: Page) -> None:
    assert page.run(
        "DOMException.ABORT_ERR = 1;"
        "[DOMException.ABORT_ERR, new DOMException().DATA_CLONE_ERR,"
        " Object.keys(DOMException).length]"
    ) == [20, 25, 25]


def test_the_host_is_told_its_name(page: Page) -> None:
    assert page.error("throw new DOMException('gone', 'NotFoundError')") == "NotFoundError: gone"
