"""Posted bytes on their way to the writer: a bounded queue of jobs, each with the future of its answers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.admission import DEFAULT_LIMITS, Admission, Limits, decode
from engine.decisions import Fact
from engine.diagnostics import FactFault, FactRefused
from service.clock import Clock
from service.schemas import FactAnswer


class NotAdmitted(FactRefused):
    """A fact that is one, but not what the rules declare: with it, as it was *sent*, and whether it came with its time."""

    def __init__(self, faults: Iterable[FactFault], sent: Fact, *, time_given: bool) -> None:
        super().__init__(faults)
        self.sent = sent
        self.time_given = time_given


@dataclass(frozen=True, slots=True)
class Posted:
    """One fact as it came in: its bytes, or what was wrong before there were any.

    With *attributes* (CloudEvents binary mode) the bytes are the data only. *cloudevent* says that the sender
    called it a CloudEvent, so that specversion must be there.
    """

    raw: bytes
    attributes: Mapping[str, Any] | None = None
    cloudevent: bool = False
    fault: FactFault | None = None

    def admitted(self, admission: Admission, received: datetime, limits: Limits) -> tuple[Fact, bool]:
        """Return the fact, and whether it came with its time; raise FactRefused with every fault in it, or NotAdmitted."""
        if self.attributes is None:
            fact = admission.recognise(self.raw, versioned=self.cloudevent)
            if fact is not None:
                return fact, True
        envelope = self.envelope(limits)
        time_given = isinstance(envelope, dict) and envelope.get("time") is not None
        try:
            return admission.admit(envelope, received), time_given
        except FactRefused as refused:
            sent = admission.as_sent(envelope, received)
            if sent is None:
                raise
            raise NotAdmitted(refused.faults, sent, time_given=time_given) from None

    def envelope(self, limits: Limits = DEFAULT_LIMITS) -> Any:
        """Return the envelope as plain JSON values; raise FactRefused where there is none."""
        if self.fault is not None:
            raise FactRefused((self.fault,))
        value = decode(self.raw, limits)
        if self.attributes is not None:
            return {**self.attributes, "data": value}
        if self.cloudevent and isinstance(value, dict) and "specversion" not in value:
            # anything but "1.0" is refused by admission with its own text, beside the other faults
            return {**value, "specversion": ""}
        return value


class QueueFull(Exception):  # noqa: N818 - named for what happened
    """More facts are waiting than may wait."""


@dataclass(slots=True)
class Job:
    """Posts that came together and are answered together."""

    posts: Sequence[Posted]
    answers: Future[list[FactAnswer]] = field(default_factory=Future)

    @property
    def size(self) -> int:
        """Return how many bytes wait in it."""
        return sum(len(post.raw) for post in self.posts)


class PostQueue:
    """Jobs in the order they came, bounded by facts and by bytes. A job is taken whole or not at all."""

    def __init__(self, facts: int, size: int) -> None:
        self._most_facts = facts
        self._most_bytes = size
        self._jobs: deque[Job] = deque()
        self._facts = 0
        self._bytes = 0
        self._closed = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return self._facts

    def put(self, job: Job) -> None:
        """Add *job*; raise QueueFull where it does not fit, and it is not the only one."""
        count, size = len(job.posts), job.size
        with self._changed:
            full = self._facts + count > self._most_facts or self._bytes + size > self._most_bytes
            if self._closed or (full and self._jobs):
                raise QueueFull
            self._jobs.append(job)
            self._facts += count
            self._bytes += size
            self._changed.notify()

    def take(self, facts: int, clock: Clock, until: datetime | None) -> list[Job] | None:
        """Wait for a job and return it with those behind it, until there are *facts*; None once closed and empty.

        [] where none came by *until*, or where it is time to look again.
        """
        with self._changed:
            if not self._jobs and not self._closed:
                clock.wait(self._changed, until)
            if not self._jobs:
                return None if self._closed else []
            taken: list[Job] = []
            count = 0
            while self._jobs and (not taken or count + len(self._jobs[0].posts) <= facts):
                job = self._jobs.popleft()
                taken.append(job)
                count += len(job.posts)
                self._facts -= len(job.posts)
                self._bytes -= job.size
            return taken

    def close(self) -> None:
        """Take no further job; what waits is still to be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
