"""`lineside post`: facts, or the rows of a log, to the running service; prints what it decided.

Facts are sent in batches and in order. Exit code 1 where a fact was refused or the service is not there.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from service.cli.faults import Failed, UsedWrongly
from service.cli.paint import Paint, clear_line, count, plain, progress_bar
from service.cli.remote import add_url_option

if TYPE_CHECKING:
    from engine.decisions import Warned
    from engine.diagnostics import Diagnostic
    from service.cli.folding import Incoming
    from service.cli.inputs import Commands
    from service.cli.remote import Remote

DEFAULT_BATCH = 500
NDJSON = "application/x-ndjson"
BUSY = 503


@dataclass(slots=True)
class Sent:
    """What the service answered so far."""

    statuses: Counter[str] = field(default_factory=Counter)
    decisions: int = 0
    again: int = 0
    """Decisions that were made when the same fact was posted before."""
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By (fact type, field): fields that facts carry and their types do not declare."""
    warnings: Counter[Warned] = field(default_factory=Counter)
    """What came to null in conditions, and facts that came too late to count."""
    findings: Counter[str] = field(default_factory=Counter)
    """By kind: what the contracts of the flows found on facts."""
    faults: list[str] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """Return how many facts the service has, now or since before."""
        return sum(self.statuses.values()) - self.statuses["refused"]


def register(commands: Commands) -> None:
    """Add the command's parser to *commands*."""
    from service.cli.logs import add_log_options

    parser = commands.add_parser("post", help="post facts, or the rows of a log, to the running service")
    add_log_options(parser)
    add_url_option(parser)
    parser.add_argument(
        "--batch",
        type=int,
        default=DEFAULT_BATCH,
        metavar="N",
        help=f"facts in one request (default: {DEFAULT_BATCH})",
    )
    parser.add_argument("--json", action="store_true", help="print each decision as one JSON object a line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Post what *args* names and return the exit code."""
    from service.cli.check import print_diagnostics
    from service.cli.logs import read_logs
    from service.cli.remote import Remote

    if args.batch < 1:
        raise UsedWrongly("--batch must be at least 1")
    logs = read_logs(args)
    faults: list[Diagnostic] = logs.faults
    if not logs.facts and not faults:
        raise Failed(f"there is no fact in {', '.join(args.logs)}")
    sent = Sent()
    show = progress_bar("posting", len(logs.facts))
    broken: Failed | None = None
    try:
        with Remote(args.url) as remote:
            for start in range(0, len(logs.facts), args.batch):
                batch = logs.facts[start : start + args.batch]
                for position, decision in enumerate(_send(remote, batch, sent)):
                    if not position:
                        clear_line()
                    _print(decision, args.json)
                show(start + len(batch))
    except Failed as failed:
        clear_line()
        broken = failed
    sys.stdout.flush()
    print_diagnostics(faults, to_errors=True)
    for text in sent.faults:
        sys.stderr.write(plain(text) + "\n")
    if broken is not None and not sent.taken:
        raise broken
    _print_summary(sent)
    if broken is not None:
        raise Failed(
            f"{broken}\n{sent.taken:,} of {count(len(logs.facts), 'fact')} were taken before that; post the same again: "
            "a fact that is known already is not taken twice"
        )
    return 1 if faults or sent.faults else 0


def _send(remote: Remote, batch: Sequence[Incoming], sent: Sent) -> Iterator[dict[str, Any]]:
    """Post one batch and yield the decisions of its facts; what was refused is noted with its place.

    Facts the service could not store are sent again, in their order, as often as a busy service is asked again.
    """
    from service.cli.printing import json_line
    from service.cli.remote import TRIES, problem_text

    left = list(batch)
    for tries_left in reversed(range(TRIES)):
        answer = remote.post(
            "/v1/facts", "".join(json_line(one.envelope) + "\n" for one in left).encode(), NDJSON
        )
        answers = answers_in(answer.text)
        if not answers and not answer.is_success:
            raise Failed(problem_text(answer))
        again = []
        for position, one in enumerate(answers):
            incoming = left[min(one.get("line") or position + 1, len(left)) - 1]
            problem = one.get("problem")
            if problem and problem.get("status") == BUSY and tries_left:
                again.append(incoming)
                continue
            sent.statuses[one["status"]] += 1
            if problem:
                sent.faults.extend(_refusal(incoming, problem))
            decisions = one.get("decisions") or []
            if one["status"] == "duplicate":
                sent.again += len(decisions)
            else:
                sent.decisions += len(decisions)
                _note(one, sent)
            for name in one.get("unknown") or ():
                sent.unknown[str((one.get("fact") or {}).get("type", "")), str(name)] += 1
            yield from decisions
        if not again:
            return
        remote.pause()
        left = again


def _note(answer: dict[str, Any], sent: Sent) -> None:
    """Count what the service found on a fact that it took, beside what was decided."""
    from engine.decisions import Warned

    for said in answer.get("warnings") or ():
        sent.warnings[Warned(*(str(said.get(name, "")) for name in Warned.__struct_fields__))] += 1
    for finding in answer.get("findings") or ():
        sent.findings[str(finding.get("kind", ""))] += 1


def answers_in(text: str) -> list[dict[str, Any]]:
    """Return the answers in a response: one a line, an array, or an object that holds them."""
    from service.cli.remote import decode

    try:
        whole = decode(text)
    except ValueError:
        try:
            lines = [decode(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            return []
        return [one for one in lines if isinstance(one, dict) and "status" in one]
    if isinstance(whole, dict):
        whole = next(
            (whole[name] for name in ("results", "facts", "answers") if isinstance(whole.get(name), list)),
            [whole],
        )
    return (
        [one for one in whole if isinstance(one, dict) and isinstance(one.get("status"), str)]
        if isinstance(whole, list)
        else []
    )


def _refusal(one: Incoming, problem: dict[str, Any]) -> Iterator[str]:
    from engine.diagnostics import FactFault

    faults = problem.get("errors") or [
        {"code": "refused", "pointer": "", "message": problem.get("detail", "")}
    ]
    for fault in faults:
        found = FactFault(
            str(fault.get("code", "")), str(fault.get("pointer", "")), str(fault.get("message", ""))
        )
        if one.mapped is not None:
            yield str(one.mapped.fault(found))
        else:
            yield f"{one.file}:{one.line}:1: error[{found.code}]: the fact is refused at {found.pointer or '/'}: {found.message}"


def _print(decision: dict[str, Any], as_json: bool) -> None:
    from service.cli.printing import human_line, json_line

    sys.stdout.write((json_line(decision) if as_json else human_line(decision)) + "\n")


def _print_summary(sent: Sent) -> None:
    from service.cli.printing import finding_lines, unknown_lines, warning_lines

    paint = Paint(sys.stderr)
    of = sent.statuses
    parts = [f"{of['accepted']:,} new"]
    parts += [
        f"{of[status]:,} {words}"
        for status, words in (("stale", "stale"), ("duplicate", "known already"), ("refused", "refused"))
        if of[status]
    ]
    total = count(sent.decisions + sent.again, "decision")
    before = "all" if not sent.decisions else f"{sent.again:,} of them"
    sys.stderr.writelines(unknown_lines(sent.unknown, paint))
    sys.stderr.writelines(warning_lines(sent.warnings, paint))
    sys.stderr.writelines(finding_lines(sent.findings, paint))
    sys.stderr.write(
        f"{count(sum(of.values()), 'fact')} posted: {', '.join(parts)}; {paint('bold', total)}"
        f"{f', {before} made before' if sent.again else ''}\n"
    )
