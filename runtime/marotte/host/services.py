"""What the host provides to bindings, found by type through `Caller.realm.service`."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from marotte.events import Output
from marotte.runs import RunContext

__all__ = ["ConsoleLevel", "ConsoleSink", "LoggingConsole", "ProcessInfo", "RunConsole"]

ConsoleLevel: TypeAlias = Literal["debug", "log", "info", "warn", "error"]
LOG_LEVELS: Mapping[ConsoleLevel, int] = {
    "debug": logging.DEBUG,
    "log": logging.INFO,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}
logger = logging.getLogger("marotte.script")


class ConsoleSink(ABC):
    """Takes what scripts write to their console."""

    @abstractmethod
    def write(self, level: ConsoleLevel, text: str) -> Future[None] | None:
        """Take formatted text, without a last line feed. Loop thread; must not block.

        Returns:
            What the script has to wait for before it writes more, a second at most; None: nothing.
        """


class RunConsole(ConsoleSink):
    """Turns what a script writes into `output` events of its run."""

    def __init__(self, run: RunContext) -> None:
        self._run = run

    def write(self, level: ConsoleLevel, text: str) -> Future[None] | None:
        self._run.emit_nowait(Output(level=level, text=text))
        return self._run.room()


class LoggingConsole(ConsoleSink):
    """Hands what a script writes to the logger `marotte.script`, for realms without a run."""

    def __init__(self, name: str) -> None:
        self._name = name

    def write(self, level: ConsoleLevel, text: str) -> None:
        logger.log(LOG_LEVELS[level], "%s: %s", self._name, text)


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """What a script may know of its process.

    Attributes:
        argv: The script and the arguments after it.
        env: The environment variables that were granted and are set.
    """

    argv: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
