"""Take the pictures of `docs/editor.md`: sessions of Vim, in a folder that `marotte init` made.

    python docs/editor/picture.py

It needs Vim 9 and TypeScript's compiler, which `make check` installs. Vim runs in a terminal of
another Vim, which is asked what stands in each cell.
"""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypedDict
from xml.sax.saxutils import escape

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ROWS, COLUMNS = 22, 112
CELL_WIDTH, CELL_HEIGHT, BASELINE, FRAME = 8.4, 18, 13.5, 12
COMPLETE = "\x18\x0f"  # Ctrl-X Ctrl-O
NEXT, ESCAPE = "\x0e", "\x1b"

SCRIPT = """\
import { createSession, engines } from "marotte";

const engine = engines.echo({ reply: "one two three", delayMs: 50 });
const session = createSession({ engine });
const run = session.start("Count to three.", { timeoutMs: 5_000 });

run.on("text-delta", (event) => console.log(event.delta));
"""

VIM = ["vim", "-Nu", "NONE", "-i", "NONE", "-n"]
SETTINGS = [
    "set termguicolors background=dark noshowmode noruler laststatus=0 shortmess+=F",
    "syntax on",
    "colorscheme habamax",
    "set number fillchars=eob:\\ ",
]


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture.

    Attributes:
        name: Of its file.
        keys: What is typed.
        expected: What then stands on the screen.
    """

    name: str
    keys: str
    expected: str


SHOTS = (
    Shot("completion", f"Gorun.{COMPLETE}{NEXT * 6}", "Cancel the run now"),
    Shot("events", f'Gorun.on("{COMPLETE}{NEXT * 6}', "reasoning-delta"),
    Shot("hover", "5Gf.lK", "How the run is bounded"),
    Shot("mistake", f"5Gf{{wcetimeout{ESCAPE}", "does not exist in type"),
)


# What of the typings stands in the pictures: members and documentation of a run, names of events,
# how a run is started, and the options that a misspelt one is compared with.
PARTS = (
    r"  class RunHandle\b.*?\n  \}\n",
    r"  export interface RunEventMap \{.*?\n  \}\n",
    r"    /\*\*(?:(?!/\*\*).)*?\n    start[<(][^\n]*\n",
    r"  export interface RunOptions\b.*?\n  \}\n",
)


class Cell(TypedDict):
    """What Vim tells of a cell of its terminal; the attributes are 0 or 1."""

    chars: str
    width: int
    fg: str
    bg: str
    bold: int
    italic: int
    underline: int
    reverse: int


def main() -> None:
    """Take every picture."""
    for shot in SHOTS:
        with TemporaryDirectory() as folder:
            screen = capture(Path(folder).resolve(), shot)
        text = "\n".join("".join(cell["chars"] or " " for cell in row) for row in screen)
        if shot.expected not in text:
            sys.exit(f"{shot.name}: expected {shot.expected!r} on the screen:\n{text}")
        path = HERE / f"{shot.name}.svg"
        mark = f"<!-- typings: {shown()} -->"
        path.write_text("\n".join([*drawn(screen), mark]) + "\n", encoding="utf-8")
        print(f"wrote {path}")


def shown() -> str:
    """Return what changes when the pictures should be taken again; they have it at their ends."""
    text = (ROOT / "typings" / "marotte.d.ts").read_text(encoding="utf-8")
    parts = [found for part in PARTS for found in re.findall(part, text, re.DOTALL)]
    if len(parts) != len(PARTS):
        sys.exit(f"expected each of {PARTS} once in the typings")
    return sha256("".join(parts).encode()).hexdigest()[:16]


def capture(folder: Path, shot: Shot) -> list[list[Cell]]:
    """Open the script in Vim, type, and return what stands on the screen."""
    marotte = Path(sys.executable).with_name("marotte")
    subprocess.run([marotte, "init", folder], check=True, stdout=subprocess.DEVNULL)
    (folder / "agent.mjs").write_text(SCRIPT, encoding="utf-8")
    settings = [part for setting in SETTINGS for part in ("-c", setting)]
    asked = {
        "command": [*VIM, *settings, "-S", str(HERE / "lsp.vim"), "agent.mjs"],
        "folder": str(folder),
        "rows": ROWS,
        "columns": COLUMNS,
        "ready": "event.delta",
        "keys": shot.keys,
        "expected": shot.expected,
        "answer": str(folder / "screen.json"),
    }
    order = folder / "shot.json"
    order.write_text(json.dumps(asked), encoding="utf-8")
    programs = [str(ROOT / "node_modules" / ".bin"), os.environ["PATH"]]
    variables = {"SHOT": str(order), "PATH": os.pathsep.join(programs), "TERM": "xterm-256color"}
    in_a_terminal([*VIM, "-S", str(HERE / "capture.vim")], variables)
    screen: list[list[Cell]] = json.loads((folder / "screen.json").read_text(encoding="utf-8"))
    return screen


def in_a_terminal(command: list[str], variables: dict[str, str]) -> None:
    """Run a program to its end in a terminal that nobody looks at: without one, Vim shows less."""
    keyboard, display = pty.openpty()
    with subprocess.Popen(
        command, stdin=display, stdout=display, stderr=display, env={**os.environ, **variables}
    ) as process:
        os.close(display)
        with suppress(OSError):  # That is how a terminal ends.
            while os.read(keyboard, 65536):
                pass
    os.close(keyboard)
    if process.returncode != 0:
        sys.exit(f"vim ended with {process.returncode}")


# -- drawing --------------------------------------------------------------------------------------


def drawn(screen: Sequence[Sequence[Cell]]) -> Iterator[str]:
    """Yield the lines of a picture in SVG; its text can be selected."""
    rows = list(screen)
    while rows and all(not cell["chars"].strip() for cell in rows[-1]):
        rows.pop()
    background = rows[0][-1]["bg"]
    width, height = COLUMNS * CELL_WIDTH + 2 * FRAME, len(rows) * CELL_HEIGHT + 2 * FRAME
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    font = 'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font} xml:space="preserve">'
    yield f'<rect width="100%" height="100%" rx="6" fill="{background}"/>'
    for number, row in enumerate(rows):
        y = FRAME + number * CELL_HEIGHT
        yield from _boxes(row, y, background)
        yield from _texts(row, y + BASELINE)
    yield "</svg>"


def _boxes(row: Sequence[Cell], y: float, background: str) -> Iterator[str]:
    for color, x, width, _ in _runs(row, lambda cell: cell["fg" if cell["reverse"] else "bg"]):
        if color != background:
            place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{CELL_HEIGHT}"'
            yield f'<rect {place} fill="{color}"/>'


def _texts(row: Sequence[Cell], y: float) -> Iterator[str]:
    for style, x, _, text in _runs(row, _style):
        shown = text.strip()
        if shown:
            left = x + (len(text) - len(text.lstrip())) * CELL_WIDTH
            # The width is stated: what is drawn looks the same in every font.
            width = f'textLength="{len(shown) * CELL_WIDTH:g}" lengthAdjust="spacingAndGlyphs"'
            yield f'<text x="{left:g}" y="{y:g}" {width} {style}>{escape(shown)}</text>'


def _style(cell: Cell) -> str:
    style = f'fill="{cell["bg" if cell["reverse"] else "fg"]}"'
    style += ' font-weight="bold"' * cell["bold"] + ' font-style="italic"' * cell["italic"]
    return style + ' text-decoration="underline"' * cell["underline"]


def _runs(
    row: Sequence[Cell], key: Callable[[Cell], str]
) -> Iterator[tuple[str, float, float, str]]:
    """Yield the neighbours that are alike: in what, where they begin, their width, their text."""
    x = float(FRAME)
    for alike, cells in groupby(row, key=key):
        found = list(cells)
        width = sum(cell["width"] for cell in found) * CELL_WIDTH
        yield alike, x, width, "".join(cell["chars"] or " " for cell in found)
        x += width


if __name__ == "__main__":
    main()
