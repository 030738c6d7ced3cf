"""Whether work may go on: what stands in the way, what does not, and that the answer comes from an index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.dialects import sqlite

from service.store import migrate, open_database
from service.store.reading import Reading, standing_on
from service.tables import facts, holds
from tests.service.harness import HandClock, Served, decode, inspection, serving, settings_for, write_rules

EVERYTHING = {
    "lot": "L1",
    "serial": "S1",
    "order": "PO-1",
    "operation": "30",
    "item": "I1",
    "work_centre": "W1",
}

FUTURE = """
ruleset: future
owner: quality
rules:
  - rule: held-later
    title: What has a note is held from the operation on that it names
    priority: 10
    on_missing: skip
    when:
      - inspection: inspection_result
        where: note != null
      - none: hold
        where: lot_id = inspection.lot_id
    then:
      hold: {lot: = inspection.lot_id, reason: noted, from_operation: = inspection.note, review: 3 days, expires: 30 days}
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with a lot on hold, one that was, and an order that is late for long."""
    folder = tmp_path_factory.mktemp("check")
    rules = write_rules(folder, {"future.yaml": FUTURE})
    with serving(settings_for(folder, rules=rules), clock=HandClock()) as running:
        running.post_lines([inspection("1", "L-held", measured=2), inspection("2", "L-free")])
        running.post(
            {
                "id": "3",
                "source": "person/ann",
                "type": "disposition",
                "time": "2026-03-02T00:00:00Z",
                "data": {"lot_id": "L-free", "decision": "release"},
            }
        )
        yield running


def test_a_hold_stands_in_the_way_with_all_that_is_known_of_it(served: Served) -> None:
    """The answer names the hold, since when and by which rule, and what was asked of whom."""
    found = served.get("/v1/holds/check", lot="L-held", work_centre="W-9")
    (hold,) = served.get("/v1/holds", lot="L-held")["holds"]
    assert found == {
        "may_proceed": False,
        "why": "lot L-held is on hold since 2026-03-01T07:00:00.000000Z: critical at 2",
        "inventory_status": "blocked",
        "count": 1,
        "holds": [
            {
                "hold_id": hold["hold_id"],
                "subject": {"type": "lot", "id": "L-held"},
                "inventory_status": "blocked",
                "reason": "critical at 2",
                "rule": "critical-failure-holds",
                "since": "2026-03-01T07:00:00.000000Z",
                "partial": False,
                "future": False,
                "asked": [{"to": "quality", "message": "look at L-held"}],
            }
        ],
        "ahead": [],
    }


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({"lot": "L-free"}, id="released"),
        pytest.param({"lot": "L-unheard-of"}, id="unheard-of"),
        pytest.param({"order": "L-held"}, id="another-kind-of-subject"),
        pytest.param({"lot": "L-hel"}, id="the-beginning-of-a-name"),
        pytest.param(EVERYTHING, id="everything-at-once"),
    ],
)
def test_where_no_hold_stands_work_may_go_on(served: Served, query: dict[str, str]) -> None:
    """Nothing is in the way of what is not held, or no longer."""
    assert served.get("/v1/holds/check", **query) == {
        "may_proceed": True,
        "why": "no hold stands on it",
        "inventory_status": "unrestricted",
        "count": 0,
        "holds": [],
        "ahead": [],
    }


@pytest.mark.parametrize(
    ("operation", "may"),
    [
        pytest.param("10", True, id="before"),
        pytest.param("0029", True, id="before-with-zeros"),
        pytest.param("30", False, id="at"),
        pytest.param("100", False, id="after-as-a-number"),
        pytest.param("deburr", False, id="in-no-order"),
        pytest.param("", False, id="not-named"),
    ],
)
def test_a_future_hold_stands_in_the_way_from_its_operation_on(
    served: Served, operation: str, may: bool
) -> None:
    """Before it, work may go on and is told what comes; where that cannot be known, it may not."""
    served.post(inspection(f"future-{operation}", "L-future", note="30", severity="minor"))
    found = served.get("/v1/holds/check", lot="L-future", **({"operation": operation} if operation else {}))
    (hold,) = found["ahead"] if may else found["holds"]
    assert found["may_proceed"] is may
    assert (hold["from_operation"], hold["future"]) == ("30", True)
    assert hold["review_at"] == "2026-03-04T07:00:00Z"
    (listed,) = served.get("/v1/holds", lot="L-future")["holds"]
    assert listed["expires_at"] == hold["expires_at"] == "2026-03-31T07:00:00Z"


def test_long_names_that_begin_alike_are_told_apart(served: Served) -> None:
    """Only the beginning of a name is indexed, and the whole of it counts."""
    served.post(inspection("long", "ü" * 300))
    assert served.get("/v1/holds/check", lot="ü" * 300)["count"] == 1
    assert served.get("/v1/holds/check", lot="ü" * 301)["count"] == 0


@pytest.mark.parametrize(
    ("query", "pointer", "says"),
    [
        ("lots=L1", "/lots", 'did you mean "lot"?'),
        ("workcentre=W1", "/workcentre", "work_centre"),
        ("lot=L1&lot=L2", "/lot", "twice"),
        ("lot=", "/lot", "1 to 4096"),
        ("", "", "one or more of lot, serial, order"),
    ],
)
def test_a_wrong_question_is_told_what_would_be_right(
    served: Served, query: str, pointer: str, says: str
) -> None:
    """A misspelt parameter is no question about nothing: it is refused, with the nearest name."""
    answer = served.client.get(f"/v1/holds/check?{query}")
    assert answer.status_code == 400, answer.text
    (fault,) = decode(answer.content)["errors"]
    assert fault["pointer"] == pointer
    assert says in fault["message"]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A migrated database."""
    made = open_database(f"sqlite:///{tmp_path}/x.db")
    migrate(made)
    yield made
    made.dispose()


def hold_row(name: str, **more: Any) -> dict[str, Any]:
    """Return the row of a hold called *name*, on lot L1 if *more* does not say otherwise."""
    return {
        "hold_id": name,
        "subject_type": "lot",
        "subject_id": "L1",
        "inventory_status": "restricted",
        "status": "standing",
        "rule": "r",
        "reason": "why",
        "placed_at": "2026-03-01T06:00:00.000000Z",
        "fact_seq": 1,
        "body": "{}",
        **more,
    }


def keep(engine: Engine, rows: list[dict[str, Any]]) -> None:
    """Store *rows* as holds, and the fact that they say they were placed on."""
    when = "2026-03-01T06:00:00.000000Z"
    fact = {
        "seq": 1,
        "source": "mes",
        "id": "1",
        "type": "t",
        "time": when,
        "time_given": True,
        "received_at": when,
        "status": "accepted",
        "rulebook": "x",
        "body": "{}",
    }
    with engine.begin() as connection:
        connection.execute(insert(facts), fact)
        connection.execute(insert(holds), rows)


def test_several_holds_come_in_the_order_they_were_placed(engine: Engine) -> None:
    """Those of every subject that was asked for, together; released ones are left out."""
    times = [f"2026-03-01T0{n}:00:00.000000Z" for n in range(4)]
    keep(
        engine,
        [
            hold_row("d", placed_at=times[3]),
            hold_row("c", subject_type="order", subject_id="PO-1", placed_at=times[1]),
            hold_row("b", placed_at=times[2]),
            hold_row("a", placed_at=times[0], status="released"),
        ],
    )
    found, _ = Reading(engine).in_the_way(EVERYTHING, 100)
    assert [row.hold_id for row in found] == ["c", "b", "d"]


def test_each_subject_is_one_step_into_the_index(engine: Engine) -> None:
    """The plan searches the index of subject and status once for each subject, and scans nothing."""
    query = standing_on(EVERYTHING).compile(
        dialect=sqlite.dialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"literal_binds": True},
    )
    with engine.connect() as connection:
        plan = [row.detail for row in connection.execute(text(f"explain query plan {query}"))]
    index = "ix_holds_subject_type_subject_id_status (subject_type=? AND subject_id=? AND status=?)"
    assert [line for line in plan if "SEARCH" in line] == [f"SEARCH holds USING INDEX {index}"] * 6
    assert not any("SCAN" in line for line in plan)
