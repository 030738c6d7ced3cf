"""The decision table of a rule into functions: which rows answer for some facts, and what these rows do.

Rows are found by the index of engine.tables; the actions of a row are compiled when it first answers, because of ten thousand
rows few ever do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine import feel
from engine.compiler.actions import compile_action, compile_output
from engine.feel.reading import free_names
from engine.filling import Target, fill, targets
from engine.model import Documents, Literal, OnMissing, Rule, RuleSet, Value
from engine.rulebook import DEFAULT, REFUSED, UNDECIDED, CompiledAction, Rows, RuleTable, is_missing
from engine.scopes import action_scope, is_optional, record_type, signature
from engine.tables.compile import CompiledTable, compile_table
from engine.tables.hits import settle
from engine.tables.model import HitPolicy, Table

_BY_OUTPUTS = (HitPolicy.ANY, HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)
"""Policies that compare what rows say before they choose among them."""


def compile_rule_table(
    documents: Documents, ruleset: RuleSet, rule: Rule, pool: feel.FunctionPool
) -> RuleTable | None:
    """Return the table of *rule* as it runs, if it has one."""
    if rule.table is None:
        return None
    scope = action_scope(documents, ruleset, rule)
    compiled = compile_table(rule.table, scope, signature(rule), pool)
    fields = tuple(_optional_fields(documents, rule, column.expression.node) for column in rule.table.inputs)
    answering = _Answering(documents, ruleset, rule, rule.table, compiled, pool, fields, targets(rule))
    return RuleTable(
        answer=answering.answer,
        answer_slowly=answering.answer_slowly,
        actions=answering.actions,
        problem=answering.problem,
        missing=tuple(dict.fromkeys(one for read in fields for one in read)),
    )


_Fields = tuple[tuple[int, tuple[str, ...]], ...]
"""Fields, each with the position of its pattern."""


@dataclass(slots=True, eq=False)
class _Answering:
    documents: Documents
    ruleset: RuleSet
    rule: Rule
    table: Table
    compiled: CompiledTable
    pool: feel.FunctionPool
    fields: tuple[_Fields, ...]
    """By input: the optional fields that it reads."""
    targets: tuple[Target | None, ...]
    _outputs: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    _actions: dict[int, tuple[CompiledAction, ...]] = field(default_factory=dict)

    def answer(self, *arguments: Any) -> Rows:
        """Return the rows that answer, found by index."""
        return self._answer(self.compiled.rows(*arguments), arguments, self.compiled.could_hold)

    def answer_slowly(self, *arguments: Any) -> Rows:
        """Return the rows that answer, each of the table tried."""
        return self._answer(self.compiled.rows_slowly(*arguments), arguments, self.compiled.could_hold_slowly)

    def _answer(self, hits: Rows, arguments: tuple[Any, ...], could_hold: Callable[..., bool]) -> Rows:
        hit = self.table.hit
        if not hits:
            return self._without_hit(arguments, could_hold)
        if hit is HitPolicy.FIRST:
            return hits[:1]
        if len(hits) > 1 and hit in _BY_OUTPUTS:
            settled = settle(self.table, hits, lambda row: self._values(row, arguments))
            return hits if settled.problem else settled.rows
        return hits

    def _without_hit(self, arguments: tuple[Any, ...], could_hold: Callable[..., bool]) -> Rows:
        if self.compiled.refusal(*arguments):
            return (REFUSED,)
        if self.rule.on_missing is not OnMissing.SKIP:
            # a row that fails by what is there is out of the question, whatever is missing
            unknown = self._unknown(arguments)
            if unknown and could_hold(unknown, *arguments):
                return (UNDECIDED,)
        return (DEFAULT,) if any(column.default is not None for column in self.table.outputs) else ()

    def _unknown(self, arguments: tuple[Any, ...]) -> frozenset[int]:
        """Return the inputs that read a field which is missing."""
        return frozenset(
            at
            for at, fields in enumerate(self.fields)
            if any(
                arguments[position] is not None and is_missing(arguments[position], path)
                for position, path in fields
            )
        )

    def problem(self, rows: Rows, *arguments: Any) -> str:
        """Return why the table has no answer where *rows* hold, or ""."""
        if rows == (REFUSED,):
            return self.compiled.refusal(*arguments)
        if len(rows) < 2:
            return ""
        return settle(self.table, rows, lambda row: self._values(row, arguments)).problem

    def actions(self, rows: Rows, *arguments: Any) -> tuple[CompiledAction, ...]:
        """Return what the answer *rows* does: row by row, or once with the value that `collect` makes of them all."""
        if self.table.aggregation is not None and rows != (DEFAULT,):
            settled = settle(self.table, rows, lambda row: self._values(row, arguments))
            value = Literal(settled.value, self.table.span)
            return self._compiled((value,), (), tuple(row + 1 for row in rows))
        return tuple(action for row in rows for action in self._of(row))

    def _of(self, row: int) -> tuple[CompiledAction, ...]:
        found = self._actions.get(row)
        if found is None:
            if row == DEFAULT:
                found = self._compiled([column.default for column in self.table.outputs], (), ())
            else:
                said = self.table.rows[row]
                found = self._compiled(said.outputs, said.annotations, (said.number,))
            self._actions[row] = found
        return found

    def _compiled(
        self, outputs: Sequence[Value | None], annotations: Sequence[str], rows: Rows
    ) -> tuple[CompiledAction, ...]:
        """Return the actions that *outputs* fill in.

        What has no reason of its own has the row's annotations for one; what needs one has the rule's title where there are none.
        """
        made = []
        noted = "; ".join(text for text in annotations if text)
        for at, action in fill(self.rule, self.targets, outputs):
            filled = action
            needs = action.kind in ("hold", "release", "resolve_case")
            reason = noted or (needs and (self.rule.title or self.rule.name))
            if reason and action.fact_type is None and "reason" not in action.values:
                filled = replace(action, values={**action.values, "reason": Literal(reason, action.span)})
            compiled = compile_action(self.documents, self.ruleset, self.rule, at, self.pool, filled=filled)
            made.append(replace(compiled, rows=rows))
        return tuple(made)

    def _values(self, row: int, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return what *row* says, column by column; blanks are null."""
        compiled = self._outputs.get(row)
        if compiled is None:
            compiled = self._outputs[row] = tuple(
                None
                if value is None
                else compile_output(self.documents, self.ruleset, self.rule, value, self.pool)
                for value in self.table.rows[row].outputs
            )
        return tuple(value(*arguments) if callable(value) else value for value in compiled)


def _optional_fields(documents: Documents, rule: Rule, node: feel.Node) -> _Fields:
    """Return the optional fields that *node*, an input of *rule*'s table, reads."""
    aliases = {p.alias: (at, p.fact_type) for at, p in enumerate(rule.patterns) if not p.negated}
    own = record_type(documents, rule.patterns[0].fact_type)
    found: dict[tuple[int, tuple[str, ...]], None] = {}
    for path in sorted(free_names(node)):
        if path[0] in aliases and len(path) > 1 and not (rule.short and path[0] in own.fields):
            at, fact_type = aliases[path[0]]
            steps = path[1:]
        elif rule.short and (path[0] in own.fields or (own.open and path[0] != "parameters")):
            at, fact_type, steps = 0, rule.patterns[0].fact_type, path
        else:
            continue
        if is_optional(record_type(documents, fact_type), steps):
            found[at, steps] = None
    return tuple(found)
