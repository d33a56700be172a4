"""The command as a user types it: real processes, real signals."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from tests.cli.terminal import MAROTTE, marotte


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
            (["run", "--timeout", "inf", __file__], "expected a finite number"),
            (["run", "--tag", f"a={'x' * 2000}", __file__], "tags.a"),
            (["run", "--memory", "0", __file__], "--memory"),
            (["run", "--events", "xml", __file__], "--events"),
            (["run"], "SCRIPT"),
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


class TestErrors:
    """What is shown of an error, wherever in the script it came from."""

    def test_an_imported_file_is_shown(self, tmp_path: Path) -> None:
        (tmp_path / "lib").mkdir()
        write(tmp_path, "export function f() {\n  null.x;\n}\n", "lib/x.mjs")
        done = marotte("run", write(tmp_path, 'import { f } from "./lib/x.mjs";\nf();\n'))
        assert done.returncode == 1
        assert f"--> {tmp_path}/lib/x.mjs:2:7" in done.stderr
        assert "2 |   null.x;\n    |       ^" in done.stderr
        assert "at f (lib/x.mjs:2:7)" in done.stderr

    def test_a_syntax_error_in_an_imported_file_is_shown(self, tmp_path: Path) -> None:
        write(tmp_path, "let x = 1;\nlet y = ;\n", "bad.mjs")
        done = marotte("run", write(tmp_path, 'import "./bad.mjs";'))
        assert done.returncode == 1
        assert "SyntaxError" in done.stderr
        assert "2 | let y = ;\n    |         ^" in done.stderr

    def test_an_agents_file_is_shown(self, tmp_path: Path) -> None:
        write(tmp_path, "export default () => {\n  nothing();\n};\n", "agent.mjs")
        source = """
            import { agents } from "marotte";
            agents.define("agent", "./agent.mjs");
            await agents.call("agent");
        """
        done = marotte("run", write(tmp_path, source))
        assert done.returncode == 1
        assert "failed (script_error): ReferenceError: 'nothing' is not defined" in done.stderr
        assert "2 |   nothing();" in done.stderr
        assert done.stderr.count("agent.mjs:2:3") == 2

    def test_a_script_behind_a_link_is_shown(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        write(tmp_path, "null.x;", "real/script.mjs")
        link = tmp_path / "link.mjs"
        link.symlink_to("real/script.mjs")
        done = marotte("run", link)
        assert "1 | null.x;" in done.stderr

    def test_of_a_very_long_line_only_the_place_is_shown(self, tmp_path: Path) -> None:
        source = f"const a = '{'x' * 5000}'; null.x; const b = '{'y' * 5000}';"
        done = marotte("run", write(tmp_path, source))
        line = next(line for line in done.stderr.splitlines() if line.startswith("  1 | "))
        mark = next(line for line in done.stderr.splitlines() if line.rstrip().endswith("^"))
        assert len(line) < 200
        assert line[mark.index("^") - 4 :].startswith("null.x;")

    def test_what_is_thrown_and_its_causes_are_told(self, tmp_path: Path) -> None:
        path = write(tmp_path, "throw new Error('out', { cause: new TypeError('in') });")
        told = marotte("run", path).stderr
        assert "failed (script_error): Error: out" in told
        assert "caused by TypeError: in" in told
        path = write(tmp_path, "throw { a: 1 };")
        assert 'threw {"a":1}' in marotte("run", path).stderr

    def test_a_cause_that_crossed_the_host_is_shown_in_its_column(self, tmp_path: Path) -> None:
        engine = 'engines.fromFunction(() => { throw new Error("lost"); })'
        run = f"createSession({{ engine: {engine} }}).run('x')"
        source = (
            'const { createSession, engines } = require("marotte"); '
            f"try {{ {run}; }} catch (error) {{ throw new Error('out', {{ cause: error.cause }}); }}"
        )
        told = marotte("run", write(tmp_path, source, "script.cjs")).stderr
        lost = told.partition("caused by Error: lost")[2]
        column = source.index('("lost")') + 1
        assert f"at <anonymous> (script.cjs:1:{column})" in lost

    def test_an_error_of_a_timer_is_told_while_the_script_goes_on(self, tmp_path: Path) -> None:
        source = "setTimeout(() => nothing(), 1); setTimeout(() => console.log('on'), 20);"
        done = marotte("run", write(tmp_path, source))
        assert (done.returncode, done.stdout) == (1, "on\n")
        assert "unhandled-error: ReferenceError" in done.stderr
        assert "at <anonymous> (script.mjs:1:" in done.stderr

    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ("throw 'lost'", "lost"),
            ("throw null", "threw null"),
            ("throw new Error('lost')", "Error: lost"),
            ("Promise.reject(new Error('lost'))", "Error: lost"),
            ("Promise.reject('lost')", "lost"),
            ("setTimeout(() => { throw new Error('lost') }, 1)", "Error: lost"),
        ],
    )
    def test_an_error_is_told_once_with_its_place(
        self, tmp_path: Path, source: str, message: str
    ) -> None:
        done = marotte("run", write(tmp_path, source))
        assert done.returncode == 1
        shown = [line for line in done.stderr.splitlines() if line != f"  1 | {source}"]
        assert sum(message in line for line in shown) == 1
        assert done.stderr.count("failed (script_error)") == 1
        if "new Error" in source:
            assert done.stderr.count("at <anonymous> (script.mjs:1:") == 1
            assert done.stderr.count(f"  1 | {source}") == 1

    def test_a_file_that_is_no_text_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "binary.mjs"
        path.write_bytes(b"\xff\xfe\x00")
        done = marotte("run", path)
        assert done.returncode == 1
        assert "'binary.mjs' is not UTF-8 text" in done.stderr

    def test_colours_are_for_terminals_that_want_them(self, tmp_path: Path) -> None:
        path = write(tmp_path, "null.x")
        assert "\x1b[" not in marotte("run", path).stderr
        assert "\x1b[" in marotte("run", path, FORCE_COLOR="1").stderr
        assert "\x1b[31m" not in marotte("run", path, FORCE_COLOR="1", NO_COLOR="1").stderr


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

    @pytest.mark.parametrize(
        ("source", "why"),
        [
            ("const a = {}; a.a = a; export default a;", "TypeError: circular reference"),
            ("export default 1n;", "TypeError: a bigint cannot cross"),
        ],
    )
    def test_a_result_that_is_no_json_is_told_and_fails_nothing(
        self, tmp_path: Path, source: str, why: str
    ) -> None:
        done = marotte("run", write(tmp_path, f"{source} console.log('all done');"))
        assert (done.returncode, done.stdout) == (0, "all done\n")
        assert "no-result: the script's export" in done.stderr
        assert why in done.stderr

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

    def test_arguments_and_options_of_the_script_are_its_own(self, tmp_path: Path) -> None:
        folder = tmp_path / "a folder"
        folder.mkdir()
        path = write(folder, "console.log(JSON.stringify(process.argv))", "s p.mjs")
        done = marotte("run", path, "x y", "--timeout", "5")
        assert json.loads(done.stdout) == ["marotte", str(path), "x y", "--timeout", "5"]

    def test_the_environment_is_as_far_as_it_was_granted(self, tmp_path: Path) -> None:
        path = write(tmp_path, "console.log(process.env.ONE, process.env.TWO)")
        done = marotte("run", "--allow-env", "ONE", path, ONE="1", TWO="2")
        assert done.stdout == "1 undefined\n"

    def test_the_result_of_a_run_that_failed_is_not_printed(self, tmp_path: Path) -> None:
        path = write(tmp_path, "export default 1; Promise.reject(new Error('lost'));")
        done = marotte("run", "--print-result", path)
        assert (done.returncode, done.stdout) == (1, "")

    def test_events_tell_of_the_end_whatever_it_is(self, tmp_path: Path) -> None:
        done = marotte("run", "--events", "jsonl", write(tmp_path, "throw new Error('x')"))
        last = json.loads(done.stdout.splitlines()[-1])
        assert (last["type"], last["status"]) == ("run-finished", "failed")
        assert done.returncode == 1

    def test_tools_of_the_host_come_from_files_and_modules(self, tmp_path: Path) -> None:
        tools = write(
            tmp_path,
            "from marotte import tool\nfrom marotte.inference import FunctionTool\n\n"
            "@tool\ndef double(n: int) -> int:\n    return n * 2\n",
            "host_tools.py",
        )
        script = write(
            tmp_path,
            "import { tools } from 'marotte';"
            "const registry = tools.createRegistry().useHostTools(['double']);"
            "console.log(registry.call('double', { n: 21 }));",
        )
        assert marotte("run", "--tools", tools, script).stdout == "42\n"
        found = marotte("run", "--tools", "host_tools", script, PYTHONPATH=str(tmp_path))
        assert found.stdout == "42\n"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("x = 1", "expected functions with @tool, found none"),
            ("x = ", "SyntaxError"),
            ("raise RuntimeError('broken')", "RuntimeError: broken"),
            (None, "FileNotFoundError"),
        ],
    )
    def test_a_file_without_tools_is_a_usage_error(
        self, tmp_path: Path, text: str | None, message: str
    ) -> None:
        tools = tmp_path / "t.py"
        if text is not None:
            tools.write_text(text, encoding="utf-8")
        done = marotte("run", "--tools", tools, write(tmp_path, "1"))
        assert done.returncode == 64
        assert message in " ".join(done.stderr.replace("│", " ").split())

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
