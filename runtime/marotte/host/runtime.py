"""The runtime: wires loop thread, realms, runs and bindings together for an embedder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import anyio
import anyio.to_thread

from marotte.conversation import Session, TurnLike
from marotte.events import MemoryRunLog, RunLog
from marotte.host.agent_session import AgentSession
from marotte.host.agents import AgentTable
from marotte.host.async_realm import AsyncRealm
from marotte.host.bindings import load_bindings
from marotte.host.gate import RunGate
from marotte.host.script import ScriptComputation, close_when_made
from marotte.host.services import ConsoleSink, LoggingConsole, ProcessInfo, RunConsole
from marotte.inference import (
    Engine,
    FunctionMiddleware,
    History,
    Middleware,
    MiddlewareFactory,
    MiddlewareFunction,
    MiddlewareTable,
    Pipeline,
    ToolHooks,
    ToolLike,
    ToolLoopSettings,
    ToolRegistry,
)
from marotte.inference.models import Models
from marotte.realm import (
    Binding,
    EngineLimits,
    HostLoop,
    LoopStatistics,
    LoopThread,
    Realm,
    RealmObserver,
    Registry,
    Scope,
    ScriptRoot,
)
from marotte.runs import RunContext, RunHandle, RunOptions, Runs, RunsStatistics

__all__ = ["Runtime", "RuntimeStatistics"]

MAIN_TEXT = "./script.mjs"
LOOP_END_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class RuntimeStatistics:
    """A snapshot.

    Attributes:
        runs: Runs by state.
        loop: Realms, timers and queued work of the loop thread.
    """

    runs: RunsStatistics
    loop: LoopStatistics


class Runtime:
    """Hosts scripts, sessions and runs in an asyncio program; ``async with`` it.

    Leaving it stops the runs that are active (as ``shutdown``), closes all realms and ends the
    loop thread.

    Args:
        bindings: What scripts can use; by default everything that is installed.
        memory_bytes: Soft limit of a realm's heap, in bytes.
        allowed_env: Environment variables that scripts may read.
        models: What scripts can reach of model providers; by default, the profiles of the
            configuration, and the providers that the environment holds a key for.
        log: Where runs are recorded; by default in memory.
        tools: The host's tools, which scripts may use by name, before those of the bindings.
        middlewares: Factories of middlewares that scripts may use by name, beside the built-in
            ones.

    Raises:
        DuplicateToolError: Two tools have the same name.
        DuplicateMiddlewareError: A factory has the name of another.
    """

    def __init__(
        self,
        *,
        bindings: Iterable[Binding] | None = None,
        memory_bytes: int = 64 * 1024 * 1024,
        allowed_env: Iterable[str] = (),
        models: Models | None = None,
        log: RunLog | None = None,
        tools: Iterable[ToolLike] = (),
        middlewares: Mapping[str, MiddlewareFactory] | None = None,
    ) -> None:
        self._registry = Registry(load_bindings() if bindings is None else bindings)
        self._limits = EngineLimits(memory_bytes=memory_bytes)
        self._allowed_env = frozenset(allowed_env)
        self._models = Models() if models is None else models
        self._log = MemoryRunLog() if log is None else log
        self._tools = ToolRegistry(tools)
        self._middlewares = MiddlewareTable(middlewares)
        self._add_plugins()
        self._host = HostLoop()
        self._loop = LoopThread()
        self._gate = RunGate()
        self._runs: Runs | None = None
        self._stack = AsyncExitStack()

    def _add_plugins(self) -> None:
        """Add what bindings bring for pipelines."""
        for binding in self._registry.bindings.values():
            for each in binding.tools:
                self._tools.register(each)
            for name, factory in binding.middlewares.items():
                self._middlewares.register(name, factory)

    async def __aenter__(self) -> Self:
        if self._runs is not None:
            raise RuntimeError("a runtime can be entered once; make another one")
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._host)
            stack.push_async_callback(self._end_loop)
            self._loop.start()
            self._runs = Runs(log=self._log, post=self._host.post, task_group=self._host.task_group)
            stack.push_async_callback(self._end_runs, self._runs)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    # Shielded, each for itself: whoever is cancelled has to leave nothing behind either.

    async def _end_runs(self, runs: Runs) -> None:
        with anyio.CancelScope(shield=True):
            await runs.shutdown()

    async def _end_loop(self) -> None:
        """End the loop thread; one that a native loop holds is abandoned after a second."""
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(partial(self._loop.close, timeout=LOOP_END_SECONDS))

    @property
    def runs(self) -> Runs:
        """The registry of runs.

        Raises:
            RuntimeError: The runtime was not entered.
        """
        if self._runs is None:
            raise RuntimeError(
                "the runtime was not entered; use 'async with Runtime() as runtime:'"
            )
        return self._runs

    @property
    def registry(self) -> Registry:
        """What scripts can use."""
        return self._registry

    @property
    def tools(self) -> ToolRegistry:
        """The host's tools, which scripts may use by name."""
        return self._tools

    @property
    def middlewares(self) -> MiddlewareTable:
        """Middlewares that scripts may use by name."""
        return self._middlewares

    def statistics(self) -> RuntimeStatistics:
        """Return counts of runs, realms and queued work, as of now."""
        return RuntimeStatistics(self.runs.statistics(), self._loop.statistics())

    def session(
        self,
        *,
        engine: Engine,
        turns: Iterable[TurnLike] = (),
        metadata: Mapping[str, object] | None = None,
        history: History = "all",
        tools: ToolRegistry | Iterable[ToolLike] | None = None,
        tool_loop: ToolLoopSettings | Mapping[str, Any] | None = None,
        tool_hooks: ToolHooks | None = None,
        middlewares: Iterable[Middleware | MiddlewareFunction] = (),
    ) -> AgentSession:
        """Open a conversation with an engine.

        Args:
            engine: What answers.
            history: Whether the engine sees the earlier turns.
            turns: The conversation so far.
            metadata: JSON values kept with the session.
            tools: What a model may ask for: a registry, or tools and functions.
            tool_loop: How it is executed.
            tool_hooks: What may look at tool calls, and change them.
            middlewares: What stands around each call of the engine; the first is outermost.

        Raises:
            DuplicateToolError: Two tools have the same name.
            InvalidValueError: One of the arguments is not what it should be.
        """
        pipeline = Pipeline(
            engine,
            tools=_registry(tools),
            tool_loop=ToolLoopSettings.of(tool_loop),
            tool_hooks=tool_hooks,
            middlewares=tuple(map(_middleware, middlewares)),
            history=history,
        )
        return AgentSession(self.runs, Session(turns=turns, metadata=metadata), pipeline)

    def run_script(
        self, script: str | os.PathLike[str], *, args: Iterable[str] = (), **options: Any
    ) -> RunHandle:
        """Run a script file in a fresh realm; its folder is the root of what it imports.

        Args:
            script: Path of a ``.mjs`` or ``.js`` file.
            args: What it finds in ``process.argv``.
            options: See :class:`marotte.RunOptions`.

        Raises:
            FileNotFoundError: There is no such file.
            OptionsError: An option is unknown or wrong.
        """
        file = Path(script).resolve()
        if not file.is_file():
            raise FileNotFoundError(f"{script}: expected a script file")
        root = self._root(file.parent)
        return self._start(root.path_of(file), root, file.name, [str(file), *args], options)

    def run_source(self, source: str, *, name: str = "script", **options: Any) -> RunHandle:
        """Run JavaScript text as a module in a fresh realm; it can import no files."""
        root = self._root(None)
        root.add_text(MAIN_TEXT, source)
        return self._start(MAIN_TEXT, root, name, [name], options)

    async def realm(self, *, name: str = "realm", root: Path | None = None) -> AsyncRealm:
        """Make a realm that belongs to no run.

        Args:
            name: For messages.
            root: The folder that its modules come from.
        """
        make = partial(self._make_realm, self._root(root), name, (), Scope(name), RealmObserver())
        making = self._loop.submit(make)
        try:
            return AsyncRealm(await self._host.wait(making), self._host)
        except BaseException:
            close_when_made(making)
            raise

    def _root(self, folder: Path | None) -> ScriptRoot:
        return ScriptRoot(folder, provided=self._registry.modules)

    def _start(
        self,
        path: str,
        root: ScriptRoot,
        name: str,
        argv: list[str],
        options: Mapping[str, Any],
    ) -> RunHandle:
        checked = RunOptions.of(options)
        computation = self._computation(path, root, name, argv)
        grants = {"env": sorted(self._allowed_env), "net": sorted(self._models.allowed_net)}
        told = {"argv": argv, "grants": grants}
        return self.runs.start(computation, options=checked, name=name, input=told)

    def agent(
        self,
        path: str,
        root: ScriptRoot,
        arguments: Callable[[RunContext], Sequence[Any]],
        limits: EngineLimits,
    ) -> ScriptComputation:
        """Make the computation of an agent file.

        Args:
            path: The module, relative to `root` (``./agent.mjs``).
            root: Where it and its imports lie.
            arguments: What its default export is called with.
            limits: Of the realm that asks for it, which it cannot exceed.
        """
        name = path.removeprefix("./")
        return self._computation(path, root, name, [path], arguments, limits)

    def _computation(
        self,
        path: str,
        root: ScriptRoot,
        name: str,
        argv: list[str],
        arguments: Callable[[RunContext], Sequence[Any]] | None = None,
        most: EngineLimits | None = None,
    ) -> ScriptComputation:
        def make(scope: Scope, observer: RealmObserver, ctx: RunContext) -> Realm:
            asked = ctx.options.limits
            limits = self._limits_for(asked.memory_bytes, most)
            return self._make_realm(root, name, argv, scope, observer, ctx, limits)

        return ScriptComputation(path, make, self._loop, self._host, arguments)

    def _limits_for(self, memory_bytes: int | None, most: EngineLimits | None) -> EngineLimits:
        """What a realm gets that asks for so much; scripts cannot ask for more than they have."""
        if memory_bytes is None or (most is not None and memory_bytes > most.memory_bytes):
            return most or self._limits
        return EngineLimits(memory_bytes=memory_bytes)

    def _granted_env(self) -> dict[str, str]:
        return {name: os.environ[name] for name in self._allowed_env if name in os.environ}

    def _make_realm(
        self,
        root: ScriptRoot,
        name: str,
        argv: Iterable[str],
        scope: Scope,
        observer: RealmObserver,
        ctx: RunContext | None = None,
        limits: EngineLimits | None = None,
    ) -> Realm:
        limits = limits or self._limits
        return Realm(
            self._loop,
            self._registry,
            scope=scope,
            root=root,
            limits=limits,
            host=self._host,
            gate=self._gate,
            services={
                Runtime: self,
                HostLoop: self._host,
                ScriptRoot: root,
                EngineLimits: limits,
                Models: self._models,
                AgentTable: AgentTable(self.runs),
                ConsoleSink: LoggingConsole(name) if ctx is None else RunConsole(ctx),
                ProcessInfo: ProcessInfo(tuple(argv), self._granted_env()),
            },
            observer=observer,
            name=name,
        )


def _registry(tools: ToolRegistry | Iterable[ToolLike] | None) -> ToolRegistry | None:
    return tools if tools is None or isinstance(tools, ToolRegistry) else ToolRegistry(tools)


def _middleware(middleware: Middleware | MiddlewareFunction) -> Middleware:
    return middleware if isinstance(middleware, Middleware) else FunctionMiddleware(middleware)
