"""The `ctx` that engines, agents, tools, hooks and middleware of a script get."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Annotated, Any, TypeAlias

import anyio
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from marotte.conversation import JsonObject, Turn, describe
from marotte.events import PluginBody, checked_payload
from marotte.host import Runtime
from marotte.inference import EngineContext
from marotte.realm import (
    Caller,
    FaceValue,
    HostLoop,
    InvalidValueError,
    host_function,
)
from marotte.runs import RunContext, RunHandle, RunStoppedError, current_run

__all__ = [
    "check_stop",
    "current_engine",
    "emit",
    "history",
    "script_context",
    "until_stopped",
]

current_engine: ContextVar[EngineContext | None] = ContextVar("marotte_engine", default=None)
"""The engine call on whose behalf a script's function streams."""


class _Emission(BaseModel):
    """What `ctx.emit` takes: a delta of the answer, or an event of a plugin."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Annotated[str, Field(min_length=1, description="The type of the event.")]
    delta: str | None = Field(default=None, description="The next piece of text or reasoning.")
    data: JsonObject | None = Field(default=None, description="The payload of a plugin's event.")


def _named(value: Any, validate: ValidatorFunctionWrapHandler) -> _Emission:
    """Name in errors what the script has called, which is not the host function."""
    try:
        emission: _Emission = validate(value)
    except ValidationError as error:
        text = _explained("event", error)
        raise PydanticCustomError("message", "{text}", {"text": text}) from None
    return emission


def _explained(place: str, error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    path = ".".join([place, *map(str, first["loc"])])
    what = first["msg"].replace("Input should be", "expected")
    return f"ctx.emit(): {path}: {what}, got {describe(first['input'])}"


Emission: TypeAlias = Annotated[_Emission, WrapValidator(_named)]
"""A piece of the answer, or an event of a plugin."""


def script_context(run: RunContext, **more: Any) -> FaceValue:
    """What a script's function is told of the run that calls it.

    Returns:
        `{sessionId, runId, turnId, tags, deadlineMs?, signal, …more}` in JavaScript.
    """
    data: dict[str, JsonValue] = {
        "sessionId": run.session_id,
        "runId": run.run_id,
        "turnId": run.turn_id,
        "tags": dict(run.tags),
        "deadlineMs": run.deadline_ms,
        **more,
    }
    told = {name: value for name, value in data.items() if value is not None}
    return FaceValue("core", {"ctx": told})


def _run() -> RunContext:
    run = current_run.get()
    if run is None:
        raise InvalidValueError("ctx belongs to no run")
    return run


def _payload(event: _Emission, caller: Caller) -> JsonObject:
    """The payload of a plugin's event; of a type that a plugin declares, as its model has it."""
    declared = caller.realm.service(Runtime).registry.events.get(event.type)
    data = event.data or {}
    try:
        return data if declared is None else checked_payload(declared, data)
    except ValidationError as error:
        raise InvalidValueError(_explained("event.data", error)) from None


def _plugin_body(event: _Emission, caller: Caller) -> PluginBody:
    data = _payload(event, caller)
    try:
        return PluginBody(type=event.type, data=data)
    except ValidationError:
        raise InvalidValueError(
            f'ctx.emit(): event.type: expected "text-delta", "reasoning-delta" or the type of a '
            f'plugin\'s event, such as "acme.progress", got {describe(event.type)}'
        ) from None


@host_function(name="_emit", effect="control")
def emit(caller: Caller, event: Emission) -> None:
    """Stream a piece of the answer, or emit an event of a plugin. Writes no history."""
    run, engine = _run(), current_engine.get()
    if engine is not None and engine.run is not run:
        engine = None  # That of a run which this one was started from.
    if event.type in ("text-delta", "reasoning-delta"):
        if engine is None or event.delta is None:
            raise InvalidValueError(
                f"ctx.emit(): {event.type}: expected a delta, from an engine that is answering"
            )
        if event.type == "text-delta":
            engine.text_delta_nowait(event.delta)
        else:
            engine.reasoning_delta_nowait(event.delta)
    else:
        run.emit_nowait(_plugin_body(event, caller))
    caller.realm.realm.throttle(run.room())


@host_function(name="_checkStop", effect="control")
def check_stop(caller: Caller, run_id: str) -> None:
    """Raise the run's error if a stop of it was accepted."""
    handle = caller.realm.service(Runtime).runs.get(run_id)
    if handle is not None:
        _raise_stop(handle)


@host_function(name="_untilStopped", effect="control", keeps_alive=False)
async def until_stopped(caller: Caller, run_id: str) -> None:
    """Wait until a stop of a run is accepted, and raise its error, or until the run has ended."""
    runtime, host = caller.realm.service(Runtime), caller.realm.service(HostLoop)
    handle = runtime.runs.get(run_id)
    if handle is None:
        return
    over = anyio.Event()
    handle.add_done_callback(over.set)
    remove = handle.token.add_listener(lambda _: host.post(over.set))
    try:
        await over.wait()
    finally:
        remove()
    _raise_stop(handle)


def _raise_stop(handle: RunHandle) -> None:
    """Raise the error of a run that is stopping; of another than the current, the gist of it."""
    run = current_run.get()
    if run is not None and run.run_id == handle.id:
        run.check()
    if handle.token.is_set:
        reason = handle.token.reason
        message = f"context canceled: {reason}" if reason else "context canceled"
        raise RunStoppedError(message, run_id=handle.id, session_id=handle.record.session_id)


@host_function(name="_history", effect="control")
def history() -> list[Turn]:
    """The turns before the one that an engine answers."""
    engine = current_engine.get()
    return [] if engine is None else engine.history
