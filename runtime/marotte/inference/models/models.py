"""What scripts can reach of model providers, and the profiles of the host."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pydantic import SecretStr

from marotte.conversation import InvalidValueError, describe
from marotte.inference.models.engine import ModelEngine
from marotte.inference.models.errors import (
    EngineConfigError,
    MissingExtraError,
    NotGrantedError,
    UnknownProfileError,
)
from marotte.inference.models.options import ConfigOptions, ModelOptions, Profile
from marotte.inference.models.target import (
    PROVIDERS,
    Target,
    has_provider,
    make_target,
    place_of,
    split_id,
)

if TYPE_CHECKING:
    from marotte.inference.models.config import ModelConfig

PROFILE_VARIABLE = "MAROTTE_PROFILE"
_PLACE = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+)(:\d{1,5})?", re.ASCII | re.IGNORECASE)
_OF_PROVIDER = ("base_url", "api_key", "api_key_env")


class Models:
    """Makes engines for scripts, within what their host has configured and granted.

    The configuration is read when a profile is first asked for.

    Args:
        profile: The profile that scripts get which name none.
        model: The model that they get instead of that profile's, as `provider:name`.
        allowed_net: Hosts, with a port or without, that scripts may choose as a place of models
            themselves. Places that the host configures need no grant.

    Raises:
        InvalidValueError: `model` or one of `allowed_net` is not of that form.
    """

    def __init__(
        self,
        *,
        profile: str | None = None,
        model: str | None = None,
        allowed_net: Iterable[str] = (),
    ) -> None:
        if model is not None:
            split_id(model)
        self._profile = profile
        self._model = model
        self.allowed_net = frozenset(map(_checked_grant, allowed_net))

    def check_profile(self) -> None:
        """See that the profile which the host has chosen here, if it has, is there.

        Raises:
            EngineConfigError: The configuration cannot be read, or the profile names no model.
            InvalidValueError: What it names is none.
            UnknownProfileError: There is no such profile.
        """
        if self._profile is not None:
            self._profile_named(self._profile)

    def engine(self, id: str, options: ModelOptions | None = None) -> ModelEngine:
        """Make an engine for the model `provider:name`.

        Raises:
            InvalidValueError: The name or the place are not as they should be.
            MissingExtraError: What speaks to the provider is not installed.
            MissingKeyError: There is no key.
            NotGrantedError: The options choose a place that is not granted.
        """
        target = make_target(id, options or ModelOptions(), check_url=self._check_url)
        return ModelEngine(target, id)

    def from_config(self, options: ConfigOptions) -> ModelEngine:
        """Make an engine from options that name the model, or a profile to begin with.

        Raises:
            EngineConfigError: No model is named, or as `engine` and `from_profile`.
        """
        if options.profile is not None:
            return ModelEngine(self._of_profile(options.profile, options), "config")
        if options.model is None:
            raise EngineConfigError("options.model: expected the name of a model")
        return ModelEngine(self._target(options.model, options, options.provider), "config")

    def from_profile(
        self, name: str | None = None, options: ConfigOptions | None = None
    ) -> ModelEngine:
        """Make an engine from a profile; what the options say goes first.

        Args:
            name: The profile; else `options` name it, else the host, else the environment
                variable `MAROTTE_PROFILE`, else the configuration.
            options: How the model is called.

        Raises:
            UnknownProfileError: There is no such profile, or none is chosen.
        """
        said = options or ConfigOptions()
        asked = name or said.profile
        if asked is None and self._model is not None:
            return ModelEngine(self._target(self._model, said), self._model)
        chosen = asked or self.default_profile
        if chosen is None:
            raise UnknownProfileError(
                f"no profile is chosen: name one, or set {PROFILE_VARIABLE}, "
                f"or default_profile in the configuration"
            )
        return ModelEngine(self._of_profile(chosen, said), f"profile:{chosen}")

    @property
    def default_profile(self) -> str | None:
        """The profile that a script gets which names none."""
        named = self._profile or os.environ.get(PROFILE_VARIABLE)
        return named or self._config.default_profile

    @cached_property
    def _config(self) -> ModelConfig:
        if find_spec("pydantic_settings") is None:
            raise MissingExtraError(
                "profiles need the extra 'models': pip install 'marotte[models]'"
            )
        from marotte.inference.models.config import load_config

        return load_config()

    def _profile_named(self, name: str) -> tuple[Profile, str, str]:
        """Return the profile, its provider and its model."""
        profile = self._config.profiles.get(name)
        if profile is None:
            known = ", ".join(self._config.profiles) or "none"
            raise UnknownProfileError(f"unknown profile {name!r}; known: {known}")
        if profile.model is None:
            raise EngineConfigError(f"profiles.{name}.model: expected the name of a model")
        return profile, *split_id(profile.model, profile.provider)

    def _of_profile(self, name: str, options: ConfigOptions) -> Target:
        profile, own, model = self._profile_named(name)
        id = options.model or model
        provider = options.provider or (None if has_provider(id) else own)
        chosen, model = split_id(id, provider)
        if PROVIDERS[chosen][0] is not PROVIDERS[own][0]:
            # Place and key of the profile are for its own provider.
            profile = profile.model_copy(update=dict.fromkeys(_OF_PROVIDER))
        return self._target(model, options, chosen, profile)

    def _target(
        self,
        id: str,
        options: ConfigOptions,
        provider: str | None = None,
        profile: Profile | None = None,
    ) -> Target:
        if profile is None:
            return make_target(id, options, provider=provider, check_url=self._check_url)
        return make_target(
            id,
            options.over(profile.model_copy(update=dict.fromkeys(_OF_PROVIDER))),
            provider=provider,
            key=_key_of(profile),
            host_url=profile.base_url,
            check_url=self._check_url,
        )

    def _check_url(self, url: str) -> None:
        place = place_of(url)
        if place in self.allowed_net or place.rpartition(":")[0] in self.allowed_net:
            return
        raise NotGrantedError(f"baseURL: {place} is not granted: --allow-net={place}")


def _checked_grant(place: str) -> str:
    if _PLACE.fullmatch(place) is None:
        raise InvalidValueError("allowed_net", f"expected HOST or HOST:PORT, got {describe(place)}")
    return place


def _key_of(profile: Profile) -> SecretStr | None:
    if profile.api_key is not None or profile.api_key_env is None:
        return profile.api_key
    value = os.environ.get(profile.api_key_env, "").strip()
    return SecretStr(value) if value else None
