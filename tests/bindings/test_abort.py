"""AbortController and AbortSignal, by the DOM standard."""

from __future__ import annotations

import time

import pytest
from tests.bindings.page import Page


def test_a_fresh_signal(page: Page) -> None:
    assert page.run(
        "const { signal } = new AbortController();"
        "[signal.aborted, signal.reason === undefined, signal.onabort,"
        " signal instanceof EventTarget, signal.throwIfAborted() === undefined]"
    ) == [False, True, None, True, True]


def test_the_controller_keeps_one_signal(page: Page) -> None:
    assert page.run("const c = new AbortController(); c.signal === c.signal")


def test_abort_without_a_reason_gives_an_abort_error(page: Page) -> None:
    assert page.run(
        "const c = new AbortController(); c.abort(); const { reason } = c.signal;"
        "[c.signal.aborted, reason instanceof DOMException, reason.name, reason.code]"
    ) == [True, True, "AbortError", 20]


@pytest.mark.parametrize("reason", ["null", "0", "''", "false"])
def test_any_reason_but_undefined_is_kept_as_it_is(page: Page, reason: str) -> None:
    assert page.run(
        f"const c = new AbortController(); c.abort({reason}); c.signal.reason === {reason}"
    )
    assert page.run(f"AbortSignal.abort({reason}).reason === {reason}")


def test_the_event_fires_once_and_the_reason_stays(page: Page) -> None:
    assert page.log(
        "const c = new AbortController(); c.signal.addEventListener('abort', (e) =>"
        " log([e.type, e.isTrusted, e.bubbles, e.cancelable, e.target === c.signal,"
        " c.signal.aborted])); c.abort(1); c.abort(2); log(c.signal.reason)"
    ) == [["abort", True, False, False, True, True], 1]


def test_onabort(page: Page) -> None:
    assert page.log(
        "const c = new AbortController(); c.signal.onabort = function (e) {"
        " log(this === c.signal && e.type) }; c.abort()"
    ) == ["abort"]


def test_throw_if_aborted_throws_the_reason_itself(page: Page) -> None:
    assert page.run(
        "const r = { mine: 1 }; try { AbortSignal.abort(r).throwIfAborted() } catch (e) { e === r }"
    )


def test_a_throwing_listener_keeps_no_other_from_being_called(page: Page) -> None:
    assert page.log(
        "const c = new AbortController();"
        "c.signal.addEventListener('abort', () => { throw new Error('no') });"
        "c.signal.addEventListener('abort', () => log('next')); c.abort()"
    ) == ["next"]
    assert page.unhandled == ["Error: no"]


def test_nobody_but_the_controller_makes_or_aborts_signals(page: Page) -> None:
    assert page.error("new AbortSignal()") == "TypeError: Illegal constructor"
    assert page.run("'abort' in AbortSignal.prototype") is False
    assert page.error("AbortController.prototype.abort.call({})").startswith("TypeError")
    assert page.error(
        "Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted').get.call({})"
    ).startswith("TypeError")


def test_a_timeout_aborts_with_a_timeout_error(page: Page) -> None:
    assert page.value(
        "const s = AbortSignal.timeout(5);"
        "await new Promise((resolve) => { s.onabort = resolve });"
        "return [s.aborted, s.reason instanceof DOMException, s.reason.name, s.reason.code]"
    ) == [True, True, "TimeoutError", 23]


def test_a_timeout_does_not_keep_the_script_alive(page: Page) -> None:
    started = time.monotonic()
    page.run("AbortSignal.timeout(60_000).onabort = () => {}; 0")
    page.settle()
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("delay", ["-1", "NaN", "2**53", "Infinity", "'x'", "undefined"])
def test_a_timeout_out_of_range_is_refused(page: Page, delay: str) -> None:
    assert page.error(f"AbortSignal.timeout({delay})").startswith(
        "TypeError: AbortSignal.timeout: milliseconds: expected an integer"
    )


def test_any_follows_the_first_of_its_sources(page: Page) -> None:
    assert page.log(
        "const a = new AbortController(), b = new AbortController();"
        "const any = AbortSignal.any([a.signal, b.signal]);"
        "any.onabort = (e) => log([e.isTrusted, any.reason]); b.abort('b'); a.abort('a');"
        "log(any.reason)"
    ) == [[True, "b"], "b"]


def test_any_of_an_aborted_signal_is_aborted_at_once_with_its_reason(page: Page) -> None:
    assert page.run(
        "const any = AbortSignal.any([new AbortController().signal, AbortSignal.abort('x'),"
        " AbortSignal.abort('y')]); [any.aborted, any.reason]"
    ) == [True, "x"]


def test_any_of_none_never_aborts(page: Page) -> None:
    assert page.run("AbortSignal.any([]).aborted") is False


def test_any_takes_an_iterable_of_signals_only(page: Page) -> None:
    assert page.run("AbortSignal.any(new Set([AbortSignal.abort(1)])).reason") == 1
    for bad in ["", "5", "{}", "[{}]", "[null]", "[new EventTarget()]"]:
        assert page.error(f"AbortSignal.any({bad})").startswith("TypeError")


def test_all_are_marked_before_any_event_and_sources_come_first(page: Page) -> None:
    assert page.log(
        "const c = new AbortController(); const one = AbortSignal.any([c.signal]);"
        "const two = AbortSignal.any([one]);"
        "two.onabort = () => log('two'); one.onabort = () => log('one');"
        "c.signal.onabort = () => log(['source', one.aborted, two.aborted]); c.abort()"
    ) == [["source", True, True], "one", "two"]


def test_a_listener_keeps_a_dependent_signal_that_nobody_else_holds(page: Page) -> None:
    assert page.log(
        "globalThis.c = new AbortController();"
        "(() => { AbortSignal.any([c.signal]).addEventListener('abort', () => log('heard')) })();"
        "setTimeout(() => c.abort(), 5)"
    ) == ["heard"]


def test_dependent_signals_of_a_long_lived_one_are_let_go_of(page: Page) -> None:
    page.run(
        "globalThis.c = new AbortController(); globalThis.many = (n) => {"
        " for (let i = 0; i < n; i++) { const s = AbortSignal.any([c.signal]); const f = () => {};"
        "  s.addEventListener('abort', f); s.removeEventListener('abort', f) } }; many(2000); 0"
    )
    for _ in range(20):
        page.run("many(2000); 0")
        page.settle()
    # The engine clears weak references when it collects garbage, so some are always left.
    assert page.realm.loop.call(page.realm.statistics).engine.objects < 40_000


def test_the_shape_of_the_classes(page: Page) -> None:
    assert page.run(
        "[AbortController.length, AbortSignal.timeout.length, AbortSignal.any.length,"
        " AbortSignal.abort.length, Object.prototype.toString.call(new AbortController()),"
        " Object.prototype.toString.call(AbortSignal.abort())]"
    ) == [0, 1, 1, 0, "[object AbortController]", "[object AbortSignal]"]
