"""What a run has spent, against what it may."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from marotte.conversation import Usage
from marotte.events import StopReason
from marotte.runs.options import Limits


@dataclass(frozen=True, slots=True)
class Excess:
    """A limit that was reached: which, and in words."""

    reason: StopReason
    message: str


class Meter:
    """Counts spend; each method returns the limit that it breaks, if it does. Thread-safe."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._usage = Usage()
        self._spent = Usage()
        self._misses_cost = False
        self._iterations = 0
        self._tool_calls = 0
        self._output_chars = 0
        self._cpu_seconds = 0.0

    @property
    def usage(self) -> Usage:
        """The run's own spend so far, without the runs below."""
        return self._usage

    def add_usage(self, usage: Usage) -> None:
        """Add what a model call of the run itself cost, before it is charged."""
        with self._lock:
            self._usage = self._usage + usage

    def charge(self, usage: Usage) -> Excess | None:
        """Count what a model call of the run, or of one below, cost."""
        with self._lock:
            self._spent = total = self._spent + usage
        if self._limits.tokens is not None and total.tokens > self._limits.tokens:
            return Excess("max_budget", f"max tokens ({self._limits.tokens}) reached")
        most = self._limits.cost_usd
        if most is not None and total.cost_usd is not None and total.cost_usd > most:
            return Excess("max_budget", f"max cost (${most:g}) reached")
        return None

    def misses_cost(self, usage: Usage) -> bool:
        """Tell, once, that the limit of cost cannot count `usage`, which has no price."""
        if self._limits.cost_usd is None or usage.cost_usd is not None or not usage.tokens:
            return False
        with self._lock:
            first, self._misses_cost = not self._misses_cost, True
        return first

    def add_iteration(self) -> Excess | None:
        """Count one more model call of the tool loop, before it is made."""
        with self._lock:
            self._iterations += 1
            count = self._iterations
        return _excess("max_iterations", "iterations", count, self._limits.iterations)

    def add_tool_call(self) -> Excess | None:
        """Count one more tool execution, of the run or of one below, before it begins."""
        with self._lock:
            self._tool_calls += 1
            count = self._tool_calls
        return _excess("tool_calls", "tool calls", count, self._limits.tool_calls)

    def add_output(self, chars: int) -> tuple[int, Excess | None]:
        """Count output; return how many characters of it are allowed."""
        with self._lock:
            before, self._output_chars = self._output_chars, self._output_chars + chars
        most = self._limits.output_chars
        if most is None or before + chars <= most:
            return chars, None
        return max(most - before, 0), _excess("output", "output characters", before + chars, most)

    def add_cpu(self, seconds: float) -> Excess | None:
        """Add CPU time of JavaScript."""
        with self._lock:
            self._cpu_seconds += seconds
        most = self._limits.cpu_ms
        if most is None or self._cpu_seconds * 1000 <= most:
            return None
        return Excess("cpu", f"max CPU time ({most} ms) reached")

    def check_turns(self, count: int) -> Excess | None:
        """Return the broken limit if the session were to hold `count` turns."""
        return _excess("max_turns", "turns", count, self._limits.turns)


def _excess(reason: StopReason, what: str, count: int, most: int | None) -> Excess | None:
    if most is None or count <= most:
        return None
    return Excess(reason, f"max {what} ({most}) reached")
