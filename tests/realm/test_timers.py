"""The queue of timers, against a plain list."""

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from marotte.realm.timers import SWEEP_FROM, Timer, TimerQueue

ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 20)),
        st.tuples(st.just("cancel"), st.integers(0, 200)),
        st.tuples(st.just("advance"), st.integers(0, 5)),
    ),
    max_size=200,
)


@given(ACTIONS, st.integers(1, 5))
def test_timers_fire_as_a_sorted_list_would(actions: list[tuple[str, int]], limit: int) -> None:
    queue, now = TimerQueue(), 0
    fired: list[int] = []
    model: list[tuple[int, int]] = []
    expected: list[int] = []
    timers: list[Timer] = []
    for action, number in actions:
        if action == "add":
            model.append((now + number, len(timers)))
            timers.append(queue.add(now + number, partial(fired.append, len(timers))))
        elif action == "cancel" and number < len(timers):
            timers[number].cancel()
            model = [entry for entry in model if entry[1] != number]
        elif action == "advance":
            now += number
            due = [entry for entry in sorted(model) if entry[0] <= now][:limit]
            expected += [order for _, order in due]
            model = [entry for entry in model if entry not in due]
            for timer in queue.take_due(now, limit):
                timer.fire()
        assert fired == expected
        assert len(queue) == len(model)
        assert queue.next_due == (min(model)[0] if model else None)


def test_timers_that_are_set_and_cleared_for_ever_do_not_pile_up() -> None:
    queue = TimerQueue()
    kept = [queue.add(10.0**6 + n, lambda: None) for n in range(10)]
    for _ in range(10_000):
        queue.add(10.0**6, lambda: None).cancel()
    assert len(queue) == len(kept)
    assert len(queue._heap) <= 2 * SWEEP_FROM


def test_a_timer_fires_once_and_lets_go_of_its_action() -> None:
    seen: list[str] = []
    timer = TimerQueue().add(0, partial(seen.append, "fired"))
    timer.fire()
    timer.fire()
    assert seen == ["fired"]
    assert timer.cancelled
