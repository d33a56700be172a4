"""TextEncoder and TextDecoder, by the Encoding standard."""

from __future__ import annotations

import pytest
from tests.bindings.page import Page, bindings

from marotte.realm import EngineLimits, LoopThread, Realm, Registry
from marotte_js.encoding.labels import LABELS

TEXTS = [
    "",
    "ascii",
    "caf\u00e9 \u20ac \U0001f600",
    "nul \0 inside",
    "\ufeffmark",
    "x" * 127 + "\u00e9",
    "\U0001f600" * 100,
    "plain " * 100,
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_encoding_is_utf_8(page: Page, text: str) -> None:
    literal = ascii(text).replace("\\U0001f600", "\\u{1f600}")
    assert page.run(f"[...new TextEncoder().encode({literal})]") == list(text.encode())


def test_lone_surrogates_become_the_replacement_character(page: Page) -> None:
    assert page.run("[...new TextEncoder().encode('a\\ud800b\\udc00')]") == [
        *(97, 0xEF, 0xBF, 0xBD, 98, 0xEF, 0xBF, 0xBD)
    ]
    assert page.run("new TextEncoder().encode('\\udc00'.repeat(200)).length") == 600


def test_encode_takes_anything_and_nothing(page: Page) -> None:
    assert page.run(
        "const e = new TextEncoder(); [[...e.encode()], [...e.encode(undefined)],"
        " new TextDecoder().decode(e.encode(null)), e.encoding, e.encode('x') instanceof Uint8Array]"
    ) == [[], [], "null", "utf-8", True]
    assert page.error("TextEncoder.prototype.encode.call({}, 'x')").startswith("TypeError")


ENCODE_INTO = [
    ("'abc'", 2, 2, 2),
    ("'abc'", 10, 3, 3),
    ("'a\\u20acb'", 3, 1, 1),
    ("'a\\u20acb'", 4, 2, 4),
    ("'\\u{1f600}x'", 3, 0, 0),
    ("'\\u{1f600}x'", 4, 2, 4),
    ("'\\u{1f600}x'", 100, 3, 5),
    ("'\\ud800'", 3, 1, 3),
    ("'\\ud800'", 2, 0, 0),
    ("'x'.repeat(1e6)", 5, 5, 5),
    ("''", 0, 0, 0),
]


@pytest.mark.parametrize(("text", "room", "read", "written"), ENCODE_INTO)
def test_encode_into_writes_whole_characters(
    page: Page, text: str, room: int, read: int, written: int
) -> None:
    assert page.run(
        f"const r = new TextEncoder().encodeInto({text}, new Uint8Array({room})); [r.read, r.written]"
    ) == [read, written]


def test_encode_into_writes_into_the_view_only(page: Page) -> None:
    assert page.run(
        "const b = new Uint8Array(6); new TextEncoder().encodeInto('abc', b.subarray(2, 4)); [...b]"
    ) == [0, 0, 97, 98, 0, 0]
    assert page.error("new TextEncoder().encodeInto('a', new ArrayBuffer(1))").startswith(
        "TypeError"
    )
    assert page.error("new TextEncoder().encodeInto('a')").startswith("TypeError")


def test_decoding_undoes_encoding(page: Page) -> None:
    assert page.run(
        "const text = '\\u{1f600}\\u20ac\\u00e9x\\0'.repeat(5000);"
        "new TextDecoder().decode(new TextEncoder().encode(text)) === text"
    )


INVALID = [
    ("ff", "\ufffd"),
    ("41 e2 82", "A\ufffd"),
    ("e2 82 41", "\ufffdA"),
    ("f0 9f 98", "\ufffd"),
    ("f0 9f 41", "\ufffdA"),
    ("ed a0 80", "\ufffd\ufffd\ufffd"),
    ("c0 80", "\ufffd\ufffd"),
    ("f4 90 80 80", "\ufffd\ufffd\ufffd\ufffd"),
    ("e0 80 80", "\ufffd\ufffd\ufffd"),
    ("80", "\ufffd"),
]


@pytest.mark.parametrize(("hex_bytes", "text"), INVALID)
def test_invalid_utf_8_is_replaced_or_fatal(page: Page, hex_bytes: str, text: str) -> None:
    source = f"Uint8Array.fromHex('{hex_bytes.replace(' ', '')}')"
    assert page.run(f"new TextDecoder().decode({source})") == text
    assert page.error(f"new TextDecoder('utf8', {{ fatal: true }}).decode({source})") == (
        "TypeError: the encoded data was not valid for encoding utf-8"
    )


def test_a_character_may_come_in_pieces(page: Page) -> None:
    assert page.run(
        "const d = new TextDecoder(), out = [], bytes = new TextEncoder().encode('\\u20ac\\u{1f600}');"
        "for (const b of bytes) out.push(d.decode(Uint8Array.of(b), { stream: true }));"
        "out.push(d.decode()); out"
    ) == ["", "", "\u20ac", "", "", "", "\U0001f600", ""]


def test_what_is_missing_at_the_end_of_a_stream_is_replaced(page: Page) -> None:
    assert page.run(
        "const d = new TextDecoder(); [d.decode(Uint8Array.of(0xe2, 0x82), { stream: true }),"
        " d.decode(), d.decode(Uint8Array.of(0xac))]"
    ) == ["", "\ufffd", "\ufffd"]


def test_an_error_is_told_as_soon_as_it_is_certain(page: Page) -> None:
    assert page.run("new TextDecoder().decode(Uint8Array.of(0xe0, 0x80), { stream: true })") == (
        "\ufffd\ufffd"
    )


def test_a_fatal_decoder_can_be_used_again(page: Page) -> None:
    assert (
        page.run(
            "const d = new TextDecoder('utf-8', { fatal: true }); try { d.decode(Uint8Array.of(0xff)) }"
            " catch {} d.decode(Uint8Array.of(0x41))"
        )
        == "A"
    )


def test_a_byte_order_mark_is_dropped_once_unless_it_is_asked_for(page: Page) -> None:
    assert page.run(
        "const mark = [0xef, 0xbb, 0xbf], bytes = Uint8Array.of(...mark, ...mark, 0x41);"
        "[new TextDecoder().decode(bytes), new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)]"
    ) == ["\ufeffA", "\ufeff\ufeffA"]


def test_a_byte_order_mark_in_pieces_is_dropped_at_the_start_of_each_stream(page: Page) -> None:
    assert page.run(
        "const d = new TextDecoder(), s = { stream: true }, u = (...b) => Uint8Array.of(...b);"
        "[d.decode(u(0xef, 0xbb), s), d.decode(u(0xbf), s), d.decode(u(0x41), s),"
        " d.decode(u(0xef, 0xbb, 0xbf)), d.decode(u(0xef, 0xbb, 0xbf, 0x42))]"
    ) == ["", "", "A", "\ufeff", "B"]


@pytest.mark.parametrize(
    "input_",
    [
        "new ArrayBuffer(2)",
        "new DataView(new ArrayBuffer(4), 1, 2)",
        "new Uint16Array(1)",
        "new SharedArrayBuffer(2)",
    ],
)
def test_every_buffer_source_is_taken(page: Page, input_: str) -> None:
    assert page.run(f"new TextDecoder().decode({input_})") == "\0\0"


@pytest.mark.parametrize("input_", ["null", "'x'", "[65]", "{}", "5"])
def test_what_is_no_buffer_source_is_refused(page: Page, input_: str) -> None:
    assert page.error(f"new TextDecoder().decode({input_})").startswith("TypeError")


@pytest.mark.parametrize(
    ("label", "encoding"),
    [
        ("utf8", "utf-8"),
        ("  UTF-8\\n", "utf-8"),
        ("unicode-1-1-utf-8", "utf-8"),
        ("latin1", "windows-1252"),
        ("ascii", "windows-1252"),
        ("ISO-8859-1", "windows-1252"),
        ("utf-16", "utf-16le"),
        ("ucs-2", "utf-16le"),
        ("SJIS", "shift_jis"),
        ("gb2312", "gbk"),
        ("logical", "iso-8859-8-i"),
    ],
)
def test_labels(page: Page, label: str, encoding: str) -> None:
    assert page.run(f"new TextDecoder('{label}').encoding") == encoding


@pytest.mark.parametrize(
    "label", ["''", "'utf-7'", "'utf-32'", "'nope'", "'\\u00a0utf-8'", "'replacement'", "null"]
)
def test_unknown_labels_are_a_range_error(page: Page, label: str) -> None:
    assert page.error(f"new TextDecoder({label})").startswith("RangeError: TextDecoder")


@pytest.mark.parametrize("name", LABELS)
def test_every_encoding_decodes_ascii(page: Page, name: str) -> None:
    codec = name if name.startswith("utf-16") else "ascii"
    encoded = list("Plain ~text".encode(codec))
    assert (
        page.run(f"new TextDecoder('{name}', {{ fatal: true }}).decode(new Uint8Array({encoded}))")
        == "Plain ~text"
    )


LEGACY = [
    ("windows-1252", "80 81 9f e9", "\u20ac\x81\u0178\u00e9"),
    ("windows-1253", "d2 c1 81", "\ufffd\u0391\x81"),
    ("windows-874", "a1 db", "\u0e01\ufffd"),
    ("koi8-u", "ae be c1", "\u045e\u040e\u0430"),
    ("macintosh", "80 db f0", "\u00c4\u20ac\uf8ff"),
    ("iso-8859-15", "a4", "\u20ac"),
    ("ibm866", "80 f0", "\u0410\u0401"),
    ("x-user-defined", "41 80 ff", "A\uf780\uf7ff"),
    ("gbk", "80 c4 e3 ff", "\u20ac\u4f60\ufffd"),
    ("gb18030", "84 31 82 36", "\ufe10"),
    ("gb18030", "a6 d9 a8 bc 81 35 f4 37 a3 a0", "\ufe10\u1e3f\ue7c7\u3000"),
    ("shift_jis", "81 ad 82 41 fc fc 41", "\ufffd\ufffdA\ufffdA"),
    ("euc-jp", "8f a1 a1 41 a9 a1 8f a1 41", "\ufffdA\ufffd\ufffdA"),
    ("big5", "a4 40 88 62 a3 e1", "\u4e00\u00ca\u0304\u20ac"),
    ("euc-jp", "a4 a2 8e a6 8f b0 a1 ad e2 a1 c1", "\u3042\uff66\u4e02\u2116\uff5e"),
    ("shift_jis", "82 a0 b1 87 40 80 a0 fd 82 41", "\u3042\uff71\u2460\x80\ufffd\ufffd\ufffdA"),
    ("euc-kr", "b0 a1 81 41", "\uac00\uac02"),
    ("iso-2022-jp", "1b 24 42 24 22 2d 62 1b 28 42 41", "\u3042\u2116A"),
    ("utf-16le", "ff fe 41 00 00 d8 42 00 3d d8 00 de", "A\ufffdB\U0001f600"),
    ("utf-16be", "fe ff 00 41 d8 3d de 00 00", "A\U0001f600\ufffd"),
]


@pytest.mark.parametrize(("label", "hex_bytes", "text"), LEGACY)
def test_legacy_encodings_at_once_and_byte_by_byte(
    page: Page, label: str, hex_bytes: str, text: str
) -> None:
    source = f"Uint8Array.fromHex('{hex_bytes.replace(' ', '')}')"
    assert page.run(f"new TextDecoder('{label}').decode({source})") == text
    assert (
        page.run(
            f"const d = new TextDecoder('{label}'); let text = '';"
            f"for (const b of {source}) text += d.decode(Uint8Array.of(b), {{ stream: true }});"
            "text + d.decode()"
        )
        == text
    )


@pytest.mark.parametrize(
    ("label", "hex_bytes"),
    [
        ("windows-1253", "d2"),
        ("shift_jis", "a0"),
        ("gbk", "ff"),
        ("euc-jp", "ff"),
        ("utf-16le", "41"),
    ],
)
def test_legacy_errors_can_be_fatal(page: Page, label: str, hex_bytes: str) -> None:
    assert (
        page.error(
            f"new TextDecoder('{label}', {{ fatal: true }}).decode(Uint8Array.fromHex('{hex_bytes}'))"
        )
        == f"TypeError: the encoded data was not valid for encoding {label}"
    )


def test_a_realm_that_lets_little_cross_decodes_and_encodes_much(page: Page) -> None:
    with LoopThread() as loop:
        realm = Realm.create(loop, Registry(bindings()), limits=EngineLimits(value_chars=1024))
        same = realm.evaluate(
            "const text = '\\u{1f600}\\u20ac'.repeat(5000);"
            "new TextDecoder().decode(new TextEncoder().encode(text)) === text"
        )
        assert same.result(20) is True


def test_the_shape_of_the_classes(page: Page) -> None:
    assert page.run(
        "[TextEncoder.length, TextDecoder.length, TextEncoder.prototype.encodeInto.length,"
        " TextDecoder.prototype.decode.length, Object.prototype.toString.call(new TextDecoder()),"
        " new TextDecoder().fatal, new TextDecoder('utf-8', { ignoreBOM: 1 }).ignoreBOM]"
    ) == [0, 0, 2, 0, "[object TextDecoder]", False, True]
