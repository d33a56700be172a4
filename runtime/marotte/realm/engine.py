"""What a realm asks of a JavaScript engine, and what an engine asks of its realm.

Only scalars cross (``None``, ``bool``, ``int`` within ±2**53, ``float``, ``str``); a string that
carries anything is tagged by its first character, see ``prelude/kernel/``.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

__all__ = [
    "LEAST_MEMORY_BYTES",
    "Engine",
    "EngineError",
    "EngineFactory",
    "EngineHost",
    "EngineInterrupted",
    "EngineLimits",
    "EngineOutOfMemory",
    "EngineStatistics",
    "Scalar",
]

Scalar = None | bool | int | float | str
MEBIBYTE = 1024 * 1024
LEAST_MEMORY_BYTES = MEBIBYTE


class EngineError(Exception):
    """The engine failed outside of any script: its own code could not go on."""


class EngineInterrupted(EngineError):
    """JavaScript was interrupted because :meth:`EngineHost.poll` answered true."""


class EngineOutOfMemory(EngineError):
    """The heap exceeded its soft limit, even when collected, or met the hard one uncaught."""


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """What one engine may use.

    Attributes:
        memory_bytes: Soft limit of the heap, in bytes, polled while JavaScript runs. The hard limit
            that allocation itself meets is three times higher.
        stack_bytes: Stack that JavaScript may use, in bytes; at most 1 MiB.
        value_chars: The longest text that crosses in either direction, in characters.
        yield_seconds: After how long JavaScript hands the interpreter lock to another thread.
    """

    memory_bytes: int = 64 * MEBIBYTE
    stack_bytes: int = MEBIBYTE
    value_chars: int = 16 * MEBIBYTE
    yield_seconds: float = 0.001

    def __post_init__(self) -> None:
        if self.memory_bytes < LEAST_MEMORY_BYTES:
            raise ValueError(
                f"memory_bytes: {self.memory_bytes}: expected at least {LEAST_MEMORY_BYTES}"
            )
        if not 64 * 1024 <= self.stack_bytes <= MEBIBYTE:
            raise ValueError(f"stack_bytes: {self.stack_bytes}: expected 65536 to {MEBIBYTE}")
        if self.value_chars < 1024:
            raise ValueError(f"value_chars: {self.value_chars}: expected at least 1024")

    @property
    def hard_memory_bytes(self) -> int:
        """The limit at which allocation fails, in bytes."""
        return 3 * self.memory_bytes


@dataclass(frozen=True, slots=True)
class EngineStatistics:
    """A snapshot of an engine's heap: bytes allocated, objects alive, times polled."""

    memory_bytes: int
    objects: int
    polls: int


class EngineHost(Protocol):
    """What an engine calls back; everything it raises becomes a JavaScript error.

    Methods that answer a tagged text are those whose result a script may see.
    """

    def poll(self) -> bool:
        """Answer whether the JavaScript that runs now must be interrupted. Never raises."""
        ...

    def call(self, index: int, receiver: int, kinds: int, /, *args: Scalar) -> Scalar:
        """Run the host function `index` on host object `receiver` (-1: none)."""
        ...

    def settled(self, ident: int, value: Scalar, /) -> None:
        """A promise that a script answered has settled."""
        ...

    def claim(self, listener: int, /) -> bool:
        """Answer whether a listener for one event is to have the one at hand."""
        ...

    def listener_failed(self, listener: int, error: str, /) -> None:
        """A listener threw what is described, or the promise that it answered rejected with it."""
        ...

    def drop(self, ident: int, crossings: int, /) -> None:
        """A script no longer holds a host object that crossed `crossings` times."""
        ...

    def class_spec(self, index: int, /) -> str:
        """The members of a host class, as tagged JSON."""
        ...

    def binding_spec(self, name: str, /) -> str:
        """What a binding offers, as tagged JSON."""
        ...

    def face(self, name: str, /) -> tuple[str, str]:
        """Source and file name of a binding's JavaScript face."""
        ...

    def resolve(self, base: str, specifier: str, /) -> str:
        """The path that ``require(specifier)`` means in the script `base`, tagged."""
        ...

    def classic_source(self, path: str, /) -> tuple[str, str] | str:
        """Source and file name of a classic script, or a tagged value for a JSON file."""
        ...

    def resolve_module(self, base: str, specifier: str, /) -> str:
        """The name of the module that ``import specifier`` means in the module `base`."""
        ...

    def module_source(self, name: str, /) -> str:
        """Source of the module `name`, which is relative to the script's root."""
        ...

    def json_module(self, name: str, /) -> str:
        """The content of a JSON file, tagged."""
        ...

    def error_text(self, error: BaseException, /) -> str:
        """The error as a tagged description, from which the kernel makes a real ``Error``."""
        ...


class Engine(Protocol):
    """One isolated JavaScript heap. All methods are for the loop thread only.

    Every method that runs JavaScript raises :class:`EngineInterrupted` where the script was
    interrupted and :class:`EngineError` where the engine itself failed; what a script throws is
    never raised but answered as a value tagged ``e``.
    """

    def install(self, spec: str) -> None:
        """Announce globals, modules and limits, as JSON (see ``Registry.install_spec``)."""
        ...

    def invoke(self, ident: int, *args: Scalar) -> Scalar:
        """Call the retained function `ident` with tagged arguments."""
        ...

    def fire(self, ident: int, *args: Scalar) -> Scalar:
        """As :meth:`invoke`, but what the function answers is dropped, unless it is a promise."""
        ...

    def deliver(self, batch: int, listeners: str, events: str) -> Scalar:
        """Call listeners with events, each with one after the other.

        What one throws, or the promise that it answers rejects with, is told by
        :meth:`EngineHost.listener_failed`, and the next is called.

        Args:
            batch: A number for :meth:`resume`.
            listeners: JSON: ``[[listener, function, type, once], …]`` in the order in which they
                hear of an event; of all types with ``"*"``. One with `once` asks
                :meth:`EngineHost.claim` before each call.
            events: JSON; see ``Realm.deliver``.

        Returns:
            ``None``, or an error, where nothing was done.
        """
        ...

    def resume(self, batch: int) -> None:
        """Go on after the call at which a batch was interrupted, or at which it waits."""
        ...

    def forget(self, batch: int) -> None:
        """Let go of a batch that is not gone on with."""
        ...

    def dismiss(self, listener: int) -> None:
        """Call a listener no more, also where it stands in batches that are under way."""
        ...

    def settle(self, ident: int, value: Scalar) -> bool:
        """Settle the promise of an asynchronous host call; answers whether it was pending."""
        ...

    def evaluate(self, source: str, filename: str = "<input>") -> Scalar:
        """Evaluate a script and answer its completion value; its frames are in `filename`."""
        ...

    def run_script(self, path: str) -> Scalar:
        """Run the classic script at `path` (relative to the root); answers what it exports.

        What cannot cross is answered as an error that is tagged ``x``.
        """
        ...

    def run_module(self, path: str) -> Scalar:
        """Evaluate the module at `path`; answers a promise of its default export.

        What cannot cross is answered as an error that is tagged ``x``.
        """
        ...

    def exported(self, path: str, name: str) -> Scalar:
        """The value that an evaluated module exports under `name`."""
        ...

    def retain_export(self, path: str, name: str) -> Scalar:
        """Retain the function that a module exports; answers its id, or ``None``."""
        ...

    def release(self, *idents: int) -> None:
        """Let go of retained functions."""
        ...

    def run_jobs(self, limit: int) -> bool:
        """Run up to `limit` pending jobs; answers whether the queue is empty now."""
        ...

    def is_classic(self, source: str) -> bool:
        """Whether the source compiles as a classic script."""
        ...

    def take_unhandled(self) -> str | None:
        """The rejections nobody has handled since the last call, as a JSON list, if any."""
        ...

    def memory_bytes(self) -> int:
        """Bytes of heap in use."""
        ...

    def exceeds_memory(self) -> bool:
        """Answer whether the heap is beyond its soft limit even after a collection."""
        ...

    def collect(self) -> bool:
        """Run the garbage collector; answer whether the heap stays at its soft limit, or near."""
        ...

    def parked(self) -> AbstractContextManager[None]:
        """Within it a script waits in a host call, and what is run meanwhile has stack of its own.

        What other engines have on the stack meanwhile is not counted either.
        """
        ...

    def statistics(self) -> EngineStatistics:
        """A snapshot of the heap."""
        ...

    def close(self) -> None:
        """Free everything; further use raises :class:`EngineError`."""
        ...


EngineFactory = Callable[[EngineHost, EngineLimits], Engine]
