"""What may be said of a model: by a script, a profile or an embedder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    SecretStr,
    ValidationError,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType

from marotte.conversation import InvalidValueError, join_path

Thinking = TypeAliasType(
    "Thinking",
    Annotated[
        bool | Literal["minimal", "low", "medium", "high", "xhigh"],
        Field(description="How much a model reasons: whether at all, or how hard."),
    ],
)


ModelId = TypeAliasType(
    "ModelId",
    Annotated[
        str,
        Field(
            description="A model as `provider:name`.",
            examples=[
                "openai:gpt-5",
                "openai-responses:gpt-5",
                "openai-chat:gpt-5",
                "anthropic:claude-opus-4-5",
            ],
        ),
    ],
)


def _secret(value: object) -> SecretStr:
    """Take a key. What is wrong is said without the value: it may be a key all the same."""
    if isinstance(value, SecretStr):
        return value
    if isinstance(value, str) and value.strip():
        return SecretStr(value.strip())
    raise PydanticCustomError("message", "options.apiKey: expected text that is not empty")


ApiKey: TypeAlias = Annotated[SecretStr, BeforeValidator(_secret, json_schema_input_type=str)]


# What editors offer; which there are is known to `target`.
_PROVIDERS: list[JsonValue] = ["openai", "openai-responses", "openai-chat", "anthropic"]


class ModelOptions(BaseModel):
    """How a model is called."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    temperature: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = Field(
        default=None, description="How freely it chooses words; absent: the provider's default."
    )
    top_p: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=None, description="Choose among the likeliest words of this total probability."
    )
    max_tokens: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="The most tokens of an answer."
    )
    seed: int | None = Field(default=None, description="For answers that can be repeated.")
    stop_sequences: list[str] | None = Field(
        default=None, description="Texts at which the answer ends."
    )
    thinking: Thinking | None = Field(
        default=None, description="Whether, or how much, it reasons before it answers."
    )
    parallel_tool_calls: bool | None = Field(
        default=None, description="Whether it may ask for several tools at once."
    )
    timeout_ms: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        default=None, description="The longest a call may take, in ms; absent: 10 minutes."
    )
    max_retries: Annotated[int, Field(ge=0, le=20)] | None = Field(
        default=None,
        description="How often a call that failed for a reason that passes is made again; "
        "absent: 2.",
    )
    base_url: str | None = Field(
        default=None,
        alias="baseURL",
        description="Where the provider is, or another with the same API.",
    )
    api_key: ApiKey | None = Field(
        default=None, description="The key; absent: the host's, which scripts never see."
    )

    def over(self, base: ModelOptions) -> ModelOptions:
        """Return these options, and for what they leave open those of `base`."""
        said = {**_said(base), **_said(self)}
        return ModelOptions.model_construct(None, **said)


class ConfigOptions(ModelOptions):
    """How a model is called, and which."""

    model: ModelId | None = Field(
        default=None, description="`provider:name`, or the name alone beside `provider`."
    )
    provider: Annotated[str, Field(examples=_PROVIDERS)] | None = Field(
        default=None, description="Who serves it, such as `openai`."
    )
    profile: str | None = Field(
        default=None, description="A profile of the host's configuration to begin with."
    )


class Profile(ConfigOptions):
    """A model with options, under a name, in the host's configuration.

    It is not strict: in an environment, numbers are text.
    """

    model_config = ConfigDict(strict=False)

    profile: None = None
    api_key_env: str | None = Field(
        default=None, description="The environment variable that holds the key."
    )


def checked_options(values: Mapping[str, object]) -> ModelOptions:
    """Return options from their fields.

    Raises:
        InvalidValueError: One is not as it should be; its value is not shown, it may be a key.
    """
    try:
        return ModelOptions.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InvalidValueError(f"options{join_path(first['loc'])}", first["msg"]) from None


def _said(options: ModelOptions) -> dict[str, Any]:
    names = ModelOptions.model_fields
    return {name: value for name in names if (value := getattr(options, name)) is not None}
