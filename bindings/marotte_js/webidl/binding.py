"""The binding: no names for scripts, only for faces."""

from __future__ import annotations

from marotte.realm import Binding, face_source

__all__ = ["BINDING"]

BINDING = Binding(
    name="webidl",
    face=face_source("marotte_js.webidl"),
    doc="What Web IDL asks of every interface.",
)
