"""Which conditions came to null on a fact for another reason than a missing field: a division by zero, a text that is no date.

DMN asks that such a null be told. Compiled conditions are silent, so what types cannot rule out is looked at here: first
whether anything came to null, and only then, part by part, why. Rules that cannot warn cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from engine import feel
from engine.decisions import Fact, Warned
from engine.feel import Node, Risk, Scope, Variable
from engine.matching.index import ConstantIndex
from engine.rulebook import CompiledPattern, CompiledRule, Data, RuleBook
from engine.scopes import type_of_value

_BOOKS = 8
"""Rule books whose plans are kept from one session to the next."""


class Doubts:
    """The conditions of a book that can come to null by themselves, found by the facts they concern."""

    __slots__ = ("_book", "_plans")

    def __init__(self, book: RuleBook) -> None:
        self._book = book
        self._plans: dict[str, ConstantIndex[_Plan] | None] = {}

    def of(self, fact: Fact, now: datetime) -> tuple[Warned, ...]:
        """Return what came to null by itself in the conditions that read *fact* alone, rule by rule in firing order.

        A rule counts only where *fact* carries its constants, no other part of its condition is false, and the rule set is
        in force.
        """
        try:
            index = self._plans[fact.type]
        except KeyError:
            index = self._plans[fact.type] = _index(self._book, fact.type)
        if index is None or fact.op != "assert":
            return ()
        found = [plan for plan in index.find(fact.data) if plan.may_warn(fact.data, now)]
        return tuple(
            warned for plan in sorted(found, key=lambda one: one.order) for warned in plan.warned(fact, now)
        )


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A part of a condition that can come to null by itself, and the functions that tell quickly whether it may have."""

    node: Node
    risks: tuple[Risk, ...]
    probes: tuple[Callable[..., Any], ...]
    """Of the data, parameters and time; none where only a walk tells."""


class _Plan:
    """What to look at in one pattern of one rule."""

    __slots__ = ("_others", "_pattern", "_pool", "_record", "_rule", "_scope", "_suspects", "order")

    def __init__(
        self, rule: CompiledRule, pattern: CompiledPattern, record: feel.FeelType, pool: feel.FunctionPool
    ) -> None:
        self.order = (rule.ordinal, pattern.position)
        self._rule = rule
        self._pattern = pattern
        self._record = record
        self._pool = pool
        self._scope = _scope(rule, pattern, record)
        own = [node for node in _conjuncts(pattern) if self._reads_own(node)]
        risks = [(node, feel.risks(node, self._scope)) for node in own]
        self._suspects = tuple(self._suspect(node, found) for node, found in risks if found)
        self._others: Sequence[Node] | Sequence[Callable[..., Any]] = [
            node for node, found in risks if not found
        ]

    def __bool__(self) -> bool:
        return bool(self._suspects)

    def _reads_own(self, node: Node) -> bool:
        """Return whether *node* reads this pattern's fact alone: what it reads of others is known with a match only."""
        record = self._record
        own = record.fields if isinstance(record, feel.ContextType) else {}
        others = {
            p.alias for p in self._rule.patterns[: self._pattern.position] if p.alias != self._pattern.alias
        }
        return not any(path[0] in others and path[0] not in own for path in feel.free_names(node))

    def _suspect(self, node: Node, risks: tuple[Risk, ...]) -> _Suspect:
        if any(risk.hidden for risk in risks):
            return _Suspect(node, risks, ())
        return _Suspect(
            node, risks, tuple(self._compiled(part) for part in dict.fromkeys(r.node for r in risks))
        )

    def _compiled(self, node: Node) -> Callable[..., Any]:
        return feel.compile_value(node, self._scope, ("d", "parameters_"), self._pool)

    def may_warn(self, data: Data, now: datetime) -> bool:
        """Return whether something may have come to null, and nothing says that the rule does not concern the fact."""
        parameters = self._rule.parameters
        if all(
            suspect.probes and all(probe(data, parameters, now) is not None for probe in suspect.probes)
            for suspect in self._suspects
        ):
            return False
        if not self._rule.is_effective(now):
            return False
        if any(isinstance(other, Node) for other in self._others):
            self._others = [self._compiled(other) for other in self._others if isinstance(other, Node)]
        return all(
            other(data, parameters, now) is not False for other in self._others if not isinstance(other, Node)
        )

    def warned(self, fact: Fact, now: datetime) -> list[Warned]:
        """Return what came to null by itself in this pattern's condition for *fact*."""
        where = self._pattern.where
        assert where is not None  # noqa: S101 - a pattern without a condition has no suspect
        found = []
        env = _environment(self._rule, self._pattern, self._record, fact)
        for suspect in self._suspects:
            told: list[feel.Doubt] = []
            if feel.evaluate(suspect.node, env, now, warnings=told) is False:
                return []  # the rule is decided, whatever else is not
            for doubt in told:
                if any(_covers(risk, doubt) for risk in suspect.risks):
                    place = str(where.span(doubt.start, doubt.end))
                    found.append(Warned(self._rule.name, place, doubt.text, doubt.code, doubt.message))
        return found


def _covers(risk: Risk, doubt: feel.Doubt) -> bool:
    """Return whether types leave room for *doubt*: a walk knows no optional fields, and tells of each that is not there."""
    start, end = risk.node.start, risk.node.end
    return (
        start <= doubt.start and doubt.end <= end if risk.hidden else (start, end) == (doubt.start, doubt.end)
    )


def _conjuncts(pattern: CompiledPattern) -> tuple[Node, ...]:
    return () if pattern.where is None else feel.conjuncts(pattern.where.node)


@lru_cache(maxsize=_BOOKS * 32)
def _index(book: RuleBook, fact_type: str) -> ConstantIndex[_Plan] | None:
    """Return the plans for the facts of a type by the constants they ask for, or None where no condition can warn."""
    pool = feel.FunctionPool()
    index: ConstantIndex[_Plan] = ConstantIndex()
    empty = True
    for rule in book.rules:
        for pattern in rule.patterns:
            if pattern.fact_type != fact_type or pattern.negated or pattern.where is None:
                continue
            plan = _Plan(rule, pattern, book.records[fact_type], pool)
            if plan:
                index.add(pattern.constants, plan)
                empty = False
    return None if empty else index


def _scope(rule: CompiledRule, pattern: CompiledPattern, record: feel.FeelType) -> Scope:
    own = record if isinstance(record, feel.ContextType) else feel.ContextType({}, open=True)
    parameters = Variable(type_of_value(rule.parameters), "parameters_")
    outer = Scope({"parameters": parameters, pattern.alias: Variable(own, "d")})
    return outer.child(Scope.fields("d", own))


def _environment(
    rule: CompiledRule, pattern: CompiledPattern, record: feel.FeelType, fact: Fact
) -> dict[str, Any]:
    mine = feel.to_feel(fact.data, record)
    declared = record.fields if isinstance(record, feel.ContextType) else {}
    env: dict[str, Any] = {"parameters": rule.parameters, pattern.alias: mine}
    env.update(dict.fromkeys(declared))
    env.update(mine)
    return env
