"""Facts, decisions and outcomes: the values that pass through a session.

They are msgspec structs, because a session makes several for every fact and a struct costs a twentieth of a
dataclass (docs/decisions). Nothing here decides or stores.
"""

from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import msgspec

from engine.findings import FINDING

STATUSES = ("decided", "superseded", "conflict", "repeated", "void", "joined", "silenced")
"""What can have become of a decision."""

KINDS = (
    *("hold", "release", "route", "reprioritise", "escalate", "notify"),
    *("open_case", "resolve_case", "suppress", "assert"),
    *("ask", "answer", "sign", "pass_on"),
)
"""Kinds of decision: what rules make; what follows for cases and dispositions, and what flows pass on."""

EXCLUSIVE = MappingProxyType({"route": "to", "reprioritise": "priority"})
"""Kinds of which a subject can have one per outcome, and the value in which two of them can disagree."""


class Fact(msgspec.Struct, frozen=True, gc=False):
    """What a system or a person says happened or is so: a CloudEvents 1.0 envelope, admitted.

    *time* is aware and in UTC. *data* is plain JSON (numbers are int or Decimal) that fits the fact type's schema;
    a retraction's data need hold the key only. (source, id) is the fact's identity.
    """

    source: str
    id: str
    type: str
    time: datetime
    data: dict[str, Any]
    subject: str | None = None
    op: str = "assert"
    extensions: dict[str, Any] | None = None

    @property
    def identity(self) -> tuple[str, str]:
        """Return (source, id), which no two facts share."""
        return (self.source, self.id)


class FactRef(msgspec.Struct, frozen=True, gc=False):
    """A pointer to a fact a decision rests on, under the alias its rule gave it."""

    alias: str
    type: str
    source: str
    id: str


class Decision(msgspec.Struct, frozen=True, gc=False):
    """One conclusion about one subject: what was decided, by which rule of which rule book, on which facts.

    *id* is a hash of the rule, the action's place in it, and the facts: the same facts give the same id.
    *time* is the time of the fact that triggered it. *status* is "decided", or "superseded" (a more urgent
    decision of the same outcome on the same subject won) or "conflict" (two that contradict each other; neither is
    carried out), with the other decision's id in *settled_by*; "joined" (the case that is open already has it),
    "silenced" (nobody is told, and *reason* says why and until when), or "void"
    (it could not be carried out, and *reason* says why).
    """

    id: str
    kind: str
    subject_type: str
    subject_id: str
    rule: str
    ruleset: str
    rulebook: str
    time: datetime
    values: dict[str, Any]
    facts: tuple[FactRef, ...]
    action: int = 0
    priority: int = 0
    status: str = "decided"
    settled_by: str | None = None
    reason: str = ""
    rows: tuple[int, ...] = ()
    """Of a decision table: the rows it was decided by, counted from 1; none where its defaults were."""


class Missing(msgspec.Struct, frozen=True, gc=False):
    """A field that rules compare and the fact does not carry; *rules* could not be decided on it."""

    fact_type: str
    field: str
    rules: tuple[str, ...]


class Warned(msgspec.Struct, frozen=True, gc=False):
    """A part of a rule's condition that came to null on a fact by itself: where it stands, its text, and why.

    Or a window that a fact does not count in, for want of time or room; then the text is the window's alias. Or, where *rule* is
    "", a fact type of which this fact is taken in doubt.

    *code* is one of the codes under "While rules run" in docs/diagnostics.md.
    """

    rule: str
    place: str
    """file:line:column"""
    text: str
    code: str
    message: str


class Explanation(msgspec.Struct, frozen=True):
    """Why a decision was made: its rule and place, its facts, and the value of every part of its conditions."""

    decision: str
    rule: str
    ruleset: str
    rulebook: str
    place: str
    """file:line:column of the rule."""
    title: str
    facts: list[dict[str, Any]]
    conditions: list[Condition]
    values: dict[str, Any]
    missing: list[str]
    table: TableAnswer | None = None


class Condition(msgspec.Struct, frozen=True, omit_defaults=True):
    """One pattern's condition as it stood: text, place, value, and the values of its parts."""

    pattern: str
    text: str
    place: str
    value: Any
    parts: list[Part]
    warning: str = ""
    """Why it is null, where it came to null by itself."""
    found: str = ""
    """Where it asks for what is not there: in words, that there was none, and of what was expected, from when until when."""


class TableAnswer(msgspec.Struct, frozen=True):
    """How a decision table came to its answer: what it tested, and each row that it answered by."""

    name: str
    hit: str
    inputs: list[Part]
    rows: list[TableRow]


class TableRow(msgspec.Struct, frozen=True):
    """One row that held: its number, its place, each of its tests by heading, and its annotations by heading."""

    number: int
    place: str
    tests: dict[str, str]
    annotations: dict[str, str]


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """One sub-expression, its value, and its own parts."""

    text: str
    value: Any
    parts: list[Part]
    warning: str = ""
    """Why it is null, where it came to null by itself."""


ACCEPTED = "accepted"
STALE = "stale"
"""The status of a state fact that is older than the one held: it changed nothing."""


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What a session made of one fact: its decisions in firing order, derived facts, and what it could not decide.

    *status* is "accepted", or "stale" for a state fact older than the one held (it changed nothing).
    *cleared* names matches that stopped holding: the rule, and the types and keys of the states it rested on.
    """

    fact: Fact | None
    status: str
    decisions: tuple[Decision, ...] = ()
    derived: tuple[Fact, ...] = ()
    cleared: tuple[tuple[str, str], ...] = ()
    missing: tuple[Missing, ...] = ()
    warnings: tuple[Warned, ...] = ()
    fell_due: int = 0
    """How many of the decisions, the first ones, were made because time passed, each at the time at which it fell due."""

    @property
    def findings(self) -> tuple[Fact, ...]:
        """Return what the contracts of the flows found on the fact."""
        return tuple(fact for fact in self.derived if fact.type == FINDING) if self.derived else ()


def format_time(moment: datetime) -> str:
    """Return *moment* as RFC 3339 text in UTC, with microseconds only where there are some."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat().replace("+00:00", "Z")


def decision_to_json(decision: Decision) -> dict[str, Any]:
    """Return *decision* as the plain JSON object that the command line prints and the API answers."""
    plain: dict[str, Any] = {
        "id": decision.id,
        "kind": decision.kind,
        "subject": {"type": decision.subject_type, "id": decision.subject_id},
        "status": decision.status,
        "rule": decision.rule,
        "ruleset": decision.ruleset,
        "rulebook": decision.rulebook,
        "time": format_time(decision.time),
        "values": decision.values,
        "reason": decision.reason,
        "priority": decision.priority,
        "facts": [msgspec.structs.asdict(ref) for ref in decision.facts],
    }
    if decision.rows:
        plain["rows"] = list(decision.rows)
    if decision.settled_by is not None:
        plain["settled_by"] = decision.settled_by
    return plain
