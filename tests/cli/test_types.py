"""`marotte types`: what is printed. Plugins are in `tests/plugins`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.terminal import marotte

TYPINGS = Path(__file__).parents[2] / "typings"


def test_it_prints_all_that_scripts_have() -> None:
    done = marotte("types")
    texts = [path.read_text(encoding="utf-8") for path in sorted(TYPINGS.glob("*.d.ts"))]
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n".join(texts), "")


def test_it_writes_a_file(tmp_path: Path) -> None:
    out = tmp_path / "new" / "all.d.ts"
    done = marotte("types", "--out", out)
    assert (done.returncode, done.stdout) == (0, f"wrote {out}\n")
    assert out.read_text(encoding="utf-8") == marotte("types").stdout


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    done = marotte("types", "--out", tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("marotte types: ")


def test_an_unknown_plugin_is_a_usage_error() -> None:
    done = marotte("types", "--plugin", "no-such")
    assert (done.returncode, done.stdout) == (64, "")
    assert "'no-such': no such plugin" in done.stderr
