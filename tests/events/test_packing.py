"""Packed events, unpacked as the format says, are the events."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from marotte.events import (
    Body,
    Diagnostic,
    Emission,
    PluginBody,
    RunEvent,
    RunRecord,
    RunStarted,
    TextDelta,
    pack,
    parse_event,
)
from marotte.events.stamp import Stamp

texts = st.text(max_size=5) | st.sampled_from(('{"a": [', "}{", "\ud800", ',"seq":1'))
bodies = st.one_of(
    st.builds(TextDelta, segment=texts, delta=texts),
    st.builds(Diagnostic, code=texts, message=texts),
    st.builds(PluginBody, type=st.just("test.x"), data=st.dictionaries(texts, st.lists(texts))),
    st.builds(RunStarted, input=st.none() | st.lists(st.dictionaries(texts, st.none()))),
)
logs = st.lists(st.tuples(bodies, st.booleans(), st.booleans()), max_size=600)


def log_of(drawn: Sequence[tuple[Body, bool, bool]]) -> list[RunEvent]:
    """Events of one run whose turn changes, some of them from a log of another process."""
    turns = [
        Stamp(RunRecord(id="r", kind="turn", created_at=1, turn_id=turn, tags={"a": "b"}))
        for turn in (None, "t")
    ]
    return [
        parse_event(event.to_json()) if foreign else event
        for seq, (body, in_turn, foreign) in enumerate(drawn, 1)
        for event in [turns[in_turn](Emission(seq * 3, body), seq * 2)]
    ]


def unpacked(text: str) -> list[dict[str, Any]]:
    """The events, by the words of `Realm.deliver`."""
    found = []
    for shared, seqs, times, nested, packed in json.loads(text):
        for index, body in enumerate(packed):
            holds = any(isinstance(value, dict | list) for value in body.values())
            assert index in nested or not holds
            own = {"seq": seqs[index], "time": times[index]} if seqs is not None else {}
            found.append({**body, **shared, **own})
    return found


@given(logs)
def test_unpacked_events_are_the_same(drawn: list[tuple[Body, bool, bool]]) -> None:
    events = log_of(drawn)
    found = [event for text in pack(events) for event in unpacked(text)]
    assert found == [event.wire() for event in events]
    assert [list(event) for event in found] == [list(event.wire()) for event in events]


def test_texts_are_of_modest_size() -> None:
    stamp = Stamp(RunRecord(id="r", kind="turn", created_at=1))
    sizes = [10] * 300 + [100_000] * 5 + [500_000] + [10] * 3
    events = [
        stamp(Emission(1, TextDelta(segment="1", delta="x" * size)), seq)
        for seq, size in enumerate(sizes, 1)
    ]
    packed = [(len(unpacked(text)), len(text)) for text in pack(events)]
    assert sum(count for count, _ in packed) == len(events)
    assert max(count for count, _ in packed) <= 256
    assert all(size < 200_000 or count == 1 for count, size in packed)
