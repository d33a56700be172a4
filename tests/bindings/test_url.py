"""URL and URLSearchParams, by the URL standard."""

from __future__ import annotations

import json

import pytest
from tests.bindings.page import Page

PARSED = [
    ("HTTP://EXAMPLE.com:80/./x/../y?a b#c d", None, "http://example.com/y?a%20b#c%20d"),
    ("../x?q", "https://u:p@h:8080/a/b/c", "https://u:p@h:8080/a/x?q"),
    ("//other/x", "https://h/a", "https://other/x"),
    ("?q", "https://h/a?b#c", "https://h/a?q"),
    ("#f", "https://h/a?b#c", "https://h/a?b#f"),
    ("", "https://h/a?b#c", "https://h/a?b"),
    ("#f", "mailto:a@b", "mailto:a@b#f"),
    ("http://h\\a\\b", None, "http://h/a/b"),
    ("  ht\ntp://h/\tx ", None, "http://h/x"),
    ("http://0x7f.1", None, "http://127.0.0.1/"),
    ("http://[::FFFF:1.2.3.4]", None, "http://[::ffff:102:304]/"),
    ("http://ex%41mple.com", None, "http://example.com/"),
    ("http://fa\u00df.de/\u00fc?\u00fc#\u00fc", None, "http://xn--fa-hia.de/%C3%BC?%C3%BC#%C3%BC"),
    ("http://h/%2e/%2E%2e/b", None, "http://h/b"),
    ("file:///C|/x/../y", None, "file:///C:/y"),
    ("javascript:alert(1)", None, "javascript:alert(1)"),
    ("http://h/?'\"", None, "http://h/?%27%22"),
    ("foo://h/?'", None, "foo://h/?'"),
    ("http://h/\ud800", None, "http://h/%EF%BF%BD"),
    ("http://a@b@c/", None, "http://a%40b@c/"),
    ("wss://h:443/", None, "wss://h/"),
]


@pytest.mark.parametrize(("url", "base", "href"), PARSED)
def test_parsing(page: Page, url: str, base: str | None, href: str) -> None:
    arguments = json.dumps(url) if base is None else f"{json.dumps(url)}, '{base}'"
    assert page.run(f"new URL({arguments}).href") == href
    assert page.run(f"URL.canParse({arguments}) && URL.parse({arguments}).href") == href


INVALID = [
    "x",
    "//h",
    "",
    "http://",
    "http://a b",
    "http://[::1",
    "http://h:65536",
    "http://h:x",
    "http://a%00",
    "http://1.2.3.4.5",
    "http://256.1.1.1",
    "non-special://a b/",
]


@pytest.mark.parametrize("url", INVALID)
def test_what_is_not_valid(page: Page, url: str) -> None:
    assert page.error(f"new URL({json.dumps(url)})").startswith(
        "TypeError: URL constructor: invalid URL: "
    )
    assert page.run(f"[URL.canParse({json.dumps(url)}), URL.parse({json.dumps(url)})]") == [
        False,
        None,
    ]


def test_a_base_must_be_valid_and_absolute(page: Page) -> None:
    assert page.error("new URL('http://h', 'x')").startswith("TypeError")
    assert page.error("new URL('x', 'mailto:a@b')").startswith("TypeError")
    assert page.error("new URL('x', undefined)").startswith("TypeError")
    assert page.error("new URL('http://h', null)").startswith("TypeError")


def test_the_parts(page: Page) -> None:
    assert page.run(
        "const u = new URL('https://me:pw@example.com:8080/p/x?a=1#h');"
        "[u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname,"
        " u.search, u.hash, String(u), JSON.stringify({ u }), u.toString(), u.toJSON()]"
    ) == [
        *("https://example.com:8080", "https:", "me", "pw", "example.com:8080", "example.com"),
        *("8080", "/p/x", "?a=1", "#h", "https://me:pw@example.com:8080/p/x?a=1#h"),
        '{"u":"https://me:pw@example.com:8080/p/x?a=1#h"}',
        *["https://me:pw@example.com:8080/p/x?a=1#h"] * 2,
    ]


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://h:443/x", "https://h"),
        ("blob:https://h/x", "https://h"),
        ("file:///x", "null"),
        ("data:x", "null"),
        ("foo://h", "null"),
    ],
)
def test_origins(page: Page, url: str, origin: str) -> None:
    assert page.run(f"new URL('{url}').origin") == origin


SETTERS = [
    ("http://h/", "protocol", "https", "https://h/"),
    ("http://h/", "protocol", "ftp:ignored", "ftp://h/"),
    ("http://h/", "protocol", "foo", "http://h/"),
    ("foo://h/", "protocol", "http", "foo://h/"),
    ("http://h/", "username", "a b@", "http://a%20b%40@h/"),
    ("mailto:a@b", "username", "x", "mailto:a@b"),
    ("http://h/", "host", "x:99", "http://x:99/"),
    ("http://h:1/", "host", "", "http://h:1/"),
    ("http://h:1/", "hostname", "x:2", "http://h:1/"),
    ("http://h/", "port", "8080abc", "http://h:8080/"),
    ("http://h:1/", "port", "", "http://h/"),
    ("http://h:1/", "port", "80", "http://h/"),
    ("http://h:1/", "port", "99999", "http://h:1/"),
    ("http://h/x", "pathname", "a/../b c", "http://h/b%20c"),
    ("http://h/x", "pathname", "", "http://h/"),
    ("mailto:a@b", "pathname", "x", "mailto:a@b"),
    ("http://h/?a", "search", "x y", "http://h/?x%20y"),
    ("http://h/?a", "search", "", "http://h/"),
    ("http://h/#a", "hash", "x y", "http://h/#x%20y"),
    ("http://h/#a", "hash", "", "http://h/"),
    ("http://h/", "href", "foo:bar", "foo:bar"),
    ("http://h/", "origin", "http://x", "http://h/"),
]


@pytest.mark.parametrize(("url", "part", "value", "href"), SETTERS)
def test_assigning_a_part(page: Page, url: str, part: str, value: str, href: str) -> None:
    assert page.run(f"const u = new URL('{url}'); u.{part} = '{value}'; u.href") == href


def test_assigning_an_invalid_href_throws_and_changes_nothing(page: Page) -> None:
    assert page.run(
        "const u = new URL('http://h/?a'); try { u.href = 'x' } catch (e) { [e.name, u.href] }"
    ) == ["TypeError", "http://h/?a"]


def test_the_query_and_the_url_change_each_other(page: Page) -> None:
    assert page.log(
        "const u = new URL('http://h/?a=1#f'), q = u.searchParams;"
        "q.append('b', '\\u00e9 &'); log(u.href); u.search = '?z=9'; log([...q]);"
        "log(q === u.searchParams); u.href = 'http://x/?n=1&n=2'; log(q.getAll('n'));"
        "q.delete('n'); log(u.href); q.set('k', 'v'); log(u.search)"
    ) == [
        "http://h/?a=1&b=%C3%A9+%26#f",
        [["z", "9"]],
        True,
        ["1", "2"],
        "http://x/",
        "?k=v",
    ]


def test_reading_the_query_does_not_normalise_the_url(page: Page) -> None:
    assert page.run(
        "const u = new URL('http://h/?a=~%20x'); u.searchParams.get('a'); const before = u.href;"
        "u.searchParams.sort(); [before, u.href]"
    ) == ["http://h/?a=~%20x", "http://h/?a=%7E+x"]


QUERIES = [
    ("''", []),
    ("'?a=b'", [["a", "b"]]),
    ("'??a=b'", [["?a", "b"]]),
    ("'a=b&a=c&d'", [["a", "b"], ["a", "c"], ["d", ""]]),
    ("'=b&&=&='", [["", "b"], ["", ""], ["", ""]]),
    ("'a=b=c'", [["a", "b=c"]]),
    ("'a+b=c+d%2B'", [["a b", "c d+"]]),
    ("'%zz=%&a=%4'", [["%zz", "%"], ["a", "%4"]]),
    ("'a=%FF%E2%82%AC%zz'", [["a", "\ufffd\u20ac%zz"]]),
    ("'\\u20ac=%EF%BB%BFx'", [["\u20ac", "\ufeffx"]]),
    ("'a=\\ud800'", [["a", "\ufffd"]]),
    ("[['a', 1], new Set(['b', 'c'])]", [["a", "1"], ["b", "c"]]),
    ("{ a: 1, b: 'x y' }", [["a", "1"], ["b", "x y"]]),
    ("new URLSearchParams('a=1&a=2')", [["a", "1"], ["a", "2"]]),
    ("new Map([['k', 'v']])", [["k", "v"]]),
    ("undefined", []),
    ("null", [["null", ""]]),
    ("5", [["5", ""]]),
]


@pytest.mark.parametrize(("init", "pairs"), QUERIES)
def test_reading_pairs(page: Page, init: str, pairs: list[list[str]]) -> None:
    assert page.run(f"[...new URLSearchParams({init})]") == pairs


@pytest.mark.parametrize(
    "init", ["[['a']]", "[['a', 'b', 'c']]", "['ab', 5]", "[5]", "[null]", "{ [Symbol('s')]: 1 }"]
)
def test_what_is_no_pair(page: Page, init: str) -> None:
    assert page.error(f"new URLSearchParams({init})").startswith("TypeError")


def test_writing_pairs(page: Page) -> None:
    assert (
        page.run(
            "new URLSearchParams([['a b', '\\u20ac'], [\"*-._~!'()\", '&=+%'], ['', '']]).toString()"
        )
        == "a+b=%E2%82%AC&*-._%7E%21%27%28%29=%26%3D%2B%25&="
    )


def test_getting_setting_and_deleting(page: Page) -> None:
    assert page.run(
        "const q = new URLSearchParams('a=1&b=2&a=3');"
        "const seen = [q.get('a'), q.getAll('a'), q.get('x'), q.has('a'), q.has('a', '3'),"
        " q.has('a', '2'), q.has('a', undefined), q.size];"
        "q.set('a', 9); seen.push(`${q}`); q.append('a', 1); q.delete('a', '9');"
        "seen.push(`${q}`); q.delete('a', undefined); seen.push(`${q}`); q.set('n', null);"
        "seen.push(`${q}`); seen"
    ) == [
        *("1", ["1", "3"], None, True, True, False, True, 3),
        *("a=9&b=2", "b=2&a=1", "b=2", "b=2&n=null"),
    ]


def test_sorting_is_stable_and_by_code_units(page: Page) -> None:
    assert (
        page.run(
            "const q = new URLSearchParams([['z', 1], ['\\u{1f308}', 2], ['\\ufb03', 3], ['a', 4],"
            " ['z', 0], ['a', 1]]); q.sort(); [...q.keys()].map((k) => k + q.get(k)).join()"
        )
        == "a4,a4,z1,z1,\U0001f3082,\ufb033"
    )


def test_iteration_is_live(page: Page) -> None:
    assert page.run(
        "const q = new URLSearchParams('a=1&b=2&c=3'), seen = [];"
        "for (const [k] of q) { seen.push(k); if (k === 'a') q.delete('b') }"
        "q.forEach(function (v, k, all) { seen.push([v, k, all === q, this.t]) }, { t: 7 }); seen"
    ) == ["a", "c", ["1", "a", True, 7], ["3", "c", True, 7]]


def test_the_iterators(page: Page) -> None:
    assert page.run(
        "const q = new URLSearchParams('a=1'), i = q.entries();"
        "[q[Symbol.iterator] === q.entries, [...q.keys()], [...q.values()], i[Symbol.iterator]() === i,"
        " Object.prototype.toString.call(i), i.next().value, i.next().done, i.next().done]"
    ) == [True, ["a"], ["1"], True, "[object URLSearchParams Iterator]", ["a", "1"], True, True]
    assert page.error("new URLSearchParams().entries().next.call({})").startswith("TypeError")
    assert page.error("new URLSearchParams().forEach()").startswith("TypeError")


@pytest.mark.parametrize(
    "call", ["append('a')", "delete()", "get()", "getAll()", "has()", "set('a')"]
)
def test_arguments_are_required(page: Page, call: str) -> None:
    assert page.error(f"new URLSearchParams().{call}").startswith("TypeError: URLSearchParams.")


def test_the_shape_of_the_classes(page: Page) -> None:
    assert page.run(
        "[URL.length, URLSearchParams.length, URL.canParse.length, URL.parse.length,"
        " Object.prototype.toString.call(new URL('a:')), `${Object.keys(URL.prototype).length}`]"
    ) == [1, 0, 1, 1, "[object URL]", "14"]
    assert page.error("URL('a:')").startswith("TypeError")
    assert page.error("URL.prototype.toString.call({})").startswith("TypeError")
