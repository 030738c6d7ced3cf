"""`lineside shelved`: what nobody is told of, by whom, until when and why; and a person's word that shelves something or ends it.

Asks the running service and prints. What is said is sent under one key, so that it counts once however often the connection
breaks. Exit code 1 where it changed nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from service.cli.faults import UsedWrongly
from service.cli.inputs import moment
from service.cli.paint import Paint, count, plain_line
from service.cli.printing import json_line
from service.cli.remote import Remote, add_url_option, settled, subject_query

if TYPE_CHECKING:
    from service.cli.inputs import Commands

STATUSES = ("standing", "over")
SORTS = ("shelved", "suppressed", "out_of_service")
ACTIONS = {
    "shelve": "let nobody be told of a rule or a kind of case for a while",
    "unshelve": "end that: what is open then is told",
    "out-of-service": "let nobody be told of it until it is in service again",
    "in-service": "let it be told of again",
}


def register(commands: Commands) -> None:
    """Add the command's parser to *commands*."""
    parser = commands.add_parser("shelved", help="list what nobody is told of, shelve something, or end that")
    actions = parser.add_subparsers(title="what to do", metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="list what is or was shelved, suppressed or out of service")
    listing.add_argument("--status", choices=STATUSES, help="of this status only")
    listing.add_argument("--how", choices=SORTS, help="of this sort only")
    listing.add_argument("--what", metavar="NAME", help="of this rule or kind of case only")
    listing.add_argument("--subject", metavar="TYPE/ID", help="of this subject only, such as lot/L-7")
    listing.add_argument("--limit", type=int, default=50, metavar="N", help="how many (default: 50)")
    _finish(listing, _list)

    for action, said in ACTIONS.items():
        saying = actions.add_parser(action, help=said)
        saying.add_argument("what", metavar="NAME", help="a rule, or a kind of case")
        saying.add_argument("--by", required=True, metavar="NAME", help="who says it")
        saying.add_argument("--reason", required=True, metavar="TEXT", help="why")
        saying.add_argument("--subject", metavar="TYPE/ID", help="for this subject only (default: for all)")
        if action == "shelve":
            end = saying.add_mutually_exclusive_group()
            end.add_argument(
                "--lasts", metavar="DURATION", help="how long, such as '2 h' (default: as long as can be)"
            )
            end.add_argument("--until", metavar="TIME", help="until when, such as 2026-03-02T07:25:00Z")
            saying.add_argument("--one-shot", action="store_true", help="the next time only")
        _finish(saying, _say)
        saying.set_defaults(action=action.replace("-", "_"))


def run(args: argparse.Namespace) -> int:
    """Do what *args* say and return the exit code."""
    with Remote(args.url) as remote:
        args.act(args, remote)
    return 0


def _list(args: argparse.Namespace, remote: Remote) -> None:
    if args.limit < 1:
        raise UsedWrongly("--limit must be at least 1")
    query = {name: value for name in ("status", "how", "what") if (value := getattr(args, name))}
    found = remote.listed("/v1/shelved", query | subject_query(args.subject), args.limit)
    for one in found:
        _print(args, one)
    if not args.json:
        sys.stderr.write(f"{count(len(found), 'silence')}\n")


def _say(args: argparse.Namespace, remote: Remote) -> None:
    said: dict[str, Any] = {name: getattr(args, name) for name in ("what", "action", "by", "reason")}
    said |= subject_query(args.subject)
    if args.action == "shelve":
        until = args.until and moment("--until", args.until).isoformat()
        said |= {name: value for name, value in (("lasts", args.lasts), ("until", until)) if value}
        if args.one_shot:
            said["one_shot"] = True
    answer = remote.post("/v1/shelved", json_line(said).encode(), "application/json", key=uuid4().hex)
    _print(args, settled(answer)["shelved"])


def _print(args: argparse.Namespace, one: Mapping[str, Any]) -> None:
    sys.stdout.write((json_line(one) if args.json else _line(one)) + "\n")


def _line(one: Mapping[str, Any]) -> str:
    paint = Paint(sys.stdout)
    stands = one["status"] == "standing"
    status = paint("yellow" if stands else "green", f"{one['status']:8}")
    subject = one["subject"]
    about = (
        f"{one['what']} of {subject['type']} {subject['id']}" if subject else f"{one['what']} of everything"
    )
    how = one["how"].replace("_", " ")
    once = ", the next time only" if one["one_shot"] else ""
    end = one["until"] if stands else one["ended_at"]
    until = f" until {end[:19]}Z" if end else ""
    silenced = f"  {one['silenced']} not told" if one["silenced"] else ""
    return (
        f"{status} {one['since'][:19]}Z{until}  {plain_line(about)}  {how}{once} by {plain_line(one['by'])}: "
        f"{plain_line(one['reason'])}{silenced}"
    )


def _finish(parser: argparse.ArgumentParser, act: Any) -> None:
    add_url_option(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.set_defaults(run=run, act=act)
