"""What the compiler finds out by itself, where a script says nothing of types."""

from __future__ import annotations

import pytest
from tests.typegen.language_server import CURSOR, LanguageServer

IMPORTS = """
import { agents, createSession, engines, middlewares, runInference, tools } from "marotte";
import gp from "geppetto";
const session = createSession({ engine: engines.echo() });
const run = session.start("x");
"""
SCHEMA = '{ type: "object", properties: { a: { type: "number" } }, required: ["a"] }'
TOOL = f'name: "n", parameters: {SCHEMA}'
HOOKS = ["beforeToolCall", "afterToolCall", "onToolError"]


def script(text: str) -> str:
    return IMPORTS + text.replace("<>", CURSOR)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("agents.define('a', (in<>put, ctx) => 1)", "input: JsonValue"),
        ("agents.define('a', (input, c<>tx) => 1)", "ctx: RunContext"),
        ("agents.define('a', (/** @type {string} */ in<>put, ctx) => 1)", "input: string"),
        ("run.on('text-delta', (e<>) => 1)", "e: TextDelta"),
        ("run.on('*', (e<>) => 1)", "e: RunEvent"),
        (f"tools.createRegistry().register({{ {TOOL}, handler: (ar<>gs) => 1 }})", "a: number"),
        (f"gp.tools.createRegistry().register({{ {TOOL}, handler: (ar<>gs) => 1 }})", "a: number"),
        ("engines.fromFunction((tu<>rn) => turn)", "turn: Turn"),
        ("gp.engines.fromFunction((tu<>rn) => turn)", "turn: Turn"),
        ("middlewares.fromJS((turn, ne<>xt) => next())", "next: (turn?: "),
        ("gp.middlewares.fromJS((turn, ne<>xt) => next())", "next: (turn?: "),
        ("addEventListener('abort', (e<>) => 1)", "e: Event"),
        ("setTimeout((co<>unt) => 1, 5, 'x')", "count: string"),
    ],
)
def test_a_parameter_of_a_callback(editor: LanguageServer, text: str, shown: str) -> None:
    found = editor.hover(script(text))
    assert shown in found
    assert "any" not in found


@pytest.mark.parametrize("hook", HOOKS)
def test_what_hooks_are_told(editor: LanguageServer, hook: str) -> None:
    hooks = f"toolHooks: {{ {hook}: (pay<>load) => null }}"
    for made in ("createSession({ engine: engines.echo(),", "gp.createBuilder({"):
        found = editor.hover(script(f"{made} {hooks} }})"))
        assert "payload: " in found
        assert "any" not in found


def test_what_an_agent_is_given_may_be_anything(editor: LanguageServer) -> None:
    found = editor.errors(script("agents.define('a', (input) => input.nope.nope);"))
    assert "'nope' does not exist" in found[-1]


def test_a_tool_of_the_older_module_knows_its_arguments(editor: LanguageServer) -> None:
    registry = "gp.tools.createRegistry()"
    right = f"{registry}.register({{ {TOOL}, handler: (args) => args.a.toFixed() }});"
    assert editor.errors(script(right)) == []
    (found,) = editor.errors(script(right.replace("args.a", "args.b")))
    assert "Property 'b' does not exist" in found
    assert set(editor.completions(script(right.replace("args.a", f"args.{CURSOR}")), ".")) == {"a"}
