"""`marotte init`: what it writes, and what it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.terminal import marotte

from marotte.cli.init import initialize
from marotte.cli.jsconfig import COMPILER_OPTIONS

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(path.name for path in (ROOT / "typings").glob("*.d.ts"))


def snapshot(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_writes_the_typings_and_the_configuration(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "scripts"
    done = marotte("init", folder)
    assert (done.returncode, done.stderr) == (0, "")
    typings = folder / "typings"
    assert sorted(path.name for path in typings.glob("*.d.ts")) == SHIPPED
    for name in SHIPPED:
        assert (typings / name).read_bytes() == (ROOT / "typings" / name).read_bytes()
    written = [typings / name for name in SHIPPED] + [folder / "jsconfig.json"]
    assert done.stdout.splitlines() == [f"wrote {path}" for path in written]


def test_the_configuration_is_strict_and_knows_no_names_but_ours(tmp_path: Path) -> None:
    assert initialize(tmp_path) == 0
    assert json.loads((tmp_path / "jsconfig.json").read_text()) == {
        "compilerOptions": {
            "checkJs": True,
            "strict": True,
            "noEmit": True,
            "target": "es2023",
            "module": "esnext",
            "moduleResolution": "bundler",
            "lib": ["es2023"],
            "types": [],
            "moduleDetection": "force",
            "skipLibCheck": False,
        }
    }


def test_the_examples_are_checked_with_the_same_options() -> None:
    config = json.loads((ROOT / "examples" / "js" / "jsconfig.json").read_text())
    assert config["compilerOptions"] == COMPILER_OPTIONS


def test_the_folder_is_by_default_the_current_one(tmp_path: Path) -> None:
    assert marotte("init", cwd=tmp_path).returncode == 0
    assert (tmp_path / "jsconfig.json").is_file()


def test_the_second_time_nothing_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert initialize(tmp_path) == 0
    before = snapshot(tmp_path)
    _ = capsys.readouterr()
    assert initialize(tmp_path) == 0
    assert snapshot(tmp_path) == before
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(SHIPPED) + 1
    assert all(line.startswith("unchanged ") for line in lines)


def test_typings_of_an_earlier_version_are_brought_up_to_date(tmp_path: Path) -> None:
    assert initialize(tmp_path) == 0
    before = snapshot(tmp_path)
    file = tmp_path / "typings" / "marotte.d.ts"
    file.write_text(file.read_text().replace("createSession", "createConversation"))
    assert initialize(tmp_path) == 0
    assert snapshot(tmp_path) == before


def test_a_changed_configuration_is_kept_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "jsconfig.json"
    config.write_text(
        json.dumps({"compilerOptions": {**COMPILER_OPTIONS, "strict": False, "jsx": "preserve"}})
    )
    before = config.read_bytes()
    assert initialize(tmp_path) == 0
    assert config.read_bytes() == before
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"kept {config}, which is your own; --force replaces it",
        "  compilerOptions.strict is false, Marotte's is true",
    ]
    assert (tmp_path / "typings" / "marotte.d.ts").is_file()


def test_an_option_that_is_absent_is_called_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {name: value for name, value in COMPILER_OPTIONS.items() if name != "checkJs"}
    (tmp_path / "jsconfig.json").write_text(json.dumps({"compilerOptions": options}))
    assert initialize(tmp_path) == 0
    assert "  compilerOptions.checkJs is absent, Marotte's is true" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "[]", "{}", "// mine\n{ }", '{"compilerOptions": 5}', "\xff"])
def test_a_configuration_that_cannot_be_read_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    config = tmp_path / "jsconfig.json"
    config.write_text(text, encoding="latin-1")
    before = config.read_bytes()
    assert initialize(tmp_path) == 0
    assert config.read_bytes() == before
    assert "  its compilerOptions cannot be read as plain JSON" in capsys.readouterr().out


def test_force_replaces_a_changed_configuration(tmp_path: Path) -> None:
    config = tmp_path / "jsconfig.json"
    config.write_text("{}")
    assert marotte("init", tmp_path, "--force").returncode == 0
    assert json.loads(config.read_text())["compilerOptions"] == COMPILER_OPTIONS


def test_a_file_of_somebody_else_is_in_the_way(tmp_path: Path) -> None:
    mine = tmp_path / "typings" / "marotte.d.ts"
    mine.parent.mkdir()
    mine.write_text("// mine")
    done = marotte("init", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{mine}: Marotte did not write it; --force replaces it\n"
    assert snapshot(tmp_path) == {mine: b"// mine"}

    assert marotte("init", tmp_path, "--force").returncode == 0
    assert mine.read_bytes() == (ROOT / "typings" / "marotte.d.ts").read_bytes()


def test_other_files_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / "typings").mkdir()
    mine = {tmp_path / "agent.mjs": b"1", tmp_path / "typings" / "mine.d.ts": b"2"}
    for path, data in mine.items():
        path.write_bytes(data)
    assert initialize(tmp_path, force=True) == 0
    assert {path: path.read_bytes() for path in mine} == mine


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "agent.mjs").write_text("")
    done = marotte("init", "agent.mjs", cwd=tmp_path)
    assert done.returncode == 64
    assert "is not a directory" in done.stderr


def test_a_folder_that_cannot_be_made_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert initialize(tmp_path / "file" / "scripts") == 1
    assert capsys.readouterr().err.startswith("marotte init: ")
