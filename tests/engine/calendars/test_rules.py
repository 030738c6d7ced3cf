"""Rules that ask calendars: the rule set's own or one by name, under both matchers, explained, and checked."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine import feel
from engine.compiler import compile_rules
from engine.decisions import Fact, Outcome
from engine.diagnostics import RulesRejected
from engine.feel.builtins.shifts import CALENDARS
from engine.rulebook import RuleBook
from engine.session import Session
from engine.whynot import why_not
from tests.engine.books import FLOWS

ROOT = Path(__file__).resolve().parents[3]
STOP = """
fact: stop
kind: event
owner: mes
key: [machine_id]
data:
  type: object
  required: [machine_id, began]
  properties:
    machine_id: {type: string}
    began: {type: string, format: date-time}
    answered: {type: string, format: date-time}
    site: {type: string}
"""
RULES = """
ruleset: stops
owner: maintenance
calendar: plant
rules:
  - rule: by-night
    on: stop
    if: in shift(began, "night")
    then: {notify: {to: standby, message: "stopped at night, shift of {shift(began).day}"}}
  - rule: answered-late
    on: stop
    on_missing: skip
    if: working time between(began, answered) > @"PT2H"
    then: {notify: {to: planning, message: "due by {add working time(began, duration(\\"PT2H\\"))}"}}
  - rule: quality-is-there
    on: stop
    if: is working time(began, "quality")
    then: {notify: {to: quality, message: "look at {machine_id}"}}
"""
FILES = {
    "stop.yaml": STOP,
    "flows.yaml": FLOWS.partition("  - {flow")[0].replace("flows:", "flows: []"),
    "calendars.yaml": (ROOT / "rules/calendars.yaml").read_text(encoding="utf-8"),
}


def book(*rules: str) -> RuleBook:
    """Return the rule book of *rules* with the shipped calendars."""
    return compile_rules({**FILES, **{f"rules{at}.yaml": text for at, text in enumerate(rules)}})


def stop(**data: Any) -> Fact:
    """Return a stop of a machine."""
    moment = datetime.fromisoformat(data["began"])
    return Fact("mes", "f1", "stop", moment, {"machine_id": "MILL-3", **data})


def fired(outcome: Outcome) -> list[str]:
    """Return the rules that decided."""
    return [decision.rule for decision in outcome.decisions]


@pytest.mark.parametrize("matcher", ["native", "naive"])
@pytest.mark.parametrize(
    ("began", "answered", "rules"),
    [
        pytest.param("2026-03-02T23:10:00+01:00", None, ["by-night"], id="at night"),
        pytest.param("2026-03-02T08:00:00+01:00", None, ["quality-is-there"], id="by day"),
        pytest.param(
            "2026-03-02T16:30:00Z", "2026-03-02T18:30:00Z", [], id="answered within two hours of work"
        ),
        pytest.param(
            "2026-03-06T23:00:00Z",
            "2026-03-07T03:31:00Z",
            ["by-night", "answered-late"],
            id="answered after more than two hours of work",
        ),
        pytest.param("2026-03-07T04:30:00Z", "2026-03-09T06:00:00Z", ["by-night"], id="over the weekend"),
    ],
)
def test_rules_ask_the_calendar_of_their_set(
    began: str, answered: str | None, rules: list[str], matcher: str
) -> None:
    """Shifts and working time are those of the rule set's calendar, or of the one that a call names."""
    data = {"began": began} if answered is None else {"began": began, "answered": answered}
    assert fired(Session(book(RULES), matcher).submit(stop(**data))) == rules


def test_messages_ask_calendars_too() -> None:
    """Texts say the day of a shift and the end of some working time, in the calendar's zone."""
    data = {"began": "2026-03-06T23:00:00Z", "answered": "2026-03-07T03:31:00Z"}
    outcome = Session(book(RULES)).submit(stop(**data))
    assert [decision.values["message"] for decision in outcome.decisions] == [
        "stopped at night, shift of 2026-03-06",
        "due by 2026-03-07T02:30:00+01:00",
    ]


def test_rule_sets_have_calendars_of_their_own() -> None:
    """The same condition in two rule sets is asked of two calendars, and neither is called a repetition of the other."""
    one = RULES.partition("  - rule: by-night")[0] + (
        "  - rule: working\n    on: stop\n    if: is working time(began)\n"
        "    then: {notify: {to: standby, message: now}}\n"
    )
    two = one.replace("ruleset: stops", "ruleset: others").replace("plant", "maintenance")
    made = book(one, two.replace("rule: working", "rule: working-on-saturday"))
    assert made.warnings == ()
    saturday = stop(began="2026-03-14T10:00:00+01:00")
    for matcher in ("native", "naive"):
        assert fired(Session(made, matcher).submit(saturday)) == ["working-on-saturday"]


def test_an_explanation_has_the_shift() -> None:
    """What a part of the condition came to is said of calendars as of everything else, and why a rule did not fire."""
    session = Session(book(RULES))
    outcome = session.submit(stop(began="2026-03-02T23:10:00+01:00"))
    (explanation,) = session.explain(outcome)
    (condition,) = explanation.conditions
    assert (condition.text, condition.value) == ('in shift(began, "night")', True)
    told = why_not(session, "quality-is-there", stop(began="2026-03-02T23:10:00+01:00"))
    assert "is working time" in str(told)


def test_nothing_is_bound_by_name() -> None:
    """No expression can name what the calendars are bound by."""
    with pytest.raises(feel.FeelSyntaxError):
        feel.parse(CALENDARS)


def test_without_calendars_the_answer_is_null_and_says_so() -> None:
    """Where nothing is bound, as in an expression by itself, each of them is null, compiled and walked."""
    now = datetime.fromisoformat("2026-03-02T08:00:00+01:00")
    node = feel.parse("is working time(now())")
    told: list[feel.Doubt] = []
    assert feel.evaluate(node, {}, now, warnings=told) is None
    assert [one.code for one in told] == ["out-of-range"]
    assert feel.compile_value(node, feel.Scope(), [])(now) is None


def test_what_cannot_be_worked_out_warns() -> None:
    """A span of more than ten years is null, and the fact's answer says so."""
    fact = stop(began="2001-03-02T08:00:00Z", answered="2026-03-02T08:00:00Z")
    outcome = Session(book(RULES)).submit(fact)
    assert fired(outcome) == ["quality-is-there"]
    assert [(one.rule, one.code) for one in outcome.warnings] == [("answered-late", "out-of-range")]


WRONG = [
    pytest.param("calendar: plant", "calendar: plnt", "4:1 unknown-calendar", id="the rule set's"),
    pytest.param('"quality")\n', '"qualty")\n', "17:32 unknown-calendar", id="by name"),
    pytest.param('"night")', '"nigth")', "8:25 unknown-shift", id="shift"),
    pytest.param("calendar: plant\n", "title: none\n", "8:9 no-calendar", id="none"),
    pytest.param("in shift(began", "in shift(machine_id", "8:18 type-mismatch", id="a text"),
    pytest.param('(began, "quality")', '(began, "quality", 1)', "17:9 wrong-arguments", id="arguments"),
    pytest.param(
        "shift(began).day", 'shift(began, \\"plnt\\").day', "9:85 unknown-calendar", id="in a message"
    ),
]


@pytest.mark.parametrize(("old", "new", "fault"), WRONG)
def test_a_fault_has_its_place(old: str, new: str, fault: str) -> None:
    """A calendar or shift that is not there is refused where it is asked for, with the nearest name."""
    assert RULES.count(old) == 1
    with pytest.raises(RulesRejected) as rejected:
        book(RULES.replace(old, new))
    found = [f"{d.span.line}:{d.span.column} {d.code}" for d in rejected.value.diagnostics]
    assert fault in found
