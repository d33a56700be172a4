"""Changes to types of data: their fields, the words in these, and the events there are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import BaseModel
from tests.typegen.mutations.sources import OTHER_TYPE, Exposed, Mutation, file_of, nodes
from tests.typegen.samples import data_types

from marotte.events import EVENT_TYPES
from marotte.host import load_bindings

__all__ = ["of_aliases", "of_events", "of_models", "of_words_in", "words_in"]

EVENTS = Path("runtime/marotte/events/event.py")


@cache
def told_of() -> set[type[BaseModel]]:
    """All models that the typings tell of."""
    found = {data.model for data in data_types(module=None)}
    return found | {model for b in load_bindings() for model in b.error_properties.values()}


def models() -> set[type[BaseModel]]:
    """All models that the typings tell of, with what they inherit from."""
    return {base for model in told_of() for base in model.__mro__ if issubclass(base, BaseModel)}


def _is_told(model: type[BaseModel], name: str) -> bool:
    """Whether a field is told of: a model may have one only for others to have their own."""
    owners = (
        next(base for base in each.__mro__ if name in vars(base).get("__annotations__", ()))
        for each in told_of()
        if issubclass(each, model)
    )
    return model in owners


def of_models() -> Iterator[Mutation]:
    """The fields of all models."""
    for model in models():
        file = file_of(model)
        for node in nodes(file) if file is not None else ():
            if isinstance(node, ast.ClassDef) and node.name == model.__name__:
                for field in node.body:
                    if file is not None and isinstance(field, ast.AnnAssign):
                        yield from _of_field(file, model, field)


def _of_field(file: Path, model: type[BaseModel], field: ast.AnnAssign) -> Iterator[Mutation]:
    name = ast.unparse(field.target)
    declared = model.model_fields.get(name)
    if declared is None or declared.exclude or not _is_told(model, name):
        return
    value = "" if field.value is None else f" = {ast.unparse(field.value)}"
    if name == "type" and isinstance(field.value, ast.Constant):
        event = ast.literal_eval(field.value)
        exposed = Exposed(f"events.{event}", frozenset({event}), file)
        other = f"{event}-now"
        yield exposed.changed("rename", field, f"type: Literal[{other!r}] = {other!r}")
        return
    alias = declared.serialization_alias or declared.alias or name
    names = frozenset({name, alias})
    exposed = Exposed(f"{model.__name__}.{name}", names, file)
    type_ = ast.unparse(field.annotation)
    yield exposed.changed("remove", field, "pass")
    own = f"alias='{alias}'"
    if own in value:
        aliased = value.replace(own, f"alias='{alias}Now'")
        yield exposed.changed("rename", field, f"{name}: {type_}{aliased}")
    else:
        yield exposed.changed("rename", field, f"{name}_now: {type_}{value}")
    yield exposed.changed("retype", field, f"{name}: {OTHER_TYPE} | None = None")
    yield from of_words_in(file, field.annotation)


# -- words ----------------------------------------------------------------------------------------


def of_aliases() -> Iterator[Mutation]:
    """The words of named choices."""
    files = {file_of(model) for model in models()} - {None}
    for file in (file for file in files if file is not None):
        for node in nodes(file):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "TypeAliasType":
                yield from of_words_in(file, node.args[1])
            elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "BlockKind":
                assert node.value is not None
                yield from of_words_in(file, node.value)


def of_words_in(file: Path, type_: ast.expr) -> Iterator[Mutation]:
    """The words of which a type leaves the choice."""
    for choice in ast.walk(type_):
        if isinstance(choice, ast.Subscript) and ast.unparse(choice.value) == "Literal":
            if isinstance(choice.slice, ast.Tuple):
                yield from words_in(file, choice, choice.slice.elts)


def words_in(
    file: Path, container: ast.expr, words: list[ast.expr], other: str = "_now"
) -> Iterator[Mutation]:
    """Changes to words that stand in a choice, a list or a call."""
    for word in words:
        if isinstance(word, ast.Constant) and isinstance(word.value, str):
            key, changed = word.value.upper().replace("-", "_"), word.value + other
            names = frozenset({word.value, key, changed})
            exposed = Exposed(f"words.{word.value}", names, file)
            yield exposed.without(container, word)
            yield exposed.changed("rename", word, repr(changed))


# -- events ---------------------------------------------------------------------------------------


def of_events() -> Iterator[Mutation]:
    """The events that there are no more."""
    classes = {event.__name__: name for name, event in EVENT_TYPES.items()}
    for node in nodes(EVENTS):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "KnownEvent":
            assert isinstance(node.value, ast.Subscript)
            assert isinstance(node.value.slice, ast.Tuple)
            union = node.value.slice.elts[0]
            for member in ast.walk(union):
                if isinstance(member, ast.Name):
                    event = classes[member.id]
                    exposed = Exposed(f"events.{event}", frozenset({event}), EVENTS)
                    yield exposed.without(union, member)
