"""Typings of plugins, and what is said where there can be none; `tests/plugins` has a real one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from marotte.cli.check import EXIT_UNAVAILABLE, check_scripts
from marotte.cli.init import initialize
from marotte.cli.types import show_types
from marotte.cli.typings import UnknownPluginError
from marotte.host import installed_bindings

BELLS = """
from marotte import Binding, host_function

@host_function
def {function}({parameter}) -> None:
    '''Ring.'''

BINDING = Binding(name="{name}", module="{name}", doc="Bells.", functions=[{function}])
"""


@pytest.fixture
def installed() -> Iterator[None]:
    """Look anew at what is installed."""
    installed_bindings.cache_clear()
    yield
    installed_bindings.cache_clear()


@pytest.fixture
def install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: None
) -> Callable[..., None]:
    """Put distributions where Python finds them."""
    folder = tmp_path / "packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))

    def install(distribution: str, **modules: str) -> None:
        about = folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1\n"
        )
        points = "\n".join(f"{name} = {distribution}_{name}:BINDING" for name in modules)
        (about / "entry_points.txt").write_text(f"[marotte.bindings]\n{points}\n")
        for name, text in modules.items():
            module = f"{distribution}_{name}"
            (folder / f"{module}.py").write_text(text)
            monkeypatch.delitem(sys.modules, module, raising=False)

    return install


def bells(name: str, parameter: str = "") -> str:
    return BELLS.format(name=name, function=f"ring_{name}", parameter=parameter)


def test_a_file_for_each_distribution(install: Callable[..., None], tmp_path: Path) -> None:
    install("church", large=bells("large"), small=bells("small"))
    install("bicycle", bell=bells("bell"))
    assert initialize(tmp_path / "scripts") == 0
    folder = tmp_path / "scripts" / "typings" / "plugins"
    assert sorted(path.name for path in folder.iterdir()) == ["bicycle.d.ts", "church.d.ts"]
    text = (folder / "church.d.ts").read_text()
    assert 'declare module "large" {' in text
    assert "export function ringSmall(): void;" in text


@pytest.mark.parametrize("name", ["church", "CHURCH", "small"])
def test_all_of_a_distribution_goes_by_each_of_its_names(
    install: Callable[..., None], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    install("church", large=bells("large"), small=bells("small"))
    install("bicycle", bell=bells("bell"))
    assert show_types(name, None) == 0
    printed = capsys.readouterr().out
    assert [word for word in ("ringLarge", "ringSmall", "ringBell") if word in printed] == [
        "ringLarge",
        "ringSmall",
    ]


def test_an_unknown_one_is_told_which_there_are(install: Callable[..., None]) -> None:
    install("church", large=bells("large"))
    install("bicycle", bell=bells("bell"))
    with pytest.raises(
        UnknownPluginError, match="'bel': no such plugin, installed: bicycle, church"
    ):
        show_types("bel", None)


class TestTrouble:
    """Nothing is written, and what is wrong is named."""

    def told(
        self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> str:
        scripts = folder / "scripts"
        assert initialize(scripts) == 1
        assert not scripts.exists()
        first = capsys.readouterr()
        assert show_types(None, folder / "all.d.ts") == 1
        assert not (folder / "all.d.ts").exists()
        second = capsys.readouterr()
        assert first.out == second.out == ""
        assert first.err.removeprefix("marotte init: ") == second.err.removeprefix(
            "marotte types: "
        )
        compilers = Path(__file__).parents[2] / "node_modules" / ".bin"
        monkeypatch.setenv("PATH", str(compilers), prepend=":")
        assert check_scripts([Path(__file__)]) == EXIT_UNAVAILABLE
        assert capsys.readouterr().err.removeprefix("marotte check: ") in first.err
        return first.err

    def test_without_the_generator(
        self,
        install: Callable[..., None],
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        install("church", large=bells("large"))
        monkeypatch.setitem(sys.modules, "jinja2", None)
        told = self.told(tmp_path, capsys, monkeypatch)
        assert "church need jinja2. Run: pip install 'marotte[typings]'" in told

    def test_one_that_cannot_be_imported(
        self,
        install: Callable[..., None],
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        install("church", large="raise RuntimeError('cracked')")
        told = self.told(tmp_path, capsys, monkeypatch)
        assert "binding 'large' (church_large:BINDING, from church): RuntimeError: cracked" in told

    def test_a_declaration_without_a_form(
        self,
        install: Callable[..., None],
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        install("church", large=bells("large", "bell: type"))
        told = self.told(tmp_path, capsys, monkeypatch)
        assert "church: binding large: ringLarge(): " in told

    def test_a_name_that_is_taken(
        self,
        install: Callable[..., None],
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        install("church", marotte=bells("marotte"))
        told = self.told(tmp_path, capsys, monkeypatch)
        assert "church: the module 'marotte' is claimed twice" in told


def test_without_plugins_the_generator_is_not_needed(
    installed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert initialize(tmp_path) == 0
    assert show_types(None, tmp_path / "all.d.ts") == 0
