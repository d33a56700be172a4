"""What a binding offers to scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, JsonValue

from marotte.realm.functions.declaration import HostFunction
from marotte.realm.functions.types import HostObject

__all__ = ["Binding", "error_code", "error_name"]


@dataclass(frozen=True, kw_only=True)
class Binding:
    """A JavaScript-visible module: host functions, values, classes, errors and a face.

    Attributes:
        name: Unique among bindings.
        module: The name by which scripts import it; ``None``: only globals.
        functions: Host functions. Those whose names start with ``_`` are for the face alone.
        namespaces: Host functions that are exported as the members of a frozen object. The face
            finds it under its name in `host`, and may return one with more members.
        declared_namespaces: Members that the face adds to a namespace.
        global_names: Which exported names are globals.
        global_accessors: Globals that the face defines on the global object when it is loaded, as a
            getter and a setter, by name and type.
        values: Frozen JSON constants by name.
        classes: Host classes that only appear as results.
        errors: Error classes (Python), exported by their ``js_name``.
        error_properties: Describe what these errors carry in JavaScript, beside name and message,
            by class; of several, that of the nearest base counts.
        events: Types of events that runs may have because of this binding, with their models.
        face: JavaScript source of a function ``(host, kernel) => exports`` that completes what the
            functions cannot express; what it adds is declared in `declared`.
        declared: Functions implemented by the face, declared in Python for the typings.
        declared_classes: Classes implemented by the face and exported under their names; see
            :mod:`marotte.realm.functions.declared`.
        declared_values: Objects implemented by the face, by name, with their types: mostly the
            declared class that says what they are.
        declared_types: Declared classes of objects that scripts get from functions of the face,
            without the class itself, and models that a type in TypeScript names.
        declared_inputs: Types of what scripts give, that a type in TypeScript names.
        tools: Tools that the binding adds to those of the host; see ``marotte.Tool``.
        middlewares: Factories of middlewares that it adds to those of the host, by name; see
            ``marotte.inference.MiddlewareFactory``.
        doc: What the binding is for, in a sentence.
        docs: What its values and namespaces are, by name; what members of its values are, by path,
            such as ``limits.height``. One of which nothing is said is as what it belongs to.
    """

    name: str
    module: str | None = None
    functions: Sequence[HostFunction[..., Any]] = ()
    namespaces: Mapping[str, Sequence[HostFunction[..., Any]]] = field(default_factory=dict)
    global_names: Sequence[str] = ()
    global_accessors: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, JsonValue] = field(default_factory=dict)
    classes: Sequence[type[HostObject]] = ()
    errors: Sequence[type[BaseException]] = ()
    error_properties: Mapping[type[BaseException], type[BaseModel]] = field(default_factory=dict)
    events: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    face: str | None = None
    declared: Sequence[HostFunction[..., Any]] = ()
    declared_classes: Sequence[type] = ()
    declared_values: Mapping[str, Any] = field(default_factory=dict)
    declared_types: Sequence[type] = ()
    declared_inputs: Sequence[Any] = ()
    declared_namespaces: Mapping[str, Sequence[HostFunction[..., Any]]] = field(
        default_factory=dict
    )
    tools: Sequence[Any] = ()
    middlewares: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    doc: str = ""
    docs: Mapping[str, str] = field(default_factory=dict)

    @property
    def exported(self) -> list[str]:
        """The names that scripts see, in order of declaration; constants first."""
        names = list(self.values)
        names += [function.js_name for function in self.functions]
        names += [function.js_name for function in self.declared]
        names += [cls.__name__ for cls in self.declared_classes]
        names += list(self.declared_values)
        names += [*self.namespaces, *self.declared_namespaces]
        names += [error_name(error) for error in self.errors]
        return list(dict.fromkeys(name for name in names if not name.startswith("_")))

    def properties_of(self, error: type[BaseException]) -> type[BaseModel] | None:
        """What describes the properties of an error of a class, if anything does."""
        known = (self.error_properties.get(base) for base in error.__mro__)
        return next((model for model in known if model is not None), None)


def error_name(error: type[BaseException]) -> str:
    """The name of an error class in JavaScript."""
    return str(getattr(error, "js_name", error.__name__))


def error_code(error: type[BaseException]) -> str | None:
    """The `code` of an error of the class that says none itself: its ``default_code``."""
    code = getattr(error, "default_code", None)
    return code if isinstance(code, str) else None
