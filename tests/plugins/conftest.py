"""An environment of its own, into which Marotte and the example of a plugin are installed."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "examples" / "plugin"


@dataclass(frozen=True, slots=True)
class Installation:
    """An environment of Python.

    Attributes:
        folder: Where it is.
    """

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    def marotte(
        self, *args: str | Path, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command `marotte`, with the compiler on the PATH."""
        programs = [str(self.folder / "bin"), str(ROOT / "node_modules/.bin"), os.environ["PATH"]]
        return subprocess.run(
            [self.folder / "bin" / "marotte", *args],
            cwd=cwd,
            env={**_variables(), "PATH": os.pathsep.join(programs)},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def install(self, project: Path) -> None:
        """Install a project as it is, without what it depends on."""
        options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--no-cache-dir"]
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", *options]
        done = subprocess.run(
            [*pip, str(project)], env=_variables(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def _variables() -> dict[str, str]:
    """The environment, without what would put the sources before what is installed."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A fresh environment with both; what they depend on is borrowed from the one of the tests."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    made = Installation(folder)
    variables = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", "venv", variables))
    packages.joinpath("borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    made.install(ROOT)
    made.install(PLUGIN)
    return made
