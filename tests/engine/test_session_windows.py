"""Windows of events in a session: when they hold, when they have run dry, and what stands beside them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.decisions import Fact, Outcome
from engine.session import Session
from engine.whynot import why_not
from engine.windows import group
from tests.engine.books import START, Facts, book

THREE = """
  - rule: three-failures
    when:
      - failures: inspection
        where: result = "fail"
        per: order_id
        within: 60 min
        having: count(failures) >= 3
    then: {notify: {order: = order_id, to: quality, message: "{count(failures)} failures, at last {failures[-1].lot_id}"}}
"""


@pytest.fixture(params=["native", "naive"])
def matcher(request: pytest.FixtureRequest) -> str:
    """Return each matcher's name in turn."""
    return str(request.param)


def told(outcome: Outcome) -> list[tuple[str, float]]:
    """Return (subject, minutes after the start) of each decision."""
    return [(d.subject_id, (d.time - START) / timedelta(minutes=1)) for d in outcome.decisions]


def failure(make: Facts, at: float, order: str = "o", **data: Any) -> Fact:
    """Return a failed inspection of an order at some minute."""
    return make("inspection", **{"at": at, "lot_id": f"l{at}", "order_id": order, "result": "fail"} | data)


def run(
    rules: str, minutes: list[tuple[float, str]], matcher: str, head: str = "", until: float = 0
) -> list[tuple[str, float]]:
    """Return what is decided on failures of orders at *minutes*, with the clock moved to *until* at the end."""
    make, session = Facts(), Session(book(rules, head), matcher)
    found = [one for at, order in minutes for one in told(session.submit(failure(make, at, order)))]
    return found + told(session.advance(START + timedelta(minutes=until)))


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        pytest.param([0, 20], [], id="two are not three"),
        pytest.param([0, 20, 40], [40], id="three"),
        pytest.param([0, 20, 40, 45, 50], [40], id="more, while it holds"),
        pytest.param([0, 30, 59.9], [59.9], id="just within"),
        pytest.param([0, 30, 60], [], id="the first leaves as the last comes"),
        pytest.param([0, 0, 0], [0], id="all at once"),
        pytest.param([0, 1, 2, 70, 71, 72], [2, 72], id="run dry, and full again"),
        pytest.param([0, 20, 40, 59, 79], [40], id="each that leaves has another in its place"),
        pytest.param([0, 20, 40, 65, 95], [40, 65, 95], id="one short meanwhile"),
        pytest.param([0, 40, 20], [20], id="late, and counted at its place"),
        pytest.param([0, 70, 20, 65], [65], id="late: one in, one too late"),
        pytest.param([0, 70, 9, 10], [], id="late: both too late"),
    ],
)
def test_a_count_within_an_hour(matcher: str, minutes: list[float], expected: list[float]) -> None:
    """A rule fires when its window holds, once, and again after it has stopped holding."""
    assert run(THREE, [(at, "o") for at in minutes], matcher) == [("o", at) for at in expected]


def test_each_value_has_its_window(matcher: str) -> None:
    """Facts count with those that have the same values, and decisions are about each group by itself."""
    minutes = [(0, "a"), (1, "b"), (2, "a"), (3, "b"), (4, "b"), (5, "a")]
    assert run(THREE, minutes, matcher) == [("b", 4), ("a", 5)]


WITHOUT = THREE.replace("per: order_id", "").replace("order: = order_id", "order: '= failures[-1].order_id'")


def test_without_per_there_is_one_window(matcher: str) -> None:
    """Where no field keeps them apart, all facts count together."""
    assert run(WITHOUT, [(0, "a"), (1, "b"), (2, "c"), (3, "d")], matcher) == [("c", 2)]


TWO_FIELDS = THREE.replace("per: order_id", "per: [order_id, severity]")


def test_a_fact_without_a_field_of_per_is_in_no_window(matcher: str) -> None:
    """What lacks a field that keeps windows apart counts nowhere, and the outcome names the field."""
    make, session = Facts(), Session(book(TWO_FIELDS), matcher)
    for at in (0, 1):
        session.submit(failure(make, at, severity="minor"))
    outcome = session.submit(failure(make, 2))
    assert told(outcome) == []
    assert [(one.field, one.rules) for one in outcome.missing] == [("severity", ("three-failures",))]
    assert told(session.submit(failure(make, 3, severity="major"))) == []
    assert told(session.submit(failure(make, 4, severity="minor"))) == [("o", 4)]


def test_a_condition_may_say_that_a_field_of_per_must_be_there(matcher: str) -> None:
    """Where `where` leaves out what lacks the field, nothing is missing: the rule has said what it does."""
    rules = TWO_FIELDS.replace('result = "fail"', 'result = "fail" and severity != null')
    make, session = Facts(), Session(book(rules), matcher)
    assert session.submit(failure(make, 0)).missing == ()
    minutes = [told(session.submit(failure(make, at, severity="minor"))) for at in (1, 2, 3)]
    assert minutes == [[], [], [("o", 3)]]


def test_a_window_may_hold_by_what_leaves(matcher: str) -> None:
    """A condition that comes true as a fact leaves fires at that time; an empty window holds nothing."""
    rules = THREE.replace("count(failures) >= 3", "count(failures) < 2")
    assert run(rules, [(0, "o"), (10, "o"), (20, "o")], matcher, until=500) == [("o", 0), ("o", 70)]


def test_a_session_says_when_a_window_may_change(matcher: str) -> None:
    """`next_due` is told of facts whose leaving may change a decision, and of no others."""
    make, session = Facts(), Session(book(THREE), matcher)
    for at in (0, 10):
        session.submit(failure(make, at))
    assert session.next_due() is None  # fewer failures will not make it three
    session.submit(failure(make, 20))
    assert session.next_due() == START + timedelta(minutes=60)
    cleared = session.advance(START + timedelta(minutes=60)).cleared
    assert cleared == (("three-failures", "window three-failures/0 o"),)
    assert session.next_due() is None


def test_parameters_say_how_long_and_how_many(matcher: str) -> None:
    """Time and numbers can come from the rule set's parameters."""
    rules = THREE.replace("60 min", "= parameters.time").replace(">= 3", ">= parameters.most")
    minutes = [(0, "o"), (9, "o"), (11, "o"), (12, "o")]
    head = "parameters: {time: 10 min, most: 3}"
    assert run(rules, minutes, matcher, head) == [("o", 12)]


@pytest.mark.parametrize(
    ("having", "expected"),
    [
        pytest.param("mean(failures.measured) > 5", [4], id="mean"),
        pytest.param("sum(failures.measured) >= 13", [2], id="sum"),
        pytest.param("max(failures.measured) - min(failures.measured) > 6", [2], id="range"),
        pytest.param("median(failures.measured) = 5", [2, 4], id="median"),
        pytest.param("stddev(failures.measured) > 2", [1], id="stddev"),
        pytest.param("count(failures[measured > 4]) / count(failures) > 0.6", [2], id="share"),
        pytest.param("count(distinct values(failures.measured)) = 3", [2], id="distinct"),
        pytest.param("failures[-1].measured > failures[1].measured", [1], id="last and first"),
        pytest.param("failures[-1].measured > 4 and failures[-2].measured > 4", [2], id="two in a row"),
        pytest.param("some f in failures satisfies f.measured = 9", [2], id="some"),
    ],
)
def test_what_a_window_comes_to(matcher: str, having: str, expected: list[float]) -> None:
    """`having` is FEEL over the list of the facts, in order of time."""
    make, session = Facts(), Session(book(THREE.replace("count(failures) >= 3", having)), matcher)
    found = []
    for at, measured in enumerate((1, 5, 9, 3, 9)):
        found += told(session.submit(failure(make, at, measured=measured)))
    assert [at for _, at in found] == expected


JOINED = """
  - rule: failures-on-a-released-order
    when:
      - failures: inspection
        where: result = "fail"
        per: order_id
        within: 60 min
        having: count(failures) >= 2
      - order: order
        where: order_id = failures[-1].order_id and status = "released" and quantity > count(failures)
      - none: flag
        where: flag_id = order_id
    then: {hold: {order: = order.order_id, reason: "{count(failures)} of {order.quantity} failed"}}
"""


def test_a_window_stands_beside_states(matcher: str) -> None:
    """A window is joined to states by its last fact, by its fields by name, and to the lack of states."""
    make, session = Facts(), Session(book(JOINED), matcher)
    make_order = {"item": "x", "status": "released", "quantity": 3}
    for at in (0, 1):
        session.submit(failure(make, at))
    assert told(session.submit(make("flag", at=2, flag_id="o"))) == []
    assert told(session.submit(make("order", at=3, order_id="o", **make_order))) == []
    assert told(session.submit(make("flag", at=4, op="retract", flag_id="o"))) == [("o", 4)]
    outcome = session.submit(failure(make, 5))  # three failures of three: more than the order has left
    assert [rule for rule, _ in outcome.cleared] == ["failures-on-a-released-order"]
    assert told(session.submit(failure(make, 60.5, "p"))) == [
        ("o", 60)
    ]  # one has left, and there are two of three
    assert told(session.submit(failure(make, 62))) == [("o", 62)]


FROM_A_STATE = """
  - rule: down-and-failing
    when:
      - machine: machine
        where: status = "down"
      - failures: inspection
        per: order_id
        within: 60 min
        having: count(failures) >= 2
      - order: order
        where: line = machine.line and order_id = failures[-1].order_id
    then: {notify: {work_centre: = machine.machine_id, to: quality, message: "{order_id}: {count(failures)}"}}
"""


def test_a_window_may_come_after_a_state(matcher: str) -> None:
    """The order of patterns does not matter to what is found."""
    make, session = Facts(), Session(book(FROM_A_STATE), matcher)
    session.submit(make("order", at=0, order_id="o", item="x", status="started", line="l1"))
    session.submit(failure(make, 1))
    session.submit(failure(make, 2))
    outcome = session.submit(make("machine", at=3, machine_id="m", status="down", line="l1"))
    assert [d.values["message"] for d in outcome.decisions] == ["o: 2"]


UNTIL = THREE + "    until: count(failures) < 2\n"


def test_until_ends_a_window_later_than_its_condition(matcher: str) -> None:
    """With `until`, a window that holds no more still stands until that is true, or until it is empty."""
    minutes = [
        0,
        10,
        20,
        65,
        66,
    ]  # from minute 60 on there are two, and then three again: it is the same trouble
    assert run(UNTIL, [(at, "o") for at in minutes], matcher) == [("o", 20)]
    assert run(THREE, [(at, "o") for at in minutes], matcher) == [("o", 20), ("o", 65)]
    again = [0, 10, 20, 75, 76, 77]  # but for minute 70 to 75 there was one only
    assert run(UNTIL, [(at, "o") for at in again], matcher) == [("o", 20), ("o", 76)]


CHAINED = """
  - rule: alarm-on-failure
    on: inspection
    if: result = "fail"
    then: {assert: {alarm: {machine_id: = order_id, level: 1}}}
  - rule: three-alarms
    when:
      - alarms: alarm
        per: machine_id
        within: 60 min
        having: count(alarms) >= 3
    then: {hold: {work_centre: = machine_id, reason: "{count(alarms)} alarms"}}
"""


def test_facts_that_rules_assert_count_in_windows(matcher: str) -> None:
    """A derived event goes into windows as one that was sent does, and a window's hold is a fact to other rules."""
    assert run(CHAINED, [(0, "o"), (1, "o"), (2, "o")], matcher) == [
        ("o", 0), ("o", 1), ("o", 2), ("o", 2),
    ]  # fmt: skip


def test_a_fact_that_is_too_late_is_told(matcher: str) -> None:
    """A fact older than every window is accepted, counts nowhere, and the outcome says so."""
    make, session = Facts(), Session(book(THREE), matcher)
    session.submit(make("flag", at=100, flag_id="a"))
    assert session.submit(failure(make, 41)).warnings == ()
    outcome = session.submit(failure(make, 40))
    assert outcome.status == "accepted"
    assert [(w.rule, w.code) for w in outcome.warnings] == [("three-failures", "too-late")]
    assert outcome.warnings[0].message == (
        "inspection of 2026-03-02T06:40:00Z is not counted: it left the window at 2026-03-02T07:40:00Z, before it came"
    )


def test_a_fact_from_the_future_counts_when_it_came(matcher: str) -> None:
    """A sender whose clock is ahead neither empties a window nor stays in it longer than others."""
    make, session = Facts(), Session(book(THREE), matcher)
    session.submit(failure(make, 0))
    session.submit(failure(make, 5000), received=START + timedelta(minutes=10))
    assert told(session.submit(failure(make, 20))) == [("o", 20)]
    assert session.next_due() == START + timedelta(minutes=60)
    session.advance(START + timedelta(minutes=60))
    assert told(session.submit(failure(make, 69))) == [("o", 69)]
    session.advance(START + timedelta(minutes=70))
    assert told(session.submit(failure(make, 71))) == [("o", 71)]


def test_a_window_is_bounded(matcher: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more facts than a window takes the oldest are left out, and the outcome says so."""
    monkeypatch.setattr("engine.windows.window.MOST_FACTS", 3)
    rules = THREE.replace(">= 3", "> 3")
    make, session = Facts(), Session(book(rules), matcher)
    outcomes = [session.submit(failure(make, at)) for at in range(6)]
    assert [o.decisions for o in outcomes] == [()] * 6
    assert [[w.code for w in o.warnings] for o in outcomes] == [[]] * 3 + [["window-full"]] * 3


def test_a_decision_names_the_facts_of_its_window(matcher: str) -> None:
    """A decision points at the last fact; its explanation counts them, and names the first and the last ones."""
    make, session = Facts(), Session(book(THREE.replace(">= 3", ">= 30")), matcher)
    outcomes = [session.submit(failure(make, at)) for at in range(30)]
    (decision,) = outcomes[-1].decisions
    assert decision.values["message"] == "30 failures, at last l29"
    assert [(ref.alias, ref.type, ref.id) for ref in decision.facts] == [("failures", "inspection", "f30")]
    (explanation,) = session.explain(outcomes[-1])
    (fact,) = explanation.facts
    assert (fact["id"], fact["window"]["count"]) == ("f30", 30)
    names = [one["id"] for one in fact["window"]["facts"]]
    assert names == [f"f{n}" for n in (*range(1, 11), *range(21, 31))]
    where, having = explanation.conditions
    assert (where.text, where.value) == ('result = "fail"', True)
    assert having.pattern == "failures: inspection per order_id within 1 h"
    assert (having.text, having.value) == ("count(failures) >= 30", True)
    assert having.parts[0].value == 30
    assert "[30 items]" in str(having)


def test_why_not_counts_the_window(matcher: str) -> None:
    """A window that does not hold is told with what it comes to; a fact that does not go in, with its clauses."""
    make, session = Facts(), Session(book(THREE), matcher)
    fact = failure(make, 0)
    session.submit(fact)
    assert why_not(session, "three-failures", fact).verdict == (
        "the window of inspection f1 from mes holds 1 fact: count(failures) >= 3 is false"
    )
    passed = failure(make, 1, result="pass")
    session.submit(passed)
    assert why_not(session, "three-failures", passed).verdict == (
        'inspection f2 from mes does not fit: result = "fail" is false'
    )
    flag = make("flag", at=2, flag_id="a")
    assert "does not read flag, only inspection" in why_not(session, "three-failures", flag).verdict


def test_a_new_rule_book_keeps_what_is_in_windows(matcher: str) -> None:
    """Under another book, windows begin with the facts that others held; what holds already does not fire again."""
    make, session = Facts(), Session(book(THREE), matcher)
    for at in (0, 1):
        session.submit(failure(make, at))
    two = book(THREE.replace(">= 3", ">= 2"))
    restored = Session.restore(two, session.snapshot(), matcher)
    assert told(restored.submit(failure(make, 2))) == []
    four = book(THREE.replace(">= 3", ">= 4"))
    restored = Session.restore(four, restored.snapshot(), matcher)
    assert told(restored.submit(failure(make, 3))) == [("o", 3)]


def test_group_bounds_are_those_documented() -> None:
    """A window takes a hundred thousand facts of one group."""
    assert group.MOST_FACTS == 100_000
