"""Decisions, functions and services: what each form comes to, compiled and walked alike."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.definitions.evaluation import prepare
from engine.diagnostics import RulesRejected
from engine.feel.values import FunctionValue
from tests.engine.definitions.models import NOW, both, read

DISPOSITION = """
definitions: disposition
types:
  Severity: {type: string, enum: [minor, major, critical]}
  Lot:
    type: object
    properties: {id: string, quantity: {type: number, minimum: 0}, severity: Severity}
  Lots: {type: array, items: Lot}
inputs: {lot: Lot, weighed quantity: number, lots: Lots, anything: Any}
define:
  - {define: risk, type: number, value: = weighed quantity * 2}
  - define: routing
    hit: first
    columns: |
      | lot.severity     | risk     | => target     | => urgent | # why |
      | "minor"          | < 10     | "rework-cell" | false     | small |
      | "minor", "major" | [10..20) | "mrb"         | risk > 15 |       |
      | "critical"       | -        | "scrap"       | true      |       |
    default: {target: '"nowhere"', urgent: false}
  - {define: area, parameters: {width: number, height: number}, value: = width * height}
  - {define: floor space, type: number, invoke: area, with: {width: 3, height: = risk}}
  - {define: rounded, invoke: decimal, with: {n: = risk / 3, scale: 1}}
  - define: summary
    context:
      where: = routing.target
      size: {type: number, value: = risk}
      twice: {parameters: {n: number}, value: = n * size}
    result: = where + " " + string(twice(2))
  - {define: heavy, filter: = lots, match: = quantity > 5}
  - {define: first heavy, filter: = heavy, match: 1}
  - {define: names, for: one, in: = lots, return: {context: {id: = one.id, at: = count(partial)}}}
  - {define: some heavy, some: one, in: = lots, satisfies: = one.quantity > 5}
  - {define: all heavy, every: one, in: = lots, satisfies: = one.quantity > 5}
  - {define: strange, some: one, in: "= [1, 2]", satisfies: '= if one = 2 then true else "no"'}
  - {define: grade, if: = risk > 10, then: high, else: {list: [low, = risk]}}
  - {define: no condition, if: = weighed quantity, then: 1, else: 2}
  - {define: plan, relation: {columns: [step, hours], rows: [[cut, 1], [weld, = risk]]}}
  - {define: hours, value: "= sum(plan.hours)"}
  - {define: all of it, hit: collect sum, columns: "| risk | => |\\n| > 1 | 1 |\\n| > 2 | 2 |\\n"}
  - {define: fibonacci, parameters: {n: number}, value: = if n < 2 then n else fibonacci(n - 1) + fibonacci(n - 2)}
  - {define: endless, parameters: {n: number}, value: = endless(n + 1)}
  - {define: empty}
  - {define: in java, parameters: {n: number}, kind: Java, context: {class: java.lang.Math}}
  - {define: asked java, value: = in java(1)}
  - {define: whatever, value: = anything}
services:
  both: {outputs: [routing, risk], inputs: [lot, weighed quantity]}
  given: {outputs: routing, inputs: [lot, risk]}
"""

LOT = {"id": "L1", "quantity": 6, "severity": "minor"}
LIGHT = {"id": "L2", "quantity": 1, "severity": "minor"}
INPUTS: dict[str, Any] = {"lot": LOT, "weighed quantity": 8, "lots": [LOT, LIGHT], "anything": None}

DECISIONS: dict[str, tuple[str, dict[str, Any], Any, str]] = {
    "FEEL": ("risk", {}, 16, ""),
    "null in": ("risk", {"weighed quantity": None}, None, ""),
    "an input of another type": ("risk", {"weighed quantity": "8"}, None, 'the input "weighed quantity" is not a number: 8'),
    "a list of one": ("risk", {"weighed quantity": [8]}, 16, ""),
    "a table": ("routing", {}, {"target": "mrb", "urgent": True}, ""),
    "the default": ("routing", {"weighed quantity": 80}, {"target": "nowhere", "urgent": False}, ""),
    "no allowed value": ("routing", {"lot": {**LOT, "severity": "x"}}, {"target": "nowhere", "urgent": False}, 'the input'),
    "an allowed range": ("whatever", {"lot": {**LOT, "quantity": -1}}, None, ""),
    "an invocation": ("floor space", {}, 48, ""),
    "a built-in invoked": ("rounded", {}, Decimal("5.3"), ""),
    "a context with a result": ("summary", {}, "mrb 32", ""),
    "a filter": ("heavy", {}, [LOT], ""),
    "a filter by position": ("first heavy", {}, LOT, ""),
    "a loop with what came before": ("names", {}, [{"id": "L1", "at": 0}, {"id": "L2", "at": 1}], ""),
    "some": ("some heavy", {}, True, ""),
    "every": ("all heavy", {}, False, ""),
    "a boxed condition that is no boolean": ("strange", {}, None, "the condition is not true or false"),
    "if": ("grade", {}, "high", ""),
    "else": ("grade", {"weighed quantity": 1}, ["low", 2], ""),
    "if null": ("grade", {"weighed quantity": None}, ["low", None], ""),
    "if of a number": ("no condition", {}, None, "the condition is not true or false"),
    "a relation": ("plan", {}, [{"step": "cut", "hours": 1}, {"step": "weld", "hours": 16}], ""),
    "a path over a list": ("hours", {}, 17, ""),
    "collect sum": ("all of it", {}, 3, ""),
    "no logic": ("empty", {}, None, ""),
    "another language": ("asked java", {}, None, "functions in Java are not run"),
    "a decision that there is not": ("nobody", {}, None, 'there is no decision "nobody"'),
}  # fmt: skip


@pytest.mark.parametrize("case", DECISIONS.values(), ids=DECISIONS)
def test_decisions(case: tuple[str, dict[str, Any], Any, str]) -> None:
    """Each form has its value, both ways, and a null that data makes is told with a reason."""
    name, given, value, warned = case
    for logic in both(DISPOSITION):
        found = logic.decide(name, {**INPUTS, **given}, NOW)
        assert found.value == value
        assert any(remark.message.startswith(warned) for remark in found.warnings) or not warned, (
            found.warnings
        )


CALLS: dict[str, tuple[str, Any, Any, str]] = {
    "by position": ("area", (2, 3), 6, ""),
    "by name": ("area", {"height": 3, "width": 2}, 6, ""),
    "too few": ("area", (2,), None, '"area" takes (width, height), not these'),
    "a name it does not have": ("area", {"width": 2, "depth": 3}, None, '"area" takes (width, height)'),
    "an argument of another type": ("area", ("2", 3), None, '"width" of "area" is not a number: 2'),
    "recursion": ("fibonacci", (10,), 55, ""),
    "recursion without end": ("endless", (1,), None, '"endless" calls itself too deep'),
    "a decision by its inputs": ("routing", (LOT, 8), {"target": "mrb", "urgent": True}, ""),
    "a service": ("both", (LOT, 4), {"routing": {"target": "rework-cell", "urgent": False}, "risk": 8}, ""),
    "a service that is given a decision": (
        "given",
        {"lot": LOT, "risk": 11},
        {"target": "mrb", "urgent": False},
        "",
    ),
    "nothing of that name": ("nobody", (), None, 'there is no "nobody" to call'),
}


@pytest.mark.parametrize("case", CALLS.values(), ids=CALLS)
def test_calls(case: tuple[str, Any, Any, str]) -> None:
    """Functions, services and decisions are called by name or in order; what does not fit is null with a reason."""
    name, arguments, value, warned = case
    for logic in both(DISPOSITION):
        found = logic.call(name, arguments, NOW)
        assert found.value == value
        assert any(remark.message.startswith(warned) for remark in found.warnings) or not warned, (
            found.warnings
        )


def test_parameters_of_a_decision_are_the_inputs_it_needs() -> None:
    """They stand in the order of the document, with their types; the result has the type of its logic."""
    logic, _ = both(DISPOSITION)
    callees = logic.callees()
    assert [p.name for p in callees["routing"].parameters] == ["lot", "weighed quantity"]
    assert [p.name for p in callees["hours"].parameters] == ["weighed quantity"]
    assert callees["area"].result.word == "a number"
    assert callees["routing"].result.word == "a context"


def test_a_closure_keeps_what_it_saw() -> None:
    """A function that leaves its context still reads what stood before it there, and nothing that came after."""
    text = """
definitions: closures
inputs: {n: number}
define:
  - define: adder
    context:
      by: = n
      add: {parameters: {m: number}, value: = m + by}
      later: = add(1)
    result: = add
  - {define: used, value: = adder(10)}
"""
    for logic in both(text):
        assert logic.decide("used", {"n": 5}, NOW).value == 15
        assert isinstance(logic.decide("adder", {"n": 5}, NOW).value, FunctionValue)


SHARED = """
definitions: shared
types: {Kind: {type: string, enum: [a, b]}}
inputs: {kind: Kind}
define:
  - {define: twice, parameters: {n: number}, value: = n * 2}
  - {define: weight, value: '= if kind = "a" then 1 else 2'}
"""


def test_imports() -> None:
    """What another document declares is reached through the name it is imported by; its inputs are given by that name."""
    text = """
definitions: main
imports: {base: shared}
inputs: {n: number}
define:
  - {define: total, value: = base.twice(n) + base.weight}
"""
    for logic in both(text, shared=SHARED):
        assert logic.decide("total", {"n": 3, "base.kind": "b"}, NOW).value == 8
        assert [p.name for p in logic.callees()["total"].parameters] == ["n", "base.kind"]


def test_what_takes_too_long_ends() -> None:
    """Loops of calls share one count of steps, so that a small text cannot run for ever."""
    text = """
definitions: slow
define:
  - {define: one, parameters: {n: number}, value: "= sum(for i in 1..1000 return i)"}
  - {define: lot of them, value: "= sum(for i in 1..100000 return one(i))"}
"""
    for logic in both(text):
        assert logic.decide("lot of them", {}, NOW).value is None


def test_decisions_in_a_circle_are_refused() -> None:
    """The circle is named when the document is read, and nothing is prepared of it."""
    text = "definitions: circle\ndefine:\n  - {define: a, value: = b + 1}\n  - {define: b, value: = a + 1}\n"
    found, faults = read(text)
    assert [(f.code, f.message) for f in faults] == [
        ("cycle", 'decisions need one another: "a" -> "b" -> "a"')
    ]
    with pytest.raises(RulesRejected):
        prepare(found)
