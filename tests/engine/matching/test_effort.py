"""What the native matcher looks at, in counts: a fact costs what it concerns, however many facts and rules there are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from engine.decisions import Fact
from engine.matching.plan import Bound, Plan, Probe
from engine.rulebook import RuleBook
from engine.session import Session
from tests.engine.books import Facts, book


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Any]:
    """Return a context in which the facts that joins and `none` look at one by one are counted."""
    seen = [0]
    candidates, matches = Probe.candidates, Plan.tuples

    def counting(probe: Probe, bound: Bound, now: datetime) -> Collection[Fact]:
        found = candidates(probe, bound, now)
        seen[0] += len(found)
        return found

    def starting(plan: Plan, fact: Fact, now: datetime) -> Iterator[Bound]:
        seen[0] += 1
        return matches(plan, fact, now)

    monkeypatch.setattr(Probe, "candidates", counting)
    monkeypatch.setattr(Plan, "tuples", starting)

    @contextmanager
    def count() -> Iterator[list[int]]:
        seen[0] = 0
        yield seen

    return count


UNFLAGGED = """
  - rule: down-and-unflagged
    when:
      - machine: machine
        where: status = "down"
      - none: order
        where: line = machine.line
    then: {notify: {work_centre: = machine.machine_id, to: maintenance, message: down}}
"""
UNTIED = """
  - rule: failed-without-an-order
    when:
      - machine: machine
        where: status = "down"
      - none: order
        where: status = "released"
    then: {notify: {work_centre: = machine.machine_id, to: planning, message: idle}}
"""


@pytest.mark.parametrize("others", [10, 400])
def test_a_none_costs_what_concerns_it(looked_at: Any, others: int) -> None:
    """Facts of other lines are not looked at when a `none` is asked, blocked or cleared, however many there are."""
    make, session = Facts(), Session(book(UNFLAGGED))
    for number in range(others):
        session.submit(make("order", order_id=f"o{number}", item="x", status="released", line=f"l{number}"))
        session.submit(make("machine", machine_id=f"m{number}", status="down", line=f"l{number}"))
    with looked_at() as seen:
        down = session.submit(make("machine", machine_id="m", status="down", line="here"))
        one = make("order", order_id="one", item="x", status="released", line="here")
        blocked = session.submit(one)
        session.submit(make("order", order_id="two", item="x", status="released", line="here"))
        session.submit(make("order", op="retract", order_id="one"))
        still = session.submit(make("order", order_id="two", item="y", status="released", line="here"))
        clear = session.submit(make("order", op="retract", order_id="two"))
    assert [len(o.decisions) for o in (down, blocked, still, clear)] == [1, 0, 0, 1]
    assert len(blocked.cleared) == 1
    # the machine; what the first order blocks, what the change of the second does, what it clears: a start and a machine each
    assert seen[0] == 1 + 2 + 2 + 2


def test_a_none_that_nothing_ties_is_counted(looked_at: Any) -> None:
    """Of 300 facts that all block, those that come and go before the last are not held against 300 matches."""
    make, session = Facts(), Session(book(UNTIED))
    for number in range(300):
        session.submit(make("machine", machine_id=f"m{number}", status="down"))
    for number in range(300):
        session.submit(make("order", order_id=f"o{number}", item="x", status="released"))
    with looked_at() as seen:
        for number in range(299):
            assert not session.submit(make("order", op="retract", order_id=f"o{number}")).decisions
        assert seen[0] == 0
        assert len(session.submit(make("order", op="retract", order_id="o299")).decisions) == 300
    assert seen[0] == 1 + 300


STAR = """
  - rule: made-where-it-is-hot
    when:
      - e: inspection
      - m: machine
        where: line = e.lot_id
      - o: order
        where: order_id = e.order_id and quantity > m.temperature
    then: {notify: {lot: = e.lot_id, to: quality, message: hot}}
"""


def test_a_join_begins_where_one_fact_fits_at_most(looked_at: Any) -> None:
    """Of two joins with an equality each, the one on a key goes first: without such an order, 500 machines are looked at."""
    make, session = Facts(), Session(book(STAR))
    for number in range(500):
        session.submit(make("machine", machine_id=f"m{number}", status="down", line="l1", temperature=number))
    session.submit(make("order", order_id="known", item="x", status="released", quantity=3))
    with looked_at() as seen:
        session.submit(make("inspection", lot_id="l1", order_id="unknown", result="fail"))
        assert seen[0] == 1
        found = session.submit(make("inspection", lot_id="l1", order_id="known", result="fail"))
    assert len(found.decisions) == 3
    assert seen[0] == 2 + 1 + 500


def test_a_state_that_is_read_beside_events_only_changes_without_an_agenda(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing fires when an order changes that only an event is joined to; the next event finds it as it is then."""
    rules = """
  - rule: of-a-started-order
    when:
      - e: inspection
      - o: order
        where: order_id = e.order_id and status = "started"
    then: {notify: {lot: = e.lot_id, to: quality, message: failed}}
"""
    make, session = Facts(), Session(book(rules))
    monkeypatch.setattr("engine.session.Agenda", lambda *_: pytest.fail("an agenda was made"))
    made = []
    for status in ("started", "completed", "started"):
        session.submit(make("order", order_id="o", item="x", status=status))
        made.append(session.submit(make("inspection", lot_id="l", order_id="o", result="fail")).decisions)
    assert [len(decisions) for decisions in made] == [1, 0, 1]


def orders(rulebook: RuleBook) -> dict[str, list[str]]:
    """Return the aliases in the order in which each plan of the first rule binds them, by where it begins."""
    session: Any = Session(rulebook)
    plans = session._carried.matcher.plans.values()
    return {p.rule.aliases[p.start]: [p.rule.aliases[s.probe.position] for s in p.steps] for p in plans}


def test_constants_and_ranges_go_before_nothing() -> None:
    """Among joins that one equality ties, one that asks for a constant goes first, then one with a range."""
    rules = """
  - rule: together
    when:
      - e: inspection
      - a: machine
        where: line = e.lot_id
      - b: machine
        where: line = e.lot_id and temperature > 90
      - c: machine
        where: line = e.lot_id and status = "down"
      - d: order
        where: order_id = e.order_id
    then: {notify: {lot: = e.lot_id, to: quality, message: hot}}
"""
    assert orders(book(rules))["e"] == ["d", "c", "b", "a"]


SHARED = """
  - rule: r{0}
    on: inspection
    on_missing: skip
    if: {1} and (defects > 1 or measured / defects > 3)
    then: {{notify: {{lot: = lot_id, to: "{0}", message: x}}}}
"""


def test_a_condition_that_rules_share_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty rules of one condition, under constants of one field, of another and of none, ask it once for each fact."""
    parts = ['result = "fail"', 'severity = "minor"', 'result = "fail" and severity = "minor"', "true"]
    rulebook = book("".join(SHARED.format(n, parts[n % 4]) for n in range(30)))
    session: Any = Session(rulebook)
    make, asked = Facts(), [0]
    index = session._carried.matcher._events["inspection"]
    for entry in index.find({"result": "fail", "severity": "minor"}):
        if entry.terms.rule.patterns[0].local_text.startswith("true"):
            continue

        def counting(*arguments: Any, local: Any = entry.terms.asked.local) -> bool:
            asked[0] += 1
            return bool(local(*arguments))

        monkeypatch.setattr(entry.terms.asked, "local", counting)
    made = session.submit(
        make("inspection", lot_id="l", order_id="o", result="fail", severity="minor", defects=2)
    )
    assert len(made.decisions) == 30
    assert asked[0] == 1
