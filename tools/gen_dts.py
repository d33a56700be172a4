"""Write `typings/` from the first-party bindings; with `--check`, say what is not up to date."""

from __future__ import annotations

import sys
from pathlib import Path

from marotte.host import installed_bindings
from marotte.typegen import main

FOLDER = Path(__file__).resolve().parent.parent / "typings"

if __name__ == "__main__":
    sys.exit(main([each.binding for each in installed_bindings() if each.first_party], FOLDER))
