"""`marotte types`: what is printed. Plugins are in `tests/plugins`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.terminal import marotte

ROOT = Path(__file__).parents[2]
TYPINGS = ROOT / "typings"
TOOLS = ROOT / "examples" / "js" / "12_host_tools.py"


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


def test_tools_of_a_file_are_added_to_those_of_the_host() -> None:
    done = marotte("types", "--tools", TOOLS)
    assert (done.returncode, done.stderr) == (0, "")
    declared = [
        'declare module "marotte" {',
        "  export namespace tools_of_12_host_tools {",
        "      /** Find out whether a number is prime. */",
        "      is_prime(args: IsPrimeInput): Promise<boolean>;",
        "  interface HostTools extends tools_of_12_host_tools.Tools {",
    ]
    assert [line for line in declared if line not in done.stdout.splitlines()] == []


def test_a_folder_that_has_them_checks_calls(tmp_path: Path) -> None:
    assert marotte("init", tmp_path).returncode == 0
    out = tmp_path / "typings" / "tools.d.ts"
    assert marotte("types", "--tools", TOOLS, "--out", out).returncode == 0
    script = tmp_path / "script.mjs"
    call = """
        import { tools } from "marotte";
        const registry = tools.createRegistry().useHostTools(["is_prime"]);
        export default registry.call("is_prime", { number: 7 }) === true;
        """
    script.write_text(call)
    done = marotte("check", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "no errors\n")
    script.write_text(call.replace("number:", "nubmer:"))
    done = marotte("check", cwd=tmp_path)
    assert done.returncode == 1
    assert "'nubmer' does not exist in type 'IsPrimeInput'" in done.stdout


def test_tools_of_two_files_are_told_apart(tmp_path: Path) -> None:
    more = tmp_path / "more.py"
    more.write_text("from marotte import tool\n@tool\ndef ping() -> None: ...\n")
    done = marotte("types", "--tools", TOOLS, "--tools", more)
    assert "interface HostTools extends tools_of_more.Tools {" in done.stdout
    assert "interface HostTools extends tools_of_12_host_tools.Tools {" in done.stdout
    twice = marotte("types", "--tools", more, "--tools", more)
    assert (twice.returncode, twice.stdout) == (64, "")
    assert "ping" in twice.stderr


def test_a_file_without_tools_is_a_usage_error(tmp_path: Path) -> None:
    empty = tmp_path / "empty.py"
    empty.write_text("")
    done = marotte("types", "--tools", empty)
    assert (done.returncode, done.stdout) == (64, "")
    assert "expected functions with @tool" in done.stderr


def test_an_unknown_plugin_is_a_usage_error() -> None:
    done = marotte("types", "--plugin", "no-such")
    assert (done.returncode, done.stdout) == (64, "")
    assert "'no-such': no such plugin" in done.stderr
