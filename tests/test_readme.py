"""What the README and the guide to embedding show is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
EMBEDDING = ROOT / "docs" / "embedding.md"
AGENTS = ROOT / "docs" / "agents.md"


def blocks(document: Path, language: str) -> list[str]:
    """The blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", document.read_text("utf-8"), re.M | re.S)


def block(language: str) -> str:
    """The README's first block of code in a language."""
    return blocks(README, language)[0]


def run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_script_prints_what_stands_below_it(tmp_path: Path) -> None:
    script = tmp_path / "readme.js"
    script.write_text(block("js"), encoding="utf-8")
    assert run(Path(sys.executable).with_name("marotte"), "run", script) == block("text")
    assert len(block("js").splitlines()) <= 20


def test_the_program_that_embeds_runs(tmp_path: Path) -> None:
    program = tmp_path / "readme.py"
    program.write_text(block("python"), encoding="utf-8")
    lines = run(sys.executable, program).splitlines()
    assert lines[0] == "1 run-started"
    assert lines[-2].endswith("run-finished")
    assert lines[-1] == "hello from the host"


def test_the_guide_to_embedding_runs(tmp_path: Path) -> None:
    program = tmp_path / "embedding.py"
    first, *parts = blocks(EMBEDDING, "python")
    program.write_text(first, encoding="utf-8")
    assert run(sys.executable, program) == blocks(EMBEDDING, "text")[0]

    engine, function, use, realms, catalogue = parts
    agents = tmp_path / "agents"
    agents.mkdir()
    (agents / "plan.mjs").write_text("export default process.argv.at(-1);", encoding="utf-8")
    body = textwrap.indent(f"{engine}\nprint((await session.start('x')).text)\n{realms}", " " * 8)
    program.write_text(
        "import asyncio\n"
        "from marotte import Binding, FunctionEngine, Runtime, host_function, load_bindings\n"
        f"{function}\n"
        "async def main():\n"
        f"    async with Runtime() as runtime:\n{body}\n        print(result)\n"
        f"{textwrap.indent(use, ' ' * 4)}\n"
        "asyncio.run(main())\n",
        encoding="utf-8",
    )
    lines = run(sys.executable, program, cwd=tmp_path).splitlines()
    assert lines == ["HELLO THERE", "--fast", "['puppet 0', 'puppet 1']"]

    program.write_text(catalogue, encoding="utf-8")
    assert run(sys.executable, program).strip() == blocks(EMBEDDING, "ts")[0].strip()


def test_the_guide_to_tools_in_python_runs(tmp_path: Path) -> None:
    program = tmp_path / "agents.py"
    program.write_text(blocks(AGENTS, "python")[0], encoding="utf-8")
    assert run(sys.executable, program) == blocks(AGENTS, "text")[1]


def test_the_guide_to_tools_in_scripts_runs(tmp_path: Path) -> None:
    script = tmp_path / "agents.mjs"
    (source,) = (js for js in blocks(AGENTS, "js") if "createRegistry" in js)
    script.write_text(source, encoding="utf-8")
    command = Path(sys.executable).with_name("marotte")
    assert run(command, "run", script) == blocks(AGENTS, "text")[0]
