"""The reference pages: small ones as they are, the first-party ones by what they must have."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from tests.typegen.toys import BELLS, GLOBALS, TOYS

from marotte.events import EVENT_TYPES
from marotte.host import installed_bindings
from marotte.realm import Binding, host_function
from marotte.typegen import TypingsError, main
from marotte.typegen.reference import INDEX_FILE, reference

GOLDEN = Path(__file__).with_name("golden")
ROOT = Path(__file__).parents[2]


@host_function
def nothing() -> None:
    """Nothing."""


@cache
def first_party() -> dict[str, str]:
    return reference([each.binding for each in installed_bindings() if each.first_party])


def headings(page: str) -> list[str]:
    """The fragments that lead to the headings of a page."""
    found = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", page, flags=re.DOTALL), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found]


def links(page: str) -> list[tuple[str, str]]:
    """The file and the fragment of each link to a page."""
    return re.findall(r"\]\(([\w.@-]*\.md|)(?:#([^)]*))?\)", page)


@pytest.mark.parametrize("name", ["README.md", "noise.md", "toys.md", "@acme.bells.md"])
def test_pages_of_small_bindings(name: str) -> None:
    golden = (GOLDEN / "reference" / name).read_text(encoding="utf-8")
    assert reference([GLOBALS, TOYS, BELLS])[name] == golden


def test_there_is_a_page_for_each_binding_that_scripts_see() -> None:
    hidden = Binding(name="hidden", functions=[nothing])
    assert set(reference([TOYS, hidden])) == {INDEX_FILE, "toys.md"}
    assert "| [`toys`](toys.md) | Toys. |" in reference([TOYS])[INDEX_FILE]


def test_a_page_has_one_owner() -> None:
    one = Binding(name="toys", functions=[nothing], global_names=["nothing"])
    other = Binding(name="module", module="toys", functions=[nothing])
    with pytest.raises(TypingsError, match="toys"):
        reference([one, other])


def test_all_that_scripts_see_has_a_heading() -> None:
    pages = first_party()
    missing = []
    for installed in installed_bindings():
        binding = installed.binding
        if installed.first_party and (binding.module or binding.global_names):
            there = headings(pages[f"{binding.module or binding.name}.md"])
            seen = binding.exported if binding.module else binding.global_names
            missing += [
                name
                for name in seen
                if not {name.lower(), f"globalthis{name}".lower()} & set(there)
            ]
    assert missing == []


def test_every_event_is_listed_with_what_it_is() -> None:
    rows = first_party()["marotte.md"].splitlines()
    for name, event in EVENT_TYPES.items():
        (row,) = (r for r in rows if r.startswith(f"| `{name}` | ") and event.__name__ in r)
        assert f"[{event.__name__}](#{event.__name__.lower()})" in row
        assert (event.__doc__ or "").splitlines()[0] in row


def test_links_lead_to_one_heading() -> None:
    pages = first_party()
    found = {name: headings(text) for name, text in pages.items()}
    wrong = [
        (name, file, fragment)
        for name, text in pages.items()
        for file, fragment in links(text)
        if fragment and found[file or name].count(fragment) != 1
    ]
    assert wrong == []
    assert {file for file, _ in links(pages[INDEX_FILE])} == set(pages) - {INDEX_FILE}


def test_tables_have_as_many_cells_in_each_row() -> None:
    for name, text in first_party().items():
        for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            cells = {len(re.split(r"(?<!\\)\|", row)) for row in table.splitlines()}
            assert len(cells) == 1, (name, table)


def test_it_is_the_same_every_time() -> None:
    assert reference([GLOBALS, TOYS, BELLS]) == reference([GLOBALS, TOYS, BELLS])


class TestCheck:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        assert main([GLOBALS, TOYS], tmp_path / "typings", [], pages=tmp_path / "pages") == 0
        for command in (["init"], ["add", "."]):
            subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)
        return tmp_path

    def check(self, folder: Path) -> int:
        return main([GLOBALS, TOYS], folder / "typings", ["--check"], pages=folder / "pages")

    def test_what_is_up_to_date_passes(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _ = capsys.readouterr()
        assert self.check(folder) == 0
        assert capsys.readouterr() == ("", "")

    def test_a_stale_page_fails_with_a_diff(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        page = folder / "pages" / "toys.md"
        page.write_text(page.read_text().replace("Build a toy.", "Build one."))
        assert self.check(folder) == 1
        assert "\n-Build one.\n+Build a toy.\n" in capsys.readouterr().out

    def test_a_missing_page_fails(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (folder / "pages" / "toys.md").unlink()
        assert self.check(folder) == 1
        assert f"{folder / 'pages' / 'toys.md'}: missing" in capsys.readouterr().out

    def test_a_page_that_nothing_generates_fails(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (folder / "pages" / "gone.md").write_text("")
        assert self.check(folder) == 1
        assert "gone.md: nothing generates this file" in capsys.readouterr().out

    def test_an_untracked_page_fails(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        subprocess.run(["git", "rm", "--cached", "pages/toys.md"], cwd=folder, check=True)
        assert self.check(folder) == 1
        assert "toys.md: not tracked by git" in capsys.readouterr().out


def test_the_committed_pages_are_those() -> None:
    folder = ROOT / "docs" / "reference"
    assert {
        path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()
    } == first_party()
