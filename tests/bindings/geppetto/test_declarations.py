"""What the binding declares in Python is what scripts find, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.bindings.geppetto.support import evaluate
from tests.typegen.compiler import compile_files

from marotte.host import load_bindings
from marotte.realm import declared_class
from marotte.typegen import generate
from marotte_js.geppetto import BINDING
from marotte_js.geppetto.interfaces import (
    Builder,
    Engine,
    MiddlewareRef,
    RunHandle,
    Session,
    ToolRegistry,
)

OBJECTS = {
    "gp.engines.echo()": Engine,
    "gp.middlewares.go('x', { a: 1 })": MiddlewareRef,
    "gp.tools.createRegistry()": ToolRegistry,
    "gp.createBuilder()": Builder,
    "echoing()": Session,
    "echoing().start()": RunHandle,
    "echoing().start('x')": RunHandle,
}
SHAPE = """
const shape = (object) => Object.fromEntries(Object.entries(Object.getOwnPropertyDescriptors(object))
  .filter(([, { enumerable }]) => enumerable)
  .map(([name, { value }]) => [name, typeof value === "function" ? value.length : null]));
"""


def arity(function: Any) -> int:
    """How many arguments a script has to give."""
    return sum(parameter.required for parameter in function.parameters)


@pytest.mark.parametrize("expression", OBJECTS)
async def test_objects_have_the_declared_members(expression: str) -> None:
    members = declared_class(OBJECTS[expression]).members
    declared = {m.name: m.arity if m.kind == "method" else None for m in members}
    assert await evaluate(f"{SHAPE} export default shape({expression});") == declared


@pytest.mark.parametrize("name", BINDING.declared_namespaces)
async def test_namespaces_have_the_declared_functions(name: str) -> None:
    declared = {f.js_name: arity(f) for f in BINDING.declared_namespaces[name]}
    assert await evaluate(f"{SHAPE} export default shape(gp.{name});") == declared
    assert await evaluate(f"export default Object.isFrozen(gp.{name});") is True


async def test_functions_have_the_declared_arities() -> None:
    names = [function.js_name for function in BINDING.declared]
    found = await evaluate(
        f"export default {names}.map((name) => [gp[name].name, gp[name].length]);"
    )
    assert found == [[function.js_name, arity(function)] for function in BINDING.declared]


# -- what editors say ------------------------------------------------------------------------------

USES = """
import gp from "geppetto";
const engine = gp.engines.fromFunction((turn, ctx) => { turn.blocks.push(gp.turns.newAssistantBlock(ctx.inferenceId)); });
const tools = gp.tools.createRegistry().register({
  name: "t",
  parameters: { type: "object", properties: { a: { type: "number" } }, required: ["a"] },
  handler: ({ a }, ctx) => a + ctx.callId.length,
});
const builder = gp.createBuilder({ engine, middlewares: [gp.middlewares.go("x"), (turn, next, ctx) => next(turn)] });
const session = builder.withTools(tools, { toolChoice: gp.consts.ToolChoice.AUTO }).withToolHooks({
  beforeToolCall: (payload) => ({ action: gp.consts.HookAction.ABORT, error: payload.call.name }),
  afterToolCall: ({ result }) => ({ result: result.value }),
  onToolError: ({ attempt }) => ({ retry: attempt < 3, backoffMs: 1 }),
}).buildSession();
const run = session.start({ blocks: [{ kind: "user", text: "x" }] }, { tags: { n: 1 } });
run.on("partial", (event) => event.completion.length).on("text-delta", (event) => event.segment.length);
run.on("tool-result", (event) => event.toolResult.result).on("*", (event) => event.type);
export const turn: { id: string } = await run.promise;
// @ts-expect-error an unknown event
run.on("partials", () => {});
// @ts-expect-error a wrong field
run.on("partial", (event) => event.text);
// @ts-expect-error an unknown choice
builder.withToolLoop({ toolChoice: "x" });
// @ts-expect-error no engine
gp.createSession({});
// @ts-expect-error an unknown option
session.start("x", { timeout: 5 });
"""


def test_the_typings_say_how_it_is_used(tmp_path: Path) -> None:
    files = {**generate(load_bindings()), "uses.ts": USES}
    assert compile_files(tmp_path, files) == []
