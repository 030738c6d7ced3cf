"""`lineside reconcile`: what ERP and MES each believe about holds and quantities, and where they differ.

Asks the running service, or a database with --database. Exit code 1 where they differ, so that a script can tell.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from service.cli.faults import Failed
from service.cli.paint import Paint, count, plain_line
from service.cli.printing import json_line
from service.cli.remote import add_url_option

if TYPE_CHECKING:
    from service.cli.inputs import Commands

SYSTEMS = {"erp": "ERP", "mes": "MES", "lineside": "Lineside"}
MOST = 500


def register(commands: Commands) -> None:
    """Add the command's parser to *commands*."""
    parser = commands.add_parser("reconcile", help="print where ERP, MES and Lineside differ")
    where = parser.add_mutually_exclusive_group()
    add_url_option(where)
    where.add_argument("--database", metavar="URL", help="ask this database, with no service running")
    parser.add_argument("--all", action="store_true", help="print what they agree on, too")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the report; return 1 where the systems differ."""
    report = _stored(args.database, args.all) if args.database else _asked(args.url, args.all)
    if args.json:
        sys.stdout.write(json_line(report) + "\n")
    else:
        sys.stdout.writelines(_lines(report, Paint(sys.stdout)))
    return 1 if any(row["difference"] for row in report["rows"]) else 0


def _asked(url: str, everything: bool) -> Mapping[str, Any]:
    from service.cli.remote import Remote, decode, problem_text

    with Remote(url) as remote:
        answer = remote.get(f"/v1/reconciliation?limit={MOST}{'&all=true' if everything else ''}")
    if answer.status_code != 200:
        raise Failed(problem_text(answer))
    report: Mapping[str, Any] = decode(answer.text)
    return report


def _stored(database: str, everything: bool) -> Mapping[str, Any]:
    from service.cli.outboxes import reading_of
    from service.reconciling import reconciled

    with reading_of(database) as reading:
        return reconciled(reading, everything=everything, limit=MOST)


def _lines(report: Mapping[str, Any], paint: Paint) -> Iterator[str]:
    differing = 0
    for row in report["rows"]:
        differing += bool(row["difference"])
        subject = plain_line(f"{row['subject']['type']} {row['subject']['id']}")
        said = row["difference"] or "they agree"
        about = row["about"].replace("_", " ")
        yield f"{paint('bold', subject)}  {about}: {paint('yellow' if row['difference'] else 'green', plain_line(said))}\n"
        for system, name in SYSTEMS.items():
            belief = row[system]
            if belief is not None:
                since = paint("dim", f"since {belief['since']}, by {plain_line(', '.join(belief['by']))}")
                yield f"    {name:8}  {plain_line(str(belief['value']))}  {since}\n"
    if report["left_out"]:
        yield f"and {count(report['left_out'], 'row')} more\n"
    yield f"{count(differing, 'difference')}, {report['agreeing']:,} in agreement\n"
    if report["holds_not_compared"]:
        held = count(report["holds_not_compared"], "hold")
        yield f"{held} on something else than a lot: ERP and MES say nothing of these here\n"
