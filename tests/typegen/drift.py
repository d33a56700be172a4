"""Lines that the compiler refuses, naming the difference, where the typings and a realm differ."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.typegen.compiler import compile_files
from tests.typegen.live import Live, Members, Told

__all__ = [
    "differences",
    "global_checks",
    "is_",
    "keys",
    "module_checks",
    "same_keys",
    "told_checks",
]

# Editors ask for an argument that the function itself would rather miss in its own words.
STRICTER = {"createSession": "1", "host": "1 | 2", "useHostMiddleware": "1 | 2"}

# What the library of ES2023 has and the engine has not, or not under this name.
NOT_IN_THE_ENGINE = {"Intl"}

PRELUDE = """
import * as marotte from "marotte";
import * as geppetto from "geppetto";
type Count<T extends readonly unknown[], N extends unknown[] = []> =
  T extends readonly [unknown, ...infer R] ? Count<R, [...N, unknown]> : N["length"];
type Arity<F> = F extends (...args: infer A) => unknown ? Count<A> : "none";
type ConstructorArity<C> = C extends new (...args: infer A) => unknown ? Count<A> : "none";
type Own<E> = Omit<E, Exclude<keyof Error, "name">>;
type Optional<T> = { [K in keyof T]-?: {} extends Pick<T, K> ? K : never }[keyof T];
"""


def is_(expected: str, actual: str) -> str:
    """A line that is an error, naming the difference, unless one type fits the other."""
    return f"export const _: {expected} = null! as unknown as {actual};"


def key(name: str) -> str:
    return f"typeof {name[1:-1]}" if name.startswith("[") else json.dumps(name)


def keys(names: Iterable[str]) -> str:
    return " | ".join(map(key, names)) or "never"


def same_keys(names: Iterable[str], type_: str, base: str = "never") -> Iterator[str]:
    """Each name is a key of the type, and each of its keys a name, or one of the base's."""
    names = list(names)
    yield is_("never", f"Exclude<{keys(names)}, keyof {type_}>")
    yield is_("never", f"Exclude<keyof {type_}, {keys(names)} | {base}>")


def arities(members: Members, type_: str) -> Iterator[str]:
    for name, arity in members.items():
        declared = f"Arity<{type_}[{key(name)}]>"
        if arity is None:  # A property may hold a function, or none.
            yield is_(declared, '"none"')
        else:
            yield is_(STRICTER.get(name, str(arity)), declared)


def member_checks(members: Members, type_: str, base: str = "never") -> list[str]:
    return [*same_keys(members, type_, base), *arities(members, type_)]


def module_checks(live: Live) -> list[str]:
    functions = {n: a for n, a in live.module.items() if n not in live.errors}
    lines = [*same_keys([*live.module, "default"], "typeof marotte")]
    lines += same_keys(live.module, "typeof marotte.default")
    lines += arities(functions, "(typeof marotte)")
    for name, members in live.namespaces.items():
        lines += member_checks(members, f"(typeof marotte.{name})")
    for name, members in live.classes.items():
        lines += member_checks(members, f"marotte.{name}")
    return lines


def global_checks(live: Live) -> list[str]:
    names = {*live.globals, *NOT_IN_THE_ENGINE}
    lines = [f"void {name};" for name in live.bound]
    lines.append(is_("never", f"Exclude<keyof typeof globalThis, {keys(names)}>"))
    for name, members in live.objects.items():
        base = "EventTarget" if name == "performance" else "{}"
        lines += member_checks(members, f"(typeof {name})", f"keyof {base}")
    for name, members in live.instances.items():
        base = live.bases[name]
        lines += member_checks(members, name, f"keyof {base}" if base else "never")
        bases = f'"prototype" | keyof typeof {base}' if base else '"prototype"'
        lines += member_checks(live.statics[name], f"(typeof {name})", bases)
        lines.append(is_(f'{live.bound[name]} | "none"', f"ConstructorArity<typeof {name}>"))
    plain = {n: a for n, a in live.bound.items() if n not in live.instances}
    lines += arities(plain, "(typeof globalThis)")
    return lines


def told_checks(told: Iterable[Told], module: str) -> Iterator[str]:
    """What was told is of the types it is said to be, and together it had all of their members."""
    met: dict[str, Members] = {}
    for each in told:
        type_ = f"{module}.{each.type}"
        base = f"Own<{type_}>" if each.type.endswith("Error") else type_
        yield f"({json.dumps(each.data)}) satisfies Omit<{base}, {keys(each.rest)}>;"
        met.setdefault(each.type, {}).update({**dict.fromkeys(each.data), **each.rest})
    for name, members in met.items():
        type_ = f"{module}.{name}"
        yield from same_keys(members, type_, "keyof Error" if name.endswith("Error") else "never")
        for key, arity in members.items():
            if arity is not None:
                yield is_(str(arity), f"Arity<{type_}[{json.dumps(key)}]>")


def numbered(lines: Iterable[str]) -> str:
    return "\n".join(line.replace("const _:", f"const _{i}:", 1) for i, line in enumerate(lines))


def differences(folder: Path, typings: dict[str, str], lines: list[str]) -> list[str]:
    """What the compiler says of each line, with the line."""
    text = PRELUDE + numbered(lines)
    found = compile_files(folder, {**typings, "drift.ts": text})
    source = text.splitlines()
    return [
        f"{line} in: {source[int(at[1]) - 1]}" if at else line
        for line in found
        for at in [re.match(r"drift\.ts\((\d+)", line)]
    ]
