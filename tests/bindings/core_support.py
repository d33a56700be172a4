"""What the tests of the module `marotte` share: a session at hand, and what calls come to."""

from __future__ import annotations

from tests.bindings.script_support import value_of

__all__ = ["PRELUDE", "evaluate"]

PRELUDE = """
import * as marotte from "marotte";
const { createSession, createBuilder, runInference, engines, turns } = marotte;
const attempt = (action) => { try { return ["fine", action()]; } catch (e) { return [e.name, e.message]; } };
const later = async (promise) => { try { return ["fine", await promise]; } catch (e) { return [e.name, e.message, e.code]; } };
const session = createSession({ engine: engines.echo({ reply: "pong" }) });
"""


async def evaluate(body: str) -> object:
    """What a script with a session at hand exports by default."""
    return await value_of(PRELUDE + body)
