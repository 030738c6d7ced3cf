"""Hit policies: from the rows that hold to one answer (DMN 1.5, 8.2.8 and 8.2.11).

Takes row numbers and a function that gives a row's outputs; a policy that is broken gives no answer and a text that says
which rows broke it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.feel import Node, ast, numbers, runtime
from engine.tables.cells import cell_of
from engine.tables.compile import CompiledTable
from engine.tables.model import Aggregation, HitPolicy, OutputColumn, Table

Outputs = tuple[Any, ...]

MULTIPLE = frozenset({HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER, HitPolicy.COLLECT})
"""Policies whose answer is a list."""

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Settled:
    """What a table answers: the rows it rests on in the order of the answer, their outputs, and the FEEL value.

    Where no row holds and there are defaults, *rows* is empty and *values* has the defaults. A *problem* makes the value
    null.
    """

    rows: tuple[int, ...]
    values: tuple[Outputs, ...]
    value: Any
    problem: str = ""


def settle(
    table: Table | CompiledTable,
    rows: Sequence[int],
    outputs: Callable[[int], Outputs],
    *,
    defaults: Callable[[], Outputs] | None = None,
    refusal: str = "",
) -> Settled:
    """Return the answer of *table* where *rows* hold (from 0, ascending) and *outputs* gives the outputs of a row.

    *defaults* gives the outputs where no row holds; *refusal* says why none may. Outputs are asked for once per row, and
    only of rows that the policy looks at.
    """
    table = table.table if isinstance(table, CompiledTable) else table
    if refusal:
        return Settled((), (), None, refusal)
    if not rows:
        return _unanswered(table, defaults)
    match table.hit:
        case HitPolicy.UNIQUE if len(rows) > 1:
            return _broken(table, rows, 'hit policy "unique" lets one row hold')
        case HitPolicy.UNIQUE | HitPolicy.FIRST:
            return _one(table, rows[0], outputs(rows[0]))
        case HitPolicy.ANY:
            found = [outputs(row) for row in rows]
            for row, other in zip(rows[1:], found[1:], strict=True):
                if not _same(found[0], other):
                    wrong = (rows[0], row)
                    return _broken(table, wrong, 'hit policy "any" asks for the same outputs of every row')
            return _one(table, rows[0], found[0])
        case HitPolicy.PRIORITY:
            ranked = _ranked(table, [(row, outputs(row)) for row in rows])
            return _one(table, *ranked[0])
        case HitPolicy.OUTPUT_ORDER:
            return _list(table, _ranked(table, [(row, outputs(row)) for row in rows]))
        case HitPolicy.COLLECT if table.aggregation is not None:
            return _collected(table, rows, [outputs(row) for row in rows], table.aggregation)
        case _:
            return _list(table, [(row, outputs(row)) for row in rows])


def value_of(table: Table, outputs: Outputs) -> Any:
    """Return the FEEL value of one row's outputs: the value itself, or a context where there are several."""
    if len(table.outputs) == 1:
        return outputs[0]
    return {column.name: value for column, value in zip(table.outputs, outputs, strict=True)}


def _unanswered(table: Table, defaults: Callable[[], Outputs] | None) -> Settled:
    if defaults is None or all(column.default is None for column in table.outputs):
        # the number of outputs is known where there is none; everything else is null (DMN 1.5, 8.2.11)
        count = 0 if table.aggregation is Aggregation.COUNT else None
        return Settled((), (), count)
    found = defaults()
    value = value_of(table, found)
    is_list = table.hit in MULTIPLE and table.aggregation is None
    return Settled((), (found,), [value] if is_list and type(value) is not list else value)


def _one(table: Table, row: int, outputs: Outputs) -> Settled:
    return Settled((row,), (outputs,), value_of(table, outputs))


def _list(table: Table, found: Sequence[tuple[int, Outputs]]) -> Settled:
    rows, values = tuple(row for row, _ in found), tuple(outputs for _, outputs in found)
    return Settled(rows, values, [value_of(table, outputs) for outputs in values])


def _broken(table: Table, rows: Sequence[int], why: str) -> Settled:
    named = [str(table.rows[row].number) for row in rows[:_NAMED]]
    if len(rows) > _NAMED:
        said = f"rows {', '.join(named)} and {len(rows) - _NAMED} more hold"
    elif len(rows) > 1:
        said = f"rows {', '.join(named[:-1])} and {named[-1]} hold"
    else:
        said = f"row {named[0]} holds"
    return Settled((), (), None, f"{said}, and {why}")


def _same(a: Outputs, b: Outputs) -> bool:
    return all(runtime.equal(x, y) is True for x, y in zip(a, b, strict=True))


def _ranked(table: Table, found: Sequence[tuple[int, Outputs]]) -> list[tuple[int, Outputs]]:
    """Return rows by the places of their outputs among the allowed values, column by column from the left.

    Outputs in no place come last; rows alike keep their order.
    """
    ranks = [_ranks(column) for column in table.outputs]

    def place(one: tuple[int, Outputs]) -> tuple[int, ...]:
        return tuple(rank(value) for rank, value in zip(ranks, one[1], strict=True))

    return sorted(found, key=place)


def _ranks(column: OutputColumn) -> Callable[[Any], int]:
    """Return the function that gives a value's place among the allowed values of *column*, the first being 0."""
    if column.allowed is None:
        return lambda _: 0
    node = column.allowed.node
    tests: tuple[Node, ...] = node.tests if isinstance(node, ast.UnaryTests) else (node,)
    cells = [cell_of(ast.UnaryTests(test.start, test.end, (test,), negated=False)) for test in tests]

    def rank(value: Any) -> int:
        for at, cell in enumerate(cells):
            if cell is not None and cell.takes(value):
                return at
        return len(cells)

    return rank


def _collected(
    table: Table, rows: Sequence[int], found: Sequence[Outputs], aggregation: Aggregation
) -> Settled:
    if aggregation is Aggregation.COUNT:
        return Settled(tuple(rows), tuple(found), len(found))
    made: list[Any] = []
    for at, column in enumerate(table.outputs):
        values = [outputs[at] for outputs in found]
        result = _aggregated(aggregation, values)
        if result is None:
            named = f'"{column.name}"' if column.name else "the outputs"
            return _broken(table, rows, f"{named} cannot be combined by {aggregation}")
        made.append(result)
    return Settled(tuple(rows), tuple(found), value_of(table, tuple(made)))


def _aggregated(aggregation: Aggregation, values: list[Any]) -> Any:
    """Return the sum, the least or the greatest of *values*; None where they have none."""
    total = values[0]
    if aggregation is Aggregation.SUM and not numbers.is_number(total):
        return None
    for value in values[1:]:
        if aggregation is Aggregation.SUM:
            total = numbers.add(total, value) if numbers.is_number(value) else None
            if total is None:
                return None
            continue
        order = runtime.order(value, total)
        if order is None:
            return None
        if (order < 0) if aggregation is Aggregation.MIN else (order > 0):
            total = value
    return total if runtime.order(total, total) == 0 else None
