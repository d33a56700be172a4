"""The example of a plugin, installed: what scripts, their authors and the host get of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.plugins.conftest import PLUGIN, ROOT, Installation
from tests.typegen.language_server import CURSOR, LanguageServer, language_server

SCRIPT = """
import { agents } from "marotte";
import { count } from "words";
agents.define("reader", (input) => 1);
const run = agents.start("reader");
"""


@pytest.fixture(scope="module")
def folder(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of scripts, made by the command that the wheel installs."""
    folder = tmp_path_factory.mktemp("scripts")
    done = installation.marotte("init", folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def editor(folder: Path) -> Iterator[LanguageServer]:
    with language_server(folder) as server:
        yield server


def refusals(installation: Installation, folder: Path, calls: list[str]) -> list[str]:
    """The error of each call, as a script sees it."""
    attempts = ", ".join(f"(ctx) => {{ {call}; }}" for call in calls)
    path = folder / "refused.mjs"
    path.write_text(
        f"""
        import {{ agents }} from "marotte";
        import {{ count }} from "words";
        agents.define("a", (_, ctx) => [{attempts}].map((attempt) => {{
          try {{ attempt(ctx); return "taken"; }} catch (error) {{ return String(error); }}
        }}));
        export default await agents.call("a");
        """,
        encoding="utf-8",
    )
    done = installation.marotte("run", "--print-result", path)
    path.unlink()
    assert done.returncode == 0, done.stderr
    told: list[str] = json.loads(done.stdout)
    return told


# -- typings --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["marotte-words", "Marotte.Words", "words"])
def test_its_typings_are_generated(installation: Installation, name: str) -> None:
    done = installation.marotte("types", "--plugin", name)
    assert (done.returncode, done.stderr) == (0, "")
    declared = [
        'declare module "words" {',
        "  export function count(text: string, options?: CountOptions | null): Counts;",
        "    /** How long the text was. */",
        '    readonly "words.counted": import("words").CountedEvent;',
    ]
    assert [line for line in declared if line not in done.stdout.splitlines()] == []
    assert 'declare module "marotte" {\n  /** The events' in done.stdout


def test_all_typings_have_its_at_the_end(installation: Installation) -> None:
    own = installation.marotte("types", "--plugin", "words").stdout
    assert installation.marotte("types").stdout.endswith(own)


def test_an_unknown_plugin_is_told_which_there_are(installation: Installation) -> None:
    done = installation.marotte("types", "--plugin", "wrods")
    assert done.returncode == 64
    assert "'wrods': no such plugin" in done.stderr
    assert "marotte-words" in done.stderr


def test_a_folder_of_scripts_has_them(installation: Installation, folder: Path) -> None:
    written = {path.relative_to(folder / "typings") for path in folder.rglob("*.d.ts")}
    shipped = {Path(path.name) for path in (ROOT / "typings").glob("*.d.ts")}
    assert written == {*shipped, Path("plugins/marotte-words.d.ts")}
    text = (folder / "typings/plugins/marotte-words.d.ts").read_text(encoding="utf-8")
    assert text == installation.marotte("types", "--plugin", "words").stdout


def test_its_scripts_are_checked(installation: Installation, folder: Path, tmp_path: Path) -> None:
    example = folder / "count.mjs"
    example.write_bytes((PLUGIN / "count.mjs").read_bytes())
    done = installation.marotte("check", cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "no errors\n", "")
    example.write_text(example.read_text().replace("minLength", "minLenght"))
    done = installation.marotte("check", cwd=folder)
    example.unlink()
    assert done.returncode == 1
    assert "'minLenght' does not exist in type 'CountOptions'" in done.stdout
    # Without a configuration, too.
    done = installation.marotte("check", PLUGIN / "count.mjs", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "no errors\n")


# -- in an editor ---------------------------------------------------------------------------------


def test_its_exports_complete(editor: LanguageServer) -> None:
    assert "count" in editor.completions(f'import {{ {CURSOR} }} from "words";')
    found = editor.completions(f'{SCRIPT} count("a", {{ {CURSOR} }});')
    assert {name: editor.documentation(item).splitlines()[0] for name, item in found.items()} == {
        "minLength": "Shorter words are left out.",
        "ignoreCase": "Whether `The` and `the` are one word.",
    }


def test_its_event_completes(editor: LanguageServer) -> None:
    names = editor.completions(f'{SCRIPT} run.on("{CURSOR}", () => {{}});', '"')
    assert {"words.counted", "text-delta", "*"} <= names.keys()
    data = editor.completions(f'{SCRIPT} run.on("words.counted", (e) => e.data.{CURSOR});', ".")
    assert data.keys() == {"characters", "counts"}
    assert editor.documentation(data["characters"]) == "How long the text was."


def emitting(event: str) -> str:
    return f"{SCRIPT} agents.define('a', (_, ctx) => ctx.emit({event}));"


def test_what_is_emitted_completes(editor: LanguageServer) -> None:
    types = editor.completions(emitting(f"{{ type: '{CURSOR}' }}"), "'")
    assert set(types) == {"words.counted", "text-delta", "reasoning-delta"}
    data = editor.completions(emitting(f"{{ type: 'words.counted', data: {{ {CURSOR} }} }}"))
    assert data.keys() == {"characters", "counts"}
    assert editor.documentation(data["characters"]) == "How long the text was."


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (", data: { characters: 5, counts: { total: 2, different: 1 } }", None),
        ("", "Property 'data' is missing"),
        (", data: {}", "characters, counts"),
        (", data: { characters: '5', counts: { total: 2, different: 1 } }", "'number'"),
        (", data: { characters: 5, counts: { total: 2, different: 1, least: 0 } }", "'least'"),
    ],
)
def test_what_is_emitted_is_checked(editor: LanguageServer, data: str, said: str | None) -> None:
    found = editor.errors(emitting(f"{{ type: 'words.counted'{data} }}"))
    assert len(found) == (said is not None)
    assert (said or "") in "".join(found)


def test_its_docstring_shows(editor: LanguageServer) -> None:
    shown = editor.hover(f'{SCRIPT} co{CURSOR}unt("a");')
    assert "count(text: string, options?: CountOptions | null): Counts" in shown
    assert "Count the words of a text." in shown
    assert "Words, with white space between them." in shown


def test_its_declaration_is_found(editor: LanguageServer, folder: Path) -> None:
    found = editor.definitions(f'{SCRIPT} co{CURSOR}unt("a");')
    assert (folder / "typings/plugins/marotte-words.d.ts", "count") in found


# -- at run time ----------------------------------------------------------------------------------


def test_its_script_runs(installation: Installation) -> None:
    done = installation.marotte("run", PLUGIN / "count.mjs")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (PLUGIN / "count.out").read_text(encoding="utf-8")


def test_its_arguments_are_checked(installation: Installation, folder: Path) -> None:
    expected = {
        "count('a b')": "taken",
        "count()": "TypeError: count(): text: is required",
        "count(5)": "TypeError: count(): text: expected a valid string, got 5",
        "count('a', { minLength: 0 })": (
            "TypeError: count(): options.minLength: expected greater than or equal to 1, got 0"
        ),
        "count('a', { minLenght: 2 })": "TypeError: count(): options.minLenght: unknown option",
    }
    assert refusals(installation, folder, list(expected)) == list(expected.values())


def test_the_payload_of_its_event_is_checked(installation: Installation, folder: Path) -> None:
    place = "TypeError: ctx.emit(): event.data"
    expected = {
        "{ characters: 5, counts: { total: 2, different: 1 } }": "taken",
        "{}": f"{place}.characters: Field required, got {{}}",
        "{ characters: '5' }": f'{place}.characters: expected a valid integer, got "5"',
        "{ characters: 5, counts: { total: 1, different: 1, most_common: 'a' } }": (
            f'{place}.counts.most_common: Extra inputs are not permitted, got "a"'
        ),
        "{ characters: 5, counts: { total: 1, different: true } }": (
            f"{place}.counts.different: expected a valid integer, got true"
        ),
    }
    calls = [f"ctx.emit({{ type: 'words.counted', data: {data} }})" for data in expected]
    assert refusals(installation, folder, calls) == list(expected.values())


def test_its_event_is_an_event_like_others(installation: Installation, folder: Path) -> None:
    path = folder / "events.mjs"
    path.write_text(f"""{SCRIPT.replace("1", 'count("to be")')}
        await run.promise;
        for await (const event of run) console.log(JSON.stringify(event));
        """)
    done = installation.marotte("run", path)
    path.unlink()
    started, counted, finished = map(json.loads, done.stdout.splitlines())
    assert [started["type"], finished["type"]] == ["run-started", "run-finished"]
    assert (counted["type"], counted["seq"], counted["runId"]) == (
        "words.counted",
        2,
        started["runId"],
    )
    assert counted["data"] == {
        "characters": 5,
        "counts": {"total": 2, "different": 2, "mostCommon": "to"},
    }
