"""What the compiler knows of tools that are called by name: the script's own and the host's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, Field
from tests.typegen.compiler import COMPILERS, compile_files
from tests.typegen.language_server import CURSOR, LanguageServer, language_server

from marotte import tool
from marotte.host import load_bindings
from marotte.inference import ToolDefinition
from marotte.realm import Binding
from marotte.typegen import TypingsError, generate, render_host_tools


class Counts(BaseModel):
    """What was counted."""

    words: int = Field(description="All of them.")
    by_length: dict[str, int] = Field(alias="byLength")


@tool
def word_count(text: str) -> Counts:
    """Count words.

    Args:
        text: What to count.
    """
    return Counts(words=len(text.split()), byLength={})


@tool
def ping(times: int = 1) -> None:
    """See whether somebody is there."""


class Clock:
    """A tool that says nothing of its answer."""

    definition = ToolDefinition("new-clock", "What time it is.")


BELLS = Binding(name="bells", module="bells", doc="Bells.", tools=[ping, Clock()])

SCRIPT = """
import { createBuilder, createSession, engines, tools } from "marotte";
const number = /** @type {const} */ ({ type: "number" });
const plain = tools.createRegistry();
const registry = plain
  .register({
    name: "add",
    parameters: { type: "object", properties: { a: number, b: number }, required: ["a"] },
    handler: ({ a, b }) => a + (b ?? 0),
  })
  .register({ name: "none", handler: () => 1 })
  .registerAgent("reader")
  .useHostTools(["word_count", "ping", "new-clock", "other"]);
"""

FINE = f"""
{SCRIPT}
registry.call("add", {{ a: 5 }});
registry.call("none");
registry.call("none", null);
registry.call("word_count", {{ text: "x" }}).byLength["1"].toFixed();
(await registry.callAsync("word_count", {{ text: "x" }})).words.toFixed();
registry.call("ping");
registry.call("ping", {{ times: 2 }}) === null;
registry.call("new-clock")?.toString();
registry.call("other", {{ any: 1 }})?.toString();
registry.call("reader", {{ input: "x" }});
plain.call("add", {{ any: 1 }});
const name = String(registry);
registry.call(name, 5);
createSession({{ engine: engines.echo(), tools: registry }}).close();
createBuilder().withTools(registry).withTools(plain);
/** @param {{import("marotte").ToolRegistry}} given */
const take = (given) => given.call("add", 5);
take(registry);
"""

MISTAKES = f"""
{SCRIPT}
// @ts-expect-error an argument that the tool does not have
registry.call("add", {{ a: 5, c: 5 }});
// @ts-expect-error an argument of another type
registry.call("add", {{ a: "5" }});
// @ts-expect-error no arguments
registry.call("add");
// @ts-expect-error an argument of another type
registry.callAsync("word_count", {{ text: 5 }});
// @ts-expect-error what the result does not have
registry.call("word_count", {{ text: "x" }}).letters;
// @ts-expect-error arguments, of a tool that has none
registry.call("new-clock", {{ zone: "UTC" }});
// @ts-expect-error nothing is known of its result
registry.call("none").length;
// @ts-expect-error a name that is none
registry.useHostTools([5]);
"""


def typings() -> dict[str, str]:
    """Those of the first party, of a plugin and of tools of the host."""
    known = load_bindings()
    host = {"host.d.ts": render_host_tools([word_count], "host")}
    return generate(known) | generate([BELLS], known=known) | host


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("text", [FINE, MISTAKES], ids=["fine", "mistakes"])
def test_tools_are_known_by_name(tmp_path: Path, compiler: str, text: str) -> None:
    assert compile_files(tmp_path, {**typings(), "script.mjs": text}, compiler) == []


def test_tools_of_a_binding_have_a_file() -> None:
    text = generate([BELLS], known=load_bindings())["tools-of-bells.d.ts"]
    assert text.startswith("// Generated from the JSON Schemas of tools. Do not edit.\n")
    assert "    /** See whether somebody is there. */" in text.replace("  " * 3, "    ")
    assert "interface HostTools extends tools_of_bells.Tools {" in text


def test_two_tools_of_one_name_are_an_error() -> None:
    with pytest.raises(TypingsError, match="got two named 'ping'"):
        render_host_tools([ping, ping], "host")


# -- in an editor ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scripts")
    compile_files(folder, typings())
    return folder


@pytest.fixture(scope="module")
def editor(folder: Path) -> Iterator[LanguageServer]:
    with language_server(folder) as server:
        yield server


def test_names_are_offered(editor: LanguageServer) -> None:
    called = editor.completions(f"{SCRIPT}registry.call('{CURSOR}');", "'")
    assert {"add", "none", "word_count", "ping", "new-clock"} <= called.keys()
    used = editor.completions(f"{SCRIPT}plain.useHostTools(['{CURSOR}']);", "'")
    assert used.keys() == {"word_count", "ping", "new-clock"}


def test_arguments_are_offered_and_explained(editor: LanguageServer) -> None:
    own = editor.completions(f"{SCRIPT}registry.call('add', {{ {CURSOR} }});")
    assert own.keys() == {"a", "b"}
    hosts = editor.completions(f"{SCRIPT}registry.call('word_count', {{ {CURSOR} }});")
    assert editor.documentation(hosts["text"]) == "What to count."


def test_a_mistaken_argument_is_named(editor: LanguageServer) -> None:
    (found,) = editor.errors(f"{SCRIPT}registry.call('word_count', {{ txt: 'x' }});")
    assert "'txt' does not exist in type 'WordCountInput'" in found


def test_a_registry_shows_what_is_in_it(editor: LanguageServer) -> None:
    shown = editor.hover(
        f"{SCRIPT}const one = plain.register({{ name: 'x', handler: () => 1 }});on{CURSOR}e;"
    )
    assert "ToolRegistry<{\n    x: ScriptTool<unknown>;\n}>" in shown
