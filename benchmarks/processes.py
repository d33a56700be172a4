"""Processes: those whose start is measured, and those that measure."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from benchmarks.measuring import MILLISECONDS

__all__ = ["MeasureFailed", "process_milliseconds", "samples_of"]

STARTS = 3
LIMIT_SECONDS = 120.0


class MeasureFailed(Exception):
    """A measure ended in an error, which this names."""


def process_milliseconds(*arguments: str) -> list[float]:
    """How long a process of this interpreter takes from start to end, in milliseconds.

    Once more goes before, which is not counted: it may compile modules.
    """
    command = [sys.executable, *arguments]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    samples = []
    for _ in range(STARTS):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        samples.append((time.perf_counter() - start) * MILLISECONDS)
    return samples


def samples_of(subject: str, measure: str) -> list[float]:
    """Take samples in a fresh process.

    Raises:
        MeasureFailed: It ended in an error, or took more than two minutes.
    """
    command = [sys.executable, "-m", "benchmarks.worker", subject, measure]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        raise MeasureFailed(f"took more than {LIMIT_SECONDS:.0f} s") from None
    if done.returncode:
        raise MeasureFailed(done.stderr.strip().rpartition("\n")[2] or "no message")
    samples: list[float] = json.loads(done.stdout.rpartition("\n")[2])
    return samples
