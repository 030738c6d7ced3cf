"""Which conditions came to null on a fact for another reason than a missing field: a division by zero, a text that is no date.

DMN asks that such a null be told. Compiled conditions are silent, so what types cannot rule out is looked at here: first
whether anything came to null, and only then, part by part, why. Rules that cannot warn cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from engine import feel
from engine.decisions import Fact, Warned
from engine.definitions.library import Library
from engine.feel import Node, Risk, Scope, Variable
from engine.feel.builtins.shifts import CALENDARS
from engine.matching.index import ConstantIndex
from engine.model import Expression
from engine.rulebook import CompiledPattern, CompiledRule, Data, RuleBook
from engine.scopes import type_of_value


class Doubts:
    """The conditions of a book that can come to null by themselves, found by the facts they concern."""

    __slots__ = ("_plans",)

    def __init__(self, book: RuleBook) -> None:
        self._plans = _plans_of(book)

    @property
    def types(self) -> Set[str]:
        """Return the types of the facts that there may be something to tell of."""
        return self._plans.keys()

    def of(self, fact: Fact, now: datetime) -> tuple[Warned, ...]:
        """Return what came to null by itself in the conditions that read *fact* alone, rule by rule in firing order.

        A rule counts only where *fact* carries its constants, no other part of its condition is false, and the rule set is
        in force.
        """
        index = self._plans.get(fact.type)
        if index is None or fact.op != "assert":
            return ()
        found = [plan for plan in index.find(fact.data) if plan.may_warn(fact.data, now)]
        return tuple(
            warned for plan in sorted(found, key=lambda one: one.order) for warned in plan.warned(fact, now)
        )


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A part of a condition, or an input of the rule's table, that can come to null by itself, and what in it can."""

    expression: Expression
    node: Node
    risks: tuple[Risk, ...]
    decides: bool
    """Whether the rule is out of the question where it is false."""


class _Plan:
    """What to look at in one pattern of one rule."""

    __slots__ = (
        "_library",
        "_others",
        "_pattern",
        "_pool",
        "_probes",
        "_record",
        "_rule",
        "_scope",
        "_suspects",
        "order",
    )

    def __init__(
        self,
        rule: CompiledRule,
        pattern: CompiledPattern,
        record: feel.FeelType,
        pool: feel.FunctionPool,
        *,
        library: Library,
    ) -> None:
        self.order = (rule.ordinal, pattern.position)
        self._rule = rule
        self._pattern = pattern
        self._record = record
        self._pool = pool
        self._library = library
        self._scope = library.scope.child(_scope(rule, pattern, record))
        found = [
            _Suspect(expression, node, feel.risks(node, self._scope), decides)
            for expression, node, decides in (*_conjuncts(pattern), *_inputs(rule))
            if self._reads_own(node)
        ]
        self._suspects = tuple(suspect for suspect in found if suspect.risks)
        # compiled when a fact first comes near: most rules of a large book are far from most facts
        self._probes: tuple[Callable[..., Any], ...] | None = None
        self._others: tuple[Callable[..., Any], ...] | None = None

    def __bool__(self) -> bool:
        return bool(self._suspects)

    def _reads_own(self, node: Node) -> bool:
        """Return whether *node* reads this pattern's fact alone: what it reads of others is known with a match only."""
        record = self._record
        own = record.fields if isinstance(record, feel.ContextType) else {}
        earlier = self._rule.patterns[: self._pattern.position]
        others = {p.alias for p in earlier if p.alias != self._pattern.alias}
        return not any(path[0] in others and path[0] not in own for path in feel.free_names(node))

    def _compiled(self, nodes: Iterable[Node]) -> tuple[Callable[..., Any], ...]:
        return tuple(
            feel.compile_value(node, self._scope, ("d", "parameters_"), self._pool)
            for node in dict.fromkeys(nodes)
        )

    def may_warn(self, data: Data, now: datetime) -> bool:
        """Return whether something may have come to null, and nothing says that the rule does not concern the fact."""
        parameters = self._rule.parameters
        if self._probes is None:
            risks = [risk for suspect in self._suspects for risk in suspect.risks]
            # what stands in a loop cannot be asked for by itself: then nothing is, and a walk tells
            hidden = any(risk.hidden for risk in risks)
            self._probes = () if hidden else self._compiled(risk.node for risk in risks)
        probes = self._probes
        if probes and all(probe(data, parameters, now) is not None for probe in probes):
            return False
        if not self._rule.is_effective(now):
            return False
        if self._others is None:
            suspected = {id(suspect.node) for suspect in self._suspects}
            self._others = self._compiled(
                node
                for _, node, _ in _conjuncts(self._pattern)
                if id(node) not in suspected and self._reads_own(node)
            )
        return all(other(data, parameters, now) is not False for other in self._others)

    def warned(self, fact: Fact, now: datetime) -> list[Warned]:
        """Return what came to null by itself in this pattern's condition, or in the rule's table, for *fact*."""
        found = []
        mine = _environment(self._rule, self._pattern, self._record, fact)
        env = {**self._library.values(now), **mine}
        for suspect in self._suspects:
            told: list[feel.Doubt] = []
            value = feel.evaluate(suspect.node, env, now, warnings=told)
            if suspect.decides and value is False:
                return []  # the rule is decided, whatever else is not
            for doubt in told:
                if any(_covers(risk, doubt) for risk in suspect.risks):
                    place = str(suspect.expression.span(doubt.start, doubt.end))
                    found.append(Warned(self._rule.name, place, doubt.text, doubt.code, doubt.message))
        return found


def _covers(risk: Risk, doubt: feel.Doubt) -> bool:
    """Return whether types leave room for *doubt*: a walk knows no optional fields, and tells of each that is not there."""
    start, end = risk.node.start, risk.node.end
    return (
        start <= doubt.start and doubt.end <= end if risk.hidden else (start, end) == (doubt.start, doubt.end)
    )


_Part = tuple[Expression, Node, bool]
"""Where a part is written, the part, and whether it decides."""


def _conjuncts(pattern: CompiledPattern) -> list[_Part]:
    where = pattern.where
    return [] if where is None else [(where, node, True) for node in feel.conjuncts(where.node)]


def _inputs(rule: CompiledRule) -> list[_Part]:
    """Return the inputs of the rule's table, where its one fact is all that has to be there for them to be asked."""
    table = rule.source.table
    if table is None or len(rule.patterns) > 1:
        return []
    return [(column.expression, column.expression.node, False) for column in table.inputs]


def _plans_of(book: RuleBook) -> dict[str, ConstantIndex[_Plan]]:
    """Return the plans for the facts of each type that a condition can warn of, by the constants they ask for."""
    found = _PLANS.get(book)
    if found is None:
        found = _PLANS[book] = {}
        pool = feel.FunctionPool()
        for rule in book.rules:
            for pattern in (written.admits for written in rule.patterns):
                record = book.records[pattern.fact_type]
                plan = None if pattern.negated else _Plan(rule, pattern, record, pool, library=book.library)
                if plan:
                    found.setdefault(pattern.fact_type, ConstantIndex()).add(pattern.constants, plan)
    return found


_PLANS: WeakKeyDictionary[RuleBook, dict[str, ConstantIndex[_Plan]]] = WeakKeyDictionary()
"""Kept from one session to the next of the same book, and no longer than the book."""


def _scope(rule: CompiledRule, pattern: CompiledPattern, record: feel.FeelType) -> Scope:
    own = record if isinstance(record, feel.ContextType) else feel.ContextType({}, open=True)
    parameters = Variable(type_of_value(rule.parameters), "parameters_")
    variables = {"parameters": parameters, pattern.alias: Variable(own, "d")}
    outer = Scope(variables, bound={CALENDARS: rule.calendars})
    return outer.child(Scope.fields("d", own))


def _environment(
    rule: CompiledRule, pattern: CompiledPattern, record: feel.FeelType, fact: Fact
) -> dict[str, Any]:
    mine = feel.to_feel(fact.data, record)
    declared = record.fields if isinstance(record, feel.ContextType) else {}
    env: dict[str, Any] = {CALENDARS: rule.calendars, "parameters": rule.parameters, pattern.alias: mine}
    env.update(dict.fromkeys(declared))
    env.update(mine)
    return env
