"""Changes to functions, methods and properties, and to what they take."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from tests.typegen.compiler import ROOT
from tests.typegen.live import host_classes
from tests.typegen.mutations.models import of_words_in
from tests.typegen.mutations.sources import (
    OTHER_TYPE,
    Exposed,
    Mutation,
    file_of,
    nodes,
    span,
    text_of,
)

from marotte.host import load_bindings
from marotte.realm import Binding, HostFunction, declared_class

__all__ = ["declared_classes", "of_constants", "of_functions", "of_signatures"]

ITERATOR = "Symbol.asyncIterator"
Function = ast.FunctionDef | ast.AsyncFunctionDef


def of_functions() -> Iterator[Mutation]:
    """All functions, methods and properties that scripts see."""
    for function in _functions():
        called = inspect.unwrap(function.function)
        file = file_of(called)
        for node in nodes(file) if file is not None else ():
            if file is not None and isinstance(node, Function):
                if _first_line(node) == called.__code__.co_firstlineno:
                    yield from _of_function(file, node, function)


def _functions() -> Iterator[HostFunction[..., Any]]:
    for binding in load_bindings():
        spaces = [binding.namespaces, binding.declared_namespaces]
        seen = {f.js_name: f for f in (*binding.functions, *binding.declared)}
        yield from (function for name, function in seen.items() if name in binding.exported)
        yield from (f for space in spaces for members in space.values() for f in members)
        for cls in declared_classes(binding):
            members = declared_class(cls).members
            yield from (member.function for member in members if member.function is not None)
    for host_class in host_classes().values():
        for member in host_class.js_class.members:
            iterates = member.kind == "iterator"
            yield replace(member.function, js_name=ITERATOR) if iterates else member.function


def declared_classes(binding: Binding) -> list[type]:
    """The classes that the face of a binding implements."""
    found = [*binding.declared_classes, *binding.declared_types, *binding.declared_values.values()]
    return [cls for cls in found if isinstance(cls, type) and not issubclass(cls, BaseModel)]


def _first_line(node: Function) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _of_function(
    file: Path, node: Function, declared: HostFunction[..., Any]
) -> Iterator[Mutation]:
    names = {declared.js_name.strip("[]"), *([] if declared.js_name == ITERATOR else [node.name])}
    if node.name == "__init__" and declared.owner is not None:
        names.add(declared.owner)
    exposed = Exposed(f"{declared.qualified_name}()", frozenset(names), file)
    end = span(file, _setter(file, node) or node)[1]
    yield replace(exposed.changed("remove", node, "pass"), end=end)
    if not node.name.startswith("__") and declared.js_name != ITERATOR:
        renamed = _renamed(node, text_of(file, node, end))
        yield replace(exposed.changed("rename", node, renamed), end=end)
    if node.returns is not None and node.name != "__init__":
        yield exposed.changed("retype", node.returns, OTHER_TYPE)
        yield from of_words_in(file, node.returns)
    seen = {parameter.name: parameter.js_name for parameter in declared.parameters}
    for argument in (*node.args.args, *node.args.kwonlyargs):
        if argument.arg in seen:
            yield from _of_parameter(exposed, argument, seen[argument.arg])


def _setter(file: Path, getter: Function) -> Function | None:
    """What comes with a property and is nothing without it."""
    for node in nodes(file):
        if isinstance(node, Function) and node.name == getter.name and node.lineno > getter.lineno:
            if any(ast.unparse(found) == f"{node.name}.setter" for found in node.decorator_list):
                return node
    return None


def _renamed(node: Function, text: str) -> str:
    """The function under another name, as scripts call it."""
    said = re.compile(r'(?<=@)(host_\w+\([^)]*name=|js_name\()"(\w+)"')
    if said.search(text):
        return said.sub(r'\1"\2Now"', text, count=1)
    return re.sub(rf"\bdef {node.name}\b|@{node.name}\b", r"\g<0>_now", text)


def _of_parameter(function: Exposed, argument: ast.arg, js_name: str) -> Iterator[Mutation]:
    names = function.names | {argument.arg, js_name}
    exposed = Exposed(f"{function.of.removesuffix('()')}({js_name})", names, function.file)
    if argument.annotation is not None:
        type_ = ast.unparse(argument.annotation)
        yield exposed.changed("rename", argument, f"{argument.arg}_now: {type_}")
        yield exposed.changed("retype", argument.annotation, OTHER_TYPE)
        yield from of_words_in(function.file, argument.annotation)


def of_signatures() -> Iterator[Mutation]:
    """The functions that scripts give, which have names as types."""
    for file in sorted(path.relative_to(ROOT) for path in (ROOT / "bindings").rglob("*.py")):
        written = [node for node in nodes(file) if isinstance(node, Function)]
        for node in nodes(file):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Signature":
                yield from _of_signature(file, node, written)


def _of_signature(file: Path, call: ast.Call, written: list[Function]) -> Iterator[Mutation]:
    if len(call.args) < 2 or not isinstance(call.args[1], ast.Constant):
        return
    name = str(call.args[1].value)
    exposed = Exposed(f"signatures.{name}", frozenset({name}), file)
    yield exposed.changed("rename", call.args[1], repr(f"{name}Now"))
    (function,) = (node for node in written if node.name == ast.unparse(call.args[0]))
    if function.returns is not None:
        yield exposed.changed("retype", function.returns, OTHER_TYPE)
    for argument in function.args.args:
        yield from _of_parameter(exposed, argument, argument.arg)


def of_constants() -> Iterator[Mutation]:
    """The constants of declared classes."""
    classes = [cls for binding in load_bindings() for cls in declared_classes(binding)]
    for cls in classes:
        file = file_of(cls)
        for node in nodes(file) if file is not None else ():
            if file is not None and isinstance(node, ast.ClassDef) and node.name == cls.__name__:
                for member in node.body:
                    if isinstance(member, ast.AnnAssign) and member.value is None:
                        yield from _of_constant(file, cls, member)


def _of_constant(file: Path, cls: type, member: ast.AnnAssign) -> Iterator[Mutation]:
    name = ast.unparse(member.target)
    exposed = Exposed(f"{cls.__name__}.{name}", frozenset({name}), file)
    yield exposed.changed("remove", member, "pass")
    yield exposed.changed("rename", member, f"{name}_NOW: {ast.unparse(member.annotation)}")
    yield exposed.changed("retype", member, f"{name}: ClassVar[{OTHER_TYPE}]")
