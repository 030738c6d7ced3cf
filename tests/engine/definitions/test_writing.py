"""Definitions written as a document read back to the same model, and what is read is written the same again."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from engine import parser
from engine.definitions.model import Definitions
from engine.definitions.writing import write_definitions
from engine.diagnostics import Span
from engine.tables.model import Table
from engine.written import Expression
from tests.engine.definitions.models import model
from tests.engine.definitions.test_evaluation import DISPOSITION, SHARED

DOCUMENTS = {
    "every form": (DISPOSITION, {}),
    "imports": (
        "definitions: main\nnamespace: urn:main\nimports: {base: shared}\ndefine:\n  - {define: a, value: = base.twice(2)}\n",
        {"shared": SHARED},
    ),
    "texts that mean something to YAML": (
        """
definitions: "no"
description: "a: b # c"
inputs: {"yes": string, "it's so": Any}
define:
  - define: texts
    value: '= yes + ": # |" + "\\"" + "{x}"'
  - define: long
    value: |
      = if yes = "a"
          then "b"
        else "c: d"
  - define: table
    hit: first
    columns: ["yes", "=> a | b", "=> c", '# why "so"']
    rows:
      - ['"a|b"', '"x | y"', '1', 'a "quote" | 5"']
      - ['-', '{a: "b"}', '-', '']
    allowed: {"yes": '"a|b", "c"'}
    default: {c: 1}
  - {define: none, value: null}
  - {define: so, value: "= it's so"}
""",
        {},
    ),
    "types": (
        """
definitions: types
types:
  Day: date
  Whole: integer
  Days: {type: array, items: Day, allowed_all: count(?) < 9}
  Scores: {type: array, items: {type: number, minimum: 0, exclusiveMaximum: 10}}
  Tree: {type: object, properties: {name: string, below: {type: array, items: Tree}, inner: {type: object, properties: {a: Any}}}}
  Parts: {type: array, items: {type: object, properties: {a: number}}}
  Score: {parameters: {n: number, at: Day}, result: boolean}
  Any list: {type: array}
  Choice: {type: string, enum: [a, "b c"]}
  Not: {type: string, allowed: 'not("x")'}
inputs: {day: Day, scores: Scores, f: Score, tree: Tree}
define:
  - {define: a, type: Choice, requires: [day, scores, f, tree], value: {type: string, value: '= "a"'}}
  - {define: g, type: number, parameters: {}, value: 1}
  - {define: h, kind: PMML, parameters: {n: Any}, context: {document: x}}
""",
        {},
    ),
}


@pytest.mark.parametrize("case", DOCUMENTS.values(), ids=DOCUMENTS)
def test_round_trip(case: tuple[str, dict[str, str]]) -> None:
    """The model comes back as it was, but for places; writing it again gives the same text."""
    text, others = case
    found = model(text, **others)
    written = write_definitions(found)
    back = model(written, **others)
    assert bare(back) == bare(found)
    assert write_definitions(back) == written


def test_a_model_needs_no_places() -> None:
    """What was made elsewhere is written as well: an empty model is a document that can be read."""
    text = write_definitions(Definitions("empty", "", Span("x.dmn", 1, 1, 1, 1)))
    assert text == "definitions: empty\n"
    assert not parser.parse({"empty.yaml": text}).diagnostics


def bare(value: Any) -> Any:
    """Return *value* without places, and FEEL as its tree."""
    if isinstance(value, Expression):
        return value.node
    if isinstance(value, Span):
        return None
    if isinstance(value, dict):
        return {name: bare(part) for name, part in value.items()}
    if isinstance(value, tuple):
        return tuple(map(bare, value))
    if not is_dataclass(value):
        return value
    left_out = ("span", "cells", "name") if isinstance(value, Table) else ("span", "cells")
    parts = {one.name: bare(getattr(value, one.name)) for one in fields(value) if one.name not in left_out}
    return type(value).__name__, parts
