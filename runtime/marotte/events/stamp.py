"""Stamping: how a log turns bodies into events, cheaply.

Events are made often. A body was validated when it was made, and the envelope is the log's own, so
`Stamp` puts the two together without looking at them again. Of the JSON text it encodes the body
only: the rest of it is the same for all events of a run, but for two numbers.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from marotte.events.bodies import Body
from marotte.events.event import EVENT_OF, RunEvent, encode
from marotte.events.record import RunRecord, WireModel

_SHARED = ("run_id", "session_id", "turn_id", "parent_run_id", "tags")
_FIELDS = {event: set(event.model_fields) for event in EVENT_OF.values()}
_new = object.__new__
_new_tuple = tuple.__new__
_set = object.__setattr__


class Emission(NamedTuple):
    """A body, and when it happened (milliseconds since the epoch)."""

    time: int
    body: Body


class _Shared(WireModel):
    run_id: str
    session_id: str
    turn_id: str | None
    parent_run_id: str | None
    tags: dict[str, str]


def now_ms() -> int:
    """Return the time, in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def happened(body: Body) -> Emission:
    """Return `body` as something that happened now."""
    # Not by calling the class, which costs as much as all the rest of an emission.
    return _new_tuple(Emission, (time.time_ns() // 1_000_000, body))


class Stamp:
    """Gives the events of one run their envelope."""

    def __init__(self, record: RunRecord) -> None:
        shared = _Shared(
            run_id=record.id,
            session_id=record.session_id,
            turn_id=record.turn_id,
            parent_run_id=record.parent_run_id,
            tags=record.tags,
        )
        self._fields: dict[str, Any] = {name: getattr(shared, name) for name in _SHARED}
        self._fields["shared_text"] = encode(shared)[1:-1]

    def __call__(self, emission: Emission, seq: int) -> RunEvent:
        """Return the event of `emission` at position `seq`."""
        time, body = emission
        cls = EVENT_OF[type(body)]
        event = _new(cls)
        fields = {**body.__dict__, **self._fields}
        fields["seq"], fields["time"], fields["body_text"] = seq, time, encode(body)
        _set(event, "__dict__", fields)
        _set(event, "__pydantic_fields_set__", _FIELDS[cls])
        _set(event, "__pydantic_extra__", None)
        _set(event, "__pydantic_private__", None)
        return event
