"""The middleware `systemPrompt`: sets what the model is instructed to do."""

from __future__ import annotations

from pydantic import Field

from marotte.conversation import Block, JsonObject, Turn, new_system_block, validate_as
from marotte.events import WireModel
from marotte.inference.middleware.middleware import Middleware, MiddlewareContext, Next

MARK = "systemprompt"


class SystemPromptOptions(WireModel):
    """Options of the middleware `systemPrompt`."""

    prompt: str = Field(strict=True, description="What the model is instructed to do.")


class SystemPrompt:
    """Replaces the text of a turn's first system block, or puts one in front.

    The block gets `metadata.middleware = "systemprompt"`.
    """

    name = "systemPrompt"

    def __init__(self, prompt: str) -> None:
        self._prompt = prompt

    async def __call__(self, turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn:
        """Set the prompt, then go on."""
        block = _system_block(turn)
        block.payload["text"] = self._prompt
        block.metadata["middleware"] = MARK
        return await next(turn)


def _system_block(turn: Turn) -> Block:
    """Return the first system block, which is made if there is none."""
    for block in turn.blocks:
        if block.kind == "system":
            return block
    block = new_system_block("")
    turn.blocks.insert(0, block)
    return block


def make_system_prompt(options: JsonObject | None) -> Middleware:
    """Make it from `{prompt}`.

    Raises:
        InvalidValueError: for another option, or a prompt that is no text.
    """
    checked = validate_as(SystemPromptOptions, options or {}, "systemPrompt")
    return SystemPrompt(checked.prompt)
