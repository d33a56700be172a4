"""The binding: parsing is the host's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Protocol

from marotte.realm import Binding, TypeScript, face_source, host_function, js_name
from marotte_js.url import parser

__all__ = ["BINDING", "URL", "URLSearchParams"]

QueryInit = Annotated[
    object, TypeScript("string | Iterable<Iterable<string>> | Record<string, string>")
]
PairCallback = Annotated[
    object, TypeScript("(value: string, name: string, params: URLSearchParams) => void")
]
URLText = Annotated[object, TypeScript("string | URL")]
Pairs = Annotated[object, TypeScript("IterableIterator<[string, string], undefined, unknown>")]
Texts = Annotated[object, TypeScript("IterableIterator<string, undefined, unknown>")]


@host_function(name="_parse", effect="control")
def parse(url: str, base: str | None = None) -> list[str] | None:
    """The parts of a URL, or nothing."""
    return parser.parse(url, base)


@host_function(name="_update", effect="control")
def update(href: str, part: parser.Part, value: str) -> list[str] | None:
    """The parts of a URL after an assignment; nothing where `href` is not valid."""
    return parser.update(href, part, value)


class URLSearchParams(Protocol):
    """The pairs of a query, in order; a name may occur several times."""

    def __init__(self, init: QueryInit = "") -> None:
        """Read pairs.

        Args:
            init: A query (a `?` in front is skipped), pairs, or an object.
        """

    @property
    def size(self) -> int:
        """How many pairs there are."""

    def append(self, name: str, value: str) -> None:
        """Add a pair.

        Args:
            name: Of the pair.
            value: Its value.
        """

    def delete(self, name: str, value: str | None = None) -> None:
        """Remove the pairs of a name, or those of a name and a value.

        Args:
            name: Of the pairs.
            value: Only pairs with this value; absent: all of the name.
        """

    def get(self, name: str) -> str | None:
        """The first value of a name.

        Args:
            name: Of the pairs.
        """

    def get_all(self, name: str) -> list[str]:
        """All values of a name.

        Args:
            name: Of the pairs.
        """

    def has(self, name: str, value: str | None = None) -> bool:
        """Whether there is a pair of this name, and of this value where one is given.

        Args:
            name: Of the pairs.
            value: The value to look for; absent: any.
        """

    def set(self, name: str, value: str) -> None:
        """Let a name have this value only.

        Args:
            name: Of the pair; where there are several, the first one stays.
            value: Its value.
        """

    def sort(self) -> None:
        """Sort the pairs by name, by code units; those of one name stay in order."""

    def to_string(self) -> str:
        """The query, without a `?`."""

    def entries(self) -> Pairs:
        """The pairs."""

    def keys(self) -> Texts:
        """The names."""

    def values(self) -> Texts:
        """The values."""

    def for_each(
        self,
        callback: PairCallback,
        this_arg: object = None,
    ) -> None:
        """Call a function for each pair.

        Args:
            callback: What to call with a pair's value, its name and this object.
            this_arg: What `this` is in it.
        """

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """The pairs."""


class URL(Protocol):
    """A URL in its parts; assigning one changes the others, and what is not valid is ignored."""

    def __init__(self, url: URLText, base: URLText = None) -> None:
        """Parse.

        Args:
            url: A URL, or with a base one relative to it; an invalid one throws a `TypeError`.
            base: An absolute URL.
        """

    @staticmethod
    def parse(url: URLText, base: URLText = None) -> URL | None:
        """As the constructor, but null where it is not valid.

        Args:
            url: A URL, or with a base one relative to it.
            base: An absolute URL.
        """

    @staticmethod
    def can_parse(url: URLText, base: URLText = None) -> bool:
        """Whether the constructor would take it.

        Args:
            url: A URL, or with a base one relative to it.
            base: An absolute URL.
        """

    @property
    def href(self) -> str:
        """The whole; assigning an invalid one throws a `TypeError`."""

    @href.setter
    def href(self, value: str) -> None: ...

    @property
    def origin(self) -> str:
        """Scheme, host and port; `"null"` where there is no such thing."""

    @property
    def protocol(self) -> str:
        """The scheme and `:`."""

    @protocol.setter
    def protocol(self, value: str) -> None: ...

    @property
    def username(self) -> str:
        """The user."""

    @username.setter
    def username(self, value: str) -> None: ...

    @property
    def password(self) -> str:
        """The password."""

    @password.setter
    def password(self, value: str) -> None: ...

    @property
    def host(self) -> str:
        """The host, and the port unless it is the scheme's own."""

    @host.setter
    def host(self, value: str) -> None: ...

    @property
    def hostname(self) -> str:
        """The host alone."""

    @hostname.setter
    def hostname(self, value: str) -> None: ...

    @property
    def port(self) -> str:
        """The port; empty where it is the scheme's own."""

    @port.setter
    def port(self, value: str) -> None: ...

    @property
    def pathname(self) -> str:
        """The path."""

    @pathname.setter
    def pathname(self, value: str) -> None: ...

    @property
    def search(self) -> str:
        """`?` and the query; empty where there is none."""

    @search.setter
    def search(self, value: str) -> None: ...

    @property
    def search_params(self) -> URLSearchParams:
        """The pairs of the query; changing them changes the URL."""

    @property
    def hash(self) -> str:
        """`#` and the fragment; empty where there is none."""

    @hash.setter
    def hash(self, value: str) -> None: ...

    def to_string(self) -> str:
        """The whole."""

    @js_name("toJSON")
    def to_json(self) -> str:
        """The whole."""


BINDING = Binding(
    name="url",
    functions=[parse, update],
    declared_classes=[URL, URLSearchParams],
    global_names=["URL", "URLSearchParams"],
    face=face_source("marotte_js.url"),
    doc="URLs and their queries.",
)
