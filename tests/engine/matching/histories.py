"""Random histories over the fact types of tests.engine.books: facts that come, change, go, late or early, and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from engine.decisions import Fact
from engine.session import CLOCK
from tests.engine.books import START, Facts

MOST_STEPS = 14


@dataclass(frozen=True, slots=True)
class Step:
    """A fact that is received at a time, or the clock that moves there."""

    at: datetime
    fact: Fact | None = None


IDS = ["a", "b", "l1"]
DATA: dict[str, dict[str, list[Any]]] = {
    "inspection": {"lot_id": IDS, "order_id": IDS, "result": ["pass", "fail", "fail"]},
    "alarm": {"machine_id": IDS},
    "order": {"order_id": IDS, "item": ["x", "y"], "status": ["released", "started", "completed"]},
    "machine": {"machine_id": IDS, "status": ["running", "down", "down"]},
    "flag": {"flag_id": IDS},
}
OPTIONAL: dict[str, dict[str, list[Any]]] = {
    "inspection": {
        "severity": ["minor", "major", "critical"],
        "measured": [0, 1, 2],
        "defects": [0, 1, 2, 3],
    },
    "alarm": {"level": [1, 2, 3]},
    "order": {"quantity": [0, 1, 6], "line": ["l1", "l2"]},
    "machine": {"line": ["l1", "l2"], "temperature": [1, 80, 95]},
    "flag": {"colour": ["red", "green", "minor"]},
}
KEYS = {"order": "order_id", "machine": "machine_id", "flag": "flag_id"}
FACT_TYPES = ["inspection"] * 4 + ["alarm", "order", "order", "machine", "machine", "machine", "flag"]


def history(chance: Random) -> list[Step]:
    """Return facts that come one after another or at once, on time, late or from a clock that is ahead, and clock moves."""
    make, minutes = Facts(), 0.0
    steps: list[Step] = []
    for _ in range(chance.randint(3, MOST_STEPS)):
        minutes += chance.choice([0, 0.5, 1, 1, 2, 4])
        at = START + timedelta(minutes=minutes)
        draw = chance.random()
        if draw < 0.07:
            steps.append(Step(at))
            continue
        if draw < 0.12:
            steps.append(Step(at, Fact("lineside", f"tick{len(steps)}", CLOCK, at, {})))
            continue
        said = minutes + chance.choice([0, 0, 0, 0, -1, -3, -5, 2])
        fact_type = chance.choice(FACT_TYPES)
        if fact_type in KEYS and chance.random() < 0.2:
            fact = make(fact_type, at=said, op="retract", **{KEYS[fact_type]: chance.choice(IDS)})
        else:
            data = {name: chance.choice(values) for name, values in DATA[fact_type].items()}
            data |= {n: chance.choice(v) for n, v in OPTIONAL[fact_type].items() if chance.random() < 0.7}
            fact = make(fact_type, at=said, **data)
        steps.append(Step(at, fact))
    return steps
