"""Rules call what definitions define: compiled and walked, in both matchers, in explanations, and after a restart."""

from __future__ import annotations

import pytest

from engine.compiler import compile_rules
from engine.decisions import Fact
from engine.diagnostics import RulesRejected, Severity
from engine.rulebook import RuleBook
from engine.session import Session
from engine.whynot import why_not
from tests.engine.books import FACTS, Facts

DEFINITIONS = """
definitions: disposition
types: {Severity: {type: string, enum: [minor, major, critical]}}
inputs: {severity: Severity, defects: number}
define:
  - {define: risk, value: = defects * 2}
  - define: routing
    hit: first
    columns: |
      | severity   | risk | => target | => urgent |
      | "critical" | -    | "mrb"     | true      |
      | -          | > 5  | "rework"  | false     |
  - {define: share of, parameters: {part: number, whole: number}, value: = part / whole}
  - {define: today's date, value: = today()}
"""

RULES = """
  - rule: send-it-on
    on: inspection
    on_missing: skip
    if: routing(severity, defects).target != null and risk(defects) > 1
    then:
      - route: {lot: = lot_id, to: "= routing(defects: defects, severity: severity).target"}
      - notify: {lot: = lot_id, to: quality, message: "risk {risk(defects)}"}
  - rule: with-its-order
    on_missing: skip
    when:
      - e: inspection
      - o: order
        where: order_id = e.order_id and share of(e.defects, quantity) > 0.5
    then:
      - escalate: {order: = o.order_id, to: quality, message: too many}
"""


def rule_book(rules: str = RULES, definitions: str = DEFINITIONS) -> RuleBook:
    """Return the rule book of *rules* beside *definitions*."""
    head = "ruleset: test-rules\ntitle: Rules under test\nowner: quality engineering\nrules:\n"
    files = {**FACTS, "rules/definitions.yaml": definitions, "rules/test.yaml": head + rules}
    return compile_rules(files)


def story() -> list[Fact]:
    """Return an order and two inspections of it."""
    facts = Facts()
    return [
        facts("order", source="erp", order_id="o1", item="x", status="released", quantity=4),
        facts("inspection", lot_id="a", order_id="o1", result="fail", severity="minor", defects=3),
        facts("inspection", lot_id="b", order_id="o1", result="fail", severity="critical", defects=1),
    ]


@pytest.mark.parametrize("matcher", ["native", "naive"])
def test_conditions_and_actions_call_definitions(matcher: str) -> None:
    """Decisions are called by position and by name, functions by their names of several words."""
    session = Session(rule_book(), matcher=matcher)
    made = [d for fact in story() for d in session.submit(fact).decisions]
    assert [(d.rule, d.kind, d.subject_id, d.values) for d in made] == [
        ("send-it-on", "route", "a", {"to": "rework"}),
        ("send-it-on", "notify", "a", {"to": "quality", "message": "risk 6"}),
        ("with-its-order", "escalate", "o1", {"to": "quality", "message": "too many"}),
        ("send-it-on", "route", "b", {"to": "mrb"}),
        ("send-it-on", "notify", "b", {"to": "quality", "message": "risk 2"}),
    ]


def test_explanations_show_what_calls_came_to() -> None:
    """The value of a call stands beside its text, also where a rule did not fire."""
    session = Session(rule_book())
    first, second, _ = story()
    session.submit(first)
    explained = session.explain(session.submit(second))[0].conditions[0]
    assert [(part.text, part.value) for part in explained.parts[1].parts] == [("risk(defects)", 6)]
    missed = Facts()("inspection", lot_id="c", order_id="o1", result="fail", severity="minor", defects=0)
    clauses = why_not(session, "send-it-on", missed).patterns[0].clauses
    assert [(clause.text, clause.value) for clause in clauses] == [
        ("routing(severity, defects).target != null", False),
        ("risk(defects) > 1", False),
    ]
    assert all(name not in ("routing", "risk") for clause in clauses for name, _ in clause.reads)


def test_a_restored_session_goes_on() -> None:
    """Calls depend on their arguments alone: a session restored from a snapshot decides as the first would."""
    book = rule_book()
    order, *inspections = story()
    session = Session(book)
    session.submit(order)
    restored = Session.restore(book, session.snapshot())
    for fact in inspections:
        assert restored.submit(fact).decisions == session.submit(fact).decisions


def test_the_rule_book_is_named_by_its_definitions() -> None:
    """Other definitions are another rule book."""
    changed = DEFINITIONS.replace("defects * 2", "defects * 3")
    assert rule_book().digest != rule_book(definitions=changed).digest


SHORT = """
  - rule: r
    on: inspection
    on_missing: skip
    if: '{condition}'
    then: [{{notify: {{to: q, message: m}}}}]
"""

FAULTS = {
    "a name": ("routin(severity, defects).target != null", "unknown-function"),
    "too few arguments": ("routing(severity).target != null", "wrong-arguments"),
    "a parameter's name": ("routing(severity: severity, defect: 1).urgent", "wrong-arguments"),
    "an argument's type": ('risk("x") > 1', "type-mismatch"),
    "an entry of the result": ("routing(severity, defects).to != null", "unknown-field"),
    "the result's type": ('risk(defects) = "high"', "type-mismatch"),
}


@pytest.mark.parametrize("case", FAULTS.values(), ids=FAULTS)
def test_faults_of_calls(case: tuple[str, str]) -> None:
    """What definitions take and give is known to the check of rules."""
    condition, code = case
    rules = SHORT.format(condition=condition)
    with pytest.raises(RulesRejected) as refused:
        rule_book(rules)
    assert code in {d.code for d in refused.value.diagnostics if d.severity is Severity.ERROR}


def test_a_definition_that_reads_the_clock_is_asked_each_time() -> None:
    """A rule of states that calls it is warned of as one that asks for the time itself."""
    rules = """
  - rule: r
    when: [{o: order, where: clock() != null}]
    then: [{notify: {to: q, message: m}}]
"""
    book = rule_book(rules, DEFINITIONS + "  - {define: clock, value: now()}\n".replace("now()", "= now()"))
    assert "clock-in-state-rule" in {warning.code for warning in book.warnings}


def test_definitions_may_stand_alone() -> None:
    """A name that two documents have is called by nobody, and everything else works."""
    other = DEFINITIONS.replace("definitions: disposition", "definitions: other").replace(
        "define: share of", "define: part of"
    )
    head = "ruleset: test-rules\ntitle: T\nowner: q\nrules:\n"
    rules = SHORT.format(condition="part of(defects, 2) > 1")
    book = compile_rules({**FACTS, "a.yaml": DEFINITIONS, "b.yaml": other, "r.yaml": head + rules})
    assert {w.code for w in book.warnings} == {"name-taken"}
    assert "routing" not in book.library.callees
    assert "part of" in book.library.callees
