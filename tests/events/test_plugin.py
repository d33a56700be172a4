"""Events of plugins: types with a prefix and a model of the payload."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, Field, JsonValue, ValidationError

from marotte.conversation import TooLargeError
from marotte.events import (
    MAX_PLUGIN_DATA,
    Event,
    PluginEvent,
    PluginEventType,
    RunRecord,
    Stamp,
    TextDeltaEvent,
    WireModel,
    checked_payload,
    event_models,
    happened,
    parse_event,
)


class Rings(WireModel):
    """A bell rang."""

    how_often: int = Field(ge=1, description="The number of rings.")
    bell: str | None = None
    tones: tuple[float, ...] = ()


RUNG = PluginEventType("bells.rung", Rings)


def test_its_payload_goes_into_the_data_of_an_event() -> None:
    body = RUNG(Rings(how_often=2, tones=(440, 442.5)))
    assert body.type == "bells.rung"
    assert body.data == {"howOften": 2, "tones": [440, 442.5]}


def test_it_can_be_read_from_a_log() -> None:
    record = RunRecord(id="r", kind="script", created_at=1)
    payload = Rings(how_often=2, bell="big", tones=(440,))
    event = parse_event(Stamp(record)(happened(RUNG(payload)), 1).to_json())
    assert isinstance(event, PluginEvent)
    assert RUNG.read(event) == payload


def test_what_is_not_of_its_kind_cannot_be_read() -> None:
    event = PluginEvent(
        type="bells.rung", data={"howOften": 0}, run_id="r", session_id="", seq=1, time=1
    )
    with pytest.raises(ValidationError, match="howOften"):
        RUNG.read(event)


@pytest.mark.parametrize("name", ["", "rung", "*", ".rung", "bells.", "a b.x", "run-started"])
def test_a_name_needs_a_prefix(name: str) -> None:
    with pytest.raises(ValidationError):
        PluginEventType(name, Rings)


def test_a_payload_has_a_largest_size() -> None:
    rings = Rings(how_often=1, bell="x" * (MAX_PLUGIN_DATA + 1))
    with pytest.raises(TooLargeError, match="data"):
        RUNG(rings)


def test_a_binding_declares_whole_events() -> None:
    hummed = PluginEventType("bells.hummed", Rings)
    models = event_models(RUNG, hummed)
    assert models == {"bells.rung": RUNG.event, "bells.hummed": hummed.event}
    described = models["bells.rung"].model_json_schema(by_alias=True)
    assert described["title"] == "RingsEvent"
    assert described["description"] == "A bell rang."
    assert described["properties"]["type"]["const"] == "bells.rung"
    assert {"runId", "seq", "time", "tags", "data"} <= set(described["properties"])
    assert issubclass(models["bells.rung"], Event)


class TestPayloadsOfScripts:
    def test_they_are_completed_and_brought_into_form(self) -> None:
        assert checked_payload(RUNG.event, {"howOften": 1, "bell": None}) == {
            "howOften": 1,
            "tones": [],
        }

    @pytest.mark.parametrize(
        "data",
        [{}, {"howOften": 0}, {"howOften": "1"}, {"how_often": 1}, {"howOften": 1, "more": 1}],
    )
    def test_what_the_model_does_not_allow_is_refused(self, data: dict[str, JsonValue]) -> None:
        with pytest.raises(ValidationError):
            checked_payload(RUNG.event, data)

    @pytest.mark.parametrize("event", [BaseModel, PluginEvent, TextDeltaEvent])
    def test_what_has_no_model_of_its_payload_is_as_it_is(self, event: type[BaseModel]) -> None:
        assert checked_payload(event, {"any": 1}) == {"any": 1}
