"""Mapping documents: what they say of rows, and what is said of those that say it wrongly."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.compiler import compile_rules
from engine.replay import Mapping, disagreements, map_log, parse_mapping, read_csv
from engine.rulebook import RuleBook

ROOT = Path(__file__).resolve().parents[2]

SOUND = """\
mapping: m
zone: Europe/Berlin
columns:
  case: {type: text, required: true}
  at: {type: time}
  end: {type: time, unreadable: leave out}
  made: {type: number, empty: 0}
  state: {type: word, words: {on: started, off: closed}}
  note: {type: text, optional: true}
time: = if end != null then end else at
untimed: case
facts:
  - fact: production_order
    source: erp
    changes_of: case
    time: = at
    data: {order_id: = case, item: thing, quantity: = made, status: = state}
  - fact: production_confirmation
    source: mes
    when: made > 0
    data:
      order_id: = case
      operation: = "op " + case
      quantity_completed: = made
      completed_at: = end
      worker: = note
"""
HEAD = "case,at,end,made,state\n"


def mapping(text: str = SOUND) -> Mapping:
    """Return the mapping in *text*, which must be sound."""
    found, faults = parse_mapping(text, "m.yaml")
    assert found is not None, faults
    return found


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """Return the shipped fact types and flows."""
    files = {p.name: p.read_text(encoding="utf-8") for p in (ROOT / "rules/facts").glob("*.yaml")}
    return compile_rules({**files, "flows.yaml": (ROOT / "rules/flows.yaml").read_text(encoding="utf-8")})


def facts(rows: str, text: str = SOUND) -> list[dict[str, Any]]:
    """Return the envelopes that *rows* become, in the order of submission."""
    return [one.envelope for one in map_log(mapping(text), read_csv(HEAD + rows, "log.csv")).facts]


def test_a_row_makes_facts() -> None:
    """Columns become fields by FEEL, in the zone of the mapping; what is null is left out."""
    order, confirmation = facts("A,2024-07-01 08:00,2024-07-01 09:30,4,on\n")
    assert order["type"] == "production_order"
    assert order["time"] == "2024-07-01T06:00:00Z"
    assert order["data"] == {"order_id": "A", "item": "thing", "quantity": 4, "status": "started"}
    assert confirmation["time"] == "2024-07-01T07:30:00Z"
    assert confirmation["data"] == {
        "order_id": "A",
        "operation": "op A",
        "quantity_completed": 4,
        "completed_at": "2024-07-01T07:30:00Z",
    }


def test_when_and_changes() -> None:
    """A condition keeps rows out, and a state is told again only where it has changed."""
    rows = "A,2024-07-01,,0,on\nA,2024-07-02,,0,on\nB,2024-07-02,,0,on\nA,2024-07-03,,0,off\nA,2024-07-04,,0,on\n"
    assert [(f["data"]["order_id"], f["data"]["status"]) for f in facts(rows)] == [
        ("A", "started"),
        ("B", "started"),
        ("A", "closed"),
        ("A", "started"),
    ]


@pytest.mark.parametrize(
    ("rows", "days"),
    [
        pytest.param(["A 3", "A", "A 5"], [3, 3, 5], id="the row before"),
        pytest.param(["A", "A 3", "A 5"], [3, 3, 5], id="the row behind, for a first row"),
        pytest.param(["A 3", "B 1", "A"], [3, 1, 3], id="the same case, not the row above"),
        pytest.param(["B 4", "A", "A"], [4, 4, 4], id="the first of the log, for a case without any"),
        pytest.param(["A", "B 2", "A", "A 9", "A"], [9, 2, 9, 9, 9], id="behind and before"),
    ],
)
def test_rows_without_a_time(rows: list[str], days: list[int]) -> None:
    """A row without a time takes that of the nearest row of its case, earlier ones first, and is counted."""
    text = "".join(
        f"{(r + ' ').split(' ')[0]},{'2024-01-0' + r[2] if len(r) > 1 else ''},,{n + 1},on\n"
        for n, r in enumerate(rows)
    )
    mapped = map_log(mapping(SOUND.replace("Europe/Berlin", "UTC")), read_csv(HEAD + text, "log.csv"))
    found = {
        f.envelope["data"]["quantity_completed"]: f.envelope["time"]
        for f in mapped.facts
        if "quantity_completed" in f.envelope["data"]
    }
    assert [found[n + 1] for n in range(len(rows))] == [f"2024-01-0{day}T00:00:00Z" for day in days]
    assert mapped.untimed == sum(len(r) == 1 for r in rows)
    assert mapped.faults == ()


def test_a_log_without_any_time_is_refused_row_by_row() -> None:
    """Where no row has a time there is none to take: every row is a fault, and no fact is made."""
    mapped = map_log(mapping(), read_csv(HEAD + "A,,,1,on\nB,,,2,on\n", "log.csv"))
    assert [(f.code, f.span.line) for f in mapped.faults] == [("log-untimed", 2), ("log-untimed", 3)]
    assert mapped.facts == ()
    assert mapped.refused == 4


def test_a_time_that_cannot_be_read_is_one_fault() -> None:
    """Such a row has a time, which is not written as the mapping says, so it is not called untimed as well."""
    plain = SOUND.replace("untimed: case\n", "").replace(", unreadable: leave out", "")
    mapped = map_log(mapping(plain), read_csv(HEAD + "A,soon,soon,1,on\n", "log.csv"))
    assert {f.code for f in mapped.faults} == {"log-value"}
    assert 'say under "times" of the mapping how this log writes times' in {f.fix for f in mapped.faults}
    assert mapped.facts == ()


def test_a_mapping_may_refuse_rows_without_a_time() -> None:
    """Without `untimed` such a row is a fault, and the others go on."""
    mapped = map_log(
        mapping(SOUND.replace("untimed: case\n", "")),
        read_csv(HEAD + "A,,,1,on\nA,2024-01-01,,2,on\n", "log.csv"),
    )
    assert [f.span.line for f in mapped.faults] == [2]
    assert len(mapped.facts) == 2


@pytest.mark.parametrize(
    ("row", "column", "made"),
    [
        pytest.param("A,2024-07-01,,many,on", "made", [], id="a number both facts read"),
        pytest.param(
            "A,2024-07-01,,3,maybe", "state", ["production_confirmation"], id="a word one fact reads"
        ),
        pytest.param(
            "A,2024-07-01,never,3,on",
            "end",
            ["production_order", "production_confirmation"],
            id="a cell that may be left out",
        ),
        pytest.param(",2024-07-01,,3,on", "case", [], id="a cell that must be filled"),
        pytest.param(
            "A,never,2024-07-01,3,on",
            "at",
            ["production_order", "production_confirmation"],
            id="a time beside another",
        ),
    ],
)
def test_unreadable_cells(row: str, column: str, made: list[str]) -> None:
    """An unreadable cell is named by its column and costs only the facts that read it."""
    mapped = map_log(mapping(), read_csv(HEAD + row + "\nB,2024-07-01,,0,on\n", "log.csv"))
    assert [fault.message.split(":")[0] for fault in mapped.faults] == [f'column "{column}"']
    assert [f.envelope["type"] for f in mapped.facts if f.origin.line == 2] == made
    assert [f.envelope["type"] for f in mapped.facts if f.origin.line == 3] == ["production_order"]


def test_order_of_submission() -> None:
    """Facts are ordered by time and in file order at one time, or as the file has them where the mapping says so."""
    rows = "B,2024-01-02,,2,on\nA,2024-01-01,,1,on\nC,2024-01-01,,3,on\n"
    by_time = [f["data"]["order_id"] for f in facts(rows) if f["source"] == "mes"]
    by_file = [f["data"]["order_id"] for f in facts(rows, SOUND + "order: file\n") if f["source"] == "mes"]
    assert (by_time, by_file) == (["A", "C", "B"], ["B", "A", "C"])


def test_ids() -> None:
    """Ids are made of what a fact says: the same wherever it stands, numbered where it is said twice."""
    row, other = "A,2024-01-01,,1,on\n", "B,2024-01-01,,1,on\n"
    ids = [f["id"] for f in facts(row + row + other) if f["source"] == "mes"]
    again = [f["id"] for f in facts(other + row + row) if f["source"] == "mes"]
    assert len(set(ids)) == 3
    assert set(ids) == set(again)
    assert ids[1] == f"{ids[0]}-2"


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        pytest.param(("zone: Europe/Berlin", "zone: Mars/Olympus"), ["2:7 unknown-zone"], id="no such zone"),
        pytest.param(("type: number", "type: quantity"), ["7:16 not-one-of"], id="no such type"),
        pytest.param((", words: {on: started, off: closed}", ""), ["8:10 missing-key"], id="no words"),
        pytest.param(
            ("made: {type: number", 'made: {type: text, thousands: ","'),
            ["7:22 conflicting-keys", "20:11 type-mismatch"],
            id="thousands of text",
        ),
        pytest.param(("untimed: case", "untimed: cases"), ["11:10 unknown-name"], id="no such column"),
        pytest.param(
            ("changes_of: case", "changes_of: kase"), ["15:17 unknown-name"], id="no such column to change"
        ),
        pytest.param(
            ("= made, status", "= mades, status"), ["17:55 unknown-field"], id="no such column in FEEL"
        ),
        pytest.param(
            ("= made, status", "= mode, status"),
            ["17:55 type-mismatch"],
            id="a function in place of a column",
        ),
        pytest.param(("when: made > 0", "when: made >"), ["20:17 "], id="no FEEL"),
        pytest.param(
            ("mapping: m", "mapping: m\ntimes: [hh:mm]"),
            ["2:8 unknown-time-format"],
            id="no way to write times",
        ),
        pytest.param(("mapping: m", "mapping: m\ndelimiter: ab"), ["2:12 bad-name"], id="two delimiters"),
        pytest.param(("facts:\n", "fact: []\nfacts:\n"), ["12:1 unknown-key"], id="an unknown key"),
    ],
)
def test_faults(change: tuple[str, str], faults: list[str]) -> None:
    """Every fault of a mapping is named, with its place and a stable code."""
    assert change[0] in SOUND
    found, diagnostics = parse_mapping(SOUND.replace(*change), "m.yaml")
    said = [f"{d.span.line}:{d.span.column} {d.code}" for d in diagnostics]
    assert found is None
    assert all(any(one.startswith(fault) for one in said) for fault in faults), said


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param(
            ("fact: production_order", "fact: production_ordr"),
            '13:11 unknown-fact-type did you mean "production_order"?',
            id="type",
        ),
        pytest.param(
            ("fact: production_order", "fact: torque"),
            "13:11 unknown-fact-type name the rules that declare it beside the mapping",
            id="a type of other rules",
        ),
        pytest.param(("worker:", "workr:"), '26:7 unknown-field did you mean "worker"?', id="field"),
        pytest.param(
            (", status: = state", ""), "13:11 missing-field map them under data:", id="a required field"
        ),
        pytest.param(
            ("source: mes", "source: erp/plant"), "19:13 wrong-owner begin the source with mes", id="owner"
        ),
        pytest.param(
            ("source: mes", "source: crm"), "19:13 wrong-owner begin the source with mes", id="no system"
        ),
    ],
)
def test_a_mapping_must_agree_with_the_fact_types(
    change: tuple[str, str], fault: str, book: RuleBook
) -> None:
    """A fact type, field or owner that the rule book does not know is a fault before any row is read."""
    assert disagreements(mapping(), book) == ()
    found = disagreements(mapping(SOUND.replace(*change)), book)
    assert [f"{d.span.line}:{d.span.column} {d.code} {d.fix}" for d in found] == [fault]


@pytest.mark.parametrize(
    ("heading", "fix"),
    [
        pytest.param("case;at;end;made;state", "say the delimiter", id="another delimiter"),
        pytest.param("case,at,end,made", "the headings are", id="a column is missing"),
    ],
)
def test_headings_that_do_not_fit(heading: str, fix: str) -> None:
    """A log without a column the mapping reads makes no fact, and the fault says what was found."""
    mapped = map_log(mapping(), read_csv(f"{heading}\n1,2,3,4\n", "log.csv"))
    assert mapped.facts == ()
    assert any(fix in fault.fix for fault in mapped.faults)


def test_headings_are_found_by_their_letters() -> None:
    """Case, blanks and marks of a heading do not matter; an exact one goes before a similar one."""
    text = SOUND.replace("case: {type: text,", "case: {type: text, heading: Order No.,")
    log = read_csv("ORDER no,At,end,Made,State,MADE\nA,2024-01-01,,1,on,9\n", "log.csv")
    mapped = map_log(mapping(text), log)
    assert [fault.message for fault in mapped.faults] == ['"Made" and "MADE" both fit column "made"']
    assert mapped.facts[0].envelope["data"]["order_id"] == "A"
    exact = map_log(mapping(text), read_csv("Case,at,end,made,State,MADE\nA,2024-01-01,,1,on,9\n", "log.csv"))
    assert exact.faults == ()
    assert exact.facts[0].envelope["data"]["quantity"] == 1


def test_now_is_the_time_of_the_row() -> None:
    """now() in a mapping is the row's own time: nothing reads a clock."""
    text = SOUND.replace("worker: = note", "started_at: = now()")
    (found,) = [f for f in facts("A,2024-07-01 08:00,,1,on\n", text) if f["source"] == "mes"]
    assert datetime.fromisoformat(found["data"]["started_at"]).astimezone(UTC) == datetime(
        2024, 7, 1, 6, tzinfo=UTC
    )
