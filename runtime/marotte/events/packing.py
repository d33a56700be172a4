"""Packing: many events as one JSON text for a realm, which parses it once.

The format is that of `marotte.realm.Realm.deliver`: what the events of a run share stands there
once, and of each event its body, its number and its time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from marotte.events.event import RunEvent

_AT_MOST = 256
_CHARS = 128 * 1024


def pack(events: Sequence[RunEvent]) -> Iterator[str]:
    """Yield texts of at most 256 events, and 128 Ki characters unless one event has more alone."""
    for start in range(0, len(events), _AT_MOST):
        yield from _packed(events[start : start + _AT_MOST])


def _packed(events: Sequence[RunEvent]) -> Iterator[str]:
    size = sum([len(event.body_text) for event in events])
    if size <= _CHARS or len(events) == 1:
        yield f"[{','.join(_groups(events))}]"
        return
    middle = len(events) // 2
    yield from _packed(events[:middle])
    yield from _packed(events[middle:])


def _groups(events: Sequence[RunEvent]) -> Iterator[str]:
    """Yield the groups of neighbours that share the same."""
    if len({event.shared_text for event in events}) == 1:
        yield _group(events)
        return
    for _, group in groupby(events, lambda event: event.shared_text):
        yield _group(list(group))


def _group(events: Sequence[RunEvent]) -> str:
    texts = [event.body_text for event in events]
    bodies = ",".join(texts)
    nested: list[int] = []
    # What has no other bracket than its own braces holds no objects.
    if "[" in bodies or bodies.count("{") > len(texts):
        nested = [i for i, text in enumerate(texts) if "[" in text or text.count("{") > 1]
    shared = events[0].shared_text
    if not shared:
        return f"[{{}},null,null,{nested},[{bodies}]]"
    seqs = [event.seq for event in events]
    times = [event.time for event in events]
    return f"[{{{shared}}},{seqs},{times},{nested},[{bodies}]]"
