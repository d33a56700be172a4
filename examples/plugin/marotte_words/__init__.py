"""Words for scripts: a host function that counts them, and an event that tells of it."""

from __future__ import annotations

from collections import Counter

from pydantic import Field

from marotte import Binding, PluginEventType, WireModel, current_run, event_models, host_function

__all__ = ["BINDING", "COUNTED", "CountOptions", "Counted", "Counts", "count"]


class CountOptions(WireModel):
    """What counts as a word."""

    min_length: int = Field(default=1, ge=1, description="Shorter words are left out.")
    ignore_case: bool = Field(default=True, description="Whether `The` and `the` are one word.")


class Counts(WireModel):
    """What was counted."""

    total: int = Field(description="All words.")
    different: int = Field(description="Words that differ from each other.")
    most_common: str | None = Field(default=None, description="The one that is there most often.")


class Counted(WireModel):
    """The words of a text were counted."""

    characters: int = Field(ge=0, description="How long the text was.")
    counts: Counts = Field(description="How many words there were, and which.")


COUNTED = PluginEventType("words.counted", Counted)


@host_function
def count(text: str, options: CountOptions | None = None) -> Counts:
    """Count the words of a text.

    The run that asks has an event `words.counted` afterwards.

    Args:
        text: Words, with white space between them.
        options: What counts as a word.

    Example:
        const { total } = count("to be or not to be", { minLength: 3 });
    """
    chosen = options or CountOptions()
    words = Counter(
        word.lower() if chosen.ignore_case else word
        for word in text.split()
        if len(word) >= chosen.min_length
    )
    counts = Counts(
        total=words.total(),
        different=len(words),
        most_common=next((word for word, _ in words.most_common(1)), None),
    )
    run = current_run.get()
    if run is not None:  # A realm that an embedder made may belong to no run.
        run.emit_nowait(COUNTED(Counted(characters=len(text), counts=counts)))
    return counts


BINDING = Binding(
    name="words",
    module="words",
    doc="Words: how many there are, and which.",
    functions=[count],
    events=event_models(COUNTED),
)
