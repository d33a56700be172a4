"""A stand-in for the APIs of providers: `@copilotkit/aimock` as a child process on loopback."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

Fixture: TypeAlias = dict[str, Any]
"""What to answer, in the form of the server's fixtures; see its documentation."""

ROOT = Path(__file__).parents[3]
COMMAND = ROOT / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"
ANNOUNCEMENT = "listening on "
START_SECONDS = 30.0


class StandIn:
    """The server, seen by a test: what it is to answer, and what it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def port(self) -> int:
        """Its port on loopback."""
        return urlsplit(self.url).port or 0

    @property
    def openai(self) -> str:
        """Where OpenAI's API is."""
        return f"{self.url}/v1"

    def answer(self, *fixtures: Fixture) -> None:
        """Forget everything, and answer as `fixtures` say from now on."""
        self._control("POST", "reset")
        self._control("POST", "fixtures", {"fixtures": list(fixtures)})

    def say(self, text: str, response: Fixture | None = None, **more: object) -> None:
        """Answer everything with `text`."""
        self.answer({"match": {}, "response": {"content": text, **(response or {})}, **more})

    def fail(self, status: int, message: str = "no", **more: object) -> None:
        """Answer everything with an error."""
        error = {"message": message, "type": "test_error", "code": "test_code"}
        self.answer({"match": {}, "response": {"error": error, "status": status, **more}})

    def requests(self) -> list[Fixture]:
        """Return what was asked since `answer`, oldest first; all bodies in OpenAI's older form."""
        entries = self._control("GET", "journal")
        assert isinstance(entries, list)
        return entries

    def _control(self, method: str, name: str, body: object = None) -> object:
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        url = f"{self.url}/__aimock/{name}"
        request = urllib.request.Request(url, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.loads(response.read() or b"null")


@contextmanager
def running_stand_in() -> Iterator[StandIn]:
    """Start the server, and end it."""
    fixtures = Path(__file__).with_name("nothing.json")
    command = ["node", str(COMMAND), "--port", "0", "--fixtures", str(fixtures)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield StandIn(_announced_url(process))
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _announced_url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    deadline, said = time.monotonic() + START_SECONDS, ""
    while time.monotonic() < deadline:
        line = process.stdout.readline()
        said += line
        if ANNOUNCEMENT in line:
            return line.rpartition(ANNOUNCEMENT)[2].strip()
        if not line:
            break
    raise RuntimeError(f"the stand-in did not start: {said}")
