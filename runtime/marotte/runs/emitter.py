"""The emitting side of a run: events on their way to the log, and to those who listen."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from marotte.events import Body, Diagnostic, Listener, Output, happened
from marotte.realm import JavaScriptError
from marotte.runs.delivery import Reader
from marotte.runs.errors import stack_of
from marotte.runs.meter import Excess, Meter
from marotte.runs.outbox import MAX_UNDELIVERED, Outbox
from marotte.runs.wake import Wake

_logger = logging.getLogger("marotte.runs")

_MAX_OUTPUT = 64 * 1024


class Emitter:
    """Puts events into the outbox of one run, and knows who has yet to have them."""

    def __init__(
        self,
        run_id: str,
        outbox: Outbox,
        meter: Meter,
        moved: Wake,
        limit: Callable[[Excess], object],
    ) -> None:
        """`limit` is called, in the emitting thread, when output exceeds a limit of the run."""
        self._run_id = run_id
        self._outbox = outbox
        self._meter = meter
        self._moved = moved
        self._limit = limit
        self._cut_text = False
        self._room = 0
        self._readers: list[Reader] = []

    def emit_nowait(self, body: Body) -> None:
        """Send an event on its way; any thread.

        Once the run is over, diagnostics go to the host's logger, and the rest nowhere.
        """
        self._room -= 1
        if isinstance(body, Output):
            body = self._measured(body)
        if not self._outbox.put(happened(body)) and isinstance(body, Diagnostic):
            _logger.warning("run %s: %s: %s", self._run_id, body.code, body.message)

    async def emit(self, body: Body) -> None:
        """Send an event on its way; wait while too many are undelivered. Host loop only."""
        self.emit_nowait(body)
        if self._room <= 0:
            await self._wait_for_room()

    async def _wait_for_room(self) -> None:
        while (undelivered := self.undelivered) >= MAX_UNDELIVERED and not self._outbox.is_closed:
            await self._moved.wait()
        # So many more need not ask again: what is undelivered grows with each event by one.
        self._room = MAX_UNDELIVERED - undelivered

    def diagnose(self, code: str, message: str, error: BaseException | None = None) -> None:
        """Report something that does not change the outcome; any thread."""
        if error is not None:
            # What a script threw says its own class.
            of_script = isinstance(error, JavaScriptError)
            message += f": {error}" if of_script else f": {type(error).__name__}: {error}"
        stack = stack_of(error) if error is not None else None
        self.emit_nowait(Diagnostic(code=code, message=message, stack=stack))

    def listener_failed(
        self, listener: Listener[Any], error: Exception, what: str = "listener"
    ) -> None:
        """Report a listener's first failure only: a failing listener must not flood the log."""
        if not listener.failed:
            listener.failed = True
            self.diagnose("listener-failed", f"a {what} for {listener.type!r} failed", error)

    @property
    def undelivered(self) -> int:
        """How many events are on their way to the log or to a reader."""
        slowest = None
        for reader in tuple(self._readers):
            seq = reader.delivered
            if seq is not None and (slowest is None or seq < slowest):
                slowest = seq
        appended = self._outbox.appended_seq
        return self._outbox.on_the_way + appended - (appended if slowest is None else slowest)

    def add_reader(self, reader: Reader) -> None:
        """Let emitters, and the end of the run, wait for `reader`; any thread."""
        self._readers.append(reader)
        self._room = 0

    def remove_reader(self, reader: Reader) -> None:
        """Wait no more for a reader that has read to its end. Host loop only."""
        self._readers.remove(reader)
        self.progress()

    @property
    def readers(self) -> int:
        """How many readers there are."""
        return len(self._readers)

    def progress(self) -> None:
        """Note that events were delivered; any thread."""
        self._moved.notify()

    async def delivered(self) -> None:
        """Wait until every reader has had the terminal event. Host loop only."""
        while not all(reader.is_settled for reader in self._readers):
            await self._moved.wait()

    def _measured(self, output: Output) -> Output:
        """Cut what is beyond the caps, and say so once."""
        allowed, excess = self._meter.add_output(len(output.text))
        if excess is not None:
            self._limit(excess)
        allowed = min(allowed, _MAX_OUTPUT)
        if allowed >= len(output.text):
            return output
        if not self._cut_text:
            self._cut_text = True
            message = f"output of {len(output.text)} characters was cut to {allowed}"
            self.diagnose("text-cut", message)
        return Output(level=output.level, text=output.text[:allowed])
