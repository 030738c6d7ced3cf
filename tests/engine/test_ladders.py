"""Ladders documents: read, checked for their form and times, and said not to be climbed yet."""

from __future__ import annotations

import pytest

from engine.parser import parse

GOOD = """
ladders:
  - ladder: quality-hold
    title: Who hears of a quality hold that nobody answers
    steps:
      - {after: 0 min, tell: [quality, production]}
      - {after: 15 min, tell: supervisor, message: nobody has answered yet}
      - {after: 1 h, tell: plant manager}
    repeat: {every: 30 min, times: 3}
"""


def said(text: str) -> list[str]:
    """Return line, column, severity and code of each diagnostic of *text*."""
    found = parse({"ladders.yaml": text}).diagnostics
    return [f"{d.span.line}:{d.span.column} {d.severity} {d.code}" for d in found]


def test_a_good_ladder_is_said_to_come_later() -> None:
    """Nothing climbs a ladder yet, and nobody is left to believe so."""
    assert said(GOOD) == ["2:1 warning not-yet"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param("after: 15 min", "after: soon", "7:17 error bad-time", id="no duration"),
        pytest.param("after: 15 min", "after: 1 month", "7:17 error bad-time", id="of no fixed length"),
        pytest.param("after: 1 h", "after: 5 min", "8:17 error time-order", id="before the step above"),
        pytest.param("every: 30 min", "every: often", "9:21 error bad-time", id="repeat"),
        pytest.param("tell: supervisor", "tel: supervisor", "7:10 error missing-key", id="misspelt"),
        pytest.param("ladder: quality-hold", "ladder: Quality", "3:13 error bad-name", id="name"),
    ],
)
def test_a_fault_has_its_place(old: str, new: str, fault: str) -> None:
    """Each fault stands where it was made, beside the word that ladders come later."""
    assert fault in said(GOOD.replace(old, new))


def test_two_ladders_of_one_name_are_refused() -> None:
    """A rule names its ladder, so each name is there once."""
    again = GOOD + GOOD.removeprefix("\nladders:\n")
    assert "10:13 error duplicate-name" in said(again)
