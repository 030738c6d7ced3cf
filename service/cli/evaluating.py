"""`lineside eval`: what a FEEL expression comes to in a JSON context, with the value of every part of it.

An expression that cannot be read is shown with carets under every fault. One that a rule file would be refused for is
evaluated all the same; either way the exit code is 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.cli.faults import Failed, UsedWrongly

if TYPE_CHECKING:
    from engine.diagnostics import Diagnostic
    from engine.feel import Checked, Doubt, Fault, Node, Scope
    from service.cli.inputs import Commands

DESCRIPTION = """\
Evaluate a FEEL expression, and show what every part of it comes to. The language: docs/feel.md.

  lineside eval '10.05 - 10 > 0.05'
  lineside eval 'measured > upper_limit' --context '{"measured": 40.08, "upper_limit": 40.05}'
  lineside eval 'severity = "critical"' --fact-type inspection_result --context @fact.json
  lineside eval '[9.95..10.05]' --unary 10.02
  lineside eval --table rules/routing.yaml#where-a-lot-goes --context @fact.json
"""
EPILOG = """\
A context is JSON: its texts stay texts. Write dates in the expression, @"2026-01-01" or date(due), or say with --fact-type
what the fields are. An expression that begins with a minus sign stands at the end, after --, as in:

  lineside eval --context '{"x": 3}' -- '-x + 1'
"""


@dataclass(frozen=True, slots=True)
class Given:
    """What an expression can read: values by name, and what is known of them."""

    env: Mapping[str, Any]
    scope: Scope
    names: frozenset[str]
    faults: tuple[Diagnostic, ...] = field(default=())


def register(commands: Commands) -> None:
    """Add the command's parser to *commands*."""
    from service.cli.inputs import add_rules_option

    parser = commands.add_parser(
        "eval",
        help="evaluate a FEEL expression, and show what every part of it comes to",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "expression", nargs="?", metavar="FEEL", help='the expression; "-" reads standard input'
    )
    parser.add_argument(
        "--table",
        metavar="FILE#NAME",
        help="in place of an expression, a decision table of a rule set, of definitions or of a DMN file",
    )
    parser.add_argument(
        "--context",
        metavar="JSON|@FILE|-",
        help='names and their values: a JSON object, a file, "-" for standard input',
    )
    parser.add_argument(
        "--fact-type", metavar="TYPE", help="the context is the data of a fact of this type: dates are dates"
    )
    add_rules_option(parser)
    parser.add_argument(
        "--unary",
        metavar="VALUE",
        help="the expression is a cell of a decision table, which tests VALUE (FEEL)",
    )
    parser.add_argument(
        "--now", metavar="TIME", help="what now() is, as 2026-03-02T07:25:00Z (default: the clock)"
    )
    parser.add_argument("--ast", action="store_true", help="print the syntax tree, and evaluate nothing")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate what *args* asks for and return the exit code."""
    from engine import feel

    if args.table is not None:
        return _run_table(args)
    text = _expression(args)
    given = _given(args)
    _end_where_faulty(given.faults)
    now = _now(args.now)
    unary = args.unary is not None
    read = feel.parse_unary_tests if unary else feel.parse
    try:
        if unary:
            given = _with_input(args.unary, given, now)
        node = read(text, given.names)
    except feel.FeelSyntaxError as wrong:
        return _refused(args, text, wrong.faults)
    if args.ast:
        return _print_tree(args, node)
    return _print_value(args, text, node, _with_calendars(args, node, given), now)


def _run_table(args: argparse.Namespace) -> int:
    """Ask a decision table, and print how it answers."""
    from service.cli.contexts import read_context
    from service.cli.paint import Paint
    from service.cli.table_answers import answer_json, answer_lines, answer_of

    if args.expression is not None or args.fact_type is not None or args.unary is not None or args.ast:
        raise UsedWrongly("--table stands in place of an expression, --fact-type, --unary and --ast")
    context = read_context(*_context_text(args.context if args.context is not None else "{}"))
    _end_where_faulty(context.faults)
    answer = answer_of(args, context.values, _now(args.now))
    if args.json:
        _print_json(answer_json(answer))
        return 0
    _print_warnings(answer.warnings)
    sys.stdout.write("".join(f"{line}\n" for line in answer_lines(answer, Paint(sys.stdout))))
    return 0


def _print_warnings(warnings: Iterable[str]) -> None:
    from service.cli.paint import Paint, plain

    for warning in warnings:
        sys.stderr.write(f"{Paint(sys.stderr)('yellow', 'warning')}: {plain(warning)}\n")


def _end_where_faulty(faults: Sequence[Diagnostic]) -> None:
    if faults:
        from service.cli.check import print_diagnostics

        print_diagnostics(faults, to_errors=True)
        raise Failed("the context cannot be read")


def _expression(args: argparse.Namespace) -> str:
    if args.expression is None:
        raise UsedWrongly(
            "say what to evaluate: an expression, or --table FILE#NAME\ntry: lineside eval --help"
        )
    if args.expression != "-" or args.unary is not None:  # as a cell, "-" is a test
        text: str = args.expression
        return text.strip()
    if args.context == "-":
        raise UsedWrongly("the expression and the context cannot both be read from standard input")
    return _standard_input("the expression", 100_000).strip()


def _standard_input(what: str, limit: int) -> str:
    raw = sys.stdin.buffer.read(limit + 1)
    if len(raw) > limit:
        raise Failed(f"{what} on standard input has more than {limit:,} bytes")
    return _decoded(raw, f"{what} on standard input")


def _decoded(raw: bytes, what: str) -> str:
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as wrong:
        line = raw.count(b"\n", 0, wrong.start) + 1
        raise Failed(
            f"{what} is not UTF-8: byte {raw[wrong.start]:#04x} in line {line}; save it as UTF-8"
        ) from None


def _context_text(asked: str) -> tuple[str, str]:
    """Return the text of a context, and its name for messages."""
    from service.cli.contexts import MAX_CHARACTERS

    limit = 4 * MAX_CHARACTERS
    if asked == "-":
        return _standard_input("the context", limit), "context"
    if not asked.startswith("@"):
        return asked, "context"
    path = Path(asked[1:])
    try:
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except FileNotFoundError:
        raise UsedWrongly(f"there is no file {path}") from None
    except OSError as wrong:
        raise Failed(f"{path} cannot be read: {wrong.strerror or wrong}") from None
    if len(raw) > limit:
        raise Failed(f"{path} has more than {limit:,} bytes")
    return _decoded(raw, str(path)), path.as_posix()


def _given(args: argparse.Namespace) -> Given:
    from engine import feel
    from service.cli.contexts import names_in, read_context, type_of, undeclared

    text, name = _context_text(args.context) if args.context is not None else ("{}", "context")
    context = read_context(text, name)
    values = context.values
    if context.faults or args.fact_type is None:
        known = {
            one: feel.Variable(type_of(value), "None", required=value is not None)
            for one, value in values.items()
        }
        return Given(values, feel.Scope(known), names_in(values), context.faults)
    record = _record(args.fact_type, args.rules)
    _print_warnings(undeclared(values, record))
    fitting = feel.to_feel(dict(values), record)
    env = {**dict.fromkeys(record.fields), **fitting}
    more = {
        one: feel.Variable(type_of(value), "None")
        for one, value in values.items()
        if one not in record.fields
    }
    scope = (
        feel.Scope(more).child(feel.Scope.fields("fact", record))
        if more
        else feel.Scope.fields("fact", record)
    )
    return Given(env, scope, names_in(values) | frozenset(record.fields))


def _record(fact_type: str, rules: list[str]) -> Any:
    """Return the type of the data of facts of *fact_type*, as the rules in *rules* or the shipped ones declare it."""
    from engine import feel
    from engine.diagnostics import did_you_mean, has_errors
    from engine.parser import parse
    from service.cli.check import print_diagnostics
    from service.cli.inputs import existing
    from service.shipped import rule_files

    parsed = parse(rule_files(existing(rules)))
    declared = parsed.documents.fact_types
    if fact_type not in declared:
        if has_errors(parsed.diagnostics):
            print_diagnostics(parsed.diagnostics, to_errors=True)
        raise Failed(f'there is no fact type "{fact_type}"; {did_you_mean(fact_type, declared)}')
    return feel.type_of_schema(declared[fact_type].schema, fact_type)


def _now(asked: str | None) -> Any:
    from service.cli.inputs import moment
    from service.clock import SystemClock

    return SystemClock().now() if asked is None else moment("--now", asked)


def _with_input(written: str, given: Given, now: Any) -> Given:
    """Return what is *given*, and what a cell tests as `?`."""
    from engine import feel
    from service.cli.contexts import type_of

    try:
        node = feel.parse(written, given.names)
        found = feel.check(node, given.scope).faults
    except feel.FeelSyntaxError as wrong:
        found = wrong.faults
    if found:
        first = min(found)
        raise UsedWrongly(f"--unary: {first}; a text stands in quotes: --unary '\"{written}\"'")
    value = feel.evaluate(node, given.env, now)
    scope = given.scope.child({"?": feel.Variable(type_of(value), "None", required=value is not None)})
    return Given({**given.env, "?": value}, scope, given.names)


def _with_calendars(args: argparse.Namespace, node: Node, given: Given) -> Given:
    """Return what is *given*, and the calendars of the rules or the shipped ones, where *node* asks for some.

    A calendar that is the only one need not be named.
    """
    from engine.calendars import Calendars
    from engine.calendars.calls import asks_calendars
    from engine.feel.builtins.shifts import CALENDARS
    from engine.parser import parse
    from service.cli.inputs import existing
    from service.shipped import rule_files

    if not asks_calendars(node):
        if args.rules and args.fact_type is None:
            raise UsedWrongly("--rules is for --fact-type and for calendars: it says where they are declared")
        return given
    named = parse(rule_files(existing(args.rules))).documents.calendars
    calendars = Calendars(named, next(iter(named)) if len(named) == 1 else "")
    _print_warnings(_calendars_meant(node, named))
    scope = replace(given.scope, bound={CALENDARS: calendars})
    return replace(given, env={**given.env, CALENDARS: calendars}, scope=scope)


def _calendars_meant(node: Node, named: Mapping[str, object]) -> Iterator[str]:
    """Yield what is said of each call in *node* that names no calendar where there is a choice, or one that is not there."""
    from engine.calendars.calls import calendar_calls
    from engine.diagnostics import did_you_mean
    from engine.feel import ast, format_node

    for call in calendar_calls(node):
        if call.calendar is None and len(named) > 1:
            known = ", ".join(f'"{name}"' for name in sorted(named))
            asked = format_node(call.node)[:60]
            yield f"{asked} names no calendar, and there are several; known: {known}"
        elif isinstance(call.calendar, ast.StringLiteral) and call.calendar.value not in named:
            name = call.calendar.value[:60]
            yield f'there is no calendar "{name}"; {did_you_mean(name, named)}'


def _refused(args: argparse.Namespace, text: str, faults: tuple[Fault, ...]) -> int:
    """Print every fault of a text that is no expression."""
    if args.json:
        _print_json({"expression": text, "faults": _faults_json(text, faults)})
    else:
        _print_faults(text, faults)
    return 1


def _print_faults(text: str, faults: Sequence[Fault | Doubt], label: str = "error") -> None:
    from service.cli.carets import fault_lines
    from service.cli.paint import Paint

    paint = Paint(sys.stderr)
    for fault in sorted(faults, key=_place):
        sys.stderr.write("\n".join(fault_lines(text, fault, paint, label)) + "\n")


def _place(fault: Fault | Doubt) -> tuple[int, int, str]:
    return fault.start, fault.end, fault.code


def _faults_json(text: str, faults: Sequence[Fault | Doubt]) -> list[dict[str, Any]]:
    from service.cli.contexts import line_and_column

    found = []
    for fault in sorted(faults, key=_place):
        line, column = line_and_column(text, fault.start)
        found.append(
            {
                "line": line,
                "column": column,
                "start": fault.start,
                "end": fault.end,
                "code": fault.code,
                "message": fault.message,
                "fix": getattr(fault, "fix", ""),
            }
        )
    return found


def _print_json(found: dict[str, Any]) -> None:
    from service.cli.printing import json_line

    sys.stdout.write(json_line(found) + "\n")


def _print_tree(args: argparse.Namespace, node: Node) -> int:
    from service.cli.trees import tree_json, tree_lines

    if args.json:
        _print_json(tree_json(node))
    else:
        sys.stdout.write("".join(f"{line}\n" for line in tree_lines(node)))
    return 0


def _print_value(args: argparse.Namespace, text: str, node: Node, given: Given, now: Any) -> int:
    from engine import feel
    from service.cli.carets import printable
    from service.cli.paint import Paint
    from service.cli.trees import literal_text, part_json, part_lines, type_word

    checked: Checked = feel.check(node, given.scope)
    told: list[Doubt] = []
    feel.evaluate(node, given.env, now, warnings=told)  # a loop's items have warnings that no part can show
    explained = feel.explain(node, given.env, now)
    # what a fault says already is not said again
    told = [one for one in told if not any(f.start < one.end and one.start < f.end for f in checked.faults)]
    if args.json:
        found = {
            "expression": text,
            "type": type_word(explained.value),
            "value": feel.to_json(explained.value),
            "parts": [part_json(part) for part in explained.children],
            "faults": _faults_json(text, checked.faults),
            "warnings": _faults_json(text, told),
        }
        _print_json(found)
    else:
        _print_faults(text, checked.faults)
        _print_faults(text, told, "warning")
        paint = Paint(sys.stdout)
        for line in part_lines(explained.children, paint):
            sys.stdout.write(line + "\n")
        sys.stdout.write(paint("bold", printable(literal_text(explained.value))) + "\n")
    return 1 if checked.faults else 0
