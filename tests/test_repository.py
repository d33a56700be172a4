"""The repository keeps its own promises: what it ships, what it documents, what it pins."""

import importlib
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
SOURCE_ROOTS = {"marotte": ROOT / "runtime", "marotte_js": ROOT / "bindings"}
DOCUMENTS = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")})
MAX_LINES = 450

# Split, so that this file passes its own check.
FOREIGN_TEXT = [
    "pypi" + ".org",
    "registry." + "npmjs",
    "files." + "pythonhosted",
    "/wor" + "k/",
    "/roo" + "t/",
]


@cache
def tracked_files() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    paths = [ROOT / name for name in listing.split("\0") if name]
    return [path for path in paths if path.is_file()]


def shipped_files() -> list[Path]:
    roots = [root / package for package, root in SOURCE_ROOTS.items()]
    return [path for path in tracked_files() if any(path.is_relative_to(root) for root in roots)]


def module_names() -> list[str]:
    names = []
    for package, root in SOURCE_ROOTS.items():
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            names.append(".".join(parts).removesuffix(".__init__"))
    return [name for name in names if not name.endswith(".__main__")]


def pyproject() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("name", module_names())
def test_module_imports_and_says_what_it_is(name: str) -> None:
    module = importlib.import_module(name)

    assert module.__doc__, f"{name} has no docstring"
    missing = [public for public in getattr(module, "__all__", []) if not hasattr(module, public)]
    assert not missing, f"{name}.__all__ names what is not there: {missing}"


def test_plain_import_loads_no_extra() -> None:
    extras = "{'typer', 'rich', 'jinja2', 'pytest'}"
    script = f"import sys, marotte; print(sorted({extras} & set(sys.modules)))"

    loaded = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )

    assert loaded.stdout.strip() == "[]"


def test_source_files_stay_readable() -> None:
    sources = [path for path in shipped_files() if path.suffix in {".py", ".js"}]
    lengths = {relative(path): len(path.read_text().splitlines()) for path in sources}

    assert sources
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_nothing_points_at_a_registry_or_a_machine() -> None:
    found = [
        f"{relative(path)}: {text}"
        for path in tracked_files()
        for text in FOREIGN_TEXT
        if text.encode() in path.read_bytes()
    ]

    assert found == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_documented_make_targets_exist(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    commands = set(re.findall(r"(?:^|`)make ([a-z]+)", document.read_text(), re.MULTILINE))

    assert commands <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_relative_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text())
    local = [link for link in links if "://" not in link]

    assert [link for link in local if not (document.parent / link).exists()] == []


def test_readme_names_its_two_commands() -> None:
    readme = (ROOT / "README.md").read_text()

    assert "\nmake demo " in readme
    assert "\nmake test " in readme


def declared_requirements() -> list[Requirement]:
    project = pyproject()["project"]
    assert isinstance(project, dict)
    extras = project["optional-dependencies"].values()
    texts = [*project["dependencies"], *(text for extra in extras for text in extra)]
    return [req for req in map(Requirement, texts) if req.name != "marotte"]


def locked_versions() -> dict[str, str]:
    lines = (ROOT / "requirements" / "dev.txt").read_text().split()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    return {canonicalize_name(name): version for name, version in (x.split("==") for x in lines)}


@pytest.mark.parametrize("requirement", declared_requirements(), ids=str)
def test_dependency_is_locked_and_has_a_reason(requirement: Requirement) -> None:
    locked = locked_versions().get(canonicalize_name(requirement.name))

    assert locked is not None
    assert requirement.specifier.contains(locked, prereleases=True)
    assert f"`{requirement.name}`" in (ROOT / "docs" / "decisions.md").read_text()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = target.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_wheel_has_every_shipped_file(wheel: zipfile.ZipFile) -> None:
    shipped = {
        path.relative_to(root).as_posix()
        for path in shipped_files()
        for root in SOURCE_ROOTS.values()
        if path.is_relative_to(root)
    }

    assert {"marotte/py.typed", "marotte_js/py.typed"} <= shipped
    assert shipped <= set(wheel.namelist())


def test_wheel_has_the_typings(wheel: zipfile.ZipFile) -> None:
    typings = {path.name: path.read_bytes() for path in (ROOT / "typings").glob("*.d.ts")}
    names = [name for name in wheel.namelist() if name.startswith("marotte/typings/")]

    assert typings
    assert {Path(name).name: wheel.read(name) for name in names} == typings


def test_an_editable_installation_copies_nothing(tmp_path: Path) -> None:
    build = "import sys; from hatchling.build import build_editable; build_editable(sys.argv[1])"
    command = [sys.executable, "-c", build, str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        copied = [name for name in archive.namelist() if ".dist-info/" not in name]

    assert copied == ["_marotte.pth"]


def test_wheel_installs_the_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    (entry_points,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]

    assert "marotte = marotte.cli:main" in wheel.read(entry_points).decode()
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())
