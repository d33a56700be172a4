"""atob and btoa, by the HTML standard and Infra's forgiving-base64 decode."""

from __future__ import annotations

import base64

import pytest
from tests.bindings.page import Page

DECODED = [
    ("''", ""),
    ("'YQ=='", "a"),
    ("'YQ'", "a"),
    ("'YWI='", "ab"),
    ("'YWI'", "ab"),
    ("'YWJj'", "abc"),
    ("' Y\\tW\\nJ\\fj\\r '", "abc"),
    ("' Y Q = = '", "a"),
    ("'YR=='", "a"),
    ("'/+A='", "\xff\xe0"),
    ("null", "\x9e\xe9\x65"),
    ("12", "\xd7"),
]


@pytest.mark.parametrize(("data", "text"), DECODED)
def test_atob(page: Page, data: str, text: str) -> None:
    assert page.run(f"atob({data})") == text


@pytest.mark.parametrize(
    "data",
    [
        *("'a'", "'a='", "'=='", "'a==='", "'abcde'", "'ab=c'", "'ab==='", "'YQ==='", "'YQ=a'"),
        *("'-_=='", "'\\u00a0'", "'\\u000bYQ=='", "'YQ\\0='", "'\\u{1f600}'", "'{}'", "undefined"),
    ],
)
def test_atob_refuses_what_is_not_base64(page: Page, data: str) -> None:
    assert page.run(
        f"try {{ atob({data}) }} catch (e) {{ [e instanceof DOMException, e.name, e.code] }}"
    ) == [True, "InvalidCharacterError", 5]


@pytest.mark.parametrize(
    ("data", "text"),
    [("''", ""), ("'a'", "YQ=="), ("'ab'", "YWI="), ("'\\0\\xff'", "AP8="), ("undefined", None)],
)
def test_btoa(page: Page, data: str, text: str | None) -> None:
    expected = base64.b64encode(b"undefined").decode() if text is None else text
    assert page.run(f"btoa({data})") == expected


@pytest.mark.parametrize("data", ["'\\u0100'", "'abc\\u20ac'", "'\\ud800'"])
def test_btoa_refuses_characters_that_are_no_bytes(page: Page, data: str) -> None:
    assert page.run(f"try {{ btoa({data}) }} catch (e) {{ [e.name, e.code] }}") == [
        "InvalidCharacterError",
        5,
    ]


def test_all_bytes_and_long_texts_make_the_round_trip(page: Page) -> None:
    assert page.run(
        "const all = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('');"
        "const long = all.repeat(1000); atob(btoa(long)) === long"
    )


def test_an_argument_is_required(page: Page) -> None:
    assert page.error("atob()").startswith("TypeError: atob: 1 argument required")
    assert page.error("btoa()").startswith("TypeError: btoa: 1 argument required")
