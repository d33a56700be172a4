"""`middlewares`: what stands between a session and its engine, call by call."""

from __future__ import annotations

from typing import Annotated, Any

import anyio.lowlevel

from marotte.conversation import InvalidValueError, Turn, normalize
from marotte.host import Runtime, ScriptFunction
from marotte.inference import Middleware, MiddlewareContext, Next
from marotte.realm import (
    Callback,
    Caller,
    FaceValue,
    HostLoop,
    HostObject,
    JavaScriptError,
    Signature,
    host_function,
    host_method,
    host_property,
)
from marotte.runs import RunError, ScriptError, current_run
from marotte_js.core.context_types import RunContextType
from marotte_js.core.contexts import script_context
from marotte_js.core.host_middlewares import NameOfHost, OptionsOfHost
from marotte_js.core.turns import AnsweredTurn, TurnInput
from marotte_js.core.waiting import wait_parked

__all__ = [
    "DECLARED",
    "MIDDLEWARES",
    "PRIVATE",
    "MiddlewareFunction",
    "MiddlewareObject",
    "NextCall",
    "ScriptMiddleware",
    "script_middleware",
]


async def _next(turn: TurnInput | None = None) -> AnsweredTurn:
    """Asks the engine, or the middleware that is inside of the one that calls.

    Args:
        turn: What to ask with; absent: the turn that the middleware was given.
    """
    raise AssertionError("a signature")


NextFunction = Annotated[Callback, Signature(_next, "NextFunction")]


async def _middleware(turn: AnsweredTurn, next: NextFunction, ctx: RunContextType) -> Turn | None:
    """Wraps a call of the engine; may be async.

    Args:
        turn: A copy of the turn to answer.
        next: Calls what is inside; several times, or not at all.
        ctx: Of the run.

    Returns:
        The answer; nothing keeps what `next` answered, or threw.
    """


MiddlewareFunction = Annotated[Callback, Signature(_middleware, "MiddlewareFunction")]


class MiddlewareObject(HostObject, js_name="Middleware"):
    """What wraps each call of an engine."""

    def __init__(self, middleware: Middleware) -> None:
        self.middleware = middleware

    @host_property()
    def name(self) -> str:
        """What errors call it."""
        return self.middleware.name


class NextCall(HostObject):
    """The rest of the way to the engine, in the hands of one call of a middleware."""

    def __init__(self, proceed: Next) -> None:
        self._proceed = proceed
        self._run = current_run.get()

    @host_method(holds_grace=False)
    async def call(self, turn: TurnInput | None = None) -> AnsweredTurn:
        """Go on with a turn, or with the original one."""
        return await self._go_on(turn)

    @host_method()
    def call_parked(self, caller: Caller, turn: TurnInput | None = None) -> AnsweredTurn:
        """Go on as `call` does; the script is parked meanwhile."""
        return wait_parked(lambda: self._go_on(turn), caller, "next")

    async def _go_on(self, turn: Turn | None) -> Turn:
        current_run.set(self._run)  # Whoever calls: it is this run's engine that is asked.
        return await self._proceed(turn)


class ScriptMiddleware:
    """A middleware that is a function of a script; see ``marotte.inference.Middleware``.

    Args:
        function: Takes `(turn, next, ctx)`.
        parks: Whether its `next` is synchronous.
    """

    def __init__(self, function: ScriptFunction, *, parks: bool = False) -> None:
        self._function = function
        self._parks = parks

    @property
    def name(self) -> str:
        """What errors call it."""
        return self._function.name

    async def __call__(self, turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn | None:
        """Call the function.

        Raises:
            ScriptError: It threw, or returned something that is no turn; says which middleware.
            RunError: What `next` had raised, and the function let pass.
        """
        try:
            answer = await self._answer(turn, next, ctx)
            return None if answer is None else normalize(answer, "the returned turn")
        except JavaScriptError as error:
            if isinstance(error.__cause__, RunError):
                raise error.__cause__ from error.__cause__.__cause__
            raise ScriptError(f"{self.name}: {error}") from error
        except InvalidValueError as error:
            raise ScriptError(f"{self.name}: {error}") from error

    async def _answer(self, turn: Turn, next: Next, ctx: MiddlewareContext) -> Any:
        told = FaceValue("core", {"turn": turn.wire()})
        kind = "parked" if self._parks else "async"
        proceed = FaceValue("core", {"next": kind}, NextCall(next))
        answer = await self._function(told, proceed, script_context(ctx.run))
        await anyio.lowlevel.checkpoint()  # What it has called and not waited for begins now.
        return answer


def script_middleware(
    caller: Caller, function: Callback, name: str = "middleware", *, parks: bool = False
) -> ScriptMiddleware:
    """Make a middleware of a function of the calling script."""
    host = caller.realm.service(HostLoop)
    called = ScriptFunction(caller.realm.realm, host, function, name)
    return ScriptMiddleware(called, parks=parks)


@host_function(name="_fromJS", effect="control")
def from_js_(
    caller: Caller, function: Callback, name: str, parks: bool = False
) -> MiddlewareObject:
    """Make a middleware of a function."""
    return MiddlewareObject(script_middleware(caller, function, name, parks=parks))


@host_function(name="fromJS", effect="control")
def from_js(fn: MiddlewareFunction, name: str | None = None) -> MiddlewareObject:
    """Make a middleware of a function, which may be async.

    Args:
        fn: Gets a copy of the turn, and `next`, which calls the engine, or the middleware that was
            registered after this one: with the turn it is given, or else with the original one.
            `next` may be called several times, or not at all. The turn that the function returns
            is the answer; returning nothing keeps what `next` answered, or threw.
        name: What errors call it; absent: the function's name.

    Example:
        const timed = middlewares.fromJS(async (turn, next, ctx) => {
          const begin = performance.now();
          const answer = await next(turn);
          console.log(ctx.runId, performance.now() - begin);
          return answer;
        }, "timed");
    """
    raise AssertionError("implemented by the face")


@host_function(effect="control")
def host(caller: Caller, name: NameOfHost, options: OptionsOfHost = None) -> MiddlewareObject:
    """Make a middleware that the host provides.

    Args:
        name: `systemPrompt`, `reorderToolResults`, `turnLogging`, or what the host has added.
        options: What it takes: `systemPrompt` a `prompt`.

    Raises:
        UnknownMiddlewareError: "unknown host middleware: X".
    """
    return MiddlewareObject(caller.realm.service(Runtime).middlewares.make(name, options))


MIDDLEWARES = (host,)
DECLARED = (from_js,)
PRIVATE = (from_js_,)
