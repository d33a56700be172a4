"""Stop tokens are sticky, shareable and tell each listener once."""

import threading

import pytest

from marotte.runs import StopToken


def test_a_token_stays_set_with_its_first_reason() -> None:
    token = StopToken()
    assert (token.is_set, token.reason) == (False, None)
    assert token.set("first")
    assert not token.set("second")
    assert (token.is_set, token.reason) == (True, "first")


def test_listeners_are_told_once_also_when_late() -> None:
    token = StopToken()
    told: list[str | None] = []
    token.add_listener(lambda token: told.append(token.reason))
    remove = token.add_listener(lambda _: told.append("removed"))
    remove()
    remove()
    token.set("now")
    token.set("again")
    assert told == ["now"]
    token.add_listener(lambda _: told.append("late"))()
    assert told == ["now", "late"]


def test_a_failing_listener_is_logged_and_disturbs_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(token: StopToken) -> None:
        raise ValueError("boom")

    token = StopToken()
    told: list[str] = []
    token.add_listener(fail)
    token.add_listener(lambda _: told.append("told"))
    assert token.set()
    assert told == ["told"]
    assert "ValueError: boom" in caplog.text


def test_of_many_threads_one_is_first_and_no_listener_is_missed() -> None:
    for _ in range(50):
        token = StopToken()
        barrier = threading.Barrier(6)
        first: list[bool] = []
        told: list[int] = []

        def ask(
            token: StopToken = token,
            barrier: threading.Barrier = barrier,
            first: list[bool] = first,
        ) -> None:
            barrier.wait()
            first.append(token.set())

        def listen(
            token: StopToken = token,
            barrier: threading.Barrier = barrier,
            told: list[int] = told,
        ) -> None:
            barrier.wait()
            token.add_listener(lambda _: told.append(1))

        threads = [threading.Thread(target=target) for target in (ask, listen) * 3]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (first.count(True), len(told)) == (1, 3)
