"""The files that `replay` and `post` read: facts as NDJSON, or a log with a mapping; both become incoming facts in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from service.cli.faults import Failed, UsedWrongly
from service.cli.folding import Incoming
from service.cli.inputs import read, read_log
from service.cli.paint import progress_bar

if TYPE_CHECKING:
    import argparse

    from engine.diagnostics import Diagnostic
    from engine.replay import Mapping
    from engine.rulebook import RuleBook

CSV_SUFFIXES = (".csv", ".tsv", ".txt")
JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")


@dataclass(slots=True)
class Logs:
    """The facts of all files in the order of submission, the faults of their rows, and what was counted."""

    facts: list[Incoming] = field(default_factory=list)
    faults: list[Diagnostic] = field(default_factory=list)
    rows: int = 0
    untimed: int = 0
    refused: int = 0
    is_mapped: bool = False


def add_log_options(parser: argparse.ArgumentParser) -> None:
    """Add the files and how they are read to *parser*."""
    parser.add_argument(
        "logs", nargs="+", metavar="FILE", help='a log or facts (CSV, NDJSON); "-" reads standard input'
    )
    parser.add_argument(
        "--mapping",
        metavar="FILE",
        help="the mapping of a log's rows to facts; without it the files hold facts",
    )
    parser.add_argument(
        "--format", choices=("csv", "jsonl"), help="how the files are written (default: by their suffix)"
    )


def read_logs(args: argparse.Namespace, book: RuleBook | None = None) -> Logs:
    """Return the facts that *args* names, those of several logs merged in the order the mapping asks for.

    A mapping that disagrees with the fact types of *book* is a fault that ends the command.
    """
    mapping = _mapping(args.mapping, book) if args.mapping else None
    found = Logs(is_mapped=mapping is not None)
    for path in args.logs:
        text, written = read_log(path), args.format or _format(path, mapping)
        if mapping is not None:
            _take_rows(found, mapping, text, path, written)
        elif written == "csv":
            raise UsedWrongly(f"{path} is CSV: name the mapping of its rows to facts with --mapping FILE")
        else:
            _take_facts(found, text, path)
    if mapping is not None and mapping.order == "time" and len(args.logs) > 1:
        found.facts.sort(key=lambda one: one.envelope["time"])
    return found


def _format(path: str, mapping: Mapping | None) -> str:
    suffix = PurePath(path).suffix.lower()
    if suffix in JSON_SUFFIXES:
        return "jsonl"
    if suffix in CSV_SUFFIXES or mapping is not None:
        return "csv"
    return "jsonl"


def _mapping(path: str, book: RuleBook | None) -> Mapping:
    from engine.diagnostics import has_errors
    from engine.replay import disagreements, parse_mapping
    from service.cli.check import print_diagnostics
    from service.cli.inputs import existing

    (file,) = existing([path])
    if not file.is_file():
        raise UsedWrongly(f"{path} is a folder; name the mapping's file")
    mapping, diagnostics = parse_mapping(read(file), file.as_posix())
    if mapping is not None and book is not None:
        diagnostics = (*diagnostics, *disagreements(mapping, book))
    print_diagnostics(diagnostics, to_errors=True)
    if mapping is None or has_errors(diagnostics):
        raise Failed(f"{path} is not a mapping that can be used")
    return mapping


def _take_rows(found: Logs, mapping: Mapping, text: str, path: str, written: str) -> None:
    from engine.replay import map_log, read_csv, read_json_lines

    lines = text.count("\n") + 1
    reading = progress_bar(f"reading {path}", lines)
    if written == "csv":
        delimiter = (
            "\t"
            if PurePath(path).suffix.lower() == ".tsv" and mapping.delimiter == ","
            else mapping.delimiter
        )
        log = read_csv(text, path, delimiter, reading)
    else:
        log = read_json_lines(text, path, reading)
    reading(lines)
    showing = progress_bar(f"mapping {path}", len(log.rows))
    mapped = map_log(mapping, log, showing)
    showing(len(log.rows))
    found.facts.extend(Incoming(one.envelope, path, one.origin.line, one) for one in mapped.facts)
    found.faults.extend(mapped.faults)
    found.rows += mapped.rows
    found.untimed += mapped.untimed
    found.refused += mapped.refused


def _take_facts(found: Logs, text: str, path: str) -> None:
    """Read one fact a line, or one JSON array of facts."""
    from engine.admission import Limits, decode
    from engine.diagnostics import FactRefused, Span, error

    def refused(line: int, refusal: FactRefused) -> None:
        found.refused += 1
        at = Span(path, line, 1, line, 1)
        found.faults.extend(error(f.code, at, f"this is no fact: {f.message}") for f in refusal.faults)

    if text.lstrip().startswith("["):
        try:
            many: Any = decode(text.encode("utf-8", "surrogateescape"), Limits())
            found.facts.extend(Incoming(one, path, 1) for one in (many if isinstance(many, list) else [many]))
        except FactRefused as refusal:
            refused(1, refusal)
        return
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        found.rows += 1
        try:
            found.facts.append(
                Incoming(decode(line.encode("utf-8", "surrogateescape"), Limits()), path, number)
            )
        except FactRefused as refusal:
            refused(number, refusal)
