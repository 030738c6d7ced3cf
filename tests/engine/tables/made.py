"""Tables as tests write them: headings and cells as text, over one record of facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine import feel
from engine.diagnostics import Span
from engine.feel import types as t
from engine.feel.scope import Scope
from engine.tables.compile import CompiledTable, compile_table
from engine.tables.model import Aggregation, HitPolicy, InputColumn, OutputColumn, Row, Table
from engine.written import Expression, Literal, Value

ANY_FACT = t.ContextType({name: t.Field(t.ANY) for name in "abc"}, open=True)
PARAMETERS = ("p0",)


def span(line: int = 1, column: int = 1) -> Span:
    """Return a place in the table's file."""
    return Span("plan.csv", line, column, line, column + 1)


def expression(text: str, line: int = 1, column: int = 1) -> Expression:
    """Return FEEL as a file has it."""
    return Expression(text, feel.parse(text), "plan.csv", ((0, line, column),))


def cell(text: str | None, line: int = 1, column: int = 1) -> Expression | None:
    """Return unary tests as a file has them; None and "-" are any value."""
    if text is None or text == "-":
        return None
    return Expression(text, feel.parse_unary_tests(text), "plan.csv", ((0, line, column),))


def output(value: Any, line: int = 1, column: int = 1) -> Value | None:
    """Return an output: FEEL where a text begins with "=", else the value; None is blank."""
    if value is None:
        return None
    if isinstance(value, str) and value.startswith("="):
        return expression(value[1:].strip(), line, column)
    return Literal(value, span(line, column))


def table(
    inputs: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    outputs: Sequence[str] = ("",),
    hit: HitPolicy = HitPolicy.UNIQUE,
    aggregation: Aggregation | None = None,
    allowed: Mapping[str, str] | None = None,
    default: Mapping[str, Any] | None = None,
) -> Table:
    """Return a table whose rows are input cells (as text) and then outputs; missing outputs are the row's number."""
    limits, defaults = allowed or {}, default or {}
    made = []
    for number, row in enumerate(rows, 1):
        line = number + 1
        given = row[len(inputs) :] or (number,) * len(outputs)
        made.append(
            Row(
                number,
                span(line),
                tuple(cell(text, line, at) for at, text in enumerate(row[: len(inputs)], 1)),
                tuple(output(value, line, at) for at, value in enumerate(given, len(inputs) + 1)),
                cells=tuple(span(line, at + 1) for at in range(len(inputs) + len(outputs))),
            )
        )
    return Table(
        "plan",
        hit,
        aggregation,
        tuple(
            InputColumn(expression(text, 1, at), span(1, at), allowed=cell(limits.get(text), 1, at))
            for at, text in enumerate(inputs, 1)
        ),
        tuple(
            OutputColumn(
                name, span(1, at), allowed=cell(limits.get(name), 1, at), default=output(defaults.get(name))
            )
            for at, name in enumerate(outputs, len(inputs) + 1)
        ),
        (),
        tuple(made),
        span(),
    )


def compiled(made: Table, record: t.ContextType = ANY_FACT) -> CompiledTable:
    """Return *made* compiled over the fields of one fact, which is `p0`."""
    return compile_table(made, Scope.fields("p0", record), PARAMETERS)
