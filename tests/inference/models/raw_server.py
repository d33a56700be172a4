"""A loopback server that sends what a test says, byte for byte: for what no provider would do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

Step: TypeAlias = bytes | float
"""Bytes to send, or seconds to wait."""

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: req-raw\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """Return one chunk of a chunked body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def sse(event: object) -> bytes:
    """Return a chunk with one server-sent event."""
    return chunk(b"data: " + json.dumps(event).encode() + b"\n\n")


def named(type: str, **fields: object) -> bytes:
    """Return a chunk with an event of Anthropic's Messages or of OpenAI's Responses."""
    return chunk(f"event: {type}\ndata: {json.dumps({'type': type, **fields})}\n\n".encode())


def delta(text: str, finish: str | None = None) -> bytes:
    """Return a chunk of a chat completion."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return sse(
        {
            "id": "chat-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [choice],
        }
    )


DONE = chunk(b"data: [DONE]\n\n") + END


def failure(status: int, *headers: str, body: str = '{"error": {"message": "no"}}') -> bytes:
    """Return a whole answer that is an error."""
    lines = [f"HTTP/1.1 {status} No", "content-type: application/json", *headers]
    return "\r\n".join([*lines, f"content-length: {len(body)}", "", body]).encode()


@dataclass
class RawServer:
    """Answers each request with the next script, and the last one for ever; then hangs up.

    Attributes:
        url: Where it is.
        scripts: What to send.
        requests: What came: heads and bodies.
        connections: How many are open.
        idle: Set while none is.
    """

    url: str = ""
    scripts: list[Sequence[Step]] = field(default_factory=list)
    requests: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request and answer it."""
        self.connections += 1
        self.idle.clear()
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                int(line.split(":")[1])
                for line in head.lower().splitlines()
                if line.startswith("content-length")
            )
            self.requests.append((head, await reader.readexactly(length)))
            for step in await self.script():
                if isinstance(step, bytes):
                    writer.write(step)
                    await writer.drain()
                else:
                    await asyncio.wait([asyncio.ensure_future(reader.read(1))], timeout=step)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.connections -= 1
            if not self.connections:
                self.idle.set()
            writer.close()

    async def script(self) -> Sequence[Step]:
        """Return what to send in answer to the last request."""
        return self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]


@dataclass
class Recorder(RawServer):
    """Passes requests on to another server, and keeps its answers as scripts for a `RawServer`."""

    port: int = 0

    async def script(self) -> Sequence[Step]:
        head, body = self.requests[-1]
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(head.encode() + body)
        answer = await reader.readuntil(END)
        writer.close()
        self.scripts.append((answer,))
        return self.scripts[-1]


@asynccontextmanager
async def running_raw_server(*scripts: Sequence[Step]) -> AsyncIterator[RawServer]:
    """Start a server with scripts, and end it."""
    async with _running(RawServer(scripts=list(scripts))) as server:
        yield server


@asynccontextmanager
async def recording(port: int) -> AsyncIterator[RawServer]:
    """Start a server that records what the one at `port` answers, and end it."""
    async with _running(Recorder(port=port)) as server:
        yield server


@asynccontextmanager
async def _running(server: RawServer) -> AsyncIterator[RawServer]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    server.url = f"http://{host}:{port}"
    try:
        yield server
    finally:
        listening.close()
