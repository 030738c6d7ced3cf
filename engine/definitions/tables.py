"""Decision tables as bodies: which rows hold, and what the hit policy makes of them (DMN 1.5, clause 8.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.definitions.leaves import Built, Leaves, variable
from engine.definitions.running import Env, Run
from engine.feel import types as t
from engine.feel.scope import Scope
from engine.feel.text import to_text
from engine.tables.model import HitPolicy, Table
from engine.written import Expression, Literal, Text, Value

Rows = Callable[[Env, Run], "tuple[int, ...] | None"]
"""Which rows hold, in order; None where an input is not allowed."""


def build_table(table: Table, scope: Scope, leaves: Leaves) -> Built:
    """Return *table* ready to run: its one output, or a context of its outputs; a list where the policy gives several."""
    rows = _tried_rows(table, scope, leaves)
    outputs = [tuple(build_value(value, scope, leaves) for value in row.outputs) for row in table.rows]
    names = tuple(output.name for output in table.outputs)

    def run_table(env: Env, run: Run) -> Any:
        run.steps.charge()
        held = rows(env, run)
        if held is None:
            return None
        found = [tuple(cell.run(env, run) for cell in outputs[at]) for at in held]
        made = [one[0] if len(names) == 1 else dict(zip(names, one, strict=True)) for one in found]
        if table.hit in (HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER):
            return made
        return made[0] if made else None

    return Built(run_table)


def build_value(value: Value | None, scope: Scope, leaves: Leaves) -> Built:
    """Return an output cell ready to run; a blank one is null."""
    if value is None:
        return Built(lambda env, run: None, t.NULL)  # noqa: ARG005 - the form of every closure
    if isinstance(value, Literal):
        constant = value.value
        return Built(lambda env, run: constant)  # noqa: ARG005 - the form of every closure
    if isinstance(value, Expression):
        return leaves.build(value.node, scope)
    return _build_text(value, scope, leaves)


def _build_text(value: Text, scope: Scope, leaves: Leaves) -> Built:
    parts = [part if isinstance(part, str) else leaves.build(part.node, scope) for part in value.parts]

    def write(env: Env, run: Run) -> str:
        shown = (part if isinstance(part, str) else to_text(part.run(env, run)) for part in parts)
        return "".join(shown)

    return Built(write, t.STRING)


def _tried_rows(table: Table, scope: Scope, leaves: Leaves) -> Rows:
    """Return the rows that hold, found by trying every one."""
    columns = []
    tested: list[list[Any]] = []
    for at, column in enumerate(table.inputs):
        built = leaves.build(column.expression.node, scope)
        inner = scope.child({"?": variable("?", built.type)})
        allowed = None if column.allowed is None else leaves.build(column.allowed.node, inner)
        columns.append((built, allowed, column))
        cells = [row.tests[at] for row in table.rows]
        tested.append([None if cell is None else leaves.build(cell.node, inner) for cell in cells])

    def rows(env: Env, run: Run) -> tuple[int, ...] | None:
        held = list(range(len(table.rows)))
        for (built, allowed, column), cells in zip(columns, tested, strict=True):
            value = built.run(env, run)
            bound = {**env, "?": value}
            if allowed is not None and allowed.run(bound, run) is not True:
                run.warn(f"{column.expression.text.strip()} is not allowed: {to_text(value)}", column.span)
                return None
            run.steps.charge(len(held))
            held = [at for at in held if (cell := cells[at]) is None or cell.run(bound, run) is True]
        return tuple(held)

    return rows
