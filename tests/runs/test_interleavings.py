"""Any interleaving of start, stop, cancel, completion, failure and deadline ends well.

Exactly one terminal event for each run, last in a gapless log; `completed` if and only if the turn
was committed; a session holds what was committed and nothing else.
"""

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.runs.workloads import SlowLog, TurnWork, events_of

from marotte.conversation import MarotteError, Session, new_assistant_block
from marotte.events import TERMINAL, RunFinished
from marotte.runs import OnBusy, RunContext, RunHandle, Runs, StopToken, open_runs

T = TypeVar("T")


@dataclass
class Answering:
    """Answers, or fails, when it is told to."""

    in_call: bool
    go: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False

    async def __call__(self, ctx: RunContext) -> None:
        if self.in_call:
            async with ctx.call():
                await self.go.wait()
        else:
            await self.go.wait()
        if self.fails:
            raise ValueError("told to fail")
        ctx.turn.blocks.append(new_assistant_block(answer_of(ctx.run_id)))


def answer_of(run_id: str) -> str:
    return f"answer of {run_id}"


@dataclass
class Started:
    """A run, and what may have become of it."""

    handle: RunHandle
    work: Answering
    session: Session
    possible: set[str]
    seen: list[int]


class Interleavings(RuleBasedStateMachine):
    """Drives a registry on a real loop, a step at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.sessions = [Session(), Session()]
        self.token = StopToken()
        self.started: list[Started] = []

    @initialize(turns=st.integers(0, 3))
    def open(self, turns: int) -> None:
        """Open a registry whose log takes so many turns of the loop for each call."""
        self.do(self._open(turns))

    def do(self, step: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(step)

    async def _open(self, turns: int) -> None:
        opened: asyncio.Future[Runs] = asyncio.get_running_loop().create_future()
        self.leave = asyncio.Event()
        self.serving = asyncio.create_task(self._serve(opened, SlowLog(turns)))
        self.runs = await opened

    async def _serve(self, opened: asyncio.Future[Runs], log: SlowLog) -> None:
        async with open_runs(log) as runs:
            opened.set_result(runs)
            await self.leave.wait()

    @rule(
        number=st.integers(0, 1),
        seed=st.sampled_from([None, "hello"]),
        timeout_ms=st.sampled_from([0, 0, 0, 1, 4]),
        on_busy=st.sampled_from(["reject", "enqueue", "supersede"]),
        grace_ms=st.sampled_from([0, 2, 10_000]),
        in_call=st.booleans(),
        follows=st.booleans(),
    )
    def start(
        self,
        number: int,
        seed: str | None,
        timeout_ms: int,
        on_busy: OnBusy,
        grace_ms: int,
        in_call: bool,
        follows: bool,
    ) -> None:
        session = self.sessions[number]
        options = {
            "timeout_ms": timeout_ms,
            "on_busy": on_busy,
            "grace_ms": grace_ms,
            "cancel_grace_ms": 1,
            "cancel_token": self.token if follows else None,
        }
        self.do(self._start(session, seed, options, in_call))

    async def _start(
        self, session: Session, seed: str | None, options: Mapping[str, object], in_call: bool
    ) -> None:
        work = Answering(in_call)
        before = (session.turns(), session.active_run_id)
        try:
            handle = self.runs.start(TurnWork(work), session=session, seed=seed, options=options)
        except MarotteError:
            assert (session.turns(), session.active_run_id) == before
            return
        seen: list[int] = []
        handle = handle.on("*", lambda event: seen.append(event.seq))
        # Whoever waits for a session may be superseded by a later start, or find it empty.
        possible = {"completed", "superseded"} | ({"internal_error"} if seed is None else set())
        if options["timeout_ms"]:
            possible.add("deadline")
        if options["cancel_token"] is not None:
            possible.add("user_stop")
        self.started.append(Started(handle, work, session, possible, seen))

    @precondition(lambda self: self.started)
    @rule(which=st.integers(0, 30), ask=st.sampled_from(["stop", "cancel"]), threaded=st.booleans())
    def ask(self, which: int, ask: str, threaded: bool) -> None:
        started = self.started[which % len(self.started)]
        started.possible |= {"user_stop", "user_cancel"}
        self.do(self._ask(started.handle, ask, threaded))

    async def _ask(self, handle: RunHandle, ask: str, threaded: bool) -> None:
        was_over = handle.status in TERMINAL
        ask_now = handle.stop if ask == "stop" else handle.cancel
        if threaded:
            thread = threading.Thread(target=ask_now)
            thread.start()
            thread.join()
        elif ask_now():
            assert handle.status == "stopping"
        assert not was_over or handle.status in TERMINAL

    @precondition(lambda self: self.started)
    @rule(which=st.integers(0, 30), fails=st.booleans())
    def tell(self, which: int, fails: bool) -> None:
        """Let a computation return or fail."""
        started = self.started[which % len(self.started)]
        if not started.work.go.is_set():
            started.work.fails = fails
            if fails:
                started.possible.add("internal_error")
            self.do(self._set(started.work.go))

    async def _set(self, event: asyncio.Event) -> None:
        event.set()

    @rule()
    def set_token(self) -> None:
        self.token.set()
        self.token = StopToken()

    @rule(steps=st.integers(1, 6))
    def advance(self, steps: int) -> None:
        """Let the loop turn a few times."""
        self.do(self._advance(steps))

    async def _advance(self, steps: int) -> None:
        for _ in range(steps):
            await asyncio.sleep(0)

    @rule(ms=st.integers(1, 3))
    def pass_time(self, ms: int) -> None:
        self.do(asyncio.sleep(ms / 1000))

    def teardown(self) -> None:
        self.do(self._finish())
        self.runner.close()

    async def _finish(self) -> None:
        for started in self.started:
            if started.handle.cancel():
                started.possible.add("user_cancel")
        async with asyncio.timeout(10):
            for started in self.started:
                await started.handle.wait()
                await self._check(started)
            self._check_sessions()
            self.leave.set()
            await self.serving
        assert self.runs.statistics().active == 0

    async def _check(self, started: Started) -> None:
        handle = started.handle
        record = handle.record
        events = await events_of(handle)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert started.seen == [event.seq for event in events]
        last = events[-1]
        assert isinstance(last, RunFinished)
        assert [event.type for event in events].count("run-finished") == 1
        assert (last.status, last.stop_reason) == (record.status, record.stop_reason)
        assert await self.runs.log.record(handle.id) == record
        outcome = "completed" if record.status == "completed" else record.stop_reason
        assert outcome in started.possible
        committed = [event.type for event in events].count("turn-committed")
        assert committed == record.committed_turns == (1 if record.status == "completed" else 0)

    def _check_sessions(self) -> None:
        for session in self.sessions:
            texts = [
                block.payload["text"]
                for turn in session.turns()
                for block in turn.blocks
                if block.kind == "llm_text"
            ]
            completed = [
                answer_of(started.handle.id)
                for started in self.started
                if started.session is session and started.handle.status == "completed"
            ]
            assert sorted(map(str, texts)) == sorted(completed)
            assert session.active_run_id is None


def _run(examples: int) -> None:
    chosen = settings(
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(Interleavings, settings=chosen)


def test_two_hundred_interleavings() -> None:
    _run(200)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_thousand_interleavings() -> None:
    _run(1_000)
