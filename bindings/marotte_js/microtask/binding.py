"""The binding: the engine has the queue."""

from __future__ import annotations

from typing import Annotated

from marotte.realm import Binding, Callback, TypeScript, face_source, host_function

__all__ = ["BINDING"]


@host_function(effect="control")
def queue_microtask(callback: Annotated[Callback, TypeScript("() => void")]) -> None:
    """Call a function after the code that runs now, before any timer.

    What it throws is reported as unhandled.

    Args:
        callback: What to call, without arguments.
    """
    raise NotImplementedError("implemented by the face")


BINDING = Binding(
    name="microtask",
    declared=[queue_microtask],
    global_names=["queueMicrotask"],
    face=face_source("marotte_js.microtask"),
    doc="Microtasks.",
)
