"""One shape, two readers: what the structural check says of a document, its JSON Schema says too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from engine import shapes
from engine.shapes import DocumentShape, Key, Record, Text, kind_of, register, schemas, shape_of
from engine.source import load

ROOT = Path(__file__).parents[2]
GOOD = sorted((ROOT / "fixtures" / "rules" / "good").rglob("*.yaml"))
HEAD = "ruleset: r\nrules:\n"
RULE = "  - rule: a\n    on: x\n    then: {notify: {to: q, message: m}}\n"
TABLE = "  - table: a\n    on: x\n    columns: |\n      | a | => route.to |\n      | 1 | b           |\n"


def validator(kind: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schemas()[kind])


def test_there_are_good_fixtures() -> None:
    """A test over no files would say nothing."""
    assert len(GOOD) > 5


@pytest.mark.parametrize(
    "kind", ["fact", "ruleset", "definitions", "flows", "ladders", "calendars", "dispositions"]
)
def test_a_schema_is_a_schema(kind: str) -> None:
    """Each schema is valid 2020-12 and names its dialect and kind."""
    schema = schemas()[kind]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].endswith(kind)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_documents_fit_their_schema(path: Path) -> None:
    """A document without structural faults is accepted by an editor, too."""
    document = load(path.read_text(encoding="utf-8"), path.name)
    kind = kind_of(document.value)
    assert kind is not None
    shape = shape_of(kind)
    assert shape is not None
    assert list(shapes.faults(document, shape.record)) == []
    assert [error.message for error in validator(kind).iter_errors(document.value)] == []


BAD = {
    "unknown-key": (HEAD + RULE + "titel: x\n", ["6:1 unknown-key"]),
    "unknown-key-in-rule": (HEAD + RULE + "    untill: x\n", ["6:5 unknown-key"]),
    "missing-rules": ("ruleset: r\n", ["1:1 missing-key"]),
    "empty-rules": ("ruleset: r\nrules: []\n", ["2:1 empty"]),
    "rules-not-a-list": ("ruleset: r\nrules: 5\n", ["2:8 wrong-type"]),
    "rules-left-empty": ("ruleset: r\nrules:\n", ["2:1 wrong-type"]),
    "rule-without-name": (HEAD + "  - on: x\n    then: {notify: {to: q, message: m}}\n", ["3:5 missing-key"]),
    "rule-name": (HEAD + RULE.replace("rule: a", "rule: A_b"), ["3:11 bad-name"]),
    "rule-without-then": (HEAD + "  - rule: a\n    on: x\n", ["3:5 missing-key"]),
    "no-condition": (HEAD + RULE.replace("    on: x\n", ""), ["3:5 missing-key"]),
    "two-conditions": (HEAD + RULE + "    when: [{a: x}]\n", ["6:5 conflicting-keys"]),
    "if-beside-when": (HEAD + RULE.replace("on: x", "when: [{a: x}]\n    if: y"), ["5:5 conflicting-keys"]),
    "priority-text": (HEAD + RULE + "    priority: high\n", ["6:15 wrong-type"]),
    "priority-truth": (HEAD + RULE + "    priority: true\n", ["6:15 wrong-type"]),
    "priority-decimal": (HEAD + RULE + "    priority: 1.5\n", ["6:15 wrong-type"]),
    "enabled-text": (HEAD + RULE + "    enabled: yes\n", ["6:14 wrong-type"]),
    "on-missing": (HEAD + RULE + "    on_missing: ship\n", ["6:17 not-one-of"]),
    "title-number": (HEAD + RULE + "title: 12\n", ["6:8 wrong-type"]),
    "title-blank": (HEAD + RULE + "title: ' '\n", ["6:8 empty"]),
    "date": (HEAD + RULE + "effective: {from: tomorrow}\n", ["6:19 bad-date"]),
    "tags": (HEAD + RULE + "    tags: quality\n", ["6:11 wrong-type"]),
    "empty-when": (HEAD + RULE.replace("on: x", "when: []"), ["4:5 empty"]),
    "pattern-without-type": (HEAD + RULE.replace("on: x", "when: [{where: a}]"), ["4:13 missing-key"]),
    "none-and-alias": (HEAD + RULE.replace("on: x", "when: [{none: x, a: y, where: z}]"), ["4:22 conflicting-keys"]),
    "within-alone": (HEAD + RULE.replace("on: x", "when: [{a: x, within: 5 min}]"), ["4:19 conflicting-keys"]),
    "per-alone": (HEAD + RULE.replace("on: x", "when: [{a: x, per: [b, c]}]"), ["4:19 conflicting-keys"]),
    "per-number": (
        HEAD + RULE.replace("on: x", "when: [{a: x, per: [5], within: 1 h, having: b}]"),
        ["4:25 wrong-type"],
    ),
    "expect-beside-an-alias": (
        HEAD + RULE.replace("on: x", "when: [{a: x, expect: y, within: 1 h}]"),
        ["4:13 conflicting-keys"],
    ),
    "expect-without-a-time": (
        HEAD + RULE.replace("on: x", "when: [{a: x}, {expect: y}]"),
        ["4:21 conflicting-keys"],
    ),
    "as-without-then": (
        HEAD + RULE.replace("on: x", "when: [{a: x, as: y}]"),
        ["4:19 conflicting-keys"],
    ),
    "for-each-without-at-most": (HEAD + RULE + "    for_each: a\n", ["6:5 conflicting-keys"]),
    "table-without-columns": (HEAD + "  - table: a\n    on: x\n    hit: first\n", ["3:5 missing-key"]),
    "table-hit": (HEAD + TABLE + "    hit: frist\n", ["8:10 not-one-of"]),
    "table-columns-and-file": (HEAD + TABLE + "    file: a.csv\n", ["8:5 conflicting-keys"]),
    "table-sheet-without-file": (HEAD + TABLE + "    sheet: A\n", ["8:5 conflicting-keys"]),
    "table-columns-number": (HEAD + "  - table: a\n    on: x\n    columns: 5\n", ["5:14 wrong-type"]),
    "table-rows-of-cells": (
        HEAD + "  - table: a\n    on: x\n    columns: [a, => route.to]\n    rows: [1, [], [{}, 2]]\n",
        ["6:12 wrong-type", "6:15 empty", "6:20 wrong-type"],
    ),
    "table-without-name": (HEAD + TABLE.replace("table: a", "title: a"), ["3:5 missing-key"]),
    "table-action-key": (HEAD + TABLE + "    then: {route: {two: x}}\n", ["8:20 unknown-key"]),
    "unknown-action": (HEAD + RULE.replace("notify", "notfy"), ["5:12 unknown-key"]),
    "two-actions": (HEAD + RULE.replace("m}}", "m}, route: {lot: l, to: x}}"), ["5:41 conflicting-keys"]),
    "empty-action": (HEAD + RULE.replace("{notify: {to: q, message: m}}", "{}"), ["5:11 wrong-type"]),
    "no-actions": (HEAD + RULE.replace("{notify: {to: q, message: m}}", "[]"), ["5:5 empty"]),
    "action-key": (HEAD + RULE.replace("to: q", "to: q, too: r"), ["5:28 unknown-key"]),
    "action-without-key": (HEAD + RULE.replace("to: q, ", ""), ["5:12 missing-key"]),
    "subject-missing": (HEAD + RULE.replace("notify: {to: q, message: m}", "hold: {reason: x}"), ["5:12 subject-missing"]),
    "subject-doubled": (
        HEAD + RULE.replace("notify: {to: q, message: m}", "hold: {reason: x, lot: a, order: b}"),
        ["5:38 subject-doubled"],
    ),
    "optional-subject-doubled": (HEAD + RULE.replace("m}", "m, lot: a, order: b}"), ["5:48 subject-doubled"]),
    "value-list": (HEAD + RULE.replace("to: q", "to: [q]"), ["5:25 wrong-type"]),
    "every-fault-at-once": (
        "ruleset: R\nowner: 5\nparameters: [1]\nrules:\n  - rule: a\n    prioritty: 5\n    on: x\n    then: 5\n",
        ["1:10 bad-name", "2:8 wrong-type", "3:13 wrong-type", "6:5 unknown-key", "8:11 wrong-type"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "found"), BAD.values(), ids=BAD)
def test_check_and_schema_agree_on_what_is_wrong(text: str, found: list[str]) -> None:
    """Each structural fault has its place, and the schema refuses the document as well."""
    document = load(text, "r.yaml")
    assert document.diagnostics == ()
    diagnostics = sorted(shapes.faults(document, shapes.RULESET.record), key=lambda d: d.span)
    assert [f"{d.span.line}:{d.span.column} {d.code}" for d in diagnostics] == found
    assert list(validator("ruleset").iter_errors(document.value))


MESSAGES = {
    "nearest-key": (
        HEAD + RULE + "    untill: x\n",
        'r.yaml:6:5: error[unknown-key]: rule has no key "untill"; did you mean "until"?',
    ),
    "nearest-key-beside-an-alias": (
        HEAD + RULE.replace("on: x", "when: [{a: x, wehre: y}]"),
        'r.yaml:4:19: error[unknown-key]: pattern has no key "wehre"; did you mean "where"?',
    ),
    "expect-in-a-rule": (
        HEAD + RULE.replace("on: x", "when: [{a: x}]\n    expect: y"),
        'r.yaml:5:5: error[unknown-key]: rule has no key "expect"; move it into "when", as the last pattern: "- expect: ..."',
    ),
    "quotes": (
        HEAD + RULE + "title: 12\n",
        'r.yaml:6:8: error[wrong-type]: "title" is a number, not text; put it in quotes',
    ),
    "nearest-choice": (
        HEAD + RULE + "    on_missing: ship\n",
        'r.yaml:6:17: error[not-one-of]: "on_missing" cannot be "ship"; did you mean "skip"?',
    ),
    "subject": (
        HEAD + RULE.replace("notify: {to: q, message: m}", "release: {reason: x}"),
        "r.yaml:5:12: error[subject-missing]: release has no subject; "
        "write one of lot, serial, order, operation, item or work_centre",
    ),
}


@pytest.mark.parametrize(("text", "line"), MESSAGES.values(), ids=MESSAGES)
def test_a_message_names_cause_and_fix(text: str, line: str) -> None:
    """The text says what is wrong in the author's words and what would be right."""
    document = load(text, "r.yaml")
    assert [str(d) for d in shapes.faults(document, shapes.RULESET.record)] == [line]


def _keys(schema: Any) -> list[tuple[str, Any]]:
    """Return every property of every record in *schema*."""
    found: list[tuple[str, Any]] = []
    if isinstance(schema, dict):
        for name, inner in schema.get("properties", {}).items():
            found.append((name, inner))
        for inner in schema.values():
            found += _keys(inner)
    elif isinstance(schema, list):
        for inner in schema:
            found += _keys(inner)
    return found


@pytest.mark.parametrize(
    "kind", ["fact", "ruleset", "definitions", "flows", "ladders", "calendars", "dispositions"]
)
def test_every_key_is_described(kind: str) -> None:
    """An editor shows a sentence for every key a document can have."""
    schema = schemas()[kind]
    without = []
    for name, inner in _keys(schema):
        shown = inner
        if "$ref" in inner and inner["$ref"].startswith("#"):
            shown = schema["$defs"][inner["$ref"].removeprefix("#/$defs/").replace("%20", " ")]
        if not shown.get("description"):
            without.append(name)
    assert without == []


def test_a_kind_is_registered_once() -> None:
    """The same shape again changes nothing; another of that name is a mistake."""
    assert register(shapes.FACT) is shapes.FACT
    with pytest.raises(ValueError, match="registered already"):
        register(DocumentShape("fact", "Another", Record("fact", (Key("fact", Text()),))))


def test_the_first_key_that_names_a_kind_decides() -> None:
    """A flows document may begin with its systems; a scenario may hold facts."""
    assert kind_of(["systems", "flows"]) == "flows"
    assert kind_of(["scenario", "fact"]) == "scenario"
    assert kind_of(["ruleset", "rules"]) == "ruleset"
    assert kind_of(["title"]) is None
