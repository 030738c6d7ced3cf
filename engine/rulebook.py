"""The rule book: compiled, immutable rules, indexed by what the matchers ask of them.

The compiler makes these values, matchers and sessions read them. A rule book is named by the digest of its texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from engine.calendars import NO_CALENDARS, Calendar, Calendars, Lapse, Periods
from engine.decisions import Fact
from engine.definitions.library import EMPTY, Library
from engine.diagnostics import Diagnostic
from engine.feel.types import FeelType
from engine.model import (
    CasePlan,
    Disposition,
    Expression,
    FactType,
    Flow,
    HoldPlan,
    Ladder,
    OnMissing,
    Pattern,
    Rule,
    RuleSet,
    System,
)
from engine.tables.sets import Spans

Data = dict[str, Any]
Condition = Callable[..., bool]
"""Takes the data of the facts it needs, the rule set's parameters, and the time of evaluation."""
Value = Callable[..., Any]
Key = tuple[Any, ...]
"""The key of a state fact: the values of its type's key fields, in order."""
Rows = tuple[int, ...]
"""A decision table's answer: the rows that hold by its hit policy, counted from 0, or one of the marks below."""
DEFAULT, UNDECIDED, REFUSED = -1, -2, -3
"""No row holds and the defaults do; a field is missing; the value of an input is not one of those allowed."""


class Place(StrEnum):
    """Who decides a part of a condition: an index by its constant, the fact by itself, an equality, or several facts together."""

    CONSTANT = "constant"
    OWN = "own"
    JOIN = "join"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Conjunct:
    """One part of a pattern's condition that must hold, and what it reads.

    *strict* takes the data of every pattern of the rule in order, parameters and time. *missing* are the paths of
    optional fields of the pattern's own fact that it compares, for rules that say what to do when one is missing.
    """

    strict: Condition
    missing: tuple[tuple[str, ...], ...]
    expression: Expression
    start: int
    end: int
    place: Place = Place.OTHERS


@dataclass(frozen=True, slots=True)
class Join:
    """An equality between a value of this pattern's fact and a value of another pattern's fact.

    The two key functions take the data of their one fact, parameters and time; their values are equal in FEEL
    exactly when they are equal and hash alike in Python. The fields are those that the two sides are, where they are no more.
    """

    own: Value
    own_text: str
    other: int
    other_key: Value
    other_text: str
    own_field: str | None = None
    other_field: str | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """What is kept of the facts in a window as they come and go: *name* of their *field*, of what is said of each, or of all.

    *says* takes a fact's data and time and gives what counts of it as a list of one, or None where the data is not of its types.
    """

    name: str
    field: str | None
    says: Callable[[Data, datetime], list[Any] | None] | None = None


@dataclass(frozen=True, slots=True)
class CompiledWindow:
    """A window of events: which go in, how they are kept apart, how long they stay, and what they must come to.

    Each counts for *within*, or with those of its shift or day, as *each* says; one of the two is None. *having* takes the data
    of the window's state, the parameters and the time. *quick*, where there is one, is the same, but takes what is in
    *running* from under "running" in that data, and how many facts there are from under "count", in place of computing it.
    """

    events: CompiledPattern
    per: tuple[str, ...]
    within: Lapse | None
    each: Periods | None
    at_end: bool
    """Whether *having* is looked at once, when the shift or day is over."""
    having: Condition
    quick: Condition | None
    running: tuple[Running, ...]
    told: tuple[int, ...]
    """The places in *running* of what its state tells under "told", for the conditions of later patterns."""
    is_kept: bool
    """Whether *quick* reads nothing else of the window than these and how many facts it has."""
    stays: bool
    """Whether its state is there while *having* is not true, since `until` says when a match ends."""
    wanes: bool
    """Whether *having* cannot come true by a fact that leaves."""
    until: Condition | None
    """The rule's `until` as of what its state tells, with the signature of that; None where nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The values of one own field that a pattern leaves room for, where its condition compares the field with constants.

    They are keys of one *line* (see engine.tables.sets), disjoint stretches of it. Where the field is missing, the pattern
    fits only *if_missing*. *read* takes the data and `now` and gives the field's value; None of numbers, which are as they came.
    """

    field: str
    line: str
    spans: Spans
    if_missing: bool
    read: Value | None
    places: tuple[tuple[int, int], ...]
    """Where the parts of the condition stand in it that say so."""


@dataclass(frozen=True, slots=True)
class CompiledPattern:
    """A pattern, split into what an index answers, what its own fact answers, and what needs other facts.

    *constants* maps fields to the values one of which each must have; *local* is the rest that reads the pattern's own
    fact only (data, parameters, time) and *local_text* names it, so that equal ones are shared; *bounds* is what *local*
    leaves of one field; *joins* are equalities with other patterns; *residual* is what is left, with the full signature.
    *conjuncts* are all parts, for the reference matcher. A conjunct that may be missing is held to be true in local where it is.
    """

    position: int
    alias: str
    fact_type: str
    negated: bool
    conjuncts: tuple[Conjunct, ...]
    constants: tuple[tuple[str, tuple[Any, ...]], ...]
    local: Condition | None
    local_text: str
    joins: tuple[Join, ...]
    residual: Condition | None
    reads: frozenset[int]
    """Positions of the other patterns whose facts *residual* reads."""
    where: Expression | None
    lasting: Lapse | None = None
    """How long what the fact answers alone must have held without a break, before the fact fits."""
    bounds: Bounds | None = None
    window: CompiledWindow | None = None
    """Of a window, whose *fact_type* is one of its own: the states of that type are its groups (see engine.windows)."""

    within: Lapse | None = None
    """Of a step, for how long the fact is waited for."""

    @property
    def admits(self) -> CompiledPattern:
        """Return the pattern that the facts which come are held against: this one, or that of the window's events."""
        return self if self.window is None else self.window.events


@dataclass(frozen=True, slots=True)
class CompiledAction:
    """One action, its constant values ready and the others as functions of (data of every pattern, parameters, time)."""

    kind: str
    index: int
    subject_type: str | None
    subject: Value | None
    constants: dict[str, Any]
    """Shared by every decision that computes nothing: never changed."""
    computed: tuple[tuple[str, Value], ...]
    reason: str | Value | None
    fact_type: str | None
    rows: Rows = ()
    """The rows of the rule's table it was filled in from, counted from 1."""
    case: CasePlan | None = None
    """Of `open_case`."""
    hold: HoldPlan | None = None
    """Of `hold`, where it says when it is reviewed or ends."""
    mark: str = field(init=False)
    """What tells it from the rule's other actions in ids."""

    def __post_init__(self) -> None:
        by = f"@{','.join(map(str, self.rows))}" if self.rows else ""
        object.__setattr__(self, "mark", f"{self.index}{by}\0")


@dataclass(frozen=True, slots=True, eq=False)
class RuleTable:
    """The decision table of a rule as it runs; its functions take the data of every pattern, parameters and time.

    *answer* gives the rows that hold, by index, and *answer_slowly* by trying each: () where the table says nothing,
    (DEFAULT,) where its defaults hold, (UNDECIDED,) where a field is missing and the rule says what then. *actions* gives
    what an answer does; *problem* says why the table, against its hit policy or the values it allows, has none, or "";
    *missing* are the optional fields that it reads, each with the position of its pattern.
    """

    answer: Callable[..., Rows]
    answer_slowly: Callable[..., Rows]
    actions: Callable[..., tuple[CompiledAction, ...]]
    problem: Callable[..., str]
    missing: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, eq=False)
class CompiledStep:
    """What a rule waits for: the first fact that fits *pattern* within a time, or, if *expected*, that none does.

    *rule* has two patterns: the event that carries what is bound so far, and the fact that is waited for.
    """

    rule: CompiledRule
    pattern: CompiledPattern
    within: Lapse
    expected: bool
    of_state: bool
    source: Pattern


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A rule from one step up to the next, as a rule of its own to the matchers, and the step that it leads to.

    After the first stage, the first pattern of *rule* is an event that carries the facts bound so far; its data has their data
    under "bound". Where *step* is None, the whole rule fires.
    """

    rule: CompiledRule
    step: CompiledStep | None


@dataclass(frozen=True, slots=True, eq=False)
class CompiledRule:
    """A rule as it runs. *ordinal* is its place in firing order: by priority, then file, then place in the file.

    What a firing reads comes first: it is then near in memory, which decides how fast a book of thousands of rules is.
    """

    table: RuleTable | None
    name: str
    is_plain: bool
    """Whether its own actions decide, on every day and without more ado, and change nothing for another rule."""
    parameters: Data
    aliases: tuple[str, ...]
    actions: tuple[CompiledAction, ...]
    """Those of the rule; of one with a table, what its rows fill in."""
    ruleset: str
    priority: int
    ordinal: int
    is_final: bool
    """Whether nothing it decides is a fact to another rule: no hold, no release, no case, no assert."""
    on_missing: OnMissing
    effective_from: date | None
    effective_to: date | None
    owner: str
    patterns: tuple[CompiledPattern, ...]
    positive: tuple[int, ...]
    event: int | None
    """Position of the event pattern, or None for a rule of states only."""
    until: Condition | None
    source: Rule
    window: int | None = None
    """Position of the pattern that is a window of events, if there is one."""
    calendars: Calendars = NO_CALENDARS
    """The calendars as its conditions and actions ask them."""
    stages: tuple[Stage, ...] = ()
    """Of a rule with steps: what stands before the first of them, and each with what follows it."""
    is_stage: bool = False
    """Whether it is one of these."""
    at_most: Lapse | None = None
    """How long after it fired it does not fire again for the same."""
    for_each: Value | None = None
    """What that is, of the data of its facts; by itself, the key of its first fact."""
    lateness: timedelta | None = None
    """How late facts may come and still count in what it decides because time has passed; None where nothing waits for them."""

    @property
    def quick_until(self) -> Condition | None:
        """Return `until` as it is asked of what a window tells, where that is kept; else as it is."""
        window = None if self.window is None else self.patterns[self.window].window
        return self.until if window is None or window.until is None else window.until

    def is_effective(self, now: datetime) -> bool:
        """Return whether the rule's set is in force on the day of *now*: from the first date up to the last, both included."""
        if self.effective_from is not None and now.date() < self.effective_from:
            return False
        return self.effective_to is None or now.date() <= self.effective_to


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class RuleBook:
    """The rule sets that are active together; *digest* (SHA-256, hex) names their content."""

    digest: str
    fact_types: Mapping[str, FactType]
    rulesets: tuple[RuleSet, ...]
    rules: tuple[CompiledRule, ...]
    systems: Mapping[str, System]
    flows: tuple[Flow, ...]
    warnings: tuple[Diagnostic, ...]
    sources: Mapping[str, str]
    records: Mapping[str, FeelType]
    """By fact type: the FEEL type of its data."""
    library: Library = EMPTY
    """What its definitions offer to conditions and actions."""
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    ladders: Mapping[str, Ladder] = field(default_factory=dict)
    dispositions: Mapping[str, Disposition] = field(default_factory=dict)

    @property
    def matched(self) -> tuple[CompiledRule, ...]:
        """Return the rules as matchers see them: of one with steps, each stage and each step that finds states."""
        found: list[CompiledRule] = []
        for rule in self.rules:
            if not rule.stages:
                found.append(rule)
            for at, stage in enumerate(rule.stages):
                if at == 0 or len(stage.rule.patterns) > 1:
                    found.append(stage.rule)
                if stage.step is not None and stage.step.expected and stage.step.of_state:
                    found.append(stage.step.rule)
        return tuple(found)

    def key_of(self, fact: Fact) -> Key:
        """Return the key of state fact *fact*; () for what carries the facts of a rule from step to step."""
        data = fact.data
        declared = self.fact_types.get(fact.type)
        if declared is None:  # the state of a window, or what is carried
            key: Key = data.get("key", ())
            return key
        if len(declared.key) == 1 and type(only := data.get(declared.key[0])) is str:  # as of most
            return (only,)
        return tuple([plain_key(data.get(name)) for name in declared.key])


def arguments_of(rule: CompiledRule, facts: Iterable[Fact | None], now: datetime) -> tuple[Any, ...]:
    """Return what functions compiled for *rule* are given: the data of *facts* in order, the parameters, and the time."""
    return (*(None if fact is None else fact.data for fact in facts), rule.parameters, now)


def plain_key(value: Any) -> Any:
    """Return *value* as keys and ids carry it: a whole number as an int, however it was written."""
    if type(value) is Decimal and value == value.to_integral_value():
        return int(value)
    return value


def is_missing(data: Data, path: tuple[str, ...]) -> bool:
    """Return whether the value at *path* is absent or null."""
    value: Any = data
    for name in path:
        if not isinstance(value, dict):
            return True
        value = value.get(name)
    return value is None
