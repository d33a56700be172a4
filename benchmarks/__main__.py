"""Runs all benchmarks and prints the report: ``python -m benchmarks [ROUNDS]``."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections import defaultdict
from importlib import import_module
from importlib.metadata import version

from benchmarks.processes import MeasureFailed, samples_of
from benchmarks.rows import ROWS
from benchmarks.subjects import SUBJECTS, Subject
from benchmarks.table import report

ROUNDS = 3
DISTRIBUTIONS = ("quickjs-bindings", "quickjs-rs", "mini-racer", "pydantic-ai-slim")


class Session:
    """One run of the benchmarks: what was measured, and why something was not."""

    def __init__(self) -> None:
        self.subjects: dict[str, Subject] = {
            name: import_module(f"benchmarks.subjects.{name}").SUBJECT for name in SUBJECTS
        }
        self.samples: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.reasons = {name: dict(subject.cannot) for name, subject in self.subjects.items()}

    def take(self, rounds: int) -> None:
        """Take all samples; a round goes once through everything, so that noise is shared."""
        for count in range(1, rounds + 1):
            for measure in dict.fromkeys(row.measure for row in ROWS):
                _progress(f"round {count} of {rounds}: {measure}")
                for name, subject in self.subjects.items():
                    if measure in subject.measures:
                        self._measure(name, measure)
        _progress("")

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
                for row in ROWS
                if (samples := self.samples.get((name, row.measure)))
            }
            for name in SUBJECTS
        }


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")


def _about(seconds: float, load: float) -> str:
    peers = ", ".join(f"{name} {version(name)}" for name in DISTRIBUTIONS)
    return (
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} processors, load {load:.1f} at the start; "
        f"{peers}; took {seconds:.0f} s"
    )


def main() -> int:
    """Run everything; answers 1 if a measure failed, else 0: a missed target is no failure."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    start, load = time.perf_counter(), os.getloadavg()[0]
    session = Session()
    session.take(rounds)
    titles = {name: subject.title for name, subject in session.subjects.items()}
    lines = report(titles, session.results(), session.reasons)
    text = "\n".join([_about(time.perf_counter() - start, load), "", *lines, ""])
    sys.stdout.write(text)
    return int("failed: " in text)


if __name__ == "__main__":
    sys.exit(main())
