"""What a session does at its edges: rings, ids, facts that rules assert, restores under other rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.compiler import compile_documents, compile_rules
from engine.diagnostics import RulesRejected
from engine.parser import parse
from engine.plain import ChainUnending
from engine.session import Session
from tests.engine.books import FACTS, Facts, book
from tests.engine.test_session import run


@pytest.fixture(params=["native", "naive"])
def matcher(request: pytest.FixtureRequest) -> str:
    """Return each matcher's name in turn."""
    return str(request.param)


def test_a_ring_that_was_not_checked_ends_in_an_exception(matcher: str) -> None:
    """Should the checker ever let a ring through, the session says so instead of running for ever."""
    ring = "".join(
        f"""
  - rule: turn-{colour}
    when:
      - alarm: alarm
      - flag: flag
        where: colour = "{colour}"
    then:
      assert: {{flag: {{flag_id: x, colour: {other}}}}}
"""
        for colour, other in (("red", "blue"), ("blue", "red"))
    )
    files = {**FACTS, "rules/test.yaml": f"ruleset: ring\ntitle: t\nowner: o\nrules:\n{ring}"}
    with pytest.raises(RulesRejected, match="never end"):
        compile_rules(files)
    session = Session(compile_documents(parse(files).documents, (), files), matcher)
    make = Facts()
    session.submit(make("flag", flag_id="x", colour="red"))
    with pytest.raises(ChainUnending, match="turn-"):
        session.submit(make("alarm", machine_id="M"))


PAIRS = """
  - rule: pairs
    when:
      - a: order
        where: status = "released"
      - b: order
        where: line = a.line and order_id != a.order_id
    on_missing: skip
    then: {hold: {order: = a.order_id, reason: "beside {b.order_id}"}}
  - rule: free
    on: inspection
    then: {release: {order: = order_id, reason: inspected}}
"""


def test_the_same_facts_in_other_places_are_another_decision(matcher: str) -> None:
    """A pair found both ways round makes two decisions with two ids, and each hold is released as its own."""
    session = Session(book(PAIRS), matcher)
    make = Facts()
    session.submit(make("order", order_id="A", item="x", status="released", line="l1"))
    both = session.submit(make("order", order_id="B", item="x", status="released", line="l1"))
    assert sorted(d.subject_id for d in both.decisions) == ["A", "B"]
    assert len({d.id for d in both.decisions}) == 2
    for _ in range(2):
        session.submit(make("inspection", lot_id="L", order_id="A", result="pass"))
    assert [f.data["order_id"] for f in session.holds()] == ["B"]


ANY = {
    "facts/blob.yaml": """
fact: blob
kind: event
owner: mes
key: [blob_id]
data:
  type: object
  required: [blob_id]
  properties: {blob_id: {type: string}, anything: {}}
"""
}


@pytest.mark.parametrize("value", [[1], {"a": 1}, 5, True])
def test_an_asserted_fact_must_fit_its_type(matcher: str, value: Any) -> None:
    """What a rule computes is held against the fact type before it is a fact; where it does not fit, the decision is void."""
    rules = """
  - rule: r
    on: blob
    then: {assert: {flag: {flag_id: = blob_id, colour: = anything}}}
  - rule: sees
    when:
      - f: flag
        where: colour != "red"
    on_missing: skip
    then: {notify: {to: x, message: y}}
"""
    session = Session(book(rules, facts=ANY), matcher)
    (decision,) = session.submit(Facts()("blob", blob_id="b", anything=value)).decisions
    assert decision.status == "void"
    assert "/data/colour" in decision.reason
    assert session.states("flag") == ()


def test_an_asserted_state_does_not_take_the_place_of_a_later_one(matcher: str) -> None:
    """A late event cannot set back a state that was told since: the assertion is void, and says so."""
    rules = "  - {rule: r, on: alarm, then: {assert: {flag: {flag_id: = machine_id, colour: red}}}}"
    session = Session(book(rules), matcher)
    make = Facts()
    session.submit(make("flag", at=10, flag_id="M", colour="green"))
    (decision,) = session.submit(make("alarm", at=5, machine_id="M")).decisions
    assert (decision.status, "later flag" in decision.reason) == ("void", True)
    assert [f.data["colour"] for f in session.states("flag")] == ["green"]


def test_another_condition_under_an_old_name_fires_when_it_becomes_true(matcher: str) -> None:
    """What stood under a rule of the old book stands in the new one only if it holds there too."""
    make = Facts()
    hot = "  - {rule: r, when: [{m: machine, where: temperature > 90}], on_missing: skip, then: {notify: {to: x, message: y}}}"
    old = Session(book(hot.replace("temperature > 90", "'status = \"down\"'")), matcher)
    old.submit(make("machine", machine_id="M", status="down", temperature=1))
    session = Session.restore(book(hot), old.snapshot(), matcher)
    outcome = session.submit(make("machine", machine_id="M", status="down", temperature=95))
    assert len(outcome.decisions) == 1


def test_a_match_that_is_blocked_and_freed_again_fires(matcher: str) -> None:
    """A rule of states whose turn comes while it does not hold fires once it does, within the same outcome."""
    rules = """
  - rule: red
    priority: 30
    when: [{m: machine}]
    then: {assert: {flag: {flag_id: = m.machine_id, colour: red}}}
  - rule: told
    priority: 20
    on_missing: skip
    when:
      - m: machine
      - none: flag
        where: flag_id = m.machine_id and colour = "red"
    then: {notify: {to: x, message: y}}
  - rule: green
    priority: 10
    when: [{m: machine}]
    then: {assert: {flag: {flag_id: = m.machine_id, colour: green}}}
"""
    (outcome,) = run(rules, matcher, Facts()("machine", machine_id="M", status="down"))
    assert [d.rule for d in outcome.decisions] == ["red", "green", "told"]


def test_a_release_names_its_holds_in_the_order_they_were_placed(matcher: str) -> None:
    """That order survives a snapshot."""
    rules = """
  - {rule: hold-it, on: alarm, then: {hold: {lot: L, reason: a}}}
  - {rule: free-it, on: inspection, then: {release: {lot: L, reason: b}}}
"""
    session = Session(book(rules), matcher)
    make = Facts()
    placed = [session.submit(make("alarm", machine_id="M")).decisions[0].id for _ in range(6)]
    session = Session.restore(session.book, session.snapshot(), matcher)
    (release,) = session.submit(make("inspection", lot_id="L", order_id="o", result="pass")).decisions
    assert release.values["holds"] == placed


def test_what_lineside_ends_itself_leaves_nothing_behind(matcher: str) -> None:
    """A session that holds and releases for ever does not grow: no hold id comes back, so none is remembered."""
    rules = """
  - {rule: hold-it, on: alarm, then: {hold: {lot: L, reason: a}}}
  - {rule: free-it, on: inspection, then: {release: {lot: L, reason: b}}}
"""
    session = Session(book(rules), matcher)
    make = Facts()
    sizes = []
    for _ in range(3):
        for _ in range(5):
            session.submit(make("alarm", at=0, machine_id="M"))
            session.submit(make("inspection", at=0, lot_id="L", order_id="o", result="pass"))
        sizes.append(len(session.snapshot()))
    assert len(set(sizes)) == 1


def test_a_whole_number_is_one_subject_however_it_is_written(matcher: str) -> None:
    """A hold on 1.0 is released by a release on 1."""
    rules = """
  - {rule: hold-it, on: order, on_missing: skip, if: quantity > 0, then: {hold: {item: = quantity, reason: a}}}
"""
    make = Facts()
    session = Session(book(rules), matcher)
    session.submit(make("order", order_id="a", item="x", status="released", quantity=Decimal("1.0")))
    session.submit(make("order", order_id="b", item="x", status="released", quantity=1))
    assert [f.data["item_id"] for f in session.holds()] == ["1", "1"]


def test_rules_that_multiply_are_stopped(matcher: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One fact may set off only so much; beyond it the session says which fact and which rule."""
    monkeypatch.setattr("engine.plain.MOST_DECISIONS", 50)
    rules = "  - {rule: r, on: alarm, then: [" + ", ".join(["{notify: {to: x, message: y}}"] * 60) + "]}"
    with pytest.raises(ChainUnending, match='"r" was next'):
        run(rules, matcher, Facts()("alarm", machine_id="M"))


def test_null_may_stand_on_either_side(matcher: str) -> None:
    """A test for null compares nothing that could be missing, whichever side it is written on."""
    rules = "".join(
        f"  - {{rule: r{n}, on: inspection, on_missing: alert, if: {test}, then: {{notify: {{to: x, message: y}}}}}}\n"
        for n, test in enumerate(["severity != null", "null != severity"])
    )
    (outcome,) = run(rules, matcher, Facts()("inspection", lot_id="L", order_id="o", result="pass"))
    assert outcome.decisions == ()


def test_a_field_is_missed_only_by_rules_that_had_a_chance(matcher: str) -> None:
    """A good part without a severity is nothing that a rule about failures could not decide."""
    rules = """
  - rule: fails
    on: inspection
    if: result = "fail" and severity = "critical"
    on_missing: skip
    then: {notify: {to: x, message: y}}
  - rule: any
    on: inspection
    if: severity = "minor"
    on_missing: skip
    then: {notify: {to: x, message: y}}
"""
    make = Facts()
    facts = [make("inspection", lot_id="L", order_id="o", result=result) for result in ("pass", "fail")]
    missed = [[m.rules for m in outcome.missing] for outcome in run(rules, matcher, *facts)]
    assert missed == [[("any",)], [("fails", "any")]]


LIMITED = """
  - rule: beyond-its-limit
    on: inspection
    on_missing: hold
    if: defects > parameters.limit
    then: {hold: {lot: = lot_id, reason: "{defects}"}}
  - table: by-its-limit
    on: inspection
    on_missing: hold
    columns: ["defects - parameters.limit", "=> route.to"]
    rows: [["> 0", mrb]]
    then: [{hold: {lot: = lot_id, reason: by its row}}, {route: {lot: = lot_id}}]
"""


def test_a_parameter_is_no_field_that_is_missing() -> None:
    """A rule that says what to do about missing fields is decided by its parameters, which are never missing."""
    make, session = Facts(), Session(book(LIMITED, "parameters: {limit: 2}"))
    low = session.submit(make("inspection", lot_id="l", order_id="o", result="fail", defects=1))
    assert (low.decisions, low.missing) == ((), ())
    lacking = session.submit(make("inspection", lot_id="l", order_id="o", result="fail"))
    assert [(missing.field, missing.rules) for missing in lacking.missing] == [
        ("defects", ("beyond-its-limit", "by-its-limit"))
    ]
    assert {d.rule for d in lacking.decisions if d.kind == "hold"} == {"beyond-its-limit", "by-its-limit"}
