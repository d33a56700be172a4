"""Asynchronous host calls: settlement, cancellation, threads, what is left unsettled, the loop."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest
from tests.realm.realm_support import SECONDS, Reports, World, running_loop

from marotte.realm import (
    Callback,
    Caller,
    HostFunction,
    HostLoop,
    JavaScriptError,
    LoopClosedError,
    OpenGate,
    Realm,
    Scope,
    host_function,
)

VARIABLE = contextvars.ContextVar("VARIABLE", default="none")


@dataclass
class Hosted:
    """A realm with a host loop."""

    host: HostLoop
    realm: Realm
    reports: Reports
    world: World

    async def value(self, source: str, **options: Any) -> Any:
        """What a script answers."""
        with anyio.fail_after(SECONDS):
            return await self.host.wait(self.realm.evaluate(source, **options))

    async def statistics(self) -> Any:
        """Of the realm."""
        return await self.host.wait(self.realm.loop.submit(self.realm.statistics))


@asynccontextmanager
async def hosted(*functions: HostFunction[..., Any], **options: Any) -> AsyncIterator[Hosted]:
    """A realm whose host functions are these."""
    async with HostLoop() as host:
        with running_loop() as loop:
            world = World(loop)
            realm, reports = world.reported(*functions, host=host, **options)
            yield Hosted(host, realm, reports, world)


@host_function
async def later(value: int, turns: int = 1) -> int:
    """Answer after some turns."""
    for _ in range(turns):
        await anyio.lowlevel.checkpoint()
    return value


@host_function
async def refuse(name: str) -> None:
    """Reject after a turn."""
    await anyio.lowlevel.checkpoint()
    raise LookupError(name)


@host_function
async def never() -> None:
    """Wait for ever."""
    await anyio.sleep_forever()


async def test_a_promise_resolves_or_rejects_with_what_the_coroutine_does() -> None:
    async with hosted(later, refuse) as it:
        assert await it.value("later(3)") == 3
        assert await it.value("later(3) instanceof Promise") is True
        assert await it.value("refuse('x').catch((e) => e.name + e.message)") == "LookupErrorx"
        with pytest.raises(JavaScriptError, match="LookupError: y") as raised:
            await it.value("refuse('y')")
        assert isinstance(raised.value.__cause__, LookupError)
        assert (await it.statistics()).calls.errors == {"refuse": 2}


@pytest.mark.parametrize("call", ["later('x')", "later()", "later(Symbol())", "later(10n)"])
async def test_what_is_refused_of_a_call_that_gives_a_promise_rejects_it(call: str) -> None:
    async with hosted(later) as it:
        source = f"(() => {{ const p = {call}; return p.catch((e) => e.name + e.message) }})()"
        assert (await it.value(source)).startswith("TypeErrorlater(): ")
        assert (await it.statistics()).calls.pending == {}


async def test_a_function_that_answers_an_awaitable_begins_before_the_script_goes_on() -> None:
    begun: list[str] = []

    async def answer(name: str) -> str:
        await anyio.lowlevel.checkpoint()
        return f"{name} of {len(begun)}"

    @host_function
    def begin(name: str) -> Awaitable[str]:
        """Begin at once, on the loop thread."""
        if not name:
            raise LookupError("no name")
        begun.append(name)
        return answer(name)

    @host_function
    def count() -> int:
        """Count those that have begun."""
        return len(begun)

    async with hosted(begin, count) as it:
        source = "const a = begin('a'); const seen = count(); a.then((text) => [seen, text])"
        assert await it.value(source) == [1, "a of 1"]
        refused = "const p = begin(''); const n = count(); p.catch((e) => [n, e.name, e.message])"
        assert await it.value(refused) == [1, "LookupError", "no name"]
        statistics = (await it.statistics()).calls
        assert statistics.errors == {"begin": 1}
        assert statistics.pending == {}


async def test_a_thousand_calls_in_parallel_each_get_their_answer() -> None:
    async with hosted(later) as it:
        source = "Promise.all(Array.from({ length: 1000 }, (_, i) => later(i, i % 4)))"
        assert await it.value(source) == list(range(1000))
        statistics = await it.statistics()
        assert statistics.calls.calls == {"later": 1000}
        assert statistics.calls.pending == {}


async def test_an_answer_that_cannot_cross_rejects() -> None:
    @host_function
    async def huge() -> int:
        """Answer what cannot cross."""
        return 2**60

    async with hosted(huge) as it:
        assert "beyond" in await it.value("huge().catch((e) => e.message)")


async def test_the_context_of_the_scope_is_that_of_the_coroutine() -> None:
    @host_function
    async def read(caller: Caller) -> list[str]:
        """Read a context variable."""
        before = VARIABLE.get()
        VARIABLE.set("changed in the call")
        await anyio.lowlevel.checkpoint()
        return [before, caller.scope.name]

    async with hosted(read) as it:
        scope = Scope("mine")
        scope.context.run(VARIABLE.set, "mine")
        source = "(async () => [await read(), await read()])()"
        assert await it.value(source, scope=scope) == [["mine", "mine"]] * 2


async def test_without_a_host_loop_an_asynchronous_call_is_refused(world: World) -> None:
    error = world.error(world.realm(later), "later(1)")
    assert "later() is asynchronous; the realm has no host loop" in error.message


async def test_the_gate_wraps_a_call_in_flight() -> None:
    seen: list[str] = []

    class Watching(OpenGate):
        @asynccontextmanager
        async def call(self, function: HostFunction[..., Any], scope: Scope) -> AsyncIterator[None]:
            seen.append(f"{function.js_name} for {scope.name} {VARIABLE.get()}")
            try:
                yield
            finally:
                seen.append("over")

    async with hosted(later, refuse, gate=Watching()) as it:
        scope = Scope("run")
        scope.context.run(VARIABLE.set, "inside")
        assert await it.value("later(1)", scope=scope) == 1
        assert await it.value("refuse('x').catch(() => 2)", scope=scope) == 2
    assert seen == ["later for run inside", "over", "refuse for run inside", "over"]


# -- threads ---------------------------------------------------------------------------------------


async def test_what_may_block_runs_in_a_thread_with_its_context() -> None:
    @host_function(blocking=True)
    def slow(value: int) -> list[Any]:
        """Block."""
        return [value, VARIABLE.get(), threading.current_thread().daemon, threading.get_ident()]

    async with hosted(slow) as it:
        scope = Scope("mine")
        scope.context.run(VARIABLE.set, "mine")
        value, variable, daemon, thread = await it.value("slow(5)", scope=scope)
        assert (value, variable, daemon) == (5, "mine", True)
        assert thread not in (threading.get_ident(), it.world.on_loop(threading.get_ident))


async def test_a_blocking_call_that_raises_rejects() -> None:
    @host_function(blocking=True)
    def fail() -> None:
        """Fail."""
        raise OSError("disk")

    async with hosted(fail) as it:
        assert await it.value("fail().catch((e) => e.message)") == "disk"


async def test_a_blocking_call_that_is_cancelled_is_left_behind() -> None:
    entered, leave = threading.Event(), threading.Event()

    @host_function(blocking=True)
    def stick() -> None:
        """Block until let go."""
        entered.set()
        leave.wait(SECONDS)

    try:
        async with hosted(stick) as it:
            ended = it.realm.evaluate("stick().catch((e) => e.message)")
            await anyio.to_thread.run_sync(entered.wait, SECONDS)
            it.realm.abort(None, RuntimeError("given up"))
            with anyio.fail_after(SECONDS):
                assert await it.host.wait(ended) == "given up"
    finally:
        leave.set()


# -- cancellation ----------------------------------------------------------------------------------


async def test_an_aborted_call_is_cancelled_and_rejects_once() -> None:
    cancelled: list[str] = []

    @host_function
    async def wait(name: str) -> None:
        """Wait until cancelled."""
        try:
            await anyio.sleep_forever()
        except BaseException:
            cancelled.append(name)
            raise

    async with hosted(wait, later) as it:
        mine, other = Scope("mine"), Scope("other")
        ended = it.realm.evaluate("wait('mine').catch((e) => e.message)", scope=mine)
        kept = it.realm.evaluate("wait('other')", scope=other)
        await it.value("later(1)")
        it.realm.abort(mine, RuntimeError("stopped"))
        assert await it.host.wait(ended) == "stopped"
        await it.value("later(1)")
        assert cancelled == ["mine"]
        assert not kept.done()
        assert (await it.statistics()).calls.pending == {"wait": 1}


async def test_a_scope_covers_what_belongs_to_it() -> None:
    async with hosted(never, later) as it:
        parent = Scope("parent")
        child = Scope("child", parent=parent)
        ended = it.realm.evaluate("never().catch((e) => e.message)", scope=child)
        await it.value("later(1)")
        it.realm.abort(parent, RuntimeError("parent stopped"))
        assert await it.host.wait(ended) == "parent stopped"


async def test_calls_leave_no_task_behind_however_they_end() -> None:
    @host_function
    async def end(how: str) -> None:
        """Answer, fail, or wait to be cancelled."""
        if how == "fail":
            raise ValueError(how)
        if how == "wait":
            await anyio.sleep_forever()

    async with hosted(end) as it:
        source = "Promise.allSettled(['answer', 'fail', 'wait'].map(end)).then((all) => all.length)"
        ended = [it.realm.evaluate(source) for _ in range(20)]
        await anyio.wait_all_tasks_blocked()
        it.realm.abort(None, RuntimeError("enough"))
        assert [await it.host.wait(each) for each in ended] == [3] * 20
        await anyio.wait_all_tasks_blocked()
        assert it.host.tasks == set()


async def test_a_call_that_is_cancelled_before_it_began_never_begins() -> None:
    began: list[str] = []

    @host_function
    async def begin() -> None:
        """Note that it runs."""
        began.append("began")

    async with hosted(begin) as it:
        ended = it.realm.evaluate("begin().catch((e) => e.message)")
        # The host loop is held by this very test until the realm has aborted the call.
        it.realm.abort(None, RuntimeError("too late"))
        it.world.settle(it.realm)
        assert await it.host.wait(ended) == "too late"
    assert began == []


async def test_what_a_script_does_when_its_call_is_cancelled_is_charged_to_it() -> None:
    scopes: list[str] = []

    @host_function
    def note(caller: Caller) -> None:
        """Note who calls."""
        scopes.append(caller.scope.name)

    async with hosted(never, note) as it:
        one, two = Scope("one"), Scope("two")
        ended = [
            it.realm.evaluate("never().catch(() => note())", scope=scope)
            for scope in (one, two, one)
        ]
        it.world.settle(it.realm)
        it.realm.abort(None, RuntimeError("all"))
        for future in ended:
            await it.host.wait(future)
    assert sorted(scopes) == ["one", "one", "two"]


# -- what is left ----------------------------------------------------------------------------------


async def test_an_error_after_an_await_says_where_the_call_was_made() -> None:
    async with hosted(refuse, later) as it:
        source = """(async () => {
            function called() { return refuse("no") }
            const first = called(); await later(1);
            try { await first } catch (error) { return error.stack }
        })()"""
        first, second, *_ = (await it.value(source)).splitlines()
        assert "at called (<input>:2:" in first
        assert "at <anonymous> (<input>:3:" in second
        with pytest.raises(JavaScriptError) as caught:
            await it.value("(async () => {\n  await refuse('no') })()")
        assert str(caught.value.position).startswith("<input>:2:")


@pytest.mark.parametrize(
    "tampering",
    ["Error.prepareStackTrace = () => { throw 1 }", "Error.prepareStackTrace = () => 1"],
)
async def test_a_script_that_makes_stacks_of_its_own_hears_of_errors_all_the_same(
    tampering: str,
) -> None:
    async with hosted(refuse) as it:
        source = f"{tampering}; refuse('no').catch((error) => error.message)"
        assert await it.value(source) == "no"


async def test_calls_that_nobody_settled_or_cancelled_are_reported_at_the_close() -> None:
    async with hosted(never, later) as it:
        it.realm.evaluate("never(); never(); later(1)")
        await it.value("later(1)")
        await it.host.wait(it.realm.loop.submit(it.realm.close))
        assert it.reports.leaks == ["never", "never"]


async def test_calls_that_were_cancelled_are_no_leak() -> None:
    async with hosted(never, later) as it:
        it.realm.evaluate("never().catch(() => 0)")
        await it.value("later(1)")
        it.realm.abort(None, RuntimeError("enough"))
        await it.host.wait(it.realm.loop.submit(it.realm.close))
        assert it.reports.leaks == []


async def test_the_default_report_of_a_leak_names_function_and_age(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with HostLoop() as host:
        with running_loop() as loop:
            realm = World(loop).realm(never, host=host)
            await host.wait(realm.evaluate("never(); 0"))
            await host.wait(loop.submit(realm.close))
    assert "while a host call was in flight: never() for 0.0 s" in caplog.text


async def test_a_realm_with_a_call_in_flight_is_not_idle() -> None:
    @host_function(keeps_alive=False)
    async def watch() -> None:
        """Keep nothing alive."""
        await anyio.sleep_forever()

    async with hosted(never, later, watch) as it:

        async def idle() -> bool:
            return await it.host.wait(it.realm.loop.submit(lambda: it.realm.idle))

        assert await idle()
        it.realm.evaluate("watch(); 0")
        await it.value("later(1)")
        assert await idle()
        it.realm.evaluate("never().catch(() => 0); 0")
        await it.value("later(1)")
        assert not await idle()
        await it.host.wait(it.realm.end(None, RuntimeError("over")))
        await it.value("later(1)")
        assert await idle()


async def test_leaving_the_host_loop_rejects_what_never_began_and_cancels_the_rest() -> None:
    with running_loop() as loop:
        async with HostLoop() as host:
            realm = World(loop).realm(never, later, host=host)
            flying = realm.evaluate("never().catch((e) => e.message)")
            await host.wait(realm.evaluate("later(1)"))
            # The host loop is held here, so this call waits in its inbox.
            waiting = realm.evaluate("later(2).catch((e) => e.message)")
            World(loop).settle(realm)
        assert flying.result(SECONDS) == "context canceled"
        assert waiting.result(SECONDS) == "the host loop has ended"
        refused = realm.evaluate("later(3).catch((e) => e.message)")
        assert refused.result(SECONDS) == "the host loop has ended"


async def test_the_host_loop_runs_posts_in_order_and_drops_late_ones() -> None:
    seen: list[int] = []
    async with HostLoop() as host:
        with running_loop() as loop:
            posts = [partial(host.post, partial(seen.append, n)) for n in range(100)]
            await host.wait(loop.submit(lambda: [post() for post in posts]))
            await anyio.lowlevel.checkpoint()
            await anyio.lowlevel.checkpoint()
        assert seen == list(range(100))
    host.post(lambda: seen.append(-1))
    await anyio.lowlevel.checkpoint()
    assert seen == list(range(100))


def test_what_threads_post_may_use_the_event_loop_of_any_program() -> None:
    """Of one that anyio did not start, too, where callbacks belong to no task of anyio's."""
    seen: list[object] = []

    def inside(host: HostLoop) -> None:
        host.task_group.start_soon(anyio.lowlevel.checkpoint)
        seen.extend((VARIABLE.get(), anyio.Event().is_set(), anyio.current_time() > 0))

    async def main() -> None:
        VARIABLE.set("of the host")
        async with HostLoop() as host:
            done = asyncio.Event()
            for action in (partial(inside, host), done.set):
                await asyncio.to_thread(contextvars.Context().run, host.post, action)
            await done.wait()

    asyncio.run(main())
    assert seen == ["of the host", False, True]


async def test_a_task_that_fails_is_logged_and_the_host_loop_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail() -> None:
        raise ValueError("task")

    refusals: list[BaseException] = []
    async with HostLoop() as host:
        host.start(fail)
        host.post(lambda: 1 // 0)
        done = anyio.Event()
        host.post(done.set)
        await done.wait()
        await anyio.lowlevel.checkpoint()
    assert "a task on the host loop failed" in caplog.text
    assert "work on the host loop failed" in caplog.text
    host.start(fail, refused=refusals.append)
    assert [type(error) for error in refusals] == [LoopClosedError]


async def test_a_callback_called_from_the_host_loop_answers_there() -> None:
    held: list[Callback] = []

    @host_function
    def keep(callback: Callback) -> None:
        """Keep a function."""
        held.append(callback)

    async with hosted(keep, later) as it:
        await it.value("keep(async (a, b) => await later(a) + b)")
        assert await it.host.wait(it.realm.invoke(held[0], 2, 3)) == 5
        with pytest.raises(JavaScriptError, match="TypeError"):
            await it.host.wait(it.realm.invoke(held[0], "x", 3))
        other = it.world.realm(name="elsewhere")
        with pytest.raises(Exception, match="a callback is called in its own realm"):
            other.invoke(held[0])
