"""`lineside reconcile`: what ERP and MES each believe about holds and quantities, and where they differ.

Asks the running service, or a database with --database. Exit code 1 where they differ, so that a script can tell.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from service.cli.paint import Paint, count, plain_line
from service.cli.printing import json_line
from service.cli.remote import add_url_option

if TYPE_CHECKING:
    from service.cli.inputs import Commands

PATH = "/v1/reconciliation"
SYSTEMS = {"erp": "ERP", "mes": "MES", "lineside": "Lineside"}
USUAL = 500
MOST = 1_000_000
"""Rows that one command prints."""


def register(commands: Commands) -> None:
    """Add the command's parser to *commands*."""
    parser = commands.add_parser("reconcile", help="print where ERP, MES and Lineside differ")
    where = parser.add_mutually_exclusive_group()
    add_url_option(where)
    where.add_argument("--database", metavar="URL", help="ask this database, with no service running")
    parser.add_argument("--all", action="store_true", help="print what they agree on, too")
    parser.add_argument(
        "--limit", type=_number, default=USUAL, metavar="N", help=f"rows at most (default: {USUAL})"
    )
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the report; return 1 where the systems differ."""
    most = min(args.limit, MOST)
    report = _stored(args.database, args.all, most) if args.database else _asked(args.url, args.all, most)
    if args.json:
        sys.stdout.write(json_line(report) + "\n")
    else:
        sys.stdout.writelines(_lines(report, Paint(sys.stdout)))
    return 1 if any(row["difference"] for row in report["rows"]) else 0


def _asked(url: str, everything: bool, most: int) -> Mapping[str, Any]:
    """Return the report of the service at *url*, page by page; what is counted stands on the first."""
    from service.cli.remote import PAGE, Remote, settled

    asked = {"limit": str(min(most, PAGE)), **({"all": "true"} if everything else {})}
    with Remote(url) as remote:
        report: dict[str, Any] = settled(remote.get(f"{PATH}?{urlencode(asked)}"))
        following = report.pop("next")
        while following is not None and len(report["rows"]) < most:
            asked |= {"cursor": following, "limit": str(min(most - len(report["rows"]), PAGE))}
            page = settled(remote.get(f"{PATH}?{urlencode(asked)}"))
            report["rows"] += page["rows"]
            report["left_out"] -= len(page["rows"])
            following = page["next"]
    return report


def _stored(database: str, everything: bool, most: int) -> Mapping[str, Any]:
    from service.cli.outboxes import reading_of
    from service.reconciling import reconciled

    with reading_of(database) as reading:
        return reconciled(reading, everything=everything, limit=most)[0]


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


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text)):
        raise argparse.ArgumentTypeError(f'"{text}" is no number from 1 on')
    return int(text)
