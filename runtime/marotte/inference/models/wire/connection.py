"""The connections of runs: each run has its own, and closes them with its end, whatever that is."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from pydantic_ai.models import Model

from marotte.inference.models.target import Target
from marotte.inference.models.wire.clients import make_http, make_model
from marotte.runs import RunContext

_models: WeakKeyDictionary[RunContext, dict[Target, Model]] = WeakKeyDictionary()


def model_of(target: Target, run: RunContext) -> Model:
    """Return the model of `target`, called through a client that is the run's own.

    Raises:
        RunStoppedError: The run is over.
    """
    models = _models.setdefault(run, {})
    found = models.get(target)
    if found is None:
        http = make_http(target)
        run.add_cleanup(http.aclose)
        found = models[target] = make_model(target, http)
    return found
