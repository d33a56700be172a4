"""The binding: a copy of what the host provides as :class:`marotte.host.ProcessInfo`."""

from __future__ import annotations

from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field

from marotte.host import ProcessInfo
from marotte.realm import Binding, Caller, TypeScript, face_source, host_function

__all__ = ["BINDING", "Process"]


class ProcessState(BaseModel):
    """What a script may know of its process."""

    model_config = ConfigDict(frozen=True)

    argv: list[str] = Field(description="The runtime, the script and its arguments.")
    env: dict[str, str] = Field(description="The environment variables that were granted.")


@host_function(name="_process", effect="control")
def process_state(caller: Caller) -> ProcessState:
    """Arguments and environment; none where the host provides none."""
    try:
        info = caller.realm.service(ProcessInfo)
    except LookupError:
        info = ProcessInfo()
    return ProcessState(argv=["marotte", *info.argv], env=dict(info.env))


class Process(Protocol):
    """What a script may know of its process."""

    @property
    def argv(self) -> list[str]:
        """`"marotte"`, the script, and the arguments after it."""

    @property
    def env(self) -> Annotated[object, TypeScript("Record<string, string | undefined>")]:
        """The environment variables that were granted and are set; others are not there."""


BINDING = Binding(
    name="process",
    functions=[process_state],
    declared_values={"process": Process},
    global_names=["process"],
    face=face_source("marotte_js.process"),
    doc="Arguments and environment.",
)
