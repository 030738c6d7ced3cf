"""What libyaml says about text that is not YAML, put as a rule author would look for it.

A libyaml error in, one diagnostic out; the mark is moved to where the cause stands if libyaml knows it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from engine.diagnostics import Diagnostic, Span, error
from engine.source import colons

_QUOTED_START = re.compile(r"""(?:^|[:\-?])\s+(["']).*?\1\s*[^\s#,\]}:]""")
_BROKEN_OFF = re.compile(r"[^\s,\[\]{}:][^,\[\]{}]*$")
"""A value without quotes that goes on."""
_FIXES = (
    ("unknown escape character", "an unknown escape in double quotes", r'write "\\" for a backslash'),
    ("expected hexdecimal", "an escape in double quotes has wrong digits", r'write "\\" for a backslash'),
    ("did not find expected ',' or ']'", '"[" is not closed', 'add "," or "]"'),
    (
        "did not find expected ',' or '}'",
        '"{" is not closed',
        'add "," or "}"; quote a text that begins with "{"',
    ),
    (
        "did not find expected <document start>",
        "this line is indented differently from the one above",
        "begin every key of a level in the same column",
    ),
    ("did not find expected key", "the indentation does not fit", "align this line with its neighbours"),
    (
        "did not find expected '-' indicator",
        "the indentation does not fit",
        'align this line with the "-" above',
    ),
    (
        "block sequence entries are not allowed",
        'a "-" stands where no list can be',
        "put the list on its own lines",
    ),
)


def syntax_fault(refused: Any, file: str, lines: Sequence[str]) -> Diagnostic:
    """Return the diagnostic for libyaml's error *refused*."""
    problem = str(getattr(refused, "problem", None) or refused)
    context = str(getattr(refused, "context", None) or "")
    mark = getattr(refused, "problem_mark", None)
    line, column = (mark.line, mark.column) if mark is not None else (0, 0)
    if "unexpected end of stream" in problem or "unexpected document indicator" in problem:
        opened = getattr(refused, "context_mark", None)
        if "quoted scalar" in context and opened is not None:
            span = _span(file, lines, opened.line, opened.column)
            return error("yaml-syntax", span, "a quote is not closed", "add the closing quote")
    text = lines[line] if line < len(lines) else ""
    span = _span(file, lines, line, column)
    if text[column : column + 1] == "\t" or "tab character" in problem:
        return error("tab", span, "a tab is used as indentation", "use spaces")
    if "cannot start any token" in problem:
        found = text[column : column + 1]
        return error("yaml-syntax", span, f'a value cannot begin with "{found}"', "put it in quotes")
    quoted = _quoted_start(lines, line)
    if quoted is not None and "did not find expected" in problem:
        return error(
            "yaml-syntax",
            _span(file, lines, *quoted),
            "text goes on after the closing quote",
            """put the whole value in quotes ('"a" = b'), or after "|" on a line of its own""",
        )
    if cause := _colon_cause(refused, problem, lines, line, column):
        line, column, message, fix = cause
        return error("yaml-syntax", _span(file, lines, line, column), message, fix)
    found = text[column : column + 1]
    if found in ("[", "{") and "expected ',' or" in problem and _BROKEN_OFF.search(text[:column][-200:]):
        message = f'within braces, "{found}" ends a value that is not in quotes'
        return error(
            "yaml-syntax", span, message, 'put the whole value in quotes, as in "= failures[-1].lot_id"'
        )
    for sign, message, fix in _FIXES:
        if sign in problem:
            return error("yaml-syntax", span, message, fix)
    if "nesting depth" in problem:  # newer versions count it themselves, before a value is there to count
        return error("too-deep", span, "values nest too deep to be read", "flatten them")
    return error("yaml-syntax", span, f"not YAML: {problem[:200]}", "")


def _colon_cause(
    refused: Any, problem: str, lines: Sequence[str], line: int, column: int
) -> colons.Cause | None:
    """Return what is wrong about a ":", if that is what libyaml stumbles over."""
    if "mapping values are not allowed" in problem:
        return colons.stray_colon(lines, line, column)
    if "did not find expected ',' or" in problem:
        return colons.second_in_flow(lines, line, column)
    if "did not find expected key" in problem:
        return colons.no_space(lines, line)
    opened = getattr(refused, "context_mark", None)
    if "could not find expected ':'" in problem and opened is not None:
        # libyaml complains where the next key begins, often a line below
        return colons.no_space(lines, opened.line) or colons.missing(lines, opened.line, opened.column)
    return None


def _quoted_start(lines: Sequence[str], line: int) -> tuple[int, int] | None:
    """Return where a value begins with a quote and goes on behind it, on *line* or the one before."""
    for number in (line, line - 1):
        if 0 <= number < len(lines) and (found := _QUOTED_START.search(lines[number][:2000])):
            return number, found.start(1)
    return None


def _span(file: str, lines: Sequence[str], line: int, column: int) -> Span:
    """Return the place of one character; the end of the file counts as the end of its last line."""
    if line >= len(lines):
        line = max(len(lines) - 1, 0)
        column = len(lines[line]) if lines else 0
    return Span(file, line + 1, column + 1, line + 1, column + 2)
