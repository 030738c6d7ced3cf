"""What the check says of cases beside ladders that are there; the rest stands in fixtures/rules/bad/cases.yaml."""

from __future__ import annotations

import pytest

from engine.checks import check
from engine.diagnostics import RulesRejected
from engine.parser import parse
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


@pytest.mark.parametrize("name", ["case", "task", "shelved"])
def test_the_states_of_cases_are_lineside_s_own(name: str) -> None:
    """A plant's own document of that name has to carry what Lineside states with it."""
    data = "{type: object, required: [a], properties: {a: {type: string}}}"
    text = f"fact: {name}\nkind: event\nowner: mes\nkey: [a]\ndata: {data}\n"
    parsed = parse({f"{name}.yaml": text})
    found = [(d.code, d.span.line, d.fix) for d in check(parsed.documents)]
    key = {"case": "case_id", "task": "case_id, role", "shelved": "shelved_id"}[name]
    assert found == [
        ("case-type", 2, 'write "kind: state"'),
        ("case-type", 3, 'write "owner: lineside"'),
        ("case-type", 4, f'write "key: [{key}]"'),
    ]


COUNTED = """
  - rule: tells-of-the-shelf
    on_missing: skip
    when:
      - failed: inspection
        where: result = "fail"
      - silent: shelved
        where: {where}
    then: {{notify: {{lot: = failed.lot_id, to: quality, message: "{{silent.what}} is silent"}}}}
"""


@pytest.mark.parametrize(
    ("where", "faults"),
    [
        pytest.param(
            "subject_id = failed.lot_id",
            [
                'error[endless-chain]: these rules never end: "tells-of-the-shelf" -> shelved -> "tells-of-the-shelf"; '
                "add a condition that stops being true once the chain has run"
            ],
            id="whatever is shelved",
        ),
        pytest.param('what = "held"', [], id="something else"),
    ],
)
def test_a_rule_that_counts_what_silences_it_is_refused(where: str, faults: list[str]) -> None:
    """What is silenced is counted, and the count is a new version of the fact: an event would meet it again and again."""
    assert said(HELD + COUNTED.format(where=where)) == faults


def test_a_rule_of_states_may_tell_of_all_that_is_shelved() -> None:
    """Its match stands through the versions, so it tells once."""
    rules = """
  - rule: somebody-shelved
    when:
      - silent: shelved
    then: {notify: {to: lead, message: "{silent.what} by {silent.by}"}}
"""
    assert said(HELD + rules) == []
    floor = Floor(rule_book(HELD + rules))
    assert floor.shelve(0) == ["0 notify lead"]
    floor.fail(1)
    assert [line for line in floor.told if "lead" in line] == ["0 notify lead"]


@pytest.mark.parametrize("action", ["open_case.title", "resolve_case.reason"])
def test_a_table_says_what_its_cases_are_about(action: str) -> None:
    """Where neither its rows nor its facts name a subject, no case could be opened or found."""
    kind = action.partition(".")[0]
    then = "{open_case: {tasks: {quality: look}}}" if kind == "open_case" else "{resolve_case: {kind: held}}"
    table = f"""
  - table: of-machines
    title: What is said of machines
    on: alarm
    hit: first
    columns: |
      | level | => {action} |
      | 3     | hot          |
    then: {then}
"""
    found = said(HELD + table)
    fix = f'add "then: {{{kind}: {{lot: = ...}}}}", or a column "{kind}.lot"'
    assert [text for text in found if "subject-missing" in text] == [
        f"error[subject-missing]: nothing says what {kind} is about; {fix}"
    ]
