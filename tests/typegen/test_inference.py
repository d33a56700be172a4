"""What the compiler finds out by itself, where a script says nothing of types."""

from __future__ import annotations

import pytest
from tests.typegen.language_server import CURSOR, LanguageServer

IMPORTS = """
import { agents, createBuilder, createSession, engines, middlewares } from "marotte";
import { runInference, tools } from "marotte";
import gp from "geppetto";
const session = createSession({ engine: engines.echo() });
const run = session.start("x");
"""
SCHEMA = '{ type: "object", properties: { a: { type: "number" } }, required: ["a"] }'
TOOL = f'name: "n", parameters: {SCHEMA}'
HOOKS = ["beforeToolCall", "afterToolCall", "onToolError"]


def script(text: str) -> str:
    return IMPORTS + text.replace("<>", CURSOR)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("agents.define('a', (in<>put, ctx) => 1)", "input: JsonValue"),
        ("agents.define('a', (input, c<>tx) => 1)", "ctx: RunContext"),
        ("agents.define('a', (/** @type {string} */ in<>put, ctx) => 1)", "input: string"),
        ("run.on('text-delta', (e<>) => 1)", "e: TextDelta"),
        ("run.on('*', (e<>) => 1)", "e: RunEvent"),
        (f"tools.createRegistry().register({{ {TOOL}, handler: (ar<>gs) => 1 }})", "a: number"),
        (f"gp.tools.createRegistry().register({{ {TOOL}, handler: (ar<>gs) => 1 }})", "a: number"),
        ("engines.fromFunction((tu<>rn) => turn)", "turn: Turn"),
        ("gp.engines.fromFunction((tu<>rn) => turn)", "turn: Turn"),
        ("middlewares.fromJS((turn, ne<>xt) => next())", "next: NextFunction"),
        ("gp.middlewares.fromJS((turn, ne<>xt) => next())", "next: NextFunction"),
        ("addEventListener('abort', (e<>) => 1)", "e: Event"),
        ("setTimeout((co<>unt) => 1, 5, 'x')", "count: string"),
    ],
)
def test_a_parameter_of_a_callback(editor: LanguageServer, text: str, shown: str) -> None:
    found = editor.hover(script(text))
    assert shown in found
    assert "any" not in found


@pytest.mark.parametrize("hook", HOOKS)
def test_what_hooks_are_told(editor: LanguageServer, hook: str) -> None:
    hooks = f"toolHooks: {{ {hook}: (pay<>load) => null }}"
    for made in ("createSession({ engine: engines.echo(),", "gp.createBuilder({"):
        found = editor.hover(script(f"{made} {hooks} }})"))
        assert "payload: " in found
        assert "any" not in found


def test_what_an_agent_is_given_may_be_anything(editor: LanguageServer) -> None:
    found = editor.errors(script("agents.define('a', (input) => input.nope.nope);"))
    assert "'nope' does not exist" in found[-1]


def test_a_tool_of_the_older_module_knows_its_arguments(editor: LanguageServer) -> None:
    registry = "gp.tools.createRegistry()"
    right = f"{registry}.register({{ {TOOL}, handler: (args) => args.a.toFixed() }});"
    assert editor.errors(script(right)) == []
    (found,) = editor.errors(script(right.replace("args.a", "args.b")))
    assert "Property 'b' does not exist" in found
    assert set(editor.completions(script(right.replace("args.a", f"args.{CURSOR}")), ".")) == {"a"}


@pytest.mark.parametrize(
    ("module", "name", "inside", "words"),
    [
        ("marotte", "MiddlewareFunction", "async (turn, next, ctx) => turn.<>", "text blocks"),
        ("marotte", "MiddlewareFunction", "async (turn, next, ctx) => ctx.<>", "runId signal"),
        ("marotte", "NextFunction", "async (turn) => turn?.<>", "blocks"),
        ("marotte", "EngineFunction", "(turn, ctx) => { ctx.<> }", "emit history"),
        ("marotte", "AgentFunction<{ a: string }>", "async (input, ctx) => input.<>", "a"),
        ("marotte", "AgentFunction", "async (input, ctx) => ctx.<>", "emit runId"),
        ("marotte", "ToolHandler", "(args, ctx) => ctx.<>", "callId toolName"),
        ("marotte", "BeforeToolCallHook", "(payload) => { payload.<> }", "call"),
        ("marotte", "AfterToolCallHook", "(payload) => { payload.<> }", "durationMs result"),
        ("marotte", "ToolErrorHook", "(payload) => { payload.<> }", "attempt error"),
        ("geppetto", "MiddlewareFunction", "(turn, next, ctx) => { ctx.<> }", "middlewareName"),
        ("geppetto", "EngineFunction", "(turn, ctx) => { ctx.<> }", "inferenceId"),
        ("geppetto", "ToolHandler", "(args, ctx) => { ctx.<> }", "callName"),
    ],
)
def test_functions_have_named_types(
    editor: LanguageServer, module: str, name: str, inside: str, words: str
) -> None:
    text = f'/** @type {{import("{module}").{name}}} */\nconst f = {inside};'
    assert set(words.split()) <= editor.completions(script(text), ".").keys()


def test_an_agent_file_is_typed_by_one_comment(editor: LanguageServer) -> None:
    typed = '/** @type {import("marotte").AgentFunction<{ topic: string }>} */\n'
    right = "const agent = async (input, ctx) => `${input.topic} ${ctx.runId}`;"
    file = f"{typed}{right}\nexport default agent;"
    assert editor.errors(file) == []
    (found,) = editor.errors(file.replace("input.topic", "input.topik"))
    assert "'topik' does not exist" in found


# -- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("createSession({ engine: engines.echo(), toolLoop: { toolChoice: '<>' } })", "auto none"),
        ("middlewares.host('<>')", "systemPrompt turnLogging"),
        ("createBuilder().useHostMiddleware('<>')", "systemPrompt turnLogging"),
        ("engines.fromConfig({ provider: '<>' })", "openai anthropic"),
        ("engines.fromConfig({ model: '<>' })", "openai:gpt-5"),
        ("engines.model('<>')", "openai:gpt-5 openai-chat:gpt-5 anthropic:claude-opus-4-5"),
        ("engines.fromFunction((turn, ctx) => { ctx.toolChoice === '<>' })", "auto required"),
        ("middlewares.host('turnLogging', { level: '<>' })", "debug info"),
        ("gp.middlewares.go('<>')", "systemPrompt turnLogging"),
        ("gp.createBuilder().useGoMiddleware('<>')", "systemPrompt turnLogging"),
        ("gp.engines.fromConfig({ apiType: '<>' })", "openai claude"),
        ("gp.createBuilder({ toolHooks: { onHookError: '<>' } })", "fail-open"),
        ("gp.turns.newTurn({ blocks: [{ kind: '<>' }] })", "user tool_call"),
        ("session.append({ blocks: [{ kind: '<>' }] })", "user tool_call"),
        ("session.turns()[0].blocks[0].kind === '<>'", "user tool_call"),
        ("session.start('x', { outputSchema: { type: '<>' } })", "object string"),
        ("engines.fromFunction((turn, ctx) => ctx.emit({ type: '<>' }))", "text-delta"),
        ("addEventListener('<>', () => {})", "error unhandledrejection"),
    ],
)
def test_known_words_are_offered(editor: LanguageServer, text: str, words: str) -> None:
    assert set(words.split()) <= editor.completions(script(text), "'").keys()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("({ type: 'txt-delta', delta: 'x' })", "txt-delta"),
        ("({ type: 'run-finished' })", "run-finished"),
        ("({ type: 'text-delta' })", "delta"),
        ("({ type: 'acme.x', data: 5 })", "number"),
    ],
)
def test_a_mistaken_emission_is_underlined(editor: LanguageServer, text: str, said: str) -> None:
    (found,) = editor.errors(script(f"engines.fromFunction((turn, ctx) => ctx.emit{text});"))
    assert said in found


def test_emissions_and_words_of_ones_own_are_accepted(editor: LanguageServer) -> None:
    emitted = """
    engines.fromFunction((turn, ctx) => {
      ctx.emit({ type: "text-delta", delta: "x" });
      ctx.emit({ type: "acme.progress", data: { done: 1 } });
      ctx.emit({ type: "acme.progress" });
    });
    session.append({ blocks: [{ kind: "mine" }] });
    createSession({ engine: engines.echo(), toolLoop: { toolChoice: "mine" } });
    middlewares.host("mine", { any: 1 });
    middlewares.host("mine");
    middlewares.host(String(session.id), { any: 1 });
    middlewares.host("systemPrompt", { prompt: "Be brief." });
    middlewares.host("turnLogging");
    middlewares.host("turnLogging", null);
    middlewares.host("reorderToolResults", {});
    createBuilder().useHostMiddleware("systemPrompt", { prompt: "Be brief." }).withHistory("all");
    engines.model("mine:model");
    addEventListener("mine", (event) => event.type);
    addEventListener("mine", (/** @type {CustomEvent<{ n: number }>} */ event) => event.detail.n);
    new CustomEvent("mine", { detail: { n: 1 } }).detail.n.toFixed();
    // @ts-expect-error nothing is known of it
    new CustomEvent("mine").detail.n;
    addEventListener("error", (event) => event.message);
    addEventListener("unhandledrejection", (event) => event.reason);
    """
    assert editor.errors(script(emitted)) == []


@pytest.mark.parametrize("make", ["middlewares.host", "createBuilder().useHostMiddleware"])
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("('systemPrompt')", "Expected 2 arguments"),
        ("('systemPrompt', {})", "'prompt'"),
        ("('systemPrompt', { promt: 'x' })", "'promt'"),
        ("('turnLogging', { level: 'loud' })", "loud"),
        ("('reorderToolResults', { any: 1 })", "'never'"),
    ],
)
def test_what_a_middleware_of_the_host_takes_is_checked(
    editor: LanguageServer, make: str, given: str, said: str
) -> None:
    (found,) = editor.errors(script(f"{make}{given};"))
    assert said in found


@pytest.mark.parametrize("make", ["middlewares.host", "createBuilder().useHostMiddleware"])
def test_the_options_of_a_middleware_of_the_host_are_offered(
    editor: LanguageServer, make: str
) -> None:
    found = editor.completions(script(f"{make}('systemPrompt', {{ <> }});"))
    assert {name: editor.documentation(item) for name, item in found.items()} == {
        "prompt": "What the model is instructed to do."
    }


@pytest.mark.parametrize(
    "text",
    [
        "gp.createBuilder().buildSession().start().on('partial', (e) => { e.delta = 'x'; })",
        "engines.fromFunction((turn, ctx) => { ctx.runId = 'x'; })",
        "gp.engines.fromFunction((turn, ctx) => { ctx.runId = 'x'; })",
        "gp.createBuilder({ toolHooks: { afterToolCall: (p) => { p.phase = 'afterToolCall'; } } })",
    ],
)
def test_what_is_told_is_not_written_to(editor: LanguageServer, text: str) -> None:
    (found,) = editor.errors(script(text))
    assert "read-only" in found


def test_arguments_are_written_out(editor: LanguageServer) -> None:
    found = editor.hover(
        script(f"tools.createRegistry().register({{ {TOOL}, handler: (ar<>gs) => 1 }})")
    )
    assert "args: {\n    a: number;\n}" in found
