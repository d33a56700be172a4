"""Why an engine that speaks to a provider cannot be made."""

from __future__ import annotations

from marotte.conversation import MarotteError


class EngineConfigError(MarotteError):
    """A model, a profile or the configuration file is not as it should be."""

    default_code = "engine_config"


class MissingExtraError(EngineConfigError):
    """The extra of the distribution that speaks to a provider is not installed."""

    default_code = "missing_extra"


class MissingKeyError(EngineConfigError):
    """There is no key for a provider, neither in the environment nor in the configuration."""

    default_code = "missing_key"


class UnknownProfileError(EngineConfigError):
    """No profile of that name is configured."""

    default_code = "unknown_profile"


class NotGrantedError(EngineConfigError):
    """A script asked for something that its host did not grant."""

    default_code = "not_granted"
