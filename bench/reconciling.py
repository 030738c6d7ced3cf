"""How long `lineside reconcile` takes over many orders, lots and holds, and how much memory: in a process of its own.

The facts and holds are written as the service writes them: of each order its release, two operations confirmed and its end, and
what ERP and MES say of its lot; one order and one lot in a hundred differ. A report that finds anything else ends the bench.
`python -m bench.reconciling` runs it on SQLite, or with --database on another database that is empty.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert, text

from service.reconciling import reconciled
from service.store import Reading, migrate, open_database
from service.tables import facts, holds

ORDERS = 100_000
ITEMS = 500
EVERY = 100
"""One order and one lot in so many is believed differently."""

CHUNK = 5_000
"""Rows that are written in one statement."""

AT = "2026-03-02T07:25:00.000000Z"


def facts_of(orders: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (source, type, data) of each fact, as they come in on a floor: release after release, then report after report."""
    for n in range(ITEMS):
        operations = [{"operation": "10", "work_centre": "WC-1"}, {"operation": "20", "work_centre": "WC-2"}]
        yield "erp", "routing", {"routing": f"R-{n}", "item": f"I-{n}", "operations": operations}
    for n in range(orders):
        order = {"order_id": f"PO-{n}", "item": f"I-{n % ITEMS}", "quantity": 100, "unit": "pc"}
        yield "erp", "production_order", {**order, "status": "released", "customer": f"C-{n % 97}"}
    for operation in ("10", "20"):
        for n in range(orders):
            made = {"order_id": f"PO-{n}", "operation": operation, "quantity_completed": 100}
            yield "mes", "production_confirmation", {**made, "work_centre": "WC-1", "worker": f"W-{n % 40}"}
    for n in range(orders):
        lot = {"lot_id": f"L-{n}", "item": f"I-{n % ITEMS}", "quantity": 100, "unit": "pc"}
        status = "unrestricted" if n % 2 else "blocked"
        yield "mes", "material_lot", {**lot, "order_id": f"PO-{n}", "inventory_status": status}
    for n in range(orders):
        held = n % 2 == 0 and n % EVERY != 0
        status = "blocked" if held else "unrestricted"
        yield "erp", "inventory_status", {"lot_id": f"L-{n}", "inventory_status": status, "quantity": 100}
    for n in range(orders):
        booked = 100 if n % EVERY else 99
        order = {"order_id": f"PO-{n}", "item": f"I-{n % ITEMS}", "quantity": 100, "unit": "pc"}
        yield "erp", "production_order", {**order, "status": "closed", "quantity_confirmed": booked}


def fact_row(number: int, source: str, fact_type: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a fact as the service stores it."""
    name = f"b-{number}"
    fact = {"source": source, "id": name, "type": fact_type, "time": "2026-03-02T07:25:00Z", "data": data}
    return {
        "seq": number,
        "source": source,
        "id": name,
        "type": fact_type,
        "time": AT,
        "time_given": True,
        "received_at": AT,
        "status": "accepted",
        "rulebook": "bench",
        "body": json.dumps(fact, separators=(",", ":")),
    }


def hold_row(number: int) -> dict[str, Any]:
    """Return the row of a hold, of which every other one was released."""
    name, lot = f"bench-{number}", f"L-{number}"
    data = {"hold_id": name, "subject_type": "lot", "subject_id": lot, "inventory_status": "blocked"}
    return {
        "hold_id": name,
        "subject_type": "lot",
        "subject_id": lot,
        "inventory_status": "blocked",
        "status": "released" if number % 2 else "standing",
        "rule": "critical-failure-holds-the-lot",
        "reason": f"bore diameter failed on lot {lot}",
        "placed_at": AT,
        "released_at": "2026-03-02T09:25:00.000000Z" if number % 2 else None,
        "fact_seq": 1,
        "body": json.dumps({**data, "lot_id": lot}),
    }


def write(url: str, orders: int) -> int:
    """Write what is to be reconciled into the database at *url* and return how many facts that are."""
    engine = open_database(url)
    migrate(engine)
    written = 0
    with engine.execution_options(lineside_write=True).begin() as connection:
        numbered = (fact_row(n, *one) for n, one in enumerate(facts_of(orders), 1))
        while rows := list(islice(numbered, CHUNK)):
            connection.execute(insert(facts), rows)
            written += len(rows)
        for start in range(0, orders, CHUNK):
            rows = [hold_row(n) for n in range(start, min(start + CHUNK, orders))]
            connection.execute(insert(holds), rows)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("analyze"))
    engine.dispose()
    return written


def most_memory() -> int:
    """Return the most memory that this process has had, in KiB (Linux); getrusage would count its parent's too."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def report(url: str) -> dict[str, Any]:
    """Make the report of the database at *url*; say what it counts, how long it took, and how much memory beside the imports."""
    before = most_memory()
    begun = time.perf_counter()
    engine = open_database(url)
    found, _ = reconciled(Reading(engine), everything=False, limit=500)
    seconds = time.perf_counter() - begun
    engine.dispose()
    more = most_memory() - before
    counts = {"differing": len(found["rows"]) + found["left_out"], "agreeing": found["agreeing"]}
    return {**counts, "seconds": round(seconds, 1), "mib": round(more / 1_024)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, make the report in another process, and print what it took; 1 where it finds what is not there."""
    parser = argparse.ArgumentParser(prog="python -m bench.reconciling", description=__doc__)
    parser.add_argument("--database", help="the URL of an empty database; a file of its own where left out")
    parser.add_argument("--orders", type=int, default=ORDERS)
    parser.add_argument("--report-only", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.report_only:
        print(json.dumps(report(given.database)))
        return 0
    with TemporaryDirectory() as name:
        url = given.database or f"sqlite:///{Path(name)}/reconciling.db"
        written = write(url, given.orders)
        command = [sys.executable, "-m", "bench.reconciling", "--report-only", "--database", url]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    # of each lot its status and its quantity, of each order what is confirmed
    differing = 2 * len(range(0, given.orders, EVERY))
    if (found["differing"], found["agreeing"]) != (differing, 3 * given.orders - differing):
        print(f"the report found {found}, and {differing} differences are there")
        return 1
    print(
        f"{url.partition(':')[0]}, {written:,} facts of {given.orders:,} orders and lots, {given.orders:,} holds: "
        f"{found['seconds']:.1f} s, {found['mib']} MiB"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
