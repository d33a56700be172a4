"""Tools as sets of named types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from marotte.typegen.docs import Doc
from marotte.typegen.reading import read_json
from marotte.typegen.schema import Direction, Schema
from marotte.typegen.tools.limiting import (
    Described,
    least_size,
    limited,
    mentions,
    reachable,
    undocumented,
    without_endless_aliases,
)
from marotte.typegen.tools.resolving import ROOT, resolved
from marotte.typegen.types import Type

__all__ = ["Side", "ToolSchema", "ToolTypes", "wanted_name"]


def _no_parameters() -> Mapping[str, object]:
    return {"type": "object", "properties": {}}


@dataclass(frozen=True, slots=True)
class ToolSchema:
    """A tool as its JSON Schemas describe it.

    Attributes:
        name: What it is called by; any text.
        description: What it does, in Markdown.
        parameters: The JSON Schema of its arguments, which are one object.
        result: The JSON Schema of what it answers; ``None``: it may be anything.
    """

    name: str
    description: str = ""
    parameters: Mapping[str, object] | bool = field(default_factory=_no_parameters)
    result: Mapping[str, object] | bool | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """What a tool takes, or what it answers: types by JSON pointer, the whole one first."""

    types: Mapping[str, Described]

    @classmethod
    def read(cls, schema: object, direction: Direction) -> Side:
        """Read a schema that scripts give values of, or get them."""
        found = {key: _described(s, direction) for key, s in resolved(schema).items()}
        return cls(without_endless_aliases(found))

    @property
    def type(self) -> Type:
        """The type of the whole."""
        return self.types[ROOT].type

    def limited(self, depth: int) -> Side:
        """Return as much of it as a depth allows."""
        return Side(limited(self.types, depth))

    def undocumented(self) -> Side:
        """Return it without a word about it."""
        return Side(undocumented(self.types))

    def identities(self) -> dict[str, str]:
        """Return what is the same for two definitions that are the same in all they mention."""
        told = {key: tuple(dict.fromkeys(mentions(t.type))) for key, t in self.types.items()}
        own = {key: _digest(repr(found)) for key, found in self.types.items()}
        return {
            key: f"{key}:{_digest(repr([(k, own[k]) for k in reachable(told, key)]))}"
            for key in self.types
        }


def _digest(text: str) -> str:
    return sha256(text.encode(errors="replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class ToolTypes:
    """A tool with the types of what it takes and answers."""

    name: str
    doc: Doc
    takes: Side
    answers: Side

    @classmethod
    def read(cls, tool: ToolSchema) -> ToolTypes:
        """Read a tool's schemas; nothing is refused."""
        answers = True if tool.result is None else tool.result
        takes = Side.read(tool.parameters, "input")
        return cls(tool.name, Doc(tool.description.strip()), takes, Side.read(answers, "output"))

    @property
    def least_size(self) -> int:
        """How many characters its types take at least."""
        return least_size(self.takes.types) + least_size(self.answers.types)

    def limited(self, depth: int) -> ToolTypes:
        """Return the tool with its types down to a depth, without a word about them."""
        takes, answers = self.takes.undocumented(), self.answers.undocumented()
        doc = Doc(self.doc.text.split("\n", 1)[0]) if depth < 0 else self.doc
        return ToolTypes(self.name, doc, takes.limited(depth), answers.limited(depth))


def _described(schema: Schema | bool, direction: Direction) -> Described:
    said = schema.get("description", "") if isinstance(schema, dict) else ""
    return Described(read_json(schema, direction), Doc(said))


def wanted_name(tool: str, pointer: str, suffix: str) -> str:
    """Return what a type is to be called: a definition keeps its name, the whole has the tool's."""
    last = pointer.rsplit("/", 1)[-1]
    if re.fullmatch(r"/(\$defs|definitions|components/schemas)/[^/]+", pointer):
        return last.replace("~1", "/").replace("~0", "~")
    words = re.findall(r"[A-Za-z0-9]+", tool if pointer == ROOT else f"{tool} {last}")
    return "".join(word[0].upper() + word[1:] for word in words) + suffix
