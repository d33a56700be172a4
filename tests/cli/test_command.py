"""The command as a user types it: real processes, real signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

MAROTTE = Path(sys.executable).with_name("marotte")


def marotte(*args: str | Path, **options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [MAROTTE, *args],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **options},
    )


def write(folder: Path, source: str, name: str = "script.mjs") -> Path:
    path = folder / name
    path.write_text(source, encoding="utf-8")
    return path


def start(path: Path, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [MAROTTE, "run", *args, path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class TestExitCodes:
    def test_completed_is_0(self, tmp_path: Path) -> None:
        done = marotte("run", write(tmp_path, "console.log('hi')"))
        assert (done.returncode, done.stdout, done.stderr) == (0, "hi\n", "")

    def test_failed_is_1_and_shows_where(self, tmp_path: Path) -> None:
        path = write(tmp_path, "const a = 1;\nfunction f() {\n  a.b.c;\n}\nf();\n")
        done = marotte("run", path)
        assert done.returncode == 1
        assert "failed (script_error): TypeError: cannot read property 'c' of undefined" in (
            done.stderr
        )
        assert f"{path}:3:6" in done.stderr
        assert "3 |   a.b.c;" in done.stderr
        assert "at f (script.mjs:3:6)" in done.stderr

    def test_timed_out_is_2(self, tmp_path: Path) -> None:
        done = marotte("run", "--timeout", "0.1", write(tmp_path, "for (;;) {}"))
        assert done.returncode == 2
        assert "timed out (deadline)" in done.stderr

    def test_limit_reached_is_3(self, tmp_path: Path) -> None:
        source = "const kept = []; for (;;) kept.push(new Array(100).fill(0));"
        done = marotte("run", "--memory", "8", write(tmp_path, source))
        assert done.returncode == 3
        assert "memory" in done.stderr

    @pytest.mark.parametrize(
        ("args", "message"),
        [
            (["run", "no-such.mjs"], "no such file"),
            (["run", "."], "is a directory"),
            (["run", "--nonsense"], "--nonsense"),
            (["run", "--tag", "x", __file__], "expected KEY=VALUE"),
            (["run", "--timeout", "-1", __file__], "--timeout"),
            (["walk"], "walk"),
        ],
    )
    def test_usage_errors_are_64(self, args: list[str], message: str) -> None:
        done = marotte(*args)
        assert done.returncode == 64
        assert message in done.stderr
        assert done.stdout == ""

    def test_an_unhandled_rejection_is_1(self, tmp_path: Path) -> None:
        source = "Promise.reject(new Error('lost')); console.log('goes on');"
        done = marotte("run", write(tmp_path, source))
        assert (done.returncode, done.stdout) == (1, "goes on\n")
        assert "unhandled-error" in done.stderr
        assert "lost" in done.stderr

    @pytest.mark.parametrize(
        ("source", "where"),
        [("let x = ;", "script.mjs:1:9"), ("\n\nif (", "script.mjs:3:5")],
    )
    def test_a_syntax_error_names_line_and_column(
        self, tmp_path: Path, source: str, where: str
    ) -> None:
        done = marotte("run", write(tmp_path, source))
        assert done.returncode == 1
        assert "SyntaxError" in done.stderr
        assert where in done.stderr


class TestSignals:
    def test_ctrl_c_once_stops_and_lets_clean_up(self, tmp_path: Path) -> None:
        path = write(
            tmp_path,
            """
            import { createSession, engines } from "marotte";
            console.log("ready");
            const session = createSession({ engine: engines.echo({ reply: "a b c d", delayMs: 300 }) });
            try { for (;;) await session.runAsync("go"); }
            catch (error) { console.log("caught", error.name); }
            """,
        )
        process = start(path)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert process.returncode == 130
        assert "stopping…" in err
        assert "caught RunStoppedError" in out

    @pytest.mark.parametrize("source", ["for (;;) {}", "await new Promise(() => {})"])
    def test_ctrl_c_twice_cancels(self, tmp_path: Path, source: str) -> None:
        process = start(write(tmp_path, f"console.log('ready'); {source}"))
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        assert process.returncode == 130
        assert "cancelling…" in err

    def test_a_termination_request_cancels_at_once(self, tmp_path: Path) -> None:
        process = start(write(tmp_path, "console.log('ready'); for (;;) {}"))
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        assert process.returncode == 130


class TestOptions:
    def test_events_are_json_lines_with_gapless_numbers(self, tmp_path: Path) -> None:
        path = write(tmp_path, "console.log('x')")
        done = marotte("run", "--events", "jsonl", "--tag", "a=b", path)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert [event["type"] for event in events] == ["run-started", "output", "run-finished"]
        assert all(event["tags"] == {"a": "b"} for event in events)

    def test_the_result_is_the_default_export(self, tmp_path: Path) -> None:
        path = write(tmp_path, "export default { answer: 42 }")
        done = marotte("run", "--print-result", path)
        assert json.loads(done.stdout) == {"answer": 42}

    def test_a_classic_scripts_result_is_module_exports(self, tmp_path: Path) -> None:
        path = write(tmp_path, "module.exports = [1, 2]", "classic.js")
        done = marotte("run", "--print-result", path)
        assert json.loads(done.stdout) == [1, 2]

    def test_help_says_what_the_options_do(self) -> None:
        done = marotte("run", "--help")
        assert done.returncode == 0
        for word in (
            "--timeout",
            "--tag",
            "--print-result",
            "--events",
            "--allow-env",
            "Exit codes",
        ):
            assert word in done.stdout

    def test_version(self) -> None:
        done = marotte("--version")
        assert done.returncode == 0
        assert done.stdout.startswith("marotte ")


def test_doctor_finds_everything_in_order() -> None:
    done = marotte("doctor")
    assert done.returncode == 0, done.stdout
    assert "an endless loop is ended by its deadline" in done.stdout


def test_a_script_outside_of_its_root_is_not_imported(tmp_path: Path) -> None:
    write(tmp_path, "export const secret = 1;", "outside.mjs")
    inside = tmp_path / "inside"
    inside.mkdir()
    path = write(inside, 'import { secret } from "../outside.mjs"; console.log(secret);')
    done = marotte("run", path)
    assert done.returncode == 1
    assert "lies outside of the script's root" in done.stderr
    assert done.stdout == ""
