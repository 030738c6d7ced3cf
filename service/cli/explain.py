"""`lineside explain`: why a decision was made, or why a rule did not fire, with the value of every part of every condition.

Asks the running service for one decision, or replays facts offline. Exit code 1 where there is nothing of that name to explain.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from service.cli.faults import Failed, UsedWrongly
from service.cli.inputs import openable
from service.cli.paint import Paint, count, plain
from service.cli.remote import add_url_option

if TYPE_CHECKING:
    from engine.decisions import Fact, Outcome
    from engine.diagnostics import Diagnostic
    from engine.whynot import WhyNot
    from service.cli.inputs import Commands


def register(commands: Commands) -> None:
    """Add the command's parser to *commands*."""
    from service.cli.inputs import add_rules_option, add_until_option

    parser = commands.add_parser("explain", help="say why a decision was made, or why a rule did not fire")
    parser.add_argument(
        "decision", nargs="?", metavar="DECISION", help="the id of a decision; the service is asked for it"
    )
    add_url_option(parser)
    offline = parser.add_argument_group("offline", "replay facts and explain what follows")
    add_rules_option(parser)
    offline.add_argument(
        "--facts",
        dest="logs",
        action="append",
        default=[],
        metavar="FILE",
        help="facts (NDJSON), or a log with --mapping",
    )
    offline.add_argument("--mapping", metavar="FILE", help="the mapping of a log's rows to facts")
    offline.add_argument(
        "--format", choices=("csv", "jsonl"), help="how the files are written (default: by their suffix)"
    )
    add_until_option(offline)
    offline.add_argument("--all", action="store_true", help="explain every decision")
    offline.add_argument(
        "--rule", metavar="RULE", help="with --fact: why this rule fired for the fact, or why not"
    )
    offline.add_argument("--fact", metavar="ID", help="the id of a fact")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Explain what *args* asks for and return the exit code."""
    if not args.logs:
        if args.decision is None:
            raise UsedWrongly(
                "name a decision, or facts to replay with --facts FILE\ntry: lineside explain --help"
            )
        _print([_of_service(args)], args.json)
        return 0
    if (args.rule is None) != (args.fact is None):
        raise UsedWrongly("--rule and --fact go together")
    if not (args.all or args.decision or args.rule):
        raise UsedWrongly("say what to explain: a decision's id, --all, or --rule RULE --fact ID")
    faults: list[Diagnostic] = []
    found = _print(_of_replay(args, faults), args.json, [Path(rules) for rules in args.rules])
    if faults:
        from service.cli.check import print_diagnostics

        print_diagnostics(faults, to_errors=True)
    if not found:
        wanted = (
            f"decision {args.decision}"
            if args.decision
            else (f"fact {args.fact}" if args.fact else "decision")
        )
        raise Failed(f"there is no {wanted} in {', '.join(args.logs)}")
    return 1 if faults else 0


def _of_service(args: argparse.Namespace) -> dict[str, Any]:
    from service.cli.remote import Remote, decode, problem_text

    with Remote(args.url) as remote:
        answer = remote.get(f"/v1/decisions/{quote(args.decision, safe='')}")
    if answer.status_code == 404:
        raise Failed(f"the service at {args.url} knows no decision {args.decision}")
    if not answer.is_success:
        raise Failed(problem_text(answer))
    found: dict[str, Any] = decode(answer.text)
    return {
        **found["decision"],
        "explanation": found.get("explanation"),
        "deliveries": found.get("deliveries"),
    }


def _of_replay(args: argparse.Namespace, faults: list[Diagnostic]) -> Iterator[dict[str, Any]]:
    """Yield the explanations that *args* asks for, while the facts are replayed."""
    from msgspec import to_builtins

    from engine.decisions import decision_to_json
    from engine.diagnostics import did_you_mean
    from engine.whynot import ended, why_not
    from service.cli.folding import Tally, fold
    from service.cli.inputs import moment, rule_book
    from service.cli.logs import read_logs

    book = rule_book(args.rules)
    rules = [rule.name for ruleset in book.rulesets for rule in ruleset.rules]
    if args.rule is not None and args.rule not in rules:
        raise Failed(f'there is no rule "{args.rule}"; {did_you_mean(args.rule, rules)}')
    logs = read_logs(args, book)
    until = None if args.until is None else moment("--until", args.until)
    faults.extend(logs.faults)
    waiting: WhyNot | None = (
        None  # why the rule did not fire at the fact; it may yet, when what it waits for has lasted
    )
    about: Fact | None = None
    for session, outcome in fold(book, logs.facts, Tally(), faults, until=until):
        asked = args.fact is not None and outcome.fact is not None and outcome.fact.id == args.fact
        fired = False
        is_asked_for = _is_asked_for(args, outcome, asked or waiting is not None)
        explanations = session.explain(outcome) if is_asked_for else ()
        for decision, explanation in zip(outcome.decisions, explanations, strict=False):
            rests_on_it = waiting is not None and any(ref.id == args.fact for ref in decision.facts)
            by_rule = (asked or rests_on_it) and decision.rule == args.rule
            fired = fired or by_rule
            if args.all or by_rule or (args.decision is not None and decision.id == args.decision):
                why = to_builtins(explanation, builtin_types=(Decimal,), str_keys=True)
                yield {**decision_to_json(decision), "explanation": why}
        if fired:
            waiting = None
        elif asked:
            assert outcome.fact is not None  # noqa: S101 - asked says so
            about, waiting = outcome.fact, why_not(session, args.rule, outcome.fact)
        elif waiting is not None and about is not None and outcome.fact is not None:
            waiting = ended(session, waiting, about, outcome.fact)
    if waiting is not None:
        yield waiting.to_json()


def _is_asked_for(args: argparse.Namespace, outcome: Outcome, asked: bool) -> bool:
    """Return whether any decision of *outcome* has to be explained."""
    return bool(outcome.decisions) and (
        args.all or asked or any(d.id == args.decision for d in outcome.decisions)
    )


def _print(found: Iterable[dict[str, Any]], as_json: bool, rules: Sequence[Path] = ()) -> int:
    from service.cli.printing import json_line

    number = 0
    for number, one in enumerate(found, 1):
        if as_json:
            sys.stdout.write(json_line(one) + "\n")
        else:
            if number > 1:
                sys.stdout.write("\n")
            lines = _why_not_lines(one, rules) if one.get("fired") is False else _lines(one, rules)
            head, *rest = (plain(line) for line in lines)
            sys.stdout.write("\n".join([Paint(sys.stdout)("bold", head), *rest]) + "\n")
    return number


def _lines(one: dict[str, Any], rules: Sequence[Path]) -> Iterator[str]:
    """Yield a decision and why it was made as indented lines."""
    why = one.get("explanation") or {}
    subject = one.get("subject") or {}
    yield f"{one['kind']} {subject.get('type', '')} {subject.get('id', '')}".strip()
    yield f"  decision    {one['id']}"
    yield f"  time        {one['time']}"
    yield f"  status      {one.get('status', 'decided')}" + (
        f" (by {one['settled_by']})" if one.get("settled_by") else ""
    )
    if one.get("reason"):
        yield f"  reason      {one['reason']}"
    yield f"  rule        {one['rule']}" + (f": {why['title']}" if why.get("title") else "")
    if why.get("place"):
        yield f"  place       {openable(why['place'], rules)}"
    yield f"  rule book   {one['rulebook']}"
    for name, value in (one.get("values") or {}).items():
        yield f"  {name.replace('_', ' '):11} {value if isinstance(value, str) else _text(value)}"
    yield "  facts"
    for fact in one.get("facts", ()):
        yield f"    {fact['alias']}: {fact['type']} {fact['id']} from {fact['source']}"
    for fact in (one for one in why.get("facts", ()) if "window" in one):
        yield from _window_lines(fact)
    if why.get("conditions"):
        yield "  conditions"
    for condition in why.get("conditions", ()):
        where = f" where {condition['text']}" if condition["text"] else ""
        came = condition.get("found") or _text(condition["value"])
        yield f"    {condition['pattern']}{where}  ->  {came}{_warning(condition)}"
        yield from _parts(condition["parts"], 3)
    if why.get("table"):
        yield from _table_lines(why["table"], rules)
    for sent in one.get("deliveries") or ():
        yield f"  delivery    {sent['target']}: {sent['status']} after {sent['attempts']} attempts"
    if why.get("missing"):
        yield f"  missing     {', '.join(why['missing'])}"


def _table_lines(table: dict[str, Any], rules: Sequence[Path]) -> Iterator[str]:
    """Yield how a decision table came to its answer: each input with its value, each row that held with its tests."""
    yield f"  table       {table['name']}, hit policy {table['hit']}"
    yield from _parts(table["inputs"], 3)
    if not table["rows"]:
        yield "    no row holds; this is what the table says then"
    for row in table["rows"]:
        yield f"    row {row['number']}, {openable(row['place'], rules)}"
        yield from (f"      {heading}: {test}" for heading, test in row["tests"].items() if test != "-")
        yield from (f"      # {heading}: {text}" for heading, text in row["annotations"].items())


def _window_lines(fact: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a window held, beside its last fact: of which shift or day it is, how many facts, the first and the last."""
    window = fact["window"]
    period = window.get("period")
    if period is not None:
        shift = f"the {period['shift']} shift" if "shift" in period else "the day"
        yield f"      {shift} of {period['day']}, {period['start']} to {period['end']}"
    names = [f"{one['id']} from {one['source']}" for one in window["facts"]]
    left_out = window["count"] - len(names)
    if left_out > 0:
        names.insert(len(names) // 2, f"... {left_out:,} more ...")
    yield f"      {count(window['count'], 'fact')}: {', '.join(names)}"


def _parts(parts: Iterable[dict[str, Any]], depth: int) -> Iterator[str]:
    for part in parts:
        yield f"{'  ' * depth}{part['text']}  =  {_text(part['value'])}{_warning(part)}"
        yield from _parts(part["parts"], depth + 1)


def _warning(part: dict[str, Any]) -> str:
    """Return why a part is null, where it came to null by itself."""
    return f"  ({part['warning']})" if part.get("warning") else ""


def _why_not_lines(one: dict[str, Any], rules: Sequence[Path]) -> Iterator[str]:
    yield f"{one['rule']} did not fire"
    yield f"  because     {one['verdict']}"
    if one["title"]:
        yield f"  title       {one['title']}"
    if one["place"]:
        yield f"  place       {openable(one['place'], rules)}"
    for pattern in one["patterns"]:
        yield f"    {pattern['pattern']}: {pattern['verdict']}"
        for clause in pattern["clauses"]:
            yield f"      {'holds' if clause['value'] is True else 'fails'}  {clause['text']}  ->  {_text(clause['value'])}"
            yield from (
                f"               {name}  =  {_text(value)}" for name, value in clause["reads"].items()
            )
            yield from (f"               {warning}" for warning in clause.get("warnings", ()))


def _text(value: Any) -> str:
    from engine.whynot import text_of

    return text_of(value)
