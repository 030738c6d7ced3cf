"""`lineside check`: every fault in rule files, mappings and scenarios, with its place and the likely fix.

Reads the files, prints diagnostics and one line of counts; exit code 1 where there are errors, or warnings with --strict. It must
import little: it is what editors and commit hooks run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from service.cli.faults import UsedWrongly
from service.cli.inputs import documents, given_or_default
from service.cli.paint import Paint, count, plain

if TYPE_CHECKING:
    from pathlib import Path

    from engine.diagnostics import Diagnostic
    from engine.matching.planning import RulePlan
    from engine.model import Documents
    from engine.retention import Keeping
    from service.cli.inputs import Commands


SHOWN_RULES = 3
"""Rules that are named on one line of what is kept."""


def register(commands: Commands) -> None:
    """Add the command's parser to *commands*."""
    parser = commands.add_parser(
        "check", help="find every fault in rule files, with its place and the likely fix"
    )
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files or folders of rules, mappings and scenarios (default: rules)",
    )
    parser.add_argument(
        "--explain-plan",
        nargs="*",
        metavar="RULE",
        help="show what the matcher does for these rules, or for all: what is indexed, tested, joined and scanned",
    )
    parser.add_argument("--strict", action="store_true", help="let warnings fail, too")
    parser.add_argument(
        "--kept", action="store_true", help="say how long facts of each type are kept, and for which rules"
    )
    parser.add_argument(
        "--targets",
        metavar="FILE",
        help="check this targets file, too, as a service would that starts with it here",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check what *args* names and return the exit code."""
    from engine.diagnostics import Severity, has_errors, in_order

    paths = given_or_default(args.paths, "rules")
    files = documents(paths)
    found, declared = diagnose(files.rules)
    for name, text in files.mappings.items():
        found += _of_mapping(text, name, declared)
    found += of_scenarios(files.scenarios, declared)
    counts = {
        "rules": sum(len(ruleset.rules) for ruleset in declared.rulesets),
        "rulesets": len(declared.rulesets),
        "fact_types": len(declared.fact_types),
        "mappings": len(files.mappings),
        "scenarios": len(files.scenarios),
    }
    plans: tuple[RulePlan, ...] = ()
    if args.explain_plan is not None and not has_errors(found):
        plans, scans = _plans(declared, files.rules, args.explain_plan)
        found += scans
    diagnostics = in_order(found)
    refused = [] if args.targets is None else _of_targets(args.targets, declared)
    errors = sum(d.severity is Severity.ERROR for d in diagnostics)
    warnings = len(diagnostics) - errors
    errors += len(refused)
    kept = _kept(declared, files.rules) if args.kept and not errors else ()
    if args.json:
        import json

        totals: dict[str, Any] = {**counts, "errors": errors, "warnings": warnings}
        if files.unnamed:
            totals["unnamed"] = [path.as_posix() for path in files.unnamed]
        told: dict[str, Any] = {"diagnostics": [as_json(d) for d in diagnostics], "summary": totals}
        if args.targets is not None:
            told["targets"] = refused
        if args.explain_plan is not None:
            from service.cli.plans import plan_json

            told["plans"] = [plan_json(plan) for plan in plans]
        if args.kept:
            told["kept"] = [asdict(keeping) for keeping in kept]
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
    else:
        if plans:
            from service.cli.plans import plan_lines

            sys.stdout.write("".join(f"{line}\n" for line in plan_lines(plans, Paint(sys.stdout))) + "\n")
        print_diagnostics(diagnostics)
        _print_refused(refused)
        _print_kept(kept)
        _print_summary(counts, errors, warnings)
        for path in files.unnamed:
            sys.stdout.write(f"{plain(path.as_posix())} is not read: no table here names it\n")
    return 1 if errors or (args.strict and warnings) else 0


def _plans(
    declared: Documents, texts: Mapping[str, str], names: Sequence[str]
) -> tuple[tuple[RulePlan, ...], list[Diagnostic]]:
    """Return what the matcher does for the rules called *names*, or for all, and a warning for each join that scans."""
    from pathlib import Path

    from engine.compiler import compile_documents
    from engine.diagnostics import did_you_mean
    from engine.matching.planning import plans_of, scans_of

    plans = plans_of(compile_documents(declared, (), texts))
    known = {plan.rule.name for plan in plans}
    for name in names:
        if name not in known:
            meant = "; paths stand before --explain-plan" if Path(name).exists() else ""
            raise UsedWrongly(f'there is no rule "{name}"; {did_you_mean(name, known)}{meant}')
    chosen = tuple(plan for plan in plans if not names or plan.rule.name in names)
    return chosen, [scan for plan in chosen for scan in scans_of(plan)]


def diagnose(files: Mapping[str, str]) -> tuple[list[Diagnostic], Documents]:
    """Return the diagnostics of rule documents, and what the documents say."""
    from engine.checks import check
    from engine.parser import parse

    parsed = parse(files)
    return [*parsed.diagnostics, *check(parsed.documents)], parsed.documents


def _kept(documents: Documents, files: Mapping[str, str]) -> tuple[Keeping, ...]:
    """Return how long a session keeps facts under *documents*, which have no errors."""
    from engine.compiler import compile_documents
    from engine.retention import keepings_of

    return keepings_of(compile_documents(documents, (), files))


def _of_targets(file: str, documents: Documents) -> list[str]:
    """Return what keeps a service from starting with the targets in *file*: a line each, with its place and the fix."""
    from pathlib import Path

    from service.pipeline.passing import ensure_targets
    from service.settings import StartRefused
    from service.targets import read_targets

    try:
        ensure_targets(documents.flows, read_targets(Path(file)))
    except StartRefused as refused:
        return str(refused).splitlines()
    return []


def _of_mapping(text: str, name: str, documents: Documents) -> tuple[Diagnostic, ...]:
    """Return the faults of a mapping, and where it disagrees with the fact types beside it, or else the shipped ones."""
    from engine.parser import parse
    from engine.replay import disagreements, parse_mapping
    from service.shipped import shipped_files

    mapping, faults = parse_mapping(text, name)
    if mapping is None:
        return faults
    declared = documents if documents.fact_types else parse(shipped_files(("fact", "flows"))).documents
    return (*faults, *disagreements(mapping, declared))


def of_scenarios(scenarios: Mapping[str, str], beside: Documents) -> list[Diagnostic]:
    """Return the faults of *scenarios*, and where they disagree with their rules.

    Those that name no rules go by the ones *beside* them, and by the shipped ones. Rules that do not parse are not asked.
    """
    if not scenarios:  # and then their machinery need not be loaded
        return []
    from engine.scenario import parse_scenario, repeated_names, rules_not_there, scenario_disagreements
    from service.cli.inputs import rules_of

    found: list[Diagnostic] = []
    whole = []
    known: dict[tuple[Path, ...], Documents | None] = {}
    for name, text in scenarios.items():
        scenario, faults = parse_scenario(text, name)
        found += faults
        if scenario is None:
            continue
        whole.append(scenario)
        paths = rules_of(scenario)
        missing = [path.as_posix() for path in paths if not path.exists()]
        if missing:
            found.append(rules_not_there(scenario, missing))
            continue
        if paths not in known:
            known[paths] = _declared(paths, beside)
        declared = known[paths]
        if declared is not None:
            found += scenario_disagreements(scenario, declared)
    return [*found, *repeated_names(whole)]


def _declared(paths: tuple[Path, ...], beside: Documents) -> Documents | None:
    """Return what the rules in *paths* declare, or those *beside* and the shipped ones; None where they have errors."""
    from dataclasses import replace

    from engine.diagnostics import has_errors
    from engine.parser import parse
    from service.shipped import rule_files

    parsed = parse(rule_files(path.resolve() for path in paths))
    if has_errors(parsed.diagnostics):
        return None
    found = parsed.documents
    if paths:
        return found
    return replace(
        found,
        fact_types={**found.fact_types, **beside.fact_types},
        rulesets=(*found.rulesets, *beside.rulesets),
    )


def as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """Return *diagnostic* as a plain JSON object."""
    span = diagnostic.span
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        "message": diagnostic.message,
        "fix": diagnostic.fix,
    }


def print_diagnostics(diagnostics: Iterable[Diagnostic], to_errors: bool = False) -> None:
    """Print *diagnostics* one a line, in colour on a terminal."""
    stream = sys.stderr if to_errors else sys.stdout
    paint = Paint(stream)
    for d in diagnostics:
        colour = "red" if d.severity.value == "error" else "yellow"
        fix = f"; {paint('green', plain(d.fix))}" if d.fix else ""
        label = paint(colour, f"{d.severity}[{d.code}]")
        stream.write(f"{paint('bold', plain(str(d.span)))}: {label}: {plain(d.message)}{fix}\n")


def _print_refused(lines: Iterable[str]) -> None:
    """Print what is wrong with targets, as diagnostics are."""
    paint = Paint(sys.stdout)
    for line in lines:
        place, _, text = line.partition(": ")
        sys.stdout.write(f"{paint('bold', plain(place))}: {paint('red', 'error[target]')}: {plain(text)}\n")


def _print_kept(kept: Iterable[Keeping]) -> None:
    """Print what is kept as a table: each type once, a line for each length, the rules it is for."""
    rows = [(k.fact_type, k.kind, k.how_long, _rules_text(k.rules)) for k in kept]
    if not rows:
        return
    widths = [max(len(row[at]) for row in rows) for at in range(3)]
    paint = Paint(sys.stdout)
    before = ""
    for name, kind, how_long, rules in rows:
        shown = (name, kind) if name != before else ("", "")
        first = f"{paint('bold', shown[0].ljust(widths[0]))}  {shown[1].ljust(widths[1])}"
        sys.stdout.write(f"{first}  {how_long.ljust(widths[2])}  {rules}\n")
        before = name
    sys.stdout.write("\n")


def _rules_text(rules: tuple[str, ...]) -> str:
    if not rules:
        return "(no rule reads it)"
    more = len(rules) - SHOWN_RULES
    return ", ".join(rules[:SHOWN_RULES]) + (f" and {more:,} more" if more > 0 else "")


def _print_summary(counts: Mapping[str, int], errors: int, warnings: int) -> None:
    paint = Paint(sys.stdout)
    parts = [count(counts["rules"], "rule"), count(counts["fact_types"], "fact type")]
    parts += [count(counts[f"{kind}s"], kind) for kind in ("mapping", "scenario") if counts[f"{kind}s"]]
    parts += [
        paint("red" if errors else "green", count(errors, "error")),
        paint("yellow" if warnings else "green", count(warnings, "warning")),
    ]
    sys.stdout.write(", ".join(parts) + "\n")
