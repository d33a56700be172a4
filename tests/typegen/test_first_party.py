"""The typings of the first-party bindings, as authors of scripts meet them."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.typegen.compiler import COMPILERS, ROOT, compile_files, compiler_options, run_node

from marotte.events import EVENT_TYPES
from marotte.host import load_bindings
from marotte.typegen import generate

SESSION = """
import { createSession, engines, RunStoppedError } from "marotte";
import * as marotte from "marotte";
const session = createSession({ engine: engines.echo({ reply: "hello" }) });
const run = session.start("hi");
"""

# A directive that is not needed is an error itself.
MISTAKES = f"""
{SESSION}
// @ts-expect-error a missing option
createSession();
// @ts-expect-error a missing option
createSession({{}});
// @ts-expect-error an unknown option
createSession({{ engine: engines.echo(), enigne: 1 }});
// @ts-expect-error an unknown option
session.start("hi", {{ timeout: 5 }});
// @ts-expect-error an unknown option inside another
session.start("hi", {{ limits: {{ token: 5 }} }});
// @ts-expect-error a wrong type
session.start("hi", {{ timeoutMs: "5" }});
// @ts-expect-error a wrong word
session.start("hi", {{ onBusy: "wait" }});
// @ts-expect-error no engine
createSession({{ engine: {{}} }});
// @ts-expect-error no engine
createSession({{ engine: session }});
// @ts-expect-error an unknown event
run.on("text", () => {{}});
// @ts-expect-error a wrong field of the payload
run.on("text-delta", (event) => event.text);
// @ts-expect-error a field that only some events have
run.on("*", (event) => event.delta);
// @ts-expect-error a field that may be absent
run.on("text-delta", (event) => event.turnId.length);
// @ts-expect-error assignment to a readonly field
run.on("text-delta", (event) => {{ event.delta = ""; }});
// @ts-expect-error assignment to a readonly field, further inside
run.on("run-finished", (event) => {{ event.usage.requests = 0; }});
// @ts-expect-error assignment to a tag
run.on("run-finished", (event) => {{ event.tags.a = ""; }});
// @ts-expect-error assignment to a readonly property
run.status = "completed";
// @ts-expect-error assignment to a function of a namespace
engines.echo = engines.scripted;
// @ts-expect-error assignment to a constant
marotte.version = "2";
// @ts-expect-error not constructible
new marotte.Session();
// @ts-expect-error an unknown export
marotte.createSesion;
// @ts-expect-error a turn without a wait
run.promise.blocks;
// @ts-expect-error an agent's answer is no turn
(await marotte.agents.start("agent").promise).blocks;
// @ts-expect-error what may be null
session.latest().blocks;
// @ts-expect-error a name of the DOM
document.title;
// @ts-expect-error a name of the DOM
window;
// @ts-expect-error a name of Node.js
Buffer;
// @ts-expect-error an argument that is none
engines.echo({{}}, 1);
// @ts-expect-error a function where a value is expected
session.append(() => {{}});
"""

FINE = f"""
{SESSION}
run.on("text-delta", (event) => console.log(event.delta.length, event.turnId?.length))
  .once("*", (event) => console.log(event.seq, event.type === "output" && event.level))
  .on("run-finished", async (event) => console.log(event.stopReason === "deadline"));
for await (const event of run) if (event.type === "diagnostic") console.log(event.code);
const turn = await run.promise;
turn.blocks.push({{ ...turn.blocks[0], kind: "user", payload: {{ text: "mine" }} }});
turn.metadata.mine = {{ any: [1, null] }};
session.append(turn);
session.append({{ blocks: [{{ kind: "user", payload: {{ text: "hi", at: new Date() }} }}] }});
session.append(Object.freeze({{ blocks: Object.freeze([]) }}));
try {{
  session.start(undefined, {{ timeoutMs: 5, tags: {{ a: "b" }}, limits: {{ tokens: 10 }} }});
}} catch (error) {{
  if (error instanceof RunStoppedError) console.log(error.runId, error.partialTurn?.blocks.length);
}}
await new Promise((resolve) => setTimeout(resolve, 5));
setTimeout((count, text) => console.log(count.toFixed(), text.length), 5, 1, "one");
setTimeout(console.log, 5);
setInterval(() => {{}});
clearTimeout(setTimeout(() => {{}}, 5));
marotte.default.createSession({{ engine: marotte.default.engines.echo() }});
const answers = [await marotte.agents.start("agent").promise, await marotte.agents.call("agent")];
console.log(answers.map((answer) => typeof answer === "string" && answer.length));
console.log(globalThis.console === console, marotte.version.length);
"""

CLASSIC = """
const { createSession, engines } = require("marotte");
const session = createSession({ engine: engines.echo() });
module.exports = session.start("hi").id;
// @ts-expect-error an unknown event
session.start("hi").on("text", () => {});
"""


@cache
def typings() -> dict[str, str]:
    return generate(load_bindings())


@pytest.mark.parametrize("compiler", COMPILERS)
def test_what_is_right_is_accepted(tmp_path: Path, compiler: str) -> None:
    files = {"fine.mjs": FINE, "classic.js": CLASSIC}
    assert compiler_options()["skipLibCheck"] is False
    assert compile_files(tmp_path, {**typings(), **files}, compiler) == []


@pytest.mark.parametrize("compiler", COMPILERS)
def test_each_mistake_is_an_error(tmp_path: Path, compiler: str) -> None:
    assert compile_files(tmp_path, {**typings(), "mistakes.mjs": MISTAKES}, compiler) == []


def exhaustive(types: list[str]) -> str:
    cases = "\n".join(f'case "{name}": return event.seq;' for name in types)
    return f"""
        /** @param {{import("marotte").RunEvent}} event */
        export function told(event) {{
          switch (event.type) {{
            {cases}
            default: {{
              /** @type {{never}} */
              const none = event;
              return none;
            }}
          }}
        }}
        """


def test_the_union_of_events_is_closed(tmp_path: Path) -> None:
    assert compile_files(tmp_path, {**typings(), "all.mjs": exhaustive([*EVENT_TYPES])}) == []


@pytest.mark.parametrize("missing", ["text-delta", "run-finished"])
def test_a_case_that_is_missing_is_noticed(tmp_path: Path, missing: str) -> None:
    some = [name for name in EVENT_TYPES if name != missing]
    found = compile_files(tmp_path, {**typings(), "some.mjs": exhaustive(some)})
    assert len(found) == 1
    assert "is not assignable to type 'never'" in found[0]


def test_a_plugin_adds_events_by_merging(tmp_path: Path) -> None:
    plugin = """
        declare module "marotte" {
          interface Progress { readonly type: "acme.x"; readonly seq: number; done: number }
          interface RunEventMap { "acme.x": Progress }
        }
        """
    script = f'{SESSION} run.on("acme.x", (event) => event.done.toFixed());'
    files = {"acme.d.ts": plugin, "s.mjs": script, "all.mjs": exhaustive([*EVENT_TYPES, "acme.x"])}
    assert compile_files(tmp_path, {**typings(), **files}) == []


# -- how they are written -------------------------------------------------------------------------

# Reads declarations with the compiler's own parser; 7 has no interface for programs yet.
READER = Path(__file__).with_name("members.cjs")


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> list[Declared]:
    """All that the typings declare."""
    folder = tmp_path_factory.mktemp("typings")
    for name, text in typings().items():
        (folder / name).write_text(text, encoding="utf-8")
    lines = run_node(READER, *(folder / name for name in typings()), folder=ROOT)
    return [Declared(**json.loads(line)) for line in lines]


class Declared(NamedTuple):
    """A name in the typings: its kind of syntax, and whether something is said of it."""

    name: str
    kind: str
    documented: bool
    any: bool


def test_every_name_is_documented(members: list[Declared]) -> None:
    assert {"marotte.RunHandle.on", "marotte.RunOptions.timeoutMs", "console"} <= {
        member.name for member in members
    }
    assert [m.name for m in members if not m.documented and not says_itself(m.name)] == []


def says_itself(name: str) -> bool:
    """Whether a member is only another way to what is documented."""
    return any(owner in f".{name}" for owner in (".RunEventMap.", "._default."))


def test_nothing_has_any_type(members: list[Declared]) -> None:
    assert [member.name for member in members if member.any] == []


# What an iterable of the language ends with is `any`; of one that a script gives, nobody asks.
GIVEN = re.compile(r"(Iterable<)+\w+>+")


def test_no_type_turns_out_to_be_any(tmp_path: Path) -> None:
    assert resolved_to_any(tmp_path, typings()) == []


@pytest.mark.parametrize(
    "declaration",
    [
        "declare function hidden(a: string);",
        "declare function hidden(a): void;",
        "declare function hidden(): IterableIterator<string>;",
        "declare const hidden: ReturnType<typeof JSON.parse>;",
        "declare const hidden: { inside: any };",
    ],
)
def test_any_would_be_noticed(tmp_path: Path, declaration: str) -> None:
    found = resolved_to_any(tmp_path, {"hidden.d.ts": declaration})
    assert found
    assert all(line.startswith("hidden") for line in found)


def resolved_to_any(folder: Path, files: dict[str, str]) -> list[str]:
    """Where the compiler finds `any` in declarations, whatever is written there."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    program = READER.with_name("resolved.cjs")
    lines = run_node(program, *(folder / name for name in files), folder=ROOT)
    return [line for line in lines if not GIVEN.fullmatch(line.rpartition(": ")[2])]


def test_no_choice_of_words_is_written_out_twice() -> None:
    choice = re.compile(r'(?:"[^"]*" \| )+"[^"]*"')
    found = Counter(c for text in typings().values() for c in choice.findall(text))
    assert [words for words, count in found.items() if count > 1] == []
