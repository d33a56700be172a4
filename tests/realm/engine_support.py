"""An engine under test: a small real host, a guest that reads its answers, and the right thread.

The tests that use this know the :class:`~marotte.realm.engine.Engine` protocol only; a second
engine would join ``FACTORIES`` and be held to the same contract.
"""

from __future__ import annotations

import functools
import json
import posixpath
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from marotte.realm.adapter import QuickJSEngine
from marotte.realm.engine import Engine, EngineFactory, EngineLimits, Scalar

FACTORIES: dict[str, EngineFactory] = {"quickjs": QuickJSEngine}
THREAD_STACK = 16 * 1024 * 1024

P = ParamSpec("P")
T = TypeVar("T")


class Undefined:
    """JavaScript's ``undefined``; there is one instance, :data:`UNDEFINED`."""

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = Undefined()


@dataclass(frozen=True)
class Promised:
    """A promise that a script answered; its outcome is in :attr:`ScriptedHost.outcomes`."""

    ident: int


@dataclass(frozen=True)
class HostObject:
    """A host object on its way to the script: an instance of the class ``Thing``."""

    ident: int


@dataclass(frozen=True)
class Deferred:
    """What an asynchronous host function answers; settled by :meth:`Guest.settle`."""

    ident: int


class GuestError(Exception):
    """What a script threw, as the host is told of it."""

    def __init__(self, description: dict[str, object]) -> None:
        super().__init__(f"{description['name']}: {description['message']}")
        self.description = description

    @property
    def name(self) -> object:
        return self.description["name"]

    @property
    def message(self) -> str:
        return str(self.description["message"])


def tagged(value: object) -> Scalar:
    """A Python value as the kernel expects it."""
    match value:
        case None | bool() | int() | float():
            return value
        case Undefined():
            return "u"
        case str():
            return "s" + value
        case HostObject(ident):
            return f"o0:{ident}"
        case Deferred(ident):
            return f"p{ident}"
    return "j" + json.dumps(value)


def number(text: str) -> int | float:
    """A number of JSON; JavaScript writes floats without a fraction as integers."""
    return int(text) if len(text) < 16 or abs(int(text)) < 2**53 else float(text)


def parsed(text: str) -> object:
    """What JSON from a script means."""
    value: object = json.loads(text, parse_int=number)
    return value


def untagged(value: Scalar) -> object:
    """What an engine answered, as a Python value.

    Raises:
        GuestError: The answer is what a script threw.
    """
    if not isinstance(value, str):
        return value
    rest = value[1:]
    match value[:1]:
        case "s":
            return rest
        case "j":
            return parsed(rest)
        case "u":
            return UNDEFINED
        case "p":
            return Promised(int(rest))
        case "o":
            return HostObject(int(rest))
        case "e":
            raise GuestError(json.loads(rest))
    raise AssertionError(f"unknown tag: {value[:40]!r}")


def description(error: BaseException, depth: int = 5) -> dict[str, object]:
    """An exception as the kernel is told of it."""
    told: dict[str, object] = {"name": type(error).__name__, "message": str(error)}
    code = getattr(error, "code", None)
    if code is not None:
        told["code"] = code
    if error.__cause__ is not None and depth > 0:
        told["cause"] = description(error.__cause__, depth - 1)
    return told


@dataclass
class ScriptedHost:
    """An engine's host whose functions are Python callables, and which notes what it is told.

    `functions` are globals of the script, `modules` and `scripts` map a path to its source. A
    module whose name begins with ``!`` is refused. A keyword parameter named after an argument is
    not known: all arguments are positional, plain JSON, functions as ``{"$function": id}`` and host
    objects as ``{"$object": id}``.
    """

    functions: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    interrupt: Callable[[], bool] = bool
    refusal: BaseException | None = None
    outcomes: dict[int, object] = field(default_factory=dict)
    claims: dict[int, bool] = field(default_factory=dict)
    failures: list[dict[str, object]] = field(default_factory=list)
    dropped: dict[int, int] = field(default_factory=dict)

    def poll(self) -> bool:
        return self.interrupt()

    def call(self, index: int, receiver: int, kinds: int, /, *args: Scalar) -> Scalar:
        values = _arguments(int(kinds), args)
        if receiver >= 0:
            return tagged(list(self.methods.values())[index](receiver, *values))
        return tagged(list(self.functions.values())[index](*values))

    def settled(self, ident: int, value: Scalar, /) -> None:
        try:
            self.outcomes[ident] = untagged(value)
        except GuestError as error:
            self.outcomes[ident] = error

    def claim(self, listener: int, /) -> bool:
        return self.claims.pop(listener, False)

    def listener_failed(self, listener: int, error: str, /) -> None:
        self.failures.append({"listener": listener, **json.loads(error[1:])})

    def drop(self, ident: int, crossings: int, /) -> None:
        self.dropped[ident] = self.dropped.get(ident, 0) + crossings

    def class_spec(self, index: int, /) -> str:
        members = [
            {"name": name, "kind": "method", **_function_spec(name, i)}
            for i, name in enumerate(self.methods)
        ]
        return "j" + json.dumps({"name": "Thing", "members": members})

    def binding_spec(self, name: str, /) -> str:
        functions = [_function_spec(name, index) for index, name in enumerate(self.functions)]
        spec = {"functions": functions, "exported": list(self.functions), "values": {}}
        return "j" + json.dumps(spec | {"namespaces": {}, "errors": [], "face": False})

    def face(self, name: str, /) -> tuple[str, str]:
        raise KeyError(name)

    def resolve(self, base: str, specifier: str, /) -> str:
        if specifier not in self.scripts:
            raise FileNotFoundError(f"cannot find {specifier} from {base}")
        return "s" + specifier

    def classic_source(self, path: str, /) -> tuple[str, str] | str:
        head = "(function (exports, require, module, __filename, __dirname) {"
        return f"{head}{self.scripts[path]}\n}})", path

    def resolve_module(self, base: str, specifier: str, /) -> str:
        if specifier.startswith("!"):
            raise self.refusal or LookupError(f"{base} may not have {specifier}")
        if not specifier.startswith("."):
            return specifier
        return "./" + posixpath.normpath(posixpath.join(posixpath.dirname(base), specifier))

    def module_source(self, name: str, /) -> str:
        if name not in self.modules:
            raise FileNotFoundError(f"cannot find {name}")
        return self.modules[name]

    def json_module(self, name: str, /) -> str:
        return "j" + self.modules[name]

    def error_text(self, error: BaseException, /) -> str:
        return "e" + json.dumps(description(error))


def _function_spec(name: str, index: int) -> dict[str, object]:
    # Every argument is lifted, so that functions and host objects may stand anywhere on top.
    spec: dict[str, object] = {"name": name, "index": index, "arity": 0, "required": 0}
    return spec | {"rest": True, "lifts": [True]}


def _arguments(kinds: int, args: tuple[Scalar, ...]) -> list[object]:
    values: list[object] = []
    for value in args:
        kind, kinds = kinds % 8, kinds // 8
        values.append(parsed(str(value)) if kind == 1 else UNDEFINED if kind == 2 else value)
    return values


class Guest:
    """An engine with its host: evaluates scripts and reads what they answer."""

    def __init__(self, engine: Engine, host: ScriptedHost) -> None:
        self.engine = engine
        self.host = host

    def evaluate(self, source: str) -> object:
        """The completion value of a script.

        Raises:
            GuestError: The script threw.
        """
        return untagged(self.engine.evaluate(source))

    def error(self, source: str) -> GuestError:
        """What a script throws."""
        try:
            value = self.evaluate(source)
        except GuestError as error:
            return error
        raise AssertionError(f"{source[:80]!r} threw nothing, it answered {value!r}")

    def drain(self) -> None:
        """Run jobs until there are none."""
        while not self.engine.run_jobs(1000):
            pass

    def outcome(self, source: str) -> object:
        """What the promise that a script answers settles to, an error included."""
        promise = self.evaluate(source)
        assert isinstance(promise, Promised), promise
        self.drain()
        return self.host.outcomes.get(promise.ident, "pending")

    def module(self, path: str) -> object:
        """The default export of a module, or the error it ended with."""
        promise = untagged(self.engine.run_module(path))
        assert isinstance(promise, Promised), promise
        self.drain()
        return self.host.outcomes.get(promise.ident, "pending")

    def unhandled(self) -> list[dict[str, object]]:
        """The rejections that nobody handled."""
        rejections: list[dict[str, object]] = json.loads(self.engine.take_unhandled() or "[]")
        return rejections


def install_spec(functions: Mapping[str, object], max_chars: int = 1 << 20) -> str:
    """What announces `functions` as globals."""
    names = dict.fromkeys(functions, "test")
    return json.dumps(
        {"maxChars": max_chars, "errors": {"HostError": None}, "globals": names, "modules": {}}
    )


@contextmanager
def guest(
    factory: EngineFactory = QuickJSEngine,
    functions: Mapping[str, Callable[..., object]] | None = None,
    limits: EngineLimits | None = None,
    host: ScriptedHost | None = None,
) -> Iterator[Guest]:
    """An engine that is closed at the end, whatever happens."""
    host = host or ScriptedHost(functions or {})
    engine = factory(host, limits or EngineLimits())
    try:
        engine.install(install_spec(host.functions))
        yield Guest(engine, host)
    finally:
        engine.close()


def run_on_engine_thread(call: Callable[[], T]) -> T:
    """Call on a thread such as engines demand: a 16 MiB stack, and nothing below them."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:
            errors.append(error)

    before = threading.stack_size(THREAD_STACK)
    try:
        thread = threading.Thread(target=run, name="engine-test")
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def on_engine_thread(test: Callable[P, None]) -> Callable[P, None]:
    """Run a test on an engine thread."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        run_on_engine_thread(functools.partial(test, *args, **kwargs))

    return run
