"""What the tests of the module `geppetto` share: a script with an engine that asks for a tool."""

from __future__ import annotations

from typing import Any

from marotte import Runtime

__all__ = ["PRELUDE", "evaluate", "evaluate_with"]

PRELUDE = """
import gp from "geppetto";
const attempt = (action) => { try { return ["fine", action()]; } catch (e) { return [e.name, e.message]; } };
const later = async (promise) => { try { return ["fine", await promise]; } catch (e) { return [e.name, e.message]; } };
const user = (text) => gp.turns.newTurn({ blocks: [gp.turns.newUserBlock(text)] });
const texts = (turn) => turn.blocks.filter((block) => block.kind === "llm_text").map((block) => block.payload.text);
const use = (turn) => turn.blocks.find((block) => block.kind === "tool_use").payload;
const echoing = (reply = "pong") => gp.createSession({ engine: gp.engines.echo({ reply }) });
// Asks for a tool until there is a result, then says so.
const asking = (name, args = { value: 1 }) => gp.engines.fromFunction((turn) => {
  const done = turn.blocks.some((block) => block.kind === "tool_use");
  turn.blocks.push(done ? gp.turns.newAssistantBlock("done") : gp.turns.newToolCallBlock("call-1", name, args));
  return turn;
});
const registryOf = (name, handler) => gp.tools.createRegistry().register({ name, handler });
const forever = () => new Promise(() => {});
"""


async def evaluate(body: str) -> Any:
    """What a script exports by default."""
    return await evaluate_with(body)


async def evaluate_with(body: str, **runtime: Any) -> Any:
    """What a script exports by default that runs in a runtime with these options."""
    async with Runtime(**runtime) as opened:
        return await opened.run_source(PRELUDE + body)
