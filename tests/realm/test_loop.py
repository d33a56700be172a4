"""The loop thread: order, bounds, re-entrancy, timers and the end."""

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from functools import partial

import pytest
from tests.realm.realm_support import SECONDS, World, outcome, running_loop, until

from marotte.realm import LoopClosedError, LoopThread, NestingError, host_function
from marotte.realm.loop import BATCH, MAX_PARKED


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Hold:
    """An action that takes until a test lets it go."""

    def __init__(self) -> None:
        self.entered, self.leave = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.entered.set()
        assert self.leave.wait(SECONDS)
        return "held"


class Steps:
    """Something runnable that has a number of steps to do."""

    busy = False

    def __init__(self, steps: int, seen: list[object], note: object) -> None:
        self.left = steps
        self.seen = seen
        self.note = note

    def step(self) -> bool:
        self.left -= 1
        self.seen.append(self.note)
        return self.left > 0

    def shut(self) -> None:
        self.seen.append("shut")

    def abandon(self) -> None:
        self.seen.append("abandoned")


def own(loop: LoopThread, steps: Steps) -> None:
    """Have the steps done; loop thread only."""
    loop.adopt(steps)
    loop.enlist(steps)


# -- giving it work --------------------------------------------------------------------------------


def test_posts_are_done_in_order_on_one_thread(world: World) -> None:
    seen: list[int] = []
    threads: set[int] = set()

    def note(number: int) -> None:
        seen.append(number)
        threads.add(threading.get_ident())

    for number in range(1000):
        world.loop.post(partial(note, number))
    world.loop.call(lambda: None, SECONDS)
    assert seen == list(range(1000))
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_posts_of_each_of_many_threads_keep_their_order(world: World) -> None:
    seen: list[tuple[int, int]] = []

    def post(thread: int) -> None:
        for number in range(200):
            world.loop.post(partial(seen.append, (thread, number)))
            world.loop.call(lambda: None, SECONDS)

    threads = [threading.Thread(target=post, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert len(seen) == 800
    for thread_number in range(4):
        assert [n for t, n in seen if t == thread_number] == list(range(200))


def test_a_call_answers_or_raises_what_the_action_does(world: World) -> None:
    assert world.loop.call(lambda: 40 + 2) == 42
    with pytest.raises(ZeroDivisionError):
        world.loop.call(lambda: 1 // 0)
    with pytest.raises(KeyboardInterrupt):
        world.loop.call(_press)
    assert world.loop.call(lambda: "alive") == "alive"


def _press() -> None:
    raise KeyboardInterrupt


def test_a_call_from_the_thread_itself_runs_inline(world: World) -> None:
    order: list[str] = []

    def inner() -> int:
        order.append("inside")
        return 7

    def outer() -> int:
        order.append("before")
        answer = world.loop.call(lambda: world.loop.call(inner))
        order.append("after")
        return answer

    assert world.loop.call(outer, SECONDS) == 7
    assert order == ["before", "inside", "after"]


def test_a_failing_action_is_logged_and_nothing_else(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.loop.post(lambda: 1 // 0)
    world.loop.post(_press)
    assert world.loop.call(lambda: "alive", SECONDS) == "alive"
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [
        ZeroDivisionError,
        KeyboardInterrupt,
    ]


def test_a_call_that_times_out_before_its_turn_is_not_done(world: World) -> None:
    held, seen = Hold(), list[str]()
    world.loop.post(held)
    assert held.entered.wait(SECONDS)
    with pytest.raises(TimeoutError):
        world.loop.call(partial(seen.append, "done"), timeout=0.01)
    held.leave.set()
    world.loop.call(lambda: None, SECONDS)
    assert seen == []


def test_much_that_is_posted_does_not_keep_realms_and_timers_from_their_turn(world: World) -> None:
    seen: list[object] = []

    def fill() -> None:
        world.loop.call_later(0.0, lambda: seen.append("timer"))
        own(world.loop, Steps(1, seen, "step"))
        for number in range(3 * BATCH):
            world.loop.post(partial(seen.append, number))

    world.loop.call(fill, SECONDS)
    world.loop.call(lambda: None, SECONDS)
    assert seen.index("timer") <= BATCH
    assert seen.index("step") <= BATCH + 1


def test_runnables_have_their_turns_in_a_round(world: World) -> None:
    seen: list[object] = []

    def fill() -> None:
        for name in "abc":
            own(world.loop, Steps(3, seen, name))

    world.loop.call(fill, SECONDS)
    until(lambda: world.loop.statistics().runnable == 0)
    assert seen == list("abcabcabc")


def test_a_runnable_that_fails_in_its_step_ends_nothing_else(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[object] = []

    class Failing(Steps):
        def step(self) -> bool:
            super().step()
            raise SystemExit(3)

    def fill() -> None:
        own(world.loop, Failing(2, seen, "failing"))
        own(world.loop, Steps(2, seen, "other"))

    world.loop.call(fill, SECONDS)
    until(lambda: world.loop.statistics().runnable == 0)
    assert seen == ["failing", "other", "other"]
    assert "failed in its step" in caplog.text


# -- timers ----------------------------------------------------------------------------------------


def test_timers_fire_by_time_and_then_by_creation() -> None:
    clock, seen = Clock(), list[str]()
    with running_loop(clock=clock) as loop:

        def start() -> None:
            for name, delay in [("c", 3), ("a", 1), ("b1", 2), ("b2", 2), ("b3", 2), ("now", -5)]:
                loop.call_later(delay, partial(seen.append, name))

        def at(now: float) -> list[str]:
            clock.now = now
            for _ in range(3):
                loop.call(lambda: None, SECONDS)
            return list(seen)

        loop.call(start, SECONDS)
        assert at(100.5) == ["now"]
        assert at(101.0) == ["now", "a"]
        assert at(150.0) == ["now", "a", "b1", "b2", "b3", "c"]


def test_a_timer_set_by_a_timer_for_now_waits_for_the_next_pass() -> None:
    clock, seen = Clock(), list[int]()
    with running_loop(clock=clock) as loop:

        def again() -> None:
            seen.append(len(seen))
            if len(seen) < 1000:
                loop.call_later(0.0, again)

        loop.call(lambda: loop.call_later(0.0, again), SECONDS)
        # The clock stands still, and yet the thread answers in between.
        for _ in range(10):
            loop.call(lambda: None, SECONDS)
        until(lambda: loop.statistics().timers == 0)
        assert seen == list(range(1000))


def test_a_cancelled_timer_does_not_fire_even_when_it_is_due_with_the_one_that_cancels() -> None:
    clock, seen = Clock(), list[str]()
    with running_loop(clock=clock) as loop:

        def start() -> None:
            loop.call_later(1.0, lambda: second.cancel())
            second = loop.call_later(1.0, lambda: seen.append("second"))
            loop.call_later(1.0, lambda: seen.append("third"))

        loop.call(start, SECONDS)
        clock.now += 5
        loop.call(lambda: None, SECONDS)
        loop.call(lambda: None, SECONDS)
        assert seen == ["third"]
        assert loop.statistics().timers == 0


def test_timers_are_for_the_thread_itself(world: World) -> None:
    with pytest.raises(RuntimeError, match="loop thread"):
        world.loop.call_later(0, lambda: None)


def test_a_timer_wakes_an_idle_thread(world: World) -> None:
    fired = threading.Event()
    world.loop.call(lambda: world.loop.call_later(0.02, fired.set), SECONDS)
    assert fired.wait(SECONDS)


# -- serving from within ---------------------------------------------------------------------------


def test_parking_serves_others_and_ends_when_woken(world: World) -> None:
    done = threading.Event()
    parked = world.loop.submit(lambda: world.loop.park(done.is_set))
    assert world.loop.call(lambda: world.loop.statistics().parked, SECONDS) == 1
    assert not parked.done()
    done.set()
    world.loop.wake()
    assert outcome(parked) is None
    assert world.loop.statistics().parked == 0
    assert world.loop.statistics().max_depth == 1


def test_at_most_eight_calls_are_parked(world: World) -> None:
    done = threading.Event()

    def park() -> None:
        world.loop.park(done.is_set)

    parked = [world.loop.submit(park) for _ in range(MAX_PARKED)]
    with pytest.raises(NestingError, match="8 synchronous calls are parked already"):
        world.loop.call(park, SECONDS)
    done.set()
    world.loop.wake()
    assert [outcome(future) for future in parked] == [None] * MAX_PARKED


def test_a_parked_call_ends_when_the_thread_is_closed() -> None:
    with running_loop() as loop:
        parked = loop.submit(lambda: loop.park(lambda: False))
        assert loop.call(lambda: loop.statistics().parked, SECONDS) == 1
        assert loop.close(SECONDS)
    assert isinstance(outcome(parked), LoopClosedError)


# -- the end ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("give", [LoopThread.post, LoopThread.call, LoopThread.submit])
def test_work_after_shutdown_is_refused(give: Callable[..., object]) -> None:
    with running_loop() as loop:
        pass
    with pytest.raises(LoopClosedError, match="shut down"):
        give(loop, lambda: None)


def test_queued_calls_are_refused_at_shutdown() -> None:
    held = Hold()
    with running_loop() as loop:
        first = loop.submit(held)
        assert held.entered.wait(SECONDS)
        queued = [loop.submit(lambda: "done") for _ in range(3 * BATCH)]
        closing = threading.Thread(target=loop.close)
        closing.start()
        until(lambda: loop.closing)
        held.leave.set()
        closing.join(SECONDS)
    assert outcome(first) == "held"
    outcomes = [outcome(future) for future in queued]
    refused = [error for error in outcomes if isinstance(error, LoopClosedError)]
    assert len(refused) >= 2 * BATCH
    assert set(outcomes) - set(refused) <= {"done"}


def test_shutdown_shuts_what_it_owns(world: World) -> None:
    seen: list[object] = []
    with running_loop() as loop:
        loop.call(lambda: loop.adopt(Steps(1, seen, "")), SECONDS)
    assert seen == ["shut"]


class Leaving(Steps):
    """Is disowned in its first step, and says that there is more to do."""

    loop: LoopThread

    def step(self) -> bool:
        self.loop.disown(self)
        return super().step()


def test_what_is_disowned_in_its_own_step_is_let_go() -> None:
    with running_loop() as loop:
        leaving = Leaving(9, list[object](), "step")
        leaving.loop = loop
        gone = weakref.ref(leaving)

        loop.call(partial(own, loop, leaving), SECONDS)
        until(lambda: loop.statistics().steps == 1)
        assert loop.call(lambda: loop.statistics().runnable, SECONDS) == 0
        assert leaving.left == 8
        del leaving
        until(lambda: gc.collect() >= 0 and gone() is None)


def test_a_thread_closes_itself_once_it_has_returned() -> None:
    loop = LoopThread().start()
    assert loop.call(loop.close, SECONDS) is False
    assert loop.close(SECONDS)


def test_a_loop_that_never_started_refuses_what_it_was_given() -> None:
    loop = LoopThread()
    future = loop.submit(lambda: "done")
    assert loop.close()
    assert isinstance(outcome(future), LoopClosedError)
    with pytest.raises(LoopClosedError):
        loop.post(lambda: None)


def test_a_loop_starts_once(world: World) -> None:
    with pytest.raises(RuntimeError, match="starts once"):
        world.loop.start()


def test_a_stuck_thread_is_abandoned_and_nobody_waits_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    held = Hold()

    @host_function
    def stick() -> None:
        """Hold the thread as a native loop would."""
        held()

    with running_loop() as loop:
        world = World(loop)
        realm = world.realm(stick)
        running = realm.evaluate("stick()")
        awaited = realm.evaluate("new Promise(() => {})")
        assert held.entered.wait(SECONDS)
        call = loop.submit(lambda: "done")
        assert loop.close(timeout=0.05) is False
        assert isinstance(outcome(call), LoopClosedError)
        assert "shut down" in str(outcome(running))
        assert "shut down" in str(outcome(awaited))
        assert "abandoned" in caplog.text
        held.leave.set()


def test_a_process_exits_while_its_loop_thread_is_stuck() -> None:
    source = (
        "import threading, time\n"
        "from marotte.realm import LoopThread\n"
        "loop = LoopThread().start()\n"
        "loop.post(lambda: time.sleep(3600))\n"
        "time.sleep(0.05)\n"
        "print(loop.close(0.05))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "False")


def test_statistics_count_what_was_done(world: World) -> None:
    before = world.loop.statistics()
    realm = world.realm()
    world.value(realm, "1")
    now = world.loop.statistics()
    assert now.posted > before.posted
    assert now.steps > before.steps
    assert (before.realms, now.realms) == (0, 1)
    world.on_loop(realm.close)
    assert world.loop.statistics().realms == 0
