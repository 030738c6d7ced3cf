"""How soon `GET /v1/holds/check` answers among many standing holds: a service of its own, asked over loopback.

The service runs in another process on the shipped rules; one fact is posted so that a hold and what it asks are there, and the
other holds are written beside it as the service writes them. Half of the questions meet a hold; an answer that is wrong ends the
bench. `python -m bench.holds` runs it alone, on SQLite, or with --database on another database that is empty.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert, text

from service.store import open_database
from service.tables import holds

STANDING = 100_000
MOST_MILLISECONDS = 5.0
"""Within which 99 of 100 questions are to be answered."""

START_WITHIN_SECONDS = 60.0
CHUNK = 5_000
"""Holds that are written in one statement."""

INSPECTION = {
    "id": "ir-1",
    "source": "/mes/line1",
    "type": "inspection_result",
    "time": "2026-03-02T07:25:00Z",
    "data": {
        "lot_id": "L-0",
        "order_id": "PO-0",
        "work_centre": "WC-1",
        "characteristic": "bore diameter",
        "result": "fail",
        "severity": "critical",
    },
}


@dataclass(slots=True)
class Answered:
    """How long each question took, in milliseconds, on which kind of database, among how many standing holds."""

    database: str
    standing: int
    taken: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    """How long a request took that asks for nothing, sent between the questions: what the machine and HTTP cost."""

    def within(self, percent: int) -> float:
        """Return the milliseconds within which *percent* of 100 were answered."""
        return _within(self.taken, percent)


def _within(taken: Sequence[float], percent: int) -> float:
    return quantiles(taken, n=100, method="inclusive")[percent - 1]


@contextmanager
def serving(url: str, folder: Path) -> Iterator[HTTPConnection]:
    """Run a service on the database at *url* until the block ends; raise SystemExit where it does not start."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "service.cli", "serve", "--port", str(port), "--database", url]
    log = (folder / "log").open("wb")
    with (
        log,
        subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "NO_PROXY": "*"}) as process,
    ):
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            end = time.monotonic() + START_WITHIN_SECONDS
            while not _is_ready(connection):
                if process.poll() is not None or time.monotonic() > end:
                    raise SystemExit(
                        (folder / "log").read_text(errors="replace") or "the service did not start"
                    )
                time.sleep(0.1)
            yield connection
        finally:
            connection.close()
            process.terminate()


def _is_ready(connection: HTTPConnection) -> bool:
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        answer.read()
    except OSError:
        connection.close()
        return False
    return answer.status == 200


def ask(connection: HTTPConnection, method: str, path: str, body: Any = None) -> Any:
    """Return the JSON that is answered; raise SystemExit where it is a problem."""
    raw = None if body is None else json.dumps(body)
    connection.request(method, path, raw, {"content-type": "application/json"} if raw else {})
    answer = connection.getresponse()
    found = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{method} {path} was answered {answer.status}: {found.decode(errors='replace')}")
    return json.loads(found)


def write_holds(url: str, count: int) -> None:
    """Write *count* standing holds, each on a lot of its own, as placed by the first fact."""
    engine = open_database(url)
    with engine.execution_options(lineside_write=True).begin() as connection:
        for start in range(0, count, CHUNK):
            rows = [_row(n) for n in range(start, min(start + CHUNK, count))]
            connection.execute(insert(holds), rows)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("analyze"))
    engine.dispose()


def _row(number: int) -> dict[str, Any]:
    lot = f"L-held-{number}"
    data = {"hold_id": f"bench-{number}", "subject_type": "lot", "subject_id": lot, "lot_id": lot}
    return {
        "hold_id": f"bench-{number}",
        "subject_type": "lot",
        "subject_id": lot,
        "inventory_status": "blocked",
        "status": "standing",
        "rule": "critical-failure-holds-the-lot",
        "reason": f"bore diameter failed on lot {lot}",
        "placed_at": "2026-03-02T07:25:00.000000Z",
        "fact_seq": 1,
        "body": json.dumps({**data, "inventory_status": "blocked"}),
    }


def measured(url: str, folder: Path, *, standing: int, questions: int, seed: int = 7) -> Answered:
    """Ask *questions* times among *standing* holds, one after the other, and return how long each took."""
    found = Answered(url.partition(":")[0].partition("+")[0], standing)
    chance = random.Random(seed)
    with serving(url, folder) as connection:
        made = ask(connection, "POST", "/v1/facts", INSPECTION)
        if not any(decision["kind"] == "hold" for decision in made["decisions"]):
            raise SystemExit(f"the shipped rules placed no hold: {made}")
        connection.close()  # the service would, before all are written; it is opened again by the first question
        write_holds(url, standing)
        for n in range(questions + 200):
            is_held = n % 2 == 0
            lot = f"L-{'held' if is_held else 'free'}-{chance.randrange(standing)}"
            path = f"/v1/holds/check?lot={lot}&order=PO-{n}&operation=30&work_centre=WC-{n % 40}"
            begun = time.perf_counter()
            answer = ask(connection, "GET", path)
            done = time.perf_counter()
            ask(connection, "GET", "/health/live")
            after = time.perf_counter()
            if answer["may_proceed"] is is_held:
                raise SystemExit(f"{path} was answered {answer}")
            if n >= 200:  # the first ones warm caches and are not counted
                found.taken.append((done - begun) * 1_000)
                found.idle.append((after - done) * 1_000)
    return found


def said(found: Answered) -> str:
    """Return *found* as a line of text."""
    return (
        f"{found.database}, {found.standing:,} standing holds, {len(found.taken):,} questions: "
        f"50 % within {found.within(50):.2f} ms, 95 % within {found.within(95):.2f} ms, "
        f"99 % within {found.within(99):.2f} ms, all within {max(found.taken):.2f} ms; "
        f"a request that asks for nothing: 50 % within {_within(found.idle, 50):.2f} ms, "
        f"99 % within {_within(found.idle, 99):.2f} ms"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, say what was found, and return 1 where 99 of 100 took too long."""
    parser = argparse.ArgumentParser(prog="python -m bench.holds", description=__doc__)
    parser.add_argument("--database", help="the URL of an empty database; a file of its own where left out")
    parser.add_argument("--standing", type=int, default=STANDING)
    parser.add_argument("--questions", type=int, default=5_000)
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as name:
        folder = Path(name)
        url = given.database or f"sqlite:///{folder}/holds.db"
        found = measured(url, folder, standing=given.standing, questions=given.questions)
    print(said(found))
    return 0 if found.within(99) <= MOST_MILLISECONDS else 1


if __name__ == "__main__":
    raise SystemExit(main())
