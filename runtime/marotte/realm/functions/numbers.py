"""Where numbers are wanted in what a script passes: there, NaN and Infinity are refused.

JSON has neither: they would cross as `null`, which options take for absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, JsonValue
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

__all__ = ["number_paths"]


def number_paths(annotation: Any, seen: frozenset[Any] = frozenset()) -> JsonValue:
    """Where numbers are wanted in a value of this type; free JSON is not looked into.

    Returns:
        ``True``: it is one itself; a tree of property names (``*``: each element); both, as a
        list, where it may be either; ``None``: nowhere.
    """
    if annotation in (int, float):
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return None if annotation in seen else _in_model(annotation, seen | {annotation})
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return number_paths(_given(arguments[0], arguments[1:]), seen)
    if origin in (Union, UnionType):
        return _merge(number_paths(argument, seen) for argument in arguments)
    if origin in (list, tuple, Sequence):
        inner = number_paths(arguments[0], seen)
        return None if inner is None else {"*": inner}
    return None


def _in_model(model: type[BaseModel], seen: frozenset[Any]) -> JsonValue:
    found: dict[str, JsonValue] = {}
    for name, info in model.model_fields.items():
        inner = number_paths(_given(info.annotation, info.metadata), seen)
        if inner is not None:
            found[_key(name, info)] = inner
    return found or None


def _key(name: str, info: FieldInfo) -> str:
    alias = info.validation_alias or info.alias
    return alias if isinstance(alias, str) else name


def _given(annotation: Any, metadata: Iterable[Any]) -> Any:
    """What is passed where a validator makes something else of it."""
    said = (getattr(each, "json_schema_input_type", PydanticUndefined) for each in metadata)
    return next((each for each in said if each is not PydanticUndefined), annotation)


def _merge(alternatives: Iterable[JsonValue]) -> JsonValue:
    itself = False
    tree: dict[str, JsonValue] = {}
    for each in alternatives:
        for part in each if isinstance(each, list) else [each]:
            itself = itself or part is True
            for key, inner in part.items() if isinstance(part, dict) else ():
                tree[key] = _merge([tree.get(key), inner])
    if itself:
        return [True, tree] if tree else True
    return tree or None
