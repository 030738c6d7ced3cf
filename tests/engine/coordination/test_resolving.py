"""Cases that rules resolve: which, when they do not, and what that stops."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.coordination.floor import HELD, LADDERS, Floor, lines, rule_book
from tests.engine.coordination.test_checks import said

OTHER = (
    HELD.replace("rule: failed-lot", "rule: late-lot")
    .replace("kind: held", "kind: late")
    .replace('result = "fail"', "defects = 9")
)
OF_KIND = """
  - rule: passed-lot
    on: inspection
    if: result = "pass" and severity = "minor"
    on_missing: skip
    then: {resolve_case: {lot: = lot_id, kind: held, reason: "{lot_id} passed"}}
"""
OF_ALL = """
  - rule: waived-lot
    on: inspection
    if: result = "pass" and severity = "major"
    on_missing: skip
    then: {resolve_case: {lot: = lot_id, reason: waived}}
"""
RULES = HELD + OTHER + OF_KIND + OF_ALL
NOTHING: list[str] = []


@pytest.fixture(params=["native", "naive"])
def floor(request: pytest.FixtureRequest) -> Floor:
    """Return a plant for each matcher in turn."""
    return Floor(rule_book(RULES), matcher=str(request.param))


def passes(floor: Floor, at: float, severity: str = "minor", **more: Any) -> list[str]:
    """Let the lot L1 pass its inspection: minor resolves one kind of case, major all."""
    data = {"lot_id": "L1", "order_id": "O1", "result": "pass", "severity": severity}
    return floor.post("inspection", at, **data, **more)


def test_a_resolved_case_is_not_told_any_more(floor: Floor) -> None:
    """The ladder stops at once and for good, and nothing is due any more; the tasks are as people left them."""
    floor.fail()
    floor.answer(5, "acknowledge", "quality")
    assert passes(floor, 20) == ["15 escalate supervisor step 1", "20 resolve_case L1"]
    decision = floor.decisions[-1]
    assert decision.values == {"kind": "held", "cases": [floor.decisions[0].id]}
    assert (decision.reason, decision.rule) == ("L1 passed", "passed-lot")
    assert floor.state() == "resolved production:open quality:acknowledged planning:open"
    (fact,) = floor.session.states("case")
    assert (fact.data["status"], fact.data["by"], fact.data["comment"]) == (
        "resolved",
        "passed-lot",
        "L1 passed",
    )
    assert floor.session.next_due() is None
    assert floor.wait(10_000) == NOTHING


def test_an_acknowledged_case_is_resolved_and_its_answers_lapse_no_more() -> None:
    """What was answered is not asked again."""
    lapsing = HELD.replace(
        "          ladder: help\n", "          ladder: help\n          answer_lapses_after: 2 h\n"
    )
    floor = Floor(rule_book(lapsing + OF_KIND))
    floor.fail()
    floor.answer(1, "acknowledge", "quality")
    floor.answer(2, "accept", "planning")
    assert passes(floor, 30) == ["30 resolve_case L1"]
    assert floor.wait(10_000) == NOTHING


def test_without_a_kind_all_cases_of_the_subject_are_resolved(floor: Floor) -> None:
    """They are named in the order they were opened; those of other subjects, or of the same order, are not touched."""
    floor.fail()
    floor.post("inspection", 1, lot_id="L1", order_id="O1", result="pass", defects=9)
    floor.fail(2, lot="L2")
    opened = [d.id for d in floor.decisions if d.kind == "open_case"]
    assert passes(floor, 3, "major") == ["3 resolve_case L1"]
    assert floor.decisions[-1].values == {"cases": opened[:2]}
    assert [case.status for case in floor.session.cases()] == ["resolved", "resolved", "open"]
    assert [line for line in floor.wait(300) if "L1" in line] == NOTHING


def test_who_has_a_task_in_a_resolved_case_can_still_say_that_it_is_done(floor: Floor) -> None:
    """What people say they have done is not lost, and opens nothing."""
    floor.fail()
    passes(floor, 5)
    assert floor.answer(10, "done", "quality") == NOTHING
    assert floor.state() == "resolved production:open quality:done planning:open"
    assert floor.session.next_due() is None
    assert floor.answer(11, "done", "quality") == ["11 answer L1 [void]"]


@pytest.mark.parametrize(
    ("before", "severity", "why"),
    [
        pytest.param("", "minor", "no case held of it was open", id="never opened"),
        pytest.param("", "major", "no case of it was open", id="none of any kind"),
        pytest.param("resolve", "minor", "no case held of it was open", id="resolved already"),
        pytest.param("close", "major", "no case of it was open", id="closed"),
    ],
)
def test_where_none_is_open_the_decision_is_void(before: str, severity: str, why: str) -> None:
    """It says so, and nothing changes."""
    floor = Floor(rule_book(RULES))
    if before:
        floor.fail()
        floor.answer(1, before)
    assert passes(floor, 2, severity) == ["2 resolve_case L1 [void]"]
    assert (floor.decisions[-1].reason, floor.decisions[-1].values["cases"]) == (why, [])


def test_people_open_again_what_a_rule_has_resolved(floor: Floor) -> None:
    """All are asked anew and the ladder begins anew; the next match does so, too, and the rule resolves it again."""
    floor.fail()
    passes(floor, 5)
    assert floor.answer(10, "accept", "quality") == ["10 answer L1 [void]"]
    assert floor.answer(60, "reopen") == [f"60 ask {role}" for role in ("production", "quality", "planning")]
    assert floor.wait(75) == ["75 escalate supervisor step 1"]
    assert passes(floor, 80) == ["80 resolve_case L1"]
    assert floor.fail(90)[:2] == ["90 open_case L1", "90 ask production"]
    assert floor.decisions[-4].reason == "opens the case of 2026-03-02T06:00:00Z again, which was resolved"
    assert passes(floor, 91) == ["91 resolve_case L1"]
    assert len({decision.id for decision in floor.decisions}) == len(floor.decisions)


def test_a_case_that_is_open_again_does_not_say_why_it_was_resolved(floor: Floor) -> None:
    """Neither where it comes again nor where a person opens it again, whose own comment it has then."""
    floor.fail()
    passes(floor, 5)
    floor.fail(10)
    assert floor.session.states("case")[0].data.get("comment") is None
    passes(floor, 15)
    assert floor.session.states("case")[0].data["comment"] == "L1 passed"
    floor.answer(20, "reopen", comment="the gauge was wrong")
    assert floor.session.states("case")[0].data["comment"] == "the gauge was wrong"


@pytest.mark.parametrize(
    ("priority", "status"),
    [(10, "superseded"), (0, "conflict"), (-10, "superseded")],
    ids=["first", "same", "last"],
)
def test_what_a_fact_opens_it_does_not_resolve(priority: int, status: str) -> None:
    """Whichever rule comes first, the case stands open after it, as what a fact holds is not released by it."""
    both = OF_KIND.replace('result = "pass" and severity', "severity").replace(
        "    on: inspection\n", f"    priority: {priority}\n    on: inspection\n"
    )
    floor = Floor(rule_book(HELD + both))
    told = floor.post("inspection", 0, lot_id="L1", order_id="O1", result="fail", severity="minor")
    assert floor.state().startswith("open")
    (decision,) = [d for d in floor.decisions if d.kind == "resolve_case"]
    if priority > 0:  # it came first, and there was none
        assert "0 resolve_case L1 [void]" in told
    else:
        assert (decision.status, decision.settled_by) == (status, floor.decisions[0].id)
        assert decision.values["cases"] == []
    assert floor.wait(15)[-1] == "15 escalate supervisor step 1"


def test_a_rule_that_resolves_before_the_match_comes_has_it_asked_anew(floor: Floor) -> None:
    """What was open before is resolved by the more urgent rule, and opened again by what the same fact brings to it."""
    first = OF_KIND.replace('result = "pass" and severity', "severity").replace(
        "    on: inspection\n", "    priority: 10\n    on: inspection\n"
    )
    floor = Floor(rule_book(HELD + first), floor.matcher)
    floor.fail()
    told = floor.post("inspection", 5, lot_id="L1", order_id="O1", result="fail", severity="minor")
    assert told == [
        "5 resolve_case L1",
        "5 open_case L1",
        "5 ask production",
        "5 ask quality",
        "5 ask planning",
    ]
    assert floor.state().startswith("open")
    assert floor.wait(20)[-1] == "20 escalate supervisor step 1"


def test_a_silence_for_one_time_is_over_with_the_case_that_a_rule_resolves(floor: Floor) -> None:
    """The next case is told."""
    floor.shelve(0, one_shot=True)
    floor.fail(1)
    assert floor.shelved() == ["shelved held 3"]
    passes(floor, 2)
    assert floor.shelved() == NOTHING
    assert floor.fail(3)[1] == "3 ask production"


def test_a_silenced_case_that_is_resolved_is_not_told_when_the_silence_is_over(floor: Floor) -> None:
    """Nobody hears late of what is settled."""
    floor.shelve(0, lasts="1 h")
    floor.fail(1)
    passes(floor, 2)
    assert floor.wait(500) == NOTHING


def test_rows_of_a_table_resolve(floor: Floor) -> None:
    """What a row resolves and why stands in its cells; the subject is that of the fact."""
    table = """
  - table: what-becomes-of-a-lot
    title: What becomes of a lot
    on: inspection
    hit: first
    columns: |
      | result | severity | => resolve_case.reason | # why |
      | "pass" | "minor"  | it is good enough      | -     |
    then: {resolve_case: {kind: held}}
"""
    floor = Floor(rule_book(HELD + table), floor.matcher)
    floor.fail()
    assert passes(floor, 1) == ["1 resolve_case L1"]
    assert (floor.decisions[-1].reason, floor.decisions[-1].rows) == ("it is good enough", (1,))


def test_the_kind_must_be_one_that_is_opened_of_such_a_subject() -> None:
    """What could never find a case is refused, and the message says which there are."""
    head = "\n  - rule: over\n    on: inspection\n    then: {resolve_case: {%s, reason: over}}\n"
    assert said(HELD + head % "lot: = lot_id, kind: hold") == [
        'error[unknown-case]: no rule opens a case "hold"; did you mean "held"?'
    ]
    assert said(HELD + head % "order: = order_id, kind: held") == [
        'error[unknown-case]: no rule opens a case "held" of an order; such cases are of lot'
    ]
    assert said(HELD + head % "work_centre: A") == [
        "error[unknown-case]: no rule opens a case of a work centre; such cases are of lot"
    ]
    assert said(head % "lot: = lot_id") == [
        "error[unknown-case]: no rule opens a case of a lot; write a rule that opens one, or leave this out"
    ]
    assert said(head % "lot: = lot_id, kind: held") == [
        'error[unknown-case]: no rule opens a case "held"; write a rule that opens one, or leave this out'
    ]
    assert said(HELD + head % "lot: = lot_id, kind: held") == NOTHING


def test_a_pattern_that_asks_for_a_kind_that_is_never_opened_is_told() -> None:
    """It would never fit, and a `none` with it always hold; a kind that is not written down may be any."""
    head = "\n  - rule: looks\n    when:\n      - %s\n        where: '%s'\n    then: {notify: {to: q, message: m}}\n"
    assert said(HELD + head % ("c: case", 'kind = "hold" and status = "open"')) == [
        'warning[unknown-case]: kind is never "hold": no rule opens such a case; did you mean "held"?'
    ]
    assert said(HELD + head % ("t: task", 'kind in ("held", "quality")')) == [
        'warning[unknown-case]: kind is never "quality": no rule opens such a case; known: held'
    ]
    assert said(head % ("c: case", 'kind = "held"')) == [
        'warning[unknown-case]: kind is never "held": no rule opens such a case; write a rule that opens one, or leave this out'
    ]
    assert said(HELD + head % ("c: case", 'kind != "hold"')) == NOTHING


def test_a_rule_of_states_resolves_a_case_once_where_until_keeps_its_match() -> None:
    """A person who opens the case again is not overruled at once."""
    rules = """
  - rule: machine-runs
    on_missing: skip
    when:
      - machine: machine
        where: status = "running"
      - open: case
        where: kind = "held" and status in ("open", "acknowledged")
    then: {resolve_case: {lot: = open.subject_id, kind: held, reason: it runs}}
    until: machine.status != "running"
"""
    floor = Floor(rule_book(HELD + rules, LADDERS))
    floor.fail()
    assert floor.post("machine", 1, machine_id="M1", status="running") == ["1 resolve_case L1"]
    assert floor.answer(2, "reopen")[0] == "2 ask production"
    assert floor.state().startswith("open")
    assert floor.wait(17) == ["17 escalate supervisor step 1"]
    assert floor.post("machine", 18, machine_id="M1", status="down") == NOTHING
    assert floor.post("machine", 19, machine_id="M1", status="running") == ["19 resolve_case L1"]


def test_a_snapshot_carries_what_was_resolved(floor: Floor) -> None:
    """After a restart it is as silent, and opened again as before."""
    floor.fail()
    passes(floor, 1)
    floor.cut()
    assert floor.wait(500) == NOTHING
    assert floor.answer(501, "reopen")[0] == "501 ask production"
    assert lines(floor.session.advance(floor.session.clock)) == NOTHING  # type: ignore[arg-type]
