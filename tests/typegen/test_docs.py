"""Docstrings as JSDoc."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from marotte.typegen.docs import Doc, jsdoc, parse_doc

DOCSTRING = """Do it.

    At ``once``, as :meth:`that` does.

      - a list
      - stays

    Args:
        first_one: What comes
            first: this.
        second (int): And then.
        *rest: Then all.
        caller: Not for scripts.

    Returns:
        What was
        done.

    Raises:
        DoneError: It was done
            already.

    Example:
        if (x) {
          doIt();
        }
    """
NAMES = {"first_one": "firstOne", "second": "second", "rest": "rest"}


def test_sections_become_tags() -> None:
    assert jsdoc(parse_doc(DOCSTRING, NAMES)) == [
        "/**",
        " * Do it.",
        " *",
        " * At `once`, as `that` does.",
        " *",
        " *   - a list",
        " *   - stays",
        " *",
        " * @param firstOne What comes first: this.",
        " * @param second And then.",
        " * @param rest Then all.",
        " * @returns What was done.",
        " * @throws {DoneError} It was done already.",
        " * @example",
        " * if (x) {",
        " *   doIt();",
        " * }",
        " */",
    ]


def test_one_line_stays_one() -> None:
    assert jsdoc(parse_doc("Do it.")) == ["/** Do it. */"]
    assert jsdoc(Doc(deprecated=True)) == ["/** @deprecated */"]
    assert jsdoc(parse_doc(None)) == []


def test_python_is_said_in_javascript() -> None:
    docstring = "Set `first_one`, or ``None``, to `other_one`.\n\nArgs:\n    first_one: `True`."
    told = parse_doc(docstring, NAMES)
    assert told.text == "Set `firstOne`, or `null`, to `other_one`."
    assert told.parameters == (("firstOne", "`true`."),)


def test_long_tags_are_broken() -> None:
    lines = jsdoc(Doc(returns="word " * 40))
    assert len(lines) > 3
    assert max(map(len, lines)) <= 100
    assert lines[2].startswith(" *   word")


def test_text_is_no_tag() -> None:
    assert jsdoc(parse_doc("@param is a tag.")) == ["/** \\@param is a tag. */"]


@given(st.text(alphabet="*/ @\n`a", max_size=30))
def test_no_text_ends_its_comment(text: str) -> None:
    doc = Doc(text, returns=text, example=text, default=text)
    lines = jsdoc(doc)
    if lines:
        comment = "\n".join(lines)
        assert comment.startswith("/**")
        assert comment.index("*/") == len(comment) - 2
