"""Values that the face of a binding makes: of JSON, of a host object, of a result."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from tests.realm.realm_support import World

from marotte.realm import (
    Binding,
    CompletedBy,
    FaceValue,
    HostFunction,
    HostLoop,
    HostObject,
    Realm,
    Registry,
    host_function,
    host_method,
)

FACE = """
() => ({
  _receive({ word, words, ...rest }, object) {
    if (words) return words.map((each) => `${each}!`);
    if (word) return `${word}!`;
    return { ...rest, isBare: object === undefined, call: () => object.greet() };
  },
})
"""


class Greeter(HostObject):
    """Greets."""

    def __init__(self, name: str) -> None:
        self._name = name

    @host_method()
    def greet(self) -> str:
        """Say hello."""
        return f"hello {self._name}"


@host_function
def made(with_object: bool) -> object:
    """Make a value."""
    tricky = {"tags": {"$object": "o0:1", "o0:1 {": "c"}, "text": "o1:1 {}"}
    return FaceValue("faced", tricky, Greeter("you") if with_object else None)


@host_function
def words(count: int) -> Annotated[list[str], CompletedBy("faced", "words")]:
    """Answer words, completed."""
    return ["a", "b", "c"][:count]


@host_function
def nothing() -> Annotated[list[str] | None, CompletedBy("faced", "words")]:
    """Answer nothing."""
    return None


@host_function
async def later() -> Annotated[list[str], CompletedBy("faced", "words")]:
    """Answer words, completed, in time."""
    return ["x"]


def faced(world: World, host: HostLoop | None = None) -> Realm:
    functions: list[HostFunction[..., Any]] = [made, words, nothing, later]
    names = [function.js_name for function in functions]
    binding = Binding(name="faced", functions=functions, global_names=names, face=FACE)
    registry = Registry([binding])
    return world.realm(registry=registry, host=host)


@pytest.mark.parametrize(
    "source",
    [
        "made(false).isBare",
        "made(false).tags.$object === 'o0:1' && made(false).tags['o0:1 {'] === 'c'",
        "made(true).text === 'o1:1 {}' && !made(true).isBare",
        "made(true).call() === 'hello you'",
        "Object.keys(made(true)).join() === 'tags,text,isBare,call'",
        "words(2).join() === 'a!,b!'",
        "words(0).length === 0",
        "nothing() === null",
    ],
)
def test_of_what_a_face_makes_it_is_true_that(world: World, source: str) -> None:
    assert world.value(faced(world), source) is True


async def test_what_a_promise_brings_is_completed_too(world: World) -> None:
    async with HostLoop() as host:
        realm = faced(world, host)
        assert await host.wait(realm.evaluate("later()")) == ["x!"]
