"""The bench of the report of differences makes a real one, and knows a right report from a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import reconciling
from bench.reconciling import main


def test_a_report_is_made_and_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    """What was written is found to differ where it does, in a process of its own."""
    assert main(["--orders", "250"]) == 0
    said = capsys.readouterr().out
    assert "sqlite, 2,000 facts of 250 orders and lots, 250 holds: " in said


def test_a_wrong_report_ends_the_bench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A report that finds other differences than were written is no measurement."""
    monkeypatch.setattr(reconciling, "EVERY", 10)
    written = reconciling.write
    monkeypatch.setattr(reconciling, "write", lambda url, orders: written(url, orders - 50))
    assert main(["--orders", "250", "--database", f"sqlite:///{tmp_path}/x.db"]) == 1
    assert "differences are there" in capsys.readouterr().out
