"""The engine protocol: turn in, blocks out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from marotte.conversation import Turn

if TYPE_CHECKING:
    from marotte.inference.context import EngineContext


@runtime_checkable
class Engine(Protocol):
    """Whatever answers a turn: a model, a script's function, a stand-in."""

    @property
    def name(self) -> str:
        """What to call it, for people."""
        ...

    async def infer(self, turn: Turn, ctx: EngineContext) -> Turn | None:
        """Answer `turn`, which is the run's private copy, on the host loop.

        Change it in place and return `None`, or return a turn: that one replaces it, under its
        id. What raises here, unless it is an error of `marotte.runs`, ends the run as
        `failed/provider_error`.
        """
        ...
