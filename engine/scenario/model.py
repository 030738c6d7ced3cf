"""What a scenario says and what came of it, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Expected:
    """A decision that must be there (or must not): what it names has to fit, the rest is free.

    For holds that stand, *kind* is "hold" and *rule* the rule that placed them; for cases, *kind* is "case", for what flows found
    "finding".
    """

    kind: str
    subject: tuple[str, Any] | None
    values: Mapping[str, Any]
    rule: str | None
    status: str | None
    span: Span
    text: str
    """As it was written, for messages."""
    places: Mapping[str, Span] = field(default_factory=dict, compare=False)
    """Where the rule's name stands (`rule`), a row's number (`row`), an asserted fact type (`type`), and its fields
    (`data.field`)."""
    row: int | None = None
    """The row of a decision table that must have decided it, counted from 1."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal that must be there: its code, its JSON Pointer, and a part of its message, as far as given."""

    code: str | None
    pointer: str | None
    message: str | None
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must follow from one step.

    *holds* are all holds that stand after it, *cases* all cases that are not closed, and *findings* all that the checks of the
    flows found on its facts; None where nothing is said of them.
    """

    decisions: tuple[Expected, ...]
    exactly: bool
    absent: tuple[Expected, ...]
    refused: tuple[Refusal, ...]
    holds: tuple[Expected, ...] | None
    stale: bool | None
    span: Span
    cases: tuple[Expected, ...] | None = None
    in_order: bool = False
    """Whether the decisions must come in the order in which they are expected."""
    findings: tuple[Expected, ...] | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """One fact as a step posts it; what it leaves out is filled in when it is run."""

    envelope: Mapping[str, Any]
    span: Span
    places: Mapping[str, Span] = field(default_factory=dict, compare=False)
    """Where its fact type stands (`type`), and each field of its data (`data.field`)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One moment: the clock moves to *at*, the facts are posted, the expectation is held against what followed."""

    at: datetime
    posts: tuple[Post, ...]
    expect: Expectation | None
    span: Span


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario document. *rules* are paths relative to its file; none stands for the shipped rules."""

    name: str
    title: str
    file: str
    rules: tuple[str, ...]
    steps: tuple[Step, ...]
    span: Span
    rules_span: Span | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """One unmet expectation: where it stands, what is wrong, and lines that show how near the run came."""

    span: Span
    message: str
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join((f"{self.span}: {self.message}", *(f"    {line}" for line in self.details)))


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a scenario: its failures, and the rules that fired, as (rule set, rule)."""

    scenario: Scenario
    failures: tuple[Failure, ...]
    fired: frozenset[tuple[str, str]]
    facts: int
    decisions: int
    rules: frozenset[tuple[str, str]] = field(default=frozenset())
    """The rules that could have fired: all enabled ones of the rule book."""
    tables: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """How many rows each decision table among these rules has."""
    answered: frozenset[tuple[str, str, int]] = field(default=frozenset())
    """The rows of tables that answered, if only by blank outputs, as (rule set, table, number of the row)."""

    @property
    def passed(self) -> bool:
        """Return whether every expectation was met."""
        return not self.failures
