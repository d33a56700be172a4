"""Errors that decide how a run ends, among all that can be raised on its behalf."""

from __future__ import annotations

from typing import TypeGuard

from marotte.runs import RunContext, RunError, causes


def is_own(error: BaseException, run: RunContext) -> TypeGuard[RunError]:
    """Tell whether `error` is the run's own, such as `ctx.check` raises."""
    return isinstance(error, RunError) and error.run_id == run.run_id


def text_of(error: BaseException) -> str:
    """Return what `error` says; its class as well where the text means little without.

    One that only passes its cause on, as it does that went through a script, says what that says.
    """
    for cause in causes(error.__cause__):
        if str(error) not in (str(cause), f"{type(cause).__name__}: {cause}"):
            break
        error = cause
    text = str(error)
    if not text or isinstance(error, KeyError) or not isinstance(error, Exception):
        return f"{type(error).__name__}: {text}" if text else type(error).__name__
    return text
