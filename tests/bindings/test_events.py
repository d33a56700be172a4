"""Event, CustomEvent and EventTarget, by the DOM standard."""

from __future__ import annotations

import pytest
from tests.bindings.page import Page


def test_an_event_as_it_is_made(page: Page) -> None:
    assert page.run(
        "const e = new Event('load', { cancelable: 1 });"
        "[e.type, e.bubbles, e.cancelable, e.composed, e.target, e.srcElement, e.currentTarget,"
        " e.eventPhase, e.defaultPrevented, e.returnValue, e.cancelBubble, e.isTrusted,"
        " e.composedPath(), typeof e.timeStamp]"
    ) == [
        *("load", False, True, False, None, None, None, 0, False, True, False, False, []),
        "number",
    ]


def test_type_is_required_and_becomes_text(page: Page) -> None:
    assert page.error("new Event()").startswith("TypeError: Event constructor: 1 argument required")
    assert page.run("[new Event(null).type, new Event(undefined).type]") == ["null", "undefined"]


@pytest.mark.parametrize("init", ["'x'", "5", "true", "Symbol()"])
def test_the_init_must_be_a_dictionary(page: Page, init: str) -> None:
    assert page.error(f"new Event('x', {init})").startswith("TypeError")


def test_is_trusted_is_an_own_property_that_cannot_be_replaced(page: Page) -> None:
    assert page.run(
        "const e = new Event('x');"
        "const d = Object.getOwnPropertyDescriptor(e, 'isTrusted');"
        "[typeof d.get, d.configurable, d.enumerable, 'isTrusted' in Event.prototype]"
    ) == ["function", False, True, False]


def test_constants(page: Page) -> None:
    assert page.run(
        "[Event.NONE, Event.CAPTURING_PHASE, Event.AT_TARGET, new Event('x').BUBBLING_PHASE]"
    ) == [0, 1, 2, 3]


def test_dispatch_answers_false_only_if_a_cancelable_event_was_cancelled(page: Page) -> None:
    assert page.run(
        "const t = new EventTarget(); t.addEventListener('x', (e) => e.preventDefault());"
        "const a = new Event('x', { cancelable: true }), b = new Event('x');"
        "[t.dispatchEvent(a), a.defaultPrevented, t.dispatchEvent(b), b.defaultPrevented]"
    ) == [False, True, True, False]


def test_a_passive_listener_cannot_prevent_the_default(page: Page) -> None:
    assert page.run(
        "const t = new EventTarget();"
        "t.addEventListener('x', (e) => e.preventDefault(), { passive: true });"
        "t.dispatchEvent(new Event('x', { cancelable: true }))"
    )


def test_return_value_false_prevents_the_default_and_true_does_not_undo_it(page: Page) -> None:
    assert (
        page.run(
            "const t = new EventTarget();"
            "t.addEventListener('x', (e) => { e.returnValue = false; e.returnValue = true });"
            "t.dispatchEvent(new Event('x', { cancelable: true }))"
        )
        is False
    )


def test_what_a_listener_sees_of_the_event_and_what_is_left_after(page: Page) -> None:
    assert page.run(
        "const t = new EventTarget(); let seen;"
        "const e = new Event('x'); t.addEventListener('x', function (event) {"
        " seen = [this === t, event === e, e.target === t, e.currentTarget === t, e.eventPhase,"
        "  e.composedPath().length, e.composedPath()[0] === t] });"
        "t.dispatchEvent(e);"
        "[...seen, e.target === t, e.currentTarget, e.eventPhase, e.composedPath()]"
    ) == [True, True, True, True, 2, 1, True, True, None, 0, []]


def test_listeners_that_capture_come_first_then_in_order_of_addition(page: Page) -> None:
    assert page.log(
        "const t = new EventTarget();"
        "t.addEventListener('x', () => log(1)); t.addEventListener('x', () => log(2), true);"
        "t.addEventListener('x', () => log(3), { capture: true });"
        "t.addEventListener('x', () => log(4)); t.dispatchEvent(new Event('x'))"
    ) == [2, 3, 1, 4]


def test_the_same_listener_is_added_once_for_each_value_of_capture(page: Page) -> None:
    assert page.log(
        "const t = new EventTarget(), f = () => log('f');"
        "t.addEventListener('x', f); t.addEventListener('x', f, { once: true });"
        "t.addEventListener('x', f, true); t.addEventListener('x', f, { capture: 1 });"
        "t.dispatchEvent(new Event('x')); log('-'); t.dispatchEvent(new Event('x'))"
    ) == ["f", "f", "-", "f", "f"]


def test_removal_minds_type_callback_and_capture_only(page: Page) -> None:
    assert page.log(
        "const t = new EventTarget(), f = () => log('f'), c = () => log('c');"
        "t.addEventListener('x', f, { passive: true }); t.addEventListener('x', c, true);"
        "t.removeEventListener('x', c); t.removeEventListener('y', f);"
        "t.removeEventListener('x', f, { once: true });"
        "t.removeEventListener('x', () => {}); t.removeEventListener('x', null);"
        "t.dispatchEvent(new Event('x'))"
    ) == ["c"]


def test_once_is_removed_before_it_is_called(page: Page) -> None:
    assert page.log(
        "const t = new EventTarget();"
        "t.addEventListener('x', () => { log('o'); t.dispatchEvent(new Event('x')) },"
        " { once: true }); t.dispatchEvent(new Event('x')); t.dispatchEvent(new Event('x'))"
    ) == ["o"]


def test_a_listener_removed_during_dispatch_is_not_called_and_an_added_one_neither(
    page: Page,
) -> None:
    assert page.log(
        "const t = new EventTarget(), gone = () => log('gone');"
        "t.addEventListener('x', () => { log('first'); t.removeEventListener('x', gone);"
        " t.addEventListener('x', () => log('added')) });"
        "t.addEventListener('x', gone); t.dispatchEvent(new Event('x'))"
    ) == ["first"]


def test_a_throwing_listener_is_reported_and_the_next_is_called(page: Page) -> None:
    logged = page.log(
        "const t = new EventTarget();"
        "t.addEventListener('x', () => { throw new RangeError('no') });"
        "t.addEventListener('x', () => log('next'));"
        "log(t.dispatchEvent(new Event('x', { cancelable: true })))"
    )
    assert logged == ["next", True]
    assert page.unhandled == ["RangeError: no"]


def test_an_object_is_called_by_its_handle_event_read_at_each_dispatch(page: Page) -> None:
    assert page.log(
        "const t = new EventTarget(), o = { handleEvent(e) { log(this === o && e.type) } };"
        "t.addEventListener('x', o); t.dispatchEvent(new Event('x'));"
        "o.handleEvent = () => log('changed'); t.dispatchEvent(new Event('x'))"
    ) == ["x", "changed"]


def test_a_handle_event_that_is_none_or_throws_is_reported(page: Page) -> None:
    page.log(
        "const t = new EventTarget(); t.addEventListener('x', {});"
        "t.addEventListener('x', { get handleEvent() { throw new Error('getter') } });"
        "t.dispatchEvent(new Event('x'))"
    )
    assert page.unhandled == [
        "TypeError: an event listener's handleEvent is not a function",
        "Error: getter",
    ]


def test_stop_propagation_in_a_capturing_listener_spares_the_others(page: Page) -> None:
    assert page.log(
        "const t = new EventTarget();"
        "t.addEventListener('x', (e) => { log('c1'); e.stopPropagation(); log(e.cancelBubble) },"
        " true); t.addEventListener('x', () => log('c2'), true);"
        "t.addEventListener('x', () => log('b')); t.dispatchEvent(new Event('x'))"
    ) == ["c1", True, "c2"]


def test_stop_immediate_propagation_spares_all_that_come(page: Page) -> None:
    assert page.log(
        "const t = new EventTarget();"
        "t.addEventListener('x', (e) => { log(1); e.stopImmediatePropagation() });"
        "t.addEventListener('x', () => log(2)); const e = new Event('x'); t.dispatchEvent(e);"
        "log(e.cancelBubble)"
    ) == [1, False]


def test_stopping_an_event_before_its_dispatch_spares_everyone(page: Page) -> None:
    assert page.log(
        "const t = new EventTarget(); t.addEventListener('x', () => log('called'));"
        "const e = new Event('x'); e.stopPropagation(); t.dispatchEvent(e); log('-');"
        "t.dispatchEvent(e)"
    ) == ["-", "called"]


def test_an_event_that_is_being_dispatched_cannot_be_dispatched(page: Page) -> None:
    assert page.log(
        "const t = new EventTarget(); t.addEventListener('x', (e) => {"
        " try { t.dispatchEvent(e) } catch (error) { log([error.name, error.code]) } });"
        "const e = new Event('x'); t.dispatchEvent(e); t.dispatchEvent(e)"
    ) == [["InvalidStateError", 11], ["InvalidStateError", 11]]


def test_an_aborted_signal_removes_the_listener_or_keeps_it_from_being_added(page: Page) -> None:
    assert page.log(
        "const t = new EventTarget(), c = new AbortController(), { signal } = c;"
        "t.addEventListener('x', () => log('on'), { signal }); t.dispatchEvent(new Event('x'));"
        "c.abort(); t.dispatchEvent(new Event('x'));"
        "t.addEventListener('x', () => log('late'), { signal }); t.dispatchEvent(new Event('x'))"
    ) == ["on"]


@pytest.mark.parametrize("signal", ["null", "{}", "5", "new EventTarget()"])
def test_a_signal_must_be_one(page: Page, signal: str) -> None:
    assert page.error(
        f"new EventTarget().addEventListener('x', () => {{}}, {{ signal: {signal} }})"
    ).startswith("TypeError: EventTarget.addEventListener: expected an AbortSignal, got ")


def test_a_callback_may_be_null_and_nothing_else_that_is_no_object(page: Page) -> None:
    assert page.run(
        "const t = new EventTarget(); t.addEventListener('x', null);"
        "t.addEventListener('x', undefined); t.dispatchEvent(new Event('x'))"
    )
    assert page.error("new EventTarget().addEventListener('x', 'f')").startswith("TypeError")
    assert page.error("new EventTarget().addEventListener('x')").startswith("TypeError")


def test_only_events_are_dispatched_and_only_targets_dispatch(page: Page) -> None:
    assert page.error("new EventTarget().dispatchEvent({ type: 'x' })").startswith("TypeError")
    assert page.error("EventTarget.prototype.dispatchEvent.call({}, new Event('x'))").startswith(
        "TypeError"
    )
    assert page.error("Object.getOwnPropertyDescriptor(Event.prototype, 'type').get.call({})")


def test_init_event_makes_another_event_unless_it_is_being_dispatched(page: Page) -> None:
    assert page.log(
        "const e = new Event('a', { cancelable: true }); e.preventDefault();"
        "e.initEvent('b', true); log([e.type, e.bubbles, e.cancelable, e.defaultPrevented]);"
        "const t = new EventTarget(); t.addEventListener('b', (e) => e.initEvent('c'));"
        "t.dispatchEvent(e); log(e.type)"
    ) == [["b", True, False, False], "b"]


def test_custom_events_carry_anything(page: Page) -> None:
    assert page.run(
        "const detail = { deep: [1] }; const e = new CustomEvent('x', { detail });"
        "[e.detail === detail, new CustomEvent('y').detail, e instanceof Event,"
        " Object.prototype.toString.call(e)]"
    ) == [True, None, True, "[object CustomEvent]"]
    assert page.run(
        "const c = new CustomEvent('x'); c.initCustomEvent('y', true, true, 7);"
        "[c.type, c.bubbles, c.cancelable, c.detail]"
    ) == ["y", True, True, 7]


def test_targets_and_events_can_be_subclassed(page: Page) -> None:
    assert page.log(
        "class Job extends EventTarget { #n = 1; run() { this.dispatchEvent(new Done(this.#n)) } }"
        "class Done extends Event { constructor(n) { super('done'); this.n = n } }"
        "const job = new Job(); job.addEventListener('done', (e) => log(e.n)); job.run()"
    ) == [1]


def test_the_global_object_is_a_target(page: Page) -> None:
    assert page.log(
        "addEventListener('mine', function (e) { log(this === globalThis && e.target === self) });"
        "log(globalThis instanceof EventTarget); dispatchEvent(new Event('mine'))"
    ) == [True, True]


def test_members_are_enumerable_as_web_idl_has_them(page: Page) -> None:
    assert page.run(
        "const keys = []; for (const key in new EventTarget()) keys.push(key); keys"
    ) == ["addEventListener", "removeEventListener", "dispatchEvent"]
    assert page.run("[Event.length, EventTarget.length, CustomEvent.length]") == [1, 0, 1]
    assert page.run(
        "const { addEventListener: a, dispatchEvent: d } = EventTarget.prototype;"
        "[a.length, d.length]"
    ) == [2, 1]
