"""Segments: which piece of streamed text belongs to which text."""

from __future__ import annotations

from itertools import count

from marotte.events import Body, ReasoningDelta, ReasoningFinished, TextDelta, TextFinished


class Segments:
    """Allots segments for one run: text or reasoning is one segment until it is finished."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._open: str | None = None
        self._is_reasoning = False
        self._pieces: list[str] = []
        self.deltas = 0

    def text(self, delta: str) -> list[Body]:
        """Return the events for a piece of the answer."""
        bodies = self._enter(is_reasoning=False)
        return [*bodies, TextDelta(segment=self._add(delta), delta=delta)]

    def reasoning(self, delta: str) -> list[Body]:
        """Return the events for a piece of reasoning."""
        bodies = self._enter(is_reasoning=True)
        return [*bodies, ReasoningDelta(segment=self._add(delta), delta=delta)]

    @property
    def current(self) -> tuple[bool, str] | None:
        """Whether the open text is reasoning, and the text so far; `None` when none is open."""
        return None if self._open is None else (self._is_reasoning, "".join(self._pieces))

    def finish(self) -> list[Body]:
        """Close the open text, if there is one, and return the event for that."""
        if self._open is None:
            return []
        make = ReasoningFinished if self._is_reasoning else TextFinished
        finished = make(segment=self._open, text="".join(self._pieces))
        self.drop()
        return [finished]

    def drop(self) -> None:
        """Close the open text, which will not be finished."""
        self._open = None
        self._pieces = []

    def _enter(self, *, is_reasoning: bool) -> list[Body]:
        if self._open is not None and self._is_reasoning == is_reasoning:
            return []
        bodies = self.finish()
        self._open, self._is_reasoning = str(next(self._ids)), is_reasoning
        return bodies

    def _add(self, delta: str) -> str:
        self.deltas += 1
        self._pieces.append(delta)
        return self._open or ""
