"""A change to anything that scripts see does not pass unnoticed: the check fails and names it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.typegen.compiler import ROOT
from tests.typegen.mutations import Mutation, mutations

SEED, COUNT = 20, 30
# Of its own: pytest changes the real one between tests, while threads would copy it.
ENVIRONMENT = dict(os.environ)
CHOSEN = random.Random(SEED).sample(mutations(), COUNT)


def graft(folder: Path, file: Path, text: str) -> None:
    """Make a copy of the sources, of links but for one changed file."""
    for part in ("runtime", "bindings"):
        (folder / part).symlink_to(ROOT / part)
    here = Path()
    for part in file.parts[:-1]:
        here /= part
        (folder / here).unlink()
        (folder / here).mkdir()
        for source in (ROOT / here).iterdir():
            if source.name != "__pycache__":
                (folder / here / source.name).symlink_to(source)
    (folder / file).unlink()
    (folder / file).write_text(text, encoding="utf-8")


def check(folder: Path, mutation: Mutation) -> tuple[int, str]:
    """Run what CI runs on changed sources: its exit code and all it has to say."""
    graft(folder, mutation.file, mutation.apply())
    path = os.pathsep.join([str(folder / "runtime"), str(folder / "bindings")])
    done = subprocess.run(
        [sys.executable, "-B", ROOT / "tools" / "gen_dts.py", "--check"],
        env={**ENVIRONMENT, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def results(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Future[tuple[int, str]]]]:
    """The checks of the chosen mutations, which run beside each other."""
    with ThreadPoolExecutor(max_workers=2) as executor:
        yield {
            str(mutation): executor.submit(check, tmp_path_factory.mktemp("tree"), mutation)
            for mutation in CHOSEN
        }
        executor.shutdown(cancel_futures=True)


def complaint(mutation: Mutation, result: tuple[int, str]) -> str:
    """What is wrong with how a mutation was noticed; nothing, if all is well."""
    code, said = result
    if code == 0:
        return f"{mutation} went unnoticed"
    return "" if mutation.is_named_in(said) else f"{mutation} is not named in:\n{said}"


def test_sources_as_they_are_pass(tmp_path: Path) -> None:
    file = Path("runtime/marotte/events/bodies.py")
    lines = (ROOT / file).read_text(encoding="utf-8")
    unchanged = Mutation("rename", "nothing", file, 0, lines.count("\n") + 1, lines)
    assert check(tmp_path, unchanged) == (0, "")


def test_there_is_much_to_choose_from() -> None:
    assert len(mutations()) > 500
    assert {mutation.change for mutation in CHOSEN} == {"remove", "rename", "retype"}


@pytest.mark.parametrize("mutation", CHOSEN, ids=str)
def test_a_change_is_noticed_and_named(
    results: dict[str, Future[tuple[int, str]]], mutation: Mutation
) -> None:
    found = complaint(mutation, results[str(mutation)].result())
    assert not found, found


@pytest.mark.soak
def test_every_change_is_noticed_and_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    def tried(mutation: Mutation) -> str:
        return complaint(mutation, check(tmp_path_factory.mktemp("tree"), mutation))

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as executor:
        found = [told for told in executor.map(tried, mutations()) if told]
    assert not found, "\n\n".join(found)
