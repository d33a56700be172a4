"""The handle of a run in a script's hands, and the delivery of events to its listeners."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

import anyio
from pydantic import JsonValue

from marotte.conversation import Turn, Usage
from marotte.events import RunEvent, RunStatus, StopReason, check_event_type
from marotte.host import Deferral
from marotte.realm import (
    Callback,
    Caller,
    CompletedBy,
    HostLoop,
    HostObject,
    JavaScriptError,
    Realm,
    Scope,
    TypeScript,
    host_iterator,
    host_method,
    host_property,
)
from marotte.runs import Feed, RunHandle

__all__ = ["RunHandleObject", "RunIterator", "after_this_job", "handle_object"]

_OF_TYPE = ('K extends keyof RunEventMap | "*"',)
EventType = Annotated[str, TypeScript("K", _OF_TYPE)]
EventListener = Annotated[Callback, TypeScript("(event: RunEventOf<K>) => void", _OF_TYPE)]


@dataclass(eq=False)
class _Listener:
    """A listener of a script: equal to another for the same function."""

    handle: RunHandleObject
    type: str
    callback: Callback
    scope: Scope
    once: bool
    active: bool = field(default=True)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Listener) and other.callback is self.callback

    def __hash__(self) -> int:
        return hash(self.callback)

    def __call__(self, event: RunEvent) -> None:
        """Hand an event to the loop thread, which asks again whether it is wanted."""
        self.handle.realm.deliver(
            event.to_json(),
            self.callback,
            scope=self.scope,
            wanted=self._wanted,
            failed=self._failed,
        )

    def _wanted(self) -> bool:
        wanted = self.active
        if self.once:
            self.handle.forget(self)
        return wanted

    def _failed(self, error: JavaScriptError) -> None:
        self.handle.listener_failed(self, error)


def handle_object(handle: RunHandle, caller: Caller) -> RunHandleObject:
    """The handle as the calling script gets it."""
    return RunHandleObject(handle, caller.realm.realm, caller.realm.service(HostLoop))


def after_this_job(caller: Caller) -> Deferral:
    """Opens once the calling script's current job has returned."""
    return Deferral(caller.realm.realm, caller.realm.service(HostLoop))


class RunHandleObject(HostObject, js_name="RunHandle", js_generic="T = AnsweredTurn"):
    """A run: await its `promise`, stop it, and listen to its events."""

    def __init__(self, handle: RunHandle, realm: Realm, host: HostLoop) -> None:
        self.handle = handle
        self.realm = realm
        self._host = host
        self._pace: Feed | None = None
        self._listeners: dict[tuple[str, Callback], _Listener] = {}
        self._failed: set[Callback] = set()
        realm.hold()
        handle.add_done_callback(realm.unhold)

    @host_property()
    def id(self) -> str:
        """Identifies the run."""
        return self.handle.id

    @host_property()
    def status(self) -> RunStatus:
        """Where in its life the run is; `stopping` as soon as a stop was accepted."""
        return self.handle.status

    @host_property()
    def stop_reason(self) -> StopReason | None:
        """Why the run has ended, or is to end: `end_turn` if it completed."""
        return self.handle.record.stop_reason

    @host_property()
    def usage(self) -> Usage:
        """What the run has spent so far, whatever its outcome."""
        return self.handle.usage

    @host_property(cached=True)
    async def promise(self) -> Annotated[Turn, CompletedBy("core", "turn"), TypeScript("T")]:
        """Resolves with the turn, or what an agent answered; rejects with the run's error.

        It is created when first read: a run whose promise nobody reads reports no unhandled
        rejection.
        """
        await self.handle.delivered()
        turn: Turn = await self.handle
        return turn

    @host_method(effect="control")
    def stop(self, reason: str | None = None) -> bool:
        """Ask the run to stop at its next boundary; calls in flight finish.

        Args:
            reason: Why, in free text.

        Returns:
            Whether the run is stopping now: not if it has ended or is being committed.
        """
        return self.handle.stop(reason)

    @host_method(effect="control")
    def cancel(self, reason: str | None = None) -> bool:
        """Cancel the run now; calls in flight are aborted.

        Args:
            reason: Why, in free text.

        Returns:
            Whether the run is stopping now: not if it has ended or is being committed.
        """
        return self.handle.cancel(reason)

    @host_method(effect="control")
    def on(self, caller: Caller, type: EventType, callback: EventListener) -> RunHandleObject:
        """Call a function for each event of a type, past ones included.

        Args:
            type: An event type, or `"*"` for all.
            callback: Takes the event. What it throws is reported and disturbs nobody else.

        Raises:
            TypeError: The type is unknown; the message names the known ones.
        """
        return self._add(caller, type, callback, once=False)

    @host_method(effect="control")
    def once(self, caller: Caller, type: EventType, callback: EventListener) -> RunHandleObject:
        """Call a function for one event of a type, which may be a past one.

        Args:
            type: An event type, or `"*"` for all.
            callback: Takes the event.

        Raises:
            TypeError: The type is unknown; the message names the known ones.
        """
        return self._add(caller, type, callback, once=True)

    @host_method(effect="control")
    def off(self, type: EventType, callback: EventListener) -> RunHandleObject:
        """Take a listener away, at once.

        Args:
            type: The type it was registered for.
            callback: The function it was registered with.

        Raises:
            TypeError: The type is unknown; the message names the known ones.
        """
        listener = self._listeners.get((check_event_type(type), callback))
        if listener is not None:
            self.forget(listener)
        return self

    @host_iterator()
    def events(self) -> Annotated[RunIterator, TypeScript("AsyncIterableIterator<RunEvent>")]:
        """All events of the run, up to the terminal one."""
        return RunIterator(self.handle)

    def _add(self, caller: Caller, type: str, callback: Callback, *, once: bool) -> RunHandleObject:
        key = (check_event_type(type), callback)
        known = self._listeners.get(key)
        if known is not None:
            known.once = known.once and once
            return self
        listener = _Listener(self, key[0], callback, caller.scope, once)
        _ = self.handle.on(type, listener)
        if self.handle.record.is_terminal:
            self._hold_until_delivered()
        if not self._listeners:
            self._host.post(self._keep_pace)
        self._listeners[key] = listener
        return self

    def forget(self, listener: _Listener) -> None:
        """Take a listener away, at once, so that its function can be registered anew."""
        listener.active = False
        _ = self._listeners.pop((listener.type, listener.callback), None)
        _ = self.handle.off(listener.type, listener)

    def _hold_until_delivered(self) -> None:
        """Let the script wait for what a listener has missed of a run that is over."""
        self.realm.hold()
        self._host.start(self._let_go_when_delivered, refused=lambda _: self.realm.unhold())

    async def _let_go_when_delivered(self) -> None:
        try:
            await self.handle.delivered()
        finally:
            self.realm.unhold()

    def _keep_pace(self) -> None:
        """Let an emitter wait for the listeners here, however slow they are. Host loop."""
        if self._pace is None:
            self._pace = self.handle.listen(self._follow, acknowledges=True)

    def _follow(self, events: Sequence[RunEvent]) -> None:
        """Acknowledge events once the realm has done all it was given up to now. Host loop."""
        if self._pace is not None:
            arrived = partial(self._pace.acknowledge, events[-1].seq)
            self.realm.call_soon(arrived, self._pace.close, scope=self.realm.scope)

    def listener_failed(self, listener: _Listener, error: JavaScriptError) -> None:
        """A listener threw: a diagnostic of the run it listened to, for its first failure."""
        if listener.callback not in self._failed:
            self._failed.add(listener.callback)
            self.handle.diagnose("listener-failed", str(error), error)
            self.realm.report(error, scope=listener.scope)


class RunIterator(HostObject):
    """Iterates over the events of a run; calls made before the last has answered queue up."""

    def __init__(self, handle: RunHandle) -> None:
        self._events = handle.events()
        self._turn = anyio.Lock()

    @host_method(effect="control")
    async def next(self) -> dict[str, JsonValue]:
        """The next event, as `{value, done}`."""
        async with self._turn:
            try:
                event = await anext(self._events)
            except StopAsyncIteration:
                return {"done": True}
        return {"value": event.wire(), "done": False}

    @host_method(name="return", effect="control")
    async def return_(self) -> dict[str, Any]:
        """Leave the iteration early."""
        async with self._turn:
            if isinstance(self._events, AsyncGenerator):
                await self._events.aclose()
        return {"done": True}
