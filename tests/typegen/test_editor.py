"""What authors of scripts get in an editor, in a folder that `marotte init` has made."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from tests.typegen.language_server import CURSOR, LanguageServer
from tests.typegen.live import host_classes

from marotte.events import EVENT_OF, EVENT_TYPES, PluginEvent
from marotte.host import load_bindings
from marotte.realm import HostFunction
from marotte.runs import RunOptions
from marotte.typegen.docs import Doc, parse_doc

SESSION = """
import { createSession, engines, agents, tools } from "marotte";
import * as marotte from "marotte";
const session = createSession({ engine: engines.echo() });
const run = session.start("hi");
"""


def script(last: str) -> str:
    return SESSION + last


def words(text: str) -> str:
    """A text as it reads, wherever its lines end and however its Markdown is escaped."""
    return " ".join(text.replace("\\", "").split())


def aliases(model: type[BaseModel]) -> dict[str, str]:
    """The description of each field by its name in JavaScript."""
    fields = model.model_fields.items()
    return {f.serialization_alias or f.alias or name: f.description or "" for name, f in fields}


# -- completion -----------------------------------------------------------------------------------


def test_the_members_of_a_run(editor: LanguageServer) -> None:
    found = editor.completions(script(f"run.{CURSOR}"), ".")
    members = {member.name for member in host_classes()["RunHandle"].js_class.members}
    assert {"promise", "cancel", "stop", "on", "once", "off", "status", "usage"} <= found.keys()
    assert members - {"events"} <= found.keys()
    assert found.keys() - members == {"Symbol"}


def test_the_exports_of_the_module(editor: LanguageServer) -> None:
    found = editor.completions(f'import {{ {CURSOR} }} from "marotte";')
    (core,) = (binding for binding in load_bindings() if binding.module == "marotte")
    assert set(core.exported) <= found.keys()


@pytest.mark.parametrize("method", ["on", "once", "off"])
def test_the_names_of_events(editor: LanguageServer, method: str) -> None:
    found = editor.completions(script(f'run.{method}("{CURSOR}", () => {{}})'), '"')
    assert set(found) == {*EVENT_TYPES, "*"}


@pytest.mark.parametrize(
    "call",
    [
        "session.start('', { <> })",
        "session.run('', { <> })",
        "session.runAsync('', { <> })",
        "agents.call('x', null, { <> })",
        "agents.start('x', null, { <> })",
    ],
)
def test_the_options_of_a_run(editor: LanguageServer, call: str) -> None:
    found = editor.completions(script(call.replace("<>", CURSOR)))
    options = aliases(RunOptions)
    assert set(found) == set(options)
    unsaid = {
        name
        for name, item in found.items()
        if words(options[name]) not in words(editor.documentation(item))
    }
    assert unsaid == set()


def test_the_options_of_one_inference(editor: LanguageServer) -> None:
    found = editor.completions(script(f"marotte.runInference(engines.echo(), 'x', {{ {CURSOR} }})"))
    around = {"middlewares", "tools", "toolLoop", "toolHooks"}
    assert set(found) == {*aliases(RunOptions), *around}


def test_the_words_of_an_option(editor: LanguageServer) -> None:
    found = editor.completions(script(f'session.start("", {{ onBusy: "{CURSOR}" }})'), '"')
    assert set(found) == {"reject", "enqueue", "supersede"}


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_the_fields_of_an_event(editor: LanguageServer, name: str) -> None:
    fields = aliases(EVENT_TYPES[name])
    found = editor.completions(script(f'run.on("{name}", (e) => e.{CURSOR})'), ".")
    assert set(found) == set(fields)
    shown = {field: editor.documentation(item) for field, item in found.items() if field != "type"}
    del fields["type"]
    assert {k: words(v) for k, v in shown.items()} == {k: words(v) for k, v in fields.items()}


def test_the_fields_that_all_events_have(editor: LanguageServer) -> None:
    found = editor.completions(script(f'run.on("*", (e) => e.{CURSOR})'), ".")
    every = set.intersection(*(set(aliases(event)) for event in EVENT_TYPES.values()))
    assert set(found) == every


def test_a_switch_over_the_type_completes_and_narrows(editor: LanguageServer) -> None:
    cases = f'switch (e.type) {{ case "{CURSOR}": }}'
    assert (
        set(EVENT_TYPES) <= editor.completions(script(f'run.on("*", (e) => {{ {cases} }})')).keys()
    )
    narrowed = f'run.on("*", (e) => e.type === "text-delta" && e.{CURSOR})'
    assert "delta" in editor.completions(script(narrowed), ".")


def test_the_globals_are_those_of_a_realm(editor: LanguageServer) -> None:
    found = editor.completions(script(CURSOR))
    assert {"console", "setTimeout", "AbortController", "structuredClone"} <= found.keys()
    assert not {"document", "window", "localStorage", "Buffer", "__dirname"} & found.keys()


# -- hover ----------------------------------------------------------------------------------------


def test_hover_shows_the_whole_docstring(editor: LanguageServer) -> None:
    shown = words(editor.hover(script(f"session.st{CURSOR}art('x')")))
    members = {member.name: member for member in host_classes()["Session"].js_class.members}
    docstring = inspect.getdoc(members["start"].function.function)
    assert docstring is not None
    for line in re.sub(r"(?m)^(Args|Raises|Returns|Example):\n", "", docstring).splitlines():
        said = re.sub(r"^\w+: ", "", line.strip())
        assert words(said.replace("``", "`")) in shown


def said(doc: Doc) -> list[str]:
    """All that a declaration says of itself, piece by piece."""
    pieces = [doc.text, doc.returns, *(text for _, text in (*doc.parameters, *doc.raises))]
    return [words(piece) for piece in pieces if piece]


def functions() -> dict[str, HostFunction[..., object]]:
    """Every function that the module offers, by the expression that names it."""
    (core,) = (binding for binding in load_bindings() if binding.module == "marotte")
    found = {
        f"marotte.{each.js_name}": each
        for each in (*core.functions, *core.declared)
        if not each.js_name.startswith("_")
    }
    for members in (core.namespaces, core.declared_namespaces):
        for name, declared in members.items():
            found |= {f"marotte.{name}.{each.js_name}": each for each in declared}
    for name, cls in host_classes().items():
        made = f'(/** @type {{import("marotte").{name}}} */ (/** @type {{unknown}} */ (null)))'
        of_class = [member for member in cls.js_class.members if member.kind != "iterator"]
        found |= {f"{made}.{member.name}": member.function for member in of_class}
    return found


@pytest.mark.parametrize("expression", functions())
def test_hover_says_what_the_declaration_says(editor: LanguageServer, expression: str) -> None:
    declared = functions()[expression]
    names = {parameter.name: parameter.js_name for parameter in declared.parameters}
    doc = parse_doc(declared.function.__doc__, names)
    shown = words(editor.hover(script(f"{expression}{CURSOR}")))
    assert doc.text
    assert [piece for piece in said(doc) if piece not in shown] == []


# -- the rest -------------------------------------------------------------------------------------


def test_signature_help_follows_the_parameters(editor: LanguageServer) -> None:
    label, shown, parameter = editor.signature(script(f"session.start('x', {CURSOR})"))
    assert label.startswith("start(seed?: ")
    assert label.endswith("RunHandle<marotte.AnsweredTurn<marotte.JsonValue | undefined>>")
    assert shown.startswith("Start a run.")
    assert parameter == 1
    assert editor.signature(script(f"session.start({CURSOR})"))[2] == 0


@pytest.mark.parametrize(
    ("text", "file", "word"),
    [
        (f"session.st{CURSOR}art('x')", "marotte.d.ts", "start"),
        (f"marotte.create{CURSOR}Session", "marotte.d.ts", "createSession"),
        (f"engines.ec{CURSOR}ho()", "marotte.d.ts", "echo"),
        (f"session.start('', {{ timeout{CURSOR}Ms: 5 }})", "marotte.d.ts", "timeoutMs"),
        (f"run.on('text-delta', (e) => e.del{CURSOR}ta)", "marotte.d.ts", "delta"),
        (f"new Abort{CURSOR}Controller()", "globals.d.ts", "AbortController"),
        (f"con{CURSOR}sole.log()", "globals.d.ts", "console"),
    ],
)
def test_go_to_definition_lands_in_the_typings(
    editor: LanguageServer, folder: Path, text: str, file: str, word: str
) -> None:
    found = editor.definitions(script(text))
    assert (folder / "typings" / file, word) in found
    assert {path.parent for path, _ in found} == {folder / "typings"}


def test_mistakes_are_underlined(editor: LanguageServer) -> None:
    assert editor.errors(script("console.log(await run.promise);")) == []
    (unknown,) = editor.errors(script("session.start('', { timeout: 5 });"))
    assert "'timeout' does not exist in type 'RunOptions<JsonSchema>'" in unknown
    (absent,) = editor.errors(script("document.title;"))
    assert "Cannot find name 'document'" in absent


@pytest.mark.parametrize(
    ("nth", "right", "wrong"),
    [
        (0, "{ a: 1 });", "{ b: 1 });"),
        (1, "output.celsius", "output.kelvin"),
        (2, "event.delta", "event.text"),
        (3, "input.topic", "input.topik"),
    ],
)
def test_the_scripts_on_the_page_about_editors_have_no_mistakes(
    editor: LanguageServer, nth: int, right: str, wrong: str
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "editor.md").read_text(encoding="utf-8")
    shown = script(re.findall(r"```js\n(.*?)```", page, re.DOTALL)[nth])
    assert editor.errors(shown) == []
    (found,) = editor.errors(shown.replace(right, wrong))
    assert re.split(r"\W+", wrong)[1] in found


def test_every_event_class_has_a_type_here() -> None:
    """What the fields are compared for is all that a log can hold, but for plugins' events."""
    assert set(EVENT_OF.values()) == {*EVENT_TYPES.values(), PluginEvent}
