"""Runs all benchmarks and prints the report: ``python -m benchmarks [ROUNDS] [--write]``."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections import defaultdict
from importlib import import_module
from importlib.metadata import version

from benchmarks.processes import MeasureFailed, samples_of
from benchmarks.readme import README, replace_report
from benchmarks.rows import IDLE, ROWS
from benchmarks.subjects import SUBJECTS, Subject
from benchmarks.table import report

ROUNDS = 3
MOST_SECONDS = 270.0
DISTRIBUTIONS = ("quickjs-bindings", "quickjs-rs", "mini-racer", "pydantic-ai-slim")


class Session:
    """One run of the benchmarks: what was measured, and why something was not."""

    def __init__(self) -> None:
        self.subjects: dict[str, Subject] = {
            name: import_module(f"benchmarks.subjects.{name}").SUBJECT for name in SUBJECTS
        }
        self.samples: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.rounds = 0
        self.reasons = {name: dict(subject.cannot) for name, subject in self.subjects.items()}

    def take(self, rounds: int) -> None:
        """Take all samples; a round goes once through everything, so that noise is shared.

        A round that would last beyond `MOST_SECONDS`, if it is like those before, is left out.
        """
        start = time.perf_counter()
        while self.rounds < rounds:
            self._take_round(f"round {self.rounds + 1} of {rounds}")
            self.rounds += 1
            if (time.perf_counter() - start) * (1 + 1 / self.rounds) > MOST_SECONDS:
                break
        _progress("")

    def _take_round(self, title: str) -> None:
        for measure in dict.fromkeys(row.measure for row in (*ROWS, *IDLE)):
            _progress(f"{title}: {measure}")
            for name, subject in self.subjects.items():
                if measure in subject.measures:
                    self._measure(name, measure)

    def _measure(self, name: str, measure: str) -> None:
        try:
            self.samples[name, measure] += samples_of(name, measure)
        except MeasureFailed as error:
            self.reasons[name][measure] = f"failed: {error}"

    def results(self) -> dict[str, dict[str, float]]:
        """What the samples say, by subject and row."""
        return {
            name: {
                row.key: row.statistic(samples)
                for row in (*ROWS, *IDLE)
                if (samples := self.samples.get((name, row.measure)))
            }
            for name in SUBJECTS
        }


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")


def _about(rounds: int, seconds: float, loads: tuple[float, float]) -> str:
    peers = ", ".join(f"{name} {version(name)}" for name in DISTRIBUTIONS)
    return (
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} processors; load {loads[0]:.1f} at the start and "
        f"{loads[1]:.1f} at the end, of which this run is about 1; {peers}; {rounds} rounds "
        f"in {seconds:.0f} s."
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument(
        "rounds", nargs="?", type=int, default=ROUNDS, help="how often, by default 3"
    )
    parser.add_argument(
        "--write", action="store_true", help=f"put the report into {README.name} as well"
    )
    return parser.parse_args()


def main() -> int:
    """Run everything; answers 1 if a measure failed, else 0: a missed target is no failure."""
    arguments = _arguments()
    start, load = time.perf_counter(), os.getloadavg()[0]
    session = Session()
    session.take(arguments.rounds)
    titles = {name: subject.title for name, subject in session.subjects.items()}
    lines = report(titles, session.results(), session.reasons)
    about = _about(session.rounds, time.perf_counter() - start, (load, os.getloadavg()[0]))
    text = "\n".join([about, "", *lines])
    sys.stdout.write(f"{text}\n")
    if arguments.write:
        README.write_text(replace_report(README.read_text("utf-8"), text), "utf-8")
    return int("failed: " in text)


if __name__ == "__main__":
    sys.exit(main())
