"""Listeners are a set over (type, callback); those of the very type go first."""

from collections.abc import Callable
from typing import cast

import pytest

from marotte.conversation import InvalidValueError
from marotte.events import Listeners


def first() -> None: ...


def second() -> None: ...


def called(listeners: Listeners[Callable[[], None]], type: str) -> list[Callable[[], None]]:
    return [each.callback for each in listeners.matching(type) if listeners.claim(each)]


@pytest.fixture
def listeners() -> Listeners[Callable[[], None]]:
    return Listeners()


def test_the_very_type_goes_before_all(listeners: Listeners[Callable[[], None]]) -> None:
    assert listeners.add("*", first)
    assert listeners.add("text-delta", second)
    assert called(listeners, "text-delta") == [second, first]
    assert called(listeners, "run-started") == [first]


def test_registering_twice_is_registering_once(listeners: Listeners[Callable[[], None]]) -> None:
    assert listeners.add("", first)
    assert listeners.add("*", first) is None
    assert listeners.add("run-started", first)
    assert called(listeners, "run-started") == [first, first]
    assert called(listeners, "output") == [first]


def test_once_is_used_up_by_a_call(listeners: Listeners[Callable[[], None]]) -> None:
    listeners.add("output", first, once=True)
    assert called(listeners, "output") == [first]
    assert called(listeners, "output") == []
    assert not listeners


def test_on_after_once_stays(listeners: Listeners[Callable[[], None]]) -> None:
    listeners.add("output", first, once=True)
    listeners.add("output", first)
    assert called(listeners, "output") == [first]
    assert called(listeners, "output") == [first]


def test_removal_acts_on_what_is_about_to_be_called(
    listeners: Listeners[Callable[[], None]],
) -> None:
    listeners.add("output", first)
    listeners.add("output", second)
    matching = listeners.matching("output")
    assert listeners.claim(next(matching))
    assert listeners.remove("output", second)
    assert not listeners.claim(next(matching))
    assert not listeners.remove("output", second)
    assert not listeners.remove("*", first)


def test_what_is_no_listener_is_refused(listeners: Listeners[Callable[[], None]]) -> None:
    with pytest.raises(InvalidValueError, match='unknown event "nonsense"'):
        listeners.add("nonsense", first)
    with pytest.raises(InvalidValueError, match="unknown event"):
        listeners.remove("nonsense", first)
    with pytest.raises(InvalidValueError, match="callback: expected a function, got 7"):
        listeners.add("output", cast("Callable[[], None]", 7))
    assert not listeners
