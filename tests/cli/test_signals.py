"""Ctrl-C and termination requests to `marotte run`."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.terminal import start, write


class TestSignals:
    @pytest.mark.parametrize("after", [0.03, 0.1, 0.3, 0.6])
    def test_ctrl_c_while_starting_shows_no_traceback(self, tmp_path: Path, after: float) -> None:
        process = start(write(tmp_path, "await new Promise(() => {})"), "--timeout", "20")
        time.sleep(after)
        for _ in range(20):
            process.send_signal(signal.SIGINT)
            time.sleep(0.2)
            if process.poll() is not None:
                break
        _, err = process.communicate(timeout=30)
        # Python itself answers until it has come to the command, and fails while it imports `site`.
        assert process.returncode in (130, -signal.SIGINT) or "import site" in err.lower()
        if process.returncode == 130:
            assert "Traceback" not in err

    def test_ctrl_c_before_the_run_began_is_an_interrupt(self, tmp_path: Path) -> None:
        interrupted = (
            "import os, signal, sys; from marotte.cli import app, main;"
            "app._check_script = lambda script: os.kill(os.getpid(), signal.SIGINT);"
            "sys.argv = ['marotte', 'run', 'script.mjs']; main()"
        )
        done = subprocess.run(
            [sys.executable, "-c", interrupted],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, "Traceback" in done.stderr) == (130, False)

    def test_ctrl_c_once_stops_and_lets_clean_up(self, tmp_path: Path) -> None:
        path = write(
            tmp_path,
            """
            import { createSession, engines } from "marotte";
            const session = createSession({ engine: engines.echo({ reply: "a b c d", delayMs: 300 }) });
            console.log("ready");
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
