"""The typings say what a live realm has: names, arities, fields, both ways."""

from __future__ import annotations

import json
import re
from pathlib import Path

import anyio
import pytest
from tests.typegen.drift import differences, global_checks, module_checks, told_checks
from tests.typegen.live import Live, look, sample, told

from marotte.host import load_bindings
from marotte.typegen import GLOBALS_FILE, generate


@pytest.fixture(scope="module")
def live() -> Live:
    return anyio.run(look)


@pytest.fixture(scope="module")
def typings() -> dict[str, str]:
    return generate(load_bindings())


def test_the_module_has_what_it_says(tmp_path: Path, live: Live, typings: dict[str, str]) -> None:
    assert {"createSession", "engines"} <= live.module.keys()
    assert {"Session", "RunHandle"} <= live.classes.keys()
    assert differences(tmp_path, typings, module_checks(live)) == []


def test_the_globals_are_what_they_say(tmp_path: Path, live: Live, typings: dict[str, str]) -> None:
    assert {"console", "setTimeout", "AbortSignal"} <= live.bound.keys()
    assert differences(tmp_path, typings, global_checks(live)) == []


def test_no_global_is_declared_that_does_not_exist(live: Live, typings: dict[str, str]) -> None:
    declared = re.compile(r"^declare (?:var|function|class|namespace) (\w+)", re.MULTILINE)
    assert sorted(declared.findall(typings[GLOBALS_FILE])) == sorted(live.bound)


async def test_what_scripts_get_is_of_the_types_it_says(
    tmp_path: Path, typings: dict[str, str]
) -> None:
    found = await sample()
    types = {event["type"] for event in found["events"]}
    assert {"run-started", "text-delta", "tool-call-requested", "run-stopping", "output"} <= types
    names = {error["name"] for error in found["errors"]}
    assert {"EngineError", "RunStoppedError", "RunTimeoutError", "SessionClosedError"} <= names
    lines = [f"({json.dumps(event)}) satisfies marotte.RunEvent;" for event in found["events"]]
    lines += [f"({json.dumps(turn)}) satisfies marotte.Turn;" for turn in found["turns"]]
    for error in found["errors"]:
        lines.append(f"({json.dumps(error)}) satisfies Own<marotte.{error['name']}>;")
    lines.append(f"({json.dumps(found['usage'])}) satisfies marotte.Usage;")
    lines.append(f"({json.dumps(found['consts'])}) satisfies typeof marotte.consts;")
    assert differences(tmp_path, typings, lines) == []


async def test_what_functions_are_told_is_what_it_says(
    tmp_path: Path, live: Live, typings: dict[str, str]
) -> None:
    found = await told("told.mjs")
    types = {each.type for each in found}
    assert {"EngineContext", "RunContext", "ToolContext", "FinishedToolCall", *live.errors} <= types
    assert differences(tmp_path, typings, [*told_checks(found, "marotte")]) == []


async def test_what_functions_are_told_by_the_older_module_is_what_it_says(
    tmp_path: Path, typings: dict[str, str]
) -> None:
    found = await told("told_older.mjs")
    never = {"LogEvent", "InfoEvent"}
    declared = re.compile(r"interface (\w+(?:Event|Payload|Context|Info)) ")
    types = {each.type for each in found}
    assert types >= {*declared.findall(typings["geppetto.d.ts"])} - never
    assert differences(tmp_path, typings, [*told_checks(found, "geppetto")]) == []


# -- that a difference would be noticed ------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("  export function createBuilder(", "  export function createBuildr(", "createBuild"),
        ("    turnCount(): number;\n", "", "turnCount"),
        ("    turnCount(): number;\n", "    turnCount(): number; more(): void;\n", "more"),
        ("    turnCount(): number;\n", "    readonly turnCount: number;\n", "turnCount"),
        ("    getTurn(index: number)", "    getTurn(index?: number)", "getTurn"),
        (
            "    readonly promise: Promise<T>;",
            "    promise(): Promise<T>;",
            "promise",
        ),
        (
            "one. */\n    [Symbol.asyncIterator]()",
            "one. */\n    [Symbol.iterator]()",
            "asyncIterator",
        ),
        ("    function scripted(", "    function script(", "script"),
        ("readonly version: typeof version;", "", "version"),
    ],
)
def test_a_difference_is_named(
    tmp_path: Path, live: Live, typings: dict[str, str], old: str, new: str, named: str
) -> None:
    text = typings["marotte.d.ts"]
    assert text.count(old) == 1
    changed = {**typings, "marotte.d.ts": text.replace(old, new)}
    found = differences(tmp_path, changed, module_checks(live))
    assert found
    assert any(named in line for line in found)
