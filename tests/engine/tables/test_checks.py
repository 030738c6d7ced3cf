"""The linter on decision tables: each fault once, at its cell, with row, column and heading."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

import pytest

from engine import checks
from engine.checks import tables
from engine.checks.table_fields import Ground
from engine.checks.tables import check_table
from engine.compiler import compile_rules
from engine.diagnostics import Diagnostic, RulesRejected
from engine.feel import types as t
from engine.feel.scope import Scope, Variable
from engine.tables import regions
from engine.tables.model import HitPolicy, Table
from tests.engine.tables.made import table

DEFECTS = t.String(frozenset(("surface", "size", "crack")))
RECORD = t.ContextType(
    {
        "defect": t.Field(DEFECTS, True),
        "quantity": t.Field(t.NUMBER, True),
        "open": t.Field(t.BOOLEAN, True),
        "optional": t.Field(t.NUMBER),
        "part": t.Field(t.STRING, True),
        "due": t.Field(t.DATE, True),
        "order": t.Field(t.ContextType({"priority": t.Field(t.NUMBER, True)}), True),
        "unknown": t.Field(t.ANY, True),
    },
    title="nonconformance",
)
SCOPE = Scope({"limits": Variable(t.ContextType({"most": t.Field(t.NUMBER, True)}), "l")}).child(
    Scope.fields("p0", RECORD)
)
SCHEMAS = {"quantity": {"type": "integer", "minimum": 0}}
SURE = Ground(lambda node: SCHEMAS.get(getattr(node, "name", "")))
UNSURE = Ground(SURE.schema_of, is_sure=False)
U, A, F, P, R, _, C = HitPolicy


def said(made: Table, ground: Ground = SURE) -> list[str]:
    """Return what is said of *made*, without the fix and without what follows from it."""
    follows = ", so this is never true"
    return [
        f"{d.severity[0]} {d.span.line}:{d.span.column} {d.code}: {d.message.removesuffix(follows)}"
        for d in check_table(made, SCOPE, ground)
    ]


@pytest.mark.parametrize(
    ("inputs", "rows", "more", "expected"),
    [
        pytest.param(
            ("defect", "quantity"),
            [
                ('"surface"', '"7"', 1),
                ('"crak"', "> true", 2),
                ('"size", 5', '< 5 , @"P1D"', 3),
                ("quantity > 1", "qantity", 4),
            ],
            {"hit": C},
            [
                'e 3:1 never-true: row 2, column 1 (defect): defect is never "crak"',
                "e 4:9 type-mismatch: row 3, column 1 (defect): defect is a string and 5 is a number",
                "e 5:1 type-mismatch: row 4, column 1 (defect): defect is a string and quantity > 1 is a boolean",
                'e 2:2 type-mismatch: row 1, column 2 (quantity): quantity is a number and "7" is a string',
                'e 3:4 type-mismatch: row 2, column 2 (quantity): true is a boolean, which ">" cannot put in order',
                "e 4:8 type-mismatch: row 3, column 2 (quantity): "
                'quantity is a number and @"P1D" is a duration of days and time',
                'e 5:2 unknown-field: row 4, column 2 (quantity): nonconformance has no field "qantity"',
            ],
            id="every cell",
        ),
        pytest.param(
            ("defct", "quantity + part"),
            [("-", "1", 1)],
            {"hit": C},
            [
                'e 1:1 unknown-field: column 1 (defct): nonconformance has no field "defct"',
                "e 1:2 type-mismatch: column 2 (quantity + part): "
                'quantity is a number and part is a string, which "+" cannot combine',
            ],
            id="headings",
        ),
        pytest.param(
            ("quantity",),
            [("? > limits.most", 1), ("quantity * 2", 2), ("< limits.mst", 3)],
            {"hit": C},
            ['e 4:10 unknown-field: row 3, column 1 (quantity): limits has no field "mst"'],
            id="cells that read other names",
        ),
        pytest.param(
            ("quantity", "part"),
            [
                ("< 5,5", '"5,5"', 1),
                ("not(1.000,25)", "-", 2),
                ("1, 2", "-", 3),
                ("1,2,3", "-", 4),
                ("5.5, > 7", '"a"', 5),
            ],
            {"hit": C},
            [
                'w 2:3 decimal-comma: row 1, column 1 (quantity): "5,5" is two values, 5 and 5',
                'w 3:5 decimal-comma: row 2, column 1 (quantity): "1.000,25" is two values, 1.000 and 25',
            ],
            id="decimal commas",
        ),
        pytest.param(
            ("quantity", "part"),
            [("5-10", '"a"', 1), ("0.05 - 0.10", "-", 2), ("-5", '"5-10"', 3), ("> 10-5", "-", 4)],
            {"hit": C},
            [
                'w 2:1 range-dash: row 1, column 1 (quantity): "5-10" is 5 less 10, one number',
                'w 3:1 range-dash: row 2, column 1 (quantity): "0.05 - 0.10" is 0.05 less 0.10, one number',
            ],
            id="ranges with a dash",
        ),
        pytest.param(
            ("quantity",),
            [("1", 1)],
            {"hit": C, "allowed": {"quantity": '"a"', "": "> part"}},
            [
                'e 1:1 type-mismatch: allowed values of column 1 (quantity): quantity is a number and "a" is a string'
            ],
            id="allowed values",
        ),
    ],
)
def test_cells_are_typed(
    inputs: tuple[str, ...], rows: list[Any], more: dict[str, Any], expected: list[str]
) -> None:
    """A cell that cannot compare with its column is named by row, column and heading, all of them at once."""
    assert said(table(inputs, rows, **more)) == expected


@pytest.mark.parametrize(
    ("rows", "more", "expected"),
    [
        pytest.param([("1", "mrb"), ("2", "rework")], {}, [], id="allowed"),
        pytest.param(
            [("1", "mbr"), ("2", 5)],
            {},
            [
                'e 2:2 table-output: row 1, column 2 (to): "mbr" is not allowed',
                "e 3:2 table-output: row 2, column 2 (to): 5 is not allowed",
            ],
            id="not allowed",
        ),
        pytest.param(
            [("1", '= "mbr"'), ("2", "= part"), ("3", None)],
            {},
            ['e 2:2 table-output: row 1, column 2 (to): "mbr" is not allowed'],
            id="as FEEL",
        ),
        pytest.param(
            [("1", "mrb")],
            {"default": {"to": "x"}},
            ['e 1:1 table-output: default of column 2 (to): "x" is not allowed'],
            id="default",
        ),
    ],
)
def test_outputs_are_allowed(rows: list[Any], more: dict[str, Any], expected: list[str]) -> None:
    """An output that its column does not allow is a fault; one that only a fact decides is not."""
    made = table(("quantity",), rows, outputs=("to",), hit=C, allowed={"to": '"mrb", "rework"'}, **more)
    assert said(made) == expected


TWO = [("< 5", "a"), ("<= 5", "b")]


@pytest.mark.parametrize(
    ("inputs", "rows", "hit", "ground", "expected"),
    [
        pytest.param(("quantity",), TWO, U, SURE, ["e 1 2 where quantity in [0..4]"], id="sure"),
        pytest.param(
            ("quantity",), TWO, U, UNSURE, ["w 1 2 where quantity in [0..4]"], id="a condition before"
        ),
        pytest.param(
            ("quantity",),
            [("< 5", "a"), ("[4..4.5]", "a")],
            U,
            SURE,
            ["w 1 2 where quantity = 4"],
            id="equal outputs",
        ),
        pytest.param(
            ("quantity",),
            [("< 5", "a"), ("4", "= part")],
            U,
            SURE,
            ["w 1 2 where quantity = 4"],
            id="computed outputs",
        ),
        pytest.param(("quantity",), [("<= 5", "a"), ("> 5", "b")], U, SURE, [], id="they touch"),
        pytest.param(
            ("quantity",), [("[0..5]", "a"), ("(4.5..4.9)", "b")], U, SURE, [], id="between whole numbers"
        ),
        pytest.param(
            ("unknown",), [('"a", 5', "a"), ('not("a")', "b")], U, SURE, [], id="not, of another kind"
        ),
        pytest.param(
            ("unknown",),
            [('"a", "b"', "a"), ('not("a")', "b")],
            U,
            SURE,
            ['w 1 2 where unknown = "b"'],
            id="not, of a kind nobody knows",
        ),
        pytest.param(
            ("quantity * 2",),
            [("< 5", "a"), ("4", "b")],
            U,
            SURE,
            ["w 1 2 where quantity * 2 = 4"],
            id="a computed column",
        ),
        pytest.param(
            ("order.priority",),
            [("< 5", "a"), ("4", "b")],
            U,
            SURE,
            ["e 1 2 where order.priority = 4"],
            id="a path",
        ),
        pytest.param(
            ("quantity", "quantity"),
            [("< 5", "-", "a"), ("-", "> 7", "b")],
            U,
            SURE,
            ["w 1 2 where quantity in [0..4], quantity >= 8"],
            id="a column twice",
        ),
        pytest.param(
            ("quantity",), [("< limits.most", "a"), ("4", "b")], U, SURE, [], id="what only a fact decides"
        ),
        pytest.param(("part",), [("-", "a"), ("-", "b")], U, SURE, ["e 1 2 whatever is given"], id="dashes"),
        pytest.param(("quantity",), [("< 5", "a"), ("4", "a")], A, SURE, [], id="any, equal outputs"),
        pytest.param(
            ("quantity",),
            [("< 5", "a"), ("3", "a"), ("4", "b")],
            A,
            SURE,
            ["e 1 3 where quantity = 4"],
            id="any",
        ),
        pytest.param(("quantity",), TWO, R, SURE, [], id="rule order"),
        pytest.param(
            ("due",),
            [('<= @"2026-01-31"', "a"), ('[date("2026-01-31")..@"2026-02-28"]', "b")],
            U,
            SURE,
            ['e 1 2 where due = @"2026-01-31"'],
            id="dates",
        ),
    ],
)
def test_rows_that_meet(
    inputs: tuple[str, ...], rows: list[Any], hit: HitPolicy, ground: Ground, expected: list[str]
) -> None:
    """Rows that meet are named with the place where they do, as an error where they surely contradict each other."""
    found = [d for d in check_table(table(inputs, rows, hit=hit), SCOPE, ground) if d.code == "table-overlap"]
    forms = [(d, re.fullmatch(r"rows (\d+) and (\d+) both hold (.*), and .*", d.message)) for d in found]
    assert [f"{d.severity[0]} {form[1]} {form[2]} {form[3]}" for d, form in forms if form] == expected
    assert [d.span.line for d in found] == [int(line.split()[2]) + 1 for line in expected]


@pytest.mark.parametrize(
    ("inputs", "rows", "hit", "expected"),
    [
        pytest.param(
            ("quantity",),
            [("<= 5", 1), ("[2..3]", 2), ("-", 3), ("9", 4)],
            F,
            ["2: row 1", "4: row 3"],
            id="one hides another",
        ),
        pytest.param(
            ("open", "quantity"),
            [("true", "-", 1), ("-", "<= 5", 2), ("false", ">= 6", 3), ("-", "-", 4)],
            F,
            ["4: rows 1 and 2 and 1 more"],
            id="several together",
        ),
        pytest.param(
            ("optional",), [("<= 5", 1), ("> 5", 2), ("-", 3)], F, [], id="what is missing comes to the dash"
        ),
        pytest.param(
            ("quantity",),
            [("< limits.most", 1), ("-", 2), ("< limits.most", 3)],
            F,
            ["3: row 2"],
            id="a cell that only a fact decides hides nothing",
        ),
        pytest.param(
            ("quantity",),
            [(str(n), n) for n in range(60)] + [("< 60", 60), ("-", 61)],
            F,
            ["61: the rows before it"],
            id="many together",
        ),
        pytest.param(
            ("part",),
            [('"a"', 1), ('"a"', 1), ('"a"', 2)],
            C,
            ["row 2 says the same as row 1"],
            id="a row twice",
        ),
        pytest.param(
            ("quantity",),
            [("< 0", 1), ("= 1.5", 2)],
            C,
            [
                "row 1, column 1 (quantity): < 0 never holds",
                "row 2, column 1 (quantity): = 1.5 never holds",
            ],
            id="cells that never hold",
        ),
    ],
)
def test_rows_that_are_never_the_answer(
    inputs: tuple[str, ...], rows: list[Any], hit: HitPolicy, expected: list[str]
) -> None:
    """A row that others hide, repeat or that cannot hold is named with the reason."""
    found = [d for d in check_table(table(inputs, rows, hit=hit), SCOPE, SURE) if d.code != "table-gap"]
    form = re.compile(r"row (\d+) is never reached: (.*?)(?: together)? holds? wherever it does")
    assert [form.sub(r"\1: \2", d.message) for d in found] == expected
    assert {d.severity for d in found} <= {"warning"}


@pytest.mark.parametrize(
    ("inputs", "rows", "more", "expected"),
    [
        pytest.param(
            ("defect", "open"),
            [('"surface"', "-"), ('not("surface")', "true")],
            {},
            ['defect in ("crack", "size"), open = false'],
            id="enumeration and boolean",
        ),
        pytest.param(("quantity",), [("< 5",), ("> 5",)], {}, ["quantity = 5"], id="whole numbers"),
        pytest.param(
            ("order.priority",), [("< 5",), ("> 5.5",)], {}, ["order.priority in [5..5.5]"], id="numbers"
        ),
        pytest.param(("due",), [('< @"2026-01-31"',)], {}, ['due >= @"2026-01-31"'], id="dates"),
        pytest.param(("optional",), [("< 5",), (">= 5",)], {}, [], id="what is missing is no gap"),
        pytest.param(("part",), [('"a"',)], {}, [], id="any text"),
        pytest.param(
            ("part",), [('"a"',)], {"allowed": {"part": '"a", "b"'}}, ['part = "b"'], id="allowed texts"
        ),
        pytest.param(("quantity",), [("< 5",)], {"allowed": {"quantity": "< 4"}}, [], id="allowed numbers"),
        pytest.param(("quantity",), [("< 5",)], {"default": {"": 1}}, [], id="default"),
        pytest.param(("quantity",), [("< 5",)], {"hit": F}, ["quantity >= 5"], id="first"),
        pytest.param(("quantity",), [("< 5",)], {"hit": C}, [], id="collect"),
        pytest.param(("quantity",), [("< limits.most",)], {}, [], id="what only a fact decides"),
        pytest.param(
            ("quantity",),
            [("1",), ("3",), ("5",)],
            {},
            ["quantity = 0", "quantity = 2", "quantity = 4"],
            id="three are enough",
        ),
    ],
)
def test_gaps(inputs: tuple[str, ...], rows: list[Any], more: dict[str, Any], expected: list[str]) -> None:
    """A combination that no row has is named, where it is known which there are."""
    found = said(table(inputs, rows, **more))
    assert found == [f"w 1:1 table-gap: no row holds where {where}" for where in expected]


def test_nothing_is_said_of_gaps_behind_a_condition() -> None:
    """Where a condition before the table reads the same fields in ways not followed, gaps may be out of reach."""
    assert said(table(("quantity",), [("< 5",)]), UNSURE) == []


def test_what_was_not_looked_at_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that is cut off and a search that ends are told of, never silent."""
    many = table(("part",), [("-", n) for n in range(40)])
    assert said(many)[-1] == "w 1:1 table-unchecked: there may be more rows that meet: 20 are listed"
    monkeypatch.setattr(regions, "MOST_COMPARED", 3)
    ended = "w 1:1 table-unchecked: there may be more rows that meet: 3 pairs of rows were compared"
    assert said(many)[-1] == ended
    monkeypatch.setattr(regions, "MOST_VISITED", 1)
    gaps = table(("defect", "open"), [('"size"', "true")])
    assert said(gaps)[-1].endswith("there may be more combinations that no row has: 1 were looked at")
    monkeypatch.setattr(tables, "MOST_COLUMNS", 1)
    assert said(gaps)[-1].endswith("there may be more combinations that no row has: the table is too large")
    monkeypatch.setattr(tables, "MOST_TOGETHER", 1)
    monkeypatch.setattr(tables, "MOST_WIDE", 0)
    wide = table(("quantity",), [("< 5",), ("> 3",), ("-",)], hit=F)
    assert "1 rows that meet more than 1 others" in said(wide)[0]


@pytest.fixture(scope="module")
def large() -> Table:
    """Return a table of ten thousand rows and five columns."""
    cells = [
        (
            f'"p{n // 40}"',
            ("true", "false")[n % 2],
            f"[{n // 2 % 20 * 5}..{n // 2 % 20 * 5 + 4}]",
            "-",
            "not(7)",
            n,
        )
        for n in range(10_000)
    ]
    return table(("part", "open", "quantity", "due", "order.priority"), cells)


@pytest.mark.parametrize("hit", list(HitPolicy), ids=str)
def test_large_tables_are_checked_in_time(hit: HitPolicy, large: Table) -> None:
    """Ten thousand rows of five columns take a fraction of what a person waits for."""
    begin = time.process_time()
    assert said(replace(large, hit=hit)) == []
    assert time.process_time() - begin < 20


def test_rows_that_no_set_describes_cost_the_others_nothing() -> None:
    """Of five thousand rows that are FEEL none is compared, so that a row which is hidden behind them is found, and at once."""
    feel = [(f'starts with(?, "p{n}")', n) for n in range(5_000)]
    rows = table(("part",), [*feel, ('"a", "b"', 1), ('"a"', 2)], hit=HitPolicy.FIRST)
    begin = time.process_time()
    assert [one.partition(": ")[2] for one in said(rows)] == [
        "row 5002 is never reached: row 5001 holds wherever it does"
    ]
    assert time.process_time() - begin < 5


FACT = """\
fact: nonconformance
title: Nonconformance
kind: event
owner: mes
key: [id]
data:
  type: object
  required: [id, lot_id, defect, severity]
  properties:
    id: {type: string}
    lot_id: {type: string}
    defect: {enum: [surface, size, crack]}
    severity: {enum: [minor, critical]}
    quantity: {type: integer, minimum: 0}
"""
FLOWS = """\
flows: [{flow: checks, title: Checks, direction: mes -> erp, owner: mes, facts: [nonconformance]}]
systems:
  erp: {title: Resource planning, sources: [erp]}
  mes: {title: Execution, sources: [mes]}
  person: {title: A person, sources: [person]}
  lineside: {title: Lineside itself, sources: [lineside]}
"""
RULE = """\
ruleset: routing
title: Routing
owner: quality
rules:
  - table: where-it-goes
    title: Where it goes
    %s
    columns: |
      | %s | => route.to | => notify.message |
%s
    then: [{notify: {to: quality}}]
"""


def diagnosed(when: str, headings: str, rows: list[str]) -> list[Diagnostic]:
    """Return what is said of a rule with a table; its first row is on line 10."""
    text = RULE % (when, headings, "\n".join(f"      | {row} |" for row in rows))
    files = {"facts/nonconformance.yaml": FACT, "flows.yaml": FLOWS, "r.yaml": text}
    try:
        return list(compile_rules(files).warnings)
    except RulesRejected as refused:
        return list(refused.diagnostics)


def test_a_table_of_a_rule_is_checked() -> None:
    """Inputs and outputs of a rule's table are typed, each fault with its row and column at its place."""
    rows = ['"surface" | <= 5 | mrb | here'] * 36 + ['"surface" | "many" | mrb | = quantity + 1']
    found = [d for d in diagnosed("on: nonconformance", "defect | quantity", rows) if d.span.line == 46]
    assert [f"{d.span.column} {d.code}: {d.message}" for d in found] == [
        '21 type-mismatch: row 37, column 2 (quantity): quantity is a number and "many" is a string, so this is never true',
        '37 action-value: row 37, column 4 (notify.message): "message" is a number, not a string',
    ]


@pytest.mark.parametrize(
    ("when", "heading", "expected"),
    [
        pytest.param(
            "on: nonconformance",
            "severity",
            ['table-gap: no row holds where severity = "minor"'],
            id="nothing before",
        ),
        pytest.param(
            'on: nonconformance\n    if: severity = "critical"', "severity", [], id="a constant before"
        ),
        pytest.param(
            "on: nonconformance\n    if: '\"critical\" = severity'", "severity", [], id="turned round"
        ),
        pytest.param(
            'on: nonconformance\n    if: severity in ("critical") and quantity > 5',
            "severity",
            [],
            id="one of",
        ),
        pytest.param(
            'on: nonconformance\n    if: severity != "critical"',
            "severity",
            [
                "table-gap: no row holds whatever is given",
                'never-matches: row 1, column 1 (severity): "critical" never holds',
            ],
            id="never comes",
        ),
        pytest.param(
            'on: nonconformance\n    if: contains(severity, "critical")', "severity", [], id="not followed"
        ),
        pytest.param(
            'when: [{n: nonconformance, where: severity = "critical"}]', "n.severity", [], id="by alias"
        ),
        pytest.param(
            "when: [{n: nonconformance, where: n.severity != defect}]",
            "n.severity",
            [],
            id="by alias, not followed",
        ),
        pytest.param(
            'when: [{n: nonconformance, where: defect = "size"}]',
            "n.severity",
            ['table-gap: no row holds where n.severity = "minor"'],
            id="of another field",
        ),
    ],
)
def test_conditions_before_a_table_count(when: str, heading: str, expected: list[str]) -> None:
    """What the rule's condition keeps away is neither a gap nor a place where rows meet."""
    found = diagnosed(when, heading, ['"critical" | mrb | here'])
    assert [f"{d.code}: {d.message}" for d in found if d.code.startswith(("table", "never"))] == expected


def test_the_check_is_among_the_checks() -> None:
    """Tables are checked with everything else."""
    assert tables.tables_hold_together in checks.CHECKS
