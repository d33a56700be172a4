"""A change to anything that scripts see does not pass unnoticed: the check fails and names it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.typegen.compiler import ROOT
from tests.typegen.mutations import Check, Mutation, checking, mutations

SEED, COUNT, MANY = 20, 30, 300
CHOSEN = random.Random(SEED).sample(mutations(), COUNT)


@pytest.fixture(scope="module")
def check() -> Iterator[Check]:
    with checking() as check:
        yield check


def complaint(mutation: Mutation, result: tuple[int, str]) -> str:
    """What is wrong with how a mutation was noticed; nothing, if all is well."""
    code, said = result
    if code == 0:
        return f"{mutation} went unnoticed"
    return "" if mutation.is_named_in(said) else f"{mutation} is not named in:\n{said}"


def changed(file: str, old: str, new: str) -> Mutation:
    """A change that nobody draws."""
    path = Path(file)
    source = (ROOT / path).read_bytes()
    start = source.index(old.encode())
    return Mutation("rename", old, frozenset({old}), path, start, start + len(old.encode()), new)


def test_sources_as_they_are_pass(check: Check) -> None:
    same = changed("runtime/marotte/events/bodies.py", "RunStarted", "RunStarted")
    assert check(same) == (0, "")


def test_what_scripts_do_not_see_may_change(check: Check) -> None:
    hidden = changed("bindings/marotte_js/url/binding.py", "The parts of a URL, or", "A URL, or")
    assert check(hidden) == (0, "")


def test_there_is_much_to_choose_from() -> None:
    assert len(mutations()) > 3000
    assert {mutation.change for mutation in CHOSEN} == {"remove", "rename", "retype"}


@pytest.mark.parametrize(
    "of",
    [
        "BuilderOptionsType.engine",
        "CustomEvent.detail()",
        "DOMException.ABORT_ERR",
        "Engine.name()",
        "ErrorProperties.run_id",
        "PartialEvent.completion",
        "RunOptions.timeout_ms",
        "URL.constructor(base)",
        "classes.RunStoppedError",
        "consts.BlockKind",
        "declared_values.console",
        "errors.RunStoppedError",
        "events.text-delta",
        "global_names.AbortSignal",
        "setTimeout()",
        "signatures.AgentFunction",
        "signatures.EngineFunction(turn)",
        "templates.JsonSchema",
        "values.version",
        "words.cancel",
    ],
)
def test_everything_that_scripts_see_can_be_drawn(of: str) -> None:
    assert of in {mutation.of for mutation in mutations()}


def test_naming_takes_more_than_a_mention() -> None:
    mutation = changed("runtime/marotte/events/bodies.py", "RunStarted", "RunBegun")
    assert mutation.is_named_in("--- a\n+++ b\n-  RunStarted: string;\n+  more: string;\nwrong")
    assert mutation.is_named_in("Traceback\n  line\nNameError: name 'RunStarted' is not defined")
    assert not mutation.is_named_in(
        "--- RunStarted\n  RunStarted: string;\n+  more: string;\nwrong"
    )
    assert not mutation.is_named_in("-  RunStartedEvent: string;\n+  more: string;\nwrong")
    assert not mutation.is_named_in("Traceback\n  RunStarted\nNameError: name 'more'")


@pytest.mark.parametrize("mutation", CHOSEN, ids=str)
def test_a_change_is_noticed_and_named(check: Check, mutation: Mutation) -> None:
    found = complaint(mutation, check(mutation))
    assert not found, found


@pytest.mark.soak
def test_many_changes_are_noticed_and_named() -> None:
    some = random.Random(SEED + 1).sample(mutations(), MANY)

    def tried(mutations: list[Mutation]) -> list[str]:
        with checking() as check:
            return [complaint(mutation, check(mutation)) for mutation in mutations]

    with ThreadPoolExecutor(max_workers=2) as executor:
        found = [told for part in executor.map(tried, [some[::2], some[1::2]]) for told in part]
    assert not any(found), "\n\n".join(filter(None, found))
