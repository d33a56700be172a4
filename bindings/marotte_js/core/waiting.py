"""Waiting for what a script has begun: parked, in a synchronous call, or behind a promise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, TypeVar, cast

import anyio

from marotte.conversation import Turn
from marotte.realm import Caller, HostLoop
from marotte.runs import RunHandle, current_run

__all__ = ["Result", "wait_parked", "wait_parked_for_turn"]

T = TypeVar("T")
GIVEN_UP = "nobody waits for it any more"


def wait_parked(work: Callable[[], Awaitable[T]], caller: Caller, name: str) -> T:
    """Park the script until a coroutine function has returned on the host loop.

    It is a call in flight of the current run, which a cancel aborts. Where the script is
    interrupted meanwhile, it is cancelled too.

    Args:
        work: The function.
        caller: Of the host function that waits.
        name: Of the call.

    Raises:
        NestingError: Too many calls are parked already; nothing has begun then.
    """
    realm = caller.realm.realm
    realm.loop.check_parking()
    future: Future[T] = Future()

    async def run() -> None:
        try:
            async with _in_flight(name):
                future.set_result(await work())
        except Exception as error:
            future.set_exception(error)

    task = caller.realm.service(HostLoop).start(run, refused=future.set_exception)
    try:
        return realm.park(future)
    finally:
        if not future.done():
            task.cancel()


def _in_flight(name: str) -> AbstractAsyncContextManager[object]:
    run = current_run.get()
    return nullcontext() if run is None else run.call(name, holds_grace=False)


def wait_parked_for_turn(handle: RunHandle, caller: Caller) -> Turn:
    """Park the script until a turn run has settled; return its turn or raise its error.

    Where the script is interrupted meanwhile, the run is cancelled.
    """
    settled: Future[None] = Future()
    handle.add_done_callback(lambda: settled.set_result(None))
    try:
        caller.realm.realm.park(settled)
    finally:
        if not settled.done():
            handle.cancel(GIVEN_UP, requested_by="parent")
    outcome = handle.outcome
    if outcome is None or outcome.error is not None:
        raise outcome.error if outcome is not None and outcome.error else RuntimeError("no outcome")
    return cast("Turn", outcome.value)


class Result(Awaitable[T]):
    """What comes of a run, for one who waits for it: its result, or its error.

    Who is cancelled while waiting, as a tool is when its time is over, cancels the run.
    """

    def __init__(self, handle: RunHandle[T]) -> None:
        self._handle = handle

    def __await__(self) -> Generator[Any, Any, T]:
        try:
            return (yield from self._handle.__await__())
        except anyio.get_cancelled_exc_class():
            self._handle.cancel(GIVEN_UP, requested_by="parent")
            raise
