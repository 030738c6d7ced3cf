"""Tables to functions: facts in, the numbers of the rows that hold out.

Input expressions become one compiled function; cells of constants become sets, which the index is built from; other
cells are compiled when a look-up first needs them. Nothing here raises for any data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine import feel
from engine.feel import ast
from engine.feel.scope import Scope, Variable
from engine.feel.types import ANY, FunctionType
from engine.tables.cells import ANYTHING, MAKERS, Cell, cell_of
from engine.tables.index import build
from engine.tables.model import Table
from engine.tables.parts import Part, Rows
from engine.tables.sets import PLAIN, STRANGE, key_of
from engine.written import Expression

INPUT = "input_"
"""The Python parameter that carries `?` into a compiled cell; after the caller's own, before `now`."""

MOST_WITHOUT = 16
"""For how many sets of columns an index without them is kept; beyond that, every row is tried."""

_LONGEST = 60

Asked = tuple[Sequence[Any], tuple[Any, ...]]
"""The values of the inputs, and the arguments of the call: the parameters, then `now`."""


class CompiledTable:
    """A table ready to be asked: by the arguments its expressions read, or by the values of its inputs."""

    __slots__ = (
        "_allowed",
        "_cells",
        "_compiled",
        "_each",
        "_find",
        "_node",
        "_parameters",
        "_pool",
        "_read",
        "_scope",
        "_without",
        "table",
    )

    def __init__(
        self,
        table: Table,
        scope: Scope,
        parameters: Sequence[str],
        pool: feel.FunctionPool,
    ) -> None:
        self.table = table
        self._scope = scope.child({"?": Variable(ANY, INPUT, required=False)})
        self._parameters = (*parameters, INPUT)
        self._pool = pool
        self._compiled: dict[ast.Node, Callable[..., bool]] = {}
        expressions = tuple(column.expression.node for column in table.inputs)
        self._each = [feel.compile_value(node, scope, parameters, pool) for node in expressions]
        self._read = feel.compile_value(ast.ListLiteral(0, 0, expressions), scope, parameters, pool)
        hidden = frozenset(
            name
            for name in MAKERS
            if (variable := scope.lookup(name)) is not None and isinstance(variable.type, FunctionType)
        )
        made: dict[ast.Node, Cell | None] = {}

        def cell(expression: Expression | None) -> Cell | None:
            if expression is None:
                return ANYTHING
            if expression.node not in made:
                made[expression.node] = cell_of(expression.node, hidden)
            return made[expression.node]

        self._cells = [tuple(map(cell, row.tests)) for row in table.rows]
        self._allowed = [
            (at, cell(column.allowed), column.allowed)
            for at, column in enumerate(table.inputs)
            if column.allowed is not None
        ]
        self._node: Part = build(self._cells, len(table.inputs), self._untold)
        self._without: dict[frozenset[int], Part] = {}

    def rows(self, *arguments: Any) -> Rows:
        """Return the rows that hold (from 0, ascending) where *arguments* are the parameters' and then `now`.

        None holds where an input is not what its column allows: `refusal` says so.
        """
        values = self._read(*arguments)
        if values.__class__ is not list:
            values = [read(*arguments) for read in self._each]
        return self._look(values, arguments)

    def rows_of(self, values: Sequence[Any], *arguments: Any) -> Rows:
        """Return the rows that hold for *values* of the inputs; cells may read other names from *arguments*."""
        return self._look(values, arguments)

    def _look(self, values: Sequence[Any], arguments: tuple[Any, ...]) -> Rows:
        if self._allowed and self._refused(values, arguments) is not None:
            return ()
        keys = values
        for value in values:
            if value.__class__ not in PLAIN:
                keys = [key_of(value) for value in values]
                if any(key is STRANGE for key in keys):
                    return self._strange(values, arguments)
                break
        node = self._node
        if node.__class__ is tuple:
            return node
        try:
            return node.find(keys, (values, arguments))  # type: ignore[union-attr]
        except (ArithmeticError, TypeError):  # Decimal("NaN"), which no value of FEEL is
            return self._strange(values, arguments)

    def values(self, *arguments: Any) -> tuple[Any, ...]:
        """Return the values of the inputs."""
        return tuple(read(*arguments) for read in self._each)

    def refusal(self, *arguments: Any) -> str:
        """Return why no row can hold: an input that its column does not allow; "" where there is none."""
        return self.refusal_of(self.values(*arguments), *arguments)

    def refusal_of(self, values: Sequence[Any], *arguments: Any) -> str:
        """Return the same for *values* of the inputs."""
        at = self._refused(values, arguments)
        if at is None:
            return ""
        column = self.table.inputs[at]
        heading = column.label or column.expression.text
        allowed = "" if column.allowed is None else column.allowed.text
        return f"{heading} is {feel.to_text(values[at])[:_LONGEST]}, and allowed is {allowed[:_LONGEST]}"

    def rows_slowly(self, *arguments: Any) -> Rows:
        """Return what `rows` does, by trying every cell of every row: the reference for tests."""
        return self.rows_of_slowly(self.values(*arguments), *arguments)

    def rows_of_slowly(self, values: Sequence[Any], *arguments: Any) -> Rows:
        """Return what `rows_of` does, by trying every cell of every row."""
        allowed = ((column.allowed, value) for column, value in zip(self.table.inputs, values, strict=True))
        if not all(value is None or self._passes(tests, value, arguments) for tests, value in allowed):
            return ()
        return tuple(
            at
            for at, row in enumerate(self.table.rows)
            if all(
                self._passes(test, value, arguments) for test, value in zip(row.tests, values, strict=True)
            )
        )

    def could_hold(self, unknown: frozenset[int], *arguments: Any) -> bool:
        """Return whether a row holds but for its tests in the columns *unknown*, whatever these come to."""
        values = [None if at in unknown else value for at, value in enumerate(self.values(*arguments))]
        keys = [key_of(value) for value in values]
        part = self._without.get(unknown)
        if part is None and len(self._without) < MOST_WITHOUT:
            known = [
                [ANYTHING if at in unknown else cell for at, cell in enumerate(row)] for row in self._cells
            ]
            part = self._without[unknown] = build(known, len(self.table.inputs), self._untold)
        if part is None or any(key is STRANGE for key in keys):
            return self.could_hold_slowly(unknown, *arguments)
        return bool(part if part.__class__ is tuple else part.find(keys, (values, arguments)))  # type: ignore[union-attr]

    def could_hold_slowly(self, unknown: frozenset[int], *arguments: Any) -> bool:
        """Return what `could_hold` does, by trying every cell of every row."""
        values = self.values(*arguments)
        return any(
            all(
                at in unknown or self._passes(test, value, arguments)
                for at, (test, value) in enumerate(zip(row.tests, values, strict=True))
            )
            for row in self.table.rows
        )

    def _passes(self, expression: Expression | None, value: Any, arguments: tuple[Any, ...]) -> bool:
        return expression is None or self._test(expression)(*arguments[:-1], value, arguments[-1])

    def _test(self, expression: Expression) -> Callable[..., bool]:
        found = self._compiled.get(expression.node)
        if found is None:
            found = feel.compile_condition(expression.node, self._scope, self._parameters, self._pool)
            self._compiled[expression.node] = found
        return found

    def _untold(self, row: int, column: int, asked: Asked) -> bool:
        """Return whether a cell that has no set holds."""
        values, arguments = asked
        return self._passes(self.table.rows[row].tests[column], values[column], arguments)

    def _refused(self, values: Sequence[Any], arguments: tuple[Any, ...]) -> int | None:
        """Return the first column that does not allow its value; what is missing is for the rows to decide about."""
        for at, cell, expression in self._allowed:
            value = values[at]
            if value is not None and not (
                self._passes(expression, value, arguments) if cell is None else cell.takes(value)
            ):
                return at
        return None

    def _strange(self, values: Sequence[Any], arguments: tuple[Any, ...]) -> Rows:
        """Return the rows that hold where a value has no key, by trying every row; cells that are alike are tried once."""
        asked = (values, arguments)
        known: list[dict[int, bool]] = [{} for _ in values]

        def holds(row: int, column: int, cell: Cell | None) -> bool:
            if cell is None:
                return self._untold(row, column, asked)
            found = known[column].get(id(cell))
            if found is None:
                found = known[column][id(cell)] = cell.takes(values[column])
            return found

        return tuple(
            row
            for row, cells in enumerate(self._cells)
            if all(cell is ANYTHING or holds(row, column, cell) for column, cell in enumerate(cells))
        )


def compile_table(
    table: Table,
    scope: Scope,
    parameters: Sequence[str],
    pool: feel.FunctionPool | None = None,
) -> CompiledTable:
    """Return *table* ready to be asked, its names meaning what *scope* says."""
    return CompiledTable(table, scope, parameters, pool or feel.FunctionPool())
