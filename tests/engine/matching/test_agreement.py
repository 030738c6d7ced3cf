"""Generated rule books and histories: every matcher, in one go or in pieces, comes to the same; `make differential` runs many."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from engine.matching.index import JoinIndex
from engine.matching.intervals import Intervals
from engine.matching.lasting import Lasting
from engine.matching.native import NativeMatcher
from engine.matching.plan import Plan
from tests.engine.matching import differential
from tests.engine.matching.books import KINDS

SEED = 4
PARTS = 3
EACH = 400
MOST = 3_000
"""Histories within which a wrong matcher is found out."""


@cache
def tally_of(part: int) -> differential.Tally:
    """Return what a part of the histories came to; run once."""
    return differential.run(SEED, part * EACH, EACH)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_way_comes_to_the_same(part: int) -> None:
    """Naive, native and durable, restored at any step or at each, and once more: equal outcomes, ids included."""
    tally = tally_of(part)
    assert [line for d in tally.disagreements for line in differential.shown(d, SEED)] == []
    assert sum(tally.decisions.values()) > EACH
    assert tally.laws["native"] == EACH
    if differential.has_durable():
        assert tally.laws["durable"] > EACH // 2


def test_every_kind_of_rule_decides() -> None:
    """Histories in which a kind of rule never fires prove nothing of it."""
    total = differential.Tally()
    for part in range(PARTS):
        total.add(tally_of(part))
    assert differential.unheard(total) == []
    assert all(total.books[kind] > 2 for kind in KINDS)


def missing_one(found: Callable[..., Any]) -> Callable[..., Any]:
    """Return *found* without the last of what it finds."""
    return lambda *arguments: found(*arguments)[:-1]


@pytest.mark.parametrize(
    ("owner", "name", "broken"),
    [
        pytest.param(Plan, "is_clear", lambda _: lambda *_: True, id="none is never blocked"),
        pytest.param(Plan, "is_blocked_beside", lambda _: lambda *_: True, id="none is never cleared"),
        pytest.param(JoinIndex, "find", missing_one, id="a join misses a fact"),
        pytest.param(NativeMatcher, "on_event", missing_one, id="an event misses a match"),
        pytest.param(Lasting, "saved", lambda _: lambda _: [], id="a snapshot forgets since when"),
        pytest.param(Intervals, "find", missing_one, id="a range misses a rule"),
    ],
)
def test_a_matcher_that_is_wrong_is_found_out(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str, broken: Callable[[Any], Any]
) -> None:
    """Each way of being wrong disagrees with the others within some hundred histories, and is made small."""
    monkeypatch.setattr("engine.matching.index.MOST_TRIED", 0)
    monkeypatch.setattr(owner, name, broken(getattr(owner, name)))
    found = (d for begin in range(0, MOST, 100) for d in differential.run(SEED, begin, 100).disagreements)
    first = next(found, None)
    assert first is not None
    small = differential.shrunk(SEED, first)
    assert small.what
    assert 1 <= small.text.count("priority:") <= 2
    assert 1 <= len(small.steps) <= 6
