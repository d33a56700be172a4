"""Catalogues: the tools of a session as declarations for editors and as snippets for models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from marotte.typegen.declarations import ClassDeclaration, Method, Scope, TypeDeclaration
from marotte.typegen.docs import Doc
from marotte.typegen.errors import TypingsError
from marotte.typegen.names import Names
from marotte.typegen.rendering import render_tools as render_scope
from marotte.typegen.tools.declaring import Side, ToolSchema, ToolTypes, wanted_name
from marotte.typegen.tools.resolving import ROOT
from marotte.typegen.types import (
    Application,
    Function,
    Object,
    Parameter,
    Record,
    Reference,
    Text,
    Type,
    rebuilt,
)

__all__ = ["DEFAULT_BUDGET", "ToolCatalogue", "catalogued", "render_tools"]

DEFAULT_BUDGET = 4_000
"""Characters that one tool may take up in a prompt: about a thousand tokens."""

DEPTH = 8
"""A tool that does not fit is told of down to less than this."""

_INTERFACE = "Tools"


@dataclass(frozen=True, slots=True)
class ToolCatalogue:
    """Tools as TypeScript.

    Attributes:
        declarations: A ``.d.ts`` module for editors. It exports ``interface Tools``, which has a
            method for each tool, and the types that these mention.
        snippets: For each tool, by name and in order, what a model is told of it: its part of
            ``interface Tools`` and the types that it mentions. Each is whole on its own.
        revision: Identifies what snippets say; the same for the same tools in the same order.
    """

    declarations: str
    snippets: Mapping[str, str]
    revision: str


def render_tools(tools: Iterable[ToolSchema], *, budget: int = DEFAULT_BUDGET) -> ToolCatalogue:
    """Say in TypeScript what tools take and answer.

    Args:
        tools: In the order in which they are to be told.
        budget: Most characters of one tool's snippet. A tool that needs more loses first what is
            said of its types' members, then, from the innermost outwards, the types themselves,
            which become `unknown`. Its name and the first line of its description remain. One tool
            does not shorten another, so that a prompt changes only where its tools do.

    Returns:
        The catalogue; nothing in it depends on anything but the arguments.

    Raises:
        TypingsError: Two tools have one name.
    """
    names = Names([_INTERFACE])
    declared = _declared(tools, names, budget)
    snippets = {tool.name: tool.snippet(names) for tool in declared}
    revision = sha256("\n".join(snippets.values()).encode(errors="replace")).hexdigest()[:12]
    return ToolCatalogue(_declarations(declared, names, revision), snippets, revision)


def catalogued(tools: Iterable[ToolSchema]) -> tuple[Names, Scope]:
    """Return ``interface Tools`` with what it mentions, and the names of that.

    Raises:
        TypingsError: Two tools have one name.
    """
    names = Names([_INTERFACE])
    return names, _scope(_declared(tools, names, DEFAULT_BUDGET))


def _declared(tools: Iterable[ToolSchema], names: Names, budget: int) -> list[_Declared]:
    fitting = [_fitting(ToolTypes.read(tool), budget) for tool in _distinct(tools)]
    return [_Declared.of(tool, names) for tool in fitting]


def _distinct(tools: Iterable[ToolSchema]) -> Iterator[ToolSchema]:
    met: set[str] = set()
    for tool in tools:
        if tool.name in met:
            raise TypingsError(
                f"expected tools with names of their own, got two named {tool.name!r}"
            )
        met.add(tool.name)
        yield tool


def _fitting(tool: ToolTypes, budget: int) -> ToolTypes:
    """Return as much of a tool as fits."""
    if _fits(tool, budget):
        return tool
    found = tool.limited(-1)
    for depth in range(DEPTH):
        deeper = tool.limited(depth)
        if not _fits(deeper, budget):
            break
        found = deeper
    return found


def _fits(tool: ToolTypes, budget: int) -> bool:
    # What cannot fit is not even written: it may be huge.
    names = Names([_INTERFACE])
    return tool.least_size <= budget and len(_Declared.of(tool, names).snippet(names)) <= budget


@dataclass(frozen=True, slots=True)
class _Declared:
    """A tool whose types have names.

    Attributes:
        name: The tool's.
        method: Of the interface of all tools.
        types: Those that are mentioned, by the keys that they are named by.
    """

    name: str
    method: Method
    types: Mapping[str, TypeDeclaration]

    @classmethod
    def of(cls, tool: ToolTypes, names: Names) -> _Declared:
        """Name the types of a tool; those that another tool has too keep their names."""
        types: dict[str, TypeDeclaration] = {}
        parameters = _parameters(tool.takes.type)
        if parameters:
            takes = _declare(types, names, tool.name, tool.takes, "Input")
            parameters = (replace(parameters[0], type=takes),)
        answers = _declare(types, names, tool.name, tool.answers, "Output")
        function = Function(parameters, Application("Promise", answers))
        return cls(tool.name, Method(tool.name, function, tool.doc), types)

    def snippet(self, names: Names) -> str:
        """Return what a model is told."""
        return render_scope(names, _scope([self]), lead="")


def _declare(
    types: dict[str, TypeDeclaration], names: Names, tool: str, side: Side, suffix: str
) -> Type:
    """Name the types of what a tool takes or answers, and return the type of the whole."""
    if isinstance(side.type, Text):
        return side.type
    keys = {**side.identities(), ROOT: f"{tool}:{suffix}"}
    for pointer, key in keys.items():
        if not names.knows(key):
            names.claim(None, key, wanted_name(tool, pointer, suffix))
        described = side.types[pointer]
        renamed = _renamed(described.type, keys)
        types[key] = TypeDeclaration(names.local(key), renamed, described.doc)
    return Reference(keys[ROOT])


def _renamed(type_: Type, keys: Mapping[str, str]) -> Type:
    if isinstance(type_, Reference):
        return Reference(keys[type_.key])
    return rebuilt(type_, lambda part: _renamed(part, keys))


def _parameters(type_: Type) -> tuple[Parameter, ...]:
    """Return the parameter of a tool: none for no members, optional if all of them are."""
    if type_ == Record(Text("never"), readonly=True):
        return ()
    members = type_.properties if isinstance(type_, Object) else ()
    has_members = isinstance(type_, Object | Record)
    return (Parameter("args", type_, optional=has_members and all(m.optional for m in members)),)


def _scope(tools: Sequence[_Declared]) -> Scope:
    methods = tuple(tool.method for tool in tools)
    types = {key: declared for tool in tools for key, declared in tool.types.items()}
    interface = ClassDeclaration(_INTERFACE, methods, Doc(), inherits=True)
    return Scope(None, classes=[interface], types=list(types.values()))


def _declarations(tools: Sequence[_Declared], names: Names, revision: str) -> str:
    return render_scope(names, _scope(tools), lead="export", revision=revision)
