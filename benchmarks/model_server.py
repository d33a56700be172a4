"""A stand-in for a provider, in a process of its own: it answers at once, in the same pieces."""

from __future__ import annotations

import asyncio
import json
import sys
import time

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    b"x-request-id: req\r\ntransfer-encoding: chunked\r\n\r\n"
)
PIECES = 20
PIECE = "a piece of an answer"
PAUSE_SECONDS = 0.002


def chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    """Return a piece of a chat completion, as it goes over the wire."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    data = b"data: " + json.dumps({**body, "choices": [choice]}).encode() + b"\n\n"
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


END = chunk({}, "stop") + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"
ANSWER = [chunk({"content": PIECE}) for _ in range(PIECES)]


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer requests until the connection closes; `stamps` is a model whose words are times."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = next(line for line in head.splitlines() if line.startswith("content-length:"))
            body = await reader.readexactly(int(length.partition(":")[2]))
            if b'"model":"stamps"' in body.replace(b" ", b""):
                await stamps(writer)
            else:
                writer.write(HEAD + b"".join(ANSWER) + END)
                await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        writer.close()


async def stamps(writer: asyncio.StreamWriter) -> None:
    """Send pieces, with a pause before each, that say when they were sent, in milliseconds."""
    writer.write(HEAD)
    for _ in range(PIECES):
        await asyncio.sleep(PAUSE_SECONDS)
        writer.write(chunk({"content": f"{time.monotonic() * 1000:.4f} "}))
        await writer.drain()
    writer.write(END)
    await writer.drain()


async def main() -> None:
    """Serve on a free port, which is told on standard output."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
