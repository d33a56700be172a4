"""The middleware `turnLogging`: tells the host's log of each call of the engine."""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import Literal

from pydantic import Field

from marotte.conversation import JsonObject, Turn, validate_as
from marotte.events import WireModel
from marotte.inference.middleware.middleware import Middleware, MiddlewareContext, Next

logger = logging.getLogger("marotte.turns")

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO}


class TurnLoggingOptions(WireModel):
    """Options of the middleware `turnLogging`."""

    level: Literal["debug", "info"] = Field(default="info", description="The level to log at.")


class TurnLogging:
    """Logs what goes into the engine and what comes out: numbers and ids, never content."""

    name = "turnLogging"

    def __init__(self, level: Literal["debug", "info"] = "info") -> None:
        self._level = _LEVELS[level]

    async def __call__(self, turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn:
        """Log, go on, and log."""
        before = len(turn.blocks)
        where = f"run {ctx.run_id}: turn {turn.id}"
        logger.log(self._level, "%s: %d blocks in", where, before)
        started = time.monotonic()
        try:
            answered = await next(turn)
        except Exception as error:
            logger.log(self._level, "%s: %s after %d ms", where, _name(error), _ms(started))
            raise
        kinds = Counter(block.kind for block in answered.blocks[before:])
        told = ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "nothing"
        logger.log(self._level, "%s: %s out after %d ms", where, told, _ms(started))
        return answered


def _name(error: Exception) -> str:
    return type(error).__name__


def _ms(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def make_turn_logging(options: JsonObject | None) -> Middleware:
    """Make it from `{level?}`.

    Raises:
        InvalidValueError: for another option or another level.
    """
    checked = validate_as(TurnLoggingOptions, options or {}, "turnLogging")
    return TurnLogging(checked.level)
