"""The report that takes one lot or order after the other is the report of all of them at once, on SQLite and PostgreSQL."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert

from engine.admission import fact_from_json
from engine.reconciliation import TYPES, Reconciliation, Row
from service.clock import moment_of, stamp
from service.reconciling import Place, reconciled, rows_of
from service.schemas import DECODER, to_text
from service.store import Reading, migrate, open_database
from service.tables import INDEXED, facts, holds
from tests.service.databases import fresh_database, postgres
from tests.service.harness import START

NAMES = (
    "",
    "A",
    "a",
    "Ä",
    "a-1",
    "a 1",
    "é",
    "\U0001f4a1",
    "\uffee",
    "Z",
    '"',
    "\\",
    "%",
    "x" * 300,
    "x" * 299 + "y",
)
"""Of lots and orders: what databases sort in their own ways, and what is longer than the index."""


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A migrated database, of either kind."""
    folder = tmp_path_factory.mktemp("db")
    if request.param == "sqlite":
        made = open_database(f"sqlite:///{folder}/x.db")
        migrate(made)
        yield made
        made.dispose()
        return
    with postgres(folder) as server:
        made = open_database(fresh_database(server))
        migrate(made)
        yield made
        made.dispose()


def a_fact(random: Random, number: int) -> dict[str, Any]:
    """Return some fact of those that are reconciled."""
    fact_type = random.choice(TYPES)
    name, item = random.choice(NAMES), random.choice(["pin", "nut", "cap"])
    quantity = random.choice([None, 1, Decimal("2.5"), 5])
    match fact_type:
        case "production_order":
            data = {
                "order_id": name,
                "item": item,
                "quantity": 5,
                "quantity_confirmed": quantity,
                "status": "released",
            }
            if random.random() < 0.3:
                data["routing"] = random.choice(["r1", "r2", "r3"])
        case "routing":
            steps = [{"operation": step} for step in random.sample(["10", "20", "30"], 2)]
            data = {"routing": random.choice(["r1", "r2", "r3"]), "item": item, "operations": steps}
        case "production_confirmation":
            operation = random.choice(["10", "20", "30"])
            data = {"order_id": name, "operation": operation, "quantity_completed": quantity or 3}
        case _:
            status = random.choice([None, "unrestricted", "blocked"])
            data = {"lot_id": name, "item": item, "inventory_status": status, "quantity": quantity}
    given = {key: value for key, value in data.items() if value is not None}
    time = (START + timedelta(minutes=number)).isoformat().replace("+00:00", "Z")
    fact = {"source": "s", "id": str(number), "type": fact_type, "time": time, "data": given}
    known = fact_type in ("production_order", "inventory_status", "material_lot") and random.random() < 0.1
    return {**fact, "op": "retract"} if known else fact


def a_hold(random: Random, number: int) -> dict[str, Any]:
    """Return the row of some hold."""
    subject_type = random.choice(["lot", "lot", "lot", "order"])
    name = random.choice(NAMES)
    placed = START + timedelta(minutes=random.randrange(50))
    released = None if random.random() < 0.5 else stamp(placed + timedelta(minutes=random.randrange(1, 50)))
    return {
        "hold_id": f"h{number}",
        "subject_type": subject_type,
        "subject_id": name[:INDEXED],
        "inventory_status": random.choice(["restricted", "blocked"]),
        "status": "standing" if released is None else "released",
        "rule": "r",
        "reason": "",
        "placed_at": stamp(placed),
        "released_at": released,
        "fact_seq": 1,
        "body": to_text({"hold_id": f"h{number}", "subject_type": subject_type, "subject_id": name}),
    }


def store(engine: Engine, told: list[dict[str, Any]], held: list[dict[str, Any]]) -> None:
    """Let the database hold these and nothing else."""
    at = stamp(START)
    rows = [
        {
            "seq": number,
            "source": fact["source"],
            "id": fact["id"],
            "type": fact["type"],
            "time": at,
            "time_given": True,
            "received_at": at,
            "status": "accepted",
            "rulebook": "b",
            "body": to_text(fact),
        }
        for number, fact in enumerate(told, 1)
    ]
    with engine.execution_options(lineside_write=True).begin() as connection:
        connection.execute(delete(holds))
        connection.execute(delete(facts))
        connection.execute(insert(facts), rows)
        if held:
            connection.execute(insert(holds), held)


def at_once(told: list[dict[str, Any]], held: list[dict[str, Any]]) -> tuple[list[Row], int]:
    """Return the rows of all facts and holds taken together, as the engine says them, and how many holds are not compared."""
    found = Reconciliation()
    for fact in told:
        found.take(fact_from_json(DECODER.decode(to_text(fact))))
    for row in sorted(held, key=lambda row: (row["placed_at"], row["hold_id"])):
        subject = (row["subject_type"], DECODER.decode(row["body"])["subject_id"])
        released = None if row["released_at"] is None else moment_of(row["released_at"])
        status, placed = row["inventory_status"], moment_of(row["placed_at"])
        found.hold(subject, row["hold_id"], status, placed, released)
    return list(found.rows()), found.not_compared


@pytest.mark.parametrize("seed", range(12))
def test_one_after_the_other_is_all_at_once(engine: Engine, seed: int) -> None:
    """Whatever the names are, the rows, their order and the counts are those of one fold over everything; and so is each page."""
    random = Random(seed)
    told = [a_fact(random, n) for n in range(random.choice([1, 40, 200]))]
    held = [a_hold(random, n) for n in range(random.choice([0, 30]))]
    store(engine, told, held)
    reading = Reading(engine)
    expected, not_compared = at_once(told, held)
    assert list(rows_of(reading)) == expected
    report, _ = reconciled(reading, everything=True, limit=1_000)
    assert report["agreeing"] == sum(not row.difference for row in expected)
    assert (report["holds_not_compared"], len(report["rows"])) == (not_compared, len(expected))
    for number, row in enumerate(expected):
        place = Place(row.subject_type, row.subject_id, row.about)
        assert list(rows_of(reading, place)) == expected[number + 1 :]


def test_its_memory_does_not_grow_with_what_is_stored(engine: Engine) -> None:
    """Of five times as many lots and orders the report takes hardly more memory."""
    peaks = []
    for count in (2_000, 10_000):
        told = [
            {
                "source": "s",
                "id": f"{n}-{fact_type}",
                "type": fact_type,
                "time": "2026-03-01T06:00:00Z",
                "data": data,
            }
            for n in range(count)
            for fact_type, data in (
                ("inventory_status", {"lot_id": f"L{n}", "inventory_status": "blocked"}),
                ("material_lot", {"lot_id": f"L{n}", "item": "pin", "inventory_status": "unrestricted"}),
                ("production_order", {"order_id": f"O{n}", "item": "pin", "quantity_confirmed": 1}),
            )
        ]
        store(engine, told, [])
        tracemalloc.start()
        report, _ = reconciled(Reading(engine), everything=False, limit=10)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert report["left_out"] == count - 10
    assert peaks[1] < 1.5 * peaks[0], peaks
