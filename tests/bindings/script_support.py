"""Runs a script's text in a runtime of its own and tells what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marotte import MarotteError, RunRecord, Runtime
from marotte.events import OutputEvent, RunEvent

__all__ = ["Outcome", "run_script", "value_of"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result, the error, the record, what was written, and all events."""

    value: Any
    error: MarotteError | None
    record: RunRecord
    output: list[str]
    events: list[RunEvent]


async def run_script(source: str, **options: Any) -> Outcome:
    """Run a module's text to its end; it may import "marotte"."""
    async with Runtime() as runtime:
        handle = runtime.run_source(source, **options)
        events = [event async for event in handle]
        value, error = None, None
        try:
            value = await handle
        except MarotteError as raised:
            error = raised
        output = [event.text for event in events if isinstance(event, OutputEvent)]
        return Outcome(value, error, handle.record, output, events)


async def value_of(source: str, **options: Any) -> Any:
    """What a script that completes exports by default."""
    outcome = await run_script(source, **options)
    assert outcome.error is None, outcome.error
    return outcome.value
