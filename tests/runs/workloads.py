"""Computations and logs for tests: real ones, small ones, and ones that misbehave."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar, cast

import anyio
import anyio.lowlevel

from marotte.conversation import Session, Turn, Usage, new_assistant_block
from marotte.events import (
    Body,
    Emission,
    MemoryRunLog,
    RunChange,
    RunEvent,
    RunKind,
    RunRecord,
    RunStatus,
    TurnCommit,
)
from marotte.runs import RunContext, RunHandle

B = TypeVar("B", bound=Body)
T = TypeVar("T")

SLACK = 0.5
"""Seconds added to a bound that the specification states, for a machine that is shared."""


@dataclass
class Work(Generic[T]):
    """A script run of a Python function."""

    function: Callable[[RunContext], Awaitable[T]]
    interrupted: list[float] = field(default_factory=list)
    kind: RunKind = "script"

    async def execute(self, ctx: RunContext) -> T:
        return await self.function(ctx)

    def interrupt(self) -> None:
        self.interrupted.append(time.monotonic())


@dataclass
class TurnWork:
    """A turn run of a Python function, which need not keep to what the types say."""

    function: Callable[[RunContext], Awaitable[object]]
    kind: RunKind = "turn"

    async def execute(self, ctx: RunContext) -> Turn:
        return cast("Turn", await self.function(ctx))


async def answer(ctx: RunContext) -> None:
    """Answer at once."""
    ctx.turn.blocks.append(new_assistant_block("hello"))


async def nothing(ctx: RunContext) -> None:
    """Return at once."""


async def forever(ctx: RunContext) -> None:
    """Wait for something that never comes."""
    await anyio.sleep_forever()


async def stubborn(ctx: RunContext) -> None:
    """Wait for something that never comes, and take no hint."""
    while True:
        try:
            await anyio.sleep_forever()
        except asyncio.CancelledError:
            continue


@dataclass
class ModelCall:
    """A call of 300 ms, and what became of it."""

    seconds: float = 0.3
    began: anyio.Event = field(default_factory=anyio.Event)
    calls: int = 0
    ended: float | None = None
    effects: list[str] = field(default_factory=list)

    async def __call__(self, ctx: RunContext) -> str:
        async with ctx.call("model call"):
            self.began.set()
            await anyio.sleep(self.seconds)
            self.calls += 1
            ctx.add_usage(Usage(input_tokens=3, requests=1))
            self.ended = time.monotonic()
        ctx.check()
        self.effects.append("after")
        return "done"


class WatchedLog(MemoryRunLog):
    """A log that does something before each call, and after it."""

    async def before(self, call: str) -> None:
        """Called before the log does anything; `end` is a transition that ends a run."""

    async def after(self, call: str) -> None:
        """Called when it has done it."""

    async def create(self, record: RunRecord) -> None:
        await self.before("create")
        await super().create(record)
        await self.after("create")

    async def append(self, run_id: str, emissions: Sequence[Emission]) -> Sequence[RunEvent]:
        await self.before("append")
        events = await super().append(run_id, emissions)
        await self.after("append")
        return events

    async def transition(
        self,
        run_id: str,
        expect: Collection[RunStatus],
        change: RunChange,
        emissions: Sequence[Emission] = (),
    ) -> RunRecord | None:
        call = "transition" if change.get("finished_at") is None else "end"
        await self.before(call)
        record = await super().transition(run_id, expect, change, emissions)
        await self.after(call)
        return record

    async def commit(
        self,
        run_id: str,
        commit: TurnCommit,
        expect: Collection[RunStatus],
        change: RunChange,
        emissions: Sequence[Emission],
    ) -> RunRecord | None:
        await self.before("commit")
        record = await super().commit(run_id, commit, expect, change, emissions)
        await self.after("commit")
        return record

    async def record(self, run_id: str) -> RunRecord | None:
        await self.before("record")
        return await super().record(run_id)


class SlowLog(WatchedLog):
    """A log that takes some turns of the loop for each call, before it does it and after."""

    def __init__(self, turns: int) -> None:
        super().__init__()
        self._turns = turns

    async def before(self, call: str) -> None:
        for _ in range(self._turns):
            await anyio.lowlevel.checkpoint()

    after = before


class FaultyLog(WatchedLog):
    """A log whose calls can be slow, fail before they do anything, or fail after they did."""

    def __init__(self) -> None:
        super().__init__()
        self.commit_delay = 0.0
        self.append_delay = 0.0
        self.entered = anyio.Event()
        self.fail_before: list[str] = []
        self.fail_after: list[str] = []

    async def before(self, call: str) -> None:
        if call == "commit":
            self.entered.set()
        self._fail(self.fail_before, call)
        if call == "commit":
            await anyio.sleep(self.commit_delay)
        elif call == "append":
            await anyio.sleep(self.append_delay)

    async def after(self, call: str) -> None:
        self._fail(self.fail_after, call)

    def _fail(self, when: list[str], what: str) -> None:
        if what in when:
            when.remove(what)
            raise OSError(f"no space left for {what}")

    async def commit(
        self,
        run_id: str,
        commit: TurnCommit,
        expect: Collection[RunStatus],
        change: RunChange,
        emissions: Sequence[Emission],
    ) -> RunRecord | None:
        if "apply" in self.fail_after:
            # As a store that has committed, and loses the connection before it can say so.
            commit = replace(commit, apply=lambda: None)
        record = await super().commit(run_id, commit, expect, change, emissions)
        self._fail(self.fail_after, "apply")
        return record


def session_with(*texts: str) -> Session:
    session = Session()
    for text in texts:
        session.append(text)
    return session


async def events_of(handle: RunHandle) -> list[RunEvent]:
    """Return all events of a run, up to the terminal one."""
    return [event async for event in handle]


async def types_of(handle: RunHandle) -> list[str]:
    return [event.type for event in await events_of(handle)]


async def running(handle: RunHandle) -> None:
    """Wait until execution has begun."""
    async for event in handle:
        if event.type == "run-started":
            return


def block(seconds: float) -> None:
    """Keep this thread busy; on the host loop, let nothing else run."""
    time.sleep(seconds)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something has come to pass."""
    for _ in range(5_000):
        if condition():
            return
        await anyio.sleep(0.001)
    raise TimeoutError("it did not come to pass")


def bodies(events: Sequence[RunEvent], type: type[B]) -> list[B]:
    return [event for event in events if isinstance(event, type)]
