"""Engines that speak to models, as scripts see them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.bindings.script_support import value_of
from tests.inference.models.stand_in import StandIn, running_stand_in

from marotte import Models, Runtime

KEY = "sk-of-the-host"
PRELUDE = """
import { createSession, engines, EngineConfigError, EngineError, MissingKeyError } from "marotte";
const attempt = (action) => { try { return ["fine", action()]; } catch (e) { return [e.name, e.code ?? null, e.message]; } };
"""


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with running_stand_in() as server:
        yield server


@pytest.fixture(autouse=True)
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host without keys and profiles."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_BASE_URL", "MAROTTE_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MAROTTE_CONFIG", str(tmp_path / "config.toml"))


@pytest.mark.parametrize(
    ("call", "refusal"),
    [
        ("model()", ["TypeError", None, "engines.model(): id: is required"]),
        ("model('x')", ["TypeError", "invalid_value", 'model: expected "provider:name", got "x"']),
        (
            "model('acme:x')",
            [
                "TypeError",
                "invalid_value",
                'provider: expected openai, openai-responses, openai-chat, anthropic, got "acme"',
            ],
        ),
        (
            "model('openai:x')",
            [
                "MissingKeyError",
                "missing_key",
                "no key for openai: set OPENAI_API_KEY, or a key in a profile",
            ],
        ),
        (
            "model('openai:x', { heat: 1 })",
            ["TypeError", None, "engines.model(): options.heat: unknown option"],
        ),
        (
            "model('openai:x', { temperature: 'hot' })",
            [
                "TypeError",
                None,
                'engines.model(): options.temperature: expected a valid number, got "hot"',
            ],
        ),
        (
            "model('openai:x', { apiKey: ['sk-secret'] })",
            ["TypeError", None, "options.apiKey: expected text that is not empty"],
        ),
        (
            "model('openai:x', { baseURL: 'https://evil.test/v1' })",
            [
                "NotGrantedError",
                "not_granted",
                "baseURL: evil.test is not granted: --allow-net=evil.test",
            ],
        ),
        (
            "fromConfig({})",
            ["EngineConfigError", "engine_config", "options.model: expected the name of a model"],
        ),
        (
            "fromProfile('fast')",
            ["UnknownProfileError", "unknown_profile", "unknown profile 'fast'; known: none"],
        ),
    ],
)
async def test_refusals_are_thrown_at_once(call: str, refusal: list[object]) -> None:
    assert await value_of(f"{PRELUDE} export default attempt(() => engines.{call});") == refusal


async def test_errors_have_their_classes() -> None:
    told = await value_of(
        PRELUDE
        + """
        let caught;
        try { engines.model("openai:x"); } catch (error) { caught = error; }
        export default [caught instanceof MissingKeyError, caught instanceof Error];
        """
    )
    assert told == [True, True]


async def test_a_session_speaks_to_a_model(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", stand_in.openai)
    stand_in.say("Hello from the other side.", {"reasoning": "Hm."})
    told = await value_of(
        PRELUDE
        + """
        const session = createSession({ engine: engines.model("openai:gpt-4o", { maxTokens: 50 }) });
        const run = session.start("hello");
        const seen = { text: "", reasoning: "" };
        run.on("text-delta", (event) => { seen.text += event.delta; });
        run.on("reasoning-delta", (event) => { seen.reasoning += event.delta; });
        const turn = await run.promise;
        export default [seen, turn.blocks.map((block) => block.payload.text), run.usage.requests, run.status];
        """
    )
    text = "Hello from the other side."
    assert told == [
        {"text": text, "reasoning": "Hm."},
        ["hello", "Hm.", text],
        1,
        "completed",
    ]


async def test_a_turn_survives_a_script(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """What only the provider understands is sent again: the request is as long as without."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", stand_in.openai)
    stand_in.say("Hello.", {"reasoning": "Hm."})
    await value_of(
        PRELUDE
        + """
        const engine = engines.model("openai-responses:gpt-4o");
        const first = createSession({ engine });
        const turn = await first.runAsync("one");
        const second = createSession({ engine });
        second.append(JSON.parse(JSON.stringify(turn)));
        await second.runAsync("two");
        await first.runAsync("two");
        export default null;
        """
    )
    _, through, direct = [request["headers"]["content-length"] for request in stand_in.requests()]
    assert through == direct


async def test_an_error_of_a_provider_says_which(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", stand_in.openai)
    stand_in.fail(403, "not you")
    told = await value_of(
        PRELUDE
        + """
        const session = createSession({ engine: engines.model("openai-responses:gpt-4o") });
        let error;
        try { await session.runAsync("hello"); } catch (caught) { error = caught; }
        const { name, code, provider, status, requestId, message } = error;
        export default [error instanceof EngineError, name, code, provider, status, typeof requestId, message, session.turnCount()];
        """
    )
    message = "openai answered 403: not you (test_code)"
    assert told == [True, "EngineError", "provider_error", "openai", 403, "string", message, 0]


async def test_profiles_of_the_host(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = f'[profiles.main]\nmodel = "openai:x"\nbase_url = "{stand_in.openai}"\n'
    (tmp_path / "config.toml").write_text(config)
    stand_in.say("fine")
    source = (
        PRELUDE
        + """
        const ask = (engine) => createSession({ engine }).run("hello").blocks[1].payload.text;
        export default [
          ask(engines.fromProfile("main")),
          ask(engines.fromProfile()),
          ask(engines.fromProfile(null, { temperature: 0 })),
          ask(engines.fromConfig({ profile: "main", maxTokens: 9 })),
        ];
        """
    )
    async with Runtime(models=Models(profile="main")) as runtime:
        assert await runtime.run_source(source) == ["fine"] * 4


async def test_grants_are_in_the_record() -> None:
    async with Runtime(models=Models(allowed_net=["b.test", "a.test:1"])) as runtime:
        handle = runtime.run_source("export default 1")
        await handle
        (started,) = [event async for event in handle if event.type == "run-started"]
    assert '"net":["a.test:1","b.test"]' in started.to_json()
