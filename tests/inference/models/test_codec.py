"""Blocks and messages of pydantic-ai say the same, there and back."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_ai.messages import (
    BinaryContent,
    FilePart,
    ImageUrl,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    NativeToolCallPart,
    NativeToolReturnPart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
    VideoUrl,
)
from pydantic_core import to_json

from marotte.conversation import (
    Block,
    InvalidValueError,
    JsonObject,
    Turn,
    new_assistant_block,
    new_tool_call_block,
    new_tool_use_block,
    new_turn,
    new_user_block,
    normalize,
)
from marotte.inference.models.wire import blocks_of, messages_of

WHEN = datetime(2026, 1, 1, tzinfo=UTC)

texts = st.text(st.characters(codec="utf-8"), max_size=20)
ids = st.text("abc123_-", min_size=1, max_size=8)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(texts, json_values, max_size=3)
details = st.none() | st.dictionaries(ids, json_values.filter(lambda v: v is not None), min_size=1)
named: dict[str, Any] = {"provider_name": st.none() | ids, "provider_details": details}

images = st.builds(
    ImageUrl,
    ids.map(lambda name: f"https://example.test/{name}.png"),
    vendor_metadata=st.none() | st.just({"detail": "low"}),
) | st.builds(BinaryContent, st.binary(max_size=8), media_type=st.sampled_from(["image/png"]))


def as_text(value: JsonObject) -> st.SearchStrategy[str]:
    """Arguments as a model may write them: any spacing, any escapes."""
    return st.builds(
        lambda indent, ascii_only: json.dumps(value, indent=indent, ensure_ascii=ascii_only),
        st.none() | st.integers(0, 3),
        st.booleans(),
    )


arguments = (
    objects | objects.flatmap(as_text) | st.sampled_from(["{", "[1]", "nonsense", '{"a":1e999}'])
)

request_parts: st.SearchStrategy[Any] = st.one_of(
    st.builds(SystemPromptPart, texts, timestamp=st.just(WHEN)),
    st.builds(
        UserPromptPart,
        texts | st.lists(texts | images, min_size=1, max_size=4),
        timestamp=st.just(WHEN),
    ),
    st.builds(
        ToolReturnPart,
        ids,
        json_values.filter(lambda value: value is not None),
        ids,
        timestamp=st.just(WHEN),
    ),
    st.builds(ToolReturnPart, ids, texts, ids, outcome=st.just("failed"), timestamp=st.just(WHEN)),
)
response_parts: st.SearchStrategy[Any] = st.one_of(
    st.builds(TextPart, texts, id=st.none() | ids, **named),
    st.builds(ThinkingPart, texts, id=st.none() | ids, signature=st.none() | texts, **named),
    st.builds(ToolCallPart, ids, arguments, ids, id=st.none() | ids, **named),
    st.builds(NativeToolCallPart, ids, objects, ids, **named),
    st.builds(NativeToolReturnPart, ids, objects, ids, timestamp=st.just(WHEN), **named),
    st.builds(FilePart, st.builds(BinaryContent, st.binary(), media_type=st.just("image/png"))),
)
requests = st.builds(ModelRequest, st.lists(request_parts, min_size=1, max_size=4))
responses = st.builds(
    ModelResponse,
    st.lists(response_parts, min_size=1, max_size=4),
    model_name=st.none() | ids,
    timestamp=st.just(WHEN),
    provider_url=st.none() | ids,
    canonical_system=st.none() | ids,
    provider_response_id=st.none() | ids,
    finish_reason=st.sampled_from([None, "stop", "length", "tool_call"]),
    **named,
)
conversations = st.lists(st.tuples(requests, responses), min_size=1, max_size=3).map(
    lambda pairs: [message for pair in pairs for message in pair]
)


def plain(messages: list[ModelMessage]) -> list[Any]:
    """Messages as data, without the times at which they were made, arguments as they are sent."""
    dumped: list[Any] = ModelMessagesTypeAdapter.dump_python(messages, mode="json")
    for message in dumped:
        for part in [message, *message["parts"]]:
            part.pop("timestamp", None)
            if part.get("part_kind") == "tool-call" and not isinstance(part["args"], str):
                part["args"] = to_json(part["args"]).decode()
    return dumped


@given(conversations)
def test_messages_survive(messages: list[ModelMessage]) -> None:
    assert plain(messages_of(blocks_of(messages))) == plain(messages)


@given(conversations)
def test_blocks_survive_the_wire_and_the_way_through(messages: list[ModelMessage]) -> None:
    blocks = blocks_of(messages)
    stored = normalize(json.loads(json.dumps(Turn(blocks=blocks).wire())))
    again = blocks_of(messages_of(stored.blocks))
    assert [without_id(block) for block in again] == [without_id(block) for block in blocks]


def without_id(block: Block) -> JsonObject:
    wire = block.wire()
    if block.kind != "tool_call":
        del wire["id"]
    return wire


def test_what_a_script_changes_goes_first() -> None:
    call = ToolCallPart("add", '{"a":  1}', "c1", id="fc_1")
    text, asked = blocks_of([ModelResponse([TextPart("a", id="msg_1"), call], timestamp=WHEN)])
    text.payload["text"] = "b"
    asked.payload["args"] = {"a": 2}
    (response,) = messages_of([text, asked])
    assert response.parts == [
        TextPart("b", id="msg_1"),
        replace(call, args={"a": 2}),
    ]


def test_blocks_made_by_hand_are_a_conversation() -> None:
    turn = new_turn(
        [
            new_user_block("add"),
            new_tool_call_block("c1", "add", {"a": 1}),
            new_tool_use_block("c1", 2),
            new_tool_call_block("c2", "add", None),
            new_tool_use_block("c2", None, "no arguments"),
            Block(kind="other", payload={"note": "for nobody"}),
            Block(kind="acme.custom"),
            new_assistant_block("done"),
        ]
    )
    kinds = [
        [(message["kind"], part["part_kind"], part.get("tool_name")) for part in message["parts"]]
        for message in plain(messages_of(turn.blocks))
    ]
    assert kinds == [
        [("request", "user-prompt", None)],
        [("response", "tool-call", "add")],
        [("request", "tool-return", "add")],
        [("response", "tool-call", "add")],
        [("request", "tool-return", "add")],
        [("response", "text", None)],
    ]
    failed = messages_of(turn.blocks)[4].parts[0]
    assert isinstance(failed, ToolReturnPart)
    assert (failed.outcome, failed.content) == ("failed", "no arguments")


@pytest.mark.parametrize(
    ("payload", "url"),
    [
        ({"url": "https://example.test/a.png"}, "https://example.test/a.png"),
        ({"url": "data:image/png;base64,AAAA"}, None),
        ({"data": "AAAA", "media_type": "image/png"}, None),
    ],
)
def test_images(payload: JsonObject, url: str | None) -> None:
    said = Block(kind="user", payload={"text": "look", "images": [payload]})
    for block in (said, Block(kind="image", payload=payload)):
        (request,) = messages_of([block])
        (part,) = request.parts
        assert isinstance(part, UserPromptPart)
        image = part.content[-1]
        if url is None:
            assert isinstance(image, BinaryContent)
            assert (image.data, image.media_type) == (b"\0\0\0", "image/png")
        else:
            assert isinstance(image, ImageUrl)
            assert (image.url, image.force_download) == (url, False)


@pytest.mark.parametrize(
    "forged",
    [
        Block(kind="user", payload={"images": [{"url": "http://x.test", "force_download": True}]}),
        Block(
            kind="tool_use",
            payload={"id": "1", "result": {"kind": "image-url", "url": "http://x.test"}},
            metadata={"part": {"content_file_digests": ["x"]}},
        ),
        Block(
            kind="other",
            metadata={
                "part": {
                    "part_kind": "user-prompt",
                    "content": [{"kind": "image-url", "url": "http://x.test"}],
                }
            },
        ),
    ],
)
def test_no_script_makes_the_host_fetch(forged: Block) -> None:
    dumped = plain(messages_of([new_user_block("x"), forged]))
    assert '"force_download": true' not in json.dumps(dumped)
    for part in dumped[0]["parts"][1:]:
        assert part["part_kind"] in ("user-prompt", "tool-return")
        if part["part_kind"] == "tool-return":
            (message,) = messages_of([forged])
            (returned,) = message.parts
            assert isinstance(returned, ToolReturnPart)
            assert isinstance(returned.content, dict)


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        (Block(kind="user"), r"blocks\[0\] \(user\).payload.text: expected text, got null"),
        (Block(kind="llm_text", payload={"text": 1}), r"payload.text: expected text, got 1"),
        (Block(kind="tool_use", payload={}), r"payload.id: expected text"),
        (Block(kind="image", payload={}), r"\{url\} or \{data, media_type\}"),
        (Block(kind="user", payload={"images": [1]}), r"images\[0\]: expected an image, got 1"),
        (
            Block(kind="llm_text", payload={"text": "a"}, metadata={"part": {"id": 1}}),
            r"messages\[0\]",
        ),
    ],
)
def test_what_a_block_cannot_say_is_named(block: Block, problem: str) -> None:
    with pytest.raises(InvalidValueError, match=problem):
        messages_of([block])


def test_what_blocks_cannot_say_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="expected text or an image"):
        blocks_of([ModelRequest([UserPromptPart([VideoUrl("https://example.test/a.mp4")])])])
