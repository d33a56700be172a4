"""Changes to what scripts see, in the sources: something removed, renamed or retyped."""

from tests.typegen.mutations.check import Check, checking
from tests.typegen.mutations.drawing import mutations
from tests.typegen.mutations.sources import Mutation

__all__ = ["Check", "Mutation", "checking", "mutations"]
