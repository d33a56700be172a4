"""An editor with a folder of scripts open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.terminal import marotte
from tests.typegen.language_server import LanguageServer, language_server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that `marotte init` has made."""
    folder = tmp_path_factory.mktemp("scripts")
    done = marotte("init", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def editor(folder: Path) -> Iterator[LanguageServer]:
    """The language server, in that folder."""
    with language_server(folder) as server:
        yield server
