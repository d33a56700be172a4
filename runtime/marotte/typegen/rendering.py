"""Declarations as files of TypeScript."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from marotte.typegen.declarations import FunctionDeclaration, Scope
from marotte.typegen.docs import Doc, jsdoc
from marotte.typegen.names import Names
from marotte.typegen.reading import JSON_VALUE
from marotte.typegen.text import TypeWriter, is_identifier, member_name, quoted
from marotte.typegen.types import Object

__all__ = ["render", "render_host_tools", "render_tools"]


def render(names: Names, scope: Scope, scopes: Iterable[Scope]) -> str:
    """Return the file that declares what a module, or the global scope, offers.

    Args:
        names: Of all types.
        scope: What to declare.
        scopes: All that is declared with it: some of a module's names may be global too.
    """
    used: set[str] = set()
    events_in = scope.module if scope.events is None else scope.events.module or scope.module
    kind = "globals" if scope.module is None else "module"
    # Whether the type of JSON values is needed shows when all else is written.
    text = (
        _environment()
        .get_template(f"{kind}.d.ts.jinja")
        .render(
            writer=TypeWriter(names.seen_from(scope.module, used), names.arguments),
            events_writer=TypeWriter(names.seen_from(events_in, used), names.arguments),
            scope=scope,
            doc=Doc(" ".join(scope.docs)),
            shared=[(s.module, name) for s in scopes for name in s.shared],
            uses_json=lambda: JSON_VALUE in used,
        )
    )
    return "\n".join(_laid_out(text.split("\n"))) + "\n"


def render_tools(names: Names, scope: Scope, *, lead: str, revision: str = "") -> str:
    """Return what the tools of a catalogue take and answer.

    Args:
        names: Of all types.
        scope: The interface of the tools and the types they mention.
        lead: ``export`` for a file of its own; nothing for text that is to be short.
        revision: For the file: of what it says.
    """
    text = (
        _environment()
        .get_template("tools.d.ts.jinja")
        .render(
            writer=TypeWriter(names.seen_from(None, set())),
            scope=scope,
            lead=lead,
            revision=revision,
            uses_json=lambda: False,
        )
    )
    lines = "\n".join(line for line in _laid_out(text.split("\n")) if line or lead)
    return _writable(f"{lines}\n")


def render_host_tools(names: Names, scope: Scope, *, namespace: str, source: str) -> str:
    """Return what adds tools of the host to those that the module ``marotte`` declares.

    Args:
        names: Of all types.
        scope: The interface of the tools and the types they mention.
        namespace: Keeps these apart from others.
        source: Where the tools are from, for people.
    """
    text = (
        _environment()
        .get_template("host_tools.d.ts.jinja")
        .render(
            writer=TypeWriter(names.seen_from(None, set())),
            scope=scope,
            namespace=namespace,
            source=source,
            uses_json=lambda: False,
        )
    )
    return _writable("\n".join(_laid_out(text.split("\n"))) + "\n")


def _writable(text: str) -> str:
    """Return text that a file can hold: what is said of a tool may have halves of characters."""
    return text.encode(errors="replace").decode()


@cache
def _environment() -> Environment:
    """Return what templates are rendered in; what types are called is settled by each rendering."""
    environment = Environment(
        loader=PackageLoader("marotte.typegen"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters.update(
        call=_written("call"),
        has_only_words=_has_only_words,
        index=_written("index_of"),
        is_object=lambda type_: isinstance(type_, Object),
        jsdoc=jsdoc,
        key=member_name,
        local=_local,
        parameters=_written("parameters"),
        property=_written("property"),
        quoted=quoted,
        ts=_written("write"),
    )
    return environment


def _written(method: str) -> Callable[[Context, Any], str]:
    """Return a filter that is a method of the rendering's writer."""

    @pass_context
    def filtered(context: Context, value: object) -> str:
        text: str = getattr(context["writer"], method)(value)
        return text

    return filtered


def _has_only_words(functions: Iterable[FunctionDeclaration]) -> bool:
    return all(is_identifier(function.name) for function in functions)


def _local(name: str) -> str:
    """Return the name under which a module declares what it exports as `name`."""
    return name if is_identifier(name) else f"_{name}"


def _laid_out(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines indented by their braces, and one empty line where there are several.

    Nothing stands between a comment and what it is said of.
    """
    depth, gap, held = 0, False, True
    for line in map(str.strip, lines):
        if not line:
            gap = True
            continue
        closes, in_comment = line.startswith("}"), line.startswith("*")
        depth -= closes
        if gap and not closes and not held:
            yield ""
        hangs = line.startswith((": ", "? ", "& "))
        yield "  " * (depth + hangs) + " " * in_comment + line
        opens = line.endswith("{") and not in_comment
        gap, held = False, opens or line.endswith("*/")
        depth += opens
