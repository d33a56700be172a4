"""Declarations as files of TypeScript."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jinja2 import Environment, PackageLoader, StrictUndefined

from marotte.typegen.declarations import FunctionDeclaration, Scope
from marotte.typegen.docs import Doc, jsdoc
from marotte.typegen.names import Names
from marotte.typegen.reading import JSON_VALUE
from marotte.typegen.text import TypeWriter, is_identifier, property_name, quoted
from marotte.typegen.types import Object

__all__ = ["render"]


def render(names: Names, scope: Scope, scopes: Iterable[Scope]) -> str:
    """Return the file that declares what a module, or the global scope, offers.

    Args:
        names: Of all types.
        scope: What to declare.
        scopes: All that is declared with it: some of a module's names may be global too.
    """
    used: set[str] = set()
    environment = _environment(TypeWriter(names.seen_from(scope.module, used)))
    events_in = scope.module if scope.events is None else scope.events.module or scope.module
    environment.filters["ts_of_events"] = TypeWriter(names.seen_from(events_in, used)).write
    kind = "globals" if scope.module is None else "module"
    # Whether the type of JSON values is needed shows when all else is written.
    text = environment.get_template(f"{kind}.d.ts.jinja").render(
        scope=scope,
        doc=Doc(" ".join(scope.docs)),
        shared=[(s.module, name) for s in scopes for name in s.shared],
        uses_json=lambda: JSON_VALUE in used,
    )
    return "\n".join(_laid_out(text.split("\n"))) + "\n"


def _environment(writer: TypeWriter) -> Environment:
    environment = Environment(
        loader=PackageLoader("marotte.typegen"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters.update(
        call=writer.call,
        has_only_words=_has_only_words,
        index=lambda type_: writer.index(type_.index, type_.readonly),
        is_object=lambda type_: isinstance(type_, Object),
        jsdoc=jsdoc,
        key=property_name,
        local=_local,
        parameters=writer.parameters,
        property=writer.property,
        quoted=quoted,
        ts=writer.write,
    )
    return environment


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
        yield "  " * depth + " " * in_comment + line
        opens = line.endswith("{") and not in_comment
        gap, held = False, opens or line.endswith("*/")
        depth += opens
