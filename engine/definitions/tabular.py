"""Decision tables to the keys of a definitions document: drawn with pipes where every cell is one line, else as lists."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from engine.definitions.layout import Value
from engine.feel.text import quoted, string_of
from engine.tables.model import HitPolicy, Row, Table
from engine.written import Expression, Literal
from engine.written import Value as Written

UNNAMED = "=>"
"""What the document calls the one output without a name."""

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def table_keys(table: Table) -> dict[str, Value]:
    """Return *table* as the keys of a mapping; one without rows has none that say it, and is null."""
    if not table.rows:
        return {"value": "= null"}
    found: dict[str, Value] = {}
    if table.hit is not HitPolicy.UNIQUE or table.aggregation is not None:
        found["hit"] = f"{table.hit.value} {table.aggregation.value if table.aggregation else ''}".strip()
    headings = [_line(column.expression.text) for column in table.inputs]
    headings += [f"=> {column.name}".strip() for column in table.outputs]
    headings += [f"# {_line(heading) or 'note'}" for heading in table.annotations]
    rows = [_row(row, len(table.annotations)) for row in table.rows]
    if all(_is_drawable(cell) for line in (headings, *rows) for cell in line):
        found["columns"] = _drawn([headings, *rows])
    else:
        found["columns"] = headings
        found["rows"] = rows
    allowed = {_line(column.expression.text): column.allowed for column in table.inputs}
    allowed |= {column.name or UNNAMED: column.allowed for column in table.outputs}
    stated: Mapping[str, Value] = {name: tests.text for name, tests in allowed.items() if tests is not None}
    if stated:
        found["allowed"] = stated
    defaults = {column.name or UNNAMED: column.default for column in table.outputs}
    given: Mapping[str, Value] = {name: _feel(value) for name, value in defaults.items() if value is not None}
    if given:
        found["default"] = given
    return found


def _row(row: Row, annotated: int) -> list[str]:
    cells = ["-" if test is None else test.text.strip() for test in row.tests]
    cells += ["-" if value is None else _feel(value) for value in row.outputs]
    remarks = (*row.annotations, *[""] * annotated)[:annotated]
    return [*cells, *(remark.strip() for remark in remarks)]


def _feel(value: Written) -> str:
    if isinstance(value, Expression):
        return value.text.strip()
    if isinstance(value, Literal):
        return (string_of([value.value]) or "[null]")[1:-1]
    parts = [quoted(part) if isinstance(part, str) else f"string({part.text})" for part in value.parts]
    return f"string join([{', '.join(parts)}])"


def _line(text: str) -> str:
    """Return *text* on one line where its line breaks are only layout."""
    return text.strip() if _QUOTED.search(text) else " ".join(text.split())


def _is_drawable(cell: str) -> bool:
    bare = _QUOTED.sub("", cell)
    return (
        not any(sign in bare for sign in '|\\"')
        and "\n" not in cell
        and "\t" not in cell
        and "--" not in bare
    )


def _drawn(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    return "".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |\n"
        for line in lines
    )
