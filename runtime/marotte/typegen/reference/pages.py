"""From bindings to pages: one for each binding that scripts see something of, and an index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined

from marotte.realm import Binding, Registry
from marotte.typegen.catalogue import Catalogue
from marotte.typegen.declarations import Scope
from marotte.typegen.errors import TypingsError
from marotte.typegen.reference.markdown import Links, Place, anchor, cell, linked
from marotte.typegen.text import TypeWriter, is_identifier
from marotte.typegen.types import Function, Object, Reference, Type

__all__ = ["INDEX_FILE", "reference"]

INDEX_FILE = "README.md"


@dataclass(frozen=True, slots=True)
class Page:
    """What one binding declares.

    Attributes:
        name: Its module, or its own name for one that only has globals.
        scope: What is in it.
    """

    name: str
    scope: Scope

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.name.replace('/', '.')}.md"

    @property
    def imported(self) -> list[str]:
        """What a first example imports."""
        names = [function.name for function in self.scope.functions]
        names += [namespace.name for namespace in self.scope.namespaces]
        return [name for name in names or self.scope.exports if is_identifier(name)][:2]

    @property
    def places(self) -> Iterator[Place]:
        """Yield the types that it explains."""
        names = [declared.name for declared in self.scope.classes]
        names += [declared.name for declared in self.scope.types]
        yield from ((self.scope.module, name) for name in names)


def reference(bindings: Iterable[Binding]) -> dict[str, str]:
    """Make the reference pages of bindings.

    Args:
        bindings: What to explain.

    Returns:
        Texts by file name, the same for the same bindings in the same order.

    Raises:
        TypingsError: A declaration has no form in TypeScript, or a binding has the name of another
            one's module.
        ValueError: Two bindings claim one name.
    """
    wanted = list(bindings)
    _ = Registry(wanted)
    catalogue = Catalogue(wanted)
    pages = [page for binding in wanted for page in _pages(catalogue, binding)]
    links = Links(catalogue.names, {place: page.file for page in pages for place in page.places})
    texts = {INDEX_FILE: _index(pages)}
    for page in pages:
        if page.file in texts:
            raise TypingsError(f"two bindings claim the page {page.file}")
        texts[page.file] = _rendered(page, links, _docs(pages))
    return texts


def _pages(catalogue: Catalogue, binding: Binding) -> Iterator[Page]:
    for scope in catalogue.read([binding]):
        if scope.declares:
            yield Page(scope.module or binding.name, scope)


def _docs(pages: Iterable[Page]) -> dict[Place, str]:
    """Return what is said of each type of data."""
    return {
        (page.scope.module, declared.name): declared.doc.text
        for page in pages
        for declared in page.scope.types
    }


def _rendered(page: Page, links: Links, docs: dict[Place, str]) -> str:
    def told_of(type_: Type) -> str:
        return docs.get(links.place(type_.key), "") if isinstance(type_, Reference) else ""

    template = _environment().get_template("page.md.jinja")
    text = template.render(
        page=page,
        scope=page.scope,
        writer=TypeWriter(links.name, links.arguments),
        linked=partial(linked, links=links, page=page.file),
        told_of=told_of,
    )
    return _laid_out(text)


def _index(pages: Iterable[Page]) -> str:
    return _laid_out(_environment().get_template("index.md.jinja").render(pages=list(pages)))


@cache
def _environment() -> Environment:
    """Return what pages are rendered in; what types are called is settled by each rendering."""
    environment = Environment(
        loader=PackageLoader("marotte.typegen", "templates/reference"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters.update(
        anchor=anchor,
        cell=cell,
        is_function=lambda type_: isinstance(type_, Function),
        is_object=lambda type_: isinstance(type_, Object),
    )
    return environment


def _laid_out(text: str) -> str:
    """Return the text without empty lines in a row, and one line feed at its end."""
    lines: list[str] = []
    for line in map(str.rstrip, text.splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).rstrip() + "\n"
