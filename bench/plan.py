"""Which engine is asked which job, at which sizes; and where one is not asked, why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bench.given import Stream
from bench.jobs import charts, failures, orders, pieces

OWN = "Lineside"
EXTENSION = "durable extension"
RULES = (10, 100, 1_000, 10_000)
FEW_RULES = (10, 100)
FEW_LITERALS = "it does not return from compiling about 512 or more literals on one property"

MODULES: Mapping[str, str] = {
    OWN: "lineside",
    "durable-rules": "durable",
    EXTENSION: "durable_extension",
    "CLIPS": "clips_rules",
    "Drools": "drools",
    "CEL": "cel_programs",
    "rule-engine": "rule_engine_rules",
    "ZEN": "zen_tables",
    "json-rules-engine": "json_rules",
}
"""The engines, and where in bench.engines each is."""

TAKE_JSON = frozenset({"Drools", "ZEN", "json-rules-engine"})
"""The peers that are given JSON as it is; for the others msgspec decodes it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One job: its facts, its sizes, and what each engine is asked: sizes, or the reason why it is not asked."""

    stream: Callable[[int, int], Stream]
    """(size, turn) -> the facts; the turn counts the engines made so far where each stretch has one made anew."""
    asked: Mapping[str, tuple[int, ...] | str]
    number: int | None = None
    """The facts of a stretch; None where they are as many as fit its time."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return all the sizes of the job."""
        own = self.asked[OWN]
        assert not isinstance(own, str)
        return own

    def peers(self, size: int) -> list[str]:
        """Return the peers whose answers are read and that are asked at *size*."""
        return [
            name
            for name, sizes in self.asked.items()
            if name not in (OWN, EXTENSION) and not isinstance(sizes, str) and size in sizes
        ]


NO_MEMORY = "keeps no facts between calls"

JOBS: Mapping[str, Plan] = {
    "rules": Plan(
        lambda size, _: pieces.Stream(size),
        {name: FEW_RULES if name in ("durable-rules", EXTENSION) else RULES for name in MODULES},
    ),
    "json": Plan(
        lambda size, _: pieces.Stream(size),
        {name: "nothing reads its answers" if name == EXTENSION else FEW_RULES for name in MODULES},
    ),
    "join": Plan(
        lambda size, _: orders.Stream(size),
        {
            **dict.fromkeys((OWN, "durable-rules", "CLIPS", "Drools"), (1_000, 100_000)),
            EXTENSION: "nothing reads its answers",
            **dict.fromkeys(("CEL", "rule-engine", "ZEN", "json-rules-engine"), NO_MEMORY),
        },
    ),
    "windows": Plan(
        lambda size, turn: failures.Stream(failures.LOADS["windows"][size], turn),
        {
            **dict.fromkeys((OWN, "CLIPS"), (failures.MACHINES,)),
            **dict.fromkeys(("durable-rules", EXTENSION), "its timers read the clock on the wall"),
            "Drools": "what drools_jpy offers, `accumulate_within`, begins with an event and starts anew when it has fired: "
            "it does not slide",
            **dict.fromkeys(("CEL", "rule-engine", "ZEN", "json-rules-engine"), NO_MEMORY),
        },
    ),
    "scaling": Plan(
        lambda size, turn: failures.Stream(failures.LOADS["scaling"][size], turn),
        {OWN: tuple(failures.LOADS["scaling"])},
        number=10_000,
    ),
    "filled": Plan(
        lambda size, turn: failures.Stream(failures.LOADS["filled"][size], turn),
        {OWN: tuple(failures.LOADS["filled"])},
        number=10_000,
    ),
    "charts": Plan(lambda size, _: charts.Stream(size), {OWN: (20, 500)}, number=5_000),
}


def subjects(job: str) -> Iterator[tuple[str, int]]:
    """Yield (engine, size) of everything that is measured, in the order of a round.

    What is compared runs one after the other: Lineside at all its sizes, then each size beside its peers.
    """
    plan = JOBS[job]
    alone = [size for size in plan.sizes if not plan.peers(size)]
    yield from ((OWN, size) for size in alone)
    for size in plan.sizes:
        if size in alone:
            continue
        for name, sizes in plan.asked.items():
            if not isinstance(sizes, str) and size in sizes:
                yield name, size
