"""Where functions and host objects may stand in what a script passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel, JsonValue

from marotte.realm.functions.types import Callback, HostObject

__all__ = ["Lifts", "lift_paths"]


@dataclass(frozen=True, eq=False)
class Lifts:
    """In ``Annotated``: where functions and host objects may stand, where the type cannot tell.

    Attributes:
        paths: As :func:`lift_paths` answers.
    """

    paths: JsonValue


def lift_paths(annotation: Any, seen: frozenset[Any] = frozenset()) -> JsonValue:
    """Where functions and host objects may stand in a value of this type.

    Returns:
        ``True``: the value itself may be one; a tree of property names (``*``: each element);
        ``None``: nowhere.
    """
    if isinstance(annotation, Lifts):
        return annotation.paths
    if isinstance(annotation, type) and issubclass(annotation, Callback | HostObject):
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _model_lifts(annotation, seen)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (list, tuple, Sequence):
        inner = lift_paths(arguments[0], seen)
        return None if inner is None else {"*": inner}
    return _merge(lift_paths(argument, seen) for argument in arguments)


def _model_lifts(model: type[BaseModel], seen: frozenset[Any]) -> JsonValue:
    if model in seen:
        return None
    found: dict[str, JsonValue] = {}
    for name, info in model.model_fields.items():
        inner = lift_paths(info.annotation, seen | {model})
        if inner is not None:
            found[info.alias or name] = inner
    return found or None


def _merge(lifts: Any) -> JsonValue:
    """The union of several alternatives' paths."""
    merged: dict[str, JsonValue] = {}
    itself = False
    for lift in lifts:
        if lift is True:
            itself = True
        elif isinstance(lift, dict):
            merged.update(lift)
    if merged and itself:
        merged["()"] = True
    return merged or (True if itself else None)
