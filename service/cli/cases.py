"""`lineside cases`: who is asked for what, who answered, who was told and will be, and a person's own answer.

Asks the running service and prints. An answer is sent under one key, so that it counts once however often the connection
breaks. Exit code 1 where there is no such case, or where the answer changed nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

from service.cli.faults import UsedWrongly
from service.cli.paint import Paint, count, plain_line
from service.cli.printing import json_line
from service.cli.remote import Remote, add_url_option, settled, subject_query

if TYPE_CHECKING:
    from service.cli.inputs import Commands

STATUSES = ("open", "acknowledged", "resolved", "closed")
OF_A_TASK = {
    "acknowledge": "say that a function has seen its task, which stops the ladder once enough have",
    "accept": "say that a function takes its task",
    "decline": "say that a function does not take its task: the ladder is climbed at once",
    "done": "say that a function's task is done",
}
OF_A_CASE = {
    "comment": "say something about a case, or about a function's task",
    "resolve": "say that a case is resolved",
    "reopen": "open a resolved case again",
    "close": "close a case for good",
}
_COLOURS = {"open": "red", "declined": "red", "acknowledged": "yellow", "accepted": "yellow"}


def register(commands: Commands) -> None:
    """Add the command's parser to *commands*."""
    parser = commands.add_parser("cases", help="list cases, show one with who was told, and answer it")
    actions = parser.add_subparsers(title="what to do", metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="list cases, newest first")
    listing.add_argument("--status", choices=STATUSES, help="of this status only")
    listing.add_argument("--kind", metavar="KIND", help="of this kind only")
    listing.add_argument("--function", metavar="NAME", help="in which this function has a task")
    listing.add_argument("--subject", metavar="TYPE/ID", help="of this subject only, such as lot/L-7")
    listing.add_argument("--limit", type=int, default=50, metavar="N", help="how many (default: 50)")
    _finish(listing, _list)

    showing = actions.add_parser("show", help="show one case: tasks, answers, messages, coming steps")
    showing.add_argument("id", metavar="ID", help="the case's id")
    _finish(showing, _show)

    for answer, said in (OF_A_TASK | OF_A_CASE).items():
        answering = actions.add_parser(answer, help=said)
        answering.add_argument("id", metavar="ID", help="the case's id")
        answering.add_argument("--by", required=True, metavar="NAME", help="who says it")
        if answer in OF_A_TASK or answer == "comment":
            answering.add_argument("--function", metavar="NAME", help="for whose task")
        answering.add_argument(
            "--comment", required=answer == "comment", metavar="TEXT", help="what there is to say"
        )
        _finish(answering, _answer)
        answering.set_defaults(answer=answer)


def run(args: argparse.Namespace) -> int:
    """Do what *args* say and return the exit code."""
    with Remote(args.url) as remote:
        args.act(args, remote)
    return 0


def _list(args: argparse.Namespace, remote: Remote) -> None:
    query = {name: value for name in ("status", "kind", "function") if (value := getattr(args, name))}
    if args.limit < 1:
        raise UsedWrongly("--limit must be at least 1")
    found = remote.listed("/v1/cases", query | subject_query(args.subject), args.limit)
    for one in found:
        _say(args, one, _line(one))
    if not args.json:
        sys.stderr.write(f"{count(len(found), 'case')}\n")


def _show(args: argparse.Namespace, remote: Remote) -> None:
    case = settled(remote.get(f"/v1/cases/{quote(args.id, safe='')}"))
    _say(args, case, "\n".join(_lines(case)))


def _answer(args: argparse.Namespace, remote: Remote) -> None:
    said = {name: getattr(args, name, None) for name in ("by", "function", "comment")}
    body = json_line({name: value for name, value in said.items() if value is not None}).encode()
    path = f"/v1/cases/{quote(args.id, safe='')}/{args.answer}"
    found = settled(remote.post(path, body, "application/json", key=uuid4().hex))
    _say(args, found, _line(found["case"]))


def _line(one: Mapping[str, Any]) -> str:
    paint = Paint(sys.stdout)
    status = paint(_COLOURS.get(one["status"], "green"), f"{one['status']:12}")
    many = f"  {one['count']} times" if one["count"] > 1 else ""
    late = f"  {paint('red', 'overdue')}" if one["overdue"] and one["status"] == "open" else ""
    tasks = ", ".join(f"{task['function']} {task['status']}" for task in one["tasks"])
    about = f"{one['kind']} of {one['subject']['type']} {one['subject']['id']}"
    return f"{one['case_id']}  {status} {one['opened_at'][:19]}Z  {plain_line(about)}{many}{late}  {plain_line(tasks)}"


def _lines(one: Mapping[str, Any]) -> Iterator[str]:
    paint = Paint(sys.stdout)
    yield paint("bold", plain_line(one["title"] or one["kind"]))
    yield _line(one)
    if one["answer_by"]:
        yield f"  answer by   {one['answer_by']}"
    if one["status"] == "resolved" and one["by"]:
        yield f"  resolved    by {plain_line(one['by'])}"
    if one["comment"]:
        yield f"  comment     {plain_line(one['comment'])}"
    if one["related"]:
        yield f"  related     {', '.join(one['related'])}"
    for task in one["tasks"]:
        by = f" by {task['by']}" if task["by"] else ""
        said = f": {task['comment']}" if task["comment"] else ""
        how = f"{task['function']}, {task['status']}{by}{said}"
        yield f"  task        {plain_line(how)}  {plain_line(task['asks'])}"
    for at, said in sorted((*_answers(one), *_messages(one)), key=lambda line: line[0]):
        yield f"  {at}  {plain_line(said)}"
    if one["untold_because"]:
        yield f"  nobody will be told next: {plain_line(one['untold_because'])}"
    for step in (one["ladder"] or {"next": []})["next"]:
        yield f"  {step['at']}  step {step['step']} will tell {plain_line(', '.join(step['tell']))}"


def _answers(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for answer in one["answers"]:
        task = f" for {answer['function']}" if answer["function"] else ""
        said = f': "{answer["comment"]}"' if answer["comment"] else ""
        void = f", which changed nothing: {answer['refused']}" if answer["refused"] else ""
        yield f"{answer['at'][:19]}Z", f"{answer['by']}: {answer['answer']}{task}{said}{void}"


def _messages(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for message in one["messages"]:
        step = f" (step {message['step']})" if message["step"] else ""
        silent = f", not told: {message['reason']}" if message["status"] == "silenced" else ""
        yield f"{message['time'][:19]}Z", f"to {message['to']}{step}: {message['message']}{silent}"


def _say(args: argparse.Namespace, value: Any, text: str) -> None:
    sys.stdout.write((json_line(value) if args.json else text) + "\n")


def _finish(parser: argparse.ArgumentParser, act: Any) -> None:
    add_url_option(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.set_defaults(run=run, act=act)
