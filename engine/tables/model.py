"""Decision tables as read: columns, rows and cells with their places, and how several hits become one answer.

Values only (DMN 1.5, clause 8.2): readers of YAML, CSV, XLSX and DMN files make them, checks and the compiler read them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from engine.diagnostics import Span
from engine.written import Expression, Value


class HitPolicy(StrEnum):
    """What the answer is when several rows hold (DMN 1.5, clause 8.2.8)."""

    UNIQUE = "unique"
    ANY = "any"
    FIRST = "first"
    PRIORITY = "priority"
    RULE_ORDER = "rule order"
    OUTPUT_ORDER = "output order"
    COLLECT = "collect"


class Aggregation(StrEnum):
    """What `collect` makes of its one output column; without one, a list."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class InputColumn:
    """What a column tests: an expression, and the tests its value must pass to be allowed at all (None: any value)."""

    expression: Expression
    span: Span
    label: str = ""
    allowed: Expression | None = None
    """Unary tests."""
    type_name: str = ""
    """The type a DMN file declares; empty where the expression tells."""


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """What a column says: the name of an output ("" for a single one without a name), what it may be, and the default.

    In a rule's table *name* is an action and its field, `route.to`.
    """

    name: str
    span: Span
    label: str = ""
    allowed: Expression | None = None
    """Unary tests; a list of values gives their priority, highest first."""
    default: Value | None = None
    type_name: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a test per input (None for `-`: any value), a value per output (None where blank), its annotations.

    *number* counts the rows of the table from 1, as its author does. *cells* has the place of each cell in the order of the
    columns: inputs, outputs, annotations.
    """

    number: int
    span: Span
    tests: tuple[Expression | None, ...]
    outputs: tuple[Value | None, ...]
    annotations: tuple[str, ...] = ()
    cells: tuple[Span, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table. *annotations* are the headings of the annotation columns."""

    name: str
    hit: HitPolicy
    aggregation: Aggregation | None
    inputs: tuple[InputColumn, ...]
    outputs: tuple[OutputColumn, ...]
    annotations: tuple[str, ...]
    rows: tuple[Row, ...]
    span: Span
    sheet: str = ""
    """The worksheet it stands on, where it comes from a workbook: line and column are row and column there."""
