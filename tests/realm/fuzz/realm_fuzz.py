"""The fuzz of realms: seeded scripts in batches, each batch in a process of its own.

    python -m tests.realm.fuzz.realm_fuzz --seed 7                 # a batch of 1 000 scripts
    python -m tests.realm.fuzz.realm_fuzz --seed 7 --only 123      # the episode with script 123
    python -m tests.realm.fuzz.realm_fuzz --batches 20 --jobs 2    # 20 batches, seeds 0 to 19

Scripts and decisions follow from the seed; what threads make of them does not quite, so an episode
that failed is repeated a few times by ``--times``.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import gc
import json
import logging
import os
import random
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import anyio
from tests.realm.fuzz.realm_episode import SCRIPTS, Player

__all__ = ["BatchReport", "main", "run_batches"]

ROOT = Path(__file__).parents[3]
EPISODE_SECONDS = 60.0
BATCH_SECONDS = 900.0
MEBIBYTE = 1024 * 1024
GROWTH, SLACK_MIB = 1.2, 8.0
_M_ARENA_MAX = -8


@dataclass
class BatchReport:
    """What a batch came to.

    Attributes:
        seed: Of the batch.
        scripts: How many were played.
        seconds: Wall-clock time.
        warm_mib: Resident memory after the first third.
        end_mib: Resident memory at the end.
        failures: What must not have happened, each with the number of a script.
        seen: How often what happened.
    """

    seed: int
    scripts: int = 0
    seconds: float = 0.0
    warm_mib: float = 0.0
    end_mib: float = 0.0
    failures: list[str] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)

    def fail(self, number: int, what: str) -> None:
        """Something went wrong in the episode of a script."""
        again = f"python -m {_module()} --seed {self.seed} --only {number}"
        self.failures.append(f"{what}\n  again: {again}")


def _module() -> str:
    return "tests.realm.fuzz.realm_fuzz"


class Complaints(logging.Handler):
    """Collects what is logged as an error, and what is raised where nobody can catch it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._texts.append(self.format(record))

    def take(self) -> list[str]:
        """What was heard since the last time."""
        texts, self._texts = self._texts, []
        return texts

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Within it, everything is heard, and nothing printed."""
        root = logging.getLogger()
        root.addHandler(self)
        hooks = sys.unraisablehook, threading.excepthook
        sys.unraisablehook = lambda raised: self._note(raised.object, raised.exc_value)
        threading.excepthook = lambda raised: self._note(raised.thread, raised.exc_value)
        try:
            yield
        finally:
            sys.unraisablehook, threading.excepthook = hooks
            root.removeHandler(self)

    def _note(self, where: object, error: BaseException | None) -> None:
        self._texts.append(f"unraisable in {where!r}: {error!r}")


# -- one batch, in this process --------------------------------------------------------------------


class Batch:
    """Plays the episodes of one seed.

    Args:
        seed: Decides everything.
        verbose: Print what is run.
    """

    def __init__(self, seed: int, *, verbose: bool = False) -> None:
        self.report = BatchReport(seed)
        self._verbose = verbose
        self._complaints = Complaints()
        self._resident: list[float] = []
        self._seen: Counter[str] = Counter()

    async def run(self, episodes: Sequence[int]) -> BatchReport:
        """Play episodes by their numbers."""
        report, player, start = self.report, Player(), time.monotonic()
        with self._complaints.listening():
            for episode in episodes:
                await self._play(player, episode)
            if not player.close():
                report.fail(report.scripts - 1, "the loop thread did not end")
        report.seconds = time.monotonic() - start
        report.seen = dict(self._seen.most_common())
        self._check_memory()
        return report

    async def _play(self, player: Player, episode: int) -> None:
        report, number = self.report, episode * SCRIPTS
        print(f"script {number}", flush=True)
        faulthandler.dump_traceback_later(EPISODE_SECONDS, exit=True)
        outcome = await player.play(random.Random(f"{report.seed}:{episode}"))
        faulthandler.cancel_dump_traceback_later()
        report.scripts += SCRIPTS
        if self._verbose:
            print(*outcome.scripts, sep="\n")
        self._seen += outcome.seen
        self._resident.append(_resident_mib())
        for failure in (*outcome.failures, *self._complaints.take()):
            report.fail(number, failure)

    def _check_memory(self) -> None:
        """Compare the end with what there was after a warm-up of a third."""
        count, report = len(self._resident), self.report
        if count < 30:
            return
        report.warm_mib = statistics.median(self._resident[count // 3 : count // 2])
        report.end_mib = statistics.median(self._resident[-count // 6 :])
        if report.end_mib > GROWTH * report.warm_mib + SLACK_MIB:
            told = f"memory grew from {report.warm_mib:.0f} to {report.end_mib:.0f} MiB"
            report.fail(report.scripts - 1, told)


def _use_one_arena() -> None:
    """Have all threads allocate from one arena, where fragments do not look like leaks."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_M_ARENA_MAX, 1)


def _resident_mib() -> float:
    """Resident memory of this process without what is free; 0 where the system does not say."""
    library = ctypes.CDLL(None)
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * resource.getpagesize() / MEBIBYTE


# -- many batches, in processes --------------------------------------------------------------------


def run_batches(seeds: Sequence[int], scripts: int, jobs: int = 2) -> list[BatchReport]:
    """Run a batch for each seed, `jobs` at once; a crash or a hang is a failure in its report."""
    with ThreadPoolExecutor(jobs) as threads:
        return list(threads.map(lambda seed: _run_in_process(seed, scripts), seeds))


def _run_in_process(seed: int, scripts: int) -> BatchReport:
    command = [sys.executable, "-m", _module(), "--seed", str(seed), "--scripts", str(scripts)]
    try:
        done = subprocess.run(
            [*command, "--report"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=BATCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return _crashed(seed, "the batch did not end", str(late.stdout), str(late.stderr))
    lines = done.stdout.splitlines()
    if lines and lines[-1].startswith("{"):
        return BatchReport(**json.loads(lines[-1]))
    return _crashed(seed, f"ended with exit code {done.returncode}", done.stdout, done.stderr)


def _crashed(seed: int, what: str, output: str, errors: str) -> BatchReport:
    numbers = [line.split()[1] for line in output.splitlines() if line.startswith("script ")]
    report = BatchReport(seed)
    report.fail(int(numbers[-1]) if numbers else 0, f"{what}\n{errors[-6000:]}")
    return report


# -- from the command line -------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; answers whether anything failed."""
    options = _options().parse_args(arguments)
    if options.batches:
        seeds = range(options.seed, options.seed + options.batches)
        start, reports = time.monotonic(), run_batches(seeds, options.scripts, options.jobs)
        for report in reports:
            _tell(report)
        total = sum(report.scripts for report in reports)
        failed = sum(bool(report.failures) for report in reports)
        seconds = time.monotonic() - start
        print(f"{total} scripts in {seconds:.0f} s, {failed} of {len(reports)} batches failed")
        return int(failed > 0)
    faulthandler.enable()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.freeze()
    _use_one_arena()
    episodes = list(range(-(-options.scripts // SCRIPTS)))
    if options.only is not None:
        episodes = [options.only // SCRIPTS] * options.times
    batch = Batch(options.seed, verbose=options.only is not None)
    report = anyio.run(batch.run, episodes)
    if options.report:
        print(json.dumps(asdict(report)))
    else:
        _tell(report)
        print(json.dumps(report.seen, indent=2))
    sys.stdout.flush()
    return int(bool(report.failures))


def _tell(report: BatchReport) -> None:
    print(
        f"seed {report.seed}: {report.scripts} scripts in {report.seconds:.1f} s, "
        f"{report.warm_mib:.0f} to {report.end_mib:.0f} MiB, {len(report.failures)} failures"
    )
    for failure in report.failures:
        print("  " + failure)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Fuzz realms with seeded scripts.")
    parser.add_argument("--seed", type=int, default=0, help="of the batch, or of the first one")
    parser.add_argument("--scripts", type=int, default=1000, help="in a batch")
    parser.add_argument("--only", type=int, help="number of the script whose episode to play")
    parser.add_argument("--times", type=int, default=1, help="how often to play it")
    parser.add_argument("--batches", type=int, help="run so many, in processes")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once")
    parser.add_argument("--report", action="store_true", help="print a line of JSON")
    return parser


if __name__ == "__main__":
    code = main()
    # What a script has left behind in a thread must not change the outcome.
    sys.stdout.flush()
    os._exit(code)
