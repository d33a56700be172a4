"""The clients of providers, each imported when its provider is first called."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import cache

import httpx2
from pydantic_ai.models import Model
from pydantic_ai.profiles.openai import OpenAIModelProfile

from marotte.inference.models.target import Target

CONNECT_SECONDS = 10.0
NO_KEY = "none"
"""Sent where no key is needed: the clients insist on one."""

request_id: ContextVar[str | None] = ContextVar("marotte_request_id", default=None)
"""What the provider calls the last request of this task."""

_REQUEST_ID_HEADERS = ("x-request-id", "request-id")
_PROTOCOL_HEADERS = frozenset(
    "accept accept-encoding anthropic-beta anthropic-version connection content-length "
    "content-type host transfer-encoding user-agent".split()
)


def make_http(target: Target) -> httpx2.AsyncClient:
    """Return a client for `target` alone."""
    return httpx2.AsyncClient(
        verify=_tls(),
        timeout=httpx2.Timeout(target.timeout, connect=CONNECT_SECONDS),
        follow_redirects=False,
        event_hooks={"request": [_send_only(target)], "response": [_note_request_id]},
    )


def make_model(target: Target, http: httpx2.AsyncClient) -> Model:
    """Return the model of `target`. Retries are not the client's: a stop could not end its wait."""
    return _anthropic(target, http) if target.wire == "messages" else _openai(target, http)


def _anthropic(target: Target, http: httpx2.AsyncClient) -> Model:
    from anthropic import AsyncAnthropic
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    client = AsyncAnthropic(
        api_key=_key(target), base_url=target.url, http_client=http, max_retries=0
    )
    return AnthropicModel(target.model, provider=AnthropicProvider(anthropic_client=client))


def _openai(target: Target, http: httpx2.AsyncClient) -> Model:
    from openai import AsyncOpenAI
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    client = AsyncOpenAI(api_key=_key(target), base_url=target.url, http_client=http, max_retries=0)
    if target.wire == "responses":
        return OpenAIResponsesModel(target.model, provider=OpenAIProvider(openai_client=client))
    # Without it, half an answer could pass for a whole one.
    profile = OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)
    if target.at_provider:
        provider = OpenAIProvider(openai_client=client)
        return OpenAIChatModel(target.model, provider=provider, profile=profile)
    compatible = OpenAICompatibleProvider(target.label, openai_client=client)
    return OpenAIChatModel(target.model, provider=compatible, profile=profile)


def _key(target: Target) -> str:
    return target.key.get_secret_value() if target.key is not None else NO_KEY


def _send_only(target: Target) -> Callable[[httpx2.Request], Awaitable[None]]:
    """See to it that a place that a script chose gets no header from the host's environment."""

    async def send(request: httpx2.Request) -> None:
        if target.by_host:
            return
        for name in [name for name in request.headers if name not in _PROTOCOL_HEADERS]:
            del request.headers[name]
        if target.wire == "messages":
            request.headers["x-api-key"] = _key(target)
        else:
            request.headers["authorization"] = f"Bearer {_key(target)}"

    return send


async def _note_request_id(response: httpx2.Response) -> None:
    found = (response.headers.get(name) for name in _REQUEST_ID_HEADERS)
    request_id.set(next((id for id in found if id), None))


@cache
def _tls() -> ssl.SSLContext:
    """The trusted certificates, which take longer to read than a client takes to make."""
    return httpx2.create_ssl_context()
