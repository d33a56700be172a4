"""The binding: loaded when a script listens on the global object."""

from __future__ import annotations

from typing import Annotated, Protocol

from pydantic import BaseModel, Field

from marotte.realm import Binding, Callback, Caller, TypeScript, face_source, host_function
from marotte_js.events import Event, EventInit

__all__ = ["BINDING", "ErrorEvent", "PromiseRejectionEvent"]

AnyPromise = Annotated[object, TypeScript("Promise<unknown>")]


@host_function(name="_task", effect="control")
def task(caller: Caller, action: Callback) -> None:
    """Call a function once what runs now, and its microtasks, are over."""
    caller.realm.realm.fire(action, scope=caller.scope)


class ErrorEventInit(EventInit):
    """What an error event is."""

    message: str = Field(default="", description="What happened.")
    filename: str = Field(default="", description="The script.")
    lineno: int = Field(default=0, description="The line, from 1.")
    colno: int = Field(default=0, description="The column, from 1.")
    error: object = Field(default=None, description="What was thrown.")


class PromiseRejectionEventInit(EventInit):
    """What a rejection event is."""

    promise: AnyPromise = Field(description="The promise.")
    reason: object = Field(default=None, description="What it was rejected with.")


class ErrorEvent(Event, Protocol):
    """Something was thrown that nothing caught; preventing the default keeps it from the host."""

    def __init__(self, type: str, event_init_dict: ErrorEventInit | None = None) -> None:
        """Make an event that `dispatchEvent` takes.

        Args:
            type: What happened; what listeners name.
            event_init_dict: What else it is.
        """

    @property
    def message(self) -> str:
        """What happened."""

    @property
    def filename(self) -> str:
        """The script."""

    @property
    def lineno(self) -> int:
        """The line, from 1; 0: unknown."""

    @property
    def colno(self) -> int:
        """The column, from 1; 0: unknown."""

    @property
    def error(self) -> object:
        """What was thrown."""


class PromiseRejectionEvent(Event, Protocol):
    """A promise was rejected that nothing handled, or is handled after all."""

    def __init__(self, type: str, event_init_dict: PromiseRejectionEventInit) -> None:
        """Make an event that `dispatchEvent` takes.

        Args:
            type: What happened; what listeners name.
            event_init_dict: The promise, and what else it is.
        """

    @property
    def promise(self) -> AnyPromise:
        """The promise."""

    @property
    def reason(self) -> object:
        """What it was rejected with."""


class GlobalEventMap(BaseModel):
    """The events of the global object, by type."""

    error: Annotated[object, TypeScript("ErrorEvent")] = Field(
        description="Something was thrown and not caught."
    )
    unhandledrejection: Annotated[object, TypeScript("PromiseRejectionEvent")] = Field(
        description="A promise was rejected that nothing handles."
    )
    rejectionhandled: Annotated[object, TypeScript("PromiseRejectionEvent")] = Field(
        description="Such a rejection is handled after all."
    )


BINDING = Binding(
    name="errorevents",
    functions=[task],
    declared_classes=[ErrorEvent, PromiseRejectionEvent],
    declared_types=[GlobalEventMap],
    global_names=["ErrorEvent", "PromiseRejectionEvent"],
    global_accessors={
        "onerror": Annotated[
            object,
            TypeScript(
                "((message: string | Event, source?: string, line?: number, column?: number, "
                "error?: unknown) => unknown) | null"
            ),
        ],
        "onunhandledrejection": Annotated[
            object, TypeScript("((event: PromiseRejectionEvent) => unknown) | null")
        ],
        "onrejectionhandled": Annotated[
            object, TypeScript("((event: PromiseRejectionEvent) => unknown) | null")
        ],
    },
    face=face_source("marotte_js.errorevents"),
    doc="The error events of the global object.",
    docs={
        "onerror": "Is called with what was thrown and not caught; `true` keeps it from the host.",
        "onunhandledrejection": "Is called when a promise was rejected that nothing handles.",
        "onrejectionhandled": "Is called when such a rejection is handled after all.",
    },
)
