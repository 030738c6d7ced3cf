"""Random interleavings of failures, answers and ticks: what must hold whatever comes in which order."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings

from tests.engine.coordination.floor import HELD, Floor, rule_book

BOOK = rule_book()
LAPSING = rule_book(
    HELD.replace(
        "          ladder: help\n", "          ladder: help\n          answer_lapses_after: 40 min\n"
    )
    + HELD.replace("rule: failed-lot", "rule: worse")
    .replace("kind: held", "kind: worse")
    .replace('"fail"', '"pass"')
    + """
  - rule: good-enough
    on: inspection
    if: severity = "minor"
    on_missing: skip
    then: {resolve_case: {lot: = lot_id, kind: held, reason: good enough}}
  - rule: waived
    priority: 10
    on: inspection
    if: severity = "major"
    on_missing: skip
    then: {resolve_case: {lot: = lot_id, reason: waived}}
"""
)
ROLES = st.sampled_from(["production", "quality", "planning"])
LOTS = st.sampled_from(["L1", "L2"])
GAPS = st.integers(0, 45)
FAILURE = st.tuples(st.just("fail"), LOTS, st.sampled_from(["fail", "pass"]))
GRADED = st.tuples(st.sampled_from(["minor", "major"]), LOTS, st.sampled_from(["fail", "pass"]))
ANSWER = st.tuples(
    st.sampled_from(["acknowledge", "accept", "decline", "done", "comment", "resolve", "reopen", "close"]),
    LOTS,
    st.one_of(st.just(""), ROLES),
)
SHELVING = st.tuples(
    st.sampled_from(["shelve", "unshelve", "out_of_service", "in_service"]),
    st.sampled_from(["L1", ""]),
    st.sampled_from(["", "once"]),
)
TICK = st.tuples(st.just("tick"), st.just(""), st.just(""))
MOVES = st.lists(st.tuples(GAPS, st.one_of(FAILURE, GRADED, ANSWER, SHELVING, TICK)), min_size=1, max_size=25)


def play(floor: Floor, at: float, move: tuple[str, str, str]) -> list[str]:
    """Let one move happen, and return what was told."""
    what, lot, more = move
    if what == "tick":
        return floor.wait(at)
    if what == "fail":
        return floor.post("inspection", at, lot_id=lot, order_id="O1", result=more)
    if what in ("minor", "major"):
        return floor.post("inspection", at, lot_id=lot, order_id="O1", result=more, severity=what)
    if what in ("shelve", "unshelve", "out_of_service", "in_service"):
        about = {"subject_type": "lot", "subject_id": lot} if lot else {}
        return floor.shelve(at, what, one_shot=more == "once", lasts="1 h", **about)
    extra: dict[str, Any] = {"comment": "so it is"} if what == "comment" else {}
    return floor.answer(at, what, more, subject_id=lot, **extra)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(GAPS, st.one_of(st.tuples(st.sampled_from(["acknowledge", "accept"]), ROLES), st.none())),
        max_size=12,
    )
)
def test_after_an_acknowledgement_that_suffices_no_message_goes_out(
    moves: list[tuple[int, tuple[str, str] | None]],
) -> None:
    """Whatever was told before, and however ticks and answers interleave: from then on there is silence."""
    floor = Floor(BOOK)
    floor.fail()
    at, answered = 0.0, set[str]()
    for gap, move in moves:
        at += gap
        sufficed = len(answered) >= 2
        if move is None:
            told = floor.wait(at)
        else:
            told = floor.answer(at, move[0], move[1])
            answered.add(move[1])
        messages = [line for line in told if "[void]" not in line]
        # what fell due before the answer came goes out with it; afterwards nothing does
        assert not messages or not sufficed
    if len(answered) >= 2:
        assert [line for line in floor.wait(at + 100_000) if "[void]" not in line] == []
    else:
        assert floor.state().startswith("open")


@settings(max_examples=60, deadline=None)
@given(MOVES, st.lists(GAPS, max_size=6))
def test_what_a_rule_has_resolved_is_silent_until_it_is_opened_again(
    moves: list[tuple[int, tuple[str, str, str]]], ticks: list[int]
) -> None:
    """Whatever came before, from the resolution on nobody hears of the case, however long the clock runs."""
    floor = Floor(LAPSING)
    at = 0.0
    for gap, move in moves:
        at += gap
        play(floor, at, move)
    floor.post("inspection", at, lot_id="L1", order_id="O1", result="none", severity="minor")
    about = [case for case in floor.session.cases() if (case.kind, case.subject_id) == ("held", "L1")]
    assert all(case.status == "resolved" for case in about)
    before = len(floor.decisions)
    for gap in ticks:
        at += gap
        floor.wait(at)
    floor.wait(at + 100_000)
    late = [
        d for d in floor.decisions[before:] if d.subject_id == "L1" and d.values.get("case_kind") == "held"
    ]
    assert late == []


@settings(max_examples=60, deadline=None)
@given(MOVES, st.sets(st.integers(0, 24)))
def test_both_matchers_and_every_cut_come_to_the_same(
    moves: list[tuple[int, tuple[str, str, str]]], cuts: set[int]
) -> None:
    """Saved and restored anywhere, under either matcher, the decisions are the same, ids and all."""
    whole, naive, cut = Floor(LAPSING), Floor(LAPSING, "naive"), Floor(LAPSING)
    at = 0.0
    for number, (gap, move) in enumerate(moves):
        at += gap
        for floor in (whole, naive, cut):
            play(floor, at, move)
        if number in cuts:
            cut.cut()
    for floor in (whole, naive, cut):
        floor.wait(at + 1_000)
    assert whole.decisions == naive.decisions == cut.decisions
    assert whole.session.snapshot() == cut.session.snapshot()


@settings(max_examples=60, deadline=None)
@given(MOVES)
def test_facts_say_what_the_desk_keeps(moves: list[tuple[int, tuple[str, str, str]]]) -> None:
    """The states `case` and `task` are the cases that are not closed, one for each subject and kind; no id is used twice."""
    floor = Floor(LAPSING)
    at = 0.0
    for gap, move in moves:
        at += gap
        play(floor, at, move)
        cases = floor.session.cases()
        assert len({(case.kind, case.subject_id) for case in cases}) == len(cases)
        stated = {fact.data["case_id"]: fact.data for fact in floor.session.states("case")}
        assert {name: data["status"] for name, data in stated.items()} == {
            case.id: case.status for case in cases
        }
        tasks = {(f.data["case_id"], f.data["role"]): f.data["status"] for f in floor.session.states("task")}
        assert tasks == {(case.id, task.role): task.status for case in cases for task in case.tasks.values()}
        silenced = sum(fact.data["silenced"] for fact in floor.session.states("shelved"))
        assert silenced <= sum(decision.status == "silenced" for decision in floor.decisions)
        for (
            case
        ) in cases:  # nobody is forgotten: what is silenced is told by a silence that still stands, or was
            covering = [
                f
                for f in floor.session.states("shelved")
                if f.data.get("subject_id") in (None, case.subject_id)
            ]
            assert not case.is_muted or covering
        ids = [decision.id for decision in floor.decisions]
        assert len(ids) == len(set(ids))
