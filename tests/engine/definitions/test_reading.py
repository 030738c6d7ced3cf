"""Definitions documents: every fault at its place, and what the text means where there is none."""

from __future__ import annotations

import pytest

from engine.definitions.model import TypeRef
from tests.engine.definitions.models import model, read

HEAD = "definitions: test\ninputs: {n: number, text: string}\ndefine:\n"
USED = "  - {define: used, value: '= string(n) + text'}\n"
FUNCTION = "\n  - {define: f, parameters: {n: number}, value: = n}"

FAULTS: dict[str, tuple[str, str, tuple[int, int]]] = {
    "an unknown name": ("  - {define: a, value: = m + 1}", "unknown-name", (5, 26)),
    "an unknown name in a table": (
        "  - define: a\n    columns: |\n      | m | => |\n      | 1 | 2 |",
        "unknown-name",
        (7, 9),
    ),
    "types in a cell": (
        '  - define: a\n    columns: |\n      | n   | =>  |\n      | "x" | "y" |',
        "type-mismatch",
        (8, 9),
    ),
    "types in an output": (
        "  - define: a\n    columns: |\n      | n | =>       |\n      | 1 | text * 2 |",
        "type-mismatch",
        (8, 13),
    ),
    "a row that is short": (
        "  - define: a\n    columns: |\n      | n | => a | => b |\n      | 1 | 2 |",
        "table-row",
        (8, 7),
    ),
    "no output": ("  - define: a\n    columns: |\n      | n | text |\n      | 1 | -    |", "table-heading", (7, 13)),
    "a key of allowed": (
        "  - define: a\n    columns: |\n      | n | => |\n      | - | 2 |\n    allowed: {m: '> 1'}",
        "table-heading",
        (9, 15),
    ),
    "FEEL that cannot be read": ("  - {define: a, value: = n +}", "syntax", (5, 29)),
    "FEEL that is not there": ("  - {define: a, value: = }", "syntax", (5, 25)),
    "a type of a result": ('  - {define: a, type: number, value: \'= "x"\'}', "type-mismatch", (5, 14)),
    "a type nobody declares": ("  - {define: a, type: numbr, value: = n}", "unknown-type", (5, 14)),
    "an argument": ("  - {define: a, value: = f(text)}" + FUNCTION, "type-mismatch", (5, 28)),
    "a parameter's name": ("  - {define: a, value: '= f(m: 1)'}" + FUNCTION, "wrong-arguments", (5, 29)),
    "a function of nobody": ("  - {define: a, value: = area(n)}", "unknown-function", (5, 26)),
    "a function that reads outside": ("  - {define: f, parameters: {m: number}, value: = m + n}", "unknown-name", (5, 55)),
    "the same name": ("  - {define: used, value: 1}", "duplicate-name", (5, 14)),
    "two kinds of logic": ("  - {define: a, value: 1, list: [1]}", "conflicting-keys", (5, 27)),
    "half a condition": ("  - {define: a, if: = n > 1, then: 1}", "missing-key", (5, 5)),
    "half a loop": ("  - {define: a, for: x, return: = x}", "missing-key", (5, 5)),
    "a key of a box": ("  - {define: a, context: {b: {valu: 1}}}", "unknown-key", (5, 31)),
    "a list where a value is wanted": ("  - {define: a, value: [1, 2]}", "wrong-type", (5, 17)),
    "a text with braces": ("  - {define: a, value: 'lot {n}'}", "template", (5, 24)),
    "a required name": ("  - {define: a, requires: [m], value: 1}", "unknown-name", (5, 28)),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS.values(), ids=FAULTS)
def test_faults(case: tuple[str, str, tuple[int, int]]) -> None:
    """A fault is one diagnostic, with its code, at its line and column."""
    text, code, place = case
    _, faults = read(HEAD + USED + text + "\n")
    assert [(f.code, (f.span.line, f.span.column)) for f in faults] == [(code, place)], faults


TYPES: dict[str, tuple[str, str]] = {
    "a key": ("{type: string, minLength: 1}", "unknown-key"),
    "two ways to allow": ("{enum: [a], allowed: '\"a\"'}", "conflicting-keys"),
    "a format": ("{type: string, format: email}", "schema"),
    "a duration": ("{type: string, format: duration}", "schema"),
    "a list of lists": ("{type: array, items: {type: array, items: number}}", "schema"),
    "several types": ("{type: [string, 'null']}", "schema"),
    "a list": ("[string]", "schema"),
    "a component": ("{type: object, properties: {a: numbr}}", "unknown-type"),
    "FEEL": ("{type: number, allowed: '> '}", "syntax"),
}


@pytest.mark.parametrize("case", TYPES.values(), ids=TYPES)
def test_faults_of_types(case: tuple[str, str]) -> None:
    """What is not read of JSON Schema is refused, not passed over."""
    text, code = case
    found, faults = read(f"definitions: test\ntypes:\n  T: {text}\n")
    assert [f.code for f in faults] == [code], faults
    assert "T" in found.types


def test_documents_name_each_other() -> None:
    """An import of nothing, and of a document that imports back, is refused where it stands."""
    _, faults = read("definitions: test\nimports: {a: nobody}\n")
    assert [(f.code, f.span.line) for f in faults] == [("unknown-import", 2)]
    other = "definitions: other\nimports: {b: test}\n"
    _, faults = read("definitions: test\nimports: {a: other}\n", other=other)
    assert [f.code for f in faults] == ["cycle"]


def test_what_nobody_uses_is_told() -> None:
    """An input without a use is a warning, and so is a name that rules could not call."""
    _, faults = read("definitions: test\ninputs: {n: number}\ndefine:\n  - {define: sum, value: 1}\n")
    assert sorted(f.code for f in faults) == ["name-taken", "unused-input"]


def test_requirements_are_found_in_the_logic() -> None:
    """What a decision requires is what its logic reads, in the order of the document, but for what hides it."""
    found = model(
        """
definitions: test
inputs: {a: number, b: number, c d: number}
define:
  - {define: second, value: = first + c d}
  - {define: first, context: {a: 1, e: = a + b}, result: = f(e)}
  - {define: third, value: = a + second}
  - {define: f, parameters: {b: number}, value: = g(b)}
  - {define: g, parameters: {n: number}, value: = n}
"""
    )
    assert found.decisions["second"].requires == ("c d", "first")
    assert found.decisions["first"].requires == ("b",)
    assert found.decisions["first"].knowledge == ("f",)
    assert found.functions["f"].knowledge == ("g",)
    assert found.inputs["c d"].type == TypeRef("number")


@pytest.mark.parametrize(
    ("rows", "more", "said"),
    [
        pytest.param("| < 5 | 1 |\n| > 3 | 2 |", "", ["9:7 table-overlap"], id="rows that meet"),
        pytest.param("| < 5,5 | 1 |\n| not(1, 2) | 1 |", "", ["8:11 decimal-comma"], id="a decimal comma"),
        pytest.param(
            '| < 5 | "a" |\n| >= 5 | "c" |', """'"a", "b"'""", ["9:16 table-output"], id="not allowed"
        ),
        pytest.param("| - | 1 |", "'> m'", ["9:21 unknown-name"], id="what is allowed"),
        pytest.param('| "x" | 1 |', "", ["8:9 type-mismatch"], id="said once"),
    ],
)
def test_tables_of_definitions_are_checked_as_those_of_rules(rows: str, more: str, said: list[str]) -> None:
    """What a rule's table would be told of its cells, outputs and rows, a definition's table is told once."""
    text = "definitions: test\ninputs: {n: number}\ndefine:\n  - define: a\n    hit: unique\n    columns: |\n"
    text += "".join(f"      {line}\n" for line in ("| n | => x |", *rows.split("\n")))
    text += f"    allowed: {{x: {more}}}\n" if more else ""
    _, faults = read(text)
    assert [f"{fault.span.line}:{fault.span.column} {fault.code}" for fault in faults] == said
