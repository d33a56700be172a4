"""Small bindings that have one of everything, and a plugin that builds on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from marotte.realm import (
    Binding,
    Callback,
    Caller,
    HostObject,
    Signature,
    TypeArguments,
    TypedAs,
    TypeScript,
    host_function,
    host_iterator,
    host_method,
    host_property,
    js_name,
)

__all__ = ["BELLS", "GLOBALS", "TOYS", "Tree", "Whistle"]

T = TypeVar("T")


class Wire(BaseModel):
    """Frozen data in camelCase."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel)


class Tree(BaseModel):
    """A tree of toys."""

    name: str = Field(description="What it is called.")
    height: float = Field(default=1.5, description="In metres; see `*/`.")
    leaves: list[Tree] = Field(default_factory=list)
    data: JsonValue = None
    note: str | None = Field(default=None, deprecated=True)


class Spun(Wire):
    """A toy was spun."""

    type: Literal["spun"] = "spun"
    turn_count: int = Field(description="How often.")
    by: tuple[str, int] | None = None


class Dropped(Wire):
    """A toy was dropped."""

    type: Literal["toy-dropped"] = "toy-dropped"
    tags: dict[str, list[str]] = Field(default_factory=dict)


class BuildOptions(BaseModel):
    """How to build."""

    size: Literal["small", "large"] = Field(default="small", description="How large.")
    base: Annotated[Tree | None, TypedAs(Tree)] = Field(default=None, description="Of what.")
    finish: Annotated[str, TypeScript("F", ("const F extends string = string",))] = Field(
        default="", description="What is on it."
    )


def _listener(event: Spun, *rest: int) -> None:
    """Hears of a spin."""


async def _painter(tree: Tree, next: Annotated[Callback, Signature(_listener)]) -> Tree | None:
    """Paints a tree, perhaps later."""


def _mapper(value: T) -> object:
    """Makes something of a value.

    Args:
        value: Of any kind.

    Returns:
        Anything.
    """


class Steps(HostObject):
    """Iterates."""


class Toy(HostObject):
    """A toy in a script's hands."""

    @host_property()
    def name(self) -> str:
        """What it is called."""
        raise NotImplementedError

    @host_property(cached=True)
    async def done(self) -> Tree:
        """Resolves when it stands still."""
        raise NotImplementedError

    @host_method()
    def on(self, caller: Caller, listener: Annotated[Callback, Signature(_listener)]) -> Toy:
        """Listen.

        Args:
            caller: Not for scripts.
            listener: Called for each spin.
        """
        raise NotImplementedError

    @host_method(name="return")
    def give_back(self) -> None:
        """Give it back."""

    @host_iterator()
    def steps(self) -> Annotated[Steps, TypeScript("AsyncIterableIterator<Spun>")]:
        """All spins."""
        raise NotImplementedError


@host_function
def build(options: Annotated[BuildOptions | None, TypedAs(BuildOptions)] = None) -> Toy:
    """Build a toy.

    It says ``*/`` and :class:`Toy`.

    Args:
        options: How,
            on two lines.

    Returns:
        The toy.

    Raises:
        ToyError: There is
            no wood.

    Example:
        const toy = build({ base: { name: "oak" } });
    """
    raise NotImplementedError


@host_function
async def paint(
    tree: Tree, painter: Annotated[Callback, Signature(_painter)], coats: int | None = None
) -> Tree | None:
    """Paint a tree."""


@host_function
def price(options: Annotated[BuildOptions, TypeArguments()]) -> float:
    """What a toy costs.

    Args:
        options: How it is built.
    """
    raise NotImplementedError


@host_function
def oil(
    options: Annotated[BuildOptions, TypeArguments(('F | "oil"',), ("F extends string",))],
    mapper: Annotated[Callback, Signature(_mapper, "Mapper"), TypeArguments(("F",))],
) -> Annotated[str, TypeScript("F")]:
    """Oil a toy.

    Args:
        options: How it is built.
        mapper: Says how.
    """
    raise NotImplementedError


@host_function
def count(*toys: Toy) -> int:
    """Count toys."""
    raise NotImplementedError


@host_function(name="_secret")
def secret() -> None:
    """Not for scripts."""


@host_function
def transform(value: T, mapper: Annotated[Callback, Signature(_mapper, "Mapper")]) -> T:
    """Transform a value."""
    raise NotImplementedError


@host_function(name="import")
def import_(name: str) -> JsonValue:
    """Bring one."""


@host_function(name="delete")
def delete() -> None:
    """Take one."""


class ToyError(Exception):
    """A toy broke."""


class ToyErrorProperties(Wire):
    """What errors carry."""

    code: str = Field(description="What broke.")
    toy_name: str | None = None


TOYS = Binding(
    name="toys",
    module="toys",
    doc="Toys.",
    docs={"limits": "What is possible.", "shop": "Where toys are."},
    values={"limits": {"height": 3, "kinds": ["top"]}, "version": "1"},
    functions=[build, paint, secret],
    declared=[transform, import_],
    namespaces={"shop": [count, price, oil], "odd": [count, delete]},
    classes=[Toy, Steps],
    errors=[ToyError],
    error_properties={ToyError: ToyErrorProperties},
    events={"spun": Spun, "toy-dropped": Dropped},
)


class Whistle(Protocol):
    """Whistles."""

    LOUD: ClassVar[int]

    def __init__(self, pitch: float = 440) -> None:
        """Make a whistle."""

    @staticmethod
    def best(of: Sequence[Whistle]) -> Whistle:
        """The best of several."""

    @property
    def pitch(self) -> float:
        """In hertz."""

    @property
    def label(self) -> str:
        """Its label."""

    @label.setter
    def label(self, value: str) -> None: ...

    def blow(self) -> Whistle:
        """Blow it."""

    @js_name("toJSON")
    def to_json(self) -> str:
        """Its label."""

    def __iter__(self) -> Iterator[tuple[str, float]]:
        """Its tones."""


class Pipe(Whistle, Protocol):
    """A whistle that scripts cannot make."""


class Band(Protocol):
    """Plays."""

    def play(self, whistle: Whistle | None = None) -> None:
        """Play."""


@host_function
def shout(text: str) -> None:
    """Shout."""


GLOBALS = Binding(
    name="noise",
    declared=[shout],
    declared_classes=[Whistle, Pipe],
    declared_values={"band": Band, "volume": float},
    global_names=["shout", "Whistle", "Pipe", "band", "volume"],
    global_accessors={"onnoise": Annotated[object, TypeScript("((tree: string) => void) | null")]},
    doc="Noise.",
    docs={"volume": "From 0 to 1."},
)


class Ringing(Wire):
    """How a bell rang."""

    times: int = Field(default=1, description="How often.")


class Rung(Wire):
    """A bell rang."""

    type: Literal["bells.rung"] = "bells.rung"
    toy: Tree
    data: Ringing


@host_function
def ring(toy: Toy, tree: Tree) -> Tree:
    """Ring for a toy."""
    raise NotImplementedError


BELLS = Binding(
    name="bells",
    module="@acme/bells",
    doc="A plugin.",
    functions=[ring],
    events={"bells.rung": Rung},
)
