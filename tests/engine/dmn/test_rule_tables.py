"""Decision tables of rules as DMN: what they read is input data, what they say stays, and what they decide is the same."""

from __future__ import annotations

from typing import Any

import pytest

from engine.definitions.evaluation import prepare
from engine.definitions.model import Definitions, TableBody, TypeRef
from engine.dmn.rule_tables import tables_of
from engine.dmn.writing import write_dmn
from engine.model import Documents
from engine.parser import parse
from tests.engine.books import FACTS, START
from tests.engine.dmn.models import model

RULES = """
ruleset: routing
title: Where lots go
parameters: {limit: 5}
rules:
  - table: where-a-failed-lot-goes
    title: Where a failed lot goes
    hit: first
    on: inspection
    if: result = "fail"
    on_missing: skip
    columns: |
      | severity      | defects            | => route.to | hold.reason               | => reprioritise.priority | # why       |
      | minor         | <= parameters.limit | rework     | small defects of {lot_id} | 5                        | can be done |
      | critical      | -                  | mrb         | = "critical " + order_id  | 1                        |             |
      | -             | -                  | store       |                           |                          |             |
    then:
      - reprioritise: {order: = order_id}
  - table: by-machine
    hit: collect
    when:
      - found: inspection
      - job: order
        where: order_id = found.order_id
    on_missing: skip
    columns: |
      | job.quantity | found.severity | => notify.message |
      | > 100        | major          | many              |
    then:
      - notify: {to: shift, lot: = found.lot_id}
"""


@pytest.fixture(scope="module")
def documents() -> Documents:
    """Return the rules, read."""
    parsed = parse({**FACTS, "rules/routing.yaml": RULES})
    assert [str(d) for d in parsed.diagnostics if d.severity == "error"] == []
    return parsed.documents


@pytest.fixture(scope="module")
def tables(documents: Documents) -> Definitions:
    """Return the tables of the rules as a model, after a way through DMN."""
    ruleset = documents.rulesets[0]
    return model(write_dmn(tables_of(documents, ruleset, ruleset.rules)))


def test_what_a_table_reads_is_input_data(tables: Definitions) -> None:
    """Fields, facts and parameters are inputs, typed as the fact types declare them."""
    kinds = {name: data.type for name, data in tables.inputs.items()}
    assert kinds == {
        "defects": TypeRef("number"),
        "severity": TypeRef("inspection severity"),
        "lot_id": TypeRef("string"),
        "order_id": TypeRef("string"),
        "parameters": TypeRef("parameters"),
        "found": TypeRef(),
        "job": TypeRef(),
    }
    severity = tables.types["inspection severity"]
    assert severity.allowed is not None
    assert severity.allowed.text == '"minor", "major", "critical"'
    assert [part.base for part in tables.types["parameters"].components] == [TypeRef("number")]


@pytest.mark.parametrize(
    ("columns", "kinds", "told"),
    [
        pytest.param(
            "| found.result | job.status | => notify.message |\n      | fail | - | {job.item} |",
            {"found": ["result"], "job": ["item", "status"]},
            ["found: result", "job: item, status"],
            id="fields-that-are-always-there",
        ),
        pytest.param(
            "| found.result | job.quantity | => notify.message |\n      | fail | > 5 | many |",
            {"found": ["result"], "job": None},
            ["found: result", "job: quantity (number, may be absent)"],
            id="a-field-that-may-be-absent",
        ),
        pytest.param(
            "| found.result | job = null | => notify.message |\n      | fail | false | many |",
            {"found": ["result"], "job": None},
            ["found: result", "job: the whole of it"],
            id="the-whole-of-a-fact",
        ),
        pytest.param(
            "| found.result | count(job.parts[size > 3]) | => notify.message |\n      | fail | > 1 | many |",
            {"found": ["result"], "job": ["parts"]},
            ["found: result", "job: parts"],
            id="entries-that-a-filter-goes-through",
        ),
    ],
)
def test_a_fact_is_typed_as_far_as_it_is_read(
    columns: str, kinds: dict[str, list[str] | None], told: list[str]
) -> None:
    """A structure holds what the table reads and every fact has: what else is absent would make the fact none of its type."""
    head, _, rest = RULES.partition("      | job.quantity")
    rules = f"{head}      {columns}\n    then:{rest.partition('    then:')[2]}"
    order = FACTS["facts/order.yaml"].replace("item, status]", "item, status, parts]") + (
        "    parts: {type: array, items: {type: object, properties: {size: {type: number}}}}\n"
    )
    parsed = parse({**FACTS, "facts/order.yaml": order, "rules/routing.yaml": rules})
    assert [str(d) for d in parsed.diagnostics if d.severity == "error"] == []
    ruleset = parsed.documents.rulesets[0]
    made = model(write_dmn(tables_of(parsed.documents, ruleset, ruleset.rules[1:])))
    found = {
        name: None
        if data.type == TypeRef()
        else [part.name for part in made.types[data.type.name].components]
        for name, data in made.inputs.items()
    }
    assert found == kinds
    lines = made.decisions["by machine"].description.splitlines()
    assert [line.removeprefix("reads of ") for line in lines if line.startswith("reads of ")] == told


def test_a_decision_for_each_table(tables: Definitions) -> None:
    """A table requires what it reads, and its description says what the rule has beside it."""
    assert list(tables.decisions) == ["where a failed lot goes", "by machine"]
    first = tables.decisions["where a failed lot goes"]
    assert first.requires == ("defects", "lot_id", "order_id", "parameters", "severity")
    assert 'when inspection where result = "fail"' in first.description
    assert "reprioritise: order = order_id" in first.description
    assert isinstance(first.body, TableBody)
    table = first.body.table
    assert [(column.name, column.type_name) for column in table.outputs] == [
        ("route.to", "string"),
        ("hold.reason", ""),
        ("reprioritise.priority", "number"),
    ]
    assert (table.annotations, table.rows[0].annotations) == (("why",), ("can be done",))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(
            {"severity": "minor", "defects": 3, "lot_id": "L1", "order_id": "o"},
            {"route.to": "rework", "hold.reason": "small defects of L1", "reprioritise.priority": 5},
            id="text-with-feel",
        ),
        pytest.param(
            {"severity": "critical", "defects": 3, "lot_id": "L1", "order_id": "o"},
            {"route.to": "mrb", "hold.reason": "critical o", "reprioritise.priority": 1},
            id="feel",
        ),
        pytest.param(
            {"severity": "minor", "defects": 9, "lot_id": "L1", "order_id": "o"},
            {"route.to": "store", "hold.reason": None, "reprioritise.priority": None},
            id="blank-cells",
        ),
    ],
)
def test_a_table_decides_as_it_did(
    tables: Definitions, given: dict[str, Any], expected: dict[str, Any]
) -> None:
    """The rows give in DMN what they give in a rule; a blank cell is null there."""
    found = prepare(tables).decide("where a failed lot goes", {**given, "parameters": {"limit": 5}}, START)
    assert found.value == expected
