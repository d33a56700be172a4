"""The scripts that all subjects run, in the same words."""

from __future__ import annotations

__all__ = [
    "ASYNC_CALLS",
    "BURST",
    "EMPTY",
    "EVENT",
    "EVENTS",
    "OBJECT_CALLS",
    "SCALAR_CALLS",
    "SPIN",
    "async_alone",
    "async_many",
    "object_calls",
    "scalar_calls",
]

EMPTY = "1"
SPIN = "while (true) {}"
SCALAR_CALLS = 20_000
OBJECT_CALLS = 5_000
ASYNC_CALLS = 300
BURST = 1_000
EVENTS = 20_000
EVENT = (
    '{"type":"bench.tick","runId":"0199f0c2d3e47a55","sessionId":"0199f0c2d3e47a56",'
    '"seq":1,"time":1750000000000,"tags":{},"data":{"number":1}}'
)
"""What a listener of a peer gets: about what Marotte's events look like."""


def scalar_calls(count: int) -> str:
    """Calls `add` with two numbers."""
    return f"for (let i = 0; i < {count}; i++) add(i, 1)"


def object_calls(count: int) -> str:
    """Calls `describe` with an object."""
    return f"for (let i = 0; i < {count}; i++) describe({{id: i, name: 'n', tags: ['a', 'b']}})"


def async_alone(count: int) -> str:
    """An expression: calls `nothing`, each time waiting for the answer."""
    return f"(async () => {{ for (let i = 0; i < {count}; i++) await nothing(i); }})()"


def async_many(count: int) -> str:
    """An expression: calls `nothing` many times at once."""
    return f"Promise.all(Array.from({{length: {count}}}, (_, i) => nothing(i))).then(() => null)"
