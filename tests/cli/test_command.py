"""The command as a user types it: real processes, real signals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.terminal import marotte, write


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
            (["run", "--nonsense"], "No such option: --nonsense"),
            (["run", "-x", __file__], "No such option: -x"),
            (["run", "--", "-y.mjs"], "-y.mjs: no such file"),
            (["run", "--timeout", "5", "--", "--timeuot"], "--timeuot: no such file"),
            (["run", "--timeuot", "5", "--", __file__], "Did you mean --timeout?"),
            (["run", "--timeuot", "5", "--", "--timeuot"], "Did you mean --timeout?"),
            (["run", "-"], "-: no such file"),
            (["run", "-", "--", "x"], "-: no such file"),
            (["run", "--timeuot", "5", __file__], "Did you mean --timeout?"),
            (["run", "--timeuot=5", __file__], "No such option: --timeuot"),
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


ASKING = """
    import { agents } from "marotte";
    agents.define("agent", "./agent.mjs");
    console.log("asking");
    console.log(await agents.call("agent", 1));
"""
AGENT = """
    export default async () => {
        console.log("in the agent");
        console.error("trouble");
        return "answered";
    }
"""


class TestAgents:
    """What agent files do in runs of their own is shown like what the script does."""

    def test_what_they_write_is_shown_in_its_place(self, tmp_path: Path) -> None:
        write(tmp_path, AGENT, "agent.mjs")
        done = marotte("run", write(tmp_path, ASKING))
        assert (done.returncode, done.stderr) == (0, "trouble\n")
        assert done.stdout == "asking\nin the agent\nanswered\n"

    def test_what_those_below_them_write_is_shown(self, tmp_path: Path) -> None:
        write(tmp_path, AGENT, "last.mjs")
        between = """
            import { agents } from "marotte";
            agents.define("last", "./last.mjs");
            export default () => agents.call("last");
        """
        write(tmp_path, between, "agent.mjs")
        done = marotte("run", write(tmp_path, ASKING))
        assert done.stdout == "asking\nin the agent\nanswered\n"

    def test_an_error_that_they_left_unhandled_is_told_once(self, tmp_path: Path) -> None:
        agent = 'export default () => { Promise.reject(new Error("stray")); };'
        write(tmp_path, agent, "agent.mjs")
        done = marotte("run", write(tmp_path, ASKING))
        assert done.returncode == 1
        assert "unhandled-error: Error: stray" in done.stderr
        assert done.stderr.count("at default (agent.mjs:1:") == 1
        assert "failed (script_error): nothing handled the error above" in done.stderr


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

    def test_a_circle_of_causes_is_told_once(self, tmp_path: Path) -> None:
        source = "const a = new Error('a'), b = new Error('b'); a.cause = b; b.cause = a; throw a;"
        told = marotte("run", write(tmp_path, source)).stderr
        assert told.count("  1 | ") == 2
        assert told.count("caused by") == 1
        told = marotte("run", write(tmp_path, "const a = {}; throw a;")).stderr
        assert told == "failed (script_error): threw {}\n"

    def test_a_rejection_of_a_runs_error_has_a_place(self, tmp_path: Path) -> None:
        source = """import { createSession, engines } from "marotte";
            const engine = engines.fromFunction(function eng() { throw new Error("lost"); });
            createSession({ engine }).runAsync("x");
        """
        unhandled, _, failed = marotte("run", write(tmp_path, source)).stderr.partition("failed (")
        assert unhandled.startswith("unhandled-error: EngineError: Error: lost")
        assert "at eng (script.mjs:2:" in unhandled
        assert failed == "script_error): nothing handled the error above\n"

    @pytest.mark.parametrize(
        ("engine", "options", "told"),
        [
            ("engines.echo({ delayMs: 5000 })", "{ timeoutMs: 20 }", "RunTimeoutError: context"),
            ("engines.fromFunction(() => { throw 'no luck' })", "{}", "EngineError: no luck"),
        ],
    )
    def test_where_a_run_was_started_is_the_place_of_an_error_that_has_no_other(
        self, tmp_path: Path, engine: str, options: str, told: str
    ) -> None:
        source = f"""import {{ createSession, engines }} from "marotte";
            const session = createSession({{ engine: {engine} }});
            await session.runAsync("x", {options});
        """
        done = marotte("run", write(tmp_path, source)).stderr
        assert done.startswith(f"failed (script_error): {told}")
        assert done.count("at <anonymous> (script.mjs:3:") == 1
        assert "caused by" not in done

    def test_an_error_without_a_place_has_that_of_its_cause(self, tmp_path: Path) -> None:
        source = "const error = new Error('out', { cause: new Error('in') }); error.stack = '';"
        done = marotte("run", write(tmp_path, f"{source}\nPromise.reject(error);"))
        unhandled, _, failed = done.stderr.partition("failed (")
        assert "at <anonymous> (script.mjs:1:" in unhandled
        assert failed == "script_error): nothing handled the error above\n"

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


class TestOptions:
    def test_events_are_json_lines_with_gapless_numbers(self, tmp_path: Path) -> None:
        path = write(tmp_path, "console.log('x')")
        done = marotte("run", "--events", "jsonl", "--tag", "a=b", path)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert [event["type"] for event in events] == ["run-started", "output", "run-finished"]
        assert all(event["tags"] == {"a": "b"} for event in events)

    def test_events_of_the_runs_below_are_among_them(self, tmp_path: Path) -> None:
        write(tmp_path, AGENT, "agent.mjs")
        done = marotte("run", "--events", "jsonl", write(tmp_path, ASKING))
        events = [json.loads(line) for line in done.stdout.splitlines()]
        top, agent = events[0]["runId"], next(e for e in events if "childRunId" in e)["childRunId"]
        told = [event["text"] for event in events if event["type"] == "output"]
        assert told == ["asking", "in the agent", "trouble", "answered"]
        assert {event["runId"] for event in events if event.get("parentRunId") == top} == {agent}
        for run in (top, agent):
            seqs = [event["seq"] for event in events if event["runId"] == run]
            assert seqs == list(range(1, len(seqs) + 1))
        assert (events[-1]["type"], events[-1]["runId"]) == ("run-finished", top)

    def test_the_result_is_the_default_export(self, tmp_path: Path) -> None:
        path = write(tmp_path, "export default { answer: 42 }")
        done = marotte("run", "--print-result", path)
        assert json.loads(done.stdout) == {"answer": 42}

    def test_behind_json_lines_the_result_is_one(self, tmp_path: Path) -> None:
        path = write(tmp_path, "export default { a: [1, 2], é: '\\u2028\\n' }")
        done = marotte("run", "--events", "jsonl", "--print-result", path)
        *events, last = [json.loads(line) for line in done.stdout.split("\n")[:-1]]
        assert events[-1]["type"] == "run-finished"
        assert last == {"result": {"a": [1, 2], "é": "\u2028\n"}}

    def test_behind_json_lines_of_a_run_that_failed_there_is_no_result(
        self, tmp_path: Path
    ) -> None:
        path = write(tmp_path, "export default 1; throw new Error('no')")
        done = marotte("run", "--events", "jsonl", "--print-result", path)
        assert json.loads(done.stdout.splitlines()[-1])["status"] == "failed"

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

    def test_a_script_may_have_the_name_of_an_option(self, tmp_path: Path) -> None:
        write(tmp_path, "console.log('run')", "--x.mjs")
        assert marotte("run", "--x.mjs", cwd=tmp_path).stdout == "run\n"
        assert marotte("run", "--", "--x.mjs", cwd=tmp_path).stdout == "run\n"

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
        twice = marotte("run", "--tools", tools, "--tools", tools, script)
        assert (twice.returncode, twice.stdout) == (64, "")
        assert "double" in twice.stderr

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
