"""Which bindings a runtime offers: those that are installed under the entry-point group."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from marotte.realm import Binding, with_article

__all__ = [
    "ENTRY_POINT_GROUP",
    "BindingLoadError",
    "InstalledBinding",
    "installed_bindings",
    "load_bindings",
]

ENTRY_POINT_GROUP = "marotte.bindings"


class BindingLoadError(RuntimeError):
    """An installed binding cannot be imported, or its entry point is not a binding."""


@dataclass(frozen=True, slots=True)
class InstalledBinding:
    """A binding and what installed it.

    Attributes:
        binding: What scripts get.
        name: Of the entry point.
        distribution: What brought it; empty where that is unknown.
        first_party: Whether it is Marotte's own.
    """

    binding: Binding
    name: str
    distribution: str
    first_party: bool


@cache
def installed_bindings() -> tuple[InstalledBinding, ...]:
    """Import all installed bindings, first-party ones first.

    Raises:
        BindingLoadError: Names the entry point and the distribution.
    """
    found = sorted(entry_points(group=ENTRY_POINT_GROUP), key=_order)
    return tuple(_load(entry_point) for entry_point in found)


def load_bindings() -> tuple[Binding, ...]:
    """Import all installed bindings, first-party ones first.

    Raises:
        BindingLoadError: Names the entry point and the distribution.
    """
    return tuple(installed.binding for installed in installed_bindings())


def _order(entry_point: EntryPoint) -> tuple[bool, str]:
    return (not _is_first_party(entry_point), entry_point.name)


def _is_first_party(entry_point: EntryPoint) -> bool:
    return entry_point.value.startswith("marotte_js.")


def _load(entry_point: EntryPoint) -> InstalledBinding:
    distribution = entry_point.dist.name if entry_point.dist else ""
    source = distribution or "an unknown distribution"
    where = f"binding {entry_point.name!r} ({entry_point.value}, from {source})"
    try:
        binding = entry_point.load()
    except Exception as error:
        raise BindingLoadError(f"{where}: {type(error).__name__}: {error}") from error
    if not isinstance(binding, Binding):
        raise BindingLoadError(
            f"{where}: expected a Binding, found {with_article(type(binding).__name__)}"
        )
    return InstalledBinding(binding, entry_point.name, distribution, _is_first_party(entry_point))
