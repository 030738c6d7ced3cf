"""Chains of rules through the facts they state: one that leads back to where it began is refused.

While one fact is settled, a rule fires once for the same facts. So rules can set each other off for ever only through
facts that are new each time round: the graph leads from a rule to those that read what it states. Constants that exclude
each other break an edge. A rule of an event fires for the event that is being settled, so it leads on only from rules
that can see the same event. What is released or resolved leads on to nothing here: one fact ends each hold and each case once at
most, and none that it has placed or opened itself, so these run out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine import feel
from engine.checks.clock import CLOCK
from engine.checks.contradictions import exclude_each_other
from engine.diagnostics import Diagnostic, error
from engine.feel import ast
from engine.filling import filled_fields
from engine.model import (
    SUBJECTS,
    Action,
    CasePlan,
    Documents,
    Expression,
    Kind,
    Literal,
    OnMissing,
    Pattern,
    Rule,
    Value,
)
from engine.rulebook import plain_key
from engine.scopes import record_type

_Parts = tuple[tuple[ast.Node, frozenset[str]], ...]

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""Given where constants are evaluated; what asks the time is not evaluated."""


@dataclass(frozen=True, slots=True)
class _Effect:
    """A fact that an action states, as far as it is known beforehand: FEEL values by field, None for those left out."""

    fact_type: str
    constants: Mapping[str, Any]
    action: Action


@dataclass(frozen=True, slots=True)
class _Edge:
    effect: _Effect
    to: int


def chains_end(documents: Documents) -> Iterator[Diagnostic]:
    """Yield one error for each knot of rules that set each other off for ever, naming the shortest way round."""
    rules = [
        rule for ruleset in documents.rulesets for rule in ruleset.rules if rule.enabled and rule.is_whole
    ]
    edges = _edges(documents, rules)
    for knot in _knots(edges):
        begin = min(knot, key=lambda at: rules[at].span)
        way = _shortest_way_round(edges, begin, knot)
        if not way:
            continue
        named = [f'"{rules[begin].name}"']
        for edge in way:
            named += [edge.effect.fact_type, f'"{rules[edge.to].name}"']
        message = f"these rules never end: {' -> '.join(named)}"
        fix = "add a condition that stops being true once the chain has run"
        yield error("endless-chain", way[0].effect.action.span, message, fix)


@dataclass(frozen=True, slots=True)
class _Door:
    """A pattern through which a rule can be set off; *event* is that of its rule."""

    at: int
    pattern: Pattern
    parts: _Parts
    event: Pattern | None


def _edges(documents: Documents, rules: list[Rule]) -> list[list[_Edge]]:
    by_type: dict[str, list[_Door]] = {}
    events = [_event_of(documents, rule) for rule in rules]
    asserted = {action.fact_type for rule in rules for action in rule.actions if action.fact_type is not None}
    for at, (rule, event) in enumerate(zip(rules, events, strict=True)):
        for pattern in rule.patterns:
            if not pattern.negated:
                door = _Door(at, pattern, _parts_of(documents, rule, pattern), event)
                by_type.setdefault(pattern.fact_type, []).append(door)
    edges: list[list[_Edge]] = []
    # NOTE: every effect is held against every pattern on its fact type: 400 rules that assert one type and wait
    # for it take half a second, 4,000 of them 40.
    for rule, event in zip(rules, events, strict=True):
        leads: dict[int, _Edge] = {}
        for effect in (*_effects(documents, rule), *_counted(documents, rule)):
            for door in by_type.get(effect.fact_type, ()):
                if (
                    door.at not in leads
                    and _can_fit(effect.constants, door.parts)
                    and _meet(event, door, asserted)
                ):
                    leads[door.at] = _Edge(effect, door.at)
        edges.append(list(leads.values()))
    return edges


def _meet(event: Pattern | None, door: _Door, asserted: Collection[str]) -> bool:
    """Return whether what a rule of *event* does can find the event of the rule behind *door* there."""
    if event is None or door.event is None or door.pattern is door.event:
        return True
    if event.fact_type in asserted or door.event.fact_type in asserted:
        return True
    return event.fact_type == door.event.fact_type and not exclude_each_other(event.where, door.event.where)


def _event_of(documents: Documents, rule: Rule) -> Pattern | None:
    if rule.steps:
        return None  # what sets it off in the end may come long after that event, or be none
    for pattern in rule.patterns:
        fact_type = documents.fact_types.get(pattern.fact_type)
        is_single = not pattern.negated and pattern.window is None
        if fact_type is not None and fact_type.kind is Kind.EVENT and is_single:
            return pattern
    return None


def _effects(documents: Documents, rule: Rule) -> Iterator[_Effect]:
    for action, filled in zip(rule.actions, filled_fields(rule), strict=True):
        if action.kind == "assert" and action.fact_type is not None:
            fields = record_type(documents, action.fact_type).fields
            known = {
                name: feel.to_feel(value, fields[name].type) if name in fields else value
                for name, value in _constants(action.values).items()
            }
            left_out = {name: None for name in fields if name not in action.values}
            yield _Effect(action.fact_type, _without(left_out | known, filled), action)
        elif action.kind == "suppress":
            yield _Effect(
                "shelved",
                _constants({"what": action.values["what"]}) if "what" in action.values else {},
                action,
            )
        elif action.kind == "open_case" and action.case is not None:
            yield from _of_case(rule, action, action.case, filled)
        elif action.kind == "hold" and (action.subject is None or not filled.isdisjoint(SUBJECTS)):
            yield _Effect("hold", {"rule": rule.name}, action)
        elif action.kind == "hold" and action.subject is not None:
            kind = action.subject.type
            known = {f"{subject}_id": None for subject in SUBJECTS if subject != kind}
            known |= {"rule": rule.name, "subject_type": kind}
            stated = _constants({"subject_id": action.subject.value, f"{kind}_id": action.subject.value})
            known |= {
                name: feel.to_text(plain_key(value)) for name, value in stated.items() if value is not None
            }
            told = (
                ("reason", "inventory_status")
                if rule.on_missing is not OnMissing.HOLD
                else ("inventory_status",)
            )
            known |= _constants({name: action.values[name] for name in told if name in action.values})
            yield _Effect("hold", _without(known, filled), action)


def _counted(documents: Documents, rule: Rule) -> Iterator[_Effect]:
    """Yield what *rule*, of an event, does to what it reads of the shelf: what it tells may be silenced, and is counted."""
    reads = any(pattern.fact_type == "shelved" and not pattern.negated for pattern in rule.patterns)
    if not reads or _event_of(documents, rule) is None:
        return
    for action in rule.actions:
        if action.kind in ("notify", "escalate"):
            yield _Effect("shelved", {"what": rule.name}, action)
        elif action.case is not None:
            for what in {rule.name: None, action.case.kind or rule.name: None}:
                yield _Effect("shelved", {"what": what}, action)


def _of_case(rule: Rule, action: Action, case: CasePlan, filled: frozenset[str]) -> Iterator[_Effect]:
    """Yield the case that *action* opens, or that it joins with a new count, and its tasks."""
    known: dict[str, Any] = {"kind": case.kind or rule.name}
    if action.subject is not None and filled.isdisjoint(SUBJECTS):
        known["subject_type"] = action.subject.type
    yield _Effect("case", known, action)
    for role in case.roles:
        yield _Effect("task", {**known, "role": role, "status": "open"}, action)


def _without(known: Mapping[str, Any], filled: Collection[str]) -> dict[str, Any]:
    """Return what is *known* but for what the rows of a table have *filled*, which differs from row to row."""
    return {name: value for name, value in known.items() if name not in filled}


def _constants(values: Mapping[str, Value]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Literal):
            found[name] = value.value
        elif isinstance(value, Expression):
            constant = feel.literal_value(value.node)
            if constant is not feel.NOT_LITERAL:
                found[name] = constant
    return found


def _parts_of(documents: Documents, rule: Rule, pattern: Pattern) -> _Parts:
    """Return the parts of *pattern*'s condition that its own fields and constants decide, with those fields.

    Where the rule acts on a missing field, a part that reads an optional one may hold in its absence, and decides nothing.
    """
    if pattern.where is None:
        return ()
    fields = record_type(documents, pattern.fact_type).fields
    lenient = rule.on_missing is not OnMissing.SKIP
    parts = []
    for part in feel.conjuncts(pattern.where.node):
        names = feel.free_names(part)
        if _asks_time(part) or any(len(name) != 1 for name in names):
            continue
        own = frozenset(name for (name,) in names)
        if not lenient or all(name in fields and fields[name].required for name in own):
            parts.append((part, own))
    return tuple(parts)


def _can_fit(constants: Mapping[str, Any], parts: _Parts) -> bool:
    """Return whether a fact with these constants may fit: no part that reads only them is untrue."""
    decided = (part for part, names in parts if names <= constants.keys())
    return all(feel.evaluate(part, constants, _NO_TIME) is True for part in decided)


def _asks_time(node: ast.Node) -> bool:
    return any(isinstance(found, ast.Name) and found.name in CLOCK for found in ast.walk(node))


def _knots(edges: list[list[_Edge]]) -> list[set[int]]:
    """Return the sets of rules that lead to each other (Tarjan 1972, without recursion), and rules that lead to themselves."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    knots: list[set[int]] = []
    for root in range(len(edges)):
        if root in order:
            continue
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        work = [(root, iter(edges[root]))]
        while work:
            at, following = work[-1]
            edge = next(following, None)
            if edge is not None:
                if edge.to not in order:
                    order[edge.to] = low[edge.to] = len(order)
                    stack.append(edge.to)
                    on_stack.add(edge.to)
                    work.append((edge.to, iter(edges[edge.to])))
                elif edge.to in on_stack:
                    low[at] = min(low[at], order[edge.to])
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[at])
            if low[at] == order[at]:
                knot: set[int] = set()
                while at not in knot:
                    member = stack.pop()
                    on_stack.discard(member)
                    knot.add(member)
                if len(knot) > 1 or any(edge.to == at for edge in edges[at]):
                    knots.append(knot)
    return knots


def _shortest_way_round(edges: list[list[_Edge]], begin: int, knot: set[int]) -> list[_Edge]:
    """Return the shortest way from *begin* back to itself within *knot*."""
    ways: list[tuple[int, list[_Edge]]] = [(begin, [])]
    seen: set[int] = set()
    for at, way in ways:
        for edge in edges[at]:
            if edge.to == begin:
                return [*way, edge]
            if edge.to in knot and edge.to not in seen:
                seen.add(edge.to)
                ways.append((edge.to, [*way, edge]))
    return []
