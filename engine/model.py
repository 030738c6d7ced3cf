"""What rule files say, as frozen values: fact types, rule sets, rules, patterns, actions, ladders, systems and flows.

The parser makes these; checks and the compiler read them. They hold syntax trees and places, and no behaviour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from engine.calendars import Calendar, Wait
from engine.definitions.model import Definitions
from engine.diagnostics import Span
from engine.tables.model import Table
from engine.written import Expression, Length, Literal, Text, Value


class Kind(StrEnum):
    """Whether a fact type says what happened (event) or what is so (state)."""

    EVENT = "event"
    STATE = "state"


class OnMissing(StrEnum):
    """What a rule does when an optional field it compares is missing and the rest of its condition holds."""

    SKIP = "skip"
    ALERT = "alert"
    HOLD = "hold"


__all__ = [
    "CONFIRMATION",
    "INVENTORY_STATUSES",
    "OWNERS",
    "PERIOD",
    "SUBJECTS",
    "Action",
    "CasePlan",
    "Disposition",
    "Documents",
    "Expression",
    "FactType",
    "Flow",
    "FlowCheck",
    "HoldPlan",
    "Kind",
    "Ladder",
    "Length",
    "Literal",
    "OnMissing",
    "Pattern",
    "Rule",
    "RuleSet",
    "Rung",
    "Signature",
    "Step",
    "Subject",
    "System",
    "Text",
    "Value",
    "Window",
]

SUBJECTS = ("lot", "serial", "order", "operation", "item", "work_centre")
"""What a decision can be about (ISA-95 material lot, sublot by serial number, order, operation, material, equipment)."""

INVENTORY_STATUSES = ("unrestricted", "quality_inspection", "restricted", "blocked")
"""Inventory statuses from the least to the most restrictive."""

PERIOD = "period"
"""The name by which rules read the shift or the day that a window is of."""

CONFIRMATION = "production_confirmation"
"""The fact type that says what was consumed (`materials_consumed`) and what was made (`lot_id`, `serial_id`)."""

OWNERS = ("erp", "mes", "person", "lineside")
"""The systems a fact type can belong to."""


@dataclass(frozen=True, slots=True)
class FactType:
    """A declared fact type: event or state, its key, its owners, and the JSON Schema of its data."""

    name: str
    title: str
    description: str
    kind: Kind
    owners: tuple[str, ...]
    key: tuple[str, ...]
    schema: Mapping[str, Any]
    units: Mapping[str, str]
    span: Span
    places: Mapping[str, Span] = field(default_factory=dict, compare=False)
    """Where each key of the document stands, and each field of its data as `data.field`."""


@dataclass(frozen=True, slots=True)
class Window:
    """What makes events a window: how long each counts, the fields whose values keep them apart, a condition on them all.

    They count for a while, *within*, or with those of the same shift or day, *each*; *at_end* is whether the condition is
    looked at only when that is over. *within* and *having* are None where they could not be read, or are not there.
    """

    within: Length | None
    per: tuple[str, ...]
    having: Expression | None
    span: Span
    places: tuple[Span, ...] = field(default=(), compare=False)
    """Where each field of *per* is named."""
    each: str = ""
    """shift, day, or nothing."""
    at_end: bool = False

    @property
    def offers(self) -> tuple[str, ...]:
        """The names, beside its alias, by which others read what it holds."""
        return (*self.per, PERIOD) if self.each else self.per


@dataclass(frozen=True, slots=True)
class Step:
    """What makes a pattern a step, which is looked for after what stands before it: its word, and for how long.

    *within* is None where it could not be read.
    """

    within: Length | None
    span: Span


@dataclass(frozen=True, slots=True)
class Pattern:
    """A fact type and a condition on it; a negated one (`none`, `expect`) holds where no fact fits."""

    alias: str
    fact_type: str
    where: Expression | None
    negated: bool
    span: Span
    type_span: Span
    lasting: Length | None = None
    """How long the condition on the fact itself must have held without a break."""
    window: Window | None = None
    """What several events must come to together; then the alias is the list of them."""
    step: Step | None = None
    """Of `then` and, where it is negated, of `expect`: how long the fact is waited for."""
    bound: tuple[Pattern, ...] = ()
    """The patterns whose facts it carries from one step of a rule to the next; the compiler makes such patterns."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an action is about: one of SUBJECTS and the value that identifies it."""

    type: str
    value: Value
    span: Span


@dataclass(frozen=True, slots=True)
class CasePlan:
    """What is fixed of the case that an action opens; what differs from match to match is in the action's values.

    *quorum* is how many of those who are asked have to answer, 0 for all of them, *within* which time; an answer counts no longer
    than *lapses_after* unless the task is done by then. *kind* is "" where the rule's name is meant.
    """

    kind: str
    roles: tuple[str, ...]
    quorum: int = 0
    within: Wait | None = None
    ladder: str = ""
    lapses_after: Wait | None = None

    def settled(self, rule: str, calendar: str) -> CasePlan:
        """Return the plan of a case that *rule* opens, its working time counted by *calendar*."""
        return replace(
            self,
            kind=self.kind or rule,
            within=None if self.within is None else self.within.by(calendar),
            lapses_after=None if self.lapses_after is None else self.lapses_after.by(calendar),
        )


@dataclass(frozen=True, slots=True)
class HoldPlan:
    """What is fixed of the hold that an action places: when it is to be looked at again, and when it ends by itself."""

    review: Wait | None = None
    expires: Wait | None = None
    descendants: timedelta | None = None
    """How long what was made from what is kept, so that what was made from its subject is held too; None where it is not."""

    def settled(self, calendar: str) -> HoldPlan:
        """Return the same, its working time counted by *calendar*."""
        return HoldPlan(
            None if self.review is None else self.review.by(calendar),
            None if self.expires is None else self.expires.by(calendar),
            self.descendants,
        )


@dataclass(frozen=True, slots=True)
class Action:
    """One conclusion of a rule: its kind, its subject, and its values by name.

    For `assert`, *fact_type* names the derived fact and *values* are its fields.
    """

    kind: str
    subject: Subject | None
    values: Mapping[str, Value]
    fact_type: str | None
    span: Span
    places: Mapping[str, Span] = field(default_factory=dict, compare=False)
    """Where each key of the action stands; for `assert`, where each field does."""
    case: CasePlan | None = None
    """Of `open_case`; what each function is asked is among the values, as `tasks.function`."""
    hold: HoldPlan | None = None
    """Of `hold`, where it says so."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One `when` -> `then`, with its priority, its place, and what it does about missing fields."""

    name: str
    title: str
    description: str
    ruleset: str
    priority: int
    enabled: bool
    on_missing: OnMissing
    on_missing_stated: bool
    patterns: tuple[Pattern, ...]
    short: bool
    actions: tuple[Action, ...]
    until: Expression | None
    tags: tuple[str, ...]
    span: Span
    places: Mapping[str, Span] = field(default_factory=dict, compare=False)
    """Where each key of the rule stands."""
    is_whole: bool = True
    """Whether all of it could be read; checks across rules leave the others out."""
    table: Table | None = None
    """The decision table of a `table` rule: its rows say which actions are taken, and with which values."""
    at_most: Length | None = None
    """How long after it fired it does not fire again for the same."""
    for_each: Expression | None = None
    """What that is, if not the key of its first fact."""

    @property
    def steps(self) -> tuple[int, ...]:
        """Return the positions of the patterns that are steps."""
        return tuple(at for at, pattern in enumerate(self.patterns) if pattern.step is not None)

    @property
    def start(self) -> Rule:
        """Return the rule up to its first step: itself, where it has none."""
        steps = self.steps
        return replace(self, patterns=self.patterns[: steps[0]]) if steps else self


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One YAML file of rules that belong together."""

    name: str
    title: str
    description: str
    owner: str
    effective_from: date | None
    effective_to: date | None
    parameters: Mapping[str, Any]
    rules: tuple[Rule, ...]
    span: Span
    places: Mapping[str, Span] = field(default_factory=dict, compare=False)
    """Where each key of the document stands, and each parameter as `parameters.name`."""
    calendar: str = ""
    """The calendar that is meant where a rule asks for none by name."""
    shelve_at_most: Wait | None = None
    """How long what its rules tell can be shelved at most."""
    lateness: Length | None = None
    """How late facts may come and still count in what its rules decide because time has passed."""


@dataclass(frozen=True, slots=True)
class System:
    """One system that posts facts, and the first words of the sources that belong to it."""

    name: str
    title: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FlowCheck:
    """One thing to look at in a flow: which, and its settings, in percent, by name."""

    name: str
    settings: Mapping[str, Decimal | int]
    span: Span
    places: Mapping[str, Span] = field(default_factory=dict, compare=False)
    """Where each key of it stands."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One of the four flows between ERP and MES: who sends which fact types to whom."""

    name: str
    title: str
    owner: str
    receiver: str
    facts: tuple[str, ...]
    span: Span
    sender: str = ""
    places: Mapping[str, Span] = field(default_factory=dict, compare=False)
    """Where each key of the flow stands, and each fact type as `facts.name`."""
    checks: tuple[FlowCheck, ...] = ()
    targets: tuple[str, ...] = ()
    """The targets of deliveries that its facts are passed on to."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder: how long after its begin, whom to tell, and what, where it says so itself."""

    after: Wait
    tell: tuple[str, ...]
    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Ladder:
    """Who is told, and when, as long as nobody answers; the last rung is climbed *times* more, *every* so often.

    Nothing is told later than *end* after the begin, where that is given.
    """

    name: str
    title: str
    rungs: tuple[Rung, ...]
    span: Span
    every: Wait | None = None
    times: int = 0
    end: Wait | None = None
    calendar: str = ""
    """The calendar by which its working time is counted."""
    places: Mapping[str, Span] = field(default_factory=dict, compare=False)
    """Where each key of the ladder stands."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature that a disposition needs: what it means, and the roles that may give it."""

    meaning: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disposition:
    """What can be decided about what is held: by which signatures, within which time, and whether it may then go on."""

    name: str
    title: str
    signatures: tuple[Signature, ...]
    releases: bool
    span: Span
    within: Wait | None = None
    """How long the first signature waits for the others; None for good."""
    calendar: str = ""
    places: Mapping[str, Span] = field(default_factory=dict, compare=False)
    """Where each key of it stands."""


@dataclass(frozen=True, slots=True)
class Documents:
    """Every rule document that is active together, as parsed: the compiler's input."""

    fact_types: Mapping[str, FactType] = field(default_factory=dict)
    rulesets: tuple[RuleSet, ...] = ()
    systems: Mapping[str, System] = field(default_factory=dict)
    flows: tuple[Flow, ...] = ()
    definitions: tuple[Definitions, ...] = ()
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    ladders: Mapping[str, Ladder] = field(default_factory=dict)
    dispositions: Mapping[str, Disposition] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    """File name -> text, of every document read: what the rule book's digest is made from."""
