"""`marotte run` with models: which one a script gets, and what it may choose."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.inference.models.stand_in import StandIn, running_stand_in

MAROTTE = Path(sys.executable).with_name("marotte")
EXAMPLE = Path(__file__).parents[2] / "examples" / "js" / "16_real_model.js"
KEY = "sk-marked-on-the-command-line"
ASK = """
import { createSession, engines } from "marotte";
const session = createSession({ engine: engines.fromProfile() });
console.log((await session.runAsync("hello")).text);
"""


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with running_stand_in() as server:
        server.say("It is blue.")
        yield server


def run(*args: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [MAROTTE, "run", *args],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **env},
    )


@pytest.mark.parametrize("args", [("--profile", "main"), ("--model", "openai:gpt-4o"), ()])
def test_the_host_chooses_the_model(
    stand_in: StandIn, tmp_path: Path, args: tuple[str, ...]
) -> None:
    script, config = tmp_path / "script.mjs", tmp_path / "config.toml"
    script.write_text(ASK)
    default = "" if args else 'default_profile = "main"\n'
    config.write_text(f'{default}[profiles.main]\nmodel = "openai:gpt-4o"\n')
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": stand_in.openai}
    done = run(*args, script, MAROTTE_CONFIG=str(config), **env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "It is blue.\n", "")


@pytest.mark.parametrize(
    ("args", "hint", "told"),
    [
        (("--model", "gpt-5"), "--model", 'expected "provider:name", got "gpt-5"'),
        (("--model", "foo:bar"), "--model", 'openai-chat, anthropic, got "foo"'),
        (("--model", "openai:"), "--model", 'expected "provider:name"'),
        (("--profile", "nope"), "--profile", "unknown profile 'nope'; known: main, bad"),
        (("--profile", "bad"), "--profile", 'expected "provider:name", got "gpt"'),
        (("--allow-net", "http://x"), "--allow-net", 'HOST or HOST:PORT, got "http://x"'),
    ],
)
def test_what_names_no_model_or_place_is_a_usage_error(
    tmp_path: Path, args: tuple[str, str], hint: str, told: str
) -> None:
    script, config = tmp_path / "script.mjs", tmp_path / "config.toml"
    script.write_text("console.log('ran');")
    config.write_text('[profiles]\nmain.model = "openai:gpt-4o"\nbad.model = "gpt"\n')
    done = run(*args, script, MAROTTE_CONFIG=str(config), TERMINAL_WIDTH="200", NO_COLOR="1")
    assert (done.returncode, done.stdout) == (64, "")
    assert hint in done.stderr
    assert told in done.stderr


def test_a_configuration_that_cannot_be_read_is_a_usage_error_of_a_profile(tmp_path: Path) -> None:
    script, config = tmp_path / "script.mjs", tmp_path / "config.toml"
    script.write_text("console.log('ran');")
    config.write_text("[profiles\n")
    assert run("--profile", "a", script, MAROTTE_CONFIG=str(config)).returncode == 64
    assert run(script, MAROTTE_CONFIG=str(config)).stdout == "ran\n"


def test_no_profile_is_said_clearly(tmp_path: Path) -> None:
    script = tmp_path / "script.mjs"
    script.write_text(ASK)
    done = run(script, MAROTTE_CONFIG=str(tmp_path / "none.toml"), MAROTTE_PROFILE="")
    assert done.returncode == 1
    assert "no profile is chosen: name one, or set MAROTTE_PROFILE" in done.stderr


@pytest.mark.parametrize("granted", [True, False])
def test_a_script_chooses_a_place(stand_in: StandIn, tmp_path: Path, granted: bool) -> None:
    script = tmp_path / "script.mjs"
    choice = f'engines.model("openai:x", {{ baseURL: "{stand_in.openai}" }})'
    script.write_text(ASK.replace("engines.fromProfile()", choice))
    grant = ("--allow-net", "127.0.0.1") if granted else ()
    done = run(*grant, script)
    if granted:
        assert (done.stdout, done.stderr) == ("It is blue.\n", "")
    else:
        assert done.returncode == 1
        assert "is not granted: --allow-net=127.0.0.1:" in done.stderr


@pytest.mark.parametrize("wire", ["openai-responses:gpt-4o", "anthropic:claude-opus-4-8"])
@pytest.mark.parametrize("named", ["by the script", "by the host"])
def test_the_example_with_a_key(stand_in: StandIn, wire: str, named: str) -> None:
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": stand_in.openai}
    if wire.startswith("anthropic"):
        env = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": stand_in.url}
    args = (EXAMPLE, wire) if named == "by the script" else ("--model", wire, EXAMPLE)
    done = run(*args, **env)
    assert done.returncode == 0, done.stderr
    assert "| It is blue." in done.stdout
    assert "user, llm_text" in done.stdout


def test_a_failing_provider_shows_no_key(stand_in: StandIn, tmp_path: Path) -> None:
    script = tmp_path / "script.mjs"
    script.write_text(ASK)
    config = tmp_path / "config.toml"
    config.write_text('[profiles.a]\nmodel = "openai:x"\nbase_url = "http://127.0.0.1:1/v1"\n')
    env = {"MAROTTE_CONFIG": str(config), "MAROTTE_PROFILES__A__API_KEY": KEY}
    done = run("--profile", "a", script, MAROTTE_PROFILES__A__MAX_RETRIES="0", **env)
    assert done.returncode == 1
    assert "127.0.0.1:1 could not be reached" in done.stderr
    assert KEY not in done.stdout + done.stderr
