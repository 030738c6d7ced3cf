"""What the check says of cases beside ladders that are there; the rest stands in fixtures/rules/bad/cases.yaml."""

from __future__ import annotations

import pytest

from engine.diagnostics import RulesRejected
from tests.engine.coordination.floor import HELD, Floor, rule_book

LAPSES = "          ladder: help\n          answer_lapses_after: {}\n"
CALENDAR = (
    "calendars:\n  - calendar: day\n    time_zone: UTC\n"
    "    shifts: [{shift: day, days: weekdays, start: 08:00, end: 16:00}]\n"
)


def said(rules: str) -> list[str]:
    """Return what is wrong with *rules*, without its place."""
    try:
        return [str(found).split(": ", 1)[1] for found in rule_book(rules).warnings]
    except RulesRejected as rejected:
        return [str(found).split(": ", 1)[1] for found in rejected.diagnostics]


@pytest.mark.parametrize(
    ("lapses", "faults"),
    [
        pytest.param(
            "10 min",
            [
                'error[time-order]: an answer lapses after "10 min", before the ladder has its first step at "15 min"; '
                "let answers count longer than the first step takes"
            ],
            id="before the first step",
        ),
        pytest.param("15 min", [], id="with the first step"),
        pytest.param(
            "2 working hours",
            [
                'error[no-calendar]: the rule "failed-lot" waits for "2 working hours" and names no calendar; '
                "write a calendars document, and name one of its calendars"
            ],
            id="working time by no calendar",
        ),
    ],
)
def test_answers_that_lapse(lapses: str, faults: list[str]) -> None:
    """Before anybody would have heard that there was none, an answer cannot lapse."""
    assert said(HELD.replace("          ladder: help\n", LAPSES.format(lapses))) == faults


def test_the_nearest_ladder_is_proposed() -> None:
    """A misspelt ladder is never a case that nobody is reminded of."""
    assert said(HELD.replace("ladder: help", "ladder: hlep")) == [
        'error[unknown-ladder]: there is no ladder "hlep"; did you mean "help"?'
    ]


def test_a_time_to_answer_without_a_ladder_is_a_warning() -> None:
    """The rules compile, and say what nobody would notice."""
    assert said(HELD.replace("          ladder: help\n", "")) == [
        'warning[unanswered]: nobody is told where too few have answered within "10 min"; name a ladder'
    ]


def test_times_of_a_case_are_working_time_by_the_calendar_of_the_rule_set() -> None:
    """Two working hours from two hours before the shift are over two hours into it."""
    rules = HELD.replace("within 10 min", "within 2 working hours")
    floor = Floor(rule_book(rules, head="calendar: day", calendars=CALENDAR))
    floor.fail()
    assert floor.decisions[0].values["answer_by"] == "2026-03-02T10:00:00Z"
