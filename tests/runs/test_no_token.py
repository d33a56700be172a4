"""A run without a token behaves like one whose token is never set."""

from collections.abc import Sequence

import anyio
import anyio.lowlevel
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.runs.workloads import TurnWork, events_of

from marotte.conversation import Session, Usage, new_assistant_block
from marotte.events import Diagnostic, RunEvent, TextDelta
from marotte.runs import EngineError, Limits, RunContext, RunOptions, StopToken, open_runs

ACTIONS = ["delta", "diagnose", "usage", "block", "call", "yield", "fail", "cleanup"]


class Program:
    """Does what a list of words says."""

    def __init__(self, actions: Sequence[str]) -> None:
        self.actions = actions
        self.cleaned = 0

    async def __call__(self, ctx: RunContext) -> None:
        for action in self.actions:
            await self._do(action, ctx)

    async def _do(self, action: str, ctx: RunContext) -> None:
        match action:
            case "delta":
                await ctx.emit(TextDelta(segment="1", delta="x"))
            case "diagnose":
                ctx.emit_nowait(Diagnostic(code="x", message="y"))
            case "usage":
                ctx.add_usage(Usage(input_tokens=1, requests=1))
            case "block":
                ctx.turn.blocks.append(new_assistant_block("x"))
            case "call":
                async with ctx.call():
                    await anyio.lowlevel.checkpoint()
            case "yield":
                await anyio.lowlevel.checkpoint()
            case "fail":
                raise EngineError("told to fail")
            case "cleanup":
                ctx.add_cleanup(self._clean)

    def _clean(self) -> None:
        self.cleaned += 1


def _without_chance(event: RunEvent) -> dict[str, object]:
    """Return an event without its identifiers and times."""
    chance = ("runId", "sessionId", "turnId", "time", "deadline")
    return {key: value for key, value in event.wire().items() if key not in chance}


async def _story(actions: Sequence[str], tokens: int, token: StopToken | None) -> object:
    """Run the program and return all that can be seen of it."""
    program, session = Program(actions), Session(turns=[{"blocks": [{"kind": "user"}]}])
    options = RunOptions(cancel_token=token, limits=Limits(tokens=tokens))
    async with open_runs() as runs:
        handle = runs.start(TurnWork(program), session=session, options=options)
        record = await handle.wait()
        events = [_without_chance(event) for event in await events_of(handle)]
    kinds = [[block.kind for block in turn.blocks] for turn in session.turns()]
    return (
        record.status,
        record.stop_reason,
        record.usage,
        record.halt,
        session.usage,
        kinds,
        program.cleaned,
        events,
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(ACTIONS), max_size=10), st.integers(0, 4))
def test_no_token_behaves_like_a_token_never_set(actions: list[str], tokens: int) -> None:
    async def scenario() -> None:
        plain = await _story(actions, tokens, None)
        assert await _story(actions, tokens, StopToken()) == plain

    anyio.run(scenario)
