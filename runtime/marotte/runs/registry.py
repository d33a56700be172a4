"""The registry of runs: the one way to start them, and to end them all."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import anyio
from anyio.abc import TaskGroup
from pydantic import JsonValue

from marotte.conversation import Session, Turn, TurnLike, as_turn, copy_json, new_id
from marotte.events import MemoryRunLog, Page, RunLog, RunRecord, RunStatus, StopMode, now_ms
from marotte.realm import callback_context
from marotte.runs.computation import Computation, T
from marotte.runs.context import RunContext, current_run
from marotte.runs.delivery import Reader
from marotte.runs.errors import RunsClosedError
from marotte.runs.execution import Background, Execution, start_hidden
from marotte.runs.handle import RunHandle
from marotte.runs.options import RunOptions
from marotte.runs.run import Run
from marotte.runs.slots import Slots
from marotte.runs.state import StopRequest
from marotte.runs.supervisor import Supervisor
from marotte.runs.wake import Post

_logger = logging.getLogger("marotte.runs")

Parent: TypeAlias = RunContext | RunHandle | None


class _Inherit:
    """Stands for the run that the starting code executes for."""


_INHERIT = _Inherit()
_LISTENERS_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class RunsStatistics:
    """Counts, as of now."""

    active: int
    queued: int
    started: int
    abandoned: int
    finished: Mapping[RunStatus, int] = field(default_factory=dict)


class Runs:
    """Starts runs, and knows those that have not ended.

    Args:
        log: Keeps records and events.
        post: Runs a function soon on the host loop, in order; any thread may call it.
        task_group: Where supervisors live, on the host loop. When it is cancelled, all runs are.
    """

    def __init__(self, *, log: RunLog, post: Post, task_group: TaskGroup) -> None:
        self.log = log
        self.post = post
        self.background = Background()
        self._readers = Background()
        self.abandoned: set[Execution] = set()
        self._task_group = task_group
        self._slots = Slots()
        self._active: dict[str, Run] = {}
        self._started = 0
        self._finished: Counter[RunStatus] = Counter()
        self._closed = False
        self._lock = threading.Lock()

    def start(
        self,
        computation: Computation[T],
        *,
        session: Session | None = None,
        seed: TurnLike | str | None = None,
        options: RunOptions | Mapping[str, Any] | None = None,
        parent: Parent | _Inherit = _INHERIT,
        name: str | None = None,
        session_id: str | None = None,
        input: object = None,
    ) -> RunHandle[T]:
        """Accept a run and return its handle; work begins later, on the host loop.

        May be called from any thread. A refused start leaves no trace.

        Args:
            computation: What to execute.
            session: The session of a turn run, which holds its one slot.
            seed: What a turn run begins with: a turn or text. Without it, the latest turn is
                extended.
            options: `RunOptions`, or a mapping of their snake_case names.
            parent: The run that this one belongs to: by default, the one on whose behalf the
                calling code executes. A child inherits deadline and tags, and stops with it.
            name: What to call the run.
            session_id: The session that a run without a `session` is about.
            input: What to show as the run's input; by default the seed.

        Raises:
            OptionsError: for bad options.
            InvalidValueError: for a seed that is no turn, or an input that is not JSON.
            SessionBusyError: when the session is busy, and `on_busy` is `reject`.
            SessionClosedError: when the session is closed.
            EmptyTurnError: when there is nothing to infer from.
            RunStoppedError: (or another error of `RunContext.check`) when the parent is stopping.
            RunTreeError: when the tree of runs would be too deep or too wide.
            RunsClosedError: during and after `shutdown`.
        """
        if (computation.kind == "turn") != (session is not None):
            raise TypeError("a turn run needs a session, and only a turn run holds one")
        above = _parent_of(parent)
        if above is not None:
            above.calls.check()
        turn = as_turn(seed) if seed is not None else None
        chosen = _inherit(RunOptions.of(options), above)
        due = _Due(chosen, above)
        record = RunRecord(
            id=new_id(),
            kind=computation.kind,
            name=name,
            session_id=session.id if session is not None else session_id or "",
            parent_run_id=above.id if above is not None else None,
            tags=chosen.tags,
            created_at=due.accepted_ms,
            deadline=due.deadline_ms,
        )
        run = Run(
            record,
            computation,
            chosen,
            self,
            context=contextvars.copy_context(),
            deadline=due.deadline,
            session=session,
            seed=turn,
            input=copy_json(input if input is not None else _shown(seed, turn), "input"),
            parent=above,
        )
        self._enter(run)
        return RunHandle(run)

    def get(self, run_id: str) -> RunHandle | None:
        """Return a run that has not settled; for others, there is `record`."""
        run = self.find(run_id)
        return RunHandle(run) if run is not None else None

    def find(self, run_id: str) -> Run | None:
        """Return a run that has not settled; for this room alone."""
        return self._active.get(run_id)

    def active(self) -> list[RunHandle]:
        """Return all runs that have not settled."""
        with self._lock:
            return [RunHandle(run) for run in self._active.values()]

    async def record(self, run_id: str) -> RunRecord | None:
        """Return the record of any run, as of now; `None` where there is none."""
        run = self._active.get(run_id)
        return run.view() if run is not None else await self.log.record(run_id)

    async def records(
        self,
        *,
        status: Collection[RunStatus] | None = None,
        session_id: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Return records from the log, newest first; see `RunLog.records`."""
        return await self.log.records(
            status=status, session_id=session_id, before=before, limit=limit
        )

    def statistics(self) -> RunsStatistics:
        """Return counts, as of now."""
        with self._lock:
            statuses = [run.state.status for run in self._active.values()]
            return RunsStatistics(
                active=len(statuses),
                queued=statuses.count("queued"),
                started=self._started,
                abandoned=len(self.abandoned),
                finished=dict(self._finished),
            )

    async def shutdown(self, reason: str | None = None, *, mode: StopMode = "cancel") -> None:
        """Refuse new runs, stop all that are active, and wait for them; host loop only."""
        with self._lock:
            self._closed = True
            runs = list(self._active.values())
        for run in runs:
            run.request_stop(StopRequest(mode, "shutdown", reason))
        for run in runs:
            await run.settled.wait()
        await self._readers.wait(_LISTENERS_SECONDS)
        await self._readers.cancel(_LISTENERS_SECONDS)
        await self.background.cancel(_LISTENERS_SECONDS)

    def spawn(self, reader: Reader) -> bool:
        """Let `reader` read, in a task on the host loop; return `False` if that is closed."""
        if self._readers.is_over:
            return False
        self._readers.start_hidden(reader.read())
        return True

    def _enter(self, run: Run) -> None:
        """Make `run` known to all concerned, or to nobody."""
        with self._lock:
            if self._closed:
                raise RunsClosedError("runs are shut down")
            self._active[run.id] = run
            self._started += 1
        try:
            self._connect(run)
        except BaseException:
            self._disconnect(run)
            raise

    def _connect(self, run: Run) -> None:
        """Give `run` its parent, its session and its supervisor, in this order."""
        if run.parent is not None:
            run.parent.children.add(run)
        self._slots.claim(run)
        run.follow(run.options.cancel_token)
        if run.parent is not None:
            run.parent.children.tell_start_of(run)
        self.post(lambda: self._begin(run))

    def _disconnect(self, run: Run) -> None:
        """Undo what was done of `_connect`: the run was refused."""
        run.unfollow()
        self._slots.release(run)
        if run.parent is not None:
            run.parent.children.remove(run)
        with self._lock:
            self._started -= 1
            del self._active[run.id]

    def _begin(self, run: Run) -> None:
        supervision = start_hidden(self._supervise(run))
        try:
            self._task_group.start_soon(self._watch, run, supervision)
        except RuntimeError as error:
            supervision.cancel()
            _logger.critical("run %s cannot begin: its task group is closed", run.id)
            Supervisor(run, self._release).give_up(error)
            self._forget(run)
        else:
            run.supervision = supervision

    async def _supervise(self, run: Run) -> None:
        await Supervisor(run, self._release).supervise()
        self._forget(run)

    def _forget(self, run: Run) -> None:
        with self._lock:
            del self._active[run.id]

    async def _watch(self, run: Run, supervision: asyncio.Task[object]) -> None:
        """Wait until a run was supervised to its end, and make a cancellation of this one of it.

        It may be of the task group's, or of all tasks there are. In no case the run is left alone,
        nor does its end cancel the others.
        """
        try:
            await asyncio.wait([supervision])
        except asyncio.CancelledError:
            run.request_stop(StopRequest("cancel", "shutdown"))
            with anyio.CancelScope(shield=True):
                while not supervision.done():
                    with suppress(asyncio.CancelledError):
                        await asyncio.wait([supervision])
        supervision.result()

    def _release(self, run: Run) -> None:
        self._slots.release(run)
        run.unfollow()
        with self._lock:
            self._finished[run.record.status] += 1


@asynccontextmanager
async def open_runs(log: RunLog | None = None) -> AsyncIterator[Runs]:
    """Open a registry of runs on the running event loop; at the end, what is active is cancelled.

    Args:
        log: Where records and events are kept; by default, in memory.
    """
    failure: Exception | None = None
    async with anyio.create_task_group() as group:
        # Not in the context of whoever posts, which may be a thread that knows of no event loop.
        post = partial(asyncio.get_running_loop().call_soon_threadsafe, context=callback_context())
        runs = Runs(log=log or MemoryRunLog(), post=post, task_group=group)
        try:
            yield runs
        except Exception as error:
            failure = error  # Raised below: the task group would wrap it.
        finally:
            with anyio.CancelScope(shield=True):
                await runs.shutdown()
    if failure is not None:
        raise failure


def _parent_of(parent: Parent | _Inherit) -> Run | None:
    above = current_run.get() if isinstance(parent, _Inherit) else parent
    return above.run if above is not None else None


def _shown(seed: TurnLike | str | None, turn: Turn | None) -> JsonValue:
    if isinstance(seed, str):
        return seed
    return turn.wire() if turn is not None else None


class _Due:
    """When a run is accepted, and when it is due: on the monotonic clock and for people."""

    def __init__(self, options: RunOptions, parent: Run | None) -> None:
        self.accepted_ms, now = now_ms(), time.monotonic()
        own = now + options.timeout_ms / 1000 if options.timeout_ms else None
        inherited = parent.state.deadline if parent is not None else None
        due = [each for each in (own, inherited) if each is not None]
        self.deadline = min(due, default=None)
        self.deadline_ms: int | None = None
        if self.deadline is not None:
            self.deadline_ms = self.accepted_ms + round((self.deadline - now) * 1000)


def _inherit(options: RunOptions, parent: Run | None) -> RunOptions:
    """Return a child's options: labelled like its parent, and no slower to interrupt."""
    if parent is None:
        return options
    tags = {**parent.record.tags, **options.tags}
    grace = min(options.cancel_grace_ms, parent.options.cancel_grace_ms)
    return options.model_copy(update={"tags": tags, "cancel_grace_ms": grace})
