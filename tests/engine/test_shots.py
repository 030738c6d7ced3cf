"""Rules that one event decides, alone or with a state, fire by a function of their own: as the longer way does, to the letter."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from engine.decisions import Fact
from engine.matching import NativeMatcher, WorkingMemory
from engine.matching.keyed import MOST_KEPT
from engine.matching.native import Entry
from engine.session import Session
from tests.engine.books import START, Facts, book

RULES = """
  - {rule: constant, on: inspection, if: lot_id = "L1", then: {route: {lot: = lot_id, to: rework}}}
  - {rule: said, on: inspection, if: lot_id = "L2", then: {route: {lot: = lot_id, to: scrap, reason: "{order_id} is bad"}}}
  - {rule: plainly-said, on: inspection, if: lot_id = "L3", then: {route: {lot: = lot_id, to: scrap, reason: bad}}}
  - {rule: computed, on: inspection, if: lot_id = "L4", then: {notify: {lot: = lot_id, to: q, message: "{defects}"}}}
  - {rule: null-value, on: inspection, if: lot_id = "L5", then: {route: {lot: = lot_id, to: = severity}}}
  - {rule: no-subject, on: inspection, if: lot_id = "L6", then: {route: {lot: = severity, to: rework}}}
  - {rule: tested, on: inspection, if: lot_id = "L7" and result != "pass", then: {route: {lot: = lot_id, to: rework}}}
"""


def inspection(lot: str, name: str = "f1", source: str = "mes", result: str = "fail") -> Fact:
    """Return an inspection of *lot*."""
    return Fact(
        source, name, "inspection", START, {"lot_id": lot, "order_id": "A", "result": result, "defects": 3}
    )


@pytest.mark.parametrize(
    "fact",
    [
        *(pytest.param(inspection(f"L{n}"), id=f"L{n}") for n in range(1, 8)),
        pytest.param(inspection("L1", name="f" * 300), id="long id"),
        pytest.param(inspection("L1", source="mes" * 100), id="long source"),
        pytest.param(inspection("L1", name="seltsam ü 部", source="mes\ud800"), id="lone surrogate"),
    ],
)
def test_a_shot_decides_what_the_longer_way_does(fact: Fact) -> None:
    """Decision and explanation are those of the matcher that tries every rule, which has no shots."""
    rulebook = book(RULES)
    entry = NativeMatcher(rulebook, WorkingMemory(rulebook)).aim("inspection")(fact.data)
    assert isinstance(entry, Entry)
    assert entry.fire is not None
    native, naive = Session(rulebook), Session(rulebook, "naive")
    found, expected = native.submit(fact), naive.submit(fact)
    assert len(found.decisions) == 1
    assert found == expected
    assert native.explain(found) == naive.explain(expected)


BESIDE = """
  - rule: of-its-order
    when:
      - e: inspection
        where: result = "fail"
      - o: order
        where: order_id = e.order_id and status = "started"
    then: {route: {order: = o.order_id, to: rework, reason: "{o.item} of {e.lot_id}"}}
"""
TURNED = """
  - rule: turned
    when:
      - o: order
        where: status in ("started", "released") and quantity > 2
      - e: inspection
        where: order_id = o.order_id
    then: {notify: {lot: = e.lot_id, to: q, message: "{o.quantity}"}}
"""
ON_A_LINE = """
  - rule: on-a-line
    when:
      - e: inspection
      - m: machine
        where: line = e.order_id
    then: {notify: {work_centre: = m.machine_id, to: = e.severity, message: m}}
"""
NO_SUBJECT = """
  - rule: no-subject
    when:
      - e: inspection
      - o: order
        where: order_id = e.order_id
    then: {route: {item: = o.line, to: rework}}
"""


def around() -> list[Fact]:
    """Return states of orders and machines, changed on the way, and inspections between them."""
    make, found = Facts(), []
    for number, status in enumerate(["created", "started", "completed", "started"]):
        found += [
            make("order", order_id="A", item="x", status=status, **({"quantity": number} if number else {})),
            make("inspection", lot_id="L1", order_id="A", result="fail"),
            make("inspection", lot_id="L2", order_id="A", result="pass", severity="minor"),
            make("inspection", lot_id="L3", order_id="B", result="fail"),
            make("machine", machine_id=f"m{number}", status="down", line="AB"[number // 2]),
            make("order", order_id="B", item="y", status="started", line="l1", quantity=9, at=-5),
        ]
    return [*found, make("order", op="retract", order_id="A"), *found[1:3], found[0]]


@pytest.mark.parametrize("rules", [BESIDE, TURNED, ON_A_LINE, NO_SUBJECT, BESIDE + TURNED])
def test_an_event_with_a_state_beside_it_is_shot_as_well(rules: str) -> None:
    """What is decided while states come, change, are late and go is what the matcher that tries everything decides."""
    rulebook = book(rules)
    native, naive = Session(rulebook), Session(rulebook, "naive")
    for fact in around():
        found, expected = native.submit(fact), naive.submit(fact)
        assert found == expected
        assert native.explain(found) == naive.explain(expected)
        assert native.snapshot() == naive.snapshot()


@pytest.mark.parametrize("rules", [BESIDE, TURNED])
@pytest.mark.parametrize("long", ["f" * 300, "ü\ud800"])
def test_ids_of_any_length_are_named_the_same_with_a_state(rules: str, long: str) -> None:
    """Ids longer than those written out, and those that are no Unicode, give the ids of decisions that the longer way gives."""
    rulebook = book(rules)
    native, naive = Session(rulebook), Session(rulebook, "naive")
    order = {"order_id": "A", "item": "x", "status": "started", "quantity": 3}
    for one, other in ((long, "f"), ("f", long)):
        for session in (native, naive):
            session.submit(Fact("mes", one, "order", START, order))
        event = Fact(other, other, "inspection", START, {"lot_id": "L", "order_id": "A", "result": "fail"})
        found = native.submit(event)
        assert found == naive.submit(event)
        assert len(found.decisions) == 1


FEW_AND_MANY = "".join(
    f"""
  - rule: kept-{number}
    when:
      - e: inspection
        where: defects = {number}
      - o: order
        where: order_id = e.order_id and quantity > {number}
    then: {{{{notify: {{{{lot: = e.lot_id, to: q, message: "{number}"}}}}}}}}
""".replace("{{", "{").replace("}}", "}")
    for number in range(MOST_KEPT + 1)
)


@pytest.mark.parametrize("number", [1, MOST_KEPT, MOST_KEPT + 1])
@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["order", "order", "inspection", "inspection", "gone", "restart"]),
            st.sampled_from("AB"),
            st.integers(0, 6),
            st.integers(-3, 0),
        ),
        max_size=40,
    )
)
def test_states_that_fit_are_kept_as_they_change(number: int, steps: list[tuple[str, str, int, int]]) -> None:
    """Whether those that fit are kept or tested when found, late, retracted and restored states are found as they are."""
    rules = "\n  - rule:".join(FEW_AND_MANY.split("\n  - rule:")[: number + 1])
    rulebook, make = book(rules), Facts()
    native, naive = Session(rulebook), Session(rulebook, "naive")
    for kind, order, value, late in steps:
        if kind == "restart":
            native = Session.restore(rulebook, native.snapshot())
            continue
        at = make.count + late
        if kind == "inspection":
            fact = make(kind, at=at, lot_id="L", order_id=order, result="fail", defects=value)
        elif kind == "gone":
            fact = make("order", at=at, op="retract", order_id=order)
        else:
            fact = make(kind, at=at, order_id=order, item="x", status="started", quantity=value)
        assert native.submit(fact) == naive.submit(fact)


def test_one_state_beside_an_event_needs_no_match() -> None:
    """The short way gives the rule and the state, found where it is held, whichever of both is written first."""
    for rules in (BESIDE, TURNED):
        session: Any = Session(book(rules))
        make = Facts()
        for fact in around()[:23]:
            session.submit(fact)
        event = make("inspection", lot_id="L1", order_id="A", result="fail")
        found = session.submit(event)
        assert isinstance(session._made_of, Entry)
        assert [ref.alias for ref in found.decisions[0].facts] == (
            ["e", "o"] if rules is BESIDE else ["o", "e"]
        )


def test_what_falls_due_comes_before_what_is_shot() -> None:
    """In a book with windows and what has to last, plain events and states go the short way, after what was due before them."""
    rules = (
        BESIDE
        + """
  - rule: long-down
    when:
      - m: machine
        where: status = "down"
        for: 10 min
    then: {notify: {work_centre: = m.machine_id, to: q, message: down}}
  - rule: few
    when:
      - alarms: alarm
        within: 5 min
        having: count(alarms) >= 1
    then: {notify: {work_centre: all, to: q, message: alarm}}
    until: count(alarms) < 1
"""
    )
    rulebook, make = book(rules), Facts()
    native, naive = Session(rulebook), Session(rulebook, "naive")
    facts = [
        make("machine", at=0, machine_id="m", status="down"),
        make("alarm", at=1, machine_id="m"),
        make("order", at=2, order_id="A", item="x", status="started"),
        make("inspection", at=12, lot_id="L", order_id="A", result="fail"),
        make("inspection", at=13, lot_id="L", order_id="A", result="fail"),
        make("order", at=14, order_id="A", item="x", status="created"),
        make("inspection", at=15, lot_id="L", order_id="A", result="fail"),
    ]
    found = [native.submit(fact) for fact in facts]
    assert found == [naive.submit(fact) for fact in facts]
    assert [[d.rule for d in outcome.decisions] for outcome in found] == [
        [], ["few"], [], ["long-down", "of-its-order"], ["of-its-order"], [], [],
    ]  # fmt: skip
    short = native._looks.keys() | native._holds.keys()
    assert {"inspection", "order"} <= short
    assert not {"alarm", "machine"} & short


KEYED = """
  - rule: planned
    when:
      - e: inspection
        where: measured != null
      - p: plan
        where: {where}
    then: {{notify: {{lot: = e.lot_id, to: q, message: "{{p.plan_id}}"}}}}
"""
PLAN = """
fact: plan
kind: state
owner: mes
key: [plan_id, number, side]
data:
  type: object
  required: [plan_id, number, side]
  properties:
    plan_id: {type: string}
    number: {type: number}
    side: {enum: [left, right]}
    line: {type: string}
"""


@pytest.mark.parametrize(
    "where",
    [
        'plan_id = e.order_id and number = e.measured and side = "left"',
        'plan_id = e.order_id and number = e.measured and side = "left" and line = e.lot_id',
        'side in ("left", "right") and plan_id = e.order_id and number = e.measured',
        'plan_id = e.order_id and plan_id = e.lot_id and number = e.measured and side = "right"',
        'plan_id = e.order_id and number + 0 = e.measured and side = "right"',
    ],
)
def test_states_are_found_by_keys_of_several_fields(where: str) -> None:
    """However equalities and constants bind the key, whole or in part, and however its numbers are written."""
    rulebook = book(KEYED.format(where=where), facts={"facts/plan.yaml": PLAN})
    native, naive = Session(rulebook), Session(rulebook, "naive")
    make, fired = Facts(), 0
    for name, number, side, line in product(
        "AL", (1, Decimal("2.0"), Decimal("2.5")), ("left", "right"), "LM"
    ):
        plan = make("plan", plan_id=name, number=number, side=side, line=line)
        event = make("inspection", lot_id="L", order_id=name, result="fail", measured=number)
        other = make("inspection", lot_id="L", order_id="L", result="fail", measured=Decimal(2))
        for fact in (plan, event, other):
            found = native.submit(fact)
            assert found == naive.submit(fact)
            fired += len(found.decisions)
    assert fired > 3


def test_what_does_not_hold_is_not_fired() -> None:
    """A fact that an index finds a rule for, but whose condition is false, is decided about by nobody."""
    session = Session(book(RULES))
    found = session.submit(inspection("L7", result="pass"))
    assert found.decisions == ()
    assert session.explain(found) == ()


def test_the_clock_moves_with_shots_as_without() -> None:
    """It stands where the latest fact was, but never beyond when that came, and does not go back."""
    session = Session(book(RULES))
    later = START.replace(hour=23)
    session.submit(
        Fact("mes", "a", "inspection", later, {"lot_id": "L1", "order_id": "A", "result": "fail"}), START
    )
    assert session.clock == START
    session.submit(Fact("mes", "b", "inspection", later, {"lot_id": "L0", "order_id": "A", "result": "fail"}))
    session.submit(inspection("L1", name="c"))
    assert session.clock == later


def test_rules_and_actions_that_contradict_each_other_are_settled() -> None:
    """Two rules for one fact, one of them with two actions, decide in order, and their routes are a conflict."""
    two = (
        RULES
        + """
  - rule: again
    on: inspection
    if: lot_id = "L1"
    then: [{notify: {lot: = lot_id, to: q, message: m}}, {route: {lot: = lot_id, to: scrap}}]
"""
    )
    rulebook, fact = book(two), inspection("L1")
    found = Session(rulebook).submit(fact)
    assert found == Session(rulebook, "naive").submit(fact)
    assert [(d.rule, d.status) for d in found.decisions] == [
        ("constant", "conflict"),
        ("again", "decided"),
        ("again", "conflict"),
    ]
