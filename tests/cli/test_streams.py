"""Output of `marotte run` for readers of all kinds, and for none."""

from __future__ import annotations

import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from tests.cli.terminal import MAROTTE, marotte, start, write


class TestStreams:
    @pytest.mark.parametrize("redirect", ["", "2>&1"])
    @pytest.mark.parametrize("options", [(), ("--events", "jsonl")])
    def test_a_reader_that_leaves_early_ends_the_run_quietly(
        self, tmp_path: Path, options: tuple[str, ...], redirect: str
    ) -> None:
        source = "for (let i = 0; ; i++) { console.log('line', i); await null; }"
        path = write(tmp_path, source)
        command = f'"{MAROTTE}" run {" ".join(options)} "{path}" {redirect} | head -n 1'
        done = subprocess.run(
            ["bash", "-c", f"{command}; echo ${{PIPESTATUS[0]}} >&2"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert len(done.stdout.splitlines()) == 1
        assert done.stderr == "130\n"

    @pytest.mark.parametrize("ask", ["--timeout", "SIGINT", "SIGTERM"])
    def test_a_run_ends_while_nobody_reads_and_nothing_is_lost(
        self, tmp_path: Path, ask: str
    ) -> None:
        source = "for (let i = 0; i < 300; i++) console.log('line', i, 'x'.repeat(1000)); console.warn('full');"
        source += "try { for (;;) await new Promise((r) => setTimeout(r, 5)) } finally { console.log('end') }"
        options = ("--timeout", "4") if ask == "--timeout" else ()
        process = start(write(tmp_path, source), *options)
        assert process.stderr is not None
        assert process.stderr.readline() == "full\n"
        if ask != "--timeout":
            process.send_signal(getattr(signal, ask))
        status = {"--timeout": "timed out", "SIGINT": "stopped", "SIGTERM": "stopped"}[ask]
        while status not in (line := process.stderr.readline()):
            assert line
        assert process.poll() is None
        out, _ = process.communicate(timeout=30)
        assert process.returncode == (2 if ask == "--timeout" else 130)
        lines = out.splitlines()
        assert lines[:300] == [f"line {i} {'x' * 1000}" for i in range(300)]
        assert lines[300:] in (["end"], [])

    def test_who_does_not_read_can_be_left_once_the_run_is_over(self, tmp_path: Path) -> None:
        path = write(tmp_path, "for (let i = 0; i < 20000; i++) console.log('line', i);")
        process = start(path)
        assert process.stdout is not None
        assert process.stdout.readline() == "line 0\n"
        for _ in range(50):
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
                break
        # Asked more often than needed, it may be interrupted on its way out.
        assert process.returncode in (0, 130, -signal.SIGINT)
        process.communicate(timeout=30)

    def test_nobody_reading_errors_is_no_error(self, tmp_path: Path) -> None:
        path = write(tmp_path, "console.log('hi'); throw new Error('x')")
        done = subprocess.run(
            ["bash", "-c", f'("{MAROTTE}" run "{path}" 2>&1 >&3; echo $? >&3) 3>&1 | exec true'],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.stderr == ""

    def test_text_that_the_terminal_has_no_letters_for_is_escaped(self, tmp_path: Path) -> None:
        path = write(tmp_path, "console.log('caf\u00e9'); throw new Error('na\u00efve')")
        done = marotte("run", path, PYTHONIOENCODING="ascii")
        assert (done.returncode, done.stdout) == (1, "caf\\xe9\n")
        assert "na\\xefve" in done.stderr

    def test_output_and_complaints_go_their_own_ways(self, tmp_path: Path) -> None:
        path = write(tmp_path, "console.log('a'); console.warn('b'); console.error('c');")
        done = marotte("run", path)
        assert (done.stdout, done.stderr) == ("a\n", "b\nc\n")

    @pytest.mark.parametrize(
        ("source", "told"),
        [
            ("run.promise.catch(() => {}); await null; throw new Error('boom')", "failed"),
            ("run.promise; for (;;) {}", "timed out"),
            ("const kept = []; for (;;) kept.push(new Array(1e5).fill(1))", "limit reached"),
        ],
    )
    def test_beside_the_report_there_is_no_log(
        self, tmp_path: Path, source: str, told: str
    ) -> None:
        begin = """
            import { createSession, engines } from "marotte";
            const engine = engines.echo({ reply: "a b c", delayMs: 500 });
            const run = createSession({ engine }).start("x");
        """
        done = marotte("run", "--timeout", "5", write(tmp_path, begin + source))
        assert done.stderr.startswith(told)
        assert "closed while" not in done.stderr
        assert "discarded" not in done.stderr
