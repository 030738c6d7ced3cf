"""`lineside holds`: what must not go on and why, whether work may go on, and a person's signature about what is held.

Asks the running service and prints. A signature is sent under one key, so that it counts once however often the connection
breaks. Exit code 1 where work may not go on, or where a signature changed nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import uuid4

from service.cli.faults import Failed, UsedWrongly
from service.cli.paint import Paint, count, plain_line
from service.cli.printing import human_line, json_line
from service.cli.remote import Remote, add_url_option, settled, subject_query

if TYPE_CHECKING:
    from service.cli.inputs import Commands

STATUSES = ("standing", "released")
ABOUT = ("lot", "serial", "order", "operation", "item", "work_centre")


def register(commands: Commands) -> None:
    """Add the command's parser to *commands*."""
    parser = commands.add_parser("holds", help="list what is held, ask whether work may go on, and sign")
    actions = parser.add_subparsers(title="what to do", metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="list holds, those that stand and those that are released")
    listing.add_argument("--status", choices=STATUSES, help="of this status only")
    listing.add_argument("--subject", metavar="TYPE/ID", help="on this subject only, such as lot/L-7")
    listing.add_argument("--limit", type=int, default=50, metavar="N", help="how many (default: 50)")
    _finish(listing, _list)

    checking = actions.add_parser("check", help="say whether work on all that is named may go on")
    for name in ABOUT:
        checking.add_argument(f"--{name.replace('_', '-')}", metavar="ID", help=f"the {name} it is about")
    _finish(checking, _check)

    signing = actions.add_parser("sign", help="sign a disposition of what is held")
    signing.add_argument("subject", metavar="TYPE/ID", help="what it is about, such as lot/L-7")
    signing.add_argument("disposition", metavar="DISPOSITION", help="what is decided, such as use_as_is")
    signing.add_argument("--by", required=True, metavar="NAME", help="who signs")
    signing.add_argument("--role", required=True, metavar="ROLE", help="in which role")
    signing.add_argument("--reason", required=True, metavar="TEXT", help="why")
    signing.add_argument("--meaning", metavar="TEXT", help="which signature, where the role may give several")
    signing.add_argument("--hold", metavar="ID", help="of this hold alone (default: of all on the subject)")
    signing.add_argument(
        "--part",
        action="append",
        default=[],
        metavar="DISPOSITION=QUANTITY",
        help="of a split: what is decided about which quantity; once for each part",
    )
    _finish(signing, _sign)


def run(args: argparse.Namespace) -> int:
    """Do what *args* say and return the exit code."""
    with Remote(args.url) as remote:
        code: int = args.act(args, remote)
    return code


def _list(args: argparse.Namespace, remote: Remote) -> int:
    if args.limit < 1:
        raise UsedWrongly("--limit must be at least 1")
    query = {"status": args.status} if args.status else {}
    found = remote.listed("/v1/holds", query | subject_query(args.subject), args.limit)
    for one in found:
        sys.stdout.write((json_line(one) if args.json else _line(one)) + "\n")
    if not args.json:
        sys.stderr.write(f"{count(len(found), 'hold')}\n")
    return 0


def _check(args: argparse.Namespace, remote: Remote) -> int:
    asked = {name: value for name in ABOUT if (value := getattr(args, name)) is not None}
    if not asked:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in ABOUT)
        raise UsedWrongly(f"name what the work is about: one or more of {options}")
    found = settled(remote.get(f"/v1/holds/check?{urlencode(asked)}"))
    paint = Paint(sys.stdout)
    may = found["may_proceed"]
    if args.json:
        sys.stdout.write(json_line(found) + "\n")
    else:
        word = paint("green", "may go on") if may else paint("red", "must not go on")
        sys.stdout.write(f"{word}: {plain_line(found['why'])}\n")
    return 0 if may else 1


def _sign(args: argparse.Namespace, remote: Remote) -> int:
    data: dict[str, Any] = {
        **subject_query(args.subject),
        "disposition": args.disposition,
        "decided_by": args.by,
        "role": args.role,
        "reason": args.reason,
    }
    data |= {name: value for name, value in (("meaning", args.meaning), ("hold_id", args.hold)) if value}
    if args.part:
        data["split"] = [_part(text) for text in args.part]
    fact = {"id": uuid4().hex, "source": "person", "type": "disposition", "data": data}
    answer = settled(remote.post("/v1/facts", json_line(fact).encode(), "application/json"))
    decisions = answer["decisions"]
    if not decisions:
        raise Failed("nothing came of it: the rules say nothing about dispositions")
    for one in decisions:
        sys.stdout.write((json_line(one) if args.json else human_line(one)) + "\n")
    return 1 if any(one["kind"] == "sign" and one["status"] == "void" for one in decisions) else 0


def _part(text: str) -> dict[str, Any]:
    disposition, equals, quantity = text.partition("=")
    try:
        number = Decimal(quantity)
    except InvalidOperation:
        number = Decimal("NaN")
    if not (disposition and equals and number.is_finite()):
        raise UsedWrongly(f'--part "{text}" is no part; write it as scrap=40')
    return {"disposition": disposition, "quantity": number}


def _line(one: Mapping[str, Any]) -> str:
    paint = Paint(sys.stdout)
    stands = one["status"] == "standing"
    status = paint("red" if stands else "green", f"{one['status']:8}")
    until = "" if stands else f" until {one['released_at'][:19]}Z"
    about = f"{one['subject']['type']} {one['subject']['id']}"
    quantity = f", {one['quantity']} of it" if one.get("quantity") is not None else ""
    begins = f" from operation {one['from_operation']} on" if one.get("from_operation") else ""
    rule = paint("dim", plain_line(f"({one['rule']})"))
    how = f"{one['inventory_status']}{quantity}{begins}"
    return (
        f"{one['hold_id']}  {status} {one['placed_at'][:19]}Z{until}  {plain_line(about)}  {plain_line(how)}  "
        f"{plain_line(one['reason'])}  {rule}"
    )


def _finish(parser: argparse.ArgumentParser, act: Any) -> None:
    add_url_option(parser)
    parser.add_argument("--json", action="store_true", help="print JSON, one object a line")
    parser.set_defaults(run=run, act=act)
