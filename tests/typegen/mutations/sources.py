"""Files of the repository, and changes to them."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Literal, TypeAlias

from tests.typegen.compiler import ROOT

__all__ = ["OTHER_TYPE", "Change", "Exposed", "Mutation", "file_of", "nodes", "span", "text_of"]

Change: TypeAlias = Literal["remove", "rename", "retype"]
OTHER_TYPE = "dict[str, list[bool]]"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change to one file.

    Attributes:
        change: What is done.
        of: To what, for people.
        names: What it is called, in JavaScript and in Python.
        file: Where, relative to the repository.
        start: The first byte that is replaced.
        end: The byte behind the last.
        text: What comes in its place.
    """

    change: Change
    of: str
    names: frozenset[str]
    file: Path
    start: int
    end: int
    text: str

    def __str__(self) -> str:
        line = _source(self.file)[: self.start].count(b"\n") + 1
        return f"{self.change} {self.of} in {self.file}:{line}"

    def apply(self) -> str:
        """Return the changed file."""
        source = _source(self.file)
        return (source[: self.start] + self.text.encode() + source[self.end :]).decode()

    def is_named_in(self, said: str) -> bool:
        """Whether a message names what was changed: a changed line, or the error that ends it."""
        telling = "\n".join(_telling(said.splitlines()))
        words = (rf"(?<![\w$-]){re.escape(name)}(?![\w$]|-\w)" for name in self.names)
        return any(re.search(word, telling) for word in words)


@dataclass(frozen=True, slots=True)
class Exposed:
    """What scripts see, as a place in a file.

    Attributes:
        of: What it is, for people.
        names: What it is called, in JavaScript and in Python.
        file: Where, relative to the repository.
    """

    of: str
    names: frozenset[str]
    file: Path

    def changed(self, change: Change, node: ast.AST, text: str) -> Mutation:
        """Put something else in the place of a node."""
        start, end = span(self.file, node)
        return Mutation(change, self.of, self.names, self.file, start, end, text)

    def without(self, container: ast.expr, element: ast.expr) -> Mutation:
        """Remove an element of a list, a union, a call or the like."""
        return self.changed(
            "remove", container, ast.unparse(_Without(element).visit_copy(container))
        )


class _Without(ast.NodeTransformer):
    """Removes an element, by what it says, from the container that is visited."""

    def __init__(self, element: ast.expr) -> None:
        self._element = ast.dump(element)

    def visit_copy(self, container: ast.expr) -> ast.expr:
        copied = ast.parse(ast.unparse(container), mode="eval").body
        found = self.visit(copied)
        assert isinstance(found, ast.expr)
        return found

    def visit(self, node: ast.AST) -> ast.AST | None:
        if isinstance(node, ast.BinOp):
            sides = [side for side in (node.left, node.right) if ast.dump(side) != self._element]
            if len(sides) == 1:
                return sides[0]
        if isinstance(node, ast.Dict):
            kept = [
                (key, value)
                for key, value in zip(node.keys, node.values, strict=True)
                if key is None or ast.dump(key) != self._element
            ]
            node.keys, node.values = [k for k, _ in kept], [v for _, v in kept]
        return None if ast.dump(node) == self._element else super().generic_visit(node)


def _telling(lines: list[str]) -> Iterator[str]:
    """Yield the lines of a diff that differ, and those of the error that stands in its place."""
    for line in lines:
        if line.startswith(("+", "-")) and not line.startswith(("+++", "---")):
            yield line
    errors = [number for number, line in enumerate(lines) if re.match(r"[\w.]*[Ee]rror\b", line)]
    yield from lines[errors[-1] :] if errors else ()


@cache
def _source(file: Path) -> bytes:
    return (ROOT / file).read_bytes()


def text_of(file: Path, node: ast.AST, end: int | None = None) -> str:
    """The text of a node, or from its beginning to another end."""
    start, own_end = span(file, node)
    return _source(file)[start : own_end if end is None else end].decode()


@cache
def nodes(file: Path) -> list[ast.AST]:
    """All nodes of a file."""
    return list(ast.walk(ast.parse(_source(file))))


@cache
def _line_starts(file: Path) -> list[int]:
    starts = [0]
    for line in _source(file).splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def span(file: Path, node: ast.AST) -> tuple[int, int]:
    """Where a node begins and ends, in bytes; what decorates a function belongs to it."""
    assert isinstance(node, ast.expr | ast.stmt | ast.arg)
    starts = _line_starts(file)
    decorators: Iterable[ast.expr] = getattr(node, "decorator_list", ())
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
    return starts[first - 1] + node.col_offset, end


def file_of(thing: type | ModuleType | Callable[..., object]) -> Path | None:
    """The file of a class, function or module, if it is one of the repository's."""
    path = Path(inspect.getfile(thing)).resolve()
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else None
