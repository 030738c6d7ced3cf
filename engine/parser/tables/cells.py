"""One cell in, a test or a value out, with its faults named by row and column.

Equal cells of a column are parsed once: a tree counts its offsets from the beginning of the cell.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine import feel
from engine.diagnostics import Span
from engine.feel import FeelSyntaxError, Node, Scope
from engine.model import Expression, Value
from engine.parser.reader import Reader
from engine.parser.tables.words import Spelled, spell
from engine.parser.values import Spot, record_faults, value_at
from engine.sheets import MAX_CELL, Cell
from engine.source import slice_places
from engine.source.scalars import Unreadable, resolve

BLANK = ("", "-")
"""What stands in a cell that tests or says nothing."""


@dataclass(slots=True)
class Tests:
    """The tests of one column, whose words without quotes are texts where there is a *scope* that does not have them.

    *values* are the texts that it can be, where they are enumerated.
    """

    scope: Scope | None
    values: frozenset[str] = frozenset()
    _known: dict[str, tuple[Spelled, Node]] = field(default_factory=dict)

    def read(self, reader: Reader, text: str, spot: Spot) -> Expression | None:
        """Return the unary tests that *text* says; None where any value passes, or where it is wrong."""
        known = self._known.get(text)
        if known is None:
            if text in BLANK or _is_too_long(reader, text, spot):
                return None
            spelled = Spelled(text, ()) if self.scope is None else spell(text, self.scope, self.values)
            try:
                node = feel.parse_unary_tests(spelled.text, new=len(spelled.text) - len(text))
            except FeelSyntaxError as refused:
                whole = Spot(spot.file, spelled.places(spot.places), spot.span, spot.said)
                record_faults(reader, refused, whole)
                return None
            known = self._known[text] = (spelled, node)
        spelled, node = known
        return Expression(spelled.text, node, spot.file, spelled.places(spot.places))


def read_output(reader: Reader, cell: Cell, spot: Spot) -> Value | None:
    """Return the value that an output's *cell* says; None where it is blank, or wrong."""
    if cell.text in BLANK or _is_too_long(reader, cell.text, spot):
        return None
    if cell.is_typed:
        return value_at(reader, cell.value, spot)
    value, inside = _plain(cell.text, spot)
    if isinstance(value, Unreadable):
        reader.fault(value.code, spot.span, spot.said + value.message, value.fix)
        return None
    return value_at(reader, value, inside)


def _plain(text: str, spot: Spot) -> tuple[Any, Spot]:
    """Return what a *text* reads as where nothing else tells: in quotes a text, else as YAML reads it."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            node = feel.parse(text)
        except FeelSyntaxError:
            return text, spot
        if isinstance(node, feel.ast.StringLiteral):
            return node.value, Spot(spot.file, slice_places(spot.places, 1, len(text)), spot.span, spot.said)
    return resolve(text), spot


def _is_too_long(reader: Reader, text: str, spot: Spot) -> bool:
    if len(text) <= MAX_CELL:
        return False
    begin = Span(spot.file, spot.span.line, spot.span.column, spot.span.line, spot.span.column)
    message = f"{spot.said}the cell has more than {MAX_CELL:,} characters"
    reader.fault("too-long", begin, message, "say it shorter")
    return True
