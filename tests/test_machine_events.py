"""Conditions that last over the histories of real machines: what the session fires, and what SQL finds in the same rows.

The histories are not part of this repository: where they are absent the tests are skipped. They keep their disorder, their
renamed items and their wrong clocks; a state older than the one held is stale in both computations.
"""

from __future__ import annotations

import gzip
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.compiler import compile_rules
from engine.decisions import Fact
from engine.session import Session
from service.shipped import shipped_files, with_shipped

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("LINESIDE_DATA", ROOT.parent / "shared/data")) / "machine_events"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

needs_the_histories = pytest.mark.skipif(
    not DATA.is_dir(), reason="the histories of machines are not on this machine"
)

RULES = """
ruleset: stands
title: Machines that stand
owner: production engineering
rules:
  - rule: stands
    on: machine_state
    if: state = "down"
    for: {lasting}
    then: {{notify: {{work_centre: = work_centre, to: maintenance, message: stands}}}}
"""

# (machine, item, values that mean it stands)
HISTORIES = [
    pytest.param("Mazak01", "execution", {"STOPPED", "INTERRUPTED"}, id="Mazak01, stopped"),
    pytest.param("Mazak01", "execution", {"UNAVAILABLE"}, id="Mazak01, not heard of"),
    pytest.param("Mazak01", "estop", {"TRIGGERED", "UNAVAILABLE"}, id="Mazak01, emergency stop"),
    pytest.param("Hurco01", "Program_Status", {"STOPPED", "READY", "UNAVAILABLE"}, id="Hurco01, its clock set to 2002 once"),
    pytest.param("Hurco02", "avail", {"UNAVAILABLE"}, id="Hurco02, few rows"),
]  # fmt: skip


def rows(machine: str, item: str) -> Iterator[tuple[int, str]]:
    """Yield (microseconds since 1970, value) of each row of *item*, in the order of the file."""
    with gzip.open(DATA / f"{machine}_events.psv.gz", "rt", encoding="utf-8") as file:
        for line in file:
            stamp, name, value, *_ = (*line.rstrip("\n").split("|"), "")
            if name == item:
                yield (datetime.fromisoformat(stamp) - EPOCH) // MICROSECOND, value


def by_session(machine: str, history: list[tuple[int, str]], down: set[str], lasting: timedelta) -> list[int]:
    """Return when the rule fires over *history*, in microseconds since 1970."""
    text = RULES.format(lasting=f"{lasting // timedelta(seconds=1)} s")
    session = Session(compile_rules(with_shipped({"stands.yaml": text}, shipped_files(("fact", "flows")))))
    fired = []
    for number, (at, value) in enumerate(history):
        data = {"work_centre": machine, "state": "down" if value in down else "running"}
        fact = Fact("mes", str(number), "machine_state", EPOCH + at * MICROSECOND, data)
        fired += session.submit(fact).decisions
    return [(decision.time - EPOCH) // MICROSECOND for decision in fired]


def by_sql(history: list[tuple[int, str]], down: set[str], lasting: timedelta) -> list[int]:
    """Return the same from the rows alone: islands of rows that stand, long enough before the row or the clock that ends them."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE seen (n INTEGER PRIMARY KEY, at INTEGER, down INTEGER)")
    database.executemany(
        "INSERT INTO seen VALUES (?, ?, ?)", [(n, at, value in down) for n, (at, value) in enumerate(history)]
    )
    found = database.execute(
        """
        WITH kept AS (
            SELECT n, at, down FROM
                (SELECT *, MAX(at) OVER (ORDER BY n ROWS UNBOUNDED PRECEDING) AS newest FROM seen)
            WHERE at = newest
        ),
        turns AS (SELECT *, SUM(1 - down) OVER (ORDER BY n) AS ended FROM kept),
        islands AS (SELECT MIN(at) AS start, ended FROM turns WHERE down = 1 GROUP BY ended),
        ends AS (SELECT at, ended FROM turns WHERE down = 0)
        SELECT start + ? FROM islands LEFT JOIN ends ON ends.ended = islands.ended + 1
        WHERE COALESCE(ends.at, (SELECT MAX(at) FROM seen)) - start >= ?
        ORDER BY start
        """,
        (lasting // MICROSECOND, lasting // MICROSECOND),
    )
    return [at for (at,) in found]


@needs_the_histories
@pytest.mark.parametrize("lasting", [timedelta(minutes=10), timedelta(minutes=1)], ids=["10 min", "1 min"])
@pytest.mark.parametrize(("machine", "item", "down"), HISTORIES)
def test_what_lasts_in_real_histories_is_what_sql_finds(
    machine: str, item: str, down: set[str], lasting: timedelta
) -> None:
    """The rule fires exactly where an independent computation finds that a machine stood for so long, and when."""
    history = list(rows(machine, item))
    assert history
    found = by_session(machine, history, down, lasting)
    assert found == by_sql(history, down, lasting)
    assert found
