"""Random tool loops, with failures, retries, hooks that interfere, and a stop at any step.

Whatever happens: the committed history is well-formed or untouched, the partial turn too, there is
one terminal event, each execution that began has ended once, and nothing begins after a stop was
accepted.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count, takewhile
from typing import Literal

import anyio
import anyio.lowlevel
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue
from tests.inference.tool_support import asks, call, check_results

from marotte.conversation import Session, Turn
from marotte.events import (
    RunEvent,
    RunFinished,
    ToolCallRequested,
    ToolExecutionFinished,
    ToolExecutionStarted,
)
from marotte.inference import (
    AfterToolCall,
    BeforeToolCall,
    CallDecision,
    EngineContext,
    ErrorDecision,
    FunctionMiddleware,
    HookAction,
    MiddlewareContext,
    Next,
    Pipeline,
    ResultDecision,
    ScriptedEngine,
    SyncNext,
    ToolContext,
    ToolFailure,
    ToolHooks,
    ToolLoopSettings,
    ToolRegistry,
    TurnComputation,
    tool,
)
from marotte.runs import RunContext, RunError, RunHandle, StopRequest, open_runs

NOT_EXECUTED_HERE = {
    True: "not executed: the tool loop is not enabled",
    False: "not executed: there are no tools",
}
Manner = Literal["return", "raise", "pause", "hang", "nonsense"]
End = Literal["stop", "cancel", "deadline", "limit"]


@dataclass(frozen=True)
class Call:
    name: Literal["async_tool", "sync_tool", "missing"]
    id: str
    """What the model calls it; empty: something of its own."""
    manners: tuple[Manner, ...]
    """How each attempt goes; the last one is for all that follow."""
    good_args: bool = True


@dataclass(frozen=True)
class Plan:
    passes: list[list[Call]]
    loop: ToolLoopSettings
    before: Literal["none", "keep", "rewrite", "abort", "raise"]
    after: Literal["none", "keep", "result", "error", "raise"]
    on_error: HookAction | Literal["none", "raise"]
    fail_open: bool
    middlewares: int
    offered: bool
    end: End | None
    at: int
    timeout_ms: float


@dataclass
class World:
    """Lets every effect of a run pass by, and ends the run at one of them."""

    plan: Plan
    steps: int = 0
    late: list[str] = field(default_factory=list)
    attempts: Counter[str] = field(default_factory=Counter)

    def step(self, what: str, run: RunContext) -> None:
        """Note that an effect begins."""
        if run.is_stopping:
            self.late.append(what)
        self.steps += 1
        if self.steps == self.plan.at:
            self._end(run)

    def _end(self, run: RunContext) -> None:
        requests = {
            "stop": StopRequest("stop"),
            "cancel": StopRequest("cancel"),
            "deadline": StopRequest("cancel", "deadline"),
        }
        if self.plan.end == "limit":
            run.limit_exceeded("max_budget", "max tokens (0) reached")
        elif self.plan.end is not None:
            run.run.request_stop(requests[self.plan.end])

    def manner(self, key: str) -> Manner:
        position = int(key)
        calls = [each for row in self.plan.passes for each in row]
        manners = calls[position].manners
        self.attempts[key] += 1
        return manners[min(self.attempts[key], len(manners)) - 1]


class Engine(ScriptedEngine):
    """A scripted engine whose calls are steps."""

    def __init__(self, world: World, replies: Sequence[dict[str, object]]) -> None:
        super().__init__(replies)
        self._world = world

    async def infer(self, turn: Turn, ctx: EngineContext) -> None:
        self._world.step("engine", ctx.run)
        await super().infer(turn, ctx)


def make_tools(world: World) -> ToolRegistry:
    @tool
    async def async_tool(ctx: ToolContext, key: str) -> object:
        world.step("tool", ctx.run)
        manner = world.manner(key)
        await anyio.sleep({"pause": 0.002, "hang": 60}.get(manner, 0))
        return outcome(manner)

    @tool
    def sync_tool(ctx: ToolContext, key: str) -> object:
        world.step("tool", ctx.run)
        manner = world.manner(key)
        time.sleep({"pause": 0.002, "hang": 0.03}.get(manner, 0))
        return outcome(manner)

    return ToolRegistry([async_tool, sync_tool])


def outcome(manner: Manner) -> object:
    if manner == "raise":
        raise ValueError("no luck")
    return object() if manner == "nonsense" else {"fine": True}


def make_hooks(world: World) -> ToolHooks:
    plan = world.plan

    async def before(payload: BeforeToolCall) -> CallDecision | None:
        world.step("before", payload.ctx.run)
        await anyio.lowlevel.checkpoint()
        if plan.before == "raise":
            raise ValueError("before")
        if plan.before == "abort":
            return CallDecision(abort="not now")
        if plan.before == "rewrite":
            other = payload.call.model_copy(update={"id": "other", "name": "async_tool"})
            return CallDecision(other)
        return None

    def after(payload: AfterToolCall) -> ResultDecision | None:
        world.step("after", payload.ctx.run)
        if plan.after == "raise":
            raise ValueError("after")
        if plan.after == "result":
            return ResultDecision(result="another")
        return ResultDecision(error="another") if plan.after == "error" else None

    async def on_error(payload: ToolFailure) -> ErrorDecision | None:
        world.step("on_error", payload.ctx.run)
        await anyio.lowlevel.checkpoint()
        if plan.on_error == "raise":
            raise ValueError("on_error")
        return None if plan.on_error == "none" else ErrorDecision(plan.on_error, backoff_ms=1)

    return ToolHooks(
        before_tool_call=None if plan.before == "none" else before,
        after_tool_call=None if plan.after == "none" else after,
        on_tool_error=None if plan.on_error == "none" else on_error,
        fail_open=plan.fail_open,
        max_hook_retries=2,
    )


def make_middleware(world: World, number: int) -> FunctionMiddleware:
    async def wait(turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn:
        world.step("middleware", ctx.run)
        return await next(turn)

    def change(turn: Turn, next: SyncNext, ctx: MiddlewareContext) -> None:
        world.step("middleware", ctx.run)
        next(turn)

    return FunctionMiddleware(wait if number % 2 == 0 else change)


def make_pipeline(world: World) -> Pipeline:
    plan = world.plan
    keys = count()
    replies = [asks(*(asked(each, next(keys)) for each in row)) for row in plan.passes]
    return Pipeline(
        Engine(world, [*replies, {"text": "done"}]),
        tools=make_tools(world) if plan.offered else None,
        tool_loop=plan.loop,
        tool_hooks=make_hooks(world),
        middlewares=tuple(make_middleware(world, n) for n in range(plan.middlewares)),
    )


def asked(each: Call, key: int) -> dict[str, object]:
    args: JsonValue = str(key) if each.good_args else key
    return call(each.name, id_of(each, key), key=args)


def id_of(each: Call, key: int) -> str:
    return each.id or f"c{key}"


manners = st.lists(
    st.sampled_from(("return", "return", "raise", "pause", "hang", "nonsense")),
    min_size=1,
    max_size=3,
).map(tuple)
calls = st.builds(
    Call,
    name=st.sampled_from(("async_tool", "sync_tool", "missing")),
    id=st.sampled_from(("", "", "a", "b")),  # Models repeat ids.
    manners=manners,
    good_args=st.sampled_from((True, True, True, False)),
)
loops = st.builds(
    ToolLoopSettings,
    enabled=st.sampled_from((True, True, True, False)),
    max_iterations=st.integers(1, 5),
    max_parallel_tools=st.integers(1, 6),
    execution_timeout_ms=st.sampled_from((15, 25)),
    tool_choice=st.sampled_from(("auto", "required", "none", "sync_tool")),
    tool_error_handling=st.sampled_from(("continue", "abort", "retry")),
    retry_max_retries=st.integers(0, 2),
    retry_backoff_ms=st.integers(0, 3),
)
plans = st.builds(
    Plan,
    passes=st.lists(st.lists(calls, min_size=1, max_size=6), max_size=3)
    | st.lists(st.lists(calls, max_size=6), min_size=1, max_size=3),
    loop=loops,
    before=st.sampled_from(("none", "keep", "rewrite", "abort", "raise")),
    after=st.sampled_from(("none", "keep", "result", "error", "raise")),
    on_error=st.sampled_from(("none", "raise", "retry", "abort", "continue")),
    fail_open=st.booleans(),
    middlewares=st.integers(0, 2),
    offered=st.sampled_from((True, True, True, False)),
    end=st.none() | st.sampled_from(("stop", "cancel", "deadline", "limit")),
    at=st.integers(1, 6) | st.integers(1, 40),
    timeout_ms=st.sampled_from((0, 0, 0, 5, 20, 60)),
).filter(lambda plan: plan.offered or plan.loop.tool_choice != "sync_tool")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans)
def test_whatever_happens_a_loop_ends_whole(plan: Plan) -> None:
    asyncio.run(play(plan))


async def play(plan: Plan) -> None:
    world = World(plan)
    session = Session()
    options = {"timeout_ms": plan.timeout_ms, "grace_ms": 50, "cancel_grace_ms": 20}
    async with open_runs() as runs:
        with anyio.fail_after(10):
            handle = runs.start(
                TurnComputation(make_pipeline(world)), session=session, seed="go", options=options
            )
            record = await handle.wait()
            partial = await partial_turn(handle)
            events = [each async for each in handle]
    event(record.status)
    assert world.late == []
    check_events(events, record.status)
    if record.status == "completed":
        (turn,) = session.turns()
        check_turn(turn, plan)
    else:
        assert session.turns() == []
        check_partial(partial, events)


async def partial_turn(handle: RunHandle[Turn]) -> Turn | None:
    try:
        await handle
    except RunError as error:
        return error.partial_turn
    return None


def check_events(events: list[RunEvent], status: str) -> None:
    assert [each.seq for each in events] == list(range(1, len(events) + 1))
    ends = [each for each in events if isinstance(each, RunFinished)]
    assert [each.status for each in ends] == [status]
    assert events[-1] is ends[0]
    begun = Counter(each.tool_call_id for each in events if isinstance(each, ToolExecutionStarted))
    ended = Counter(each.tool_call_id for each in events if isinstance(each, ToolExecutionFinished))
    asked = Counter(each.tool_call.id for each in events if isinstance(each, ToolCallRequested))
    assert begun <= ended <= asked  # One end for each call, whether it began or was refused.
    assert ended == asked or status != "completed"


def check_turn(turn: Turn, plan: Plan) -> None:
    executes = plan.offered and plan.loop.enabled
    check_results(calls_of(turn), whole=True)
    assert turn.blocks[0].kind == "user"
    reasons = {block.payload.get("error") for block in turn.blocks if block.kind == "tool_use"}
    assert executes or reasons <= {NOT_EXECUTED_HERE[plan.offered]}
    check_answer(turn, plan, executes)


def check_partial(turn: Turn | None, events: list[RunEvent]) -> None:
    """What is left of a run that did not complete is what its events tell."""
    assert turn is not None
    assert turn.blocks[0].payload == {"text": "go"}
    check_results(calls_of(turn), whole=False)
    ended = Counter(each.tool_call_id for each in events if isinstance(each, ToolExecutionFinished))
    answered = Counter(id for kind, id in calls_of(turn) if kind == "tool_use")
    assert answered <= ended


def calls_of(turn: Turn) -> list[tuple[str, JsonValue]]:
    return [(block.kind, block.payload.get("id")) for block in turn.blocks]


def check_answer(turn: Turn, plan: Plan, executes: bool) -> None:
    """The answer is whole: all that the model said, up to where it asked for nothing more."""
    rows = takewhile(bool, plan.passes) if executes else plan.passes[:1]
    calls = [each for row in rows for each in row]
    asked = [(each.name, id_of(each, key)) for key, each in enumerate(calls)]
    said = [each.payload for each in turn.blocks if each.kind == "tool_call"]
    assert [(each["name"], each["id"]) for each in said] == asked
    if executes and all(plan.passes):
        assert turn.blocks[-1].payload.get("text") == "done"
