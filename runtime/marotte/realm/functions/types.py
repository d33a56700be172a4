"""What crosses by reference: callbacks of a script, and Python objects in a script's hands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from pydantic import GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from marotte.realm.errors import with_article

if TYPE_CHECKING:
    from marotte.realm.errors import JavaScriptError
    from marotte.realm.functions.members import ClassSpec
    from marotte.realm.realm import Realm
    from marotte.realm.scope import Scope

__all__ = ["Bridge", "Callback", "Caller", "HostObject"]

S = TypeVar("S")


class Bridge(Protocol):
    """What a realm offers to host functions and to the values that cross by reference."""

    @property
    def name(self) -> str:
        """Of the realm, for messages."""
        ...

    @property
    def realm(self) -> Realm:
        """The realm itself: timers, calls of callbacks, reports."""
        ...

    def javascript_error(self, text: str) -> JavaScriptError:
        """The error that a face tells of by ``kernel.describe``."""
        ...

    def callback(self, ident: int) -> Callback:
        """The callback that a script handed over under `ident`."""
        ...

    def host_object(self, ident: int) -> HostObject | None:
        """The host object that the script knows as `ident`."""
        ...

    def service(self, kind: type[S]) -> S:
        """What the host wired into the realm for bindings, by its type.

        Raises:
            LookupError: Nothing of that type was wired.
        """
        ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls a host function: a parameter annotated with this receives it.

    Attributes:
        realm: The realm of the calling script.
        scope: For whom the calling JavaScript runs.
    """

    realm: Bridge
    scope: Scope


class Callback:
    """A function of a script, held by Python. It is let go of when no one holds it any more.

    The same function is the same callback for as long as it is held. To call it, use
    ``Realm.invoke`` and its relatives; which run it is charged to is the caller's to say.

    Attributes:
        realm: The realm that it lives in.
        ident: Its number there.
    """

    __slots__ = ("__weakref__", "ident", "realm")

    def __init__(self, realm: Bridge, ident: int) -> None:
        self.realm = realm
        self.ident = ident

    def __repr__(self) -> str:
        return f"<Callback {self.ident} of realm {self.realm.name}>"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.with_info_plain_validator_function(
            _callback_from, metadata={"marotte": "callback"}
        )


def _callback_from(value: Any, info: core_schema.ValidationInfo) -> Callback:
    if isinstance(value, Callback):
        return value
    ident = _reference(value, "$function")
    if info.context is not None and ident is not None:
        callback: Callback = info.context.callback(ident)
        return callback
    raise PydanticCustomError("function_expected", "expected a function")


def _reference(value: Any, key: str) -> int | None:
    """The number in the token by which the kernel replaces a function or a host object."""
    if isinstance(value, dict) and set(value) == {key} and type(value[key]) is int:
        return int(value[key])
    return None


class HostObject:
    """Base of the Python objects that scripts hold: opaque, with declared methods and properties.

    A subclass's declared members become the members of a JavaScript class of its name, which
    scripts cannot construct. `js_generic` is what the typings give the class as type parameters,
    such as ``T = Turn``; ``TypeScript("T")`` is then the type of a member.
    """

    js_class: ClassVar[ClassSpec]

    def __init_subclass__(
        cls, *, js_name: str | None = None, js_generic: str = "", **options: Any
    ) -> None:
        super().__init_subclass__(**options)
        from marotte.realm.functions.members import class_spec

        cls.js_class = class_spec(cls, js_name, js_generic)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        def convert(value: Any, info: core_schema.ValidationInfo) -> HostObject:
            if isinstance(value, cls):
                return value
            ident = _reference(value, "$object")
            if info.context is not None and ident is not None:
                found = info.context.host_object(ident)
                if isinstance(found, cls):
                    return found
            raise PydanticCustomError(
                "host_object_expected",
                "expected {name}",
                {"name": with_article(cls.js_class.name)},
            )

        return core_schema.with_info_plain_validator_function(
            convert, metadata={"marotte": "object", "class": cls}
        )
