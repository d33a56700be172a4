"""What the module ``geppetto`` offers: a façade, whose face speaks to the module ``marotte``."""

from __future__ import annotations

from marotte.realm import Binding
from marotte_js.core.middlewares import from_js_
from marotte_js.geppetto.consts import CONST_DOCS, CONSTS
from marotte_js.geppetto.face import FACE
from marotte_js.geppetto.functions import ENGINES, FUNCTIONS, MIDDLEWARES, TOOLS, TURNS
from marotte_js.geppetto.hostside import PRIVATE
from marotte_js.geppetto.interfaces import (
    Builder,
    Engine,
    MiddlewareRef,
    RunHandle,
    Session,
    ToolRegistry,
)
from marotte_js.geppetto.streamed import StreamEventMap

__all__ = ["BINDING"]

BINDING = Binding(
    name="geppetto",
    module="geppetto",
    doc="Sessions, runs and engines under the names of the older JavaScript API of Geppetto.",
    values={"version": "0.1.0", "consts": CONSTS},
    docs={
        "version": "Of the older API.",
        **CONST_DOCS,
        "consts": "The words that stand in settings, blocks, metadata and events.",
        "engines": "What answers in a session.",
        "turns": "Turns and blocks as plain data.",
        "middlewares": "What wraps each call of an engine.",
        "tools": "What an engine may ask for.",
    },
    functions=[*PRIVATE, from_js_],
    declared=FUNCTIONS,
    declared_namespaces={
        "turns": TURNS,
        "engines": ENGINES,
        "middlewares": MIDDLEWARES,
        "tools": TOOLS,
    },
    declared_types=[
        Engine,
        MiddlewareRef,
        ToolRegistry,
        Builder,
        Session,
        RunHandle,
        StreamEventMap,
    ],
    face=FACE,
)
