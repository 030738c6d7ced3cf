"""`lineside ladder preview`: who would be told when, for a case that began at a given time and that nobody answers.

Reads rules and prints; with `--acknowledged`, only what comes before. Exit code 1 where there is no ladder of that name.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from service.cli.faults import Failed, UsedWrongly
from service.cli.inputs import add_rules_option, moment, rule_book
from service.cli.paint import Paint, count, plain

if TYPE_CHECKING:
    from engine.coordination import Due
    from engine.model import Ladder
    from service.cli.inputs import Commands


def register(commands: Commands) -> None:
    """Add the command's parser to *commands*."""
    parser = commands.add_parser("ladder", help="print whom a ladder would tell, and when")
    inner = parser.add_subparsers(metavar="WHAT", required=True)
    preview = inner.add_parser(
        "preview", help="print whom a ladder would tell, and when, from a given time on"
    )
    preview.add_argument("name", metavar="NAME", help="the ladder's name")
    preview.add_argument(
        "--start", required=True, metavar="TIME", help="when it begins, as 2026-03-06T13:00+01:00"
    )
    preview.add_argument(
        "--acknowledged", metavar="TIME", help="when the case is acknowledged: nothing is told from then on"
    )
    add_rules_option(preview)
    preview.add_argument(
        "--json", action="store_true", help="print one JSON object for each step, one a line"
    )
    preview.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the steps of the ladder that *args* names."""
    from engine.coordination import climb
    from engine.diagnostics import did_you_mean

    start = moment("--start", args.start)
    until = None if args.acknowledged is None else moment("--acknowledged", args.acknowledged)
    if until is not None and until < start:
        raise UsedWrongly("--acknowledged comes before --start")
    book = rule_book(args.rules)
    ladder = book.ladders.get(args.name)
    if ladder is None:
        known = did_you_mean(args.name, book.ladders) if book.ladders else "these rules have no ladders"
        raise Failed(f'there is no ladder "{args.name}"; {known}')
    due = list(climb(ladder, start, book.calendars))
    told = [one for one in due if until is None or one.at <= until]
    if args.json:
        from service.cli.printing import json_line

        sys.stdout.writelines(f"{json_line(_plain(one, start))}\n" for one in told)
        return 0
    calendar = book.calendars.get(ladder.calendar)
    here = start.tzinfo if calendar is None else ZoneInfo(calendar.zone)
    _print(ladder, told, start.astimezone(here), until)
    if until is not None and (spared := len(due) - len(told)):
        sys.stdout.write(f"without an answer, {count(spared, 'more step')} would have followed\n")
    return 0


def _print(ladder: Ladder, told: Iterable[Due], start: datetime, until: datetime | None) -> None:
    paint = Paint(sys.stdout)
    title = f"  {ladder.title}" if ladder.title else ""
    sys.stdout.write(f"{paint('bold', plain(ladder.name))}{plain(title)}\n")
    sys.stdout.write(f"{_shown(start, start)}  the case opens\n")
    for one in told:
        who = ", ".join(one.rung.tell)
        said = f": {one.rung.message}" if one.rung.message else ""
        again = f" (again, {one.again})" if one.again else ""
        sys.stdout.write(
            f"{_shown(one.at, start)}  step {one.step}{again}  {paint('yellow', plain(who))}{plain(said)}\n"
        )
    if until is not None:
        sys.stdout.write(f"{_shown(until, start)}  {paint('green', 'acknowledged')}\n")


def _shown(at: datetime, start: datetime) -> str:
    """Return *at* on the clocks of *start*, with its weekday."""
    here = at.astimezone(start.tzinfo)
    return f"{here:%a} {here.isoformat(sep=' ', timespec='minutes')}"


def _plain(due: Due, start: datetime) -> dict[str, Any]:
    return {
        "at": due.at.astimezone(start.tzinfo).isoformat(),
        "step": due.step,
        "again": due.again,
        "tell": list(due.rung.tell),
        "message": due.rung.message,
    }
