"""The page of holds is true: its documents run together with the shipped fact types, and its scenarios pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.compiler import compile_rules
from engine.rulebook import RuleBook
from engine.scenario import parse_scenario, run_scenario
from service.shipped import document_kind, shipped_files, with_shipped

PAGE = (Path(__file__).resolve().parent.parent / "docs/holds.md").read_text(encoding="utf-8")
DOCUMENTS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SCENARIOS = [text for text in DOCUMENTS if document_kind(text)[0] == "scenario"]


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """Return the rule book of all documents on the page."""
    own = {f"{at}.yaml": t for at, t in enumerate(DOCUMENTS) if document_kind(t)[0] != "scenario"}
    return compile_rules(with_shipped(own, shipped_files(("fact", "flows"))))


def test_documents_compile(book: RuleBook) -> None:
    """Every document on the page is whole and without so much as a warning."""
    assert [str(warning) for warning in book.warnings] == []
    assert len(book.dispositions) == 7


@pytest.mark.parametrize("text", SCENARIOS, ids=[document_kind(text)[1] for text in SCENARIOS])
def test_scenarios_pass(text: str, book: RuleBook) -> None:
    """Every scenario on the page holds for the rules on the page."""
    scenario, faults = parse_scenario(text, "holds.md")
    assert scenario is not None, faults
    assert [str(failure) for failure in run_scenario(scenario, book).failures] == []


def test_there_are_scenarios() -> None:
    """A runner that finds none would pass for ever."""
    assert len(SCENARIOS) == 2
