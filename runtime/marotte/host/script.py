"""A script run: one fresh realm, a file or a text run in it, until nothing is left to run."""

from __future__ import annotations

import contextvars
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import anyio

from marotte.events import Diagnostic, RunKind
from marotte.realm import (
    ExportError,
    HostLoop,
    JavaScriptError,
    Limit,
    LoopClosedError,
    LoopThread,
    PendingCall,
    Realm,
    RealmObserver,
    Scope,
)
from marotte.runs import RunContext, ScriptError, script_stack

__all__ = ["RealmMaker", "ScriptComputation", "close_when_made"]

UNSETTLED_SECONDS = 2.0
logger = logging.getLogger("marotte.host")

RealmMaker: TypeAlias = Callable[[Scope, RealmObserver, RunContext], Realm]
"""Makes a realm, on the loop thread, for a scope and the run it belongs to."""


class _Observer(RealmObserver):
    """Passes what a realm reports on to the host loop."""

    def __init__(self, script: ScriptComputation, ctx: RunContext, host: HostLoop) -> None:
        self._script = script
        self._ctx = ctx
        self._host = host

    def unhandled(self, scope: Scope, error: JavaScriptError) -> None:
        self._host.post(partial(self._script.note_error, self._ctx, error, "unhandled-error"))

    def listener_failed(self, scope: Scope, error: JavaScriptError) -> None:
        self._host.post(partial(self._script.note_error, self._ctx, error, "listener-failed"))

    def limit_exceeded(self, scope: Scope, limit: Limit) -> None:
        # The run's own meter tells of CPU time, which it shares with its children.
        if limit == "memory":
            self._ctx.limit_exceeded(limit, "the script used more memory than it may")

    def unsettled(self, calls: Sequence[PendingCall]) -> None:
        # A script that throws or is stopped leaves calls in flight: that is how its run has ended.
        for call in calls:
            logger.debug("run %s ended while a host call was in flight: %s", self._ctx.run_id, call)

    def idle(self) -> None:
        self._host.post(self._script.notice)

    def closed(self, reason: str) -> None:
        self._host.post(self._script.notice)


@dataclass
class ScriptComputation:
    """Runs the script at `path` in a realm of its own; see ``marotte.runs.Computation``.

    Its result is what the script exports by default (a module) or as ``module.exports``. An agent
    file exports a function, whose answer to the `arguments` is the result. Of an export that JSON
    cannot carry a diagnostic tells.
    """

    path: str
    make_realm: RealmMaker
    loop: LoopThread
    host: HostLoop
    arguments: Callable[[RunContext], Sequence[Any]] | None = None
    kind: RunKind = "script"

    def __post_init__(self) -> None:
        self._scope: Scope | None = None
        self._interrupted = False
        self._making: Future[Realm] | None = None
        self._first_error: JavaScriptError | None = None
        self._woken = anyio.Event()

    async def execute(self, ctx: RunContext) -> Any:
        """Run the script and what it leaves behind: timers, host calls, runs."""
        context = contextvars.copy_context()
        scope = self._scope = Scope(ctx.run_id, context=context, budget=ctx.cpu_budget)
        if self._interrupted:
            scope.interrupt()
        observer = _Observer(self, ctx, self.host)
        try:
            self._making = self.loop.submit(partial(self.make_realm, scope, observer, ctx))
            realm = await self.host.wait(self._making)
            result = await self._settled(realm.run_file(self.path), realm, ctx)
            if self.arguments is not None:
                result = await self._call_agent(realm, ctx, self.arguments(ctx))
            await self._until_idle(realm)
        finally:
            if self._making is not None:
                close_when_made(self._making)
        if self._first_error is not None:
            raise script_error(self._first_error)
        return result

    def interrupt(self) -> None:
        """End the script's JavaScript at the next poll; any thread."""
        self._interrupted = True
        if self._scope is not None:
            self._scope.interrupt()

    async def _call_agent(self, realm: Realm, ctx: RunContext, arguments: Sequence[Any]) -> Any:
        find = partial(realm.call_exported, self.path, "default")
        agent = await self.host.wait(self.loop.submit(find))
        if agent is None:
            raise ScriptError(
                f"{self.path.removeprefix('./')} is no agent file: expected "
                f"'export default async (input, ctx) => …'"
            )
        return await self._settled(realm.invoke(agent, *arguments), realm, ctx)

    async def _settled(self, main: Future[Any], realm: Realm, ctx: RunContext) -> Any:
        """Wait for the script's main promise; say so if nothing can bring it to an end."""
        main.add_done_callback(lambda _: self.host.post(self.notice))
        warned = False
        while not main.done():
            stuck = not warned and await self._is_idle(realm)
            if main.done() or await self._noticed(UNSETTLED_SECONDS if stuck else None):
                continue
            warned = await self._is_idle(realm) and not main.done()
            if warned:
                ctx.emit_nowait(UNSETTLED)
        try:
            return main.result()
        except JavaScriptError as error:
            raise script_error(error) from error
        except ExportError as error:
            ctx.emit_nowait(no_result(error))
            return None
        except (KeyboardInterrupt, SystemExit) as error:
            raise ScriptError(f"a host function raised {type(error).__name__}") from error

    async def _until_idle(self, realm: Realm) -> None:
        """Wait for what the script has left behind."""
        while not realm.closed and not await self._is_idle(realm):
            await self._noticed(None)

    async def _is_idle(self, realm: Realm) -> bool:
        return await self.host.wait(self.loop.submit(lambda: realm.idle))

    async def _noticed(self, seconds: float | None) -> bool:
        """Wait for something to happen in the realm; answers whether it did."""
        woken = self._woken
        with anyio.move_on_after(seconds):
            await woken.wait()
        if woken.is_set():
            self._woken = anyio.Event()
        return woken.is_set()

    def notice(self) -> None:
        """Something has happened in the realm. Host loop."""
        self._woken.set()

    def note_error(self, ctx: RunContext, error: JavaScriptError, code: str) -> None:
        """Report an error that nothing handled; it makes the run fail at its end. Host loop."""
        if self._first_error is None:
            self._first_error = error
        ctx.emit_nowait(Diagnostic(code=code, message=str(error), stack=script_stack(error)))


def close_when_made(making: Future[Realm]) -> None:
    """Close a realm, and one that is still being made as soon as it is there. Any thread."""

    def close(made: Future[Realm]) -> None:
        if made.cancelled() or made.exception() is not None:
            return
        realm = made.result()
        with suppress(LoopClosedError):
            realm.loop.post(realm.close)

    making.add_done_callback(close)


UNSETTLED = Diagnostic(
    code="unsettled",
    message="the script waits for a promise that nothing can settle any more",
)


def no_result(error: ExportError) -> Diagnostic:
    """What is told of a result that cannot leave the realm, which nobody may have asked for."""
    return Diagnostic(
        code="no-result",
        message=f"the script's export (`export default` or `module.exports`) is no result, because "
        f"JSON cannot carry it: {error.__cause__}",
    )


def script_error(error: JavaScriptError) -> ScriptError:
    """The run's error for what a script threw; the script's own error is its cause."""
    failure = ScriptError(str(error))
    failure.__cause__ = error
    return failure
