"""Engines that are functions of a script."""

from __future__ import annotations

from marotte.conversation import InvalidValueError, Turn, normalize
from marotte.host import ScriptFunction
from marotte.inference import EngineContext
from marotte.realm import FaceValue
from marotte.runs import EngineError
from marotte_js.core.contexts import current_engine, script_context
from marotte_js.core.tool_info import tool_info

__all__ = ["ScriptEngine"]


class ScriptEngine:
    """Answers with a function `(turn, ctx)` of a script; see ``marotte.inference.Engine``."""

    def __init__(self, function: ScriptFunction) -> None:
        self._function = function

    @property
    def name(self) -> str:
        """What to call it, for people."""
        return self._function.name

    async def infer(self, turn: Turn, ctx: EngineContext) -> Turn | None:
        """Answer `turn`.

        Raises:
            JavaScriptError: What the function threw.
            EngineError: It returned something that is no turn.
        """
        ctx.check()
        token = current_engine.set(ctx)
        try:
            answer = await self._function(turn.wire(), _told(ctx))
        finally:
            current_engine.reset(token)
        try:
            return normalize(answer, f"the turn that {self.name} returned")
        except InvalidValueError as error:
            raise EngineError(str(error)) from error


def _told(ctx: EngineContext) -> FaceValue:
    offered = [tool_info(definition) for definition in ctx.tools]
    return script_context(
        ctx.run,
        engine=True,
        tools=offered,
        toolChoice=ctx.tool_choice,
        outputSchema=ctx.output_schema,
    )
