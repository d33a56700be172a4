"""Script roots: what is found, and that nothing outside ever is."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marotte.realm import ModuleAccessError, ScriptRoot
from marotte.realm.modules import MAX_SOURCE_BYTES


@pytest.fixture
def root(tmp_path: Path) -> ScriptRoot:
    """A root with a few files, beside one that is not inside."""
    inside = tmp_path / "root"
    (inside / "lib").mkdir(parents=True)
    (inside / "main.js").write_text("main")
    (inside / "lib" / "x.js").write_text("x")
    (inside / "lib" / "y.mjs").write_text("y")
    (inside / "lib" / "data.json").write_text('{"a": 1}')
    (tmp_path / "secret.js").write_text("secret")
    os.mkfifo(inside / "pipe")
    return ScriptRoot(inside, provided=["marotte", "other"])


FOUND = {
    ("./main.js", "./lib/x.js"): "./lib/x.js",
    ("./main.js", "./lib/x"): "./lib/x.js",
    ("./main.js", "./lib/y"): "./lib/y.mjs",
    ("./main.js", "./lib/data"): "./lib/data.json",
    ("./lib/x.js", "./y.mjs"): "./lib/y.mjs",
    ("./lib/x.js", "../main.js"): "./main.js",
    ("./lib/x.js", "../lib/../lib/./x"): "./lib/x.js",
}


@pytest.mark.parametrize(("base", "specifier"), FOUND)
def test_a_relative_specifier_is_found(root: ScriptRoot, base: str, specifier: str) -> None:
    assert root.resolve(base, specifier) == FOUND[base, specifier]


REFUSED = {
    "./nope": "cannot find module './nope' (imported from lib/x.js)",
    "./": "cannot find module './' (imported from lib/x.js)",
    "../../secret.js": "'../secret.js' lies outside of the script's root (imported from lib/x.js)",
    "../../../../../../etc/passwd": "lies outside of the script's root",
    "/etc/passwd": "unknown module '/etc/passwd' (imported from lib/x.js); files are imported by a "
    "relative path ('./…')",
    "fs": "the provided modules are: 'marotte', 'other'",
    "file:///etc/passwd": "unknown module",
    "": "unknown module ''",
    "./a\0b": "is not a path",
}


@pytest.mark.parametrize("specifier", REFUSED)
def test_what_is_not_there_or_not_inside_is_refused(root: ScriptRoot, specifier: str) -> None:
    with pytest.raises(ModuleAccessError) as raised:
        root.resolve("./lib/x.js", specifier)
    assert REFUSED[specifier] in str(raised.value)


@pytest.mark.parametrize("specifier", ["fs", "../../secret.js", "./nope"])
def test_the_host_is_no_file_that_imports(root: ScriptRoot, specifier: str) -> None:
    with pytest.raises(ModuleAccessError) as raised:
        root.resolve_module("./marotte:kernel", specifier)
    assert "imported from" not in str(raised.value)


UNREADABLE = {
    "./nope.js": "cannot find module 'nope.js' below the script's root",
    "./lib": "cannot find module 'lib' below the script's root",
    "../secret.js": "unknown module",
    "./../secret.js": "'../secret.js' lies outside of the script's root",
    "./lib/../../secret.js": "lies outside of the script's root",
    "marotte": "unknown module 'marotte'",
    "./a\0b.js": "is not a path",
    "./" + "x" * 5000: "File name too long",
    "./pipe": "cannot find module 'pipe'",
}


@pytest.mark.parametrize("path", UNREADABLE)
def test_what_cannot_be_read_is_an_error_of_its_own(root: ScriptRoot, path: str) -> None:
    with pytest.raises(ModuleAccessError) as raised:
        root.read(path)
    assert UNREADABLE[path] in str(raised.value)


def test_symbolic_links_are_followed_inside_only(root: ScriptRoot, tmp_path: Path) -> None:
    assert root.folder is not None
    os.symlink(root.folder / "lib", root.folder / "alias")
    os.symlink(root.folder / "lib" / "x.js", root.folder / "link.js")
    os.symlink(tmp_path / "secret.js", root.folder / "leak.js")
    os.symlink(tmp_path, root.folder / "up")
    os.symlink(root.folder / "round.js", root.folder / "round.js")
    assert root.read("./link.js") == "x"
    assert root.read("./alias/x.js") == "x"
    for leak in ("./leak.js", "./up/secret.js"):
        with pytest.raises(ModuleAccessError, match="outside of the script's root"):
            root.read(leak)
        with pytest.raises(ModuleAccessError, match="outside of the script's root"):
            root.resolve("./main.js", leak)
    with pytest.raises(ModuleAccessError):
        root.read("./round.js")


def test_a_root_that_is_a_link_itself_works(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.js").write_text("a")
    os.symlink(tmp_path / "real", tmp_path / "root")
    root = ScriptRoot(tmp_path / "root")
    assert root.read("./a.js") == "a"
    assert root.path_of(tmp_path / "root" / "a.js") == "./a.js"


def test_a_byte_order_mark_is_no_part_of_the_source(root: ScriptRoot) -> None:
    assert root.folder is not None
    (root.folder / "bom.js").write_bytes(b"\xef\xbb\xbf1 + 1")
    assert root.read("./bom.js") == "1 + 1"


def test_what_is_not_utf_8_is_refused_with_the_place(root: ScriptRoot) -> None:
    assert root.folder is not None
    (root.folder / "latin.js").write_bytes(b"'\xe4'")
    with pytest.raises(ModuleAccessError, match=r"'latin.js' is not UTF-8 text \(byte 1\)"):
        root.read("./latin.js")


def test_a_file_that_is_too_large_is_not_read(root: ScriptRoot) -> None:
    assert root.folder is not None
    with (root.folder / "large.js").open("wb") as file:
        file.truncate(MAX_SOURCE_BYTES + 1)
    with pytest.raises(ModuleAccessError, match=f"at most {MAX_SOURCE_BYTES} bytes"):
        root.read("./large.js")


def test_a_json_file_that_is_none_is_refused_with_line_and_column(root: ScriptRoot) -> None:
    assert root.folder is not None
    assert root.read_json("./lib/data.json") == {"a": 1}
    (root.folder / "bad.json").write_text('{\n  "a": 1,\n}')
    with pytest.raises(ModuleAccessError, match=r"'bad.json' is not JSON: .* line 3, column 1"):
        root.read_json("./bad.json")
    for text, told in [("[NaN]", "it has no NaN"), ("[" * 10**5, "nested too deep")]:
        (root.folder / "bad.json").write_text(text)
        with pytest.raises(ModuleAccessError, match=f"'bad.json' is not JSON: {told}"):
            root.read_json("./bad.json")


def test_without_a_folder_there_are_texts_only() -> None:
    root = ScriptRoot(texts={"./main.mjs": "1"}, provided=["marotte"])
    root.add_text("./other.mjs", "2")
    assert root.read("./main.mjs") == "1"
    assert root.resolve("./main.mjs", "./other") == "./other.mjs"
    with pytest.raises(ModuleAccessError, match=r"cannot import 'x.js': this script has no folder"):
        root.read("./x.js")
    with pytest.raises(ModuleAccessError, match="this script has no folder"):
        root.resolve("./main.mjs", "./x.js")


def test_a_file_outside_has_no_path(root: ScriptRoot, tmp_path: Path) -> None:
    with pytest.raises(ModuleAccessError, match="lies outside of the script's root"):
        root.path_of(tmp_path / "secret.js")


PIECES = st.lists(
    st.sampled_from(["..", ".", "lib", "x", "x.js", "", "root", "secret.js", "up", "%2e%2e", "~"]),
    max_size=8,
)


@given(PIECES, st.sampled_from(["./", "../", "/", ""]))
def test_no_path_leads_out(pieces: list[str], start: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder) / "root"
        (inside / "lib").mkdir(parents=True)
        (inside / "lib" / "x.js").write_text("inside")
        (Path(folder) / "secret.js").write_text("secret")
        os.symlink(folder, inside / "up")
        root = ScriptRoot(inside)
        path = start + "/".join(pieces)
        for read in (root.read, lambda specifier: root.read(root.resolve("./lib/x.js", specifier))):
            try:
                assert read(path) == "inside"
            except ModuleAccessError:
                continue
