"""What the command writes to: terminals, files, and pipes that are read slowly or not at all.

Writing waits for whoever reads, so it is done by threads of its own: one for both streams where
they are one file, so that their order is kept, else one for each, so that errors are seen while
output waits. They are daemons and write to the files themselves, with nothing buffered here:
however long somebody does not read, signals and deadlines act, and the process can exit.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from typing import Final, TextIO

import anyio

from marotte.runs.wake import Wake

__all__ = ["Output"]

MAX_WAITING_CHARS = 64 * 1024 * 1024
RETRY_SECONDS = 0.01


class Output:
    """Standard output and error of a command, on the event loop that makes it.

    Attributes:
        stdout: Takes text for standard output, without waiting.
        stderr: Takes text for standard error, without waiting.
        unread: Set when nobody reads the output any more: what is written from then on is dropped.
    """

    def __init__(self) -> None:
        self.unread: Final = anyio.Event()
        self._loop = asyncio.get_running_loop()
        self._moved = Wake(self._loop.call_soon_threadsafe)
        first = _Writer(self._moved.notify)
        second = first if _are_one(sys.stdout, sys.stderr) else _Writer(self._moved.notify)
        self._writers = {first, second}
        self.stdout: Final = _Lane(first, sys.stdout, self._notice_unread)
        # That nobody reads of a script's trouble is no trouble.
        self.stderr: Final = _Lane(second, sys.stderr, lambda: None)
        self._given_up = False

    async def keep_up(self) -> None:
        """Wait while very much is still to be written."""
        await self._wait(MAX_WAITING_CHARS)

    async def written(self) -> None:
        """Wait until all is written, or nobody reads it."""
        await self._wait(0)

    def give_up(self) -> None:
        """Wait no more for whoever does not read."""
        self._given_up = True
        self._moved.notify()

    async def _wait(self, most: int) -> None:
        while sum(writer.waiting for writer in self._writers) > most and not self._given_up:
            await self._moved.wait()

    def _notice_unread(self) -> None:
        self._loop.call_soon_threadsafe(self.unread.set)


class _Writer:
    """A thread that writes texts in order."""

    def __init__(self, moved: Callable[[], object]) -> None:
        """`moved` is called, in the thread, when something was written."""
        self._moved = moved
        self._queue: queue.SimpleQueue[tuple[_Lane, str]] = queue.SimpleQueue()
        self._put = self._written = 0
        threading.Thread(target=self._run, name="marotte-output", daemon=True).start()

    @property
    def waiting(self) -> int:
        """How many characters are still to be written."""
        return self._put - self._written

    def put(self, lane: _Lane, text: str) -> None:
        """Take a text. Event loop only."""
        self._put += len(text)
        self._queue.put((lane, text))

    def _run(self) -> None:
        while True:
            lane, text = self._queue.get()
            lane.write_now(text)
            self._written += len(text)
            self._moved()


class _Lane:
    """One of the two streams, as far as something that prints asks for a file."""

    def __init__(self, writer: _Writer, stream: TextIO, broke: Callable[[], object]) -> None:
        self._writer = writer
        self._stream = stream
        self._broke = broke
        self._is_broken = False
        # Unbuffered, a stream has the raw file in the place of a buffer.
        buffer = getattr(stream, "buffer", None)
        self._raw = getattr(buffer, "raw", buffer)
        self.encoding = stream.encoding or "utf-8"
        stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    def flush(self) -> None:
        """Do nothing: nothing is buffered but what is being written already."""

    def write(self, text: str, /) -> int:
        """Have a text written. Event loop only; does not wait."""
        self._writer.put(self, text)
        return len(text)

    def write_now(self, text: str) -> None:
        """Write, and wait for whoever reads; drop what nobody will read. The writer's thread."""
        if self._is_broken:
            return
        try:
            self._write(text)
        except (OSError, ValueError):
            self._is_broken = True
            self._broke()

    def _write(self, text: str) -> None:
        if self._raw is None:
            self._stream.write(text)
            return
        # Letters that the terminal has not are shown with escapes.
        left = memoryview(text.encode(self.encoding, "backslashreplace"))
        while left:
            count = self._raw.write(left)
            if count is None:  # a pipe that somebody has made non-blocking
                time.sleep(RETRY_SECONDS)
            left = left[count or 0 :]


def _are_one(first: TextIO, second: TextIO) -> bool:
    try:
        return os.path.samestat(os.fstat(first.fileno()), os.fstat(second.fileno()))
    except (OSError, ValueError):
        return True
