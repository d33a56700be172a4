"""Types as text of TypeScript."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import singledispatchmethod

from marotte.typegen.types import (
    Application,
    Array,
    Function,
    Intersection,
    Literal,
    Object,
    Parameter,
    Property,
    Record,
    Reference,
    Text,
    Tuple,
    Type,
    Union,
    parts,
)

__all__ = [
    "RESERVED",
    "TypeWriter",
    "is_identifier",
    "member_name",
    "parameter_name",
    "property_name",
    "quoted",
]

RESERVED = frozenset(
    "arguments await break case catch class const continue debugger default delete do else enum "
    "eval export extends false finally for function if implements import in instanceof interface "
    "let new null package private protected public return static super switch this throw true try "
    "typeof undefined var void while with yield".split()
)
"""Words that cannot name a parameter or a declaration in a module."""

# What comes at its end, and what `next` takes; by default, the language has `any` for both.
_OF_AN_ITERATOR = ", undefined, unknown"

_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)


def is_identifier(name: str) -> bool:
    """Whether a name may be declared as it is."""
    return _IDENTIFIER.fullmatch(name) is not None and name not in RESERVED


def quoted(value: str | int | float | bool) -> str:
    """Return a value as a literal, in which nothing breaks a line."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)


def property_name(name: str) -> str:
    """Return a name as the key of a property: quoted unless it is a word."""
    return name if _IDENTIFIER.fullmatch(name) else quoted(name)


def member_name(name: str) -> str:
    """Return the name of a class's member as its key; one of the language's symbols is none."""
    if re.fullmatch(r"\[Symbol\.\w+\]", name):
        return name
    # Without quotes, a method of this name would be how objects of the type are made.
    return quoted(name) if name == "new" else property_name(name)


def parameter_name(name: str) -> str:
    """Return a name under which a parameter may be declared; it is documentation only."""
    word = re.sub(r"\W", "_", name, flags=re.ASCII)
    return word if is_identifier(word) else f"{word}_" if word in RESERVED else f"_{word}"


class TypeWriter:
    """Writes types.

    Args:
        resolve: The name of a reference, as it is seen where the type is written.
        arguments: What a reference is given that says nothing of it itself.
    """

    def __init__(
        self,
        resolve: Callable[[str], str],
        arguments: Callable[[str], Sequence[str]] = lambda _key: (),
    ) -> None:
        self._resolve = resolve
        self._arguments = arguments
        self._words: set[str] = set()

    def mentions(self, name: str) -> bool:
        """Whether what a binding wrote itself, and was written up to now, has a name in it."""
        return name in self._words

    @singledispatchmethod
    def write(self, type_: Type) -> str:
        """Return the type's text, on one line."""
        raise TypeError(f"expected a type, got {type_!r}")

    @write.register
    def _text(self, type_: Text) -> str:
        return self._written(type_.text)

    def _written(self, text: str) -> str:
        """Return what a binding wrote itself; what it names is remembered."""
        # What stands behind a dot is the name of another module's type.
        self._words.update(re.findall(r"(?<![.\w])\w+", text))
        return text

    @write.register
    def _reference(self, type_: Reference) -> str:
        given = type_.arguments
        arguments = self._arguments(type_.key) if given is None else map(self._written, given)
        listed = ", ".join(arguments)
        return f"{self._resolve(type_.key)}{listed and f'<{listed}>'}"

    @write.register
    def _application(self, type_: Application) -> str:
        rest = _OF_AN_ITERATOR if type_.name.endswith("IterableIterator") else ""
        return f"{type_.name}<{self.write(type_.argument)}{rest}>"

    @write.register
    def _literal(self, type_: Literal) -> str:
        return quoted(type_.value)

    @write.register
    def _array(self, type_: Array) -> str:
        return f"{'readonly ' if type_.readonly else ''}{self._operand(type_.element)}[]"

    @write.register
    def _tuple(self, type_: Tuple) -> str:
        elements = [
            self.write(element) if position < type_.required else self._optional(element)
            for position, element in enumerate(type_.elements)
        ]
        if type_.rest is not None:
            elements.append(self._rest(type_.rest))
        return f"{'readonly ' if type_.readonly else ''}[{', '.join(elements)}]"

    # A list within a list that has no label here is looked into at once, where lists are else let
    # be until they are needed: a type that mentions itself in there would be an error.

    def _optional(self, element: Type) -> str:
        if _has_lists(element):
            return f"item?: {self.write(element)}"
        return f"{self._operand(element)}?"

    def _rest(self, element: Type) -> str:
        # What is mentioned by name lets all be; but for that, a label would do it harm.
        label = "rest: " if _has_lists(element) and not _has_names(element) else ""
        return f"...{label}{self._operand(element)}[]"

    @write.register
    def _record(self, type_: Record) -> str:
        return f"{{ {self.index(type_.value, type_.readonly)} }}"

    def index(self, value: Type, readonly: bool) -> str:
        """Return an index signature."""
        return f"{'readonly ' if readonly else ''}[key: string]: {self.write(value)}"

    def index_of(self, type_: Object) -> str:
        """Return the index signature of an object that has one."""
        return "" if type_.index is None else self.index(type_.index, type_.readonly)

    @write.register
    def _object(self, type_: Object) -> str:
        members = [self.property(member) for member in type_.properties]
        if type_.index is not None:
            members.append(self.index(type_.index, type_.readonly))
        return f"{{ {'; '.join(members)} }}" if members else "{}"

    def property(self, member: Property) -> str:
        """Return a property with its type."""
        before, after = "readonly " * member.readonly, "?" * member.optional
        return f"{before}{property_name(member.name)}{after}: {self.write(member.type)}"

    @write.register
    def _function(self, type_: Function) -> str:
        return f"{self.parameters(type_)} => {self.write(type_.result)}"

    def parameters(self, function: Function) -> str:
        """Return the type parameters and parameters of a function."""
        generic = ", ".join(function.type_parameters)
        before = f"<{generic}>" if generic else ""
        receiver = [] if function.receiver is None else [f"this: {self.write(function.receiver)}"]
        return f"{before}({', '.join([*receiver, *map(self._parameter, function.parameters)])})"

    def call(self, function: Function) -> str:
        """Return what follows the name of a declared function."""
        return f"{self.parameters(function)}: {self.write(function.result)}"

    def _parameter(self, parameter: Parameter) -> str:
        before, after = "..." * parameter.rest, "?" * parameter.optional
        name = parameter_name(parameter.name)
        return f"{before}{name}{after}: {self.write(parameter.type)}"

    @write.register
    def _union(self, type_: Union) -> str:
        return " | ".join(map(self._option, type_.options))

    @write.register
    def _intersection(self, type_: Intersection) -> str:
        return " & ".join(map(self._operand, type_.parts))

    def _option(self, type_: Type) -> str:
        """Return a type as an option of a union: what ends in a result would swallow the rest."""
        text = self.write(type_)
        return f"({text})" if isinstance(type_, Function) or "=>" in _outer(text) else text

    def _operand(self, type_: Type) -> str:
        """Return a type where only the tightest binds."""
        text = self.write(type_)
        return text if _is_tight(text) else f"({text})"


def _has_lists(type_: Type) -> bool:
    """Whether there are lists in a type, outside of objects."""
    if isinstance(type_, Union | Intersection):
        return any(map(_has_lists, parts(type_)))
    return isinstance(type_, Array | Tuple)


def _has_names(type_: Type) -> bool:
    """Whether a type is mentioned by name, as it is or as one of several."""
    if isinstance(type_, Union | Intersection):
        return any(map(_has_names, parts(type_)))
    return isinstance(type_, Reference)


def _is_tight(text: str) -> bool:
    """Whether no operator stands outside brackets and quotes."""
    return not re.search(r"[\s|&?]|=>", _outer(text))


def _outer(text: str) -> str:
    """Return what stands outside brackets and quotes."""
    text = re.sub(r'"(?:[^"\\]|\\.)*"', "_", text).replace("=>", "=\0")
    outer, depth = [], 0
    for char in text:
        depth -= char in ")]}>"
        if depth == 0:
            outer.append(char)
        depth += char in "([{<"
    return "".join(outer).replace("=\0", "=>")
