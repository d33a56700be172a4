"""All that can be changed."""

from __future__ import annotations

from functools import cache

from tests.typegen.mutations.bindings import (
    of_bindings,
    of_class_names,
    of_consts,
    of_templates,
)
from tests.typegen.mutations.functions import of_constants, of_functions, of_signatures
from tests.typegen.mutations.models import of_aliases, of_events, of_models
from tests.typegen.mutations.sources import Mutation

__all__ = ["mutations"]

KINDS = (
    of_aliases,
    of_bindings,
    of_class_names,
    of_constants,
    of_consts,
    of_events,
    of_functions,
    of_models,
    of_signatures,
    of_templates,
)


@cache
def mutations() -> list[Mutation]:
    """All that can be tried, in the same order each time."""
    found = {str(mutation): mutation for kind in KINDS for mutation in kind()}
    return [found[name] for name in sorted(found)]
