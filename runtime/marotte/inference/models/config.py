"""The host's configuration of models: a TOML file, and the environment over it."""

from __future__ import annotations

import os
from pathlib import Path
from tomllib import TOMLDecodeError

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from marotte.conversation import join_path
from marotte.inference.models.errors import EngineConfigError
from marotte.inference.models.options import Profile

FILE_VARIABLE = "MAROTTE_CONFIG"


class ModelConfig(BaseSettings):
    """Profiles by name.

    Each value may come from the environment: `MAROTTE_DEFAULT_PROFILE`, or
    `MAROTTE_PROFILES__FAST__API_KEY` for the key of the profile `fast`.
    """

    model_config = SettingsConfigDict(
        env_prefix="MAROTTE_", env_nested_delimiter="__", extra="ignore", hide_input_in_errors=True
    )

    default_profile: str | None = Field(default=None, description="Taken if none is named.")
    profiles: dict[str, Profile] = Field(default_factory=dict, description="Models, by name.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is given, then the environment, then the file."""
        file = TomlConfigSettingsSource(settings_cls, config_file())
        return init_settings, env_settings, file


def config_file() -> Path:
    """Return where the file is, or would be: what `MAROTTE_CONFIG` names, else the user's own."""
    named = os.environ.get(FILE_VARIABLE)
    if named:
        return Path(named).expanduser()
    folder = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(folder).expanduser() / "marotte" / "config.toml"


def load_config() -> ModelConfig:
    """Read the configuration; no value of it is in any error.

    Raises:
        EngineConfigError: It cannot be read, or something in it is not as it should be.
    """
    file = config_file()
    try:
        return ModelConfig()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        problem = f"{join_path(first['loc']).lstrip('.')}: {first['msg']}"
    except TOMLDecodeError as error:
        problem = f"no valid TOML: {error}"
    except SettingsError as error:
        problem = str(error)
    except (OSError, UnicodeDecodeError) as error:
        problem = f"cannot be read: {type(error).__name__}"
    raise EngineConfigError(f"configuration of models ({file}): {problem}")
