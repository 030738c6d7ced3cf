"""`lineside deliveries`: what is to be sent, was sent or is dead, with every attempt; and what a person does about it.

Asks the running service, or a database with --database. Exit code 1 where there is nothing of that number or name, or where a
delivery that was to be sent again is being sent anyway.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from service.cli.faults import UsedWrongly
from service.cli.outboxes import Deliveries, outbox_of
from service.cli.paint import Paint, count, plain_line
from service.cli.printing import json_line
from service.cli.remote import add_url_option

if TYPE_CHECKING:
    from service.cli.inputs import Commands

STATUSES = ("due", "sending", "delivered", "dead")
FILTERS = ("status", "target", "first_target", "kind", "decision")
_COLOURS = {"delivered": "green", "dead": "red", "due": "yellow", "sending": "cyan"}
MOST = 100_000
"""Deliveries that one command lists or sends again."""


def register(commands: Commands) -> None:
    """Add the command's parser to *commands*."""
    parser = commands.add_parser("deliveries", help="list what is sent to whom, and send dead letters again")
    actions = parser.add_subparsers(title="what to do", metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="list deliveries, newest first")
    listing.add_argument("--status", choices=STATUSES, help="of this status only; dead is the dead letter")
    _add_filters(listing)
    listing.add_argument("--decision", metavar="ID", help="of this decision only")
    listing.add_argument("--limit", type=_number, default=50, metavar="N", help="how many (default: 50)")
    _finish(listing, _list)

    showing = actions.add_parser("show", help="show one delivery with every attempt")
    showing.add_argument("id", type=_number, metavar="ID", help="the delivery's number")
    _finish(showing, _show)

    replaying = actions.add_parser("replay", help="send dead or delivered ones again, under the same key")
    replaying.add_argument("ids", nargs="*", type=_number, metavar="ID", help="the deliveries' numbers")
    replaying.add_argument("--dead", action="store_true", help="every dead one, oldest first")
    _add_filters(replaying)
    _finish(replaying, _replay)

    enabling = actions.add_parser("enable", help="send again to a target that is disabled, or left alone")
    enabling.add_argument("name", metavar="TARGET", help="the target's name")
    _finish(enabling, _enable)

    _finish(actions.add_parser("targets", help="list targets: who is disabled, who fails"), _targets)


def run(args: argparse.Namespace) -> int:
    """Do what *args* say and return the exit code."""
    with outbox_of(args.url, args.database) as outbox:
        code: int = args.act(args, outbox)
    return code


def _list(args: argparse.Namespace, outbox: Deliveries) -> int:
    found = outbox.listed(_filters(args), min(args.limit, MOST))
    for one in found:
        _say(args, one, _line(one))
    if not args.json:
        sys.stderr.write(f"{count(len(found), 'delivery', 'deliveries')}\n")
    return 0


def _show(args: argparse.Namespace, outbox: Deliveries) -> int:
    one = outbox.one(args.id)
    _say(args, one, "\n".join(_lines(one)))
    return 0


def _replay(args: argparse.Namespace, outbox: Deliveries) -> int:
    if bool(args.ids) == args.dead:
        raise UsedWrongly("name the deliveries by their numbers, or all dead ones with --dead")
    if not args.dead and _filters(args):
        raise UsedWrongly("--target, --first-target and --kind go with --dead")
    numbers = args.ids
    if args.dead:
        # oldest first, so that those of a subject go out in their order
        numbers = [one["id"] for one in outbox.listed({**_filters(args), "status": "dead"}, MOST)][::-1]
    left = 0
    for number in numbers:
        was = outbox.replay(number)
        again = was not in ("due", "sending")
        left += not again
        words = f"was {was}, and is sent again" if again else f"is {was}: it is being sent anyway"
        _say(args, {"id": number, "was": was, "replayed": again}, f"delivery {number} {words}")
    return 1 if left else 0


def _enable(args: argparse.Namespace, outbox: Deliveries) -> int:
    was = outbox.enable(args.name)
    words = (
        "is enabled; what waited for it goes out"
        if was
        else "was not disabled; if it was left alone, no longer"
    )
    _say(args, {"target": args.name, "was_disabled": was}, f"{args.name} {words}")
    return 0


def _targets(args: argparse.Namespace, outbox: Deliveries) -> int:
    for one in outbox.targets():
        _say(args, one, plain_line(_target_line(one)))
    return 0


def _target_line(one: Mapping[str, Any]) -> str:
    where = f"  {one['kind']} {one['url']}" if "kind" in one else ""
    if one["disabled"]:
        state = f"disabled since {one['disabled']['at']}: {one['disabled']['reason']}"
    elif one["failing"]:
        failing = one["failing"]
        until = f", left alone until {failing['paused_until']}" if failing["paused_until"] else ""
        state = f"failed {count(failing['failures'], 'time')} since {failing['since']}{until}: {failing['reason']}"
    else:
        state = "works"
    return f"{one['target']:16}{where}  {state}"


def _line(one: Mapping[str, Any]) -> str:
    paint = Paint(sys.stdout)
    status = paint(_COLOURS.get(one["status"], "bold"), f"{one['status']:9}")
    via = f" (for {one['first_target']})" if one.get("first_target") else ""
    why = f"  {one['last_error']}" if one.get("last_error") and one["status"] != "delivered" else ""
    tried = count(one["attempts"], "attempt")
    rest = f"{one['kind']:12} {one['subject']} -> {one['target']}{via}  {tried}{why}"
    return f"{one['id']:>8}  {status} {one['created_at']}  {plain_line(rest)}"


def _lines(one: Mapping[str, Any]) -> Iterator[str]:
    yield _line(one)
    yield f"  key         {one['key']}"
    yield f"  decision    {one['decision']}"
    if one["next_at"]:
        yield f"  next        {one['next_at']}"
    if one["delivered_at"]:
        yield f"  delivered   {one['delivered_at']}"
    for tried in one["tried"]:
        status = f" {tried['status']}" if tried["status"] is not None else ""
        why = f": {tried['error']}" if tried["error"] else ""
        where = tried["target"] or one["target"]
        # what was given up was not sent
        took = "" if tried["outcome"] == "given-up" else f" after {tried['milliseconds']} ms"
        said = f"{where}  {tried['outcome']}{status}{took}{why}"
        yield f"  {tried['number']:>2}  {tried['at']}  {plain_line(said)}"
    yield f"  body        {plain_line(json_line(one['body']))}"


def _say(args: argparse.Namespace, value: Any, text: str) -> None:
    sys.stdout.write((json_line(value) if args.json else text) + "\n")


def _filters(args: argparse.Namespace) -> dict[str, str]:
    return {name: value for name in FILTERS if (value := getattr(args, name, None)) is not None}


def _add_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", metavar="NAME", help="of this target only")
    parser.add_argument(
        "--first-target", metavar="NAME", help="that were for this target, and went to its fallback"
    )
    parser.add_argument("--kind", metavar="KIND", help="of this kind of decision only")


def _finish(parser: argparse.ArgumentParser, act: Any) -> None:
    where = parser.add_mutually_exclusive_group()
    add_url_option(where)
    where.add_argument("--database", metavar="URL", help="a database to ask in place of a service")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.set_defaults(run=run, act=act)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 19):
        raise argparse.ArgumentTypeError(f'"{text}" is no number from 1 on')
    return int(text)
