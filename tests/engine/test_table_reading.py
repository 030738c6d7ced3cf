"""Decision tables of rule files to the model: columns, cells, words without quotes, what rows do, and where everything stands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import Expression, Literal, Rule, Text, Value
from engine.parser import named_tables, parse
from engine.source import load
from engine.tables.model import Aggregation, HitPolicy, Table
from tests.engine.test_checks_fixtures import diagnose, good_files

HEAD = "ruleset: r\non_missing: skip\nparameters: {limit: 5, minor: 3}\nrules:\n  - table: a\n    on: inspection_result\n"
BOTH = ("| severity | => route.to |", "| minor | mrb |")
FACTS = {name: text for name, text in good_files().items() if name.startswith(("facts/", "flows"))}


def drawn(*lines: str, keys: str = "") -> str:
    """Return a rule set with one table of *lines*, and more *keys* of its rule."""
    more = "".join(f"    {key}\n" for key in keys.split("\n") if key)
    return HEAD + more + "    columns: |\n" + "".join(f"      {line}\n" for line in lines)


def rule_of(text: str, **files: str) -> Rule:
    found = parse({**FACTS, "r.yaml": text, **{name.replace("_", "."): file for name, file in files.items()}})
    assert [str(d) for d in found.diagnostics] == []
    (ruleset,) = found.documents.rulesets
    return ruleset.rules[0]


def table_of(text: str, **files: str) -> Table:
    table = rule_of(text, **files).table
    assert table is not None
    return table


def said(text: str) -> list[str]:
    """Return the diagnostics of the rule file, as line:column code."""
    return [f"{d.span.line}:{d.span.column} {d.code}" for d in parse({**FACTS, "r.yaml": text}).diagnostics]


def shown(value: Value | None) -> Any:
    if value is None or isinstance(value, Literal):
        return value if value is None else value.value
    return f"={value.text}" if isinstance(value, Expression) else value.parts


def test_a_table_is_what_its_author_drew() -> None:
    """Every part of a table is in the model, with the place of each cell."""
    rule = rule_of(
        drawn(
            "| severity | measured - parameters.limit | => route.to | hold.quantity | # why |",
            '| "minor"  | <= 5                        | bay-{lot_id} | = measured    | small |',
            "| -        |                             | mrb        | -             |       |",
            keys="title: Where it goes\npriority: 5\ntags: [x]\nhit: first\n"
            "allowed: {severity: 'minor, major', route.to: mrb}\ndefault: {route.to: mrb}",
        )
    )
    table = rule.table
    assert table is not None
    assert (rule.name, rule.title, rule.priority, rule.tags, rule.short) == (
        "a",
        "Where it goes",
        5,
        ("x",),
        True,
    )
    assert (table.name, table.hit, table.aggregation, table.annotations) == (
        "a",
        HitPolicy.FIRST,
        None,
        ("why",),
    )
    assert [column.expression.text for column in table.inputs] == ["severity", "measured - parameters.limit"]
    assert [column.allowed and column.allowed.text for column in table.inputs] == ['"minor", "major"', None]
    assert [(c.name, c.allowed and c.allowed.text) for c in table.outputs] == [
        ("route.to", '"mrb"'),
        ("hold.quantity", None),
    ]
    assert [shown(column.default) for column in table.outputs] == ["mrb", None]
    first, second = table.rows
    assert [test and test.text for test in first.tests] == ['"minor"', "<= 5"]
    assert isinstance(first.outputs[0], Text)
    assert [shown(value) for value in first.outputs][1] == "= measured"
    assert (first.annotations, second.annotations) == (("small",), ("",))
    assert (second.number, second.tests, [shown(v) for v in second.outputs]) == (
        2,
        (None, None),
        ["mrb", None],
    )
    assert [str(span) for span in first.cells] == [f"r.yaml:15:{column}" for column in (9, 20, 50, 65, 81)]
    assert str(first.span) == "r.yaml:15:7"
    test = first.tests[1]
    assert test is not None
    assert str(test.span(3, 4)) == "r.yaml:15:23"


LISTS = HEAD + "    columns: [severity, measured, '=> hold.quantity', hold.reason]\n    rows:\n"


def test_lists_are_read_as_cells() -> None:
    """In `rows`, YAML has taken the quotes off texts, and knows numbers, truth values and nothing."""
    text = LISTS + "      - [minor, 5, 5, '5']\n      - ['\"minor\"', '> 5', = measured, '{lot_id}']\n"
    rows = table_of(text + "      - [~, '-', ~, x]\n").rows
    assert [[test and test.text for test in row.tests] for row in rows] == [
        ['"minor"', "5"],
        ['"minor"', "> 5"],
        [None, None],
    ]
    assert [shown(value) for value in rows[0].outputs] == [5, "5"]
    assert shown(rows[1].outputs[0]) == "= measured"
    assert [shown(value) for value in rows[2].outputs] == [None, "x"]
    assert str(rows[1].cells[1]) == "r.yaml:10:21"


WORDS = {
    "word": ("minor", '"minor"'),
    "several": ("minor,major", '"minor","major"'),
    "negated": ("not(minor , major)", 'not("minor" , "major")'),
    "quoted beside": ('"minor", major', '"minor", "major"'),
    "phrase": ("very minor", '"very minor"'),
    "hyphens": ("rework-cell", '"rework-cell"'),
    "number in front": ("3d-print", '"3d-print"'),
    "slash and dot": ("a/b.c", '"a/b.c"'),
    "keyword": ("for", '"for"'),
    "built-in": ("date", '"date"'),
    "letters of others": ("größer", '"größer"'),
    "field": ("characteristic", "characteristic"),
    "field and word": ("characteristic, minor", 'characteristic, "minor"'),
    "alias": ("inspection_result.characteristic", "inspection_result.characteristic"),
    "parameter": ("parameters.minor", "parameters.minor"),
    "null": ("null", "null"),
    "number": ("5", "5"),
    "numbers": ("4711-02", "4711-02"),
    "call": ('upper case("x")', 'upper case("x")'),
    "question": ('starts with(?, "x")', 'starts with(?, "x")'),
    "comma in quotes": ('"a, b", c', '"a, b", "c"'),
    "comma in a call": ("substring(characteristic, 1)", "substring(characteristic, 1)"),
    "keyword between": ('if lot_id = "x" then "a" else "b"', 'if lot_id = "x" then "a" else "b"'),
}


@pytest.mark.parametrize(("cell", "text"), WORDS.values(), ids=WORDS)
def test_words_without_quotes_are_texts_where_texts_stand(cell: str, text: str) -> None:
    """In a column of texts, what is no name in sight and no other FEEL gets its quotes."""
    (test,) = table_of(drawn("| characteristic | => route.to |", f"| {cell} | mrb |")).rows[0].tests
    assert test is not None
    assert test.text == text


def test_values_of_an_enumeration_are_meant_before_names() -> None:
    """A value that the column's field lists is that text, though another field is spelled like it."""
    thing = "fact: thing\nkind: event\nowner: mes\nkey: [lot_id]\ndata:\n  type: object\n  required: [lot_id, about, item]\n"
    thing += "  properties: {lot_id: {type: string}, about: {enum: [item, tool]}, item: {type: string}}\n"
    text = drawn("| about | item | => route.to |", "| item, tool | about | mrb |").replace(
        "inspection_result", "thing"
    )
    (ruleset,) = parse({"r.yaml": text, "thing.yaml": thing}).documents.rulesets
    table = ruleset.rules[0].table
    assert table is not None
    assert [test and test.text for test in table.rows[0].tests] == ['"item", "tool"', "about"]


def test_words_keep_their_places() -> None:
    """A fault in a text whose quotes were left out is shown at the word, not beside it."""
    text = drawn("| severity | => route.to |", "| not(mionr, major , marjor) | mrb |")
    places = [
        (d.code, d.span.line, d.span.column, d.span.end_column)
        for d in diagnose({**FACTS, "r.yaml": text})
        if d.code == "never-true"
    ]
    assert places == [("never-true", 9, 13, 18), ("never-true", 9, 28, 34)]


def test_words_are_names_where_numbers_stand() -> None:
    """A word in a column of numbers is a name, and one that is not there is a fault at its place."""
    text = drawn("| measured | => route.to |", "| > soon | mrb |")
    found = [str(d) for d in diagnose({**FACTS, "r.yaml": text}) if d.severity.value == "error"]
    assert [line.partition(";")[0] for line in found] == [
        'r.yaml:9:11: error[unknown-field]: row 1, column 1 (measured): inspection_result has no field "soon"'
    ]


OUTPUTS = {
    "text": ("mrb", "mrb"),
    "words": ("the bay, left", "the bay, left"),
    "number": ("5", 5),
    "truth": ("true", True),
    "quoted": ('"5"', "5"),
    "escaped": (r'"a \"b\""', 'a "b"'),
    "two quoted": ('"a" and "b"', '"a" and "b"'),
    "feel": ("= lot_id", "= lot_id"),
    "braces": ("{{x}}", "{x}"),
    "null": ("null", None),
}


@pytest.mark.parametrize(("cell", "value"), OUTPUTS.values(), ids=OUTPUTS)
def test_outputs_are_values_as_in_then(cell: str, value: Any) -> None:
    """A cell is a text, a number, FEEL behind "=", or a text in quotes."""
    row = table_of(drawn("| severity | => route.to |", f"| - | {cell} |")).rows[0]
    assert shown(row.outputs[0]) == value
    assert row.outputs[0] is not None


HITS = {
    "": (HitPolicy.UNIQUE, None),
    "any": (HitPolicy.ANY, None),
    "rule order": (HitPolicy.RULE_ORDER, None),
    "collect": (HitPolicy.COLLECT, None),
    **{f"collect {word}": (HitPolicy.COLLECT, word) for word in Aggregation},
}


@pytest.mark.parametrize(("word", "meant"), HITS.items(), ids=[word or "left out" for word in HITS])
def test_hit_policies(word: str, meant: tuple[HitPolicy, Aggregation | None]) -> None:
    """Each word is a hit policy, unique is the one that is left out."""
    table = table_of(
        drawn("| severity | => hold.quantity |", "| - | 1 |", keys=f"hit: {word}" if word else "")
    )
    assert (table.hit, table.aggregation) == meant


def actions(rule: Rule) -> list[tuple[str, str | None, dict[str, Any]]]:
    """Return kind, subject and values of the actions that the rows share."""
    return [
        (
            a.kind,
            a.subject and f"{a.subject.type} {shown(a.subject.value)}",
            {k: shown(v) for k, v in a.values.items()},
        )
        for a in rule.actions
    ]


BLOCKED = {"inventory_status": "blocked"}
TEMPLATES: dict[str, tuple[str, list[Any]]] = {
    "columns alone": (
        drawn("| severity | => route.to | hold.quantity |", "| - | mrb | 1 |"),
        [("route", "lot =lot_id", {}), ("hold", "lot =lot_id", BLOCKED)],
    ),
    "then beside": (
        drawn(
            "| severity | => hold.quantity |",
            "| - | 1 |",
            keys="title: T\nthen:\n  - notify: {to: q, message: m}\n  - hold: {serial: s, inventory_status: restricted}",
        ),
        [
            ("hold", "serial s", {"inventory_status": "restricted"}),
            ("notify", "lot =lot_id", {"to": "q", "message": "m"}),
        ],
    ),
    "subject in a column": (
        drawn("| severity | => route.order | route.to |", "| - | = order_id | mrb |"),
        [("route", None, {})],
    ),
    "order": (
        drawn("| severity | => reprioritise.priority |", "| - | 1 |"),
        [("reprioritise", "order =order_id", {})],
    ),
    "long form": (
        drawn("| i.severity | => route.to |", "| - | mrb |").replace(
            "on: inspection_result", "when: [i: inspection_result, none: hold]"
        ),
        [("route", "lot =i.lot_id", {})],
    ),
    "optional subject": (
        drawn("| m.state | => notify.to | notify.message |", "| - | q | m |").replace(
            "on: inspection_result", "when: [m: machine_state, i: inspection_result]"
        ),
        [("notify", None, {})],
    ),
    "asserted": (
        drawn("| severity | => assert.line_alarm.level |", "| - | 1 |", keys="then: {assert: {line_alarm: {work_centre: W}}}"),
        [("assert", None, {"work_centre": "W"})],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), TEMPLATES.values(), ids=TEMPLATES)
def test_what_rows_share(text: str, wanted: list[Any]) -> None:
    """One action for each that columns, then `then`, name; its subject is what the fact is about where nobody says it."""
    assert actions(rule_of(text)) == wanted


FAULTY = {
    "list of texts for rows": (LISTS + "      - minor\n", ["9:9 wrong-type"]),
    "too many characters": (drawn(*BOTH, f"| {'a' * 10_001} | mrb |"), ["10:9 too-long"]),
    "as many characters as may be": (
        drawn(BOTH[0].replace("severity", "characteristic"), f"| {'a' * 5_000}, {'b' * 4_998} | mrb |"),
        [],
    ),
    "number as heading": (
        HEAD + "    columns: [5, '=> route.to']\n    rows: [[1, 2]]\n",
        ["7:15 wrong-type"],
    ),
    "no text between": (drawn("| => route.to |", "| x |"), ["8:9 table-heading"]),
    "unknown form of a subject": (drawn(*BOTH, keys="then: {route: {lott: x}}"), ["7:20 unknown-key"]),
    "both subjects": (drawn(*BOTH, keys="then: {route: {lot: x, order: y}}"), ["7:28 subject-doubled"]),
    **{
        f"blank under {word}": (
            drawn(
                "| measured | => hold.quantity |",
                "| > 9 | 1 |",
                "| > 5 |  |",
                "| > 7 | null |",
                "| -   | {x |",
                keys=f"hit: collect {word}",
            ),
            [*cells, "13:15 template"],
        )
        for word, cells in (
            *((word, ["11:14 table-action", "12:15 table-action"]) for word in ("sum", "min", "max")),
            ("count", []),
        )
    },
    "key of a rule": (drawn(*BOTH, keys="iff: x"), ["7:5 unknown-key"]),
    "rule and table": (drawn(*BOTH, keys="rule: b"), ["7:5 unknown-key"]),
    "misspelt table": (drawn(*BOTH).replace("- table", "- tabel"), ["5:5 unknown-key"]),
}


@pytest.mark.parametrize(("text", "wanted"), FAULTY.values(), ids=FAULTY)
def test_what_is_wrong_with_a_table(text: str, wanted: list[str]) -> None:
    """Faults of structure have their places, too; those of cells are pinned as goldens."""
    assert [found for found in said(text) if "optional-field" not in found] == sorted(wanted)


def test_faults_end_somewhere() -> None:
    """A table with a fault in each of its rows says the first thousand."""
    found = said(drawn("| measured | => route.to |", *["| 5 6 | mrb |"] * 2000))
    assert len(found) == 1001
    assert found[-1].endswith("too-many-faults")


NAMES = {
    "beside": ("plan.csv", ["d/plan.csv"]),
    "below": ("tables/plan.xlsx", ["d/tables/plan.xlsx"]),
    "capitals": ("Plan.CSV", ["d/Plan.CSV"]),
    "above": ("../plan.csv", []),
    "above behind": ("a/../../plan.csv", []),
    "absolute": ("/etc/plan.csv", []),
    "drive": ("C:/plan.csv", []),
    "backslash": ("..\\\\plan.csv", []),
    "hidden": (".git/plan.csv", []),
    "here": ("./plan.csv", []),
    "empty part": ("a//plan.csv", []),
    "other kind": ("plan.txt", []),
    "line break": ("plan\\n.csv", []),
}


@pytest.mark.parametrize(("name", "wanted"), NAMES.values(), ids=NAMES)
def test_names_of_files(name: str, wanted: list[str]) -> None:
    """A file lies beside the rule file or below; any other name is a fault, and nobody goes looking for it."""
    text = HEAD + f'    file: "{name}"\n'
    assert [found for found, _ in named_tables(text, "d/r.yaml")] == wanted
    found = parse({**FACTS, "d/r.yaml": text, "plan.csv": "a,=> b\n1,2\n", "/etc/plan.csv": "a,=> b\n1,2\n"})
    assert [(d.code, d.span.line, d.span.column) for d in found.diagnostics] == [("table-file", 7, 11)]


def test_a_table_of_a_file() -> None:
    """A CSV file beside the rule file is read as if it were drawn; what it says is a source of the rule book."""
    text = HEAD + "    file: plan.csv\n"
    files = {**FACTS, "d/r.yaml": text, "d/plan.csv": "severity;=> route.to\nminor;mrb\n", "d/other.csv": '"'}
    found = parse(files)
    assert found.diagnostics == ()
    table = found.documents.rulesets[0].rules[0].table
    assert table is not None
    assert str(table.rows[0].cells[1]) == "d/plan.csv:2:7"
    assert {"d/r.yaml", "d/plan.csv"} <= set(found.documents.sources)
    assert "d/other.csv" not in found.documents.sources


def test_tables_wait_for_the_fact_types() -> None:
    """A rule file whose name comes before those of its fact types is read with them all the same."""
    text = drawn("| colour | => route.to |", "| red | mrb |").replace("inspection_result", "thing")
    thing = "fact: thing\nkind: event\nowner: mes\nkey: [lot_id]\ndata:\n  type: object\n  required: [lot_id, colour]\n"
    thing += "  properties: {lot_id: {type: string}, colour: {type: string}}\n"
    found = parse({"a.yaml": text, "z.yaml": thing})
    assert found.diagnostics == ()
    table = found.documents.rulesets[0].rules[0].table
    assert table is not None
    assert table.rows[0].tests[0] is not None
    assert table.rows[0].tests[0].text == '"red"'


SAMPLE = good_files()["tables.yaml"]
POINTS = good_files()["points.csv"]


@given(
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 12), st.text(st.sampled_from(
        "ab01 \n\t:-=>#\"'{}[]|\\;.,()\0"), max_size=6)), min_size=1, max_size=6),
)  # fmt: skip
def test_mutated_tables_never_raise(in_file: bool, edits: list[tuple[int, int, str]]) -> None:
    """A table with anything changed in it gives a model and diagnostics, whatever was changed."""
    text = POINTS if in_file else SAMPLE
    for at, length, put in edits:
        text = text[: at % len(text)] + put + text[at % len(text) + length :] if text else put
    for diagnostic in diagnose({**good_files(), "points.csv" if in_file else "tables.yaml": text}):
        assert diagnostic.span.line >= 1
        assert diagnostic.message


def test_the_sample_is_yaml() -> None:
    """What is changed above is whole to begin with."""
    assert load(SAMPLE, "tables.yaml").diagnostics == ()
