"""The exit code is the status that the log has in the end, whoever wrote it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

import pytest

from marotte import MemoryRunLog, Runtime
from marotte.cli import run as command
from marotte.cli.run import EXIT_CODES, EXIT_USAGE, RunRequest, run_script
from marotte.conversation import Usage
from marotte.events import (
    TERMINAL,
    Emission,
    RunChange,
    RunFinished,
    RunRecord,
    RunStatus,
    happened,
)

EXPECTED: dict[RunStatus, int] = {
    "completed": 0,
    "failed": 1,
    "timed_out": 2,
    "limit_reached": 3,
    "lost": 4,
    "stopped": 130,
}


class EndedElsewhere(MemoryRunLog):
    """A log in which another process ends the run, right before this one would."""

    def __init__(self, status: RunStatus) -> None:
        super().__init__()
        self._status = status

    async def transition(
        self,
        run_id: str,
        expect: Collection[RunStatus],
        change: RunChange,
        emissions: Sequence[Emission] = (),
    ) -> RunRecord | None:
        if change.get("status") in TERMINAL:
            ended = RunChange(status=self._status, stop_reason="shutdown", finished_at=1)
            last = RunFinished(
                status=self._status,
                stop_reason="shutdown",
                usage=Usage(),
                halted=True,
                halt="forced",
            )
            await super().transition(run_id, expect, ended, [happened(last)])
        return await super().transition(run_id, expect, change, emissions)


def test_every_end_has_a_code_of_its_own() -> None:
    assert EXIT_CODES.keys() == TERMINAL
    assert len({*EXIT_CODES.values(), EXIT_USAGE}) == len(TERMINAL) + 1


@pytest.mark.parametrize(("status", "code"), EXPECTED.items())
async def test_the_status_in_the_log_is_the_exit_code(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    status: RunStatus,
    code: int,
) -> None:
    monkeypatch.setattr(command, "Runtime", partial(Runtime, log=EndedElsewhere(status)))
    script = tmp_path / "script.mjs"
    script.write_text("console.log('ran')", encoding="utf-8")
    assert await run_script(RunRequest(script)) == code
    out, err = capfd.readouterr()
    assert out == "ran\n"
    if status == "completed":
        assert err == ""
    else:
        assert f"the run was ended elsewhere, as {status}" in err
