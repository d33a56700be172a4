"""What editors and the compiler are told of a folder of scripts: `jsconfig.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

__all__ = ["COMPILER_OPTIONS", "CONFIG_NAME", "config_text", "deviations", "nearest_config"]

CONFIG_NAME = "jsconfig.json"

COMPILER_OPTIONS: dict[str, object] = {
    "checkJs": True,
    "strict": True,
    "noEmit": True,
    "target": "es2023",
    "module": "esnext",
    "moduleResolution": "bundler",
    "lib": ["es2023"],
    "types": [],
    "moduleDetection": "force",
    "skipLibCheck": False,
}
"""Strict checks, the language that the engine speaks, and no names but those of the typings."""


def config_text() -> str:
    """Return the file that `marotte init` writes."""
    lines = [f"    {json.dumps(key)}: {json.dumps(of)}" for key, of in COMPILER_OPTIONS.items()]
    return '{\n  "compilerOptions": {\n' + ",\n".join(lines) + "\n  }\n}\n"


def nearest_config(folder: Path) -> Path | None:
    """Return the configuration that holds for a folder: its own, or that of one above it."""
    candidates = (each / CONFIG_NAME for each in (folder, *folder.parents))
    return next((file for file in candidates if file.is_file()), None)


def deviations(text: str) -> Iterator[str]:
    """Yield how a configuration differs from Marotte's, in words for people.

    Options that only the given one has are its author's own affair.
    """
    try:
        options = json.loads(text)["compilerOptions"]
        found = {name: options.get(name) for name in COMPILER_OPTIONS}
    except (ValueError, LookupError, TypeError, AttributeError):
        yield "its compilerOptions cannot be read as plain JSON"
        return
    for name, value in COMPILER_OPTIONS.items():
        if found[name] != value:
            there = "absent" if name not in options else json.dumps(found[name])
            yield f"compilerOptions.{name} is {there}, Marotte's is {json.dumps(value)}"
