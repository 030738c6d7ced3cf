"""Rule files to the model: what each kind of document becomes, values in their three forms, names across files."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import feel
from engine.model import Expression, Kind, Literal, OnMissing, Rule, Text, Value
from engine.parser import Parsed, parse
from engine.parser.fact_types import read_fact_type
from engine.parser.reader import Reader
from engine.source import load
from tests.engine.test_checks_fixtures import RULES, diagnose, good_files

HEAD = "ruleset: r\nrules:\n  - rule: a\n    on: x\n"


def good() -> Parsed:
    return parse(good_files())


def rule(name: str) -> Rule:
    return next(r for s in good().documents.rulesets for r in s.rules if r.name == name)


def said(text: str) -> list[str]:
    """Return the diagnostics of one file, as line:column code."""
    return [f"{d.span.line}:{d.span.column} {d.code}" for d in parse({"r.yaml": text}).diagnostics]


def test_fact_types_are_read() -> None:
    """A fact type keeps its kind, owners, key, schema and units, and where its fields stand."""
    types = good().documents.fact_types
    assert list(types) == [
        "case", "case_answer", "disposition", "dispositioned", "hold",
            "inspection_result", "line_alarm", "machine_state", "maintenance_order",
        "on_shift", "production_order", "shelved", "shelving", "task",
    ]  # fmt: skip
    inspection = types["inspection_result"]
    assert inspection.kind is Kind.EVENT
    assert inspection.owners == ("mes",)
    assert inspection.key == ("lot_id",)
    assert inspection.units == {"measured": "mm"}
    assert inspection.schema["required"][0] == "lot_id"
    assert str(inspection.places["data.measured"]) == "facts/inspection_result.yaml:17:5"
    assert types["maintenance_order"].owners == ("erp", "person")
    assert types["machine_state"].kind is Kind.STATE


def test_rulesets_are_read() -> None:
    """A rule set keeps its days, its parameters as FEEL values, and its rules in file order."""
    ruleset = good().documents.rulesets[1]
    assert (ruleset.name, ruleset.owner) == ("quality-holds", "quality engineering")
    assert (ruleset.effective_from, ruleset.effective_to) == (date(2026, 1, 1), date(2027, 12, 31))
    assert ruleset.parameters == {
        "answer_within": feel.parse_duration("15 min"),
        "large_quantity": 500,
        "tolerance": Decimal("0.15"),
        "desk": "quality",
    }
    assert [r.name for r in ruleset.rules] == [
        "critical-failure-holds-the-lot",
        "minor-failure-restricts-the-lot",
        "large-order-is-announced",
    ]


def test_the_long_form_is_read() -> None:
    """Patterns keep alias, fact type, condition and whether they are negated."""
    found = rule("critical-failure-holds-the-lot")
    assert (found.priority, found.tags, found.short, found.is_whole) == (100, ("quality",), False, True)
    assert [(p.alias, p.fact_type, p.negated) for p in found.patterns] == [
        ("inspection", "inspection_result", False),
        ("order", "production_order", False),
        ("", "hold", True),
    ]
    assert (found.on_missing, found.on_missing_stated) == (OnMissing.SKIP, True)
    hold, route, case = found.actions
    assert case.case is not None
    assert (case.case.kind, case.case.roles, case.case.quorum) == (
        "quality-hold",
        ("production", "quality", "planning"),
        2,
    )
    assert (hold.kind, hold.subject and hold.subject.type) == ("hold", "lot")
    assert isinstance(hold.values["inventory_status"], Literal)
    assert hold.values["inventory_status"].value == "blocked"
    reason = hold.values["reason"]
    assert isinstance(reason, Text)
    assert [p if isinstance(p, str) else f"<{p.text}>" for p in reason.parts] == [
        "<inspection.characteristic>", " failed on ", "<order.item>",
    ]  # fmt: skip
    assert isinstance(route.values["to"], Literal)


def test_the_short_form_is_read() -> None:
    """The one fact's alias is its fact type; a rule's own word on missing fields wins over the rule set's."""
    found = rule("minor-failure-restricts-the-lot")
    assert found.short
    assert [(p.alias, p.fact_type) for p in found.patterns] == [("inspection_result", "inspection_result")]
    assert (found.on_missing, found.on_missing_stated) == (OnMissing.ALERT, True)
    reason = found.actions[0].values["reason"]
    assert isinstance(reason, Text)
    assert reason.parts[1] == " is {slightly} out: "


def test_asserts_until_and_reprioritise_are_read() -> None:
    """An assert names its fact type, an order is the subject of a new priority, and `until` is FEEL."""
    found = rule("machine-down-and-nobody-came")
    assert found.until is not None
    assert found.until.text == 'machine.state = "running"'
    assert found.actions[1].fact_type == "line_alarm"
    assert set(found.actions[1].values) == {"work_centre", "level"}
    hurry = rule("alarm-hurries-the-order").actions[0]
    assert hurry.subject is not None
    assert (hurry.kind, hurry.subject.type) == ("reprioritise", "order")
    assert isinstance(hurry.values["reason"], Expression)


def test_flows_are_read() -> None:
    """Systems keep their sources; a flow has a sender, a receiver and an owner."""
    documents = good().documents
    assert documents.systems["mes"].sources == ("mes", "scada")
    assert [(f.name, f.sender, f.receiver, f.owner) for f in documents.flows] == [
        ("production-orders", "erp", "mes", "erp"),
        ("inspection-results", "mes", "erp", "mes"),
        ("quality-holds", "lineside", "erp", "lineside"),
    ]


def test_sources_are_the_texts_of_rule_documents() -> None:
    """Scenarios and mappings may lie beside the rules and are not part of them."""
    files = good_files()
    parsed = parse({**files, "s.yaml": "scenario: s\nsteps: []\n", "m.yaml": "mapping: m\n"})
    assert parsed.documents.sources == files
    assert parsed.diagnostics == ()


def _value(text: str) -> Value | None:
    body = "ruleset: r\nrules:\n  - rule: a\n    on: x\n    then: {notify: {to: q, message: " + text + "}}\n"
    parsed = parse({"r.yaml": body})
    return parsed.documents.rulesets[0].rules[0].actions[0].values.get("message")


LITERALS = {
    "text": ("hello", "hello"),
    "number": ("5", 5),
    "decimal": ("0.1", Decimal("0.1")),
    "truth": ("true", True),
    "null": ("null", None),
    "braces": ('"{{a}} {{b}}"', "{a} {b}"),
    "only-braces": ('"{{}}"', "{}"),
}


@pytest.mark.parametrize(("text", "value"), LITERALS.values(), ids=LITERALS)
def test_a_plain_value_is_a_literal(text: str, value: object) -> None:
    """What has neither "=" nor braces is itself; doubled braces are braces."""
    found = _value(text)
    assert isinstance(found, Literal)
    assert found.value == value
    assert type(found.value) is type(value)


TEXTS: dict[str, tuple[str, list[str]]] = {
    "one": ('"{a}"', ["<a>"]),
    "between": ('"x {a} y {b.c} z"', ["x ", "<a>", " y ", "<b.c>", " z"]),
    "adjacent": ('"{a}{b}"', ["<a>", "<b>"]),
    "string-with-brace": ("'x {concat(a, \"}\")} y'", ["x ", '<concat(a, "}")>', " y"]),
    "string-with-escaped-quote": ('\'{a + "\\"}"}\'', ['<a + "\\"}">']),
    "context": ("'{ {b: 1}.b }'", ["< {b: 1}.b >"]),
    "doubled-and-single": ('"{{{a}}}"', ["{", "<a>", "}"]),
}


@pytest.mark.parametrize(("text", "parts"), TEXTS.values(), ids=TEXTS)
def test_braces_hold_feel(text: str, parts: list[str]) -> None:
    """Braces within FEEL's own strings and contexts do not end it."""
    found = _value(text)
    assert isinstance(found, Text)
    assert [p if isinstance(p, str) else f"<{p.text}>" for p in found.parts] == parts


PLACES: dict[str, tuple[str, list[str]]] = {
    "plain": (HEAD + "    if: a == 1\n    then: []\n", ["5:11 syntax", "6:5 empty"]),
    "double-quoted": (HEAD + '    if: "a = \\"x\\" == b"\n    then: []\n', ["5:20 syntax", "6:5 empty"]),
    "single-quoted": (HEAD + "    if: 'a = \"it''s\" == b'\n    then: []\n", ["5:22 syntax", "6:5 empty"]),
    "literal": (HEAD + "    if: |\n      a = 1\n      and b == 2\n    then: []\n", ["7:13 syntax", "8:5 empty"]),
    "folded": (HEAD + "    if: >-\n      a = 1\n\n      and b == 2\n    then: []\n", ["8:13 syntax", "9:5 empty"]),
    "folded-plain": (HEAD + "    if: a = 1\n      and b == 2\n    then: []\n", ["6:13 syntax", "7:5 empty"]),
    "in-a-template": (HEAD + '    then: {notify: {to: q, message: "x {a == b} y {c &&  d}"}}\n', [
        "5:43 syntax", "5:54 syntax",
    ]),
    "after-the-sign": (HEAD + "    then: {notify: {to: =  a == b, message: m}}\n", ["5:30 syntax"]),
    "nothing-after-the-sign": (HEAD + "    then: {notify: {to: q, message: = }}\n", ["5:37 empty"]),
    "nothing-in-braces": (HEAD + '    then: {notify: {to: q, message: "a {} b"}}\n', ["5:40 empty"]),
    "lone-brace": (HEAD + '    then: {notify: {to: q, message: "a } b"}}\n', ["5:40 template"]),
    "open-brace": (HEAD + '    then: {notify: {to: q, message: "a { b"}}\n', ["5:40 template"]),
    "anchored": (HEAD + "    if: &x a == 1\n    then: []\n", ["5:14 syntax", "6:5 empty"]),
    "unicode": (HEAD + "    if: größe == 1\n    then: []\n", ["5:15 syntax", "6:5 empty"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "found"), PLACES.values(), ids=PLACES)
def test_a_feel_fault_stands_at_its_line_and_column(text: str, found: list[str]) -> None:
    """Whatever the scalar's style, the place is where the author sees it."""
    assert said(text) == found


def test_an_expression_knows_where_its_parts_stand() -> None:
    """Offsets inside a block scalar map to lines of the file."""
    text = HEAD + "    if: |\n      a = 1\n      and b = 2\n    then: {notify: {to: q, message: m}}\n"
    where = parse({"r.yaml": text}).documents.rulesets[0].rules[0].patterns[0].where
    assert where is not None
    at = where.text.index("b")
    span = where.span(at, at + 5)
    assert (span.line, span.column, span.end_line, span.end_column) == (7, 11, 7, 16)


def test_the_same_name_twice_names_the_first_place() -> None:
    """Rule names are one space over all files; files are taken in the order of their names."""
    text = "ruleset: {}\nrules:\n  - rule: a\n    on: x\n    then: {{notify: {{to: q, message: m}}}}\n"
    parsed = parse({"b.yaml": text.format("two"), "a.yaml": text.format("one"), "c.yaml": text.format("one")})
    assert [str(d) for d in parsed.diagnostics] == [
        'b.yaml:3:11: error[duplicate-name]: the rule "a" is there already, at a.yaml:3; rename one, or delete it',
        'c.yaml:1:10: error[duplicate-name]: the rule set "one" is there already, at a.yaml:1; '
        "rename one, or delete it",
        'c.yaml:3:11: error[duplicate-name]: the rule "a" is there already, at a.yaml:3; rename one, or delete it',
    ]


def test_a_fact_type_that_is_not_yaml_is_one_fault() -> None:
    """Rules that use it do not each say that it is unknown."""
    files = good_files()
    files["facts/hold.yaml"] = files["facts/hold.yaml"] + "\tx: y\n"
    assert [f"{d.span} {d.code}" for d in diagnose(files)] == ["facts/hold.yaml:30:1 tab"]


PARAMETERS: dict[str, tuple[str, Any]] = {
    "number": ("5", 5),
    "decimal": ("0.5", Decimal("0.5")),
    "truth": ("false", False),
    "text": ("mrb", "mrb"),
    "date-is-text": ("2026-01-01", "2026-01-01"),
    "feel-number": ("= 2 + 3", 5),
    "feel-list": ('= ["a", "b"]', ["a", "b"]),
    "feel-negative": ("= -5", -5),
}


@pytest.mark.parametrize(("text", "value"), PARAMETERS.values(), ids=PARAMETERS)
def test_a_parameter_is_a_feel_value(text: str, value: object) -> None:
    """Parameters are evaluated once, when they are read."""
    body = f"ruleset: r\nparameters: {{x: {text!r}}}\nrules: []\n" if text[0] == "=" else (
        f"ruleset: r\nparameters: {{x: {text}}}\nrules: []\n"
    )  # fmt: skip
    parsed = parse({"r.yaml": body})
    assert parsed.documents.rulesets[0].parameters == {"x": value}


@pytest.mark.parametrize("words", ["15 min", "2 h", "3 days", "PT15M"])
def test_duration_words_are_durations(words: str) -> None:
    """A parameter in words of time is a duration, as DMN's own notation is."""
    parsed = parse({"r.yaml": f"ruleset: r\nparameters: {{x: {words}}}\nrules: []\n"})
    value = parsed.documents.rulesets[0].parameters["x"]
    assert value == feel.parse_duration(words)
    assert value is not None


@pytest.mark.parametrize("text", ["= a", "= now()", '= today() > @"2026-01-01"'])
def test_a_parameter_that_changes_is_refused(text: str) -> None:
    """A parameter has one value for good."""
    assert said(f"ruleset: r\nparameters:\n  x: {text}\nrules:\n  - rule: a\n    on: x\n    then: "
                "{notify: {to: q, message: m}}\n") == ["3:8 not-constant"]  # fmt: skip


SCHEMAS: dict[str, tuple[str, list[str]]] = {
    "not-an-object": ("{type: string}", ["schema"]),
    "no-properties": ("{type: object}", ["schema"]),
    "unknown-keyword": ("{type: object, properties: {}, propertys: {}}", ["schema"]),
    "own-keyword": ("{type: object, properties: {}, x-erp-table: QALS}", []),
    "wrong-type-name": ("{type: object, properties: {a: {type: text}}}", ["schema"]),
    "two-types": ("{type: object, properties: {a: {type: [string, 'null']}}}", []),
    "type-twice": ("{type: object, properties: {a: {type: [string, string]}}}", ["schema"]),
    "negative-length": ("{type: object, properties: {a: {maxLength: -1}}}", ["schema"]),
    "length-in-decimals": ("{type: object, properties: {a: {maxLength: 1.5}}}", ["schema"]),
    "length-of-truth": ("{type: object, properties: {a: {maxLength: true}}}", ["schema"]),
    "multiple-of-zero": ("{type: object, properties: {a: {multipleOf: 0}}}", ["schema"]),
    "truth-schema": ("{type: object, properties: {a: true}}", []),
    "number-schema": ("{type: object, properties: {a: 5}}", ["schema"]),
    "required-unknown": ("{type: object, required: [b], properties: {a: true}}", ["unknown-field"]),
    "required-twice": ("{type: object, required: [a, a], properties: {a: true}}", ["schema"]),
    "all-of-empty": ("{type: object, properties: {}, allOf: []}", ["schema"]),
    "all-of-mapping": ("{type: object, properties: {}, allOf: {}}", ["schema"]),
    "nested-fault": ("{type: object, properties: {a: {items: {anyOf: [{not: {type: x}}]}}}}", ["schema"]),
    "field-is-keyword": ("{type: object, properties: {and: true}}", ["bad-name"]),
    "field-is-parameters": ("{type: object, properties: {parameters: true}}", ["bad-name"]),
    "field-with-hyphen": ("{type: object, properties: {a-b: true}}", ["bad-name"]),
    "field-umlaut": ("{type: object, properties: {größe: true}}", []),
    "nested-field-name": ("{type: object, properties: {a: {type: object, properties: {b c: true}}}}", ["bad-name"]),
    "look-ahead": ("{type: object, properties: {a: {pattern: '(?!x)y'}}}", ["pattern"]),
    "back-reference": (r"{type: object, properties: {a: {pattern: '(x)\1'}}}", ["pattern"]),
    "huge-repetition": ("{type: object, properties: {a: {pattern: '(x{1000}){1000}'}}}", ["pattern"]),
    "pattern-property": ("{type: object, properties: {}, patternProperties: {'(': true}}", ["pattern"]),
    "linear-pattern": ("{type: object, properties: {a: {pattern: '^(a+)+$'}}}", []),
    "ref-inside": ("{type: object, properties: {a: {$ref: '#/$defs/b'}}, $defs: {b: {type: string}}}", []),
    "ref-unknown": ("{type: object, properties: {a: {$ref: '#/$defs/b'}}}", ["schema"]),
    "ref-file": ("{type: object, properties: {a: {$ref: 'b.json'}}}", ["schema"]),
    "ref-url": ("{type: object, properties: {a: {$ref: 'https://x/y'}}}", ["schema"]),
    "ref-to-root": ("{type: object, properties: {a: {$ref: '#'}}}", ["schema"]),
    "ref-to-itself": ("{type: object, properties: {a: {$ref: '#/properties/a'}}}", ["schema"]),
    "ref-to-a-number": ("{type: object, properties: {a: {$ref: '#/minProperties'}}, minProperties: 1}", ["schema"]),
    "ref-number": ("{type: object, properties: {a: {$ref: 5}}}", ["schema"]),
    "id": ("{type: object, properties: {}, $id: 'urn:x'}", ["schema"]),
    "dialect": ("{type: object, properties: {}, $schema: 'http://json-schema.org/draft-07/schema#'}", ["schema"]),
    "this-dialect": ("{type: object, properties: {}, $schema: 'https://json-schema.org/draft/2020-12/schema'}", []),
    "unknown-format": ("{type: object, properties: {a: {format: datetime}}}", ["schema"]),
    "empty-enum": ("{type: object, properties: {a: {enum: []}}}", ["schema"]),
}  # fmt: skip


def check_data(text: str) -> list[str]:
    """Return the codes said of a fact type whose data is *text*."""
    parsed = parse({"f.yaml": f"fact: f\nkind: event\nowner: mes\ndata: {text}\n"})
    return [d.code for d in parsed.diagnostics]


@pytest.mark.parametrize(("text", "found"), SCHEMAS.values(), ids=SCHEMAS)
def test_the_schema_of_a_fact_is_checked(text: str, found: list[str]) -> None:
    """Wrong schemas are refused with their place before any fact is held against them."""
    assert check_data(text) == found


@pytest.mark.parametrize(("text", "found"), SCHEMAS.values(), ids=SCHEMAS)
def test_an_accepted_schema_is_valid_2020_12(text: str, found: list[str]) -> None:
    """The second opinion is the metaschema: it accepts whatever this parser accepts."""
    if not found:
        jsonschema.Draft202012Validator.check_schema(load(text, "f").value)


WORDS = st.sampled_from([
    "type", "properties", "items", "enum", "required", "minLength", "pattern", "anyOf", "not", "$ref", "$defs",
    "additionalProperties", "format", "const", "uniqueItems", "maximum", "a", "dependentRequired", "if",
])  # fmt: skip
JSON = st.recursive(
    st.sampled_from(["string", "object", "#/$defs/a", "date", 1, -1, True, None, "a", "(", Decimal("0.5")]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(WORDS, JSON, max_size=5))
def test_no_schema_is_accepted_that_the_metaschema_refuses(data: dict[str, Any]) -> None:
    """Whatever nonsense stands in `data`, it is refused or it is JSON Schema, and nothing raises."""

    def written(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{k!r}: {written(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(written, value)) + "]"
        if isinstance(value, bool) or value is None:
            return "null" if value is None else str(value).lower()
        return str(value) if isinstance(value, Decimal) else repr(value)

    schema = {"type": "object", "properties": {"a": data}, "$defs": {"a": {"type": "string"}}}
    text = f"fact: f\nkind: event\nowner: mes\ndata: {written(schema)}\n"
    reader = Reader(load(text, "f.yaml"))
    read_fact_type(reader)
    if not reader.faults:
        jsonschema.Draft202012Validator.check_schema(reader.value(("data",)))


def test_references_that_double_are_bounded() -> None:
    """Thirty lines that would be a thousand million schemas are refused at once."""
    rows = [
        f"    d{i}: {{allOf: [{{$ref: '#/$defs/d{i + 1}'}}, {{$ref: '#/$defs/d{i + 1}'}}]}}"
        for i in range(30)
    ]
    rows += ["    d30: {type: string}"]
    text = "fact: f\nkind: event\nowner: mes\ndata:\n  type: object\n  properties: {a: {$ref: '#/$defs/d0'}}\n  $defs:\n"
    begun = time.process_time()
    parsed = parse({"f.yaml": text + "\n".join(rows)})
    assert [d.code for d in parsed.diagnostics] == ["schema"]
    assert time.process_time() - begun < 2


def test_a_chain_of_references_is_bounded() -> None:
    """Ten thousand references one after the other do not exhaust the stack."""
    rows = [f"    d{i}: {{$ref: '#/$defs/d{i + 1}'}}" for i in range(10_000)] + ["    d10000: {type: string}"]
    text = "fact: f\nkind: event\nowner: mes\ndata:\n  type: object\n  properties: {a: {$ref: '#/$defs/d0'}}\n  $defs:\n"
    parsed = parse({"f.yaml": text + "\n".join(rows)})
    assert {d.code for d in parsed.diagnostics} == {"schema"}


SAMPLE = (RULES / "good" / "quality-holds.yaml").read_text(encoding="utf-8")
SAMPLE_FACT = (RULES / "good" / "facts" / "production_order.yaml").read_text(encoding="utf-8")


@given(
    st.sampled_from([SAMPLE, SAMPLE_FACT]),
    st.lists(st.tuples(st.integers(0, 2500), st.integers(0, 12), st.text(st.sampled_from(
        "abx01 \n\t:-=\"'{}[]|>&*!.,()#é\0"), max_size=6)), min_size=1, max_size=6),
)  # fmt: skip
def test_mutated_rule_files_never_raise(text: str, edits: list[tuple[int, int, str]]) -> None:
    """A rule file with anything changed in it gives a model and diagnostics, whatever was changed."""
    for at, length, put in edits:
        text = text[: at % len(text)] + put + text[at % len(text) + length :] if text else put
    files = good_files()
    name = "quality-holds.yaml" if "ruleset" in text else "facts/production_order.yaml"
    for diagnostic in diagnose({**files, name: text}):
        assert diagnostic.span.line >= 1
        assert diagnostic.message


def test_checking_starts_fast() -> None:
    """`lineside check` imports nothing heavy: no pydantic, no jsonschema, no rich."""
    code = (
        "import sys; from engine.parser import parse; from engine.checks import check; "
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'pydantic', 'jsonschema', 'jsonschema_rs', 'rich'}))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"
