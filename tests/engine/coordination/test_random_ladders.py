"""Random ladders, one after the other under the same case: what must hold whatever becomes of them."""

from __future__ import annotations

from collections.abc import Sequence

import hypothesis.strategies as st
from hypothesis import assume, given, settings

from engine.rulebook import RuleBook
from tests.engine.coordination.floor import HELD, Floor, ladder, renamed, rule_book

HOUR = HELD.replace("within 10 min", "within 1 h")
UNNAMED = HOUR.replace("          ladder: help\n", "")
REPEAT = "    repeat: {every: 20 min, times: 3}\n"

Turn = tuple[int, str]

STEPS = st.lists(st.tuples(st.integers(0, 90), st.sampled_from("abcd")), min_size=1, max_size=4)
LADDERS = st.builds(
    lambda steps, more: ladder(*(f"{after} {who}" for after, who in sorted(steps)), more=more),
    STEPS,
    st.sampled_from(["", "", REPEAT, "    end: 100 min\n"]),
)
BOOKS = st.one_of(
    LADDERS.map(lambda text: rule_book(HOUR, text)),
    LADDERS.map(lambda text: renamed(HOUR, text)),
    LADDERS.map(lambda text: renamed(UNNAMED, text)),
)
TURNS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(["wait", "decline", "resolve", "reopen", "late"])),
    max_size=4,
)


def play(floor: Floor, at: int, turns: Sequence[Turn]) -> int:
    """Let *turns* happen, each so many minutes after the one before; return the minute of the last."""
    for gap, what in turns:
        at += gap
        if what == "wait":
            floor.wait(at)
        elif what == "late":
            floor.fail(at - 30, "L2")
        else:
            floor.answer(at, what, "quality" if what == "decline" else "")
    return at


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(BOOKS, TURNS), min_size=1, max_size=3))
def test_no_step_is_decided_twice(chapters: list[tuple[RuleBook, list[Turn]]]) -> None:
    """Every decision has an id of its own, and what is saved between any two of them goes on the same."""
    floors = [Floor(chapters[0][0]), Floor(chapters[0][0])]
    for floor in floors:
        floor.fail()
        at = 0
        for rules, turns in chapters:
            if rules.digest != floor.book.digest:
                floor.change(rules)
            for turn in turns:
                if floor is floors[0]:
                    floor.cut()
                at = play(floor, at, [turn])
        floor.wait(at + 500)
    assert floors[0].told == floors[1].told
    ids = [decision.id for decision in floors[0].decisions]
    assert len(set(ids)) == len(ids)


@settings(max_examples=40, deadline=None)
@given(BOOKS, TURNS, st.lists(BOOKS, min_size=1, max_size=2), BOOKS, TURNS)
def test_rules_under_which_nothing_came_leave_no_trace(
    first: RuleBook, before: list[Turn], between: list[RuleBook], last: RuleBook, after: list[Turn]
) -> None:
    """What is rebuilt from the facts knows nothing of them, and comes to the same, also where *first* is back at the end."""
    for end in (last, first):
        floors = [Floor(first), Floor(first)]
        for floor, books in zip(floors, ([*between, end], [end]), strict=True):
            floor.fail()
            at = play(floor, 0, before)
            for rules in books:
                if rules.digest != floor.book.digest:
                    floor.change(rules)
            floor.wait(play(floor, at, after) + 500)
        assert [one.id for one in floors[0].decisions] == [one.id for one in floors[1].decisions]


@settings(max_examples=40, deadline=None)
@given(LADDERS, st.integers(0, 100), LADDERS, st.integers(0, 100))
def test_one_step_at_most_is_told_of_those_that_are_past(old: str, at: int, new: str, gap: int) -> None:
    """However many they are when the clock first moves; and where nobody has been told before, somebody is."""
    assume(old != new)
    floor = Floor(rule_book(HOUR, old))
    floor.fail()
    floor.wait(at)
    climbed = floor.session.cases()[0].climbed
    floor.change(rule_book(HOUR, new))
    told = floor.wait(at + gap)
    assert len(told) <= 1
    assert told or climbed or "end:" in new or floor.wait(at + 500)
