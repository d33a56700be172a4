"""Scopes: latches, lineage, CPU accounts."""

import contextvars
import time
from typing import Literal

import pytest
from tests.realm.realm_support import Budget

from marotte.realm import Scope
from marotte.realm.meter import Meter


def burn(seconds: float) -> None:
    """Use CPU time of this thread."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_an_interrupt_covers_what_belongs_to_a_scope_and_nothing_else() -> None:
    parent = Scope("parent")
    child, sibling = Scope("child", parent=parent), Scope("sibling", parent=parent)
    grandchild = Scope("grandchild", parent=child)
    child.interrupt()
    assert [s.interrupted for s in (parent, child, sibling, grandchild)] == [
        False,
        True,
        False,
        True,
    ]
    assert grandchild.within(child)
    assert grandchild.within(parent)
    assert not grandchild.within(sibling)
    child.resume()
    assert not grandchild.interrupted


def test_resuming_a_scope_leaves_the_latch_of_its_parent() -> None:
    parent = Scope("parent")
    child = Scope("child", parent=parent)
    parent.interrupt()
    child.interrupt()
    child.resume()
    assert child.interrupted


def test_watchers_are_told_of_an_interrupt_of_any_ancestor_while_they_watch() -> None:
    told: list[str] = []
    parent = Scope("parent")
    child = Scope("child", parent=parent)
    with child.watched(lambda: told.append("x")):
        parent.interrupt()
        child.interrupt()
    parent.interrupt()
    assert told == ["x", "x"]


def test_a_scope_has_a_context_of_its_own() -> None:
    variable = contextvars.ContextVar("variable", default="none")
    variable.set("outside")
    scope = Scope("scope")
    scope.context.run(variable.set, "inside")
    assert variable.get() == "outside"
    assert scope.context.run(variable.get) == "inside"


def test_cpu_time_is_charged_to_a_scope_and_to_those_it_belongs_to() -> None:
    meter, parent = Meter(), Scope("parent")
    child, other = Scope("child", parent=parent), Scope("other")
    meter.enter(child)
    burn(0.02)
    meter.enter(other)
    burn(0.01)
    meter.leave()
    meter.enter(None)
    burn(0.05)
    meter.leave()
    meter.leave()
    burn(0.02)
    assert 0.02 <= child.cpu_seconds < 0.045
    assert parent.cpu_seconds == child.cpu_seconds
    assert 0.01 <= other.cpu_seconds < 0.02


def test_a_limit_is_told_once_and_latches() -> None:
    told: list[object] = []
    scope = Scope("scope", budget=Budget(0.01), on_limit=told.append)
    meter = Meter()
    meter.enter(scope, lambda over: told.append(over))
    burn(0.02)
    meter.charge()
    meter.charge()
    assert told == ["cpu", scope]
    assert scope.interrupted
    meter.leave()


def test_after_a_limit_a_scope_can_be_resumed_with_a_new_account() -> None:
    told: list[Literal["cpu", "memory"]] = []
    scope = Scope("scope", budget=Budget(1.0), on_limit=told.append)
    assert scope.charge(2.0) is scope
    scope.budget = Budget(1.0)
    scope.resume()
    assert scope.charge(0.5) is None
    assert not scope.interrupted
    assert scope.charge(0.6) is scope
    assert told == ["cpu", "cpu"]


def test_a_budget_of_its_own_spares_that_of_the_parent() -> None:
    parent = Scope("parent", budget=Budget(1.0))
    child = Scope("child", parent=parent, budget=Budget(2.0))
    assert child.charge(1.5) is None
    assert parent.cpu_seconds == 1.5
    assert child.charge(1.0) is child
    assert not parent.interrupted


def test_the_limit_of_a_parent_counts_what_its_children_use() -> None:
    parent = Scope("parent", budget=Budget(1.0))
    children = [Scope(f"child {n}", parent=parent) for n in range(3)]
    assert children[0].charge(0.5) is None
    assert children[1].charge(0.6) is parent
    assert all(child.interrupted for child in children)


def test_a_limit_that_does_not_latch_is_told_all_the_same() -> None:
    told: list[object] = []
    scope = Scope("scope", on_limit=told.append)
    assert scope.exceed("memory", latch=False)
    assert not scope.exceed("memory", latch=False)
    assert told == ["memory"]
    assert not scope.interrupted


def test_a_failing_on_limit_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    scope = Scope("scope", on_limit=lambda _: 1 / 0)
    assert scope.exceed("cpu")
    assert scope.interrupted
    assert "on_limit" in caplog.text
