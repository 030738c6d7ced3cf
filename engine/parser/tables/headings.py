"""The first line of a table to its columns: inputs, then outputs from "=>" on, then annotations, which begin with "#"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from engine.diagnostics import did_you_mean
from engine.model import SUBJECTS, FactType
from engine.parser.actions import KINDS
from engine.parser.reader import Reader
from engine.parser.values import Spot
from engine.shapes.actions import ACTIONS
from engine.shapes.vocabulary import Record, Scalar
from engine.sheets import Cell, Grid
from engine.source import slice_places
from engine.tables.naming import name_place

ARROW = "=>"
FIELDS: Mapping[str, tuple[str, ...]] = {
    key.name: tuple(inner.name for inner in key.shape.keys if isinstance(inner.shape, Scalar))
    for key in ACTIONS.keys
    if isinstance(key.shape, Record)
}
"""By kind of action: what columns can say of it."""


class Column(Enum):
    """What a column is for."""

    INPUT = "input"
    OUTPUT = "output"
    ANNOTATION = "annotation"


@dataclass(frozen=True, slots=True)
class Heading:
    """A column as it is headed: its number from 1, what it is for, its text without the sign before it, and where that stands."""

    number: int
    use: Column
    text: str
    spot: Spot

    @property
    def action(self) -> tuple[str, str | None]:
        """The kind of action an output is for, and the fact type of an `assert`."""
        kind, _, rest = self.text.partition(".")
        return (kind, rest.partition(".")[0]) if kind == "assert" else (kind, None)

    @property
    def names_action(self) -> bool:
        """Whether it has the form of an output, with an arrow before it or not."""
        return self.action[0] in (*KINDS, "assert") and bool(self.field)

    @property
    def field(self) -> str:
        """What of its action an output says."""
        _, _, rest = self.text.partition(".")
        return rest.partition(".")[2] if self.text.startswith("assert.") else rest


def read_headings(reader: Reader, grid: Grid, fact_types: Mapping[str, FactType]) -> tuple[Heading, ...]:
    """Return the columns of the first line of *grid* in order; each fault in them is recorded."""
    found: list[Heading] = []
    use = Column.INPUT
    for number, cell in enumerate(grid.lines[0].cells, start=1):
        text, sign = cell.text, 0
        if text.startswith(ARROW):
            sign = len(ARROW)
            after, use = use, Column.OUTPUT
        elif text.startswith("#"):
            sign = 1
            after, use = use, Column.ANNOTATION
        else:
            after = use
        heading = Heading(number, use, *_without_sign(cell, sign, number, grid.sheet))
        found.append(heading)
        if cell.fault:
            reader.fault("table-cell", heading.spot.span, heading.spot.said + cell.fault, cell.fix)
            continue
        _check_order(reader, heading, after, is_signed=bool(sign))
        _check_text(reader, heading, fact_types)
    _check_kinds(reader, found)
    _check_repeats(reader, found)
    return tuple(found)


def _without_sign(cell: Cell, sign: int, number: int, sheet: str) -> tuple[str, Spot]:
    start = sign + len(cell.text[sign:]) - len(cell.text[sign:].lstrip())
    text = cell.text[start:]
    places = slice_places(cell.places, start, max(len(cell.text), start + 1))
    said = name_place(None, number, text, cell.span, sheet)
    return text, Spot(cell.span.file, places, cell.span, f"{said}: ")


def _check_order(reader: Reader, heading: Heading, after: Column, *, is_signed: bool) -> None:
    if after is Column.ANNOTATION and not (is_signed and heading.use is Column.ANNOTATION):
        message = f"{heading.spot.said}it stands behind an annotation"
        fix = 'put columns that begin with "#" last; each of them begins with it'
        reader.fault("table-heading", heading.spot.span, message, fix)


def _check_text(reader: Reader, heading: Heading, fact_types: Mapping[str, FactType]) -> None:
    if not heading.text:
        fix = {
            Column.INPUT: "write a FEEL expression, such as the name of a field",
            Column.OUTPUT: 'write an action and its field, such as "=> route.to"',
            Column.ANNOTATION: 'write what the column tells, such as "# why"',
        }[heading.use]
        reader.fault("table-heading", heading.spot.span, f"{heading.spot.said}it has no heading", fix)
    elif heading.use is Column.OUTPUT:
        _check_output(reader, heading, fact_types)


def _check_output(reader: Reader, heading: Heading, fact_types: Mapping[str, FactType]) -> None:
    kind, fact_type = heading.action
    span, said = heading.spot.span, heading.spot.said
    if kind not in (*KINDS, "assert"):
        reader.fault(
            "table-heading", span, f'{said}"{kind[:60]}" is no action', did_you_mean(kind, (*KINDS, "assert"))
        )
    elif kind == "assert":
        declared = fact_types.get(fact_type or "")
        fields = declared.schema.get("properties", {}) if declared is not None else {}
        if not fact_type or not heading.field:
            fix = 'write "assert.fact_type.field"'
            reader.fault("table-heading", span, f"{said}it names no field of an asserted fact", fix)
        elif fields and heading.field not in fields and not declared_open(declared):
            message = f'{said}{fact_type} has no field "{heading.field[:60]}"'
            reader.fault("unknown-field", span, message, did_you_mean(heading.field, fields))
    elif heading.field not in FIELDS[kind]:
        if heading.field:
            message = f'{said}{kind} has no "{heading.field[:60]}"'
            fix = did_you_mean(heading.field, FIELDS[kind])
        else:
            first = next(field for field in FIELDS[kind] if field not in SUBJECTS)
            message, fix = f"{said}it names no field of {kind}", f'write "{kind}.{first}"'
        reader.fault("table-heading", span, message, fix)


def declared_open(declared: FactType | None) -> bool:
    """Return whether facts of this type may have fields that it does not list."""
    return declared is None or "patternProperties" in declared.schema or "$ref" in declared.schema


def _check_kinds(reader: Reader, found: list[Heading]) -> None:
    if not any(heading.use is Column.OUTPUT for heading in found):
        meant = next((heading for heading in found if heading.names_action), found[-1])
        fix = (
            f'write "=> {meant.text}" over the first output'
            if meant.field
            else 'write "=> route.to", for one'
        )
        reader.fault(
            "table-heading", meant.spot.span, 'no heading begins with "=>", so no row does anything', fix
        )
    elif not any(heading.use is Column.INPUT for heading in found):
        message = 'nothing stands before "=>", so no row tests anything'
        reader.fault(
            "table-heading", found[0].spot.span, message, 'write an input, such as a field, before "=>"'
        )


def _check_repeats(reader: Reader, found: list[Heading]) -> None:
    first: dict[tuple[Column, str], int] = {}
    for heading in found:
        if not heading.text:
            continue
        there = first.setdefault((heading.use, " ".join(heading.text.split())), heading.number)
        if there != heading.number:
            message = f"{heading.spot.said}the same heading stands over column {there}"
            fix = "put both tests into one cell" if heading.use is Column.INPUT else "keep one of them"
            reader.fault("table-heading", heading.spot.span, message, fix)
