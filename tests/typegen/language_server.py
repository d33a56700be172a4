"""TypeScript's language server, as an editor talks to it: JSON-RPC over standard streams."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from tests.typegen.compiler import COMPILER

__all__ = ["CURSOR", "LanguageServer", "language_server"]

CURSOR = "‸"
"""Where in a text the cursor is; it is no part of the text."""

Json: TypeAlias = Any
"""What the protocol carries; its specification says what is in it."""

_ERROR = 1
_CAPABILITIES = {
    "textDocument": {
        "completion": {
            "completionItem": {
                "documentationFormat": ["markdown"],
                "labelDetailsSupport": True,
                "resolveSupport": {"properties": ["documentation", "detail"]},
            },
            "contextSupport": True,
        },
        "hover": {"contentFormat": ["markdown"]},
        "signatureHelp": {"signatureInformation": {"documentationFormat": ["markdown"]}},
        "definition": {"linkSupport": False},
        "diagnostic": {},
    },
}


class LanguageServer:
    """An editor's side of a session, in one folder. Each question opens its text anew.

    Args:
        process: The server, with pipes.
        folder: What the editor has open.
    """

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._asked = 0
        self._opened = 0

    def initialize(self) -> None:
        """Introduce the editor."""
        root = self._folder.as_uri()
        self._ask(
            "initialize",
            processId=os.getpid(),
            rootUri=root,
            workspaceFolders=[{"uri": root, "name": "scripts"}],
            capabilities=_CAPABILITIES,
        )
        self._send({"method": "initialized", "params": {}})

    # -- what an author asks for ------------------------------------------------------------------

    def completions(self, text: str, trigger: str | None = None) -> dict[str, dict[str, Json]]:
        """What may stand at the cursor: the server's items by name.

        Args:
            text: A script with a cursor.
            trigger: The character that was typed last, where that makes an editor ask.
        """
        context: dict[str, object] = {"triggerKind": 1}
        if trigger is not None:
            context = {"triggerKind": 2, "triggerCharacter": trigger}
        answer = self._ask("textDocument/completion", **self._at(text), context=context)
        items = answer["items"] if isinstance(answer, dict) else answer or []
        return {item["label"].removesuffix("?"): item for item in items}

    def documentation(self, item: dict[str, Json]) -> str:
        """What an editor shows beside a chosen completion."""
        resolved = self._ask("completionItem/resolve", **item)
        return _text(resolved.get("documentation"))

    def hover(self, text: str) -> str:
        """What an editor shows for the word at the cursor."""
        answer = self._ask("textDocument/hover", **self._at(text))
        return "" if answer is None else _text(answer["contents"])

    def signature(self, text: str) -> tuple[str, str, int]:
        """The label of the signature at the cursor, its documentation, the current parameter."""
        answer = self._ask("textDocument/signatureHelp", **self._at(text))
        assert answer is not None, "there is no signature"
        signature = answer["signatures"][answer.get("activeSignature") or 0]
        parameter = signature.get("activeParameter", answer.get("activeParameter"))
        return signature["label"], _text(signature.get("documentation")), parameter

    def definitions(self, text: str) -> list[tuple[Path, str]]:
        """Where the word at the cursor is defined: files, and what stands there."""
        answer = self._ask("textDocument/definition", **self._at(text)) or []
        return [_target(place) for place in (answer if isinstance(answer, list) else [answer])]

    def errors(self, text: str) -> list[str]:
        """What an editor underlines in a script."""
        where = self._at(text + CURSOR)
        answer = self._ask("textDocument/diagnostic", textDocument=where["textDocument"])
        return [item["message"] for item in answer["items"] if item["severity"] == _ERROR]

    # -- the protocol -----------------------------------------------------------------------------

    def _at(self, text: str) -> dict[str, Json]:
        """Open a text as a script of the folder; return where its cursor is."""
        before, _, after = text.partition(CURSOR)
        self._opened += 1
        uri = (self._folder / f"script{self._opened}.mjs").as_uri()
        document = {"uri": uri, "languageId": "javascript", "version": 1, "text": before + after}
        self._notify("textDocument/didOpen", textDocument=document)
        line = before.count("\n")
        character = len(before) - before.rfind("\n") - 1
        position = {"line": line, "character": character}
        return {"textDocument": {"uri": uri}, "position": position}

    def _ask(self, method: str, **params: Json) -> Json:
        """Send a request, serve the server's own until its answer is there, and return that."""
        self._asked += 1
        self._send({"id": self._asked, "method": method} | ({"params": params} if params else {}))
        while True:
            message = self._receive()
            if "method" in message:
                if "id" in message:
                    self._serve(message)
            elif message.get("id") == self._asked:
                assert "error" not in message, message["error"]
                return message.get("result")

    def _serve(self, request: dict[str, Json]) -> None:
        """Answer what the server asks: it may register what it likes, and nothing is configured."""
        asked = request.get("params") or {}
        result = [None] * len(asked["items"]) if "items" in asked else None
        self._send({"id": request["id"], "result": result})

    def _notify(self, method: str, **params: Json) -> None:
        self._send({"method": method} | ({"params": params} if params else {}))

    def _send(self, message: dict[str, Json]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Json]:
        assert self._process.stdout is not None
        length = 0
        while (header := self._process.stdout.readline().strip()) or not length:
            assert header, "the language server has ended"
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        message: dict[str, Json] = json.loads(self._process.stdout.read(length))
        return message

    def close(self) -> None:
        """Say good-bye."""
        self._ask("shutdown")
        self._notify("exit")


def _text(content: Json) -> str:
    """Return what is said in one of the protocol's forms of text."""
    if content is None:
        return ""
    return str(content["value"] if isinstance(content, dict) else content)


def _target(place: dict[str, Json]) -> tuple[Path, str]:
    path = Path(place["uri"].removeprefix("file://"))
    start, end = place["range"]["start"], place["range"]["end"]
    line = path.read_text(encoding="utf-8").splitlines()[start["line"]]
    return path, line[start["character"] : end["character"]]


@contextmanager
def language_server(folder: Path) -> Iterator[LanguageServer]:
    """Start a server for a folder, and end it."""
    assert COMPILER.is_file(), "make test installs the compiler"
    # A machine without Node.js has one in the environment.
    path = os.pathsep.join([os.environ["PATH"], sysconfig.get_path("scripts")])
    with subprocess.Popen(
        [COMPILER, "--lsp", "--stdio"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, "PATH": path},
    ) as process:
        try:
            server = LanguageServer(process, folder)
            server.initialize()
            yield server
            server.close()
        except BaseException:
            process.kill()
            raise
