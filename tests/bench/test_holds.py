"""The bench of the check of holds asks a real service, knows right answers from wrong ones, and says what it measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import holds
from bench.holds import Answered, measured, said


def test_a_service_is_asked_and_told_of(tmp_path: Path) -> None:
    """Every question is answered rightly and counted."""
    found = measured(f"sqlite:///{tmp_path}/x.db", tmp_path, standing=50, questions=20)
    assert len(found.taken) == len(found.idle) == 20
    assert said(found).startswith("sqlite, 50 standing holds, 20 questions: 50 % within ")


def test_a_wrong_answer_ends_the_bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Holds that are not found where they must be are noticed."""
    monkeypatch.setattr(holds, "write_holds", lambda *_: None)
    with pytest.raises(SystemExit, match="may_proceed"):
        measured(f"sqlite:///{tmp_path}/x.db", tmp_path, standing=50, questions=20)


def test_what_is_within_is_of_all_that_was_asked() -> None:
    """Percentiles are those of every question."""
    found = Answered("sqlite", 1, [float(n) for n in range(101)])
    assert (found.within(50), found.within(99)) == (50.0, 99.0)
