"""Running scenarios: what meets an expectation, what does not, and what is said then."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.compiler import compile_rules
from engine.decisions import Decision
from engine.rulebook import RuleBook
from engine.scenario import coverage_of, parse_scenario, run_scenario, scenario_disagreements
from engine.scenario.fitting import assign, fits, shown, summary

ROOT = Path(__file__).resolve().parents[2]
RULES = """\
ruleset: lots
title: Lots
owner: quality
rules:
  - rule: failed
    title: A failed lot is held
    on: check
    if: result = "fail"
    then:
      - hold: {lot: = lot_id, reason: "{lot_id} failed", inventory_status: restricted}
      - route: {lot: = lot_id, to: rework-cell}
  - rule: failed-badly
    title: A lot that failed badly goes elsewhere
    priority: 10
    on: check
    if: result = "fail" and grade = 3
    then: {route: {lot: = lot_id, to: mrb}}
  - rule: freed
    title: A freed lot is released
    on: check
    if: result = "pass"
    then: {release: {lot: = lot_id, reason: passed}}
"""
TABLE = """\
ruleset: lots
title: Lots
owner: quality
rules:
  - table: where-to
    hit: first
    on: check
    columns: |
      | result | grade | => route.to | route.lot |
      | "fail" | > 2   | mrb         | = lot_id  |
      | "fail" | -     | rework      | = lot_id  |
      | -      | -     | store       | = lot_id  |
"""
CHECK = """\
fact: check
kind: event
owner: mes
data:
  type: object
  required: [lot_id, result, grade]
  properties: {lot_id: {type: string}, result: {enum: [fail, pass]}, grade: {type: integer}}
"""
PLACE = """\
fact: place
kind: state
owner: erp
key: [lot_id]
data: {type: object, required: [lot_id, place], properties: {lot_id: {type: string}, place: {type: string}}}
"""
FLOWS = """\
flows: [{flow: places, title: Places, direction: erp -> mes, owner: erp, facts: [place]}]
systems:
  erp: {title: ERP, sources: [erp]}
  mes: {title: MES, sources: [mes]}
  person: {title: People, sources: [person]}
  lineside: {title: Lineside, sources: [lineside]}
"""
FAIL = "{type: check, data: {lot_id: L-1, result: fail, grade: 1}}"
BAD = "{type: check, data: {lot_id: L-1, result: fail, grade: 3}}"
PASS = "{type: check, data: {lot_id: L-1, result: pass, grade: 0}}"


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """Return a small rule book of holds, routes and releases."""
    files = {"rules.yaml": RULES, "check.yaml": CHECK, "place.yaml": PLACE, "flows.yaml": FLOWS}
    files["hold.yaml"] = (ROOT / "rules/facts/hold.yaml").read_text(encoding="utf-8")
    return compile_rules(files)


def run(book: RuleBook, *steps: tuple[str, str]) -> list[str]:
    """Run a scenario of (post, expect) steps and return its failures as text."""
    text = "scenario: s\nsteps:\n" + "".join(f"  - post: {p}\n    expect: {e}\n" for p, e in steps)
    scenario, faults = parse_scenario(text, "s.yaml")
    assert scenario is not None, faults
    return [str(failure) for failure in run_scenario(scenario, book).failures]


@pytest.mark.parametrize(
    ("post", "expect"),
    [
        pytest.param(FAIL, "{decisions: {hold: {lot: L-1}}}", id="a subset"),
        pytest.param(
            FAIL,
            "{decisions: [{route: {to: rework-cell}}, {hold: {}}], exactly: true}",
            id="all, in any order",
        ),
        pytest.param(
            FAIL,
            "{decisions: {hold: {reason: {contains: failed}}, rule: failed}}",
            id="a part of a text, a rule",
        ),
        pytest.param(FAIL, "{absent: [{hold: {lot: L-2}}, {release: {}}]}", id="absent"),
        pytest.param(
            FAIL, "{holds: [{lot: L-1, inventory_status: restricted, rule: failed}]}", id="a hold that stands"
        ),
        pytest.param(PASS, "{holds: []}", id="no hold stands"),
        pytest.param(PASS, "{decisions: {release: {lot: L-1}, status: void}}", id="a status"),
        pytest.param(
            BAD,
            "{decisions: [{route: {to: mrb}}, {route: {to: rework-cell}, status: superseded}]}",
            id="superseded",
        ),
        pytest.param(
            BAD,
            "{decisions: [{route: {to: mrb}}, {hold: {}}], exactly: true}",
            id="superseded ones need not be named",
        ),
        pytest.param("{type: place, data: {lot_id: L, place: a}}", "{nothing: true}", id="nothing"),
        pytest.param(
            "{type: place, source: mes, data: {lot_id: L, place: a}}",
            "{refused: {code: wrong-owner}}",
            id="refused",
        ),
        pytest.param(
            "{type: place, data: {lot_id: 3}}",
            "{refused: [{pointer: /data/lot_id}, {message: place}]}",
            id="every fault",
        ),
        pytest.param(
            "{type: place, op: retract, data: {lot_id: L}}",
            "{nothing: true, stale: false}",
            id="a retraction",
        ),
        pytest.param(
            f"[{FAIL}, {PASS}]", "{holds: [], decisions: [{hold: {}}, {release: {}}]}", id="several facts"
        ),
        pytest.param(
            "[{type: place, data: {lot_id: L, place: a}},"
            ' {type: place, time: "2020-01-01T00:00:00Z", data: {lot_id: L, place: b}}]',
            "{stale: true}",
            id="stale",
        ),
        pytest.param(
            f"[{{id: a, {FAIL[1:]}, {{id: a, {FAIL[1:]}]",
            "{decisions: [{hold: {}}, {route: {}}], exactly: true}",
            id="once",
        ),
    ],
)
def test_expectations_that_are_met(book: RuleBook, post: str, expect: str) -> None:
    """An expectation is met by what it names; the rest is free unless it says otherwise."""
    assert run(book, (post, expect)) == []


@pytest.mark.parametrize(
    ("post", "expect", "said"),
    [
        pytest.param(
            FAIL,
            "{decisions: {hold: {lot: L-2}}}",
            'subject: expected lot "L-2", got lot "L-1"',
            id="another subject",
        ),
        pytest.param(
            FAIL,
            "{decisions: {hold: {inventory_status: blocked}}}",
            'expected "blocked", got "restricted"',
            id="another value",
        ),
        pytest.param(FAIL, "{decisions: {release: {lot: L-9}}}", "decided instead:", id="nothing near"),
        pytest.param(
            PASS,
            "{decisions: {release: {lot: L-1}}}",
            "status: expected decided, got void",
            id="another status",
        ),
        pytest.param(
            FAIL,
            "{decisions: [{hold: {}}, {hold: {}}]}",
            "took the only decision that fits",
            id="one for two",
        ),
        pytest.param(
            FAIL, "{decisions: {hold: {}}, exactly: true}", "no other decision, and 1 came", id="one too many"
        ),
        pytest.param(FAIL, "{nothing: true}", "expected no decision, and 2 came", id="not nothing"),
        pytest.param(FAIL, "{absent: {hold: {lot: L-1}}}", "did not expect hold lot: L-1", id="not absent"),
        pytest.param(FAIL, "{holds: []}", "expected no other hold to stand, and 1 do", id="a hold stands"),
        pytest.param(PASS, "{holds: [{lot: L-1}]}", "no hold stands", id="no hold stands"),
        pytest.param(PASS, "{refused: {code: wrong-owner}}", "the fact was accepted", id="accepted"),
        pytest.param(
            "{type: check, data: {}}",
            "{refused: {code: wrong-owner}}",
            "is missing",
            id="refused for another reason",
        ),
        pytest.param(
            "{type: check, data: {}}", "{nothing: true}", "the check is refused", id="refused by surprise"
        ),
        pytest.param(
            "{type: nothing, data: {}}", "{nothing: true}", "unknown fact type", id="an unknown type"
        ),
        pytest.param(PASS, "{stale: true}", "the fact is not stale", id="not stale"),
    ],
)
def test_expectations_that_are_not_met(book: RuleBook, post: str, expect: str, said: str) -> None:
    """An unmet expectation is named by its place, with what came instead."""
    failures = run(book, (post, expect))
    assert failures
    assert failures[0].startswith("s.yaml:")
    assert said in "\n".join(failures)


def test_a_refusal_nobody_expects_fails_even_without_an_expectation(book: RuleBook) -> None:
    """A step that expects nothing in particular still must have its fact taken."""
    scenario, _ = parse_scenario(
        f"scenario: s\nsteps:\n  - post: {{type: check, data: {{}}}}\n  - post: {FAIL}\n    expect: {{holds: [{{}}]}}\n",
        "s.yaml",
    )
    assert scenario is not None
    assert [f.span.line for f in run_scenario(scenario, book).failures] == [3]


@pytest.mark.parametrize("matcher", ["native", "naive"])
def test_runs_are_the_same(book: RuleBook, matcher: str) -> None:
    """Two runs of one scenario, under either matcher, give the same result, and count the rules that fired."""
    scenario, _ = parse_scenario(
        f"scenario: s\nsteps:\n  - post: {BAD}\n    expect: {{nothing: true}}\n", "s.yaml"
    )
    assert scenario is not None
    first, second = run_scenario(scenario, book), run_scenario(scenario, book, matcher)
    assert first == second
    assert first.fired == {("lots", "failed"), ("lots", "failed-badly")}
    coverage = coverage_of([first, second])
    assert coverage.idle == (("lots", "freed"),)
    assert round(coverage.percent) == 67


WAITING = """
ruleset: waiting
title: Waiting
owner: quality
rules:
  - rule: left-lying
    title: A lot that lies in quarantine for long is held
    when:
      - lies: place
        where: place = "quarantine"
        for: 10 min
    then: {hold: {lot: = lies.lot_id, reason: left lying}}
"""
LIES = "{type: place, data: {lot_id: L-1, place: quarantine}}"
GOES = "{type: place, data: {lot_id: L-1, place: line}}"
AHEAD = "{type: place, time: '2030-01-01T00:00:00Z', data: {lot_id: L-2, place: line}}"


@pytest.mark.parametrize("matcher", ["native", "naive"])
@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(
            f"- {{post: {LIES}, expect: {{nothing: true}}}}\n"
            "- {after: 9 min, expect: {nothing: true}}\n"
            "- {after: 6 min, expect: {decisions: {hold: {lot: L-1}, rule: left-lying}, exactly: true}}\n"
            "- {after: 1 h, expect: {nothing: true}}\n",
            id="it lies",
        ),
        pytest.param(
            f"- {{post: {LIES}}}\n- {{after: 9 min, post: {GOES}}}\n- {{after: 1 h, expect: {{nothing: true}}}}\n",
            id="it goes",
        ),
        pytest.param(
            f"- {{post: {LIES}}}\n- {{after: 11 min, post: {GOES}, expect: {{decisions: {{hold: {{lot: L-1}}}}}}}}\n",
            id="it goes too late",
        ),
        pytest.param(
            f"- {{post: [{LIES}, {AHEAD}], expect: {{nothing: true}}}}\n"
            "- {after: 10 min, expect: {holds: [{lot: L-1}]}}\n",
            id="a clock that is ahead",
        ),
    ],
)
def test_time_passes_in_steps_without_facts(matcher: str, steps: str) -> None:
    """A step that only waits sees what fell due meanwhile, as the service would decide it."""
    files = {"rules.yaml": WAITING, "place.yaml": PLACE, "flows.yaml": FLOWS}
    files["hold.yaml"] = (ROOT / "rules/facts/hold.yaml").read_text(encoding="utf-8")
    scenario, faults = parse_scenario(f"scenario: s\nsteps:\n{steps}", "s.yaml")
    assert scenario is not None, faults
    assert [str(f) for f in run_scenario(scenario, compile_rules(files), matcher).failures] == []


def test_coverage_of_nothing_is_whole() -> None:
    """Where there are no rules none is left out."""
    assert coverage_of([]).percent == 100


@pytest.mark.parametrize(
    ("expected", "have", "does"),
    [
        pytest.param(1, 1, True, id="numbers"),
        pytest.param(1, True, False, id="a number is no boolean"),
        pytest.param(True, 1, False, id="a boolean is no number"),
        pytest.param("1", 1, False, id="text is no number"),
        pytest.param(None, None, True, id="nothing"),
        pytest.param({"a": 1}, {"a": 1, "b": 2}, True, id="a part of a mapping"),
        pytest.param([1], [1, 2], False, id="a list is whole"),
        pytest.param({"contains": "b"}, "abc", True, id="a part of a text"),
        pytest.param({"contains": "b"}, None, False, id="a part of nothing"),
    ],
)
def test_values_fit(expected: object, have: object, does: bool) -> None:
    """Values fit by kind and content."""
    assert fits(expected, have) is does


@pytest.mark.parametrize(
    ("fitting", "met"),
    [
        pytest.param([[0, 1], [0]], 2, id="the first must give way"),
        pytest.param([[0], [0]], 1, id="two for one"),
        pytest.param([[], [1]], 1, id="one fits none"),
        pytest.param([[0, 1], [0, 2], [0]], 3, id="a chain"),
    ],
)
def test_expectations_share_decisions_fairly(fitting: list[list[int]], met: int) -> None:
    """As many expectations as possible get a decision of their own, in whatever order they are written."""
    assert len(assign(fitting)) == met


def test_rows_of_tables_are_counted(book: RuleBook) -> None:
    """Coverage names the rows of each decision table that never decided anything."""
    tables = compile_rules({**book.sources, "rules.yaml": TABLE})
    text = f"scenario: s\nsteps:\n  - post: {BAD}\n    expect: {{nothing: true}}\n"
    scenario, _ = parse_scenario(text, "s.yaml")
    assert scenario is not None
    result = run_scenario(scenario, tables)
    assert coverage_of([result, result]).tables == {("lots", "where-to"): (3, (2, 3))}


SILENT = """
ruleset: lots
rules:
  - table: where-to
    title: Where a lot goes
    hit: HIT
    on: check
    columns: |
      | result | grade | => route.to | notify.to |
      | "fail" | > 8   | mrb         | -         |
      | "fail" | > 2   | -           | -         |
      | "fail" | > 4   | -           | quality   |
      | "pass" | -     | -           | -         |
    then: [{route: {lot: = lot_id, reason: r}}, {notify: {lot: = lot_id, message: m}}]
"""


@pytest.mark.parametrize(
    ("hit", "grade", "rows"),
    [
        pytest.param("first", 3, {2}, id="a row that says nothing"),
        pytest.param("first", 9, {1}, id="a row that speaks"),
        pytest.param("first", 1, set(), id="no row"),
        pytest.param("rule order", 5, {2, 3}, id="one of each"),
    ],
)
@pytest.mark.parametrize("matcher", ["native", "naive"])
def test_a_row_that_held_and_says_nothing_is_decided(
    book: RuleBook, hit: str, grade: int, rows: set[int], matcher: str
) -> None:
    """A blank output is an answer: nothing is to be done. Rows that never held are named."""
    tables = compile_rules({**book.sources, "rules.yaml": SILENT.replace("HIT", hit)})
    post = BAD.replace("grade: 3", f"grade: {grade}")
    scenario, _ = parse_scenario(
        f"scenario: s\nsteps:\n  - post: {post}\n    expect: {{stale: false}}\n", "s.yaml"
    )
    assert scenario is not None
    result = run_scenario(scenario, tables, matcher)
    assert {row for _, _, row in result.answered} == rows


HAS_ROWS = 'the table "where-to" has 3 rows'
NO_TABLE = '"failed" is a rule without a table'


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        pytest.param("rule: where-to, row: 3", [], id="the last"),
        pytest.param("row: 3", [], id="of any table"),
        pytest.param("rule: where-to, row: 4", [f"3:62 unknown-row: there is no row 4: {HAS_ROWS}"], id="beyond"),
        pytest.param("rule: where-to, row: 0", [f"3:62 unknown-row: there is no row 0: {HAS_ROWS}"], id="nought"),
        pytest.param("rule: where-to, row: -1", [f"3:62 unknown-row: there is no row -1: {HAS_ROWS}"], id="negative"),
        pytest.param("row: 99", ["3:46 unknown-row: no table has a row 99: the longest has 3 rows"], id="of no table"),
        pytest.param("rule: failed, row: 1", [f"3:60 unknown-row: there is no row 1: {NO_TABLE}"], id="no table"),
        pytest.param("rule: where, row: 9", ['3:47 unknown-rule: there is no rule "where"'], id="no rule"),
    ],
)  # fmt: skip
def test_a_row_that_is_not_there_is_no_absence(book: RuleBook, keys: str, said: list[str]) -> None:
    """A row that no table has would be absent whatever the rules say: it is refused at its place, as such a rule is."""
    rules = RULES.replace("ruleset: lots", "ruleset: others")
    tables = compile_rules({**book.sources, "rules.yaml": TABLE, "others.yaml": rules})
    text = f"scenario: s\nsteps:\n  - expect: {{absent: {{route: {{to: mrb}}, {keys}}}}}\n"
    scenario, _ = parse_scenario(text, "s.yaml")
    assert scenario is not None
    found = scenario_disagreements(scenario, tables)
    assert [f"{d.span.line}:{d.span.column} {d.code}: {d.message}" for d in found] == said


def test_lists_and_contexts_of_a_decision_are_shown_as_scenarios_write_them() -> None:
    """The line of a decision that nobody expected, and what was expected of a value, are no Python."""
    values = {"tasks": {"quality": "look"}, "cases": ["a"], "count": 1, "one_shot": True}
    decision = Decision(
        "d", "open_case", "lot", "L", "r", "rs", "", datetime(2026, 1, 5, tzinfo=UTC), values, ()
    )
    assert summary(decision) == (
        'open_case lot L tasks: {quality: "look"}, cases: ["a"], count: 1, one_shot: true by r'
    )
    assert [shown(value) for value in (["a"], True, None, "a")] == ['["a"]', "true", "nothing", '"a"']
