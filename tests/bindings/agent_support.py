"""Scripts that use tools, hooks and middleware: what their tests share."""

from __future__ import annotations

from typing import Any

from tests.bindings.script_support import value_of

__all__ = ["PRELUDE", "evaluate"]

PRELUDE = """
import * as marotte from "marotte";
const { createSession, createBuilder, runInference, engines, tools, middlewares, agents, turns } = marotte;
const attempt = (action) => { try { return ["fine", action()]; } catch (e) { return [e.name, e.message]; } };
const later = async (promise) => {
  try { return ["fine", await promise]; } catch (e) { return [e.name, e.code ?? null, e.message]; }
};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const call = (name, args = {}, id = name) => ({ id, name, args });
// An engine that asks for these calls in its first answer and says "done" in its second.
const asking = (...calls) => engines.scripted([{ toolCalls: calls }, "done"]);
const registryOf = (handlers) => {
  const registry = tools.createRegistry();
  for (const [name, handler] of Object.entries(handlers)) registry.register({ name, handler });
  return registry;
};
const uses = (turn) => turn.blocks.filter((b) => b.kind === "tool_use").map((b) => b.payload);
const outcomes = (turn) => uses(turn).map((use) => use.error ?? use.result);
const kinds = (turn) => turn.blocks.map((b) => b.kind);
"""


async def evaluate(body: str, **options: Any) -> Any:
    """What a script that completes exports by default, behind the prelude."""
    return await value_of(PRELUDE + body, **options)
