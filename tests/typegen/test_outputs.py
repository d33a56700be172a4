"""Writing and checking: stale, missing, left over and untracked files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.typegen.toys import GLOBALS, TOYS

from marotte.realm import Binding, host_function
from marotte.typegen import generate, main


@host_function
def bad(action: type) -> None:
    """Take a class of Python's."""


BAD = Binding(name="bad", module="bad", functions=[bad])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with up-to-date typings, in no working tree."""
    folder = tmp_path / "typings"
    assert main([GLOBALS, TOYS], folder, []) == 0
    return folder


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def tracked(folder: Path) -> Path:
    """The same, tracked by git."""
    git(folder, "init")
    git(folder, "add", ".")
    return folder


def check(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code of a check and what it prints; it changes nothing."""
    before = {path: path.read_bytes() for path in folder.glob("*.d.ts")}
    _ = capsys.readouterr()
    code = main([GLOBALS, TOYS], folder, ["--check"])
    assert {path: path.read_bytes() for path in folder.glob("*.d.ts")} == before
    return code, capsys.readouterr().out


def test_it_writes_what_is_generated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "typings"
    assert main([GLOBALS, TOYS], folder, []) == 0
    files = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert files == generate([GLOBALS, TOYS])
    assert capsys.readouterr().out.splitlines() == [
        f"wrote {folder / 'globals.d.ts'}",
        f"wrote {folder / 'toys.d.ts'}",
    ]


def test_it_writes_only_what_has_changed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "toys.d.ts").write_text("old")
    _ = capsys.readouterr()
    assert main([GLOBALS, TOYS], folder, []) == 0
    assert capsys.readouterr().out == f"wrote {folder / 'toys.d.ts'}\n"


def test_what_is_up_to_date_passes(tracked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tracked, capsys) == (0, "")


def test_a_folder_outside_a_working_tree_passes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(folder, capsys) == (0, "")


def test_a_stale_file_fails_with_a_diff(tracked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tracked / "toys.d.ts"
    file.write_text(file.read_text().replace("(options: BuildOptions): number", "(): number"))
    code, printed = check(tracked, capsys)
    assert code == 1
    assert printed.startswith(f"--- {file} (as it is)\n+++ {file} (as generated)\n@@")
    assert "\n-    function price(): number;\n" in printed
    assert "\n+    function price(options: BuildOptions): number;\n" in printed


def test_a_stale_line_ending_fails(tracked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tracked / "toys.d.ts"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert check(tracked, capsys)[0] == 1


def test_a_file_that_is_no_text_fails(tracked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tracked / "toys.d.ts").write_bytes(b"\xff\xfe")
    assert check(tracked, capsys)[0] == 1


def test_a_missing_file_fails(tracked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tracked / "toys.d.ts"
    file.unlink()
    code, printed = check(tracked, capsys)
    assert code == 1
    assert printed.startswith(f"{file}: missing\n--- {file}")
    assert '\n+declare module "toys" {\n' in printed


def test_an_untracked_file_fails(tracked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(tracked, "rm", "--cached", "toys.d.ts")
    assert check(tracked, capsys) == (1, f"{tracked / 'toys.d.ts'}: not tracked by git\n")


def test_an_ignored_file_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / ".gitignore").write_text("toys.d.ts\n")
    git(folder, "init")
    git(folder, "add", ".")
    assert check(folder, capsys) == (1, f"{folder / 'toys.d.ts'}: not tracked by git\n")


def test_a_file_that_nothing_generates_fails(
    tracked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tracked / "gone.d.ts"
    file.write_text("")
    assert check(tracked, capsys) == (1, f"{file}: nothing generates this file\n")


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_a_declaration_without_a_form_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert main([BAD], folder, arguments) == 1
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert capsys.readouterr().err.startswith("error: binding bad: bad(): ")


def test_an_unknown_argument_is_a_usage_error(folder: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([TOYS], folder, ["--chek"])
