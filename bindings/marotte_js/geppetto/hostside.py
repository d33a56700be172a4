"""What the face asks of the host, beyond what the module ``marotte`` offers."""

from __future__ import annotations

import json
import os

import anyio
from pydantic import JsonValue

from marotte.conversation import Turn
from marotte.host import Runtime
from marotte.inference import MiddlewareContext, Next, ToolContext, ToolRegistry
from marotte.realm import Caller, host_function, host_method
from marotte_js.core.middlewares import MiddlewareObject
from marotte_js.core.tools import ToolRegistryObject
from marotte_js.core.waiting import wait_parked

__all__ = ["PRIVATE"]

PROFILE_VARIABLE = "PINOCCHIO_PROFILE"


class TextResults(ToolRegistry):
    """Tools whose results are JSON text, in the blocks of a turn and everywhere else."""

    async def execute(self, name: str, args: JsonValue, ctx: ToolContext) -> JsonValue:
        """Execute a call as `ToolRegistry` does."""
        result = await super().execute(name, args, ctx)
        return json.dumps(result, ensure_ascii=False, separators=(",", ":"))


class RegistryObject(ToolRegistryObject, js_name="ToolRegistry"):
    """A registry of such tools."""

    call_id = "js-call"

    def __init__(self) -> None:
        super().__init__()
        self.registry = TextResults()

    @host_method(effect="control")
    def use_host_tools(self, caller: Caller, names: list[str] | None = None) -> RegistryObject:
        """Add tools that the host provides; without names, all of them."""
        provided = caller.realm.service(Runtime).tools
        self.registry.use(provided, provided.names() if names is None else names)
        return self


class Stamp:
    """Notes in a turn which session and which inference it belongs to."""

    name = "stamp"

    async def __call__(self, turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn:
        """Note it, then go on."""
        turn.metadata["session_id"] = ctx.session_id
        turn.metadata["inference_id"] = ctx.run_id
        return await next(turn)


@host_function(name="_createRegistry", effect="control")
def create_registry() -> RegistryObject:
    """Make a registry of tools, empty."""
    return RegistryObject()


@host_function(name="_stamp", effect="control")
def stamp() -> MiddlewareObject:
    """Make the middleware that is outermost in every session."""
    return MiddlewareObject(Stamp())


@host_function(name="_profile", effect="control")
def profile() -> str | None:
    """The profile that the environment of the host chooses."""
    return os.environ.get(PROFILE_VARIABLE) or None


@host_function(name="_sleep")
def sleep(caller: Caller, ms: float) -> None:
    """Park the script for so many milliseconds."""
    wait_parked(lambda: anyio.sleep(ms / 1000), caller, "sleep")


PRIVATE = (create_registry, stamp, profile, sleep)
