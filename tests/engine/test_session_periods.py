"""Windows by shift and by day in a session: what belongs to which, when it is looked at, and what comes too late."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine import feel
from engine.decisions import Fact, Outcome
from engine.diagnostics import RulesRejected
from engine.rulebook import RuleBook
from engine.session import Session
from engine.whynot import why_not
from tests.engine.books import book

CALENDARS = """
calendars:
  - calendar: plant
    title: Two shifts and a night, in Berlin
    time_zone: Europe/Berlin
    shifts:
      - {shift: early, days: weekdays, start: 06:00, end: 14:00}
      - {shift: late, days: weekdays, start: 14:00, end: 22:00}
      - {shift: night, days: [monday, saturday], start: 22:00, end: 06:00}
"""

YIELD = """
  - rule: bad-shift
    when:
      - results: inspection
        per: order_id
        each: shift
        having: count(results[result = "fail"]) / count(results) > 0.4
        at: end
    then:
      notify:
        order: = order_id
        to: quality
        message: "{count(results)} in the {period.shift} shift of {period.day}, {period.start} to {period.end}"
"""
THREE = """
  - rule: three-failures
    when:
      - failures: inspection
        where: result = "fail"
        each: day
        having: count(failures) >= 3
    then: {notify: {to: quality, message: "{count(failures)} on {period.day}"}}
"""


@pytest.fixture(params=["native", "naive"])
def matcher(request: pytest.FixtureRequest) -> str:
    """Return each matcher's name in turn."""
    return str(request.param)


def shifts(rules: str, head: str = "", calendars: str = CALENDARS) -> RuleBook:
    """Return the book of *rules* with *calendars*, if there are some."""
    return book(rules, head, {"calendars.yaml": calendars} if calendars else {})


def moment(text: str) -> datetime:
    """Return the moment at which the clocks of Berlin show *text*, a day of March 2026 and a time."""
    zone = "+02:00" if text >= "29T03" else "+01:00"
    return datetime.fromisoformat(f"2026-03-{text}{zone}").astimezone(UTC)


def at(time: str, result: str = "fail", order: str = "o", **data: Any) -> Fact:
    """Return an inspection at some time."""
    data = {"lot_id": f"l{time}", "order_id": order, "result": result, **data}
    return Fact("mes", f"{time}/{result}/{order}", "inspection", moment(time), data)


def told(outcome: Outcome) -> list[tuple[str, datetime]]:
    """Return the message and the time of each decision."""
    return [(d.values["message"], d.time) for d in outcome.decisions]


EARLY = "{} in the early shift of 2026-03-02, 2026-03-02T06:00:00+01:00 to 2026-03-02T14:00:00+01:00"


def test_a_shift_is_looked_at_when_it_is_over(matcher: str) -> None:
    """With `at: end` the condition is looked at once, as the shift ends, and its match is gone at once."""
    session = Session(shifts(YIELD), matcher)
    for fact in (at("02T07:00"), at("02T08:00", "pass"), at("02T13:59")):
        assert session.submit(fact).decisions == ()
    assert session.next_due() == moment("02T14:00")
    outcome = session.submit(at("02T14:00", "pass"))
    assert told(outcome) == [(EARLY.format(3), moment("02T14:00"))]
    assert outcome.fell_due == 1
    assert [rule for rule, _ in outcome.cleared] == ["bad-shift"]
    assert session.advance(moment("02T22:00")).decisions == ()  # the late shift was good
    assert session.next_due() is None


def test_each_bad_shift_fires_again(matcher: str) -> None:
    """Two bad shifts in a row are two decisions, each at the end of its own, however late the clock moves."""
    session = Session(shifts(YIELD), matcher)
    outcomes = [session.submit(at(time)) for time in ("02T07:00", "02T15:00", "03T07:00")]
    outcomes.append(session.advance(moment("20T00:00")))
    times = [time for outcome in outcomes for _, time in told(outcome)]
    assert times == [moment(time) for time in ("02T14:00", "02T22:00", "03T14:00")]


def test_groups_are_of_their_values_and_their_shift(matcher: str) -> None:
    """Each value of `per` has its own window in each shift."""
    session = Session(shifts(YIELD), matcher)
    for fact in (at("02T07:00", order="a"), at("02T07:00", "pass", "b"), at("02T08:00", order="c")):
        session.submit(fact)
    outcome = session.advance(moment("02T14:00"))
    assert [d.subject_id for d in outcome.decisions] == ["a", "c"]


def test_a_condition_without_at_end_is_looked_at_as_facts_come(matcher: str) -> None:
    """Its match begins with the fact that makes it true, and ends with the day; the next day begins from nothing."""
    session = Session(shifts(THREE), matcher)
    outcomes = [session.submit(at(time)) for time in ("02T07:00", "02T08:00", "02T23:59", "03T00:00")]
    assert [told(outcome) for outcome in outcomes] == [[], [], [("3 on 2026-03-02", moment("02T23:59"))], []]
    assert [rule for rule, _ in outcomes[3].cleared] == ["three-failures"]
    outcomes = [session.submit(at(time)) for time in ("03T01:00", "03T02:00")]
    assert [text for outcome in outcomes for text, _ in told(outcome)] == ["3 on 2026-03-03"]


@pytest.mark.parametrize(
    ("calendars", "times", "days"),
    [
        pytest.param(CALENDARS, ["02T00:30"] * 3, ["2026-03-02"], id="the zone of the calendar"),
        pytest.param("", ["02T00:30"] * 3, ["2026-03-01"], id="UTC where there is no calendar"),
        pytest.param(CALENDARS, ["29T00:00", "29T12:00", "29T23:59"], ["2026-03-29"], id="a day of 23 hours"),
        pytest.param(CALENDARS, ["29T00:00", "29T12:00", "30T00:00"], [], id="and no more than that"),
    ],
)
def test_days_are_those_of_the_zone(matcher: str, calendars: str, times: list[str], days: list[str]) -> None:
    """A day is one of the calendar's zone, from midnight to midnight."""
    session = Session(shifts(THREE, calendars=calendars), matcher)
    facts = [Fact("mes", f"f{n}", "inspection", moment(time), at(time).data) for n, time in enumerate(times)]
    texts = [text for fact in facts for text, _ in told(session.submit(fact))]
    assert texts == [f"3 on {day}" for day in days]


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-28", 7), ("2026-10-24", 9), ("2026-10-31", 8)],
    ids=["spring", "autumn", "as ever"],
)
def test_a_night_over_the_change_of_the_clocks(matcher: str, day: str, hours: int) -> None:
    """A night shift lasts seven or nine hours where the clocks change, and ends as the clocks show six."""
    session = Session(shifts(YIELD), matcher)
    begin = datetime.fromisoformat(
        f"{day}T22:00+01:00" if day < "2026-03-29" or day > "2026-10-25" else f"{day}T22:00+02:00"
    )
    fact = Fact("mes", "f", "inspection", begin.astimezone(UTC), at("02T07:00").data)
    session.submit(fact)
    due = session.next_due()
    assert due is not None
    assert (due - begin).total_seconds() == hours * 3600
    (decision,) = session.advance(due).decisions
    assert f"1 in the night shift of {day}" in decision.values["message"]
    assert "T06:00:00+" in decision.values["message"]


@pytest.mark.parametrize(
    ("head", "clock", "counts"),
    [
        pytest.param("", "02T13:59", True, id="the shift is on"),
        pytest.param("", "02T14:00", False, id="it is over"),
        pytest.param("lateness: 10 min", "02T14:09", True, id="over, and still open"),
        pytest.param("lateness: 10 min", "02T14:10", False, id="closed"),
    ],
)
def test_a_late_fact_counts_while_its_shift_is_open(
    matcher: str, head: str, clock: str, counts: bool
) -> None:
    """A fact goes into the shift of its own time until that is over, and for as long as facts may be late."""
    session = Session(shifts(YIELD, head), matcher)
    session.submit(at("02T07:00", "pass"))
    session.submit(at(clock, order="other"))
    outcome = session.submit(at("02T08:00"))
    assert [w.code for w in outcome.warnings] == ([] if counts else ["too-late"])
    due = moment("02T14:10" if head else "02T14:00")
    decided = session.advance(moment("02T20:00")).decisions
    assert [d.time for d in decided if d.subject_id == "o"] == ([due] if counts else [])


def test_what_is_too_late_for_its_shift_is_told(matcher: str) -> None:
    """The warning says which shift the fact belonged to, and when that was closed."""
    session = Session(shifts(YIELD, "lateness: 10 min"), matcher)
    session.submit(at("02T15:00", "pass"))
    (warning,) = session.submit(at("02T08:00")).warnings
    assert (warning.rule, warning.text, warning.code) == ("bad-shift", "results", "too-late")
    assert warning.message == (
        'inspection of 2026-03-02T07:00:00Z is not counted: the shift "early" was closed at '
        "2026-03-02T13:10:00Z, before it came"
    )


def test_what_is_outside_every_shift_is_told(matcher: str) -> None:
    """A fact between shifts belongs to none: it is accepted, counts nowhere, and the outcome says so."""
    session = Session(shifts(YIELD), matcher)
    outcome = session.submit(at("03T23:00"))
    assert [(w.code, w.message) for w in outcome.warnings] == [
        ("outside-shifts", "inspection of 2026-03-03T22:00:00Z is not counted: no shift is on then")
    ]
    assert session.next_due() is None


def test_a_shift_stands_beside_states(matcher: str) -> None:
    """A state that is there as the shift ends joins what it came to; one that is not keeps it from firing."""
    rules = YIELD.replace(
        "    then:",
        '      - order: order\n        where: order_id = results[-1].order_id and status = "started"\n    then:',
    )
    session = Session(shifts(rules), matcher)
    for name in ("a", "b"):
        session.submit(at("02T07:00", order=name))
    started = {"order_id": "b", "item": "x", "status": "started"}
    session.submit(Fact("erp", "o", "order", moment("02T08:00"), started))
    assert [d.subject_id for d in session.advance(moment("03T00:00")).decisions] == ["b"]
    later = session.submit(Fact("erp", "o2", "order", moment("03T01:00"), {**started, "order_id": "a"}))
    assert later.decisions == ()


def test_a_shift_is_explained_by_its_period(matcher: str) -> None:
    """An explanation has the shift, its count and its facts; why-not says what the shift has come to so far."""
    rulebook = shifts(YIELD)
    session = Session(rulebook, matcher)
    session.submit(at("02T07:00"))
    session.submit(at("02T08:00", "pass"))
    verdict = why_not(session, "bad-shift", at("02T08:00", "pass")).patterns[0]
    assert verdict.pattern == "results: inspection per order_id each shift (plant), at its end"
    assert verdict.verdict == (
        "the early shift of 2026-03-02 holds 2 facts, and is looked at when it is over, at 2026-03-02T14:00:00+01:00"
    )
    (explained,) = session.explain(session.advance(moment("02T14:00")))
    window = explained.facts[0]["window"]
    assert (window["count"], window["period"]["shift"], window["period"]["day"]) == (2, "early", "2026-03-02")
    assert window["period"]["end"] == "2026-03-02T14:00:00+01:00"
    assert explained.conditions[0].pattern == verdict.pattern


def test_a_group_is_there_only_while_it_is_open(matcher: str) -> None:
    """Closed shifts take no room: what a session keeps is what is open."""
    session = Session(shifts(YIELD, "lateness: 1 h"), matcher)
    sizes = []
    for day in range(2, 28):
        for hour in range(6, 22):
            session.submit(at(f"{day:02}T{hour:02}:00", order=f"o{hour % 3}"))
        sizes.append(len(session.snapshot()))
    assert max(sizes[5:]) < 1.05 * max(sizes[:5])


@pytest.mark.parametrize(
    ("rules", "head", "calendars", "code"),
    [
        pytest.param(YIELD, "", "", "no-calendar", id="shifts of no calendar"),
        pytest.param(YIELD.replace("each", "within: 1 h\n        each"), "", CALENDARS, "conflicting-keys", id="and within"),
        pytest.param(YIELD.replace("        each: shift\n", ""), "", CALENDARS, "conflicting-keys", id="neither"),
        pytest.param(YIELD.replace("each: shift", "each: week"), "", CALENDARS, "not-one-of", id="weeks"),
        pytest.param(YIELD.replace("at: end", "at: start"), "", CALENDARS, "not-one-of", id="at its start"),
        pytest.param(THREE.replace("each: day", "within: 1 h\n        at: end"), "", CALENDARS, "conflicting-keys", id="no end"),
        pytest.param(YIELD + "    until: count(results) = 0\n", "", CALENDARS, "bad-window", id="until, at its end"),
        pytest.param(THREE.replace("failures", "period"), "", CALENDARS, "name-clash", id="an alias called period"),
        pytest.param(THREE.replace("period.day", "period.shift"), "", CALENDARS, "unknown-field", id="the shift of a day"),
        pytest.param(THREE.replace("each: day", "within: 1 h"), "", CALENDARS, "unknown-name", id="the day of no day"),
        pytest.param(THREE.replace('"fail"', '"fail" and period.day != null'), "", CALENDARS, "unknown-field", id="in where"),
    ],
)  # fmt: skip
def test_what_cannot_be_counted_by_shift_is_refused(rules: str, head: str, calendars: str, code: str) -> None:
    """Shifts want a calendar, a window is by time or by shift, and its period has a name of its own."""
    with pytest.raises(RulesRejected) as refused:
        shifts(rules, head, calendars)
    assert code in [d.code for d in refused.value.diagnostics if d.severity == "error"]


def test_a_field_called_period_hides_nothing() -> None:
    """A state with a field of that name cannot stand beside a window by shift; a field cannot tell windows apart by it."""
    facts = {
        "calendars.yaml": CALENDARS,
        "facts/plan.yaml": "fact: plan\nkind: state\nowner: erp\nkey: [line]\ndata:\n  type: object\n"
        "  required: [line]\n  properties: {line: {type: string}, period: {type: string}}\n",
        "facts/count.yaml": "fact: count_of\nkind: event\nowner: mes\ndata:\n  type: object\n"
        "  required: [period]\n  properties: {period: {type: string}}\n",
    }
    beside = THREE.replace("    then:", '      - plan: plan\n        where: line = "a"\n    then:')
    by_period = """
  - rule: counted
    when:
      - counts: count_of
        per: period
        each: day
        having: count(counts) > 1
    then: {notify: {to: quality, message: counted}}
"""
    for rules in (beside, by_period):
        with pytest.raises(RulesRejected) as refused:
            book(rules, facts=facts)
        assert [d.code for d in refused.value.diagnostics if d.severity == "error"] == ["name-clash"]


def test_the_period_is_typed() -> None:
    """What rules read of a period has the types of dates and times, so that a slip in its use is found."""
    rules = YIELD.replace("count(results[result", "period.start < 3 or count(results[result")
    with pytest.raises(RulesRejected) as refused:
        shifts(rules)
    assert "type-mismatch" in [d.code for d in refused.value.diagnostics]
    assert feel.types.DATE_TIME.word == "a date and time"
