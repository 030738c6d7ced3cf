"""Decision tables as bodies: which rows hold, and what the hit policy makes of them (DMN 1.5, clause 8.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.definitions.leaves import PARAMETERS, Built, Leaves, variable
from engine.definitions.running import Env, Run
from engine.feel import types as t
from engine.feel.builtins.registry import type_of_value
from engine.feel.scope import Scope
from engine.feel.text import to_text
from engine.tables.compile import compile_table
from engine.tables.hits import MULTIPLE, settle
from engine.tables.model import Aggregation, InputColumn, Row, Table
from engine.tables.naming import name_cell
from engine.written import Literal, Text, Value

Rows = Callable[[Env, Run], tuple[Sequence[int], str]]
"""Which rows hold, in order, or why none may."""


def build_table(table: Table, scope: Scope, leaves: Leaves) -> Built:
    """Return *table* ready to run: its one output, or a context of its outputs; a list where the policy gives several."""
    leaves.table(table, scope)
    rows = _walked_rows(table, scope, leaves) if leaves.is_walked else _indexed_rows(table, scope, leaves)
    read = _Outputs(table, scope, leaves)
    cells = [tuple(read.cell(row, at) for at in range(len(row.outputs))) for row in table.rows]
    others = tuple(read.value(column.default, "") for column in table.outputs)

    def run_table(env: Env, run: Run) -> Any:
        run.steps.charge()
        held, refusal = rows(env, run)
        run.steps.charge(len(held))
        settled = settle(
            table,
            held,
            lambda row: tuple([cell.run(env, run) for cell in cells[row]]),
            defaults=lambda: tuple([cell.run(env, run) for cell in others]),
            refusal=refusal,
        )
        if settled.problem:
            run.warn(f'the table "{table.name}" has no answer: {settled.problem}', table.span)
        return settled.value

    return Built(run_table, _type_of(table, [*cells, others]))


def _type_of(table: Table, answers: Sequence[tuple[Built, ...]]) -> t.FeelType:
    """Return the type of what *table* gives, from its output cells and defaults."""
    if table.aggregation in (Aggregation.COUNT, Aggregation.SUM):
        return t.NUMBER if len(table.outputs) == 1 or table.aggregation is Aggregation.COUNT else t.ANY
    if table.aggregation is not None:
        return t.ANY
    kinds = [
        t.join_all(tuple(answer[at].type for answer in answers if at < len(answer)))
        for at in range(len(table.outputs))
    ]
    one: t.FeelType = t.ANY
    if len(kinds) == 1:
        one = kinds[0]
    elif kinds:
        fields = {column.name: t.Field(kind) for column, kind in zip(table.outputs, kinds, strict=True)}
        one = t.ContextType(fields, title=table.name)
    if table.hit not in MULTIPLE:
        return one
    # one default that is a list is the whole answer
    return t.ANY if isinstance(one, t.Any_ | t.ListType) else t.ListType(one)


class _Outputs:
    """Builds the values of output cells; those that say the same are built once."""

    def __init__(self, table: Table, scope: Scope, leaves: Leaves) -> None:
        self._table = table
        self._scope = scope
        self._leaves = leaves
        self._known: dict[str, Built] = {}

    def cell(self, row: Row, at: int) -> Built:
        """Return the output number *at* (from 0) of *row* ready to run."""
        said = ""
        if self._leaves.is_walked:
            said = f"{name_cell(self._table, row, len(self._table.inputs) + at)}: "
        return self.value(row.outputs[at], said)

    def value(self, value: Value | None, said: str) -> Built:
        """Return a value ready to run; a blank one is null."""
        if value is None:
            return Built(lambda env, run: None, t.NULL)  # noqa: ARG005 - the form of every closure
        if isinstance(value, Literal):
            constant = value.value
            return Built(lambda env, run: constant, type_of_value(constant))  # noqa: ARG005 - the same
        if isinstance(value, Text):
            return self._text(value, said)
        if said or value.text not in self._known:
            self._known[value.text] = self._leaves.build(value, self._scope, said)
        return self._known[value.text]

    def _text(self, value: Text, said: str) -> Built:
        parts = [part if isinstance(part, str) else self.value(part, said) for part in value.parts]

        def write(env: Env, run: Run) -> str:
            shown = (part if isinstance(part, str) else to_text(part.run(env, run)) for part in parts)
            return "".join(shown)

        return Built(write, t.STRING)


def _indexed_rows(table: Table, scope: Scope, leaves: Leaves) -> Rows:
    """Return the rows that hold as the table's index finds them."""
    compiled = compile_table(table, scope, PARAMETERS, leaves.pool)
    is_refusing = any(column.allowed is not None for column in table.inputs)

    def rows(env: Env, run: Run) -> tuple[Sequence[int], str]:
        held = compiled.rows(env, run.steps, run.now)
        if held or not is_refusing:
            return held, ""
        return held, compiled.refusal(env, run.steps, run.now)

    return rows


def _walked_rows(table: Table, scope: Scope, leaves: Leaves) -> Rows:
    """Return the rows that hold, found by walking every cell of every row."""
    columns: list[tuple[Built, Built | None, InputColumn]] = []
    tests: list[list[Built | None]] = []
    for at, column in enumerate(table.inputs):
        read = leaves.build(column.expression, scope)
        inner = scope.child({"?": variable("?", read.type)})
        allowed = None if column.allowed is None else leaves.build(column.allowed, inner)
        columns.append((read, allowed, column))
        tests.append(
            [
                None
                if (cell := row.tests[at]) is None
                else leaves.build(cell, inner, f"{name_cell(table, row, at)}: ")
                for row in table.rows
            ]
        )

    def rows(env: Env, run: Run) -> tuple[Sequence[int], str]:
        held = list(range(len(table.rows)))
        for (read, allowed, column), cells in zip(columns, tests, strict=True):
            value = read.run(env, run)
            bound = {**env, "?": value}
            if allowed is not None and allowed.run(bound, run) is not True:
                return (
                    (),
                    f"{column.label or column.expression.text} is {to_text(value)}, which is not allowed",
                )
            held = [at for at in held if (cell := cells[at]) is None or cell.run(bound, run) is True]
        return held, ""

    return rows
