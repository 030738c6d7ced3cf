"""What a session holds when the rules declare its types otherwise: nothing stops, nothing stands that is not there."""

from __future__ import annotations

from typing import Any

import pytest

from engine.decisions import Fact
from engine.losses import MATCHES, STATES
from engine.session import Session
from tests.engine.books import FACTS, START, Facts, book

ORDER = FACTS["facts/order.yaml"]
BEFORE = ORDER.replace("line: {type: string}", "line: {type: array, items: {type: string}}")
OLD = """
  - {rule: old, on: inspection, if: lot_id = "L", then: {route: {lot: = lot_id, to: x}}}
"""
ASKING = {
    "a constant beside an event": """
  - rule: new
    when:
      - e: inspection
      - o: order
        where: order_id = e.order_id and line = "l1"
    then: {route: {lot: = e.lot_id, to: y}}
""",
    "a join with an event": """
  - rule: new
    when:
      - e: inspection
      - o: order
        where: line = e.lot_id
    then: {route: {lot: = e.lot_id, to: y}}
""",
    "a constant of states": """
  - rule: new
    when:
      - o: order
        where: line = "l1"
    then: {route: {order: = o.order_id, to: y}}
""",
    "two constants of states": """
  - rule: new
    when:
      - o: order
        where: line = "l1" and status = "started" and item = "x"
      - none: flag
    then: {route: {order: = o.order_id, to: y}}
""",
    "a join of states": """
  - rule: new
    when:
      - o: order
      - m: machine
        where: line = o.line
    then: {route: {order: = o.order_id, to: y}}
""",
}


@pytest.mark.parametrize("rules", [pytest.param(text, id=name) for name, text in ASKING.items()])
def test_a_value_of_another_type_equals_nothing(rules: str) -> None:
    """A list that is held since its field was one is found by no text, comes and goes, and both matchers go on alike."""
    before = Session(book(OLD, facts={"facts/order.yaml": BEFORE}))
    held = {"order_id": "A", "item": "x", "status": "started", "line": ["l1", "l2"]}
    before.submit(Fact("erp", "o", "order", START, held))
    found = []
    for matcher in ("native", "naive"):
        make = Facts()
        session = Session.restore(book(rules), before.snapshot(), matcher)
        facts = [
            make("inspection", lot_id="l1", order_id="A", result="fail"),
            make("machine", machine_id="M", status="down", line="l1"),
            make("order", source="erp", **{**held, "line": "l1"}),
            make("inspection", lot_id="l1", order_id="A", result="fail"),
            make("order", source="erp", op="retract", order_id="A"),
        ]
        found.append([session.submit(fact) for fact in facts])
    assert found[0] == found[1]
    assert found[0][0].decisions == ()
    assert any(outcome.decisions for outcome in found[0])


def test_a_state_without_a_key_is_told_of() -> None:
    """Where what is the key now is a list, the state cannot be held, and the losses say so."""
    before = Session(book(OLD, facts={"facts/order.yaml": BEFORE}))
    before.submit(
        Fact("erp", "o", "order", START, {"order_id": "A", "item": "x", "status": "started", "line": ["l"]})
    )
    now = book(
        OLD,
        facts={
            "facts/order.yaml": ORDER.replace("key: [order_id]", "key: [line]").replace(
                "item, status]", "item, status, line]"
            )
        },
    )
    session = Session.restore(now, before.snapshot())
    assert session.states("order") == ()
    (loss,) = [one for one in session.losses if one.what == STATES]
    assert (loss.count, loss.why) == (1, "its key is a list or a context")


WINDOW = """
  - rule: w
    when:
      - fs: inspection
        per: order_id
        within: {0} min
        having: count(fs) >= 2
    then: {{notify: {{order: = order_id, to: q, message: m}}}}
    until: count(fs) < 1
"""


@pytest.mark.parametrize("matcher", ["native", "naive"])
def test_a_match_whose_window_is_gone_does_not_stand(matcher: str) -> None:
    """A window that is shorter now has let its facts go: the next ones fire, and the match that is over is told of."""
    make = Facts()
    before = Session(book(WINDOW.format(60)))
    fails: Any = {"lot_id": "L", "order_id": "A", "result": "fail"}
    assert [bool(before.submit(make("inspection", at=at, **fails)).decisions) for at in (0, 1)] == [
        False,
        True,
    ]
    before.submit(make("alarm", at=30, machine_id="M"))
    session = Session.restore(book(WINDOW.format(5)), before.snapshot(), matcher)
    assert MATCHES in {loss.what for loss in session.losses}
    assert [bool(session.submit(make("inspection", at=at, **fails)).decisions) for at in (40, 41)] == [
        False,
        True,
    ]


def test_a_field_without_a_name_is_no_key() -> None:
    """A state whose key has two fields is held under both, whatever else it carries."""
    plan = """
fact: plan
kind: state
owner: erp
key: [plan_id, side]
data:
  type: object
  required: [plan_id, side]
  properties: {plan_id: {type: string}, side: {type: string}}
"""
    rules = """
  - rule: planned
    when:
      - e: inspection
      - p: plan
        where: plan_id = e.order_id and side = e.lot_id
    then: {notify: {lot: = e.lot_id, to: q, message: m}}
"""
    session = Session(book(rules, facts={"facts/plan.yaml": plan}))
    session.submit(Fact("erp", "p", "plan", START, {"plan_id": "A", "side": "L", "": "x"}))
    event = Fact("mes", "e", "inspection", START, {"lot_id": "L", "order_id": "A", "result": "fail"})
    assert len(session.submit(event).decisions) == 1
