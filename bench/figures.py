"""What was measured of one engine with one job at one size; and how two of them compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

MARK = 100_000
"""Facts of a filling after which the memory is noted, again and again."""


@dataclass(slots=True)
class Figures:
    """An engine, a job, a size: its rates, and what it took to get ready."""

    engine: str
    job: str
    size: int
    version: str = ""
    made_in_seconds: float = 0.0
    """From the rules' text to an engine that takes facts; importing the package is not counted."""
    filled: int = 0
    """Facts taken in before the measuring."""
    json_bytes: int = 0
    """What those facts are as JSON."""
    resident: list[int] = field(default_factory=list)
    """Bytes of memory: before the filling, on the way, after it; then after each stretch."""
    rates: list[float] = field(default_factory=list)
    """Facts per second, one for each round."""
    gave_up: str | None = None

    @property
    def filled_memory(self) -> int | None:
        """Return the bytes of memory when all had been filled in; None where that was not noted."""
        marks = -(-self.filled // MARK)
        return (self.resident[marks] or None) if marks and len(self.resident) > marks else None

    @property
    def beyond_json(self) -> float | None:
        """Return the bytes of memory that each fact filled in takes beyond its own JSON; None where that was not noted."""
        after = self.filled_memory
        return None if after is None else (after - self.resident[0] - self.json_bytes) / self.filled

    @property
    def kept_memory(self) -> float | None:
        """Return the memory when all had been filled in over that at the first mark on the way; None where it was not noted."""
        after = self.filled_memory
        return None if after is None or self.filled < 2 * MARK else after / self.resident[1]


Found = Sequence[Figures]


def find(found: Found, engine: str, job: str, size: int) -> Figures | None:
    """Return the figures of *engine* with *job* at *size*, or None."""
    return next((f for f in found if (f.engine, f.job, f.size) == (engine, job, size)), None)


def ratio(one: Figures | None, other: Figures | None) -> float:
    """Return the median over the rounds of one rate over another, 0 where either has none."""
    if one is None or other is None or not one.rates or not other.rates:
        return 0.0
    return median(a / b for a, b in zip(one.rates, other.rates, strict=False))


def fastest(found: Found, job: str, size: int, peers: Sequence[str]) -> Figures | None:
    """Return the figures of the peer with the highest rate, or None where none has one."""
    measured = [f for f in found if f.engine in peers and (f.job, f.size) == (job, size) and f.rates]
    return max(measured, key=lambda f: median(f.rates), default=None)
