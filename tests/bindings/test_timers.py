"""Timers, by the HTML standard's timer initialization steps."""

from __future__ import annotations

import gc
import time
import weakref
from typing import Any

import pytest
from tests.bindings.page import Page, bindings, open_page

from marotte.realm import HostFunction, LoopThread, OpenGate, Realm, Registry, Scope


def test_a_timeout_fires_once_with_its_arguments_and_the_global_as_this(page: Page) -> None:
    logged = page.log(
        "setTimeout(function (...args) { log([this === globalThis, ...args]) }, 1, 'a', 2, null)"
    )
    assert logged == [[True, "a", 2, None]]


def test_timers_fire_in_the_order_of_their_times_and_then_of_their_start(page: Page) -> None:
    logged = page.log(
        "setTimeout(() => log('late'), 30);"
        "setTimeout(() => log('first'), 0);"
        "setTimeout(() => log('second'), 0);"
        "Promise.resolve().then(() => log('job'));"
        "log('script')"
    )
    assert logged == ["script", "job", "first", "second", "late"]


@pytest.mark.parametrize(
    "delay",
    ["0", "-5", "NaN", "undefined", "null", "'x'", "Infinity", "2**31", "-(2**40)", "{}", "[]"],
)
def test_a_delay_that_is_no_positive_long_is_zero(page: Page, delay: str) -> None:
    assert page.log(f"setTimeout(() => log(1), {delay})") == [1]


@pytest.mark.parametrize("delay", ["20", "20.9", "'20'", "2**32 + 20", "{ valueOf: () => 20 }"])
def test_a_delay_becomes_a_long(page: Page, delay: str) -> None:
    started = time.monotonic()
    assert page.log(f"setTimeout(() => log(1), {delay})") == [1]
    assert time.monotonic() - started >= 0.02


def test_a_symbol_or_bigint_is_no_delay(page: Page) -> None:
    assert page.error("setTimeout(() => {}, 1n)").startswith("TypeError")
    assert page.error("setTimeout(() => {}, Symbol())").startswith("TypeError")


@pytest.mark.parametrize("name", ["setTimeout", "setInterval"])
@pytest.mark.parametrize("callback", ["", "'log(1)'", "null", "{}", "5"])
def test_what_is_no_function_is_refused(page: Page, name: str, callback: str) -> None:
    assert page.error(f"{name}({callback})").startswith(
        f"TypeError: {name}(): callback: expected a function, got "
    )


def test_ids_are_positive_integers_and_differ(page: Page) -> None:
    ids = page.run(
        "const ids = [setTimeout(() => {}), setInterval(() => {}), setTimeout(() => {})];"
        "ids.forEach(clearTimeout); ids"
    )
    assert isinstance(ids, list)
    assert all(isinstance(ident, int) and ident > 0 for ident in ids)
    assert len(set(map(str, ids))) == 3


def test_a_cleared_timer_does_not_fire(page: Page) -> None:
    logged = page.log(
        "const a = setTimeout(() => log('a')); clearTimeout(a);"
        "const b = setTimeout(() => log('b')); setTimeout(() => log('c')); clearTimeout(b)"
    )
    assert logged == ["c"]


def test_either_clear_function_clears_what_the_other_kind_started(page: Page) -> None:
    logged = page.log(
        "clearInterval(setTimeout(() => log('timeout')));"
        "clearTimeout(setInterval(() => log('interval')))"
    )
    assert logged == []


@pytest.mark.parametrize("ident", ["", "0", "-1", "99999", "undefined", "null", "'x'", "{}"])
def test_clearing_what_is_none_is_ignored(page: Page, ident: str) -> None:
    assert page.log(f"clearTimeout({ident}); clearInterval({ident}); log('on')") == ["on"]


def test_an_interval_repeats_until_it_is_cleared(page: Page) -> None:
    logged = page.log(
        "let n = 0; const id = setInterval((v) => { log(v + n); if (++n === 3) clearInterval(id) },"
        " 1, 10)"
    )
    assert logged == [10, 11, 12]


def test_an_interval_that_clears_itself_and_starts_another_ends(page: Page) -> None:
    logged = page.log(
        "const id = setInterval(() => {"
        " clearInterval(id); log('once'); setTimeout(() => log('t')) })"
    )
    assert logged == ["once", "t"]


def test_a_throwing_timeout_is_reported_and_others_go_on(page: Page) -> None:
    assert page.log("setTimeout(() => { throw new RangeError('no') }); setTimeout(log, 1, 2)") == [
        2
    ]
    assert page.unhandled == ["RangeError: no"]


def test_a_throwing_interval_is_reported_each_time_and_goes_on(page: Page) -> None:
    logged = page.log(
        "let n = 0; const id = setInterval(() => {"
        " log(++n); if (n === 3) clearInterval(id); throw new Error('tick ' + n) }, 0)"
    )
    assert logged == [1, 2, 3]
    assert page.unhandled == ["Error: tick 1", "Error: tick 2", "Error: tick 3"]


def test_a_rejecting_timer_is_reported_as_a_rejection(page: Page) -> None:
    page.log("setTimeout(async () => { await null; throw new Error('late') })")
    assert page.unhandled == ["Error: late"]


@pytest.mark.parametrize("answer", ["() => {}", "Symbol('s')", "10n", "{ toJSON() { throw 1 } }"])
def test_what_a_timer_returns_is_ignored(page: Page, answer: str) -> None:
    assert page.log(f"setTimeout(() => ({answer}), 0)") == []
    assert page.unhandled == []


def test_microtasks_run_between_two_timers(page: Page) -> None:
    logged = page.log(
        "setTimeout(() => { log('t1'); queueMicrotask(() => log('m1')) });"
        "setTimeout(() => log('t2'))"
    )
    assert logged == ["t1", "m1", "t2"]


def test_a_pending_timer_keeps_the_realm_busy_and_a_cleared_one_does_not(page: Page) -> None:
    page.run("globalThis.id = setTimeout(() => {}, 1e6); 0")
    assert not page.realm.loop.call(lambda: page.realm.idle)
    page.run("clearTimeout(id); 0")
    page.settle()
    assert page.realm.loop.call(lambda: page.realm.idle)


def test_timers_of_an_ended_scope_do_not_fire_and_others_do(page: Page) -> None:
    page.run("globalThis.seen = []; 0")
    mine, other = Scope("mine"), Scope("other")
    page.run("setInterval(() => seen.push('mine'), 1); 0", scope=mine)
    page.run("setTimeout(() => seen.push('other'), 40); 0", scope=other)
    mine.interrupt()
    page.realm.end(mine, RuntimeError("over"))
    page.settle()
    assert page.run("seen.includes('other') && seen.filter((v) => v === 'mine').length < 40")


class Stopping(OpenGate):
    """Refuses effects once it is told to, as for a run that is being stopped."""

    refuses = False

    def check(self, function: HostFunction[..., Any], scope: Scope) -> None:
        if self.refuses and function.effect == "effect":
            raise RuntimeError("stopping")


def test_in_a_run_that_is_stopping_no_timer_starts_and_an_interval_ends_quietly() -> None:
    gate = Stopping()
    with open_page(gate=gate) as page:
        page.run("globalThis.n = 0; globalThis.id = setTimeout(() => {}, 1e6);")
        page.run("setInterval(() => n++, 1); 0")
        gate.refuses = True
        assert page.error("setTimeout(() => {}, 0)") == "RuntimeError: stopping"
        page.run("clearTimeout(id); 0")
        page.settle()
        assert page.unhandled == []


def test_timer_names_and_lengths_are_the_standards(page: Page) -> None:
    assert page.run(
        "[setTimeout, setInterval, clearTimeout, clearInterval].map((f) => f.name + f.length)"
    ) == ["setTimeout1", "setInterval1", "clearTimeout0", "clearInterval0"]


def test_a_realm_with_pending_timers_is_let_go_of_when_it_is_closed() -> None:
    with LoopThread() as loop:
        realm = Realm.create(loop, Registry(bindings()))
        realm.evaluate("for (let i = 0; i < 200; i++) setTimeout(() => i, 1e6)").result(20)
        loop.call(realm.close)
        gone = weakref.ref(realm)
        del realm
        loop.call(lambda: None)
        gc.collect()
        assert gone() is None
