"""Which model is called, where, with which key: names, options, profiles, grants."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from marotte.conversation import InvalidValueError
from marotte.inference.models import (
    ConfigOptions,
    EngineConfigError,
    MissingExtraError,
    MissingKeyError,
    ModelEngine,
    ModelOptions,
    Models,
    NotGrantedError,
    UnknownProfileError,
)
from marotte.inference.models.target import PROVIDERS, Target, make_target

VARIABLES = (
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "MAROTTE_PROFILE",
    "MAROTTE_DEFAULT_PROFILE",
)
CONFIG = """
default_profile = "slow"

[profiles.fast]
model = "openai:quick"
temperature = 0.25
max_tokens = 100
api_key = "key of fast"

[profiles.slow]
model = "thinker"
provider = "anthropic"
api_key_env = "SLOW_KEY"
thinking = "high"

[profiles.local]
model = "openai:llama3:8b"
base_url = "http://localhost:11434/v1"
"""


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A configuration of three profiles, and an environment without keys."""
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MAROTTE_CONFIG", str(file))
    monkeypatch.setenv("SLOW_KEY", "key of slow")
    return iter((file,))


def target_of(engine: ModelEngine) -> Target:
    """What the engine calls, which it shows to nobody else."""
    target: Target = vars(engine)["_target"]
    return target


def key_of(target: Target) -> str | None:
    return target.key.get_secret_value() if target.key is not None else None


def options(**said: object) -> ConfigOptions:
    return ConfigOptions.model_validate(said)


class TestNames:
    @pytest.mark.parametrize(
        ("id", "wire", "model"),
        [
            ("openai:gpt-5", "responses", "gpt-5"),
            ("openai-chat:gpt-5", "chat", "gpt-5"),
            ("openai-responses:gpt-5", "responses", "gpt-5"),
            ("anthropic:claude-x", "messages", "claude-x"),
            ("openai:ft:gpt:org", "responses", "ft:gpt:org"),
        ],
    )
    def test_the_provider_decides_on_the_wire(self, id: str, wire: str, model: str) -> None:
        target = make_target(id, ModelOptions.model_validate({"apiKey": "k"}))
        assert (target.wire, target.model, target.at_provider) == (wire, model, True)

    def test_openai_elsewhere_means_chat(self) -> None:
        engine = ModelEngine.of("openai:llama", base_url="http://localhost:11434/v1/")
        target = target_of(engine)
        assert (target.wire, target.label) == ("chat", "localhost:11434")
        assert target.url == "http://localhost:11434/v1"
        assert key_of(target) is None

    @pytest.mark.parametrize("id", ["", "gpt-5", "openai:", ":x", 7, None])
    def test_what_is_no_name_is_refused(self, id: object) -> None:
        with pytest.raises(InvalidValueError, match='model: expected "provider:name", got'):
            make_target(id, ModelOptions())

    def test_an_unknown_provider_is_refused_with_those_that_are_known(self) -> None:
        with pytest.raises(InvalidValueError, match=r'expected openai, .*, got "acme"'):
            make_target("acme:x", ModelOptions())

    def test_two_providers_are_refused(self) -> None:
        with pytest.raises(InvalidValueError, match='provider: expected anthropic, got "openai"'):
            make_target("openai:x", ModelOptions(), provider="anthropic")

    @pytest.mark.parametrize(
        "url",
        [
            "localhost",
            "ftp://x",
            "http://",
            "http://u:p@x",
            "http://x:y",
            "http://a\\b",
            "http://\n",
        ],
    )
    def test_what_is_no_place_is_refused(self, url: str) -> None:
        with pytest.raises(InvalidValueError, match="baseURL: expected an http or https URL"):
            ModelEngine.of("openai:x", base_url=url, api_key="k")

    def test_a_wrong_option_is_named(self) -> None:
        with pytest.raises(InvalidValueError, match=r"options\.temperature: Input should be"):
            ModelEngine.of("openai:x", temperature=-1)
        with pytest.raises(InvalidValueError, match=r"options\.heat: "):
            ModelEngine.of("openai:x", heat=1)


class TestKeys:
    def test_without_one_it_says_where_to_put_it(self) -> None:
        for id, name in (("openai:x", "OPENAI_API_KEY"), ("anthropic:x", "ANTHROPIC_API_KEY")):
            with pytest.raises(MissingKeyError, match=name):
                Models().engine(id)

    def test_the_environment_has_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", " key of host\n")
        assert key_of(target_of(Models().engine("openai:x"))) == "key of host"

    def test_an_option_goes_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "key of host")
        engine = Models().engine("openai:x", ModelOptions.model_validate({"apiKey": "mine"}))
        assert key_of(target_of(engine)) == "mine"

    def test_a_place_of_the_host_gets_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "key of host")
        monkeypatch.setenv("OPENAI_BASE_URL", "https://gateway.test/v1")
        target = target_of(Models().engine("openai:x"))
        assert (target.url, key_of(target)) == ("https://gateway.test/v1", "key of host")

    def test_a_place_of_a_script_does_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "key of host")
        place = ModelOptions.model_validate({"baseURL": "https://evil.test/v1"})
        models = Models(allowed_net=["evil.test"])
        assert key_of(target_of(models.engine("openai:x", place))) is None
        with_profile = options(baseURL="https://evil.test/v1")
        assert key_of(target_of(models.from_profile("fast", with_profile))) is None

    def test_a_profile_of_another_place_does_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "key of host")
        assert key_of(target_of(Models().from_profile("local"))) is None

    def test_another_provider_does_not_get_that_of_a_profile(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "key of host")
        for name in ("fast", "local"):
            target = target_of(Models().from_profile(name, options(model="anthropic:x")))
            assert target.url == "https://api.anthropic.com"
            assert key_of(target) == "key of host"
        target = target_of(Models().from_profile("fast", options(model="openai-chat:x")))
        assert (target.wire, key_of(target)) == ("chat", "key of fast")


class TestGrants:
    @pytest.mark.parametrize("grant", ["evil.test", "evil.test:8443", "other.test"])
    def test_a_place_has_to_be_granted(self, grant: str) -> None:
        place = ModelOptions.model_validate({"baseURL": "https://evil.test:8443/v1"})
        models = Models(allowed_net=[grant])
        if grant == "other.test":
            with pytest.raises(NotGrantedError, match=r"--allow-net=evil\.test:8443"):
                models.engine("openai:x", place)
        else:
            assert target_of(models.engine("openai:x", place)).url == "https://evil.test:8443/v1"

    def test_places_of_the_host_need_none(self) -> None:
        assert target_of(Models().from_profile("local")).url == "http://localhost:11434/v1"
        place = options(baseURL="http://localhost:11434/other")
        assert target_of(Models().from_profile("local", place)).by_host


class TestProfiles:
    def test_a_profile_says_all(self) -> None:
        engine = Models().from_profile("fast")
        target = target_of(engine)
        assert engine.name == "profile:fast"
        assert (target.provider.name, target.model) == ("openai", "quick")
        assert (target.options.temperature, target.options.max_tokens) == (0.25, 100)
        assert key_of(target) == "key of fast"
        assert key_of(target_of(Models().from_profile("slow"))) == "key of slow"

    def test_options_go_first(self) -> None:
        engine = Models().from_profile("fast", options(temperature=1, model="openai:other"))
        target = target_of(engine)
        assert target.model == "other"
        assert (target.options.temperature, target.options.max_tokens) == (1, 100)

    def test_argument_option_host_environment_default(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def chosen(models: Models, name: str | None = None, **said: str) -> str:
            return models.from_profile(name, options(**said)).name

        assert chosen(Models()) == "profile:slow"
        monkeypatch.setenv("MAROTTE_PROFILE", "local")
        assert chosen(Models()) == "profile:local"
        assert chosen(Models(profile="fast")) == "profile:fast"
        assert chosen(Models(profile="fast"), profile="slow") == "profile:slow"
        assert chosen(Models(profile="fast"), "local", profile="slow") == "profile:local"

    def test_a_model_of_the_host_replaces_the_profile_that_none_names(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        models = Models(model="openai:chosen", profile="fast")
        assert models.from_profile().name == "openai:chosen"
        assert models.from_profile("slow").name == "profile:slow"

    def test_the_environment_goes_before_the_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MAROTTE_PROFILES__FAST__MODEL", "openai:newer")
        monkeypatch.setenv("MAROTTE_DEFAULT_PROFILE", "fast")
        target = target_of(Models().from_profile())
        assert (target.model, target.options.temperature) == ("newer", 0.25)

    def test_an_unknown_one_is_refused_with_those_that_are_known(self) -> None:
        with pytest.raises(UnknownProfileError, match="'none'; known: fast, slow, local"):
            Models().from_profile("none")

    def test_none_at_all(self, config: Iterator[Path]) -> None:
        next(config).unlink()
        with pytest.raises(UnknownProfileError, match="MAROTTE_PROFILE"):
            Models().from_profile()

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("[profiles.a", "no valid TOML"),
            ("[profiles.a]\nmodel = 1", r"profiles\.a\.model: "),
            ("[profiles.a]\nmodell = 'x'", r"profiles\.a\.modell: "),
        ],
    )
    def test_a_wrong_file_is_named(self, config: Iterator[Path], text: str, problem: str) -> None:
        file = next(config)
        file.write_text(text)
        with pytest.raises(EngineConfigError, match=problem) as raised:
            Models().from_profile("a")
        assert str(file) in str(raised.value)

    def test_without_a_model(self, config: Iterator[Path]) -> None:
        next(config).write_text("[profiles.a]\n")
        with pytest.raises(EngineConfigError, match=r"profiles\.a\.model"):
            Models().from_profile("a")


class TestConfigs:
    def test_a_model_and_its_provider(self) -> None:
        engine = Models().from_config(options(model="m", provider="anthropic", apiKey="k"))
        assert engine.name == "config"
        assert target_of(engine).provider.name == "anthropic"

    def test_a_profile_to_begin_with(self) -> None:
        engine = Models().from_config(options(profile="fast", maxTokens=7))
        assert target_of(engine).options.max_tokens == 7

    def test_neither(self) -> None:
        with pytest.raises(EngineConfigError, match=r"options\.model"):
            Models().from_config(options(temperature=1))


class TestPlainInstall:
    @pytest.mark.parametrize("missing", ["pydantic_ai", "openai"])
    def test_the_extra_is_named(self, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
        real = importlib.util.find_spec

        def find(name: str) -> object:
            return None if name == missing else real(name)

        monkeypatch.setattr("marotte.inference.models.target.find_spec", find)
        with pytest.raises(MissingExtraError, match=r"pip install 'marotte\[openai\]'"):
            Models().engine("openai:x", ModelOptions.model_validate({"apiKey": "k"}))

    def test_profiles_need_one_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("marotte.inference.models.models.find_spec", lambda name: None)
        with pytest.raises(MissingExtraError, match=r"'marotte\[models\]'"):
            Models().from_profile("fast")

    @pytest.mark.parametrize(
        "source",
        [
            "import marotte, marotte.host, marotte.cli.run, marotte.inference.models",
            "from marotte_js.core import BINDING",
            "from marotte import ModelEngine; ModelEngine.of('openai:x', api_key='k')",
            "import anyio; from marotte import Runtime\n"
            "async def main():\n"
            "    async with Runtime() as runtime:\n"
            '        await runtime.run_source(\'import { engines, runInference } from "marotte";'
            'runInference(engines.echo(), "x")\')\n'
            "anyio.run(main)",
        ],
        ids=["import", "bindings", "engine", "echo"],
    )
    def test_nothing_of_it_is_imported_before_a_call(self, source: str) -> None:
        late = "{'pydantic_ai', 'pydantic_settings', 'openai', 'anthropic', 'httpx2'}"
        script = f"{source}\nimport sys; print(sorted({late} & set(sys.modules)))"
        done = subprocess.run(
            [sys.executable, "-c", script], check=True, capture_output=True, text=True
        )
        assert done.stdout.strip() == "[]"


def test_the_providers_that_editors_offer_are_those_there_are() -> None:
    (described, _) = ConfigOptions.model_json_schema()["properties"]["provider"]["anyOf"]
    assert described["examples"] == [*PROVIDERS]
