"""What the module's settings mean when they are left out, and where those of a model arrive."""

from __future__ import annotations

import json

import pytest
from pydantic import JsonValue
from tests.bindings.geppetto.support import evaluate, evaluate_with
from tests.inference.models.raw_server import (
    DONE,
    HEAD,
    RawServer,
    delta,
    failure,
    running_raw_server,
)

from marotte.inference import ToolContext, ToolRegistry
from marotte.inference.models import Models
from marotte.inference.tools import call
from marotte.inference.tools.execution import execute_tool

KEY = "sk-of-this-test-alone"


@pytest.mark.parametrize(
    ("settings", "limit"),
    [("undefined", 30_000), ("{}", 30_000), ("{ executionTimeoutMs: 5000 }", 5000)],
)
async def test_a_tool_has_thirty_seconds(
    monkeypatch: pytest.MonkeyPatch, settings: str, limit: int
) -> None:
    limits = []

    async def execute(
        registry: ToolRegistry, name: str, args: JsonValue, ctx: ToolContext, timeout_ms: float
    ) -> JsonValue:
        limits.append(timeout_ms)
        return await execute_tool(registry, name, args, ctx, timeout_ms)

    monkeypatch.setattr(call, "execute_tool", execute)
    result = await evaluate(f"""
        const tools = registryOf("t", () => 1);
        const session = gp.createSession({{ engine: asking("t"), tools, toolLoop: {settings} }});
        session.append(user("go"));
        export default use(session.run()).result;
    """)
    assert (result, limits) == ("1", [limit])


async def test_a_failed_call_is_made_again_twice_after_one_second_then_two() -> None:
    assert await evaluate("""
        const asked = [];
        const onToolError = ({ attempt, defaultRetry, defaultBackoffMs }) => {
          asked.push([attempt, defaultRetry, defaultBackoffMs]);
          return { retry: defaultRetry, backoffMs: 0 };
        };
        const session = gp.createSession({
          engine: asking("t"),
          tools: registryOf("t", () => { throw new Error("no"); }),
          toolLoop: { toolErrorHandling: "retry" },
          toolHooks: { onToolError },
        });
        session.append(user("go"));
        session.run();
        export default asked.map(([attempt, again, wait]) => again ? [attempt, again, wait] : [attempt, again]);
    """) == [[0, True, 1000], [1, True, 2000], [2, False]]


def asking(server: RawServer, options: str) -> str:
    """A script that asks the model at `server`, and exports the answer or the error."""
    return f"""
        const engine = gp.engines.fromConfig({{
          apiType: "openai", model: "m", baseURL: "{server.url}/v1", apiKey: "{KEY}", {options}
        }});
        const session = gp.createSession({{ engine }});
        session.append(user("hello"));
        export default await later(session.runAsync().then((turn) => texts(turn)));
    """


@pytest.fixture
def models() -> Models:
    return Models(allowed_net=["127.0.0.1"])


async def test_settings_of_a_model_are_in_the_request(models: Models) -> None:
    async with running_raw_server((HEAD, delta("hi", "stop"), DONE)) as server:
        script = asking(server, "temperature: 0.25, topP: 0.5, maxTokens: 77")
        assert await evaluate_with(script, models=models) == ["fine", ["hi"]]
    ((head, body),) = server.requests
    sent = json.loads(body)
    assert sent["model"] == "m"
    assert (sent["temperature"], sent["top_p"]) == (0.25, 0.5)
    assert 77 in (sent.get("max_tokens"), sent.get("max_completion_tokens"))
    assert head.startswith("POST /v1/chat/completions ")
    assert f"bearer {KEY}" in head.lower()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("timeoutSeconds: 0.2", "0.2 s"),
        ("timeoutMs: 300", "0.3 s"),
        ("timeoutMs: 300, timeoutSeconds: 9", "0.3 s"),
    ],
)
async def test_a_call_of_a_model_is_bounded(models: Models, options: str, told: str) -> None:
    async with running_raw_server((HEAD, delta("half"), 30.0)) as server:
        name, message = await evaluate_with(asking(server, options), models=models)
    assert name == "EngineError"
    assert message.endswith(f"did not finish within {told}")


async def test_a_call_of_a_model_is_made_again_as_often_as_it_says(models: Models) -> None:
    async with running_raw_server((failure(503, "retry-after-ms: 1"),)) as server:
        name, message = await evaluate_with(asking(server, "maxRetries: 1"), models=models)
    assert (name, len(server.requests)) == ("EngineError", 2)
    assert "503" in message
