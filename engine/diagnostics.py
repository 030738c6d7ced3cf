"""Faults and the places they stand: in rule files (Diagnostic) and in facts (FactFault).

Every stage that reads text returns these; nothing here reads files or decides.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How grave a fault is: an error keeps the rule book from compiling, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a file; lines and columns count from 1, the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault in a rule file: where it stands, what is wrong, and what would be right."""

    code: str
    severity: Severity
    message: str
    fix: str
    span: Span

    def __str__(self) -> str:
        fix = f"; {self.fix}" if self.fix else ""
        return f"{self.span}: {self.severity}[{self.code}]: {self.message}{fix}"


def error(code: str, span: Span, message: str, fix: str = "") -> Diagnostic:
    """Return an error-level diagnostic."""
    return Diagnostic(code, Severity.ERROR, message, fix, span)


def warning(code: str, span: Span, message: str, fix: str = "") -> Diagnostic:
    """Return a warning-level diagnostic."""
    return Diagnostic(code, Severity.WARNING, message, fix, span)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return *diagnostics* without repeats, by file, line, column, then code."""
    return tuple(sorted(set(diagnostics), key=lambda d: (d.span, d.code, d.message)))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Return whether any of *diagnostics* is an error."""
    return any(d.severity is Severity.ERROR for d in diagnostics)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to *name*, or None where none is close; one that differs in case alone is closest."""
    choices = list(known)
    lower = name.lower()
    by_lower = {choice.lower(): choice for choice in sorted(choices, reverse=True)}
    if name not in choices and lower in by_lower:
        return by_lower[lower]
    found = difflib.get_close_matches(name, choices, n=1, cutoff=0.6)
    if found:
        return found[0]
    if lower == name and by_lower.keys() == set(choices):
        return None
    found = difflib.get_close_matches(lower, list(by_lower), n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the fix text for a misspelt *name*: the nearest known one, or the list of all."""
    choices = sorted(set(known))
    close = nearest(name, choices)
    if close is not None:
        return f'did you mean "{close}"?'
    if not choices:
        return ""
    shown = ", ".join(choices[:12]) + (", ..." if len(choices) > 12 else "")
    return f"known: {shown}"


def with_article(word: str) -> str:
    """Return *word* as one of several, with a or an before it."""
    return f"{'an' if word[0] in 'aeio' else 'a'} {word}"


class RulesRejected(Exception):  # noqa: N818 - named for what happened
    """Rule files that do not compile; carries every diagnostic, not the first."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = in_order(diagnostics)
        super().__init__("\n".join(str(d) for d in self.diagnostics))


@dataclass(frozen=True, slots=True)
class FactFault:
    """One fault in an incoming fact: its stable code, a JSON Pointer (RFC 6901) to the place, and the text."""

    code: str
    pointer: str
    message: str


class FactRefused(Exception):  # noqa: N818 - named for what happened
    """A fact that is not admitted; carries every fault found in it."""

    def __init__(self, faults: Iterable[FactFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{f.pointer or '/'}: {f.message}" for f in self.faults))
