"""Engines that speak to model providers; what does the speaking is imported with the first call."""

from marotte.inference.models.engine import ModelEngine
from marotte.inference.models.errors import (
    EngineConfigError,
    MissingExtraError,
    MissingKeyError,
    NotGrantedError,
    UnknownProfileError,
)
from marotte.inference.models.models import Models
from marotte.inference.models.options import (
    ApiKey,
    ConfigOptions,
    ModelId,
    ModelOptions,
    Profile,
)

__all__ = [
    "ApiKey",
    "ConfigOptions",
    "EngineConfigError",
    "MissingExtraError",
    "MissingKeyError",
    "ModelEngine",
    "ModelId",
    "ModelOptions",
    "Models",
    "NotGrantedError",
    "Profile",
    "UnknownProfileError",
]
