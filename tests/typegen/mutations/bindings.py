"""Changes to what bindings list: their globals, values, namespaces, classes and errors."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tests.typegen.compiler import ROOT
from tests.typegen.live import host_classes
from tests.typegen.mutations.functions import declared_classes
from tests.typegen.mutations.models import models, words_in
from tests.typegen.mutations.sources import Exposed, Mutation, file_of, nodes, text_of

from marotte.host import installed_bindings, load_bindings
from marotte.realm import HostFunction
from marotte.realm.functions.binding import error_name

__all__ = ["of_bindings", "of_class_names", "of_consts", "of_templates"]

LISTS = ("declared_classes", "declared", "errors", "global_names", "functions")
MAPPINGS = (
    "values",
    "namespaces",
    "declared_namespaces",
    "declared_values",
    "global_accessors",
)


def of_bindings() -> Iterator[Mutation]:
    """Whatever is listed in bindings."""
    for module in _modules():
        file = file_of(module)
        for node in nodes(file) if file is not None else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Binding":
                for keyword in node.keywords:
                    if file is not None:
                        yield from _of_keyword(file, module, keyword)


def _modules() -> Iterator[ModuleType]:
    for each in installed_bindings():
        if each.first_party:
            package = f"marotte_js.{each.binding.name}"
            yield import_module(f"{package}.binding")


def _of_keyword(file: Path, module: ModuleType, keyword: ast.keyword) -> Iterator[Mutation]:
    value = keyword.value
    if keyword.arg in LISTS and isinstance(value, ast.List):
        for element in value.elts:
            names = _names(element, module)
            if names:
                exposed = Exposed(f"{keyword.arg}.{min(names)}", names, file)
                yield exposed.without(value, element)
        if keyword.arg == "global_names":
            yield from words_in(file, value, value.elts, other="Now")
    if keyword.arg in MAPPINGS and isinstance(value, ast.Dict):
        members = eval(ast.unparse(value), vars(module))
        for name, key in _texts(value.keys):
            exposed = Exposed(
                f"{keyword.arg}.{name}", frozenset({name, *_members(members[name])}), file
            )
            yield exposed.without(value, key)
            yield exposed.changed("rename", key, repr(f"{name}Now"))


def _names(element: ast.expr, module: ModuleType) -> frozenset[str]:
    """What scripts call an element of a list; nothing, if they do not see it."""
    if isinstance(element, ast.Starred):
        return frozenset()
    found = eval(ast.unparse(element), vars(module))
    if isinstance(found, HostFunction):
        name = found.js_name
    elif isinstance(found, str):
        name = found
    else:
        name = error_name(found)
    return frozenset() if name.startswith("_") else frozenset({name})


def _texts(keys: Iterable[ast.expr | None]) -> Iterator[tuple[str, ast.expr]]:
    for key in keys:
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value, key


def _members(value: object) -> Iterator[str]:
    """What scripts call the members of a namespace."""
    if isinstance(value, list | tuple):
        yield from (member.js_name for member in value)


def of_consts() -> Iterator[Mutation]:
    """The objects of words, which `consts.py` of a binding has."""
    for file in sorted(
        {(file_of(module) or Path()).with_name("consts.py") for module in _modules()}
    ):
        for node in nodes(file) if (ROOT / file).exists() else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "_named":
                yield from words_in(file, node, node.args)
            elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "CONSTS":
                assert isinstance(node.value, ast.Dict)
                for name, key in _texts(node.value.keys):
                    exposed = Exposed(f"consts.{name}", frozenset({name}), file)
                    yield exposed.without(node.value, key)
                    yield exposed.changed("rename", key, repr(f"{name}Now"))


def of_class_names() -> Iterator[Mutation]:
    """The names of classes, and of types of data."""
    bindings = load_bindings()
    errors = {error_name(error): error for binding in bindings for error in binding.errors}
    declared = {cls.__name__: cls for binding in bindings for cls in declared_classes(binding)}
    data = {model.__name__: model for model in models()}
    for name, cls in {**errors, **declared, **data, **host_classes()}.items():
        file = file_of(cls)
        for node in nodes(file) if file is not None else ():
            if file is not None and isinstance(node, ast.ClassDef) and node.name == cls.__name__:
                yield from _of_class(file, node, name)


def _of_class(file: Path, node: ast.ClassDef, name: str) -> Iterator[Mutation]:
    """Another name: where the class says how scripts call it, or else its own."""
    text = text_of(file, node)
    head = re.compile(r'(?:js_name=|js_name = |title=|named\()"(\w+)"')
    said = head.search(text)
    names = frozenset({node.name, said[1] if said else name})
    exposed = Exposed(f"classes.{min(names, key=len)}", names, file)
    if said:
        start, end = said.span(1)
        yield exposed.changed("rename", node, f"{text[:start]}{said[1]}Now{text[end:]}")
    else:
        renamed = text.replace(f"class {node.name}", f"class {node.name}Now", 1)
        yield exposed.changed("rename", node, renamed)


def of_templates() -> Iterator[Mutation]:
    """The types that the templates of the typings bring, and their members."""
    folder = Path("runtime/marotte/typegen/templates")
    for file in (folder / "schemas.jinja", folder / "declarations.jinja"):
        source = (ROOT / file).read_text(encoding="utf-8")
        for found in re.finditer(r"(?:type|interface) ([A-Z]\w+)|readonly (\$?\w+)\?:", source):
            name = found[1] or found[2]
            start, end = (len(source[:at].encode()) for at in found.span(1 if found[1] else 2))
            names = frozenset({name})
            yield Mutation("rename", f"templates.{name}", names, file, start, end, f"{name}Now")
