"""`lineside test`: scenarios on a virtual clock, with the rules that fired and the nearest decision where one is missing.

A scenario without an expectation fails, and so does a run that finds no scenario. Exit code 1 where one fails, or too
few rules fired.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from os.path import normpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.cli.faults import Failed, UsedWrongly
from service.cli.inputs import (
    add_matcher_option,
    add_rules_option,
    documents,
    existing,
    existing_matcher,
    given_or_default,
    rules_of,
    where_they_lie,
)
from service.cli.paint import Paint, count, plain, progress_bar

if TYPE_CHECKING:
    from engine.decisions import Fact
    from engine.diagnostics import Diagnostic
    from engine.rulebook import RuleBook
    from engine.scenario import Coverage, Result
    from engine.session import Session
    from service.cli.inputs import Commands


SHOWN_IDLE = 10
"""How many rules that never fired are listed; --json lists them all."""


@dataclass(slots=True)
class Tested:
    """One scenario file: its result, or what kept it from running."""

    file: str
    name: str
    result: Result | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    rules: str = ""
    """Which rules it ran against, for people."""

    @property
    def passed(self) -> bool:
        """Return whether the scenario ran and every expectation was met."""
        return self.result is not None and self.result.passed


def register(commands: Commands) -> None:
    """Add the command's parser to *commands*."""
    parser = commands.add_parser("test", help="run scenarios on a virtual clock")
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="scenario files or folders (default: fixtures/scenarios)"
    )
    add_rules_option(parser, "rules for the scenarios that name none")
    parser.add_argument(
        "--run", dest="pattern", metavar="REGEX", help="run only the scenarios whose name fits"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--junit", metavar="FILE", help="write the results as JUnit XML, too")
    parser.add_argument(
        "--min-coverage", type=float, default=0.0, metavar="PERCENT", help="fail where fewer rules fired"
    )
    add_matcher_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the scenarios that *args* names and return the exit code."""
    from engine.scenario import coverage_of

    try:
        pattern = re.compile(args.pattern or "")
    except re.error as wrong:
        raise UsedWrongly(f"--run {args.pattern} is not a regular expression: {wrong}") from None
    paths = given_or_default(args.paths, "fixtures/scenarios")
    rules = existing(args.rules)
    matcher = existing_matcher(args.matcher)
    tested = list(run_all(documents(paths).scenarios, pattern, matcher, rules))
    if not tested:
        wanted = f" whose name fits {args.pattern}" if args.pattern else ""
        raise Failed(f"there is no scenario{wanted} in {', '.join(path.as_posix() for path in paths)}")
    coverage = coverage_of(one.result for one in tested if one.result is not None)
    covered = coverage.percent >= args.min_coverage
    if args.junit:
        from service.cli.junit import junit_xml

        try:
            Path(args.junit).write_text(junit_xml(tested), encoding="utf-8")
        except OSError as wrong:
            raise Failed(f"{args.junit} cannot be written: {wrong.strerror or wrong}") from None
    if args.json:
        from service.cli.printing import json_line

        sys.stdout.write(json_line(_report(tested, coverage)) + "\n")
    else:
        _print(tested, coverage, args.min_coverage)
    return 0 if covered and all(one.passed for one in tested) else 1


def run_all(
    scenarios: dict[str, str], pattern: re.Pattern[str], matcher: str, rules: Sequence[Path] = ()
) -> Iterable[Tested]:
    """Yield what came of each scenario whose name fits *pattern*; rules are compiled once for all that share them.

    Scenarios that name no rules run against *rules*, or the shipped ones.
    """
    from engine.scenario import parse_scenario, repeated_names, run_scenario, scenario_disagreements

    books: dict[tuple[str, ...], RuleBook | tuple[Diagnostic, ...] | str] = {}
    parsed = {file: parse_scenario(text, file) for file, text in scenarios.items()}
    repeated = repeated_names(scenario for scenario, _ in parsed.values() if scenario is not None)
    show = progress_bar("testing", len(scenarios))
    for number, (file, (scenario, diagnostics)) in enumerate(parsed.items()):
        name = scenario.name if scenario is not None else Path(file).stem
        if not pattern.search(name):
            continue
        one = Tested(file, name, diagnostics=diagnostics)
        if scenario is not None:
            began = time.perf_counter()
            paths = rules_of(scenario, rules)
            one.rules = ", ".join(Path(normpath(path)).as_posix() for path in paths) or "the shipped rules"
            book = _book(paths, matcher, books)
            if isinstance(book, str):
                one.problems.append(book)
            elif isinstance(book, tuple):
                one.problems.append("its rules do not compile")
                one.diagnostics = (*one.diagnostics, *where_they_lie(book, paths))
            else:
                wrong = (
                    *scenario_disagreements(scenario, book),
                    *(d for d in repeated if d.span.file == file),
                )
                one.diagnostics = (*one.diagnostics, *wrong)
                if not wrong:
                    one.result = run_scenario(scenario, book, matcher, _why_not)
            one.seconds = time.perf_counter() - began
        show(number + 1)
        yield one
    show(len(scenarios))


def _book(paths: tuple[Path, ...], matcher: str, books: dict[tuple[str, ...], Any]) -> Any:
    """Return the rule book of the rules in *paths*, or the diagnostics, or a sentence, that say why there is none."""
    from engine.compiler import compile_rules
    from engine.diagnostics import RulesRejected
    from engine.matching import ensure_runs
    from service.shipped import document_kind, rule_files

    key = tuple(str(path.resolve()) for path in paths)
    if key not in books:
        missing = [path.as_posix() for path in paths if not path.exists()]
        if missing:
            books[key] = f"its rules are not there: {', '.join(missing)}"
            return books[key]
        try:
            files = rule_files(path.resolve() for path in paths)
        except OSError as wrong:
            raise Failed(f"rules cannot be read: {wrong}") from None
        if not any(document_kind(text)[0] == "ruleset" for text in files.values()):
            books[key] = f"there is no rule set in {', '.join(path.as_posix() for path in paths)}"
            return books[key]
        try:
            book = compile_rules(files)
            ensure_runs(matcher, book)
            books[key] = book
        except RulesRejected as rejected:
            books[key] = rejected.diagnostics
    return books[key]


def _why_not(session: Session, rule: str, fact: Fact) -> Iterable[str]:
    from engine.whynot import why_not

    return why_not(session, rule, fact).lines()


def _print(tested: list[Tested], coverage: Coverage, least: float) -> None:
    paint = Paint(sys.stdout)
    out = sys.stdout
    for one in tested:
        mark = paint("green", "pass") if one.passed else paint("red", "FAIL")
        out.write(f"{mark}  {plain(one.name)}  {paint('dim', plain(one.file))}\n")
        if not one.passed and one.rules:
            out.write(f"      run against {plain(one.rules)}\n")
        for text in _problems(one):
            out.write("".join(f"      {plain(line)}\n" for line in text.split("\n")))
    failed = sum(not one.passed for one in tested)
    out.write(
        f"{count(len(tested), 'scenario')}, {paint('red' if failed else 'green', f'{failed} failed')}\n"
    )
    if not _has_run(tested):
        out.write(paint("red", "nothing ran, so no rule could fire") + "\n")
        return
    fired = len(coverage.rules) - len(coverage.idle)
    short = coverage.percent < least
    share = f"{fired} of {count(len(coverage.rules), 'rule')} fired ({coverage.percent:.0f} %)"
    wanted = f", at least {least:g} % are asked for" if short else ""
    out.write(paint("red", share + wanted) + "\n" if short else share + "\n")
    for ruleset, rule in coverage.idle[:SHOWN_IDLE]:
        out.write(f"  never fired: {ruleset}/{rule}\n")
    if len(coverage.idle) > SHOWN_IDLE:
        out.write(f"  and {count(len(coverage.idle) - SHOWN_IDLE, 'more rule')}\n")
    for (ruleset, table), (size, silent) in coverage.tables.items():
        shown = ", ".join(str(row) for row in silent[:SHOWN_IDLE])
        more = f" and {len(silent) - SHOWN_IDLE} more" if len(silent) > SHOWN_IDLE else ""
        never = f"; never: {shown}{more}" if silent else ""
        out.write(f"  table {ruleset}/{table}: {size - len(silent)} of {count(size, 'row')} decided{never}\n")


def _has_run(tested: list[Tested]) -> bool:
    """Return whether a scenario ran: of those that could not be read, or whose rules could not, nothing is covered."""
    return any(one.result is not None for one in tested)


def _problems(one: Tested) -> list[str]:
    failures = [] if one.result is None else [str(failure) for failure in one.result.failures]
    return [*(str(d) for d in one.diagnostics), *one.problems, *failures]


def _report(tested: list[Tested], coverage: Coverage) -> dict[str, Any]:
    from service.cli.check import as_json

    return {
        "scenarios": [
            {
                "name": one.name,
                "file": one.file,
                "rules": one.rules,
                "passed": one.passed,
                "seconds": round(one.seconds, 6),
                "facts": one.result.facts if one.result else 0,
                "decisions": one.result.decisions if one.result else 0,
                "failures": [
                    {"place": str(f.span), "message": f.message, "details": list(f.details)}
                    for f in (one.result.failures if one.result else ())
                ],
                "problems": one.problems,
                "diagnostics": [as_json(d) for d in one.diagnostics],
            }
            for one in tested
        ],
        "summary": {"scenarios": len(tested), "failed": sum(not one.passed for one in tested)},
        "coverage": {
            "rules": len(coverage.rules),
            "fired": len(coverage.rules) - len(coverage.idle),
            "percent": round(coverage.percent, 2) if _has_run(tested) else None,
            "never_fired": [f"{ruleset}/{rule}" for ruleset, rule in coverage.idle],
            "tables": {
                f"{ruleset}/{table}": {"rows": size, "never_decided": list(silent)}
                for (ruleset, table), (size, silent) in coverage.tables.items()
            },
        },
    }
