"""One exchange with a model: the turn goes out, the answer streams in, what passes is retried."""

from __future__ import annotations

import random
from itertools import count

import anyio
from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
)
from pydantic_ai.models import Model, StreamedResponse

from marotte.conversation import Block, Turn, Usage
from marotte.inference.context import EngineContext
from marotte.inference.model_call import ModelCall
from marotte.inference.models.target import Target
from marotte.inference.models.wire.clients import request_id
from marotte.inference.models.wire.codec import answer_blocks, messages_of
from marotte.inference.models.wire.connection import model_of
from marotte.inference.models.wire.failures import (
    BrokenOffError,
    NoAnswerError,
    failure_of,
    passes,
    wait_before,
)
from marotte.inference.models.wire.request import parameters_of, settings_of
from marotte.inference.tool_blocks import with_all_answered
from marotte.runs import EngineError, RunError

_CUT = ("length", "content_filter")
"""Why an answer that is not whole ended."""


async def exchange(target: Target, turn: Turn, ctx: EngineContext, call: ModelCall) -> None:
    """Answer `turn` with the model of `target`; the answer becomes blocks of the turn.

    Raises:
        EngineError: The provider failed. It is raised where no other error is handled, so that
            none is tied to it.
    """
    for attempt in count(1):
        failure, wait = await _attempt(attempt, target, turn, ctx, call)
        if failure is None:
            return
        if wait is None:
            raise failure
        retries = f"retry {attempt} of {target.max_retries} in {wait:.1f} s"
        ctx.run.diagnose("model-retry", f"{failure}; {retries}")
        await _pause(wait, ctx)


async def _attempt(
    attempt: int, target: Target, turn: Turn, ctx: EngineContext, call: ModelCall
) -> tuple[EngineError | None, float | None]:
    """Make one request; return its failure, and the wait before the next if there is to be one."""
    request_id.set(None)
    try:
        blocks = [block for each in (*ctx.history, turn) for block in each.blocks]
        messages = messages_of(with_all_answered(blocks))
        with anyio.fail_after(target.timeout):
            reason = await _ask(model_of(target, ctx.run), target, messages, ctx, call)
    except RunError:
        raise
    except Exception as error:
        again = attempt <= target.max_retries and passes(error) and not call.has_streamed
        wait = wait_before(attempt, error, random.random()) if again else None
        return failure_of(error, target, request_id.get()), wait
    _note_end(reason, target, turn, ctx)
    return None, None


def _note_end(reason: str | None, target: Target, turn: Turn, ctx: EngineContext) -> None:
    """Note in the turn why the answer ended, and report one that is not whole."""
    turn.metadata["stop_reason"] = reason
    if reason in _CUT:
        ctx.run.diagnose("answer-cut", f"{target.label} cut the answer off: {reason}")


async def _ask(
    model: Model,
    target: Target,
    messages: list[ModelMessage],
    ctx: EngineContext,
    call: ModelCall,
) -> str | None:
    """Stream the answer into the turn and return why it ended."""
    async with model_request_stream(
        model,
        messages,
        model_settings=settings_of(target, ctx),
        model_request_parameters=parameters_of(model, ctx),
        instrument=False,
    ) as stream:
        response = await _read(stream, call)
    if response.finish_reason is None or response.state == "suspended":
        raise BrokenOffError
    reason = call.finish_reason = _finish_reason(response)
    id = request_id.get()
    blocks = answer_blocks(response, target.without_key(id) if id else None)
    if reason in _CUT and not any(map(_says_something, blocks)):
        raise NoAnswerError(reason)
    await call.answer(blocks)
    return reason


async def _read(stream: StreamedResponse, call: ModelCall) -> ModelResponse:
    """Pass on what streams in; what it costs is counted, also if it is broken off."""
    try:
        async for event in stream:
            await _pass_on(event, call)
    finally:
        call.add_usage(_usage(stream))
    return stream.get()


async def _pass_on(event: ModelResponseStreamEvent, call: ModelCall) -> None:
    if isinstance(event, PartStartEvent):
        call.end_text()
        if isinstance(event.part, TextPart) and event.part.content:
            await call.text(event.part.content)
        elif isinstance(event.part, ThinkingPart) and event.part.content:
            await call.reasoning(event.part.content)
    elif isinstance(event, PartDeltaEvent):
        delta = event.delta
        if isinstance(delta, TextPartDelta) and delta.content_delta:
            await call.text(delta.content_delta)
        elif isinstance(delta, ThinkingPartDelta) and delta.content_delta:
            await call.reasoning(delta.content_delta)


def _says_something(block: Block) -> bool:
    text = block.payload.get("text")
    return block.kind != "reasoning" and (block.kind != "llm_text" or bool(text))


def _finish_reason(response: ModelResponse) -> str | None:
    """Why the answer ended; OpenAI's Responses do not tell tool calls from a stop."""
    reason = response.finish_reason
    calls = reason == "stop" and any(isinstance(part, ToolCallPart) for part in response.parts)
    return "tool_calls" if calls or reason == "tool_call" else reason


def _usage(stream: StreamedResponse) -> Usage:
    used = stream.usage
    return Usage(
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        cost_usd=_cost(stream.get()),
    )


def _cost(response: ModelResponse) -> float | None:
    """What the answer cost, where a price is known."""
    if response.model_name is None or not response.usage.has_values():
        return None
    try:
        return float(response.cost().total_price)
    except (LookupError, ValueError, AssertionError):
        return None


async def _pause(seconds: float, ctx: EngineContext) -> None:
    """Wait; a stop of the run ends that at once, and the run with it."""
    with anyio.move_on_after(seconds):
        await ctx.run.wait_stopping()
    ctx.check()
