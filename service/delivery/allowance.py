"""How many requests a target may still have: those of the last while are remembered, and never more are sent in any stretch."""

from __future__ import annotations

from collections import deque
from datetime import datetime

from service.targets import Rate


class Allowance:
    """The requests to one target within its rate. Each process that sends keeps its own."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._sent: deque[datetime] = deque()

    def left(self, now: datetime) -> int:
        """Return how many requests may be sent at *now*."""
        begin = now - self._rate.within
        while self._sent and self._sent[0] <= begin:
            self._sent.popleft()
        return self._rate.count - len(self._sent)

    def use(self, now: datetime) -> None:
        """Count one request, sent at *now*."""
        self._sent.append(now)
