"""A stand-in for providers, and engines that speak to it over each wire."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.inference.models.stand_in import StandIn, running_stand_in

from marotte.conversation import Session, Turn
from marotte.inference import TurnComputation
from marotte.inference.models import ModelEngine
from marotte.runs import RunHandle, Runs

KEY = "sk-marked-0123456789abcdef"
"""The key that must be nowhere."""

WIRES = ("openai-chat:gpt-4o", "openai-responses:gpt-4o", "anthropic:claude-opus-4-8")


@pytest.fixture(scope="session")
def server() -> Iterator[StandIn]:
    with running_stand_in() as server:
        yield server


@pytest.fixture
def stand_in(server: StandIn) -> StandIn:
    """The server, which refuses everything until it is told what to answer."""
    server.answer()
    return server


@dataclass
class Asked:
    """Asks models of the stand-in, in runs of the test."""

    runs: Runs
    stand_in: StandIn
    wire: str = WIRES[0]

    def engine(self, **options: object) -> ModelEngine:
        place = self.place(self.stand_in.url)
        return ModelEngine.of(self.wire, **{"base_url": place, "api_key": KEY, **options})

    def place(self, url: str) -> str:
        """Where the API of the wire is on the server at `url`."""
        return f"{url}/v1" if self.wire.startswith("openai") else url

    def start(
        self, seed: str = "hello", session: Session | None = None, **options: object
    ) -> RunHandle[Turn]:
        run_options = {name: options.pop(name) for name in [*options] if name in ("timeout_ms",)}
        computation = TurnComputation(self.engine(**options))
        state = session or Session()
        return self.runs.start(computation, session=state, seed=seed, options=run_options)


@pytest.fixture(params=WIRES, ids=lambda wire: wire.partition(":")[0])
def asked(runs: Runs, stand_in: StandIn, request: pytest.FixtureRequest) -> Asked:
    """Each test with this runs over each wire."""
    return Asked(runs, stand_in, request.param)


@pytest.fixture
def asked_once(runs: Runs, stand_in: StandIn) -> Asked:
    """For what does not depend on the wire."""
    return Asked(runs, stand_in)
