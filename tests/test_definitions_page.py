"""The page on definitions is true: its documents are read without a fault, and every example comes to what stands below it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine import checks, feel
from engine.compiler import compile_rules
from engine.definitions.library import Library, library_of
from engine.definitions.model import Definitions
from engine.definitions.running import MAX_CALLS
from engine.parser import parse
from engine.shapes.definitions import BODIES

PAGE = (Path(__file__).resolve().parent.parent / "docs/definitions.md").read_text(encoding="utf-8")
DOCUMENTS = re.findall(r"^```yaml\n(definitions: .*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
RULES = re.findall(r"^```yaml\n(ruleset: .*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [
    tuple(example.split("\n-> "))
    for block in re.findall(r"^```feel\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for example in block.strip().split("\n\n")
]
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
FACT = """
fact: finding
kind: event
owner: mes
data:
  type: object
  required: [lot_id, severity, defects]
  properties: {lot_id: {type: string}, severity: {enum: [minor, major, critical]}, defects: {type: number}}
"""
FLOWS = "systems: {mes: {title: MES, sources: [mes]}}\nflows: [{flow: f, direction: mes -> mes, owner: mes, facts: [finding]}]\n"


def definitions() -> tuple[Definitions, ...]:
    """Return the page's documents, which have no fault."""
    parsed = parse({f"{at}.yaml": text for at, text in enumerate(DOCUMENTS)})
    assert not [*parsed.diagnostics, *checks.check(parsed.documents)]
    return parsed.documents.definitions


@pytest.fixture(scope="module")
def library() -> Library:
    """Return what the page's documents offer."""
    return library_of(definitions())


@pytest.mark.parametrize("example", EXAMPLES, ids=[example[0] for example in EXAMPLES])
def test_examples(library: Library, example: tuple[str, str]) -> None:
    """A call comes to the value beside it, walked and compiled, and the check has nothing against it."""
    text, value = example
    node = feel.parse(text, library.callees)
    wanted = feel.evaluate(feel.parse(value), {}, NOW)
    assert feel.evaluate(node, library.values(NOW), NOW) == wanted
    assert feel.compile_value(node, library.scope, ())(NOW) == wanted
    assert not feel.check(node, library.scope).faults


def test_the_rule_of_the_page_compiles() -> None:
    """The rule set stands beside the first document and is without a fault."""
    (rules,) = RULES
    book = compile_rules(
        {"d.yaml": DOCUMENTS[0], "fact.yaml": FACT, "flows.yaml": FLOWS, "rules.yaml": rules}
    )
    assert not book.warnings


def test_the_page_is_whole() -> None:
    """Every key of logic is in its table, the limit is as it says, and there are examples."""
    table = PAGE.partition("| key |")[2].partition("\n\n")[0]
    assert all(f"`{key}`" in table for key in BODIES)
    assert f"as deep as {MAX_CALLS} calls" in PAGE
    assert len(EXAMPLES) > 20
