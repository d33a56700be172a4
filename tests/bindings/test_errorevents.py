"""The error events of the global object, by the HTML standard."""

from __future__ import annotations

import pytest
from tests.bindings.page import Page

THROWERS = [
    "setTimeout(() => { throw new TypeError('no') })",
    "queueMicrotask(() => { throw new TypeError('no') })",
    "reportError(new TypeError('no'))",
    "const t = new EventTarget(); t.addEventListener('x', () => { throw new TypeError('no') });"
    "t.dispatchEvent(new Event('x'))",
]


@pytest.mark.parametrize("thrower", THROWERS)
def test_what_nothing_caught_fires_error_and_is_reported(page: Page, thrower: str) -> None:
    logged = page.log(
        "addEventListener('error', (e) => log([e.type, e.message, e.error.name, e.cancelable,"
        f" e.isTrusted, e.filename, e.lineno > 0, e.colno > 0])); {thrower}"
    )
    assert logged == [
        ["error", "Uncaught TypeError: no", "TypeError", True, True, "<input>", True, True]
    ]
    assert page.unhandled == ["TypeError: no"]


@pytest.mark.parametrize("thrower", THROWERS)
def test_preventing_the_default_keeps_it_from_the_host(page: Page, thrower: str) -> None:
    page.log(f"addEventListener('error', (e) => e.preventDefault()); {thrower}")
    assert page.unhandled == []


def test_onerror_gets_five_arguments_and_true_prevents_the_default(page: Page) -> None:
    logged = page.log(
        "onerror = function (...args) { log([this === globalThis, args.length, args[0],"
        " typeof args[1], typeof args[2], typeof args[3], args[4].message]); return true };"
        "setTimeout(() => { throw new Error('x') })"
    )
    assert logged == [[True, 5, "Uncaught Error: x", "string", "number", "number", "x"]]
    assert page.unhandled == []


def test_onerror_that_returns_false_prevents_nothing(page: Page) -> None:
    page.log("onerror = () => false; reportError(new Error('x'))")
    assert page.unhandled == ["Error: x"]


def test_an_error_in_an_error_listener_goes_to_the_host_and_not_round_again(page: Page) -> None:
    page.log("onerror = () => { throw new Error('second') }; reportError(new Error('first'))")
    assert page.unhandled == ["Error: second", "Error: first"]


def test_any_value_can_be_reported(page: Page) -> None:
    logged = page.log("onerror = (m, f, l, c, e) => { log([m, e]); return true }; reportError('s')")
    assert logged == [["Uncaught s", "s"]]
    page.log("onerror = null; reportError({ a: 1 }); reportError(null)")
    assert page.unhandled == ['threw {"a":1}', "threw null"]
    assert page.error("reportError()").startswith("TypeError: reportError: 1 argument required")


def test_an_unhandled_rejection_fires_its_event_and_is_reported(page: Page) -> None:
    logged = page.log(
        "const p = Promise.reject(new Error('no')); addEventListener('unhandledrejection', (e) =>"
        " log([e.promise === p, e.reason.message, e.cancelable, e.isTrusted, e.constructor.name]))"
    )
    assert logged == [[True, "no", True, True, "PromiseRejectionEvent"]]
    assert page.unhandled == ["Error: no"]


def test_a_prevented_rejection_is_not_reported(page: Page) -> None:
    page.log("addEventListener('unhandledrejection', (e) => e.preventDefault()); Promise.reject(1)")
    page.log("onunhandledrejection = () => false; Promise.reject(2)")
    assert page.unhandled == []


def test_a_rejection_that_is_handled_in_the_same_turn_fires_nothing(page: Page) -> None:
    logged = page.log(
        "onunhandledrejection = () => log('un'); onrejectionhandled = () => log('handled');"
        "const p = Promise.reject(1); queueMicrotask(() => p.catch(() => {}))"
    )
    assert logged == []
    assert page.unhandled == []


def test_a_rejection_handled_later_fires_rejectionhandled(page: Page) -> None:
    logged = page.log(
        "onunhandledrejection = (e) => { log(['un', e.reason]); e.preventDefault() };"
        "const p = Promise.reject(7); onrejectionhandled = (e) =>"
        " log(['handled', e.reason, e.promise === p, e.cancelable]);"
        "setTimeout(() => p.catch(() => {}), 10)"
    )
    assert logged == [["un", 7], ["handled", 7, True, False]]


def test_jobs_of_a_rejection_listener_run(page: Page) -> None:
    logged = page.log(
        "onunhandledrejection = async (e) => { e.preventDefault(); await null; log('later') };"
        "Promise.reject(1)"
    )
    assert logged == ["later"]


def test_handlers_are_null_until_set_and_take_functions_and_objects_only(page: Page) -> None:
    assert page.run(
        "const before = [onerror, onunhandledrejection, onrejectionhandled];"
        "onerror = 5; const number = onerror; const o = {}; onerror = o; const object = onerror;"
        "onerror = 'x'; [before, number, object === o, onerror]"
    ) == [[None, None, None], None, True, None]


def test_a_handler_keeps_its_place_among_the_listeners_until_it_is_removed(page: Page) -> None:
    assert page.log(
        "const say = (v) => () => { log(v); return true }; onerror = say('old');"
        "addEventListener('error', () => log('listener')); onerror = say('new');"
        "reportError(1); onerror = null; onerror = say('last'); reportError(2)"
    ) == ["new", "listener", "listener", "last"]


def test_the_event_classes(page: Page) -> None:
    assert page.run(
        "const e = new ErrorEvent('error', { message: 'm', lineno: 3.7, colno: -1, error: 5 });"
        "[e.message, e.filename, e.lineno, e.colno, e.error, e instanceof Event]"
    ) == ["m", "", 3, 4294967295, 5, True]
    assert page.run("new ErrorEvent('error').error === undefined")
    assert page.run(
        "const p = Promise.resolve(); const r = new PromiseRejectionEvent('x', { promise: p });"
        "[r.promise === p, r.reason === undefined, PromiseRejectionEvent.length]"
    ) == [True, True, 2]
    assert page.error("new PromiseRejectionEvent('x')").startswith("TypeError")
    assert page.error("new PromiseRejectionEvent('x', {})").startswith("TypeError")


def test_error_events_cost_nothing_until_they_are_used(page: Page) -> None:
    assert page.run(
        "typeof Object.getOwnPropertyDescriptor(globalThis, 'onerror').get === 'function'"
    )
    page.log("Promise.reject(new Error('plain'))")
    assert page.unhandled == ["Error: plain"]
