"""What the page about plugins shows is what the example has, and works."""

from __future__ import annotations

import importlib
import re
from types import ModuleType

import pytest
from tests.plugins.conftest import PLUGIN, ROOT

from marotte import Runtime, load_bindings

PAGE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PLUGIN))
    return importlib.import_module("marotte_words")


def test_it_shows_the_example() -> None:
    sources = [PLUGIN / "marotte_words" / "__init__.py", PLUGIN / "pyproject.toml"]
    there = {line.strip() for path in sources for line in path.read_text().splitlines()}
    *shown, _ = blocks("python")
    assert len(shown) == 5
    lines = [line.strip() for block in (*shown, *blocks("toml")) for line in block.splitlines()]
    assert [line for line in lines if line not in there] == []


async def test_its_test_passes(plugin: ModuleType) -> None:
    lines = blocks("python")[-1].splitlines()
    source = "\n".join(["async def test():", *(f"    {line}" for line in lines)])
    names: dict[str, object] = {
        "Runtime": Runtime,
        "load_bindings": load_bindings,
        "BINDING": plugin.BINDING,
    }
    exec(source, names)
    test = names["test"]
    assert callable(test)
    await test()
