"""The page on calendars is true: its documents compile, its questions have their answers, its faults are what it says."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine import feel
from engine.calendars import MAX_YEARS, Calendars
from engine.calendars.wall import FIRST_YEAR, LAST_YEAR
from engine.compiler import compile_rules
from engine.diagnostics import RulesRejected
from engine.feel.builtins.shifts import CALENDARS
from engine.parser import parse
from engine.parser.calendars.reading import MAX_DAYS
from engine.shapes.calendars import MAX_SHIFTS
from service.cli.trees import literal_text

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/calendars.md").read_text(encoding="utf-8")
NOW = datetime(2026, 3, 2, 7, 25, tzinfo=UTC)
DISPOSITION = """
fact: disposition
kind: event
owner: mes
data:
  type: object
  required: [failed_at, decided_at]
  properties: {failed_at: {type: string, format: date-time}, decided_at: {type: string, format: date-time}}
"""
SYSTEMS = "systems: {mes: {sources: [mes]}}\nflows: []\n"


def blocks(info: str) -> list[str]:
    """Return the fenced blocks of the page that are marked *info*."""
    return re.findall(rf"^```{info}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


DOCUMENTS = {f"{number}.yaml": text for number, text in enumerate(blocks("yaml"))}
EXAMPLES = [tuple(part.split("\n-> ")) for block in blocks("feel") for part in block.strip().split("\n\n")]


def test_the_documents_compile() -> None:
    """Every document of the page is whole, and without so much as a warning."""
    book = compile_rules({**DOCUMENTS, "disposition.yaml": DISPOSITION, "systems.yaml": SYSTEMS})
    assert book.warnings == ()
    assert sorted(book.calendars) == ["plant", "quality"]
    assert [rule.name for rule in book.rules] == ["nobody-looked-in-time"]


@pytest.mark.parametrize(("question", "answer"), EXAMPLES)
def test_questions_have_their_answers(question: str, answer: str) -> None:
    """What stands below a question is what it comes to, compiled and walked, in a rule set with the plant's calendar."""
    bound = {CALENDARS: Calendars(parse(DOCUMENTS).documents.calendars, "plant")}
    node = feel.parse(question)
    assert literal_text(feel.evaluate(node, bound, NOW)) == answer
    assert literal_text(feel.compile_value(node, feel.Scope(bound=bound), [])(NOW)) == answer


def test_there_are_questions() -> None:
    """A page that is read wrongly would pass."""
    assert len(EXAMPLES) >= 15


def test_the_faults_are_those_of_the_document() -> None:
    """The diagnostics on the page are those of the document above them."""
    (wrong,), (shown,) = blocks("yaml wrong"), blocks("text")
    with pytest.raises(RulesRejected) as rejected:
        compile_rules({"calendars.yaml": wrong})
    assert "".join(f"{d}\n" for d in rejected.value.diagnostics) == shown


def test_limits() -> None:
    """The limits on the page are those of the code."""
    limits = PAGE.partition("## Limits")[2]
    assert f"{FIRST_YEAR} to {LAST_YEAR}" in limits
    assert MAX_YEARS == 10
    assert f"{MAX_SHIFTS} shifts and {MAX_DAYS:,} days" in limits
