"""Host objects in a script's hands: identity, members, opacity, and when Python lets go."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import anyio.lowlevel
import pytest
from tests.realm.realm_support import World, running_loop

from marotte.realm import (
    Binding,
    HostFunction,
    HostLoop,
    HostObject,
    Realm,
    Registry,
    host_function,
    host_iterator,
    host_method,
    host_property,
)


class Counter(HostObject):
    """Counts."""

    def __init__(self, start: int = 0) -> None:
        self.value = start
        self.reads = 0

    @host_method()
    def add(self, by: int = 1) -> Counter:
        """Add, and answer itself."""
        self.value += by
        return self

    @host_method()
    def copy(self) -> Counter:
        """Answer another one."""
        return Counter(self.value)

    @host_method()
    def same(self, other: Counter) -> bool:
        """Whether it is this."""
        return other is self

    @host_property()
    def current(self) -> int:
        """What it counted."""
        self.reads += 1
        return self.value

    @host_property(cached=True)
    def first_read(self) -> int:
        """What it was when first asked."""
        self.reads += 1
        return self.value

    @host_property(cached=True)
    async def later(self) -> int:
        """A promise."""
        await anyio.lowlevel.checkpoint()
        return self.value

    @host_iterator()
    def steps(self) -> Steps:
        """Count up."""
        return Steps(self.value)


class Steps(HostObject):
    """Iterates."""

    def __init__(self, count: int) -> None:
        self.left = count
        self.returned = False

    @host_method(name="next")
    async def next_(self) -> dict[str, object]:
        """Answer the next step."""
        await anyio.lowlevel.checkpoint()
        self.left -= 1
        if self.left < 0:
            return {"done": True, "value": None}
        return {"done": False, "value": self.left}

    @host_method(name="return")
    async def return_(self) -> dict[str, object]:
        """End early."""
        RETURNED.append(self.left)
        return {"done": True, "value": None}


class Special(Counter, js_name="SpecialCounter"):
    """Inherits."""

    @host_method()
    def reset(self) -> Special:
        """Begin anew."""
        self.value = 0
        return self


RETURNED: list[int] = []
MADE: list[weakref.ref[Counter]] = []


@host_function
def counter(start: int = 0) -> Counter:
    """Make a counter."""
    made = Counter(start)
    MADE.append(weakref.ref(made))
    return made


@host_function
def special() -> Special:
    """Make a special one."""
    return Special(5)


@host_function
def reads(of: Counter) -> int:
    """How often it was read."""
    return of.reads


@host_function
def pair() -> list[Counter]:
    """Answer what cannot cross."""
    return [Counter(1)]


FUNCTIONS: list[HostFunction[..., Any]] = [counter, special, reads, pair]


@pytest.fixture
def realm(world: World) -> Realm:
    """A realm with counters."""
    MADE.clear()
    return world.realm(*FUNCTIONS)


TRUE = [
    "counter(3).current === 3",
    "counter().add().add(5).current === 6",
    "const c = counter(); c.add() === c && c.same(c.add())",
    "const c = counter(); c.same(c) && !c.same(c.copy())",
    "const c = counter(); c.current; c.current; reads(c) === 2",
    "const c = counter(1); c.firstRead; c.add(); c.firstRead === 1 && reads(c) === 1",
    "counter() !== counter()",
    "counter().constructor === counter().constructor",
    "`${counter()}` === '[object Counter]'",
    "special().reset().add(2).current === 2",
    "special().constructor.name === 'SpecialCounter'",
    "Object.keys(counter()).length === 0 && JSON.stringify(counter()) === '{}'",
    "Reflect.ownKeys(counter()).length === 0",
    "Object.getOwnPropertyNames(counter().constructor.prototype).includes('add')",
    "Object.keys(Object.getPrototypeOf(counter())).length === 0",
    "counter().add.name === 'add' && counter().add.length === 0",
    "const c = counter(); c.mine = 5; c.mine === 5",
    "const c = counter(); 'use strict'; try { c.current = 9 } catch {} ; c.current === 0",
]


@pytest.mark.parametrize("source", TRUE)
def test_of_a_host_object_it_is_true_that(world: World, realm: Realm, source: str) -> None:
    assert world.value(realm, source) is True


THROWN = {
    "new (counter().constructor)()": "Illegal constructor",
    "counter().add.call({})": "Counter.add called on an object that is not a Counter",
    "counter().add.call(null)": "Counter.add called on an object that is not a Counter",
    "special().reset.call(counter())": "SpecialCounter.reset called on another object",
    "Object.getPrototypeOf(counter()).current": "Counter.current called on an object that is not a "
    "Counter",
    "counter().add('x')": 'Counter.add(): by: expected a valid integer, got "x"',
    "counter().same({})": "Counter.same(): other: expected a Counter, got {}",
    "Object.create(counter()).add()": "Counter.add called on an object that is not a Counter",
    "new Proxy(counter(), {}).add()": "Counter.add called on an object that is not a Counter",
    "pair()": "a Counter cannot cross; only JSON values can",
}


@pytest.mark.parametrize("source", THROWN)
def test_misuse_of_a_host_object_is_an_error(world: World, realm: Realm, source: str) -> None:
    error = world.error(realm, source)
    assert error.name == "TypeError"
    assert THROWN[source] in error.message


def test_a_method_of_a_base_class_works_on_what_inherits(world: World, realm: Realm) -> None:
    assert world.value(realm, "counter().add.call(special()).current") == 6


def test_a_host_object_comes_back_as_itself(world: World, realm: Realm) -> None:
    found = world.value(realm, "globalThis.kept = counter(7)")
    assert isinstance(found, Counter)
    assert found.value == 7
    assert world.value(realm, "kept") is found
    assert world.value(realm, "Promise.resolve(kept)") is found


def test_python_lets_go_of_what_the_script_has_let_go(world: World, realm: Realm) -> None:
    world.value(realm, "globalThis.kept = counter(); for (let i = 0; i < 20; i++) counter(i); 0")
    assert world.on_loop(lambda: realm.statistics().host_objects) == 21
    world.on_loop(lambda: realm._execution.engine.collect())
    world.settle(realm)
    gc.collect()
    assert world.on_loop(lambda: realm.statistics().host_objects) == 1
    assert [made() is not None for made in MADE] == [True] + [False] * 20
    assert world.value(realm, "kept.add().current") == 1


def test_an_object_that_crosses_again_while_it_is_collected_lives_on(
    world: World, realm: Realm
) -> None:
    source = "globalThis.kept = counter(); 0"
    world.value(realm, source)
    for _ in range(5):
        world.value(realm, "kept.add(); kept = kept.add(); 0")
        world.on_loop(lambda: realm._execution.engine.collect())
        world.settle(realm)
    assert world.value(realm, "kept.current") == 10
    assert world.on_loop(lambda: realm.statistics().host_objects) == 1


def test_closing_the_realm_lets_go_of_all(world: World, realm: Realm) -> None:
    world.value(realm, "globalThis.kept = [counter(), counter()]; 0")
    world.on_loop(realm.close)
    gc.collect()
    assert [made() for made in MADE] == [None, None]


async def test_asynchronous_members_and_iteration() -> None:
    RETURNED.clear()
    async with HostLoop() as host:
        with running_loop() as loop:
            realm = World(loop).realm(*FUNCTIONS, host=host)

            async def value(source: str) -> object:
                return await host.wait(realm.evaluate(source))

            assert await value("counter(4).later") == 4
            assert await value("const c = counter(); c.later === c.later") is True
            assert await value(
                "(async () => { const seen = []; for await (const s of counter(3)) seen.push(s); "
                "return seen })()"
            ) == [2, 1, 0]
            assert (
                await value("(async () => { for await (const s of counter(9)) { return s } })()")
                == 8
            )
            assert RETURNED == [8]


def test_members_are_declared_in_order_and_inherited() -> None:
    described = Special.js_class
    assert described.name == "SpecialCounter"
    assert described.doc == "Inherits."
    names = [member.name for member in described.members]
    assert names == ["add", "copy", "same", "current", "firstRead", "later", "steps", "reset"]


def test_classes_have_their_numbers_from_the_registry() -> None:
    registry = Registry([Binding(name="x", classes=[Steps, Counter])])
    assert [registry.class_index(cls) for cls in (Counter, Steps, Special)] == [1, 0, 2]
    assert registry.classes == [Steps, Counter, Special]
