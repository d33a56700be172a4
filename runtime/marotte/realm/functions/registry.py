"""All bindings of a host, numbered: what realms announce to their scripts, encoded once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from marotte.realm.functions.binding import Binding, error_code, error_name
from marotte.realm.functions.declaration import HostFunction
from marotte.realm.functions.types import HostObject
from marotte.realm.modules import CLASSIC_PREFIX

__all__ = ["Registry"]


class Registry:
    """The bindings of a host, in order; immutable, shared by all its realms.

    Raises:
        ValueError: Two bindings claim one name, module, global or type of events.
    """

    def __init__(self, bindings: Iterable[Binding] = ()) -> None:
        self.bindings: dict[str, Binding] = {}
        self.functions: list[HostFunction[..., Any]] = []
        self._indexes: dict[HostFunction[..., Any], int] = {}
        self._classes: list[type[HostObject]] = []
        self._class_texts: dict[int, str] = {}
        self._binding_texts: dict[str, str] = {}
        self._globals: dict[str, str] = {}
        self._accessors: dict[str, str] = {}
        self._modules: dict[str, str] = {}
        self._errors: dict[str, str | None] = {}
        self._events: dict[str, type[BaseModel]] = {}
        self._install_texts: dict[int, str] = {}
        for binding in bindings:
            self._add(binding)

    def _add(self, binding: Binding) -> None:
        _claim(self.bindings, binding.name, binding, "binding")
        for name in binding.global_names:
            if name not in binding.exported:
                raise ValueError(f"binding {binding.name}: global {name} is not exported")
            self._claim_global(self._globals, name, binding)
        for name in binding.global_accessors:
            self._claim_global(self._accessors, name, binding)
        if binding.module is not None:
            _claim(self._modules, binding.module, binding.name, "module")
        for function in binding.functions:
            self._number(function)
        for namespace, members in binding.namespaces.items():
            for function in members:
                function.owner = namespace
                self._number(function)
        for cls in binding.classes:
            self.class_index(cls)
        self._errors.update({error_name(error): error_code(error) for error in binding.errors})
        for name, event in binding.events.items():
            _claim(self._events, name, event, "event")

    def _claim_global(self, table: dict[str, str], name: str, binding: Binding) -> None:
        if name in self._globals or name in self._accessors:
            raise ValueError(f"the global {name!r} is claimed twice")
        table[name] = binding.name

    def _number(self, function: HostFunction[..., Any]) -> int:
        if function not in self._indexes:
            self._indexes[function] = len(self.functions)
            self.functions.append(function)
        return self._indexes[function]

    @property
    def modules(self) -> list[str]:
        """The names that scripts can import."""
        return list(self._modules)

    @property
    def global_names(self) -> list[str]:
        """The names of the globals that bindings provide."""
        return [*self._globals, *self._accessors]

    @property
    def classes(self) -> list[type[HostObject]]:
        """The host classes met so far, in the order of their numbers."""
        return list(self._classes)

    @property
    def events(self) -> Mapping[str, type[BaseModel]]:
        """The types of events that runs may have, with their models."""
        return MappingProxyType(self._events)

    def binding_of(self, module: str) -> Binding | None:
        """The binding that scripts import as `module`."""
        name = self._modules.get(module)
        return None if name is None else self.bindings[name]

    def module_source(self, module: str) -> str | None:
        """An ES module that hands on what the binding exports; ``None``: no such module."""
        binding = self.binding_of(module)
        if binding is None:
            return None
        names = ", ".join(binding.exported)
        return (
            f'const exported = globalThis[Symbol.for("marotte.module")]({json.dumps(module)});\n'
            f"export const {{ {names} }} = exported;\nexport default exported;\n"
        )

    def install_spec(self, max_chars: int) -> str:
        """What the kernel is told at the start of a realm, as JSON."""
        text = self._install_texts.get(max_chars)
        if text is None:
            text = self._install_texts[max_chars] = json.dumps(
                {
                    "maxChars": max_chars,
                    "classicColumns": len(CLASSIC_PREFIX),
                    "globals": self._globals,
                    "accessors": self._accessors,
                    "modules": self._modules,
                    "errors": self._errors,
                }
            )
        return text

    def binding_spec(self, name: str) -> str:
        """What the kernel needs to build a binding, as tagged JSON."""
        text = self._binding_texts.get(name)
        if text is None:
            binding = self.bindings[name]
            text = self._binding_texts[name] = "j" + json.dumps(
                {
                    "functions": [f.spec(self._number(f)) for f in binding.functions],
                    "namespaces": {
                        namespace: [f.spec(self._number(f)) for f in members]
                        for namespace, members in binding.namespaces.items()
                    },
                    "exported": binding.exported,
                    "values": dict(binding.values),
                    "errors": [error_name(error) for error in binding.errors],
                    "face": binding.face is not None,
                }
            )
        return text

    def face(self, name: str) -> tuple[str, str]:
        """Source and file name of a binding's JavaScript face."""
        return self.bindings[name].face or "(() => ({}))", f"./marotte:{name}"

    def class_index(self, cls: type[HostObject]) -> int:
        """The number of a host class; allotted when it is first met."""
        try:
            return self._classes.index(cls)
        except ValueError:
            self._classes.append(cls)
            return len(self._classes) - 1

    def class_spec(self, index: int) -> str:
        """The members of a host class, as tagged JSON."""
        text = self._class_texts.get(index)
        if text is None:
            described = self._classes[index].js_class
            members = [
                {
                    **member.function.spec(self._number(member.function)),
                    "kind": member.kind,
                    "cached": member.cached,
                }
                for member in described.members
            ]
            spec = {"name": described.name, "members": members}
            text = self._class_texts[index] = "j" + json.dumps(spec)
        return text


def _claim(table: dict[str, Any], name: str, value: object, kind: str) -> None:
    if name in table:
        raise ValueError(f"the {kind} {name!r} is claimed twice")
    table[name] = value
