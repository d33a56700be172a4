"""The binding: unhandled errors go to whoever observes the realm."""

from __future__ import annotations

from marotte.realm import Binding, Caller, face_source, host_function

__all__ = ["BINDING"]


@host_function(name="_report", effect="control")
def report(caller: Caller, error: str) -> None:
    """Report an error as ``kernel.describe`` tells it."""
    bridge = caller.realm
    bridge.realm.report(bridge.javascript_error(error), scope=caller.scope)


@host_function(effect="control")
def report_error(error: object) -> None:
    """Report a value as if it had been thrown and nothing had caught it.

    Args:
        error: What to report, usually an `Error`.
    """
    raise NotImplementedError("implemented by the face")


BINDING = Binding(
    name="reporting",
    functions=[report],
    declared=[report_error],
    global_names=["reportError"],
    face=face_source("marotte_js.reporting"),
    doc="Errors that nothing handled.",
)
