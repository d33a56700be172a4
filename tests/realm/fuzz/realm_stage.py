"""What scripts of the fuzz call, and what an episode of it holds."""

from __future__ import annotations

import random
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

import anyio
import anyio.lowlevel
from tests.realm.fuzz.realm_grammar import Grammar
from tests.realm.realm_support import Budget, Reports, binding

from marotte.realm import (
    Callback,
    Caller,
    EngineLimits,
    HostFunction,
    HostLoop,
    HostObject,
    LoopThread,
    Realm,
    RealmError,
    Registry,
    Scope,
    ScriptRoot,
    host_function,
    host_iterator,
    host_method,
    host_property,
)

__all__ = ["REGISTRY", "Stage", "Thing"]

MEBIBYTE = 1024 * 1024
LIMITS = [
    EngineLimits(),
    EngineLimits(stack_bytes=256 * 1024, yield_seconds=0.0),
    EngineLimits(memory_bytes=4 * MEBIBYTE, value_chars=64 * 1024),
    EngineLimits(memory_bytes=2 * MEBIBYTE, stack_bytes=64 * 1024, value_chars=1024),
]
MAX_FUTURES = 300
MAX_REALMS = 6


@dataclass
class Stage:
    """A few realms on one loop thread, for some scopes, and all that was begun in them.

    Attributes:
        loop: Owns the realms.
        host: Runs asynchronous host functions.
        dice: For what the loop thread decides.
        disturb: What scripts do by ``act()``.
        futures: What must be done in the end, with what it was.
        left: What may stay open: what a script merely waits for.
        callbacks: Functions of scripts that Python holds.
        tracked: What must be gone in the end.
        seen: How often what happened.
        failures: What must not have happened.
        quiet: Nothing new is begun from inside any more.
    """

    loop: LoopThread
    host: HostLoop
    dice: random.Random
    disturb: Callable[[Stage], object]
    realms: list[Realm] = field(default_factory=list)
    reports: list[Reports] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    futures: list[tuple[str, Future[Any]]] = field(default_factory=list)
    left: list[Future[Any]] = field(default_factory=list)
    callbacks: list[Callback] = field(default_factory=list)
    tracked: list[weakref.ref[Any]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    quiet: bool = False

    def __post_init__(self) -> None:
        self.grammar = Grammar(self.dice)
        self.files = self.grammar.files()
        parent = Scope("parent")
        self.scopes += [
            Scope("free"),
            parent,
            Scope("child", parent=parent),
            Scope("poor", budget=Budget(0.002)),
        ]

    def make_realm(self) -> Realm:
        """One more realm; any thread."""
        reports = Reports()
        realm = Realm.create(
            self.loop,
            REGISTRY,
            host=self.host,
            limits=self.dice.choice(LIMITS),
            root=ScriptRoot(provided=REGISTRY.modules, texts=self.files),
            services={Stage: self},
            observer=reports,
            name=f"realm {len(self.realms)}",
        )
        self.reports.append(reports)
        self.realms.append(realm)
        self.track(realm, realm._execution.engine)
        return realm

    def track(self, *things: object) -> None:
        """They must be gone in the end."""
        self.tracked += map(weakref.ref, things)

    def expect(self, what: str, future: Future[Any]) -> Future[Any]:
        """It must be done in the end."""
        self.futures.append((what, future))
        return future

    def start(self, realm: Realm, scope: Scope | None, kind: int, source: str) -> Future[Any]:
        """Run something in a realm; any thread."""
        if kind == 0:
            return self.expect("module", realm.run_file(f"./m{len(source) % 4}.mjs", scope=scope))
        if kind == 1:
            return self.expect("classic", realm.run_file(f"./c{len(source) % 4}.js", scope=scope))
        return self.expect(source, realm.evaluate(source, scope=scope))

    def script(self) -> str:
        """A source to run from inside."""
        return self.grammar.script()

    @property
    def crowded(self) -> bool:
        """Whether enough was begun: scripts that begin others for ever must not fill the memory."""
        return self.quiet or len(self.futures) >= MAX_FUTURES

    def wait(self, caller: Caller, future: Future[Any]) -> object:
        """Park the calling script."""
        self.seen["parked"] += 1
        realm = caller.realm.realm
        return realm.park(future)

    @contextmanager
    def watched(self, what: str) -> Iterator[None]:
        """What a realm refuses is well; anything else that is raised is not."""
        try:
            yield
        except (RealmError, RecursionError):
            self.seen[f"refused {what}"] += 1
        except Exception as error:
            self.failures.append(f"{what} raised {error!r}")


def _stage(caller: Caller) -> Stage:
    return caller.realm.service(Stage)


def _later(stage: Stage, seconds: float) -> Future[Any]:
    """A future that another thread completes."""
    future: Future[Any] = Future()

    async def complete() -> None:
        await anyio.sleep(seconds)
        future.set_result(seconds)

    stage.left.append(future)
    stage.host.start(complete, refused=lambda _: future.cancel())
    return future


# -- host objects ----------------------------------------------------------------------------------


class Thing(HostObject):
    """Counts, calls back, iterates."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._count = 0
        stage.track(self)

    @host_property()
    def count(self) -> int:
        """How often it was read."""
        self._count += 1
        return self._count

    @host_property(cached=True)
    async def later(self) -> Thing:
        """Itself, later."""
        await anyio.lowlevel.checkpoint()
        return self

    @host_method()
    def fresh(self) -> Thing:
        """Another one."""
        return Thing(self._stage)

    @host_method()
    def same(self, other: Thing) -> bool:
        """Whether it is this."""
        return other is self

    @host_method()
    def visit(self, caller: Caller, callback: Callback) -> object:
        """Call a function and wait for what it answers."""
        return _call(caller, callback)

    @host_iterator()
    def iterate(self) -> Steps:
        """Iterate."""
        return Steps(self._stage)


class Steps(HostObject):
    """A few steps."""

    def __init__(self, stage: Stage) -> None:
        self._left = 3
        stage.track(self)

    @host_method(name="next")
    async def next_(self) -> dict[str, object]:
        """Answer the next step, or fail."""
        await anyio.lowlevel.checkpoint()
        self._left -= 1
        if self._left < -1:
            raise LookupError("no more steps")
        return {"done": self._left < 0, "value": self._left}

    @host_method(name="return")
    async def return_(self) -> dict[str, object]:
        """End early."""
        await anyio.lowlevel.checkpoint()
        return {"done": True, "value": None}


# -- host functions --------------------------------------------------------------------------------


class Unreadable(Exception):
    """Has no message."""

    def __str__(self) -> str:
        raise RuntimeError("no message")


class Own(Exception):
    """Names itself."""

    js_name = "OwnError"
    code = "own"
    js_properties: dict[str, object] = {"then": 1, "constructor": [], "message": 3}  # noqa: RUF012


def _nested(depth: int) -> Exception:
    error: Exception = ValueError("innermost \udfff")
    for number in range(depth):
        outer = RuntimeError(f"cause {number}")
        outer.__cause__ = error
        error = outer
    return error


ERRORS: list[Callable[[], BaseException]] = [
    lambda: ValueError("plain"),
    lambda: TypeError("\ud800 lone \udc00"),
    lambda: LookupError("long " * 40_000),
    lambda: _nested(3),
    lambda: _nested(40),
    Unreadable,
    lambda: Own("own"),
    lambda: KeyError("\0"),
    RecursionError,
    MemoryError,
    KeyboardInterrupt,
    lambda: SystemExit(3),
    lambda: StopIteration(1),
    lambda: OSError(2, "no such thing"),
]


@host_function
def act(caller: Caller, *ignored: Any) -> None:
    """Disturb, from inside."""
    stage = _stage(caller)
    if not stage.quiet:
        stage.disturb(stage)


@host_function
def fail(caller: Caller, number: int) -> NoReturn:
    """Raise."""
    raise ERRORS[(number + _stage(caller).dice.randrange(3)) % len(ERRORS)]()


@host_function
def hold(caller: Caller, callback: Callback, *more: int) -> None:
    """Keep a function."""
    stage = _stage(caller)
    stage.track(callback)
    if len(stage.callbacks) < MAX_FUTURES:
        stage.callbacks.append(callback)


@host_function
def drop(caller: Caller) -> None:
    """Let go of some functions, half of them on another thread."""
    held = _stage(caller).callbacks
    with suppress(IndexError):
        for _ in range(len(held) // 2):
            held.pop()
    if held:
        threading.Thread(target=held.clear).start()


@host_function
def call(caller: Caller, callback: Callback) -> object:
    """Call a function and wait for what it answers."""
    return _call(caller, callback)


def _call(caller: Caller, callback: Callback) -> object:
    stage = _stage(caller)
    stage.loop.check_parking()
    future = caller.realm.realm.invoke(callback, 1, {"a": []}, scope=caller.scope)
    return _jsonable(stage.wait(caller, stage.expect("call", future)))


def _jsonable(value: object) -> object:
    return value if isinstance(value, bool | int | float | str) else None


@host_function
def nest(caller: Caller, source: str, kind: int) -> object:
    """Run a script in this realm, another or a new one, and wait for it or not."""
    stage = _stage(caller)
    realm = caller.realm.realm
    if stage.crowded:
        raise RuntimeError("enough")
    stage.loop.check_parking()
    if kind % 4 == 1:
        realm = stage.dice.choice(stage.realms)
    elif kind % 4 == 2 and len(stage.realms) < MAX_REALMS:
        realm = stage.make_realm()
    scope = caller.scope if kind % 3 else stage.dice.choice(stage.scopes)
    future = stage.start(realm, scope, 2 if kind % 5 else kind % 3, source)
    if kind % 4 == 3:
        return None
    return _jsonable(stage.wait(caller, future))


@host_function
def peek(caller: Caller, kind: int) -> object:
    """Read what a module exports, there and then."""
    stage = _stage(caller)
    realm = caller.realm.realm if kind % 2 else stage.dice.choice(stage.realms)
    return _jsonable(realm.exported(f"./m{kind % 4}.mjs", "a"))


@host_function
def wait(caller: Caller, kind: int) -> object:
    """Park for a while, until an interrupt or not at all."""
    stage = _stage(caller)
    future: Future[Any] = Future()
    if kind % 3:
        future = _later(stage, kind / 4000)
    elif kind % 2:
        future.set_result(kind)
    return stage.wait(caller, future)


@host_function
async def settle(caller: Caller, kind: int) -> object:
    """Answer later: a value, an error, what cannot cross, or nothing, ever."""
    stage = _stage(caller)
    for _ in range(kind % 3):
        await anyio.lowlevel.checkpoint()
    match kind % 9:
        case 3:
            await anyio.sleep_forever()
        case 4:
            raise ERRORS[stage.dice.randrange(9)]()
        case 5:
            return 2**70
        case 6:
            await anyio.sleep(0.001)
        case 7:
            with anyio.CancelScope(shield=True):
                await anyio.sleep(0.002)
        case 8:
            return Thing(stage)
    return kind


@host_function(blocking=True)
def block(kind: int) -> int:
    """Answer from a thread."""
    if kind % 3 == 0:
        raise ERRORS[kind % 9]()
    return kind


@host_function(effect="control")
def echo(caller: Caller, *values: Any) -> Any:
    """Answer the first value."""
    return values[0] if values else None


@host_function
def thing(caller: Caller) -> Thing:
    """Make a host object."""
    return Thing(_stage(caller))


@host_function
def collect(caller: Caller) -> None:
    """Run the engine's collector, under the script's feet and once it has left."""
    realm = caller.realm.realm
    engine = realm._execution.engine
    engine.collect()
    realm.after_job(lambda: None if realm.closed else engine.collect())


FUNCTIONS: list[HostFunction[..., Any]] = [
    act,
    fail,
    hold,
    drop,
    call,
    nest,
    peek,
    wait,
    settle,
    block,
    echo,
    thing,
    collect,
]
REGISTRY = Registry([binding(*FUNCTIONS, classes=[Thing, Steps], errors=[Own])])
