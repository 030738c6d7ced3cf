"""What a scenario expects to be absent has to be something that the rules can decide: else it always is."""

from __future__ import annotations

import pytest

from engine.scenario import parse_scenario, scenario_disagreements
from tests.engine.books import book

RULES = """
  - rule: failed
    on: inspection
    if: result = "fail"
    then:
      - hold: {lot: = lot_id, reason: it failed, review: 1 h}
      - notify: {lot: = lot_id, to: quality, message: look}
  - rule: stopped
    on: machine
    if: status = "down"
    then:
      - open_case:
          work_centre: = machine_id
          kind: stop
          title: it stands
          tasks: {maintenance: mend it}
          acknowledge: all
      - assert: {alarm: {machine_id: = machine_id, level: 1}}
  - table: where-it-goes
    on: order
    columns: |
      | item  | => route.to | route.lot |
      | "pin" | mrb         | L-9       |
    then: {route: {}}
  - rule: undecided
    on: inspection
    on_missing: alert
    if: severity = "critical"
    then: {reprioritise: {order: LINE-1, priority: 1}}
"""
TAIL = ", so it is absent whatever comes"


def told(absent: str, rules: str = RULES) -> list[str]:
    """Return what is said of a scenario that posts L-1 of order PO-1 and machine M, and expects *absent* not to come."""
    text = (
        "scenario: s\nsteps:\n"
        "  - post:\n"
        "      - {type: inspection, data: {lot_id: L-1, order_id: PO-1, result: pass}}\n"
        "      - {type: machine, data: {machine_id: M, status: idle}}\n"
        f"    expect: {{absent: {absent}}}\n"
    )
    scenario, faults = parse_scenario(text, "s.yaml")
    assert scenario is not None, faults
    found = scenario_disagreements(scenario, book(rules))
    assert {one.code for one in found} <= {"never-decided", "unknown-rule"}
    return [f"{one.message}; {one.fix}".replace(TAIL, "") for one in found]


@pytest.mark.parametrize(
    ("absent", "said"),
    [
        pytest.param("{release: {}}", "no rule decides release; name another kind", id="kind"),
        pytest.param(
            "{notify: {}, rule: stopped}",
            '"stopped" never decides notify; it decides ask, assert, escalate, open_case',
            id="kind of a rule",
        ),
        pytest.param("{hold: {order: PO-1}}", "no rule decides hold of an order; it is of lot", id="subject"),
        pytest.param(
            "{escalate: {order: PO-1}, rule: failed}",
            '"failed" never decides escalate of an order; it is of lot',
            id="subject of a rule",
        ),
        pytest.param(
            "{notify: {to: qualty}}",
            'no rule decides notify with to "qualty"; did you mean "quality"?',
            id="who is told",
        ),
        pytest.param(
            "{ask: {to: quality}}",
            'no rule decides ask with to "quality"; known: maintenance',
            id="who is asked",
        ),
        pytest.param(
            "{open_case: {kind: stopp}}",
            'no rule decides open_case with kind "stopp"; did you mean "stop"?',
            id="kind of case",
        ),
        pytest.param("{hold: {lot: L1}}", 'no fact here brings lot "L1"; did you mean "L-1"?', id="id"),
        pytest.param(
            "{hold: {lot: {contains: X}}}", 'no fact here brings lot text with "X"; ', id="part of an id"
        ),
        pytest.param(
            "{open_case: {work_centre: N}}", 'no fact here brings work_centre "N"; ', id="id of a case"
        ),
        pytest.param(
            "{reprioritise: {order: LINE-2}}",
            'no fact here brings order "LINE-2"; did you mean "LINE-1"?',
            id="id in a rule",
        ),
        pytest.param("{assert: {flag: {}}}", "no rule asserts flag; asserted is alarm", id="asserted"),
        pytest.param(
            "{assert: {alarm: {}}, rule: failed}",
            '"failed" never asserts alarm; leave it out',
            id="asserted by a rule",
        ),
        pytest.param(
            "{hold: {lot: L1}, rule: faild}",
            'there is no rule "faild"; did you mean "failed"?',
            id="one fault at a time",
        ),
    ],
)
def test_what_nothing_can_decide_is_no_absence(absent: str, said: str) -> None:
    """A kind, a subject, a name or an id that no rule can come to is refused, with those that there are."""
    [found] = told(absent)
    assert found.startswith(said.rstrip("; ")), found


@pytest.mark.parametrize(
    "absent",
    [
        "{hold: {lot: L-1}}",
        "{hold: {lot: {contains: L}}}",
        "{hold: {}}",
        "{escalate: {lot: L-1}, rule: failed}",
        "{escalate: {to: anybody, work_centre: M}}",
        "{ask: {to: maintenance, work_centre: M}}",
        "{open_case: {kind: stop}}",
        "{route: {to: elsewhere}}",
        "{route: {lot: L-5}}",
        "{reprioritise: {order: LINE-1}}",
        "{answer: {by: Ann}}",
        "{sign: {by: Ann}}",
        "{assert: {alarm: {level: 1}}}",
    ],
)
def test_what_may_be_decided_may_be_absent(absent: str) -> None:
    """What a rule, a ladder, a review or a person may come to is no fault, nor what is filled in by a table."""
    assert told(absent) == []


def test_ids_that_rules_compute_may_be_any() -> None:
    """Where some id is put together by the rules, no id is called wrong."""
    assert (
        told(
            "{hold: {lot: L1}}", RULES.replace("lot: = lot_id, reason", 'lot: "{order_id}/{lot_id}", reason')
        )
        == []
    )


def test_a_hold_that_reaches_on_may_be_of_anything() -> None:
    """What was made from something held is held as well, whatever it is."""
    reaching = RULES.replace("reason: it failed,", "reason: it failed, including: descendants,")
    assert told("{hold: {serial: M}}", reaching) == []
    assert told("{release: {lot: L-1}}", reaching) == []


def test_a_rule_that_resolves_every_kind_of_case_names_none() -> None:
    """Its decision has no kind, so that one which is expected to be absent always is; without a kind it can come."""
    rules = (
        RULES
        + "  - rule: over\n    on: inspection\n    then: {resolve_case: {work_centre: M, reason: over}}\n"
    )
    assert told("{resolve_case: {kind: stop}}", rules) == [
        'no rule decides resolve_case with kind "stop"; leave kind out'
    ]
    assert told("{resolve_case: {work_centre: M}}", rules) == []
