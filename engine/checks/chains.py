"""Chains of rules through the facts they state and end: one that leads back to where it began is refused.

The graph is static. A rule leads to another where what it states can fit one of the other's patterns, or what it ends
can leave room for one of its `none`s. Constants that exclude each other break an edge.

A rule of an event fires for the event that is being settled, once for the same states. So it leads on from a rule that
states what it reads, where the two can see the same event; room for its `none` fires it no second time.
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
from engine.model import SUBJECTS, Action, Documents, Expression, Kind, Literal, Pattern, Rule, Value
from engine.scopes import record_type

_Parts = tuple[tuple[ast.Node, frozenset[str]], ...]

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""Given where constants are evaluated; what asks the time is not evaluated."""


@dataclass(frozen=True, slots=True)
class _Effect:
    """A fact that an action states or ends, as far as it is known beforehand."""

    fact_type: str
    constants: Mapping[str, Any]
    is_end: bool
    action: Action

    @property
    def word(self) -> str:
        return f"the end of a {self.fact_type}" if self.is_end else self.fact_type


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
            named += [edge.effect.word, f'"{rules[edge.to].name}"']
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
            if event is None or not pattern.negated:
                door = _Door(at, pattern, _parts_of(pattern.where), event)
                by_type.setdefault(pattern.fact_type, []).append(door)
    edges: list[list[_Edge]] = []
    # NOTE: every effect is held against every pattern on its fact type: 400 rules that assert one type and wait
    # for it take half a second, 4,000 of them 40.
    for rule, event in zip(rules, events, strict=True):
        leads: dict[int, _Edge] = {}
        for effect in _effects(documents, rule):
            for door in by_type.get(effect.fact_type, ()):
                if (
                    door.at not in leads
                    and _sets_off(documents, effect, door.pattern, door.parts)
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
    for pattern in rule.patterns:
        fact_type = documents.fact_types.get(pattern.fact_type)
        if fact_type is not None and fact_type.kind is Kind.EVENT and not pattern.negated:
            return pattern
    return None


def _effects(documents: Documents, rule: Rule) -> Iterator[_Effect]:
    for action in rule.actions:
        if action.kind == "assert" and action.fact_type is not None:
            fields = record_type(documents, action.fact_type).fields
            constants = {name: None for name in fields if name not in action.values}
            constants |= _constants(action.values)
            yield _Effect(action.fact_type, constants, False, action)
        elif action.kind in ("hold", "release") and action.subject is not None:
            kind = action.subject.type
            known: dict[str, Any] = {f"{subject}_id": None for subject in SUBJECTS if subject != kind}
            stated: dict[str, Value] = {
                "subject_id": action.subject.value,
                f"{kind}_id": action.subject.value,
            }
            if action.kind == "hold":
                stated |= {
                    name: action.values[name]
                    for name in ("reason", "inventory_status")
                    if name in action.values
                }
                known |= {"rule": rule.name}
            yield _Effect(
                "hold",
                {**known, **_constants(stated), "subject_type": kind},
                action.kind == "release",
                action,
            )


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


def _sets_off(documents: Documents, effect: _Effect, pattern: Pattern, parts: _Parts) -> bool:
    """Return whether *effect* can make *pattern* true that was not so before."""
    fits = _can_fit(effect.constants, parts)
    if effect.is_end:
        return pattern.negated and fits
    if not pattern.negated:
        return fits
    # stating a state again ends what it said before: room for a "none" that the new values do not fit
    fact_type = documents.fact_types.get(effect.fact_type)
    return fact_type is not None and fact_type.kind is Kind.STATE and effect.fact_type != "hold" and not fits


def _parts_of(where: Expression | None) -> _Parts:
    """Return the parts of *where* that single names and constants decide, with those names."""
    if where is None:
        return ()
    parts = ((part, feel.free_names(part)) for part in feel.conjuncts(where.node) if not _asks_time(part))
    return tuple(
        (part, frozenset(name for (name,) in names))
        for part, names in parts
        if all(len(name) == 1 for name in names)
    )


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
