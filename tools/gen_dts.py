"""Write what is generated of the first-party bindings; with `--check`, say what is not up to date.

That is the typings, in `typings/`, and the reference pages, in `docs/reference/`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from marotte.host import installed_bindings
from marotte.typegen import main

ROOT = Path(__file__).resolve().parent.parent

if __name__ == "__main__":
    own = [each.binding for each in installed_bindings() if each.first_party]
    sys.exit(main(own, ROOT / "typings", pages=ROOT / "docs" / "reference"))
