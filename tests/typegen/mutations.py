"""Changes to what scripts see, in the sources: something removed, renamed or retyped."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from tests.typegen.compiler import ROOT
from tests.typegen.live import host_classes
from tests.typegen.samples import data_types

from marotte.host import load_bindings
from marotte.realm import HostFunction

__all__ = ["Mutation", "mutations"]

Change: TypeAlias = Literal["remove", "rename", "retype"]
OTHER_TYPE = "dict[str, list[bool]]"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change to one file.

    Attributes:
        change: What is done.
        of: To what: a name as Python has it.
        file: Where, relative to the repository.
        start: The first line that is replaced, from 0.
        end: The line behind the last.
        text: What comes in its place.
    """

    change: Change
    of: str
    file: Path
    start: int
    end: int
    text: str

    def __str__(self) -> str:
        return f"{self.change} {self.of} in {self.file}:{self.start + 1}"

    def apply(self) -> str:
        """Return the changed file."""
        lines = _lines(self.file)
        return "\n".join([*lines[: self.start], self.text, *lines[self.end :]])

    def is_named_in(self, message: str) -> bool:
        """Whether a message names what was changed, as Python or as JavaScript calls it."""
        name = self.of.rsplit(".", 1)[-1]
        # A name of several capitals is JavaScript's own: `fromJS` is `from_js`.
        return name in message or to_camel(name).lower() in message.lower()


@cache
def mutations() -> list[Mutation]:
    """All that can be tried, in the same order each time."""
    found = {str(m): m for find in (_of_models, _of_functions, _of_words) for m in find()}
    return [found[name] for name in sorted(found)]


@cache
def _lines(file: Path) -> list[str]:
    return (ROOT / file).read_text(encoding="utf-8").split("\n")


@cache
def _tree(file: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse("\n".join(_lines(file)))))


def _file(thing: object) -> Path | None:
    """The file of a class or function, if it is one of the repository's."""
    path = Path(inspect.getfile(thing)).resolve()  # type: ignore[arg-type]
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else None


def _indented(node: ast.stmt, text: str) -> str:
    return " " * node.col_offset + text


# -- fields of options and events -----------------------------------------------------------------


def _of_models() -> Iterator[Mutation]:
    models = {m for data in data_types() for m in data.model.__mro__ if issubclass(m, BaseModel)}
    for model in models:
        file = _file(model)
        for node in _tree(file) if file is not None else ():
            if isinstance(node, ast.ClassDef) and node.name == model.__name__:
                for field in node.body:
                    if file is not None and isinstance(field, ast.AnnAssign):
                        yield from _of_field(file, model, field)


def _of_field(file: Path, model: type[BaseModel], field: ast.AnnAssign) -> Iterator[Mutation]:
    name = ast.unparse(field.target)
    declared = model.model_fields.get(name)
    if declared is None or declared.exclude:
        return
    of, start, end = f"{model.__name__}.{name}", field.lineno - 1, field.end_lineno or 0
    value = "" if field.value is None else f" = {ast.unparse(field.value)}"
    type_ = ast.unparse(field.annotation)
    if name == "type" and isinstance(field.value, ast.Constant):
        event = ast.literal_eval(field.value)
        other = f"{event}-now"
        text = _indented(field, f"type: Literal[{other!r}] = {other!r}")
        yield Mutation("rename", f"events.{event}", file, start, end, text)
        return
    renamed = _indented(field, f"{name}_now: {type_}{value}")
    retyped = _indented(field, f"{name}: {OTHER_TYPE} | None = None")
    yield Mutation("remove", of, file, start, end, _indented(field, "pass"))
    yield Mutation("rename", of, file, start, end, renamed)
    yield Mutation("retype", of, file, start, end, retyped)


# -- functions, methods and properties ------------------------------------------------------------


def _of_functions() -> Iterator[Mutation]:
    for function in _functions():
        called = inspect.unwrap(function.function)
        file = _file(called)
        if file is not None:
            yield from _of_function(file, called.__code__.co_firstlineno)


def _functions() -> Iterator[HostFunction[..., Any]]:
    """Yield all functions, methods and properties of the host that scripts see."""
    for binding in load_bindings():
        spaces = [binding.namespaces, binding.declared_namespaces]
        seen = {f.js_name: f for f in (*binding.functions, *binding.declared)}
        yield from (function for name, function in seen.items() if name in binding.exported)
        yield from (f for space in spaces for members in space.values() for f in members)
    for cls in host_classes().values():
        yield from (member.function for member in cls.js_class.members)


def _of_function(file: Path, line: int) -> Iterator[Mutation]:
    for node in _tree(file):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _first_line(node) == line:
            start, end = line - 1, node.end_lineno or 0
            text = "\n".join(_lines(file)[start:end])
            yield Mutation("remove", node.name, file, start, end, _indented(node, "pass"))
            yield Mutation("rename", node.name, file, start, end, _renamed(node, text))
            if node.returns is not None:
                result = f"-> {OTHER_TYPE}:"
                retyped = text.replace(f"-> {ast.unparse(node.returns)}:", result, 1)
                if retyped != text:
                    yield Mutation("retype", node.name, file, start, end, retyped)


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _renamed(node: ast.FunctionDef | ast.AsyncFunctionDef, text: str) -> str:
    """The function under another name, as scripts call it."""
    if re.search(r'@host_\w+\([^)]*name="', text):
        return re.sub(r'name="(\w+)"', r'name="\1Now"', text, count=1)
    return re.sub(rf"def {node.name}\b", f"def {node.name}_now", text, count=1)


# -- words ----------------------------------------------------------------------------------------


def _of_words() -> Iterator[Mutation]:
    files = {_file(data.model) for data in data_types()} - {None}
    for file in sorted(file for file in files if file is not None):
        for node in _tree(file):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "TypeAliasType":
                for word in ast.walk(node.args[1]):
                    if _is_word(word, file):
                        yield from _of_word(file, word)


def _is_word(node: ast.AST, file: Path) -> bool:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    return _lines(file)[node.lineno - 1].strip() == f'"{node.value}",'


def _of_word(file: Path, node: ast.AST) -> Iterator[Mutation]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        start = node.lineno - 1
        yield Mutation("remove", f"words.{node.value}", file, start, start + 1, "")
        renamed = f'"{node.value}_now",'
        yield Mutation("rename", f"words.{node.value}", file, start, start + 1, renamed)
