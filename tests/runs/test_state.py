"""The part of a run that all threads share: who is first wins, and the log hears it in order."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marotte.events import (
    LIMIT_REASONS,
    RequestedBy,
    RunResumed,
    RunStarted,
    RunStopping,
    RunYielded,
    StopMode,
    StopReason,
)
from marotte.runs import RunError, RunLimitError, RunStoppedError, RunTimeoutError, StopRequest
from marotte.runs.outbox import Transition
from marotte.runs.state import RunState, cause_of


class Watched:
    """A state, what it told the log, and how often it woke its run."""

    def __init__(self, deadline: float | None = None) -> None:
        self.told: list[Transition] = []
        self.woken = 0
        self.state = RunState(deadline=deadline, tell_log=self.told.append, changed=self._wake)

    def _wake(self) -> None:
        self.woken += 1

    def begin(self) -> "Watched":
        assert self.state.begin("t1", RunStarted())
        return self

    @property
    def stops(self) -> list[tuple[str, str]]:
        bodies = [each.body for transition in self.told for each in transition.emissions]
        return [(b.mode, b.requested_by) for b in bodies if isinstance(b, RunStopping)]


def test_beginning_is_told_with_the_turn() -> None:
    watched = Watched().begin()
    (transition,) = watched.told
    assert transition.expect == {"queued"}
    assert (transition.change["status"], transition.change["turn_id"]) == ("running", "t1")
    assert watched.state.status == "running"
    assert not watched.state.begin("t1", RunStarted())


def test_a_queued_run_that_was_stopped_never_begins_and_tells_nothing() -> None:
    watched = Watched()
    assert watched.state.accept(StopRequest("stop"))
    assert watched.state.status == "stopping"
    assert not watched.state.begin("t1", RunStarted())
    assert watched.told == []


def test_the_first_cause_stays_and_only_harder_modes_are_told() -> None:
    watched = Watched().begin()
    for mode in ("stop", "stop", "cancel", "stop", "cancel"):
        by: RequestedBy = "client" if mode == "stop" else "user"
        assert watched.state.accept(StopRequest("stop" if mode == "stop" else "cancel", by, mode))
    assert watched.stops == [("stop", "client"), ("cancel", "user")]
    assert watched.woken == 2
    cause = watched.state.cause
    assert cause is not None
    assert (cause.reason, cause.requested_by, cause.detail) == (
        "client_disconnect",
        "client",
        "stop",
    )
    assert watched.state.mode == "cancel"


def test_what_is_asked_too_late_is_not_accepted() -> None:
    watched = Watched().begin()
    assert watched.state.conclude() is None
    for _ in range(2):
        assert not watched.state.accept(StopRequest("cancel"))
        assert watched.state.status == "running"
        watched.state.finish()
    assert (watched.stops, watched.state.cause) == ([], None)


def test_what_was_accepted_decides_the_conclusion() -> None:
    watched = Watched().begin()
    watched.state.accept(StopRequest("stop"))
    cause = watched.state.conclude()
    assert cause is not None
    assert cause.reason == "user_stop"
    assert watched.state.accept(StopRequest("cancel"))


def test_a_deadline_is_accepted_as_of_when_it_passed() -> None:
    deadline = time.monotonic() - 0.5
    watched = Watched(deadline)
    assert watched.state.alarm == deadline
    assert watched.state.conclude() is not None
    assert watched.state.cancelled_at == deadline
    assert watched.state.alarm is None
    assert watched.state.cause is not None
    assert watched.state.cause.status == "timed_out"


def test_a_deadline_makes_a_stop_a_cancel_and_keeps_its_cause() -> None:
    watched = Watched(time.monotonic() + 0.01).begin()
    watched.state.accept(StopRequest("stop"))
    time.sleep(0.02)
    watched.state.poll()
    assert watched.stops == [("stop", "user"), ("cancel", "deadline")]
    assert watched.state.cause is not None
    assert watched.state.cause.reason == "user_stop"


def test_the_grace_begins_with_the_last_call() -> None:
    watched = Watched().begin()
    state = watched.state
    assert state.enter("model call")
    assert state.enter("tool")
    state.accept(StopRequest("stop"))
    assert state.grace_from is None
    assert not state.enter("another")
    state.leave("tool")
    assert (state.grace_from, watched.woken) == (None, 1)
    state.leave("model call")
    assert state.grace_from is not None
    assert watched.woken == 2
    (stopping,) = [e.body for e in watched.told[-1].emissions]
    assert isinstance(stopping, RunStopping)
    assert stopping.waiting_for == "model call, tool"


def test_without_a_call_the_grace_begins_at_once() -> None:
    watched = Watched().begin()
    watched.state.accept(StopRequest("stop"), at=5.0)
    assert watched.state.grace_from == 5.0


def test_only_a_refused_entry_counts_as_noticed() -> None:
    watched = Watched().begin()
    assert watched.state.enter()
    watched.state.observe()
    assert watched.state.observed_at is None
    watched.state.accept(StopRequest("stop"))
    assert watched.state.observed_at is None
    assert not watched.state.enter()
    noticed = watched.state.observed_at
    assert noticed is not None
    time.sleep(0.002)
    watched.state.observe()
    assert watched.state.observed_at == noticed


def test_waiting_and_resuming() -> None:
    watched = Watched().begin()
    assert watched.state.pause(RunYielded(reason="a question"))
    assert (watched.state.status, watched.state.yielded) == ("waiting", "a question")
    assert not watched.state.pause(RunYielded(reason="another"))
    assert watched.state.resume(RunResumed(reason="a question"))
    assert not watched.state.resume(RunResumed(reason="a question"))
    watched.state.accept(StopRequest("stop"))
    assert not watched.state.pause(RunYielded(reason="too late"))
    assert [each.change.get("status") for each in watched.told] == [
        "running",
        "waiting",
        "running",
        "stopping",
    ]


@pytest.mark.parametrize(
    ("by", "mode", "reason", "status"),
    [
        ("user", "stop", "user_stop", "stopped"),
        ("user", "cancel", "user_cancel", "stopped"),
        ("signal", "stop", "user_stop", "stopped"),
        ("parent", "cancel", "parent_stopped", "stopped"),
        ("session", "stop", "session_closed", "stopped"),
        ("supersede", "cancel", "superseded", "stopped"),
        ("client", "cancel", "client_disconnect", "stopped"),
        ("shutdown", "cancel", "shutdown", "stopped"),
        ("deadline", "cancel", "deadline", "timed_out"),
    ],
)
def test_the_stop_reason_follows_from_who_asks(
    by: RequestedBy, mode: StopMode, reason: str, status: str
) -> None:
    cause = cause_of(StopRequest(mode, by))
    assert (cause.reason, cause.status) == (reason, status)
    given_reason = cause_of(StopRequest(mode, by, None, "lifetime"))
    assert (given_reason.reason, given_reason.status) == ("lifetime", "limit_reached")


@pytest.mark.parametrize(
    ("reason", "detail", "error", "message"),
    [
        ("user_stop", None, RunStoppedError, "context canceled"),
        ("user_stop", "enough", RunStoppedError, "context canceled: enough"),
        ("deadline", "enough", RunTimeoutError, "context deadline exceeded"),
        ("cpu", "no time left", RunLimitError, "no time left"),
        ("internal_error", "the log is down", RunError, "the log is down"),
    ],
)
def test_the_error_follows_from_the_cause(
    reason: StopReason, detail: str | None, error: type[RunError], message: str
) -> None:
    made = cause_of(StopRequest("cancel", "user", detail, reason)).error("r1", "s1")
    assert type(made) is error
    assert (str(made), made.code, made.run_id, made.session_id) == (message, reason, "r1", "s1")


def test_every_limit_is_a_limit() -> None:
    for reason in LIMIT_REASONS:
        assert cause_of(StopRequest("cancel", reason=reason)).status == "limit_reached"


@given(st.lists(st.sampled_from(["stop", "cancel", "conclude", "enter", "finish"]), max_size=12))
def test_any_sequence_keeps_the_first_decision(steps: list[str]) -> None:
    watched = Watched().begin()
    state = watched.state
    closed = False
    for step in steps:
        if step == "conclude" or step == "finish":
            closed = closed or state.cause is None
            state.conclude()
        elif step == "enter":
            assert state.enter() == (state.cause is None and not closed)
        else:
            accepted = state.accept(StopRequest("stop" if step == "stop" else "cancel"))
            assert accepted == (not closed)
        assert (state.cause is None) or not closed
    assert len(watched.stops) <= 2
    assert [mode for mode, _ in watched.stops] in ([], ["stop"], ["cancel"], ["stop", "cancel"])


def test_a_stop_and_a_conclusion_that_race_have_one_winner() -> None:
    for _ in range(300):
        watched = Watched().begin()
        barrier = threading.Barrier(3)
        accepted: list[bool] = []
        causes: list[object] = []

        def ask(
            state: RunState = watched.state,
            barrier: threading.Barrier = barrier,
            accepted: list[bool] = accepted,
        ) -> None:
            barrier.wait()
            accepted.append(state.accept(StopRequest("cancel")))

        def end(
            state: RunState = watched.state,
            barrier: threading.Barrier = barrier,
            causes: list[object] = causes,
        ) -> None:
            barrier.wait()
            causes.append(state.conclude())

        threads = [threading.Thread(target=target) for target in (ask, end, ask)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        won = causes[0] is not None
        assert any(accepted) == won
        assert len(watched.stops) == (1 if won else 0)
        assert len(set(accepted)) == 1
