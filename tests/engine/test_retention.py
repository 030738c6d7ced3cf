"""How long facts are kept: what is said of a rule book, and that a session keeps no more."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from engine.calendars import in_words
from engine.retention import LATE, NOT_KEPT, RETRACTED, STANDING, keepings_of
from engine.session import Session
from tests.engine.books import Facts, book

CALENDARS = """
calendars:
  - {calendar: plant, title: By day, time_zone: UTC, shifts: [{shift: early, days: daily, start: 06:00, end: 14:00}]}
"""


def window(name: str, length: str, having: str = "count(fs) > 2") -> str:
    """Return a rule with a window of inspections."""
    return f"""
  - rule: {name}
    when:
      - fs: inspection
        {length}
        having: {having}
    then: {{notify: {{to: quality, message: found}}}}
"""


DOWN = """
  - rule: down
    on: machine
    if: status = "down"
    for: 90 min
    then: {notify: {work_centre: = machine_id, to: maintenance, message: down}}
"""
FAILED = """
  - rule: failed
    on: inspection
    if: result = "fail"
    then: {hold: {lot: = lot_id, reason: failed}}
"""


@pytest.mark.parametrize(
    ("rules", "head", "fact_type", "expected"),
    [
        pytest.param(FAILED, "", "inspection", [(NOT_KEPT, ("failed",))], id="an event"),
        pytest.param(FAILED, "", "alarm", [(NOT_KEPT, ())], id="an event that nobody reads"),
        pytest.param(
            FAILED, "", "order", [(STANDING, ()), (RETRACTED, (LATE,))], id="a state that nobody reads"
        ),
        pytest.param(
            DOWN,
            "",
            "machine",
            [
                (STANDING, ("down",)),
                ("since when it has been so, for 90 min", ("down",)),
                (RETRACTED, (LATE,)),
            ],
            id="what lasts",
        ),
        pytest.param(
            DOWN,
            "lateness: 1 h",
            "machine",
            [
                (STANDING, ("down",)),
                ("since when it has been so, for 90 min, and 1 h more for late facts", ("down",)),
                (RETRACTED, (LATE,)),
            ],
            id="what lasts, late",
        ),
        pytest.param(FAILED, "", "hold", [(STANDING, ())], id="a state that nobody outside retracts"),
        pytest.param(
            FAILED
            + window("b", "within: 2 days")
            + window("a", "within: 48 h")
            + window("c", "within: 90 s"),
            "",
            "inspection",
            [("2 days", ("b", "a")), ("90 s", ("c",))],
            id="windows",
        ),
        pytest.param(
            window("a", "within: 1 h") + window("b", "within: 1 h", "mean(fs.defects) > 1"),
            "lateness: 5 min\non_missing: skip",
            "inspection",
            [("1 h", ("a",)), ("1 h, and 5 min more for late facts", ("b",))],
            id="only what waits is kept longer",
        ),
        pytest.param(
            window("a", "each: shift") + window("b", "each: day") + window("c", "within: 2 working hours"),
            "lateness: 5 min",
            "inspection",
            [
                ("until its shift is over, and 5 min more for late facts", ("a",)),
                ("until its day is over, and 5 min more for late facts", ("b",)),
                ("2 h of working time (plant)", ("c",)),
            ],
            id="shifts, days, working time",
        ),
    ],
)
def test_how_long_facts_are_kept(
    rules: str, head: str, fact_type: str, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    """Each length is told once, with the rules that facts are kept for."""
    found = keepings_of(book(rules, head, {"calendars.yaml": CALENDARS}))
    assert [(k.how_long, k.rules) for k in found if k.fact_type == fact_type] == expected
    assert [k.fact_type for k in found] == sorted(k.fact_type for k in found)


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(days=1), "1 day"),
        (timedelta(days=1_400), "1,400 days"),
        (timedelta(hours=25), "25 h"),
        (timedelta(minutes=90), "90 min"),
        (timedelta(seconds=1.5), "1.5 s"),
    ],
)
def test_a_duration_in_words(duration: timedelta, words: str) -> None:
    """A duration is told in the largest unit of which it is a whole number."""
    assert in_words(duration) == words


@pytest.mark.parametrize(
    ("rules", "most"),
    [
        pytest.param(FAILED, 0, id="events of no window"),
        pytest.param(window("a", "within: 30 min"), 30, id="sliding"),
        pytest.param(
            window("a", "within: 30 min", "count(fs) < 2"), 35, id="sliding, and waiting for late facts"
        ),
        pytest.param(window("a", "each: shift", "count(fs) > 9"), 8 * 60 + 5, id="by shift"),
        pytest.param(window("a", "each: day\n        at: end", "count(fs) > 9"), 24 * 60 + 5, id="by day"),
    ],
)
def test_a_session_keeps_what_its_rules_need_and_no_more(rules: str, most: int) -> None:
    """Of an event a minute for three days, a session keeps those that it says it keeps, and remembers no time for others."""
    make = Facts()
    session = Session(book(rules, "lateness: 5 min", {"calendars.yaml": CALENDARS}))
    kept = []
    for at in range(3 * 24 * 60):
        session.submit(make("inspection", at=at, lot_id="l", order_id="o", result="pass"))
        if at % 31 == 0:
            kept.append(len(json.loads(session.snapshot()).get("windows", ())))
    assert max(kept) <= most
    assert max(kept) >= most * 0.9
    windows = session._carried.windows
    assert windows is None or len(windows._due) + len(windows._awaited) < 10
