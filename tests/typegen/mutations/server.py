"""The check of the typings on changed sources, quick enough for hundreds of them.

Run as a program it serves: it has imported all that is not the project's, and forks a process for
each tree of sources that it reads the folder of, a line of JSON each; what that process had to say
is its answer.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import sys
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CHECK = ROOT / "tools" / "gen_dts.py"


def imported() -> list[str]:
    """The modules, others' alone, that the check imports."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        importlib.import_module("marotte.typegen")
        importlib.import_module("marotte.host").load_bindings()
        own = ("marotte", "marotte_js", "__")
        names = [name for name in sys.modules if not name.startswith(own)]
        os.write(writing, json.dumps(names).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        names = json.load(pipe)
    os.waitpid(child, 0)
    return list(names)


def check(folder: str) -> int:
    """Do what CI does, on the sources in a folder."""
    sys.path[:0] = [f"{folder}/runtime", f"{folder}/bindings"]
    sys.argv = [str(CHECK), "--check"]
    try:
        runpy.run_path(str(CHECK), run_name="__main__")
    except SystemExit as ended:
        return int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
    return 1


def answer(folder: str) -> tuple[int, str]:
    """Do it in a process of its own: its exit code and all it has to say."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        code = check(folder)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading, errors="replace") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), said


def main() -> None:
    """Serve until there is nothing more to read."""
    for name in imported():
        importlib.import_module(name)
    gc.disable()
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
