"""What a realm reports of itself, and how that is kept from disturbing it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ParamSpec

from marotte.realm.engine import EngineStatistics
from marotte.realm.errors import JavaScriptError
from marotte.realm.functions import CallStatistics, PendingCall
from marotte.realm.scope import Limit, Scope

__all__ = ["RealmObserver", "RealmStatistics", "tell"]

P = ParamSpec("P")
logger = logging.getLogger("marotte.realm")


class RealmObserver:
    """What a realm reports; the base does nothing but log. Called on the loop thread.

    What a method raises is logged and disturbs nothing else.
    """

    def unhandled(self, scope: Scope, error: JavaScriptError) -> None:
        """An error that nothing in the script handled: a rejection, a throwing timer."""
        logger.warning("unhandled error in a script: %s", error)

    def listener_failed(self, scope: Scope, error: JavaScriptError) -> None:
        """An event listener threw or rejected, and whoever registered it does not ask."""
        logger.warning("a listener failed: %s", error)

    def limit_exceeded(self, scope: Scope, limit: Limit) -> None:
        """A limit of `scope` is over; what ran has been interrupted."""

    def unsettled(self, calls: Sequence[PendingCall]) -> None:
        """The realm was closed with asynchronous host calls in flight that nobody cancelled."""
        for call in calls:
            logger.warning("a realm was closed while a host call was in flight: %s", call)

    def idle(self) -> None:
        """Nothing is left that could run JavaScript."""

    def closed(self, reason: str) -> None:
        """The realm is gone; `reason` is ``closed`` or says why it was discarded."""


def tell(report: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
    """Report something; an observer that fails disturbs nothing else."""
    try:
        report(*args, **kwargs)
    except Exception:
        logger.exception("an observer of a realm failed")


@dataclass(frozen=True, slots=True)
class RealmStatistics:
    """A snapshot of a realm.

    Attributes:
        engine: The heap.
        calls: Host calls by function.
        callbacks: Functions of the script that Python holds.
        host_objects: Python objects that the script holds.
        timers: Timers pending.
        queued: Pieces of work that wait.
    """

    engine: EngineStatistics
    calls: CallStatistics
    callbacks: int
    host_objects: int
    timers: int
    queued: int
