"""Facts that come late, within what their rule set allows for and beyond: by shift, by day, and in sliding windows."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from engine.decisions import Fact
from engine.matching import ExtensionMissing
from engine.matching.durable import load_extension
from engine.rulebook import RuleBook
from engine.session import Session
from tests.engine.books import Facts, book
from tests.engine.windows.test_agreement import BESIDE, RULES, Step, histories, minute, play

LATE = timedelta(minutes=2)
SHIFTS = [("a", 0, 7), ("b", 7, 20), ("c", 25, 31), ("d", 31, 52)]
"""Name, first and last minute after the start; between b and c nobody works, nor after d."""
CALENDARS = """
calendars:
  - calendar: plant
    title: Short shifts
    time_zone: UTC
    shifts:
""" + "".join(
    f"      - {{shift: {name}, days: weekdays, start: 06:{start:02}, end: 06:{end:02}}}\n"
    for name, start, end in SHIFTS
)

BY_SHIFT = """
  - rule: bad-shift
    when:
      - fs: inspection
        per: order_id
        each: shift
        having: count(fs[result = "fail"]) / count(fs) > 0.5
        at: end
    then: {notify: {order: = order_id, to: quality, message: "{period.shift} {count(fs)} {fs[1].lot_id} {fs[-1].lot_id}"}}
  - rule: many-in-a-shift
    when:
      - fs: inspection
        where: result = "fail"
        per: order_id
        each: shift
        having: count(fs) >= 3 or sum(fs.defects) > 6
      - none: flag
        where: flag_id = order_id
    then: {hold: {order: = order_id, reason: "{period.shift} {count(fs)}"}}
  - rule: in-a-day
    when:
      - machine: machine
        where: status = "down"
      - fs: inspection
        each: day
        having: mean(fs.defects) >= 1
    then: {notify: {work_centre: = machine.machine_id, to: quality, message: "{mean(fs.defects)}"}}
    until: sum(fs.defects) < 2
  - rule: alarms-of-a-shift
    when:
      - alarms: alarm
        each: shift
        having: count(alarms) > 1
        at: end
    then: {assert: {flag: {flag_id: "{period.shift}"}}}
  - rule: flagged-for-working-time
    on: flag
    if: flag_id in ("a", "b")
    for: 4 working minutes
    then: {notify: {work_centre: = flag_id, to: quality, message: flagged}}
  - rule: while-people-work
    when:
      - fs: inspection
        per: order_id
        within: 3 working minutes
        having: count(fs) < 2
    then: {notify: {order: = order_id, to: quality, message: few}}
"""

BOOKS: dict[str, RuleBook] = {
    head: book(RULES + BESIDE + BY_SHIFT, head, {"calendars.yaml": CALENDARS})
    for head in ("", "lateness: 2 min", "lateness: 30 s")
}


@settings(max_examples=100, deadline=None)
@given(
    steps=histories(), head=st.sampled_from(sorted(BOOKS)), cuts=st.frozensets(st.integers(0, 30), max_size=4)
)
def test_matchers_and_restored_sessions_agree(steps: list[Step], head: str, cuts: frozenset[int]) -> None:
    """Both matchers, and a session saved and restored on the way, make equal outcomes, warnings and ids included."""
    expected = play(steps, "naive", rulebook=BOOKS[head])
    assert play(steps, "native", rulebook=BOOKS[head]) == expected
    assert play(steps, "native", cuts, BOOKS[head]) == expected
    assert play(steps, "naive", cuts, BOOKS[head]) == expected


@settings(max_examples=60, deadline=None)
@given(steps=histories(), head=st.sampled_from(sorted(BOOKS)))
def test_waking_when_due_changes_nothing(steps: list[Step], head: str) -> None:
    """A session that is woken at each time it names decides the same, at the same times, as one that sees facts only."""
    rulebook = BOOKS[head]
    plain = [d for outcome in play(steps, "native", rulebook=rulebook) for d in outcome.decisions]
    session = Session(rulebook)
    woken = []
    for at, fact in steps:
        to = minute(at) if fact is None else min(fact.time, minute(at))
        while (due := session.next_due()) is not None and (session.clock or due) <= due <= to:
            woken += session.advance(due).decisions
        outcome = session.advance(to) if fact is None else session.submit(fact, received=minute(at))
        woken += outcome.decisions
    assert woken == plain


def shift_of(time: datetime) -> tuple[str, datetime] | None:
    """Return the name and the end of the shift that *time* is in."""
    for name, start, end in SHIFTS:
        if minute(start) <= time < minute(end):
            return name, minute(end)
    return None


def by_hand(steps: list[Step], late: timedelta) -> tuple[list[tuple[str, str, datetime]], list[str]]:
    """Return what `bad-shift` decides up to the end, and the codes of the warnings: each shift made of what came in time."""
    groups: dict[tuple[datetime, str], list[tuple[datetime, int, Fact]]] = defaultdict(list)
    codes: list[str] = []
    clock: datetime | None = None
    for number, (at, fact) in enumerate(steps):
        to = minute(at) if fact is None else min(fact.time, minute(at))
        clock = to if clock is None else max(clock, to)
        if fact is None or fact.type != "inspection":
            continue
        time = min(fact.time, clock)
        shift = shift_of(time)
        if shift is None:
            codes.append("outside-shifts")
        elif shift[1] + late <= clock:
            codes.append("too-late")
        else:
            groups[shift[1], fact.data["order_id"]].append((time, number, fact))
    assert clock is not None
    decided = []
    for (end, order), entries in sorted(groups.items(), key=lambda one: one[0]):
        facts = [fact.data for _, _, fact in sorted(entries, key=lambda one: one[:2])]
        failed = sum(fact["result"] == "fail" for fact in facts)
        if end + late <= clock and Fraction(failed, len(facts)) > Fraction(1, 2):
            shift = shift_of(end - timedelta(minutes=1))
            assert shift is not None
            ends = f"{facts[0]['lot_id']} {facts[-1]['lot_id']}"
            decided.append((order, f"{shift[0]} {len(facts)} {ends}", end + late))
    return decided, codes


@settings(max_examples=150, deadline=None)
@given(steps=histories(), head=st.sampled_from(["", "lateness: 2 min"]))
def test_shifts_are_what_a_recomputation_makes_of_the_history(steps: list[Step], head: str) -> None:
    """Each shift decides at its end what all that came in time says, and the warnings name the rest."""
    outcomes = play([*steps, (200, None)], "native", rulebook=BOOKS[head])
    found = [
        (d.subject_id, d.values["message"], d.time)
        for outcome in outcomes
        for d in outcome.decisions
        if d.rule == "bad-shift"
    ]
    codes = [w.code for o in outcomes for w in o.warnings if w.rule == "bad-shift"]
    expected, told = by_hand([*steps, (200, None)], LATE if head else timedelta())
    assert sorted(found) == sorted(expected)
    assert codes == told


EXACT = """
  - rule: few
    when:
      - fs: inspection
        per: order_id
        within: 270 s
        having: count(fs) < 2
    then: {notify: {order: = order_id, to: quality, message: "{fs[-1].lot_id}"}}
  - rule: average
    when:
      - fs: inspection
        per: order_id
        within: 330 s
        having: mean(fs.defects) > 1
    then: {notify: {order: = order_id, to: quality, message: "{count(fs)} {fs[1].lot_id} {fs[-1].lot_id}"}}
    until: mean(fs.defects) < 1
  - rule: bad-shift
    when:
      - fs: inspection
        per: order_id
        each: shift
        having: sum(fs.defects) > 3
        at: end
    then: {notify: {order: = order_id, to: quality, message: "{count(fs)} {fs[1].lot_id} {fs[-1].lot_id}"}}
"""
AT_ONCE = book(EXACT, facts={"calendars.yaml": CALENDARS})
LATER = book(EXACT, "lateness: 2 min", {"calendars.yaml": CALENDARS})


def decided(rulebook: RuleBook, facts: list[Fact], late: timedelta) -> list[tuple[str, str, str, datetime]]:
    """Return what is decided on *facts*, each time less *late*."""
    session = Session(rulebook)
    outcomes = [session.submit(fact) for fact in facts]
    assert [w for outcome in outcomes for w in outcome.warnings if w.code == "too-late"] == []
    outcomes.append(session.advance(minute(200)))
    return sorted(
        (d.rule, d.subject_id, d.values["message"], d.time - late) for o in outcomes for d in o.decisions
    )


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_order_within_the_lateness_changes_what_is_decided(data: st.DataObject) -> None:
    """However facts are late within what is allowed for, all is decided as if they had come in order, so much later."""
    make = Facts()
    facts = [
        make("inspection", at=at, lot_id=f"l{at}", order_id=order, result="fail", defects=defects)
        for at, order, defects in data.draw(
            st.lists(
                st.tuples(st.integers(0, 51), st.sampled_from("ab"), st.integers(0, 3)),
                max_size=25,
                unique_by=lambda one: one[0],
            )
        )
    ]
    in_order = sorted(facts, key=lambda fact: fact.time)
    delays = {fact.id: timedelta(seconds=data.draw(st.integers(0, 119))) for fact in facts}
    as_they_came = sorted(facts, key=lambda fact: fact.time + delays[fact.id])
    expected = decided(AT_ONCE, in_order, timedelta())
    assert decided(LATER, in_order, LATE) == expected
    assert decided(LATER, as_they_came, LATE) == expected


@pytest.mark.parametrize("matcher", ["native", "naive"])
@pytest.mark.parametrize(
    ("late", "codes"),
    [pytest.param(2, [], id="as late as allowed"), pytest.param(2.1, ["too-late"] * 2, id="later")],
)
def test_an_event_beyond_the_lateness_does_not_count(matcher: str, late: float, codes: list[str]) -> None:
    """An event of a sliding window that comes later than is allowed for is accepted, told, and not counted."""
    make, rules = Facts(), RULES.partition("  - rule: few")[0] + EXACT.partition("  - rule: average")[0]
    session = Session(book(rules, "lateness: 2 min"), matcher)
    for at in (10.0, 11.0, 11.5):
        session.submit(make("inspection", at=at, lot_id=f"l{at}", order_id="o", result="pass"))
    for at in (11.0, 11.2):
        session.submit(make("inspection", at=at, lot_id=f"f{at}", order_id="o", result="fail"))
    last = session.submit(make("inspection", at=11.5 - late, lot_id="late", order_id="o", result="fail"))
    assert last.status == "accepted"
    assert [w.code for w in last.warnings] == codes
    assert [d.rule for d in last.decisions] == ([] if codes else ["many", "few"])


def test_a_window_that_asks_for_many_does_not_wait() -> None:
    """What can only come true by an event that comes is decided as it comes, with lateness as without."""
    make = Facts()
    many = RULES.partition("  - rule: few")[0]
    for head in ("", "lateness: 2 min"):
        session = Session(book(many, head))
        facts = [make("inspection", at=at, lot_id="l", order_id="o", result="fail") for at in (0, 1, 2)]
        assert [len(session.submit(fact).decisions) for fact in facts] == [0, 0, 1]


def test_durable_agrees_where_it_is_installed() -> None:
    """The matcher durable sees shifts and late facts as the others do."""
    try:
        load_extension()
    except ExtensionMissing:
        pytest.skip("durable-rules is not installed")
    make = Facts()
    rules = BY_SHIFT.partition("  - rule: in-a-day")[0] + EXACT.replace("bad-shift", "bad")
    rulebook = book(rules, "lateness: 2 min", {"calendars.yaml": CALENDARS})
    steps: list[Step] = []
    for at in range(1, 40):
        data = {"lot_id": f"l{at}", "order_id": "ab"[at % 2], "result": "fail", "defects": at % 4}
        steps.append((at, make("inspection", at=at - at % 3, **data)))
    steps.append((90, None))
    assert play(steps, "durable", rulebook=rulebook) == play(steps, "native", rulebook=rulebook)
