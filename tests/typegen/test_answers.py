"""What the compiler knows of a run's result: its `outputSchema` says what `output` is."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.typegen.compiler import COMPILERS, compile_files
from tests.typegen.language_server import CURSOR, LanguageServer

from marotte.host import load_bindings
from marotte.typegen import generate

SESSION = """
import { createSession, engines, runInference, tools } from "marotte";
const session = createSession({ engine: engines.echo() });
"""
SCHEMA = '{ type: "object", properties: { n: { type: "number" } }, required: ["n"] }'

FINE = f"""
{SESSION}
const turn = await session.runAsync("x", {{ timeoutMs: 5, outputSchema: {SCHEMA} }});
turn.output.n.toFixed();
const list = session.run("x", {{ outputSchema: {{ type: "array", items: {{ type: "string" }} }} }});
list.output[0].length;
const run = session.start(undefined, {{ outputSchema: {{ enum: ["a", "b"] }} }});
if ((await run.promise).output === "a") run.status;
const registry = tools.createRegistry();
runInference(engines.echo(), "x", {{ tools: registry, outputSchema: {SCHEMA} }}).output.n;
registry.registerAgent("a", {{ parameters: {SCHEMA}, run: {{ outputSchema: {SCHEMA} }} }});
registry.registerAgent("b", {{ name: "c", run: {{ timeoutMs: 5 }} }}).registerAgent("d");
const kept = /** @type {{const}} */ ({SCHEMA});
session.run("x", {{ outputSchema: kept }}).output.n.toFixed();
const wide = {SCHEMA};
/** @type {{import("marotte").JsonValue}} */
const json = session.run("x", {{ outputSchema: wide }}).output;
/** @type {{import("marotte").JsonValue | undefined}} */
const perhaps = session.run("x").output;
session.run("x", {{ outputSchema: null }}).output?.toString();
/** @type {{import("marotte").RunOptions}} */
const options = {{ timeoutMs: 5 }};
session.run("x", options).output?.toString();
session.append(turn);
/** @type {{import("marotte").AnsweredTurn[]}} */
const turns = [turn, await run.promise, ...session.turns()];
/** @type {{import("marotte").RunHandle[]}} */
const runs = [run, session.start("x")];
"""

MISTAKES = f"""
{SESSION}
const registry = tools.createRegistry();
const turn = await session.runAsync("x", {{ outputSchema: {SCHEMA} }});
// @ts-expect-error what the schema does not name
turn.output.m;
const run = session.start(undefined, {{ outputSchema: {{ enum: ["a", "b"] }} }});
// @ts-expect-error none of the words
if ((await run.promise).output === "c") run.status;
// @ts-expect-error without a schema, nothing is known of it
session.run("x").output.n;
// @ts-expect-error it may be absent
session.run("x").output.toString();
// @ts-expect-error no type that there is
session.run("x", {{ outputSchema: {{ type: "obejct" }} }});
// @ts-expect-error no type that there is, further inside
session.run("x", {{ outputSchema: {{ properties: {{ n: {{ items: {{ type: "nmber" }} }} }} }} }});
// @ts-expect-error no type that there is
session.run("x", {{ outputSchema: {{ anyOf: [{{ type: "null" }}, {{ type: ["nmber"] }}] }} }});
// @ts-expect-error no type that there is
registry.register({{ name: "t", parameters: {{ type: "obejct" }}, handler: () => 1 }});
// @ts-expect-error no type that there is
registry.registerAgent("a", {{ parameters: {{ type: "obejct" }} }});
// @ts-expect-error no type that there is
registry.registerAgent("a", {{ run: {{ outputSchema: {{ type: "obejct" }} }} }});
// @ts-expect-error an unknown option beside it
session.run("x", {{ outputSchema: {SCHEMA}, timeout: 5 }});
"""


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("text", [FINE, MISTAKES], ids=["fine", "mistakes"])
def test_the_schema_says_what_the_output_is(tmp_path: Path, compiler: str, text: str) -> None:
    files = {**generate(load_bindings()), "script.mjs": text}
    assert compile_files(tmp_path, files, compiler) == []


def test_its_members_are_offered(editor: LanguageServer) -> None:
    called = f"(await session.runAsync('x', {{ outputSchema: {SCHEMA} }}))"
    assert set(editor.completions(f"{SESSION}{called}.output.{CURSOR}", ".")) == {"n"}


@pytest.mark.parametrize("place", ["<>", "properties: { n: { <> } }", "items: { <> }"])
def test_keywords_are_offered_in_a_schema(editor: LanguageServer, place: str) -> None:
    schema = place.replace("<>", CURSOR)
    found = editor.completions(f"{SESSION}session.run('x', {{ outputSchema: {{ {schema} }} }});")
    assert {"type", "properties", "required", "items", "enum"} <= found.keys()


@pytest.mark.parametrize("place", ["type: '<>'", "properties: { n: { type: '<>' } }"])
def test_the_types_of_a_schema_are_offered(editor: LanguageServer, place: str) -> None:
    schema = place.replace("<>", CURSOR)
    text = f"{SESSION}session.run('x', {{ outputSchema: {{ {schema} }} }});"
    assert {"object", "string", "integer"} <= editor.completions(text, "'").keys()


def test_a_mistaken_type_is_underlined(editor: LanguageServer) -> None:
    (found,) = editor.errors(
        f"{SESSION}session.run('x', {{ outputSchema: {{ type: 'obejct' }} }});"
    )
    assert '"obejct" & UnknownSchemaKind' in found
