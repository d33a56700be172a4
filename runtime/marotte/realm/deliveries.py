"""Events on their way to the listeners of a script: many in one entry, in order, none lost."""

from __future__ import annotations

import itertools
import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from marotte.realm.errors import JavaScriptError, RealmError, ScriptInterrupted
from marotte.realm.execution import Execution
from marotte.realm.functions import Callback
from marotte.realm.observer import RealmObserver, tell
from marotte.realm.schedule import Schedule, Work
from marotte.realm.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Deliveries", "ScriptListener"]

logger = logging.getLogger("marotte.realm")


class ScriptListener:
    """A function of a script that hears of events.

    Args:
        type: Of the events; ``"*"`` for all.
        callback: The function.
        scope: For whom it was registered: it runs for that.
        once: It hears of one event only.
    """

    _numbers = itertools.count(1)

    def __init__(self, type: str, callback: Callback, scope: Scope, *, once: bool = False) -> None:
        self.ident = next(self._numbers)
        self.type = type
        self.callback = callback
        self.scope = scope
        self.once = once
        self.active = True

    def claim(self) -> bool:
        """Answer whether it is to have the event at hand; asked of one for `once`. Loop thread."""
        claimed = self.active
        if self.once:
            self.active = False
        return claimed

    def failed(self, error: JavaScriptError) -> bool:
        """It threw, or the promise that it answered rejected; answers whether that is dealt with.

        Otherwise the realm's observer is told.
        """
        return False


class _Batch:
    """A piece of work: events for listeners of one scope."""

    __slots__ = ("_make", "_spoilt", "begun", "events", "listeners", "number", "scope")

    batch = True
    always = False

    def __init__(
        self,
        number: int,
        events: str,
        listeners: Sequence[ScriptListener],
        make: Callable[[_Batch], object],
        spoilt: Callable[[_Batch, BaseException], object],
    ) -> None:
        self._make = make
        self._spoilt = spoilt
        self.number = number
        self.events = events
        self.listeners = listeners
        self.scope = listeners[0].scope
        self.begun = False

    def action(self) -> None:
        """Call the listeners."""
        self._make(self)

    def failed(self, error: BaseException) -> None:
        """It was interrupted, or will not be done."""
        self._spoilt(self, error)


class Deliveries:
    """The deliveries of one realm; :meth:`send` is for any thread, the rest for the loop thread.

    A batch is under way from its first call to its last. Where a listener is interrupted, the rest
    is work of its own; where one waits in a host call, what comes next on top of it goes on with
    the batch first, so that events keep their order.
    """

    def __init__(self, schedule: Schedule, execution: Execution, observer: RealmObserver) -> None:
        self._schedule = schedule
        self._execution = execution
        self._observer = observer
        self._numbers = itertools.count(1)
        self._under_way: list[_Batch] = []
        self._listeners: WeakValueDictionary[int, ScriptListener] = WeakValueDictionary()

    def send(self, events: str, listeners: Sequence[ScriptListener]) -> None:
        """See :meth:`marotte.realm.Realm.deliver`."""
        for listener in listeners:
            self._listeners[listener.ident] = listener
        batch = _Batch(next(self._numbers), events, listeners, self._make, self._spoilt)
        self._schedule.put(batch)

    def dismiss(self, listener: ScriptListener) -> None:
        """See :meth:`marotte.realm.Realm.dismiss`."""
        listener.active = False
        if self._under_way and not self._execution.closed:
            self._execution.engine.dismiss(listener.ident)

    def claim(self, ident: int) -> bool:
        """See :meth:`marotte.realm.engine.EngineHost.claim`."""
        listener = self._listeners.get(ident)
        return listener is not None and listener.claim()

    def listener_failed(self, ident: int, error: JavaScriptError) -> None:
        """See :meth:`marotte.realm.engine.EngineHost.listener_failed`."""
        listener = self._listeners.get(ident)
        scope = self._execution.scope if listener is None else listener.scope
        if self._execution.ends(scope):
            return  # What an interrupted script throws is not its own.
        if listener is None or not listener.failed(error):
            tell(self._observer.listener_failed, scope, error)

    def _make(self, batch: _Batch) -> None:
        for earlier in tuple(self._under_way):
            if earlier is not batch and earlier.scope is batch.scope:
                self._go_on(earlier)
        if batch.begun:
            self._go_on(batch)
        else:
            self._begin(batch)

    def _begin(self, batch: _Batch) -> None:
        listeners = [
            (listener.ident, listener.callback.ident, listener.type, listener.once)
            for listener in batch.listeners
            if listener.active
        ]
        if not listeners:
            return
        batch.begun = True
        self._under_way.append(batch)
        plan, events, batch.events = json.dumps(listeners), batch.events, ""
        answer = self._execution.engine.deliver(batch.number, plan, events)
        self._done(batch)
        if answer is not None:
            logger.error("events could not be delivered: %s", answer)

    def _go_on(self, batch: _Batch) -> None:
        self._execution.engine.resume(batch.number)
        self._done(batch)

    def _done(self, batch: _Batch) -> None:
        # It was taken out already if it came to its end on top of a listener that waits.
        with suppress(ValueError):
            self._under_way.remove(batch)

    def _spoilt(self, batch: _Batch, error: BaseException) -> None:
        """Do the rest of a batch next, unless its scope ends, and so would that."""
        if not isinstance(error, RealmError):
            logger.error("events could not be delivered", exc_info=error)
        if not batch.begun:
            return
        if isinstance(error, ScriptInterrupted) and not self._execution.ends(batch.scope):
            self._schedule.put(batch, first=True)
            return
        self._done(batch)
        forget = partial(self._forget, batch)
        self._schedule.put(Work(batch.scope, forget, failed=_ignore, always=True))

    def _forget(self, batch: _Batch) -> None:
        self._execution.engine.forget(batch.number)


def _ignore(_: BaseException) -> None:
    pass
