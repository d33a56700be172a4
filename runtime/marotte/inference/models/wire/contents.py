"""What a user says: text and images, as payloads of blocks and as contents of a prompt."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import JsonValue

from marotte.conversation import InvalidValueError, JsonObject, describe

_DATA_URL = re.compile(r"data:([\w.+/-]+);base64,([A-Za-z0-9+/=_\s-]*)")
_KEPT = ("url", "data", "media_type", "vendor_metadata")


def write_prompt(content: JsonValue) -> JsonObject:
    """Return the payload for a prompt: `{text?, images?}`, or `{content}` for another order.

    Raises:
        InvalidValueError: It holds something else than text and images.
    """
    if isinstance(content, str):
        return {"text": content}
    if not isinstance(content, list):
        raise InvalidValueError("content", f"expected text or a list, got {describe(content)}")
    items = [_write_item(item) for item in content]
    first, *rest = items or [{}]
    if rest and "text" in first and not any("text" in item for item in rest):
        return {"text": first["text"], "images": list[JsonValue](rest)}
    if items and not any("text" in item for item in items):
        return {"images": list[JsonValue](items)}
    return {"content": list[JsonValue](items)}


def read_prompt(payload: Mapping[str, JsonValue]) -> JsonValue:
    """Return the prompt that a payload says.

    Raises:
        InvalidValueError: It says nothing, or an image is none.
    """
    content = payload.get("content")
    if isinstance(content, list):
        return [_read_item(item, f"payload.content[{n}]") for n, item in enumerate(content)]
    text, images = payload.get("text"), payload.get("images")
    found = images if isinstance(images, list) else []
    read: list[JsonValue] = [
        read_image(image, f"payload.images[{n}]") for n, image in enumerate(found)
    ]
    if isinstance(text, str):
        return [text, *read] if read else text
    if not read:
        raise InvalidValueError("payload.text", f"expected text, got {describe(text)}")
    return read


def read_image(image: JsonValue, path: str) -> JsonObject:
    """Return an image: its URL, `{url, …}` or `{data, media_type, …}` with data in base64.

    Whoever gets a URL fetches it: the provider, never this host.

    Raises:
        InvalidValueError: It is none of these.
    """
    fields = {"url": image} if isinstance(image, str) else image
    if not isinstance(fields, dict):
        raise InvalidValueError(path, f"expected an image, got {describe(image)}")
    known: JsonObject = {name: fields[name] for name in _KEPT if fields.get(name) is not None}
    url, data = known.get("url"), known.get("data")
    if isinstance(url, str):
        inline = _DATA_URL.fullmatch(url)
        if inline is None:
            return {**known, "kind": "image-url"}
        del known["url"]
        return {**known, "kind": "binary", "media_type": inline[1], "data": inline[2]}
    if isinstance(data, str) and isinstance(known.get("media_type"), str):
        return {**known, "kind": "binary"}
    raise InvalidValueError(path, "expected an image: {url} or {data, media_type}")


def _write_item(item: JsonValue) -> JsonObject:
    if isinstance(item, str):
        return {"text": item}
    if isinstance(item, dict) and item.get("kind") in ("image-url", "binary"):
        return {name: item[name] for name in _KEPT if item.get(name) is not None}
    raise InvalidValueError("content", f"expected text or an image, got {describe(item)}")


def _read_item(item: JsonValue, path: str) -> JsonValue:
    text = item.get("text") if isinstance(item, dict) else item
    return text if isinstance(text, str) else read_image(item, path)
