"""What a live realm has: names, kinds and arities, as a script finds them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from marotte import Runtime
from marotte.conversation import MarotteError, Turn
from marotte.host import load_bindings
from marotte.realm import Binding, HostObject, host_function
from marotte.realm.functions.binding import error_name
from marotte.runs import EngineError

__all__ = ["Live", "Members", "Told", "host_classes", "look", "sample", "told"]

Members: TypeAlias = dict[str, int | None]
"""The arity of each function by name; ``None`` for what is none."""


@dataclass(frozen=True, slots=True)
class Live:
    """Members by what has them.

    Attributes:
        module: Exports of the module ``marotte``.
        namespaces: Members of its exports that are objects.
        classes: Members of the host classes, without those of ``Object``.
        globals: Every name of the global object.
        bound: Those globals that bindings define.
        objects: Members of the globals that are objects.
        instances: Own members of the prototypes of the globals that are classes.
        statics: Own members of those classes.
        bases: What those classes extend; empty: nothing.
        errors: The names of what is instance of ``Error`` among the exports.
    """

    module: Members
    namespaces: dict[str, Members]
    classes: dict[str, Members]
    globals: list[str]
    bound: Members
    objects: dict[str, Members]
    instances: dict[str, Members]
    statics: dict[str, Members]
    bases: dict[str, str]
    errors: list[str]


def host_classes() -> dict[str, type[HostObject]]:
    """The host classes of the module ``marotte`` by name, but for those of iterators."""
    (core,) = (binding for binding in load_bindings() if binding.module == "marotte")
    members = [member for cls in core.classes for member in cls.js_class.members]
    iterators = [m.function.hints["return"].__origin__ for m in members if m.kind == "iterator"]
    return {cls.js_class.name: cls for cls in core.classes if cls not in iterators}


@host_function
def instance(name: str) -> HostObject:
    """An object of a class, of which only the prototype may be looked at."""
    cls = host_classes()[name]
    return cls.__new__(cls)


@host_function
def raised(name: str) -> None:
    """Raise an error of a class with all that it may carry."""
    (cls,) = (e for b in load_bindings() for e in b.errors if error_name(e) == name)
    error = cls("a message")
    for known in ("run_id", "session_id", "provider", "request_id"):
        if hasattr(error, known):
            setattr(error, known, "a word")
    if isinstance(error, EngineError):
        error.status = 500
    if isinstance(error, MarotteError):
        error.partial_turn = Turn()
    raise error


PROBE = Binding(name="probe", module="probe", functions=[instance, raised])

SOURCE = Path(__file__).with_name("look.mjs")


async def look() -> Live:
    """Look at all that the first-party bindings offer."""
    bindings = load_bindings()
    names = [n for b in bindings for n in (*b.global_names, *b.global_accessors)]
    source = SOURCE.read_text(encoding="utf-8").replace("BOUND", json.dumps(names))
    source = source.replace("CLASSES", json.dumps([*host_classes()]))
    async with Runtime(bindings=[*bindings, PROBE]) as runtime:
        found: dict[str, Any] = await runtime.run_source(source)
    return Live(**found)


@dataclass(frozen=True, slots=True)
class Told:
    """What a script was told.

    Attributes:
        type: What the typings call it.
        data: Its members that are JSON.
        rest: The others: the arity of each function, ``None`` for an object.
    """

    type: str
    data: dict[str, Any]
    rest: Members


async def told(name: str) -> list[Told]:
    """What functions of a script are told, and the errors it meets.

    Args:
        name: The script, which exports a list of it.
    """
    tell = SOURCE.with_name("tell.js").read_text(encoding="utf-8")
    source = SOURCE.with_name(name).read_text(encoding="utf-8").replace("TELL", tell, 1)
    async with Runtime(bindings=[*load_bindings(), PROBE]) as runtime:
        found: list[dict[str, Any]] = await runtime.run_source(source)
    return [Told(**each) for each in found]


SAMPLE_SOURCE = Path(__file__).with_name("sample.mjs")


async def sample() -> dict[str, Any]:
    """Events, errors, turns and a usage that scripts got, as JSON."""
    async with Runtime() as runtime:
        run = runtime.run_source(SAMPLE_SOURCE.read_text(encoding="utf-8"))
        found: dict[str, Any] = await run
        found["events"] += [event.wire() async for event in run]
    return found
