"""What the contracts of the flows find in the production log of a machine shop, against a recount from the CSV alone.

The real log is not part of this repository: where it is absent its tests are skipped, and the invented sample runs everywhere.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from service.cli import main
from tests.test_production_log import REAL, REPLAY, SAMPLE, logs, needs_the_log, quantity, rows_of

Found = list[dict[str, Any]]


def findings(log: Path, capsys: pytest.CaptureFixture[str]) -> Found:
    """Return the findings that a replay of *log* prints."""
    assert main([*REPLAY, "--emit", "findings", str(log)]) == 0
    return [json.loads(line)["data"] for line in capsys.readouterr().out.splitlines()]


def over_delivered(rows: list[dict[str, str]]) -> set[tuple[str, str]]:
    """Return the cases and steps of which more was reported as made than their order asks for, each report counted once."""
    made: dict[tuple[str, str], float] = defaultdict(float)
    ordered: dict[str, set[float]] = defaultdict(set)
    seen = set()
    for row in rows:
        ordered[row["case_id"]].add(quantity(row["work_order_qty"]))
        report = tuple(row.values())
        if report in seen or row["report_type"] != "D" or row["rework"] == "Y":
            continue
        seen.add(report)
        made[row["case_id"], row["activity"]] += quantity(row["qty_completed"])
    return {(case, step) for (case, step), total in made.items() if total > max(ordered[case])}


@logs
def test_over_deliveries_are_those_of_a_recount(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The orders and operations found over-delivered are those whose sums in the CSV exceed their order, and no others."""
    found = {(f["order_id"], f["operation"]) for f in findings(log, capsys) if f["kind"] == "over_delivery"}
    assert found == over_delivered(rows_of(log))


@needs_the_log
def test_what_the_real_log_holds(capsys: pytest.CaptureFixture[str]) -> None:
    """A real shop confirms more than was ordered in 28 orders, repeats 15 reports, and works on what rejects hold."""
    found = findings(REAL, capsys)
    assert Counter(f["kind"] for f in found) == {
        "confirmed_on_hold": 1264,
        "duplicate_confirmation": 15,
        "not_checked": 150,
        "over_delivery": 111,
    }
    assert len({f["order_id"] for f in found if f["kind"] == "over_delivery"}) == 28
    assert {f["check"] for f in found if f["kind"] == "not_checked"} == {"operation-in-routing"}


def test_the_summary_counts_findings(capsys: pytest.CaptureFixture[str]) -> None:
    """What was found is counted by kind beside the decisions."""
    expected = Counter(f["kind"] for f in findings(SAMPLE, capsys))
    assert expected
    assert main([*REPLAY, "--quiet", str(SAMPLE)]) == 0
    said = [line.split() for line in capsys.readouterr().err.splitlines() if line.startswith("finding")]
    assert {kind: int(number) for _, kind, number in said} == expected
