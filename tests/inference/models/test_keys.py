"""Keys are nowhere: each place where one could show up is searched for a marked one."""

import copy
import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError
from tests.inference.models.conftest import KEY, WIRES, Asked
from tests.inference.models.raw_server import HEAD, delta, failure, running_raw_server, sse
from tests.inference.models.stand_in import StandIn

from marotte.conversation import Session, Turn
from marotte.host import Runtime
from marotte.inference import TurnComputation
from marotte.inference.models import ConfigOptions, ModelEngine, ModelOptions, Models
from marotte.inference.models.config import load_config
from marotte.inference.models.target import make_target
from marotte.runs import EngineError, RunHandle, Runs

ECHO = json.dumps({"error": {"message": f"bad key {KEY}, I say: {KEY}", "code": KEY}})


class Seen:
    """All that could be read, which must not hold the key."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def add(self, *things: object) -> None:
        self.texts.extend(thing if isinstance(thing, str) else repr(thing) for thing in things)

    def add_error(self, error: BaseException) -> None:
        """Add an error, as a crash report shows it: with the local variables of every frame."""
        self.add(error, vars(error), str(error))
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        self.add("".join(told.format()))

    async def add_run(self, handle: RunHandle[Turn]) -> None:
        try:
            self.add(await handle)
        except Exception as error:
            self.add_error(error)
        self.add(*[event.to_json() async for event in handle])
        self.add(handle, handle.record, handle.record.model_dump_json())

    def check(self) -> None:
        assert self.texts
        assert [text for text in self.texts if KEY in text] == []


@pytest.fixture
def seen(caplog: pytest.LogCaptureFixture) -> Seen:
    caplog.set_level(logging.DEBUG)
    return Seen()


@pytest.mark.parametrize("outcome", ["answer", "refusal", "hang-up", "malformed", "cancel"])
async def test_no_outcome_shows_it(
    asked: Asked, seen: Seen, caplog: pytest.LogCaptureFixture, outcome: str
) -> None:
    answers: dict[str, Callable[[], None]] = {
        "answer": lambda: asked.stand_in.say("fine"),
        "refusal": lambda: asked.stand_in.fail(401, f"bad key {KEY}"),
        "hang-up": lambda: asked.stand_in.say("many " * 30, latency=5, truncateAfterChunks=2),
        "malformed": lambda: asked.stand_in.say("never", chaos={"malformedRate": 1}),
        "cancel": lambda: asked.stand_in.say("many " * 30, latency=50),
    }
    answers[outcome]()
    handle = asked.start(max_retries=1)
    if outcome == "cancel":
        async for event in handle:
            if event.type == "text-delta":
                handle.cancel()
    await seen.add_run(handle)
    assert len(caplog.records) > 3
    seen.add(caplog.text, *[str(vars(record)) for record in caplog.records])
    seen.check()


@pytest.mark.parametrize(
    "script",
    [
        pytest.param((failure(401, body=ECHO),), id="in the body"),
        pytest.param((failure(500, f"x-request-id: {KEY}", body=ECHO),), id="in a header"),
        pytest.param((HEAD, delta("half"), sse({"error": {"message": KEY}})), id="in the stream"),
    ],
)
async def test_a_server_that_repeats_it(runs: Runs, seen: Seen, script: tuple[bytes, ...]) -> None:
    async with running_raw_server(script) as server:
        engine = ModelEngine.of(
            "openai-chat:m", base_url=f"{server.url}/v1", api_key=KEY, max_retries=0
        )
        await seen.add_run(runs.start(TurnComputation(engine), session=Session(), seed="x"))
    seen.check()


def test_no_object_shows_it(seen: Seen) -> None:
    options = ModelOptions.model_validate({"apiKey": KEY})
    config = ConfigOptions.model_validate({"model": "openai:x", "apiKey": KEY})
    engine = ModelEngine.of("openai:x", api_key=KEY)
    for thing in (options, config, engine, Models(), Models().from_config(config)):
        seen.add(thing, str(thing), vars(thing))
    seen.add(options.model_dump_json(), json.dumps(options.model_dump(mode="json")))
    seen.add(options.over(config), copy.deepcopy(vars(engine)))
    seen.check()


def test_no_refusal_shows_it(seen: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = ({"apiKey": [KEY]}, {"apikey": KEY}, {"apiKey": KEY, "temperature": -1}, {"seed": KEY})
    for options in wrong:
        with pytest.raises(ValidationError) as raised:
            ModelOptions.model_validate(options)
        seen.add(str(raised.value))
    file = tmp_path / "config.toml"
    monkeypatch.setenv("MAROTTE_CONFIG", str(file))
    for text in (
        f'[profiles.a]\nmodel = "x"\napi_key = ["{KEY}"]',
        f'[profiles.a]\nmodel = "x"\napi_kee = "{KEY}"',
        f'[profiles]\na = "{KEY}"',
        f'profiles = "{KEY}"',
        f"[profiles.a]\napi_key = {KEY}",
    ):
        file.write_text(text)
        with pytest.raises(Exception, match="configuration of models") as failed:
            load_config()
        seen.add(str(failed.value), failed.value)
    seen.check()


SCRIPT = """
import { createSession, engines } from "marotte";
const engine = engines.fromProfile("main");
console.log(engine, JSON.stringify(engine), Object.getOwnPropertyNames(engine));
console.log(String(engine), JSON.stringify({ engine }));
console.log(Reflect.ownKeys(Object.getPrototypeOf(engine)));
console.log(JSON.stringify(process.env), JSON.stringify(globalThis));
const session = createSession({ engine });
const run = session.start("hello");
run.on("*", (event) => console.log(JSON.stringify(event)));
try { console.log(JSON.stringify(await run.promise)); }
catch (error) { console.log(error, error.stack, JSON.stringify(error), error.cause); }
throw new Error("as an uncaught one");
"""


@pytest.mark.parametrize("status", [200, 401])
async def test_no_script_sees_it(
    stand_in: StandIn,
    seen: Seen,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[profiles.main]\nmodel = "openai:x"\nbase_url = "{stand_in.openai}"\n')
    monkeypatch.setenv("MAROTTE_CONFIG", str(config))
    monkeypatch.setenv("MAROTTE_PROFILES__MAIN__API_KEY", KEY)
    if status == 200:
        stand_in.say("fine")
    else:
        stand_in.fail(status, f"bad key {KEY}")
    script = tmp_path / "script.mjs"
    script.write_text(SCRIPT)
    async with Runtime() as runtime:
        handle = runtime.run_script(script, args=["no key"])
        await seen.add_run(handle)
    output = "".join(seen.texts)
    assert "as an uncaught one" in output
    assert ("fine" if status == 200 else "401") in output
    seen.add(caplog.text)
    seen.check()


async def test_the_server_is_sent_it_all_the_same(asked: Asked) -> None:
    """Else the other tests would prove nothing."""
    async with running_raw_server((failure(401),)) as server:
        with pytest.raises(EngineError):
            await asked.start(base_url=asked.place(server.url))
    assert KEY in server.requests[0][0]


@pytest.mark.parametrize("wire", WIRES)
async def test_a_place_of_a_script_is_sent_nothing_of_the_environment(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, wire: str
) -> None:
    headers = f"authorization: Bearer {KEY}\nx-api-key: {KEY}\nx-secret: {KEY}"
    for name in ("API_KEY", "ORG_ID", "PROJECT_ID", "ADMIN_KEY", "AUTH_TOKEN", "CUSTOM_HEADERS"):
        for provider in ("OPENAI", "ANTHROPIC"):
            value = headers if name == "CUSTOM_HEADERS" else KEY
            monkeypatch.setenv(f"{provider}_{name}", value)
    async with running_raw_server((failure(401),)) as server:
        place = f"{server.url}/v1" if wire.startswith("openai") else server.url
        options = ModelOptions.model_validate({"baseURL": place, "apiKey": "of-the-script"})
        engine = Models(allowed_net=["127.0.0.1"]).engine(wire, options)
        with pytest.raises(EngineError):
            await runs.start(TurnComputation(engine), session=Session(), seed="x")
    ((head, body),) = server.requests
    assert KEY not in head + body.decode()
    assert "of-the-script" in head


@pytest.mark.parametrize(
    ("key", "text", "shown"),
    [
        ("k", "broke off: k, 'k' and sk-k.", "broke off: ***, '***' and sk-***."),
        ("ollama", "ollamas have no ollama", "ollamas have no ***"),
        ("a.b", "a.b axb", "*** axb"),
        (KEY, f"x{KEY}x", "x***x"),
    ],
)
def test_a_short_key_is_blotted_out_where_it_stands_alone(key: str, text: str, shown: str) -> None:
    options = ModelOptions.model_validate({"apiKey": key, "baseURL": "http://127.0.0.1:1"})
    assert make_target("openai:x", options).without_key(text) == shown
