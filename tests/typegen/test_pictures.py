"""The pictures of `docs/editor.md` show the typings as they are."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "editor"
PICTURES = sorted(path.name for path in FOLDER.glob("*.svg"))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> str:
    """What the pictures would show now."""
    spec = importlib.util.spec_from_file_location("picture", FOLDER / "picture.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "picture", module)
    spec.loader.exec_module(module)
    found: str = module.shown()
    return found


def test_there_are_pictures() -> None:
    assert {"completion.svg", "hover.svg"} <= set(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_they_are_of_these_typings(name: str, shown: str) -> None:
    taken = (FOLDER / name).read_text(encoding="utf-8").splitlines()[-1]
    assert taken == f"<!-- typings: {shown} -->", "run: python docs/editor/picture.py"
