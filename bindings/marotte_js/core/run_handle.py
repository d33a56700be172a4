"""The handle of a run in a script's hands, and the delivery of events to its listeners."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from functools import partial
from itertools import groupby
from typing import Annotated, Any

import anyio
from pydantic import JsonValue

from marotte.conversation import Turn, Usage
from marotte.events import RunEvent, RunStatus, StopReason, check_event_type, pack
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
    ScriptListener,
    TypeScript,
    host_iterator,
    host_method,
    host_property,
)
from marotte.runs import Follower, RunHandle, RunTree

_RETIRED = 256

__all__ = ["RunHandleObject", "RunIterator", "RunTreeObject", "after_this_job", "handle_object"]

_OF_TYPE = ('K extends keyof RunEventMap | "*"',)
EventType = Annotated[str, TypeScript("K", _OF_TYPE)]
EventListener = Annotated[Callback, TypeScript("(event: RunEventOf<K>) => void", _OF_TYPE)]


class _Listener(ScriptListener):
    """A listener of a script to the run of a handle."""

    def __init__(
        self, handle: RunHandleObject, type: str, callback: Callback, scope: Scope, once: bool
    ) -> None:
        super().__init__(type, callback, scope, once=once)
        self._handle = handle
        self.ready = False

    def claim(self) -> bool:
        claimed = self.active
        if self.once:
            # So that its function can be registered anew, even by itself.
            self._handle.forget(self)
        return claimed

    def failed(self, error: JavaScriptError) -> bool:
        self._handle.listener_failed(self, error)
        return True


def handle_object(handle: RunHandle, caller: Caller) -> RunHandleObject:
    """The handle as the calling script gets it."""
    return RunHandleObject(handle, caller.realm.realm, caller.realm.service(HostLoop))


def after_this_job(caller: Caller) -> Deferral:
    """Opens once the calling script's current job has returned."""
    return Deferral(caller.realm.realm, caller.realm.service(HostLoop))


# What comes at the end, and what `next` takes, is `any` where it is not said.
EVENTS = TypeScript("AsyncIterableIterator<RunEvent, undefined, unknown>")


class RunHandleObject(HostObject, js_name="RunHandle", js_generic="T = AnsweredTurn"):
    """A run: await its `promise`, stop it, and listen to its events."""

    def __init__(self, handle: RunHandle, realm: Realm, host: HostLoop) -> None:
        self.handle = handle
        self.realm = realm
        self._host = host
        self._follower: Follower[_Listener] = handle.follow(self._deliver)
        self._listeners: dict[tuple[str, Callback], _Listener] = {}
        # Those that were taken away, of which promises may still be pending.
        self._retired: deque[_Listener] = deque(maxlen=_RETIRED)
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

        Example:
            run
              .on("text-delta", (event) => console.log(event.delta))
              .on("run-finished", (event) => console.log(event.status, event.stopReason))
              .on("*", (event) => console.debug(event.seq, event.type));
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
    def events(self) -> Annotated[RunIterator, EVENTS]:
        """All events of the run, up to the terminal one."""
        return RunIterator(self.handle.events())

    @host_method(effect="control")
    def tree(self) -> RunTreeObject:
        """The events of the run and of all runs below it, as one stream."""
        return RunTreeObject(self.handle.tree())

    def _add(self, caller: Caller, type: str, callback: Callback, *, once: bool) -> RunHandleObject:
        key = (check_event_type(type), callback)
        known = self._listeners.get(key)
        if known is not None:
            known.once = known.once and once
            return self
        listener = self._listeners[key] = _Listener(self, *key, caller.scope, once)
        self._follower.admit(listener)
        if self.handle.record.is_terminal:
            self._hold_until_delivered()
        return self

    def forget(self, listener: _Listener) -> None:
        """Take a listener away, at once, so that its function can be registered anew."""
        self.realm.dismiss(listener)
        if self._listeners.pop((listener.type, listener.callback), None) is not None:
            self._retired.append(listener)

    def _hold_until_delivered(self) -> None:
        """Let the script wait for what a listener has missed of a run that is over."""
        self.realm.hold()
        self._host.start(self._let_go_when_delivered, refused=lambda _: self.realm.unhold())

    async def _let_go_when_delivered(self) -> None:
        try:
            await self.handle.delivered()
        finally:
            self.realm.unhold()

    def _deliver(self, events: Sequence[RunEvent], only: Sequence[_Listener] | None) -> None:
        """Send events to the realm; they have arrived when it has done so far. Host loop."""
        if only is None:
            only = [listener for listener in tuple(self._listeners.values()) if listener.ready]
        # Stable, so that those of one type stay in order.
        listeners = sorted(
            (listener for listener in only if listener.active), key=lambda each: each.type == "*"
        )
        types = {listener.type for listener in listeners}
        wanted = events if "*" in types else [event for event in events if event.type in types]
        self._send(wanted, listeners)
        arrived = partial(self._follower.acknowledge, events[-1].seq)
        self.realm.call_soon(arrived, self._follower.close, scope=self.realm.scope)

    def _send(self, events: Sequence[RunEvent], listeners: Sequence[_Listener]) -> None:
        """Send each event to all listeners before the next: in one go, if they are of one scope."""
        parties = [list(group) for _, group in groupby(listeners, lambda each: each.scope)]
        batches = (events,) if len(parties) == 1 else zip(events, strict=True)
        for batch in batches:
            for party in parties:
                for text in pack(batch):
                    self.realm.deliver(text, party)

    def listener_failed(self, listener: _Listener, error: JavaScriptError) -> None:
        """A listener threw: a diagnostic of the run it listened to, for its first failure."""
        if listener.callback not in self._failed:
            self._failed.add(listener.callback)
            what = f"a listener for {listener.type!r} failed"
            self.handle.diagnose("listener-failed", what, error)
            self.realm.report(error, scope=listener.scope)


class RunTreeObject(HostObject, js_name="RunTree"):
    """A run and all runs below it, for `for await`; the `runId` of an event says whose it is."""

    def __init__(self, tree: RunTree) -> None:
        self._tree = tree

    @host_iterator()
    def events(self) -> Annotated[RunIterator, EVENTS]:
        """All events of the tree, up to the terminal one of the run at the top.

        Those of a run keep their order, and stand between the `child-started` and the
        `child-finished` of the run above it.
        """
        return RunIterator(aiter(self._tree))


class RunIterator(HostObject):
    """Iterates over events; calls made before the last has answered queue up."""

    def __init__(self, events: AsyncIterator[RunEvent]) -> None:
        self._events = events
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
