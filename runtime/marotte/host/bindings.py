"""Which bindings a runtime offers: those that are installed under the entry-point group."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from marotte.realm import Binding

__all__ = ["ENTRY_POINT_GROUP", "BindingLoadError", "load_bindings"]

ENTRY_POINT_GROUP = "marotte.bindings"


class BindingLoadError(RuntimeError):
    """An installed binding cannot be imported, or its entry point is not a binding."""


@cache
def load_bindings() -> tuple[Binding, ...]:
    """Import all installed bindings, first-party ones first.

    Raises:
        BindingLoadError: Names the entry point and the distribution.
    """
    found = sorted(entry_points(group=ENTRY_POINT_GROUP), key=_order)
    return tuple(_load(entry_point) for entry_point in found)


def _order(entry_point: EntryPoint) -> tuple[bool, str]:
    return (not entry_point.value.startswith("marotte_js."), entry_point.name)


def _load(entry_point: EntryPoint) -> Binding:
    distribution = entry_point.dist.name if entry_point.dist else "an unknown distribution"
    where = f"binding {entry_point.name!r} ({entry_point.value}, from {distribution})"
    try:
        binding = entry_point.load()
    except Exception as error:
        raise BindingLoadError(f"{where}: {type(error).__name__}: {error}") from error
    if not isinstance(binding, Binding):
        raise BindingLoadError(f"{where}: expected a Binding, found a {type(binding).__name__}")
    return binding
