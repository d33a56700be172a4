"""The binding: formatting is the face's, writing the host's."""

from __future__ import annotations

import logging
import time
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from marotte.realm import Binding, Caller, face_source, host_function
from marotte_js.console.sink import ConsoleLevel, sink_of

__all__ = ["BINDING", "Console", "InspectOptions"]

logger = logging.getLogger("marotte.console")


@host_function(name="_write", effect="control")
def write(caller: Caller, level: ConsoleLevel, text: str) -> None:
    """Hand a text to the sink; a sink that fails is the host's affair, not the script's."""
    try:
        room = sink_of(caller.realm).write(level, text)
    except Exception:
        logger.exception("the console's sink failed")
    else:
        caller.realm.realm.throttle(room)


@host_function(name="_now", effect="control")
def now() -> float:
    """Milliseconds of a clock that never goes back."""
    return time.perf_counter() * 1000


class InspectOptions(BaseModel):
    """How an object is shown."""

    model_config = ConfigDict(frozen=True)

    depth: int | None = Field(
        default=2, description="How many levels below the object are shown; null: all."
    )


class Console(Protocol):
    """Output for people: formats, groups, counts, times and tables.

    The methods that take `data` replace `%s` (text), `%d` `%i` `%f` (numbers), `%j` (JSON), `%o`
    `%O` (an object) and `%c` (nothing) in the first argument by those that follow, and show the
    others behind it. Whatever the values do, nothing throws.
    """

    def log(self, *data: object) -> None:
        """Write at level `log`.

        Args:
            data: What to write; a text in front may be a format for the rest.
        """

    def info(self, *data: object) -> None:
        """Write at level `info`.

        Args:
            data: What to write; a text in front may be a format for the rest.
        """

    def warn(self, *data: object) -> None:
        """Write at level `warn`.

        Args:
            data: What to write; a text in front may be a format for the rest.
        """

    def error(self, *data: object) -> None:
        """Write at level `error`.

        Args:
            data: What to write; a text in front may be a format for the rest.
        """

    def debug(self, *data: object) -> None:
        """Write at level `debug`.

        Args:
            data: What to write; a text in front may be a format for the rest.
        """

    def trace(self, *data: object) -> None:
        """Write where the script stands, at level `debug`.

        Args:
            data: What to write in front of it.
        """

    def assert_(self, condition: object = False, *data: object) -> None:
        """Write "Assertion failed" and the data at level `error` unless the condition holds.

        Args:
            condition: What should hold.
            data: What to write where it does not.
        """

    def table(self, data: object = None, columns: list[str] | None = None) -> None:
        """Write an array, a map or an object as a table, a row each.

        Args:
            data: The rows; what is no object is written as by `log`.
            columns: The properties to show; by default all.
        """

    def dir(self, value: object = None, options: InspectOptions | None = None) -> None:
        """Write an object at level `log`, without formats.

        Args:
            value: What to show.
            options: How it is shown.
        """

    def dirxml(self, *data: object) -> None:
        """Write as by `log`.

        Args:
            data: What to write; a text in front may be a format for the rest.
        """

    def group(self, *data: object) -> None:
        """Write, and indent what is written until `groupEnd`.

        Args:
            data: What heads the group, as for `log`.
        """

    def group_collapsed(self, *data: object) -> None:
        """As `group`: a text has nothing to unfold.

        Args:
            data: What heads the group, as for `log`.
        """

    def group_end(self) -> None:
        """End the innermost group."""

    def count(self, label: str = "default") -> None:
        """Write how often this was called with the label, at level `info`.

        Args:
            label: What is counted.
        """

    def count_reset(self, label: str = "default") -> None:
        """Let `count` begin again.

        Args:
            label: What was counted.
        """

    def time(self, label: str = "default") -> None:
        """Begin to measure under a label.

        Args:
            label: What is measured; one that is being measured goes on.
        """

    def time_log(self, label: str = "default", *data: object) -> None:
        """Write the time since `time`, and the data.

        Args:
            label: What is measured.
            data: What to write behind it.
        """

    def time_end(self, label: str = "default") -> None:
        """Write the time since `time` at level `info`, and end the measurement.

        Args:
            label: What was measured.
        """

    def clear(self) -> None:
        """End all groups; what was written stays."""


BINDING = Binding(
    name="console",
    functions=[write, now],
    declared_values={"console": Console},
    global_names=["console"],
    face=face_source("marotte_js.console"),
    doc="The console.",
)
