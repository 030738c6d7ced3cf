"""A decision table as the keys of a definition: a table drawn with pipes, or lists where its texts do not let it be drawn."""

from __future__ import annotations

from typing import Any

from engine import feel
from engine.definitions.yaml_text import Rows
from engine.tables.model import HitPolicy, Table
from engine.written import Expression, Literal, Value

_UNNAMED = "=>"
_NOTES = "notes"
_WIDEST = 200
"""Characters of a line that is still drawn."""


def write_table(table: Table) -> dict[str, Any]:
    """Return the keys that say *table*; one without rows has nothing to say, and is null."""
    if not table.rows:
        return {"value": "= null"}
    inputs = [_line(column.expression) for column in table.inputs]
    outputs = [" ".join(column.name.split()) for column in table.outputs]
    notes = [" ".join(text.split()) or _NOTES for text in table.annotations]
    headings = [*inputs, *(f"=> {name}".rstrip() for name in outputs), *(f"# {text}" for text in notes)]
    lines = [
        [
            *("-" if test is None else _line(test) for test in row.tests),
            *(_cell(value) for value in row.outputs),
            *_padded([" ".join(text.split()) for text in row.annotations], len(notes)),
        ]
        for row in table.rows
    ]
    made: dict[str, Any] = {}
    if table.hit is not HitPolicy.UNIQUE or table.aggregation is not None:
        made["hit"] = f"{table.hit} {table.aggregation}" if table.aggregation else str(table.hit)
    made |= _drawn(headings, lines)
    allowed = {
        name: _line(column.allowed)
        for name, column in zip(inputs, table.inputs, strict=True)
        if column.allowed
    }
    defaults: dict[str, Any] = {}
    for name, column in zip(outputs, table.outputs, strict=True):
        if column.allowed is not None:
            allowed[name or _UNNAMED] = _line(column.allowed)
        if column.default is not None:
            defaults[name or _UNNAMED] = _plain(column.default)
    if allowed:
        made["allowed"] = allowed
    if defaults:
        made["default"] = defaults
    return made


def _drawn(headings: list[str], lines: list[list[str]]) -> dict[str, Any]:
    widths = [max(len(line[at]) for line in (headings, *lines)) for at in range(len(headings))]
    notes = [at for at, text in enumerate(headings) if text.startswith("# ")]
    # a quote in a note may pair with one further on, and hide the "|" between
    is_odd = any('"' in line[at] or "\\" in line[at] for line in lines for at in notes)
    if is_odd or any('"' in headings[at] for at in notes) or sum(widths) > _WIDEST:
        return {"columns": headings, "rows": Rows(lines)}
    drawn = [
        "| "
        + " | ".join(text.replace("|", r"\|").ljust(width) for text, width in zip(line, widths, strict=True))
        + " |"
        for line in (headings, *lines)
    ]
    return {"columns": "\n".join(drawn)}


def _line(expression: Expression) -> str:
    """Return FEEL on one line."""
    text = expression.text.strip()
    return feel.format_node(expression.node) if any(sign in text for sign in "\n\r\t") else text


def _cell(value: Value | None) -> str:
    if isinstance(value, Expression):
        return _line(value)
    if isinstance(value, Literal):
        found = value.value
        if isinstance(found, str):
            return feel.format_node(feel.ast.StringLiteral(0, 0, found))
        return (
            "null" if found is None else str(found).lower() if isinstance(found, bool) else format(found, "f")
        )
    return "-"


def _plain(value: Value) -> Any:
    return value.value if isinstance(value, Literal) and not isinstance(value.value, str) else _cell(value)


def _padded(texts: list[str], count: int) -> list[str]:
    return [*texts, *[""] * (count - len(texts))][:count]
