"""What the routes need of the service, as one value in the application's state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from litestar import Request

from engine.rulebook import RuleBook
from service.clock import Clock
from service.metrics import Metrics
from service.pipeline import Writer
from service.settings import Settings
from service.store import CaseReading, Outbox, Reading
from service.targets import Target


@dataclass(slots=True)
class Waker:
    """How to wake the courier; set when it runs."""

    call: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Parts:
    """The running parts that requests reach."""

    settings: Settings
    book: RuleBook
    writer: Writer
    reading: Reading
    cases: CaseReading
    outbox: Outbox
    targets: Mapping[str, Target]
    metrics: Metrics
    clock: Clock
    waker: Waker = field(default_factory=Waker)
    reporting: Lock = field(default_factory=Lock)
    """Held by the one who makes a report of all that is stored."""

    def wake_courier(self) -> None:
        """Let the courier look at the outbox now, if there is one in this process."""
        self.waker.call()


def parts_of(request: Request[Any, Any, Any]) -> Parts:
    """Return the parts of the application that *request* came to."""
    found: Parts = request.app.state.parts
    return found
