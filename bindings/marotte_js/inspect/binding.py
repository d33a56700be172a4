"""The binding: no names for scripts, only for faces."""

from __future__ import annotations

from marotte.realm import Binding, face_source

__all__ = ["BINDING"]

BINDING = Binding(
    name="inspect",
    face=face_source("marotte_js.inspect"),
    doc="Values as text for people.",
)
