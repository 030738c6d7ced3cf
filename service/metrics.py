"""Counters for Prometheus: one registry per app, so that two apps in one process do not mix.

What the database knows better than this process, since others send as well, is no counter: it is given with each question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import nan

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric


@dataclass(frozen=True, slots=True)
class TargetState:
    """How one target does: whether it is sent to, and what is left for it."""

    name: str
    is_disabled: bool
    is_down: bool
    """Whether it has failed so often that it is left alone, but for one try now and then."""
    is_paused: bool
    failures: int
    waiting: int
    waiting_since: datetime | None
    dead: int


@dataclass(frozen=True, slots=True)
class OutboxState:
    """What the database says of deliveries: how many have each status, and how each target does."""

    statuses: Mapping[str, int]
    targets: Sequence[TargetState]


class Metrics:
    """What the service counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.facts = Counter(
            "lineside_facts", "Facts posted, by what became of them", ["status"], registry=self.registry
        )
        self.decisions = Counter(
            "lineside_decisions", "Decisions stored, by kind", ["kind"], registry=self.registry
        )
        self.warnings = Counter(
            "lineside_warnings",
            "Warnings of rules about facts, by code: what came too late, what came to null",
            ["code"],
            registry=self.registry,
        )
        self.left_behind = Counter(
            "lineside_left_behind",
            "What a session did not take along when it came under a changed rule book, by what it is",
            ["what"],
            registry=self.registry,
        )
        self.ticks = Counter(
            "lineside_ticks",
            "Times at which something fell due though no fact came, by what became of them",
            ["status"],
            registry=self.registry,
        )
        self.next_due = Gauge(
            "lineside_next_due_timestamp_seconds",
            "When something falls due next though no fact comes, in seconds since 1970; NaN where nothing is awaited",
            registry=self.registry,
        )
        self.next_due.set(nan)
        self.commits = Histogram(
            "lineside_commit_seconds",
            "Seconds to store one batch durably",
            registry=self.registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
        )
        self.batch_facts = Histogram(
            "lineside_batch_facts",
            "New facts per commit",
            registry=self.registry,
            buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500, 1000),
        )
        self.queued = Gauge("lineside_queued_facts", "Facts waiting for the writer", registry=self.registry)
        self.deliveries = Counter(
            "lineside_delivery_attempts",
            "Attempts to deliver, by target and outcome",
            ["target", "outcome"],
            registry=self.registry,
        )

    def exposition(self, outbox: OutboxState | None) -> bytes:
        """Return every metric in the Prometheus text format; *outbox* is None where the database does not answer."""
        asked = CollectorRegistry(auto_describe=False)
        asked.register(_Asked(outbox))
        return generate_latest(self.registry) + generate_latest(asked)


class _Asked:
    """The gauges of one answer: a target that is gone by the next leaves nothing behind."""

    def __init__(self, outbox: OutboxState | None) -> None:
        self._outbox = outbox

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        outbox = self._outbox
        yield GaugeMetricFamily(
            "lineside_database_answers",
            "Whether the database answered this question",
            value=outbox is not None,
        )
        if outbox is None:
            return
        statuses = GaugeMetricFamily(
            "lineside_deliveries", "Deliveries in the outbox, by status", labels=["status"]
        )
        for status, count in outbox.statuses.items():
            statuses.add_metric([status], count)
        yield statuses
        for name, (documentation, value_of) in _OF_TARGETS.items():
            family = GaugeMetricFamily(f"lineside_target_{name}", documentation, labels=["target"])
            for target in outbox.targets:
                family.add_metric([target.name], value_of(target))
            yield family


_OF_TARGETS: Mapping[str, tuple[str, Callable[[TargetState], float]]] = {
    "disabled": (
        "Whether it answered 410 and is sent nothing until a person enables it",
        lambda t: t.is_disabled,
    ),
    "breaker_open": (
        "Whether it failed so often that it is left alone but for single tries",
        lambda t: t.is_down,
    ),
    "paused": (
        "Whether nothing is sent to it right now, by the breaker or because it asked",
        lambda t: t.is_paused,
    ),
    "failures": ("Failures in a row", lambda t: t.failures),
    "waiting": ("Deliveries to it that are due or on their way", lambda t: t.waiting),
    "waiting_since_timestamp_seconds": (
        "When the oldest of those was due, in seconds since 1970; NaN where nothing waits",
        lambda t: nan if t.waiting_since is None else t.waiting_since.timestamp(),
    ),
    "dead_letters": ("Deliveries to it that are dead", lambda t: t.dead),
}
