"""The production log of a machine shop, end to end through the command line: nothing held too much, nothing missed.

What must be held is computed here from the CSV alone, without the mapping, the rules or the engine. The real log is not part
of this repository: where it is absent its tests are skipped, and the invented sample runs everywhere.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.cli import main

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "fixtures/production_log"
SAMPLE = EXAMPLE / "sample.csv"
DATA = Path(os.environ.get("LINESIDE_DATA", ROOT.parent / "shared/data")) / "production_log"
REAL = DATA / "production_log.csv"
REPLAY = ["replay", "--rules", str(EXAMPLE / "rules"), "--mapping", str(EXAMPLE / "mapping.yaml")]

needs_the_log = pytest.mark.skipif(not REAL.is_file(), reason="the production log is not on this machine")
logs = pytest.mark.parametrize(
    "log", [pytest.param(SAMPLE, id="sample"), pytest.param(REAL, id="real", marks=needs_the_log)]
)

Run = Callable[..., "Ran"]


class Ran:
    """What a command came to: its exit code, what it printed, and its decisions."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def decisions(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def held(self) -> set[str]:
        """The cases that got a hold or a route to the review board."""
        return {
            d["subject"]["id"]
            for d in self.decisions
            if d["subject"]["type"] == "order"
            and (d["kind"] == "hold" or (d["kind"] == "route" and d["values"]["to"] == "mrb"))
        }


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs the command line and captures what it prints."""

    def command(*argv: str) -> Ran:
        code = main(list(argv))
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return command


def rows_of(log: Path) -> list[dict[str, str]]:
    """Return the rows of a log as the csv module reads them."""
    with log.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def quantity(text: str) -> float:
    """Return a quantity as people read it."""
    return float(text.replace(",", "").strip() or 0)


def to_be_held(rows: list[dict[str, str]]) -> set[str]:
    """Return the cases of which any row carries a rejected quantity or one for the review board."""
    return {
        r["case_id"].strip()
        for r in rows
        if quantity(r["qty_rejected"]) > 0 or quantity(r["qty_for_mrb"]) > 0
    }


def for_the_board(rows: list[dict[str, str]]) -> set[str]:
    """Return the cases of which any row carries a quantity for the review board."""
    return {r["case_id"].strip() for r in rows if quantity(r["qty_for_mrb"]) > 0}


def written(rows: list[dict[str, str]], path: Path, headings: list[str], **form: Any) -> Path:
    """Write *rows* to *path* as CSV with *headings* in their order."""
    out = io.StringIO()
    writer = csv.DictWriter(out, headings, extrasaction="ignore", **form)
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(out.getvalue().encode())
    return path


@logs
def test_cases_with_rejects_or_mrb_are_held_and_no_others(run: Run, log: Path) -> None:
    """Every case whose rows carry rejected or review board quantities gets a hold or a route to the board; no other case does."""
    rows = rows_of(log)
    ran = run(*REPLAY, "--json", str(log))
    assert ran.code == 0, ran.err
    assert ran.held == to_be_held(rows)
    routed = {d["subject"]["id"] for d in ran.decisions if d["kind"] == "route"}
    assert routed == for_the_board(rows)


@needs_the_log
def test_the_expected_cases_are_those_of_the_totals() -> None:
    """The independent count agrees with the totals per case: rejects in 78 cases, review board in 7, either in 79."""
    rows = rows_of(REAL)
    totals = rows_of(DATA / "cases.csv")
    assert to_be_held(rows) == {
        t["case_id"] for t in totals if quantity(t["rejected"]) > 0 or quantity(t["mrb"]) > 0
    }
    assert len(to_be_held(rows)) == 79
    assert len(for_the_board(rows)) == 7


@logs
def test_two_replays_print_the_same(run: Run, log: Path) -> None:
    """Two runs over one log print identical decisions, ids included, and no id twice."""
    first, second = (run(*REPLAY, "--json", str(log)) for _ in range(2))
    assert first.out == second.out
    ids = [d["id"] for d in first.decisions]
    assert len(ids) == len(set(ids)) > 0


@logs
def test_matchers_agree(run: Run, log: Path) -> None:
    """The reference matcher decides the same."""
    assert run(*REPLAY, "--json", str(log)).out == run(*REPLAY, "--json", "--matcher", "naive", str(log)).out


@logs
def test_decisions_say_what_a_reader_needs(run: Run, log: Path) -> None:
    """Each line has id, kind, subject, rule, rule book, time and facts."""
    for decision in run(*REPLAY, "--json", str(log)).decisions:
        assert {"id", "kind", "subject", "rule", "rulebook", "time", "facts"} <= set(decision)
        assert set(decision["subject"]) == {"type", "id"}
        assert decision["facts"]


@logs
def test_emitted_facts_replay_to_the_same_decisions(run: Run, log: Path, tmp_path: Path) -> None:
    """The facts that --emit facts prints give, without the mapping, the decisions of the log."""
    facts = run(*REPLAY, "--emit", "facts", str(log))
    path = tmp_path / "facts.ndjson"
    path.write_text(facts.out, encoding="utf-8")
    again = run("replay", "--rules", str(EXAMPLE / "rules"), "--json", str(path))
    assert again.code == 0, again.err
    assert again.out == run(*REPLAY, "--json", str(log)).out


@logs
def test_summary_counts(run: Run, log: Path) -> None:
    """The summary counts rows, rows without a time, decisions per rule and kind, and facts per second."""
    rows = rows_of(log)
    ran = run(*REPLAY, "--json", str(log))
    untimed = sum(not r["start"] and not r["complete"] for r in rows)
    assert f"{len(rows):,} rows read, {untimed:,} untimed" in ran.err
    assert "facts per second" in ran.err
    for (rule, kind), number in Counter((d["rule"], d["kind"]) for d in ran.decisions).items():
        assert any(line.split() == [rule, kind, f"{number:,}"] for line in ran.err.splitlines())


@logs
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda t: t.replace("\r\n", "\n").replace("\n", "\r\n"), id="CR LF"),
        pytest.param(lambda t: "\ufeff" + t, id="byte order mark"),
        pytest.param(
            lambda t: re.sub(r"(\d{4})-(\d\d)-(\d\d \d\d:\d\d:\d\d)", r"\1/\2/\3.000", t),
            id="slashes and milliseconds",
        ),
        pytest.param(
            lambda t: re.sub(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d):\d\d", r"\1T\2", t), id="T and no seconds"
        ),
    ],
)
def test_dirt_changes_nothing(run: Run, log: Path, tmp_path: Path, change: Callable[[str], str]) -> None:
    """Line ends, a byte order mark and other ways to write times change nothing of who is held."""
    path = tmp_path / "log.csv"
    path.write_bytes(change(log.read_text(encoding="utf-8-sig")).encode())
    ran = run(*REPLAY, "--json", str(path))
    assert ran.code == 0, ran.err
    assert ran.held == to_be_held(rows_of(log))


@logs
def test_order_of_rows_and_columns_changes_no_hold(run: Run, log: Path, tmp_path: Path) -> None:
    """Rows out of order, columns in another order and a column more leave the held cases as they are."""
    rows = sorted(rows_of(log), key=lambda r: (r["worker_id"], r["activity"], r["case_id"]))
    headings = ["remark", *reversed(list(rows[0]))]
    path = written([{**r, "remark": 'a "b", c'} for r in rows], tmp_path / "log.csv", headings)
    ran = run(*REPLAY, "--json", str(path))
    assert ran.code == 0, ran.err
    assert ran.held == to_be_held(rows)


@logs
def test_quantities_as_exports_write_them(run: Run, log: Path, tmp_path: Path) -> None:
    """2.0, blanks, nothing for zero and 1,000 are read as what they mean."""
    rows = rows_of(log)
    changed = [dict(r) for r in rows]
    for number, row in enumerate(changed):
        for column in ("qty_completed", "qty_rejected", "qty_for_mrb"):
            value = quantity(row[column])
            row[column] = [f"{value:.1f}", f" {value:g} ", f"{value:,.0f}" if value else ""][number % 3]
    path = written(changed, tmp_path / "log.csv", list(rows[0]))
    ran = run(*REPLAY, "--json", str(path))
    assert ran.code == 0, ran.err
    assert ran.held == to_be_held(rows)


@logs
def test_rows_without_times_lose_no_hold(run: Run, log: Path, tmp_path: Path) -> None:
    """Rows without a time (every third, first rows of cases and rejects among them) are counted and keep their holds."""
    rows = rows_of(log)
    changed = [{**r, "start": "", "complete": ""} if n % 3 == 0 else r for n, r in enumerate(rows)]
    path = written(changed, tmp_path / "log.csv", list(rows[0]))
    ran = run(*REPLAY, "--json", str(path))
    untimed = sum(not r["start"] and not r["complete"] for r in changed)
    assert ran.code == 0, ran.err
    assert f"{untimed:,} untimed" in ran.err
    assert ran.held == to_be_held(rows)


def test_rework_alone_holds_nothing(run: Run) -> None:
    """Rework without rejects is told to planning and nothing more."""
    decisions = [d for d in run(*REPLAY, "--json", str(SAMPLE)).decisions if d["subject"]["id"] == "PO-E"]
    assert [(d["kind"], d["rule"]) for d in decisions] == [("notify", "rework-tells-planning")]


def test_a_row_that_cannot_be_mapped_is_named_and_the_others_go_on(run: Run, tmp_path: Path) -> None:
    """File, line and column of each fault are said, the rows are counted, the exit code is 1, and every other case is decided."""
    rows = rows_of(SAMPLE)
    bad = {**rows[0], "case_id": "PO-X", "qty_rejected": "some"}
    path = written(
        [*rows, bad, {**bad, "qty_rejected": "-1"}, {**bad, "case_id": ""}],
        tmp_path / "log.csv",
        list(rows[0]),
    )
    with path.open("a") as file:
        file.write("PO-Y,half a row\n")
    ran = run(*REPLAY, "--json", str(path))
    first = len(rows) + 2
    assert ran.code == 1
    assert ran.held == to_be_held(rows)
    assert f"{path}:{first}:" in ran.err
    assert 'column "qty_rejected": "some" is not a number' in ran.err
    assert f"{path}:{first + 1}:" in ran.err
    assert 'column "case_id": empty' in ran.err
    assert f"{path}:{first + 3}:1: error[log-row]" in ran.err
    assert "4 faulty" in ran.err


def test_an_unreadable_cell_costs_only_what_needs_it(run: Run, tmp_path: Path) -> None:
    """Rejects are held though the time and the order quantity of their row cannot be read, and both faults are said."""
    rows = rows_of(SAMPLE)
    bad = {**rows[0], "case_id": "PO-X", "qty_rejected": "2", "work_order_qty": "many", "complete": "soon"}
    path = written([*rows, bad], tmp_path / "log.csv", list(rows[0]))
    ran = run(*REPLAY, "--json", str(path))
    assert ran.code == 1
    assert "PO-X" in ran.held
    assert 'column "work_order_qty": "many" is not a number' in ran.err
    assert 'column "complete": "soon" is not a time' in ran.err


def test_a_log_without_a_column_says_which(run: Run, tmp_path: Path) -> None:
    """A log that lacks a column the mapping reads is refused with its name and the headings there are."""
    rows = rows_of(SAMPLE)
    path = written(rows, tmp_path / "log.csv", [h for h in rows[0] if h != "qty_rejected"])
    ran = run(*REPLAY, "--json", str(path))
    assert ran.code == 1
    assert ran.out == ""
    assert 'there is no column "qty_rejected"' in ran.err


def test_headings_as_the_original_writes_them(run: Run, tmp_path: Path) -> None:
    """Headings differ in case and blanks between exports; the columns are found all the same."""
    rows = rows_of(SAMPLE)
    names = {h: h.replace("_", " ").title() for h in rows[0]} | {
        "start": "Start Timestamp",
        "complete": "Complete Timestamp",
    }
    path = written(
        [{names[k]: v for k, v in r.items()} for r in rows], tmp_path / "log.csv", list(names.values())
    )
    assert run(*REPLAY, "--json", str(path)).held == to_be_held(rows)


def test_two_identical_rows_are_two_facts(run: Run) -> None:
    """Rows that say the same are both taken: ids differ, and do not depend on where the rows stand."""
    facts = [json.loads(line) for line in run(*REPLAY, "--emit", "facts", str(SAMPLE)).out.splitlines()]
    confirmations = [f for f in facts if f["type"] == "production_confirmation"]
    assert len(confirmations) == len(rows_of(SAMPLE))
    assert len({f["id"] for f in facts}) == len(facts)
    assert sum(f["id"].endswith("-2") for f in facts) == 1


def test_rows_as_json_lines(run: Run, tmp_path: Path) -> None:
    """The same rows as one JSON object a line give the same decisions."""
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows_of(SAMPLE)), encoding="utf-8")
    assert run(*REPLAY, "--json", str(path)).out == run(*REPLAY, "--json", str(SAMPLE)).out
