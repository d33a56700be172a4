"""The entry check of host functions: asks the run for whom a script is calling."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from marotte.realm import HostFunction, Scope
from marotte.runs import current_run

__all__ = ["RunGate"]


class RunGate:
    """Refuses an effect while its run is stopping; counts and aborts what is in flight.

    Which run a call belongs to is the value of `current_run` in the scope's context.
    """

    def check(self, function: HostFunction[..., Any], scope: Scope) -> None:
        """Raise the run's error where an effect may no longer happen."""
        run = current_run.get()
        if run is not None and function.effect == "effect":
            run.check()

    def call(
        self, function: HostFunction[..., Any], scope: Scope
    ) -> AbstractAsyncContextManager[object]:
        """Wrap one asynchronous effect: it is in flight for its run, and a cancel aborts it."""
        run = current_run.get()
        if run is None or function.effect != "effect":
            return nullcontext()
        return run.call(function.qualified_name, holds_grace=function.holds_grace)
