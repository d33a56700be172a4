"""Conversations with tools: what a scripted model asks for, and what came of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from pydantic import JsonValue

from marotte.conversation import Block, Session, Turn
from marotte.events import Body
from marotte.inference import (
    Middleware,
    Pipeline,
    ReplyLike,
    ScriptedEngine,
    ToolHooks,
    ToolLike,
    ToolLoopSettings,
    ToolRegistry,
    TurnComputation,
)
from marotte.runs import RunHandle, Runs

B = TypeVar("B", bound=Body)


def call(name: str, id: str = "1", /, **args: JsonValue) -> dict[str, object]:
    """A tool call that a model asks for."""
    return {"id": id, "name": name, "args": args}


def asks(*calls: dict[str, object], text: str = "") -> dict[str, object]:
    """An answer that asks for tools."""
    return {"toolCalls": list(calls), "text": text}


class Conversation:
    """A session with a scripted model and tools."""

    def __init__(
        self,
        runs: Runs,
        replies: Iterable[ReplyLike],
        tools: Iterable[ToolLike] = (),
        *,
        hooks: ToolHooks | None = None,
        middlewares: Sequence[Middleware] = (),
        loop: Mapping[str, object] | None = None,
    ) -> None:
        self.runs = runs
        self.engine = ScriptedEngine(replies)
        self.session = Session()
        self.pipeline = Pipeline(
            self.engine,
            tools=ToolRegistry(tools),
            tool_loop=ToolLoopSettings.of(loop),
            tool_hooks=hooks,
            middlewares=tuple(middlewares),
        )

    def start(self, **options: object) -> RunHandle[Turn]:
        computation = TurnComputation(self.pipeline)
        return self.runs.start(computation, session=self.session, seed="go", options=options)


def uses(blocks: Iterable[Block]) -> list[tuple[JsonValue, JsonValue, JsonValue]]:
    """The id, result and error of each tool result, in order."""
    payloads = (block.payload for block in blocks if block.kind == "tool_use")
    return [(each["id"], each["result"], each.get("error")) for each in payloads]


def check_results(blocks: Iterable[tuple[str, JsonValue]], *, whole: bool) -> None:
    """Each call has one result, in call order, behind the answer that asked for it.

    Args:
        blocks: Kind of each block, and the id of its call if it is about one.
        whole: If not, results of the last answer may be missing.
    """
    waiting: list[JsonValue] = []
    missing = 0
    is_asking = True
    for kind, id in blocks:
        if kind == "tool_use":
            assert id in waiting
            missing += waiting.index(id)
            del waiting[: waiting.index(id) + 1]
        elif kind != "tool_call" or not is_asking:
            assert not waiting
            assert not missing
        if kind == "tool_call":
            waiting.append(id)
        is_asking = kind == "tool_call"
    assert not (whole and (waiting or missing))


async def bodies(handle: RunHandle[Turn], *kinds: type[B]) -> list[B]:
    """All events of these kinds."""
    return [event async for event in handle if isinstance(event, kinds)]


async def types(handle: RunHandle[Turn]) -> list[str]:
    """The types of all events."""
    return [event.type async for event in handle]
