"""The bench of decision tables asks both sizes alike, refuses wrong answers, and says what it measured."""

from __future__ import annotations

import random

import pytest

from bench import tables
from bench.report import verdicts
from bench.tables import Asked, facts, load, measure, measured, section, times


def test_a_round_is_measured_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both tables answer every fact with the row it was made for; the page has a line for each."""
    monkeypatch.setattr(tables, "TRIED", 5)
    found = measured(2, 100)
    assert [one.rows for one in found] == list(tables.SIZES)
    assert all(len(one.taken) == 2 for one in found)
    assert sum(line.startswith(("| 10 |", "| 10,000 |")) for line in section(found)) == 2


def test_every_row_has_its_turn() -> None:
    """Facts are drawn over all rows and fit the row they name."""
    one = load(100)
    given = facts(100, 400, random.Random(1))
    assert len({row for row, _ in given}) > 90
    assert all(one.compiled.rows_slowly(fact, None) == (row,) for row, fact in given[:50])


def test_a_wrong_answer_ends_the_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    """Facts that fit another row than they say are noticed."""
    one = load(10)
    monkeypatch.setattr(tables, "facts", lambda *_: [(3, {"part": "p0", "operation": "op0", "quantity": 1})])
    with pytest.raises(SystemExit):
        measure(one, 1, random.Random(1))


@pytest.mark.parametrize(("large", "met"), [(1.5, True), (1.6, False)])
def test_the_target(large: float, met: bool) -> None:
    """The cost at 10,000 rows is at most one and a half times that at 10."""
    one = load(10)
    found = [Asked(10, one.compiled, 0, 0, [1.0]), Asked(10_000, one.compiled, 0, 0, [large])]
    assert times(found) == large
    assert verdicts([], None, found)[-1].met is met
