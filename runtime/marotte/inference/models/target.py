"""What an engine calls: provider, model, place and key, put together and checked."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from types import MappingProxyType
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import SecretStr

from marotte.conversation import InvalidValueError, describe
from marotte.inference.models.errors import MissingExtraError, MissingKeyError
from marotte.inference.models.options import ModelOptions

Wire: TypeAlias = Literal["responses", "chat", "messages"]
"""OpenAI's Responses, OpenAI's Chat Completions, Anthropic's Messages."""

_SHORTEST_SECRET = 12


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider that engines can speak to.

    Attributes:
        name: What it is called in events.
        extra: The extra of this distribution that it needs; also the module that shows it is there.
        url: Where it is.
        url_variable: The environment variable that says where it is instead.
        key_variable: The environment variable that holds the key.
    """

    name: str
    extra: str
    url: str
    url_variable: str
    key_variable: str


_OPENAI = Provider(
    "openai", "openai", "https://api.openai.com/v1", "OPENAI_BASE_URL", "OPENAI_API_KEY"
)
_ANTHROPIC = Provider(
    "anthropic",
    "anthropic",
    "https://api.anthropic.com",
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_API_KEY",
)

PROVIDERS: Mapping[str, tuple[Provider, Wire | None]] = MappingProxyType(
    {
        "openai": (_OPENAI, None),
        "openai-responses": (_OPENAI, "responses"),
        "openai-chat": (_OPENAI, "chat"),
        "anthropic": (_ANTHROPIC, "messages"),
    }
)
"""The word before the colon of a model's name. `openai` alone leaves the wire open: Responses at
OpenAI itself, Chat Completions elsewhere, since that is what compatible servers offer."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A model at its place. Its key is in `key` alone, which shows it to nobody.

    Attributes:
        at_provider: Whether `url` is the provider's own place.
        by_host: Whether it is one that the host has named, not a script.
    """

    provider: Provider
    wire: Wire
    model: str
    url: str
    at_provider: bool
    by_host: bool
    key: SecretStr | None = field(repr=False)
    options: ModelOptions = field(repr=False)

    @property
    def label(self) -> str:
        """Who serves it, in events: the provider, or the host of a compatible server."""
        compatible = self.wire == "chat" and not self.at_provider
        return place_of(self.url) if compatible else self.provider.name

    @property
    def timeout(self) -> float:
        """The longest a call may take, in seconds."""
        return (self.options.timeout_ms or 600_000) / 1000

    @property
    def max_retries(self) -> int:
        """How often a failed call is made again."""
        retries = self.options.max_retries
        return 2 if retries is None else retries

    def without_key(self, text: str) -> str:
        """Return `text` with the key, should it be in it, blotted out.

        A short key, as local servers are given for form's sake, is blotted out where it stands
        alone: a "k" is in most words.
        """
        key = self.key.get_secret_value() if self.key is not None else ""
        if len(key) >= _SHORTEST_SECRET:
            return text.replace(key, "***")
        return re.sub(rf"(?<![^\W_]){re.escape(key)}(?![^\W_])", "***", text) if key else text


def has_provider(id: str) -> bool:
    """Whether the name of a model says who serves it."""
    provider, colon, _ = id.partition(":")
    return bool(colon) and provider in PROVIDERS


def split_id(id: object, provider: str | None = None) -> tuple[str, str]:
    """Return provider and name of a model.

    Args:
        id: `provider:name`; the name alone if `provider` is given.

    Raises:
        InvalidValueError: It is not of that form, or the provider is not known.
    """
    problem = f'expected "provider:name", got {describe(id)}'
    if not isinstance(id, str):
        raise InvalidValueError("model", problem)
    chosen, colon, name = id.partition(":")
    if provider is not None and not has_provider(id):
        chosen, colon, name = provider, ":", id
    if not (chosen and colon and name):
        raise InvalidValueError("model", problem)
    if chosen not in PROVIDERS or provider not in (None, chosen):
        known = ", ".join(PROVIDERS) if chosen not in PROVIDERS else provider
        raise InvalidValueError("provider", f"expected {known}, got {describe(chosen)}")
    return chosen, name


def make_target(
    id: object,
    options: ModelOptions,
    *,
    provider: str | None = None,
    key: SecretStr | None = None,
    host_url: str | None = None,
    check_url: Callable[[str], None] | None = None,
) -> Target:
    """Put together what an engine calls.

    A key goes to the place that it is for, and nowhere else. That of the environment is for the
    provider, or for where the environment says that the provider is; that of a profile, for the
    profile's place. Whoever chooses another place brings a key along, or goes there without.

    Args:
        id: `provider:name`, or the name alone beside `provider`.
        options: How the model is called.
        provider: Who serves it.
        key: A key from the host's configuration.
        host_url: The place that the host's configuration names.
        check_url: The options are a script's: raises for a place that it may not choose.

    Raises:
        InvalidValueError: Model or place are not as they should be.
        MissingExtraError: What speaks to the provider is not installed.
        MissingKeyError: There is no key.
    """
    chosen, model = split_id(id, provider)
    known, wire = PROVIDERS[chosen]
    _check_extra(known)
    env_url = os.environ.get(known.url_variable) or known.url
    own_url = host_url or env_url
    url = _checked_url(options.base_url or own_url)
    at_own, at_env = _same_place(url, own_url), _same_place(url, env_url, known.url)
    by_host = check_url is None or at_own or at_env
    if check_url is not None and not by_host:
        check_url(url)
    found = options.api_key or (key if at_own else None) or (_env_key(known) if at_env else None)
    at_provider = _same_place(url, known.url)
    if found is None and at_provider:
        variable = known.key_variable
        raise MissingKeyError(f"no key for {known.name}: set {variable}, or a key in a profile")
    wire = wire or ("responses" if at_provider else "chat")
    return Target(known, wire, model, url, at_provider, by_host, found, options)


def place_of(url: str) -> str:
    """Return the host of `url`, with its port if it names one."""
    return urlsplit(url).netloc


def _env_key(provider: Provider) -> SecretStr | None:
    value = os.environ.get(provider.key_variable, "").strip()
    return SecretStr(value) if value else None


def _same_place(url: str, *others: str) -> bool:
    return any(urlsplit(url)[:2] == urlsplit(other)[:2] for other in others)


def _checked_url(url: str) -> str:
    shown = "one with it" if "@" in url else describe(url)
    try:
        parts = urlsplit(url)
        wrong = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
    except ValueError:
        wrong = True
    if wrong or "@" in url or "\\" in url or not (url.isascii() and url.isprintable()):
        problem = f"expected an http or https URL without a user, got {shown}"
        raise InvalidValueError("baseURL", problem)
    return url.rstrip("/")


def _check_extra(provider: Provider) -> None:
    if find_spec("pydantic_ai") is None or find_spec(provider.extra) is None:
        raise MissingExtraError(
            f"models of {provider.name} need the extra {provider.extra!r}: "
            f"pip install 'marotte[{provider.extra}]'"
        )
