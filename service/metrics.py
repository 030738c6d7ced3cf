"""Counters for Prometheus: one registry per app, so that two apps in one process do not mix."""

from __future__ import annotations

from math import nan

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


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
        self.waiting = Gauge(
            "lineside_deliveries", "Deliveries in the outbox, by status", ["status"], registry=self.registry
        )

    def exposition(self) -> bytes:
        """Return every metric in the Prometheus text format."""
        return generate_latest(self.registry)
