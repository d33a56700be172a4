"""`marotte check`: which compiler it finds, what it checks, how it leaves."""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path

import pytest
from tests.cli.terminal import marotte

from marotte.cli.check import EXIT_UNAVAILABLE, find_compiler
from marotte.cli.init import initialize

ROOT = Path(__file__).parents[2]
COMPILERS = ROOT / "node_modules" / ".bin"
WITH_COMPILER = os.pathsep.join([str(COMPILERS), os.environ["PATH"]])

FINE = 'import { version } from "marotte";\nconsole.log(version.length);\n'
WRONG = 'import { version } from "marotte";\nconsole.log(version.size, document);\n'


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", WITH_COMPILER)


@pytest.fixture
def no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but what is in the environment of Python, and a cache without packages."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))


def write(folder: Path, **scripts: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in scripts.items():
        (folder / f"{name}.mjs").write_text(text, encoding="utf-8")


@pytest.mark.usefixtures("compiler")
class TestWhatIsChecked:
    def test_all_of_a_folder(self, tmp_path: Path) -> None:
        assert initialize(tmp_path) == 0
        write(tmp_path, fine=FINE)
        done = marotte("check", cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "no errors\n", "")
        write(tmp_path / "deeper", wrong=WRONG)
        done = marotte("check", cwd=tmp_path)
        assert done.returncode == 1
        assert done.stdout.splitlines()[0].startswith("deeper/wrong.mjs(2,21): error TS2339: ")
        assert "Cannot find name 'document'" in done.stdout

    def test_all_of_a_folder_without_a_configuration(self, tmp_path: Path) -> None:
        write(tmp_path, fine=FINE)
        assert marotte("check", cwd=tmp_path).returncode == 0
        write(tmp_path, wrong=WRONG)
        assert marotte("check", cwd=tmp_path).returncode == 1
        assert {path.name for path in tmp_path.iterdir()} == {"fine.mjs", "wrong.mjs"}

    @pytest.mark.parametrize("initialized", [True, False])
    def test_only_what_is_named(self, tmp_path: Path, initialized: bool) -> None:
        if initialized:
            assert initialize(tmp_path) == 0
        write(tmp_path, fine=FINE, wrong=WRONG)
        assert marotte("check", "fine.mjs", cwd=tmp_path).returncode == 0
        done = marotte("check", "fine.mjs", "wrong.mjs", cwd=tmp_path)
        assert done.returncode == 1
        assert "wrong.mjs(2,21)" in done.stdout

    def test_each_with_the_configuration_of_its_folder(self, tmp_path: Path) -> None:
        loose, strict = tmp_path / "loose", tmp_path / "strict"
        assert initialize(strict) == 0
        write(loose, implicit="export const f = (x) => x;\n")
        write(strict, implicit="export const f = (x) => x;\n")
        (loose / "jsconfig.json").write_text(
            '{"compilerOptions": {"checkJs": true, "strict": false}}'
        )
        done = marotte("check", "loose/implicit.mjs", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, "no errors\n")
        done = marotte("check", "loose/implicit.mjs", "strict/implicit.mjs", cwd=tmp_path)
        assert done.returncode == 1
        assert done.stdout.count("error TS7006") == 1

    def test_declarations_of_the_author_count(self, tmp_path: Path) -> None:
        assert initialize(tmp_path) == 0
        (tmp_path / "mine.d.ts").write_text("declare var mine: number;\n")
        write(tmp_path, uses="console.log(mine.toFixed());\n")
        assert marotte("check", "uses.mjs", cwd=tmp_path).returncode == 0

    def test_the_examples(self) -> None:
        scripts = sorted((ROOT / "examples" / "js").glob("*.*js"))
        assert marotte("check", *scripts).returncode == 0

    def test_a_script_that_is_not_there_is_a_usage_error(self, tmp_path: Path) -> None:
        done = marotte("check", "none.mjs", cwd=tmp_path)
        assert done.returncode == 64
        assert "no such file" in done.stderr


class TestWhichCompiler:
    def test_the_nearest_in_node_modules_comes_first(self, tmp_path: Path, compiler: None) -> None:
        near = tmp_path / "node_modules" / ".bin" / "tsc"
        near.parent.mkdir(parents=True)
        near.symlink_to(COMPILERS / "tsc")
        deeper = tmp_path / "a" / "b"
        deeper.mkdir(parents=True)
        assert find_compiler(deeper) == [str(near)]

    def test_then_that_on_the_path(self, tmp_path: Path, compiler: None) -> None:
        assert find_compiler(tmp_path) == [str(COMPILERS / "tsc")]

    def test_then_what_the_cache_of_npx_has(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        npx = tmp_path / "npx"
        npx.write_text('#!/bin/sh\n[ "$1" = --offline ] && echo "Version 7" && exit 0\nexit 1\n')
        npx.chmod(0o755)
        monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), "/bin"]))
        command = find_compiler(tmp_path)
        assert command is not None
        assert command[:2] == [str(npx), "--offline"]
        assert command[-1] == "tsc"

    @pytest.mark.usefixtures("no_compiler")
    def test_without_one_it_says_what_to_do(self, tmp_path: Path) -> None:
        write(tmp_path, fine=FINE)
        done = marotte("check", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (EXIT_UNAVAILABLE, "")
        assert "no TypeScript compiler was found" in done.stderr
        assert "npm install --global typescript" in done.stderr

    @pytest.mark.skipif(
        shutil.which("node", path=sysconfig.get_path("scripts")) is not None,
        reason="this environment brings Node.js, which the command finds",
    )
    @pytest.mark.usefixtures("no_compiler")
    def test_one_without_node_is_told_apart(self, tmp_path: Path) -> None:
        near = tmp_path / "node_modules" / ".bin" / "tsc"
        near.parent.mkdir(parents=True)
        near.write_text("#!/usr/bin/env node\n")
        near.chmod(0o755)
        done = marotte("check", cwd=tmp_path)
        assert done.returncode == EXIT_UNAVAILABLE
        assert f"{near} needs Node.js" in done.stderr
