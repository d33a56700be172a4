"""queueMicrotask, by the HTML standard."""

from __future__ import annotations

import pytest
from tests.bindings.page import Page


def test_a_microtask_runs_after_the_script_and_in_order_with_promises(page: Page) -> None:
    logged = page.log(
        "queueMicrotask(() => log(1)); Promise.resolve().then(() => log(2));"
        "queueMicrotask(() => log(3)); log(0)"
    )
    assert logged == [0, 1, 2, 3]


def test_it_is_called_without_arguments_and_answers_undefined(page: Page) -> None:
    assert page.log("log(queueMicrotask((...a) => log(a.length)) === undefined)") == [True, 0]


def test_a_throwing_microtask_is_reported_once_and_the_next_runs(page: Page) -> None:
    logged = page.log(
        "queueMicrotask(() => { throw new Error('no') }); queueMicrotask(() => log(1))"
    )
    assert logged == [1]
    assert page.unhandled == ["Error: no"]


@pytest.mark.parametrize("callback", ["", "null", "'log(1)'", "{}"])
def test_what_is_no_function_is_refused(page: Page, callback: str) -> None:
    assert page.error(f"queueMicrotask({callback})").startswith("TypeError: queueMicrotask(): ")


def test_a_thrown_value_that_is_no_error_is_reported_too(page: Page) -> None:
    page.log("queueMicrotask(() => { throw 'text' })")
    assert page.unhandled == ["text"]


def test_a_script_that_rewrites_then_later_breaks_no_microtask(page: Page) -> None:
    assert page.log(
        "queueMicrotask; Promise.prototype.then = null; queueMicrotask(() => log(1))"
    ) == [1]
