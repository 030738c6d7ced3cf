"""What rules with decision tables decide: hit policies, defaults, rows as matches, missing fields, explanations."""

from __future__ import annotations

from typing import Any

import pytest

from engine.decisions import Outcome
from engine.session import Session
from engine.whynot import why_not
from tests.engine.books import Facts, book


@pytest.fixture(params=["native", "naive"])
def matcher(request: pytest.FixtureRequest) -> str:
    """Return each matcher's name in turn."""
    return str(request.param)


def table(
    hit: str, rows: str, heading: str = "result | defects | => route.to | # why", more: str = ""
) -> str:
    """Return a rule with a table over inspections."""
    lines = "\n".join(f"      | {line} |" for line in [heading, *rows.strip().splitlines()])
    return f"""
  - table: where-to
    hit: {hit}
    on: inspection
    on_missing: skip
{more}
    columns: |
{lines}
"""


def routes(outcome: Outcome) -> list[tuple[str, str, Any]]:
    """Return (kind, subject id, destination or priority) of each decision."""
    return [(d.kind, d.subject_id, d.values.get("to", d.values.get("priority"))) for d in outcome.decisions]


def decide(rules: str, matcher: str, **data: Any) -> Outcome:
    """Return the outcome of one inspection under *rules*."""
    fact = Facts()("inspection", **{"lot_id": "L1", "order_id": "o", "result": "fail", **data})
    return Session(book(rules), matcher).submit(fact)


OVERLAPPING = """
"fail" | >= 5 | scrap  | too many
"fail" | >= 1 | rework | some
-      | -    | store  |
"""


@pytest.mark.parametrize(
    ("hit", "defects", "expected"),
    [
        pytest.param("first", 7, ["scrap"], id="first: the first of three"),
        pytest.param("first", 2, ["rework"], id="first: the first of two"),
        pytest.param("first", 0, ["store"], id="first: the last"),
        pytest.param("rule order", 7, ["scrap", "rework", "store"], id="rule order: all, as written"),
        pytest.param("collect", 2, ["rework", "store"], id="collect: all"),
    ],
)
def test_rows_that_hold_decide_by_the_hit_policy(
    matcher: str, hit: str, defects: int, expected: list[str]
) -> None:
    """Several rows hold, and the policy says which of them are carried out, in which order."""
    outcome = decide(table(hit, OVERLAPPING), matcher, defects=defects)
    # of several routes for one lot the first wins; the others are there and say so
    assert [to for _, _, to in routes(outcome)] == expected
    assert {subject for _, subject, _ in routes(outcome)} == {"L1"}
    assert len({d.id for d in outcome.decisions}) == len(expected)


def test_priority_and_output_order_follow_the_allowed_values(matcher: str) -> None:
    """The order of an output's allowed values is the order of importance."""
    allowed = """    allowed: {route.to: '"store", "scrap", "rework"'}"""
    by_priority = decide(table("priority", OVERLAPPING, more=allowed), matcher, defects=7)
    assert [to for _, _, to in routes(by_priority)] == ["store"]
    in_order = decide(table("output order", OVERLAPPING, more=allowed), matcher, defects=7)
    assert [to for _, _, to in routes(in_order)] == ["store", "scrap", "rework"]


@pytest.mark.parametrize(
    ("hit", "expected"),
    [("collect sum", 12), ("collect min", 2), ("collect max", 7), ("collect count", 3)],
)
def test_collect_makes_one_value_of_all_rows(matcher: str, hit: str, expected: int) -> None:
    """Sum, minimum, maximum and count of what the rows say, in one decision that names them all."""
    rules = table(
        hit,
        '"fail" | >= 5 | 7\n"fail" | >= 1 | 3\n- | - | 2',
        heading="result | defects | => reprioritise.priority",
        more="    then:\n      - reprioritise: {order: = order_id}",
    )
    outcome = decide(rules, matcher, defects=9)
    assert routes(outcome) == [("reprioritise", "o", expected)]
    assert outcome.decisions[0].rows == (1, 2, 3)


def test_two_rows_of_a_unique_table_are_told_and_not_chosen_between(matcher: str) -> None:
    """Where two rows of a unique table hold and it could not be known before, nobody is routed and the owner is told which."""
    rules = table("unique", '"fail" | - | scrap |\n- | > measured | rework |')
    outcome = decide(rules, matcher, defects=3, measured=1)
    (decision,) = outcome.decisions
    assert decision.kind == "escalate"
    assert "rows 1 and 2" in decision.values["message"]


def test_any_wants_the_same_answer_of_every_row(matcher: str) -> None:
    """Rows that agree are one answer; rows that do not are told."""
    agreeing = table("any", '"fail" | - | scrap |\n- | > 2 | scrap |')
    assert routes(decide(agreeing, matcher, defects=3)) == [("route", "L1", "scrap")]
    contrary = table("any", '"fail" | - | scrap |\n- | > measured | rework |')
    (decision,) = decide(contrary, matcher, defects=3, measured=1).decisions
    assert decision.kind == "escalate"


def test_defaults_hold_where_no_row_does(matcher: str) -> None:
    """A table with defaults always says something."""
    rules = table("unique", '"fail" | > 5 | scrap |', more="    default: {route.to: mrb}")
    assert routes(decide(rules, matcher, defects=1)) == [("route", "L1", "mrb")]
    assert routes(decide(rules, matcher, defects=6)) == [("route", "L1", "scrap")]


def test_a_blank_output_takes_no_action(matcher: str) -> None:
    """A row that leaves an action's columns blank does not take it."""
    rules = table(
        "first",
        '"fail" | > 5 | scrap | blocked\n"fail" | - | | restricted',
        heading="result | defects | => route.to | hold.inventory_status",
    )
    assert [d.kind for d in decide(rules, matcher, defects=6).decisions] == ["route", "hold"]
    (held,) = decide(rules, matcher, defects=1).decisions
    assert (held.kind, held.values) == ("hold", {"inventory_status": "restricted"})


def test_cells_compute_and_annotations_are_the_reason(matcher: str) -> None:
    """An output is a text with FEEL in it or FEEL; what says no reason of its own has the row's annotation for one."""
    outcome = decide(table("first", '"fail" | - | cell {order_id} | sent for repair'), matcher)
    (decision,) = outcome.decisions
    assert decision.values["to"] == "cell o"
    assert decision.reason == "sent for repair"
    assert decision.rows == (1,)


def test_a_hold_without_a_note_has_the_title_for_a_reason(matcher: str) -> None:
    """A hold needs a reason: the rule's, the row's, or in want of both the title of the table."""
    rows = '"fail" | > 5 | blocked | too many\n"fail" | - | blocked |'
    rules = table("first", rows, "result | defects | => hold.inventory_status | # why", "    title: Bad lots")
    assert [decide(rules, matcher, defects=n).decisions[0].reason for n in (6, 1)] == ["too many", "Bad lots"]


MACHINES = """
  - table: who-comes
    hit: first
    on: machine
    on_missing: skip
    columns: |
      | status | temperature | => notify.to | notify.message |
      | "down" | > 90        | fire-brigade | {machine_id} burns  |
      | "down" | -           | maintenance  | {machine_id} stands |
"""


def test_another_row_for_a_state_is_another_match(matcher: str) -> None:
    """A state that moves to another row fires again; one that stays on its row does not."""
    make = Facts()
    session = Session(book(MACHINES), matcher)
    told = []
    for data in (
        {"status": "down", "temperature": 20},
        {"status": "down", "temperature": 30},
        {"status": "down", "temperature": 95},
        {"status": "running"},
        {"status": "down"},
    ):
        outcome = session.submit(make("machine", machine_id="m1", **data))
        told.append([d.values["to"] for d in outcome.decisions])
        session = Session.restore(session.book, session.snapshot(), matcher)
    assert told == [["maintenance"], [], ["fire-brigade"], [], ["maintenance"]]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("skip", []), ("alert", ["escalate"]), ("hold", ["hold"])],
)
def test_a_missing_field_leaves_a_table_undecided(matcher: str, policy: str, expected: list[str]) -> None:
    """Where a field that the table tests is missing and no row holds without it, the rule does what it says."""
    rules = f"""
  - table: by-defects
    on: inspection
    on_missing: {policy}
    columns: |
      | defects | => hold.inventory_status |
      | > 5     | blocked                  |
      | [1..5]  | restricted               |
"""
    outcome = decide(rules, matcher)
    assert [d.kind for d in outcome.decisions] == expected
    assert [(m.field, m.rules) for m in outcome.missing] == [("defects", ("by-defects",))]


@pytest.mark.parametrize("policy", ["alert", "hold"])
@pytest.mark.parametrize(
    ("data", "missing"),
    [
        pytest.param({"result": "pass"}, [], id="no row is for it, whatever is missing"),
        pytest.param({"result": "fail"}, ["severity", "defects"], id="each row for failures could be"),
        pytest.param({"result": "fail", "severity": "minor"}, ["defects"], id="one row could be"),
        pytest.param({"result": "fail", "severity": "critical"}, [], id="the row does not ask for it"),
        pytest.param(
            {"result": "fail", "severity": "major"}, [], id="the rows that ask for it are for others"
        ),
        pytest.param({"result": "fail", "defects": 0}, ["severity"], id="the row for critical ones could be"),
    ],
)
def test_a_missing_field_counts_where_a_row_could_be_for_it(
    matcher: str, policy: str, data: dict[str, Any], missing: list[str]
) -> None:
    """A table is undecided only where a row would hold if the missing fields were right, as a rule of that row is."""
    rules = f"""
  - table: by-defects
    on: inspection
    on_missing: {policy}
    columns: |
      | result | severity | defects     | => hold.inventory_status |
      | fail   | critical | -           | blocked                  |
      | fail   | minor    | > 5         | restricted               |
      | fail   | minor    | [1..5]      | quality_inspection       |
"""
    outcome = decide(rules, matcher, **data)
    undecided = [d for d in outcome.decisions if d.rows == ()]
    assert bool(undecided) == bool(missing)
    for one in undecided:
        said = one.values["message"] if policy == "alert" else one.reason
        assert said.endswith(" and ".join(f"inspection has no {name}" for name in missing))


def test_a_table_over_two_facts(matcher: str) -> None:
    """A table with `when` tests the fields of every fact that its patterns bind."""
    rules = """
  - table: by-order
    hit: first
    on_missing: skip
    when:
      - inspection: inspection
        where: result = "fail"
      - order: order
        where: order_id = inspection.order_id
    columns: |
      | order.quantity | inspection.defects | => route.to | route.lot           |
      | > 100          | -                  | mrb         | = inspection.lot_id |
      | -              | > 3                | rework      | = inspection.lot_id |
"""
    make = Facts()
    session = Session(book(rules), matcher)
    order = {"order_id": "o", "item": "x", "status": "released"}
    session.submit(make("order", **order, quantity=500))
    failed = {"order_id": "o", "result": "fail", "defects": 4}
    assert routes(session.submit(make("inspection", lot_id="L1", **failed))) == [("route", "L1", "mrb")]
    session.submit(make("order", **order, quantity=5))
    assert routes(session.submit(make("inspection", lot_id="L2", **failed))) == [("route", "L2", "rework")]


def test_an_answer_is_explained_by_its_rows(matcher: str) -> None:
    """The explanation has the inputs' values, the row's tests, its place and its annotations."""
    fact = Facts()("inspection", lot_id="L1", order_id="o", result="fail", defects=2)
    session = Session(book(table("first", OVERLAPPING)), matcher)
    (why,) = session.explain(session.submit(fact))
    assert why.table is not None
    assert [(part.text, part.value) for part in why.table.inputs] == [("result", "fail"), ("defects", 2)]
    (row,) = why.table.rows
    assert row.number == 2
    assert row.tests == {"result": '"fail"', "defects": ">= 1"}
    assert row.annotations == {"why": "some"}
    assert row.place.startswith("rules/test.yaml:")


def test_why_not_names_the_nearest_row(matcher: str) -> None:
    """Where no row holds, the one that meets the most tests is shown with the test it fails."""
    rules = table("first", '"pass" | > 5 | store |\n"fail" | > 5 | scrap |')
    session = Session(book(rules), matcher)
    fact = Facts()("inspection", lot_id="L1", order_id="o", result="fail", defects=2)
    assert session.submit(fact).decisions == ()
    said = why_not(session, "where-to", fact)
    assert "row 2 comes nearest" in said.verdict
    assert [(c.text, c.holds) for c in said.patterns[-1].clauses] == [
        ('result "fail"', True),
        ("defects > 5", False),
    ]


def test_why_not_names_a_row_that_holds_and_says_nothing(matcher: str) -> None:
    """A row left blank keeps those below it from deciding, and the answer says that it was this row."""
    rules = table("first", '"fail" | < 3 | |\n"fail" | - | scrap |')
    session = Session(book(rules), matcher)
    fact = Facts()("inspection", lot_id="L1", order_id="o", result="fail", defects=2)
    assert session.submit(fact).decisions == ()
    said = why_not(session, "where-to", fact)
    assert said.verdict == "row 1 holds, and says nothing"
    assert said.patterns[-1].pattern == "table: where-to"


def test_why_not_of_an_event_that_a_state_came_too_late_for(matcher: str) -> None:
    """An event is matched as it comes, so a state that fits only now is no reason to wait for anything to stop."""
    rules = """
  - rule: urgent
    when:
      - inspection: inspection
      - order: order
        where: order_id = inspection.order_id
    then:
      notify: {lot: = inspection.lot_id, to: quality, message: urgent}
"""
    make = Facts()
    session = Session(book(rules), matcher)
    fact = make("inspection", lot_id="L1", order_id="o", result="fail", defects=2)
    session.submit(fact)
    session.submit(make("order", order_id="o", item="x", status="released", quantity=1))
    assert (
        why_not(session, "urgent", fact).verdict
        == "every pattern holds now, and one did not when the event came"
    )
