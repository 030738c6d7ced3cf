"""`lineside replay`: a log or recorded facts through the rules, offline; the decisions are those the service would make.

Decisions (or facts, or findings, with --emit) go to standard output and nothing else does; diagnostics, progress and the
summary go to standard error. Exit code 1 where a row or a fact could not be taken.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from service.cli.faults import Failed
from service.cli.paint import Paint, count, progress_bar

if TYPE_CHECKING:
    from engine.decisions import Decision, Fact
    from engine.diagnostics import Diagnostic
    from service.cli.folding import Tally
    from service.cli.inputs import Commands
    from service.cli.logs import Logs

SHOWN_FAULTS = 200
"""Faults printed one by one; the summary counts them all."""


def register(commands: Commands) -> None:
    """Add the command's parser to *commands*."""
    from service.cli.inputs import add_matcher_option, add_rules_option, add_until_option
    from service.cli.logs import add_log_options

    parser = commands.add_parser(
        "replay", help="run a log or recorded facts through the rules and print the decisions"
    )
    add_log_options(parser)
    add_rules_option(parser)
    add_until_option(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument(
        "--emit",
        choices=("decisions", "facts", "findings"),
        default="decisions",
        help="print the facts instead, as NDJSON in the order of submission, for `lineside post`, or what was found",
    )
    add_matcher_option(parser)
    parser.add_argument("--quiet", action="store_true", help="print the summary only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Replay what *args* names and return the exit code."""
    from engine.admission import fact_to_json
    from engine.decisions import decision_to_json
    from service.cli.check import print_diagnostics
    from service.cli.folding import Tally, fold
    from service.cli.inputs import existing_matcher, moment, rule_book
    from service.cli.logs import read_logs
    from service.cli.printing import human_line, json_line

    until = None if args.until is None else moment("--until", args.until)
    matcher = existing_matcher(args.matcher)
    book = rule_book(args.rules, matcher)
    logs = read_logs(args, book)
    if not logs.facts and not logs.faults:
        raise Failed(f"there is no fact in {', '.join(args.logs)}")
    tally = Tally()
    faults: list[Diagnostic] = list(logs.faults)
    decisions: list[Decision] = []
    facts: list[Fact] = []
    show = progress_bar("deciding", len(logs.facts))
    began = time.perf_counter()
    for _, outcome in fold(
        book,
        logs.facts,
        tally,
        faults,
        matcher=matcher,
        admitted=facts.append if args.emit == "facts" else None,
        until=until,
    ):
        decisions.extend(outcome.decisions)
        if args.emit == "findings":
            facts.extend(outcome.findings)
        if tally.facts % 256 == 0:
            show(tally.facts)
    seconds = time.perf_counter() - began
    show(len(logs.facts))
    try:
        if args.quiet:
            pass
        elif args.emit in ("facts", "findings"):
            for fact in facts:
                sys.stdout.write(json_line(fact_to_json(fact)) + "\n")
        elif args.json:
            for decision in decisions:
                sys.stdout.write(json_line(decision_to_json(decision)) + "\n")
        else:
            paint = Paint(sys.stdout)
            for decision in decisions:
                sys.stdout.write(human_line(decision_to_json(decision), paint) + "\n")
        sys.stdout.flush()
    finally:
        print_diagnostics(faults[:SHOWN_FAULTS], to_errors=True)
        if len(faults) > SHOWN_FAULTS:
            sys.stderr.write(f"and {len(faults) - SHOWN_FAULTS:,} more faults\n")
        print_summary(logs, tally, faults, seconds)
    return 1 if faults else 0


def print_summary(logs: Logs, tally: Tally, faults: list[Diagnostic], seconds: float) -> None:
    """Print what was read, decided and refused to standard error."""
    from service.cli.printing import finding_lines, unknown_lines, warning_lines

    paint = Paint(sys.stderr)
    out = sys.stderr
    if logs.is_mapped:
        faulty = len({(f.span.file, f.span.line) for f in faults})
        out.write(
            f"{count(logs.rows, 'row')} read, {logs.untimed:,} untimed (given the time of a row nearby), {faulty:,} faulty\n"
        )
    refused = tally.refused + logs.refused
    out.write(
        f"{count(tally.facts, 'fact')} taken, {count(tally.duplicates, 'duplicate')}, {tally.stale:,} stale, "
        f"{paint('red', f'{refused:,} refused') if refused else '0 refused'}\n"
    )
    out.writelines(unknown_lines(tally.unknown, paint))
    out.writelines(warning_lines(tally.warnings, paint))
    out.writelines(finding_lines(tally.findings, paint))
    per_second = round(tally.facts / seconds) if seconds > 0 else 0
    total = sum(tally.decisions.values())
    out.write(
        f"{paint('bold', count(total, 'decision'))} in {seconds:.3f} s: {per_second:,} facts per second\n"
    )
    width = max((len(rule) for rule, _ in tally.decisions), default=0)
    for (rule, kind), number in sorted(tally.decisions.items()):
        out.write(f"  {rule:{width}}  {kind:12} {number:>8,}\n")
    if faults:
        out.write(paint("red", f"{count(len(faults), 'fault')} found: see above") + "\n")
