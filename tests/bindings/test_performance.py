"""performance, by the High Resolution Time standard."""

from __future__ import annotations

import time

from tests.bindings.page import Page


def test_now_counts_from_the_realms_beginning_and_never_goes_back(page: Page) -> None:
    assert page.run(
        "let last = performance.now(), back = 0; const first = last;"
        "for (let i = 0; i < 1000; i++) { const now = performance.now(); if (now < last) back++;"
        " last = now } [back, first >= 0, first < 60_000, last > first]"
    ) == [0, True, True, True]


def test_time_origin_is_on_the_clock_of_the_wall(page: Page) -> None:
    origin = page.run("performance.timeOrigin")
    assert isinstance(origin, int | float)
    assert abs(time.time() * 1000 - origin) < 60_000
    assert page.run(
        "Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1000 &&"
        " Math.abs(new Event('x').timeStamp - performance.now()) < 1000"
    )


def test_it_measures_what_a_timer_takes(page: Page) -> None:
    assert page.value(
        "const t = performance.now(); await new Promise((r) => setTimeout(r, 20));"
        "return performance.now() - t >= 19"
    )


def test_its_shape(page: Page) -> None:
    assert page.run(
        "[performance instanceof Performance, performance instanceof EventTarget,"
        ' JSON.stringify(performance) === `{"timeOrigin":${performance.timeOrigin}}`,'
        " Object.prototype.toString.call(performance)]"
    ) == [True, True, True, "[object Performance]"]
    assert page.error("new Performance()") == "TypeError: Illegal constructor"
    assert page.error("Performance.prototype.now.call({})").startswith("TypeError")
