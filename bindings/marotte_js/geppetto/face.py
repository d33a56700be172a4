"""The JavaScript half, put together of one file for each part of the module."""

from __future__ import annotations

from marotte.realm import face_source

__all__ = ["FACE"]

_PARTS = (
    "objects",
    "turns",
    "events",
    "engines",
    "contexts",
    "middlewares",
    "tools",
    "sessions",
    "builder",
    "globals",
)
"""Each is a function `(host, kernel, parts) => more parts`, of those before it."""

_SOURCES = ",\n".join(face_source(__package__, f"{part}.js") for part in _PARTS)

FACE = f"""(host, kernel) => {{
  const parts = {{}};
  for (const part of [
{_SOURCES}
  ]) Object.assign(parts, part(host, kernel, parts));
  return parts;
}}
"""
