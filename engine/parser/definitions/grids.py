"""A decision table of a definitions document: inputs and cells are FEEL, outputs have names, and texts stand in quotes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from engine import feel
from engine.diagnostics import did_you_mean
from engine.feel import FeelSyntaxError
from engine.parser.beside import Beside
from engine.parser.definitions.item_types import read_tests
from engine.parser.reader import Reader
from engine.parser.tables.grids import find_grid
from engine.parser.values import Spot, record_faults
from engine.sheets import Cell, Grid, Line
from engine.source import Path, slice_places
from engine.tables.model import Aggregation, HitPolicy, InputColumn, OutputColumn, Row, Table
from engine.tables.naming import name_place
from engine.written import Expression, Literal, Value

Names = frozenset[str]
UNNAMED = "=>"
"""What `allowed` and `default` call the one output without a name."""


class _Use(Enum):
    INPUT = "input"
    OUTPUT = "output"
    ANNOTATION = "annotation"


@dataclass(frozen=True, slots=True)
class _Heading:
    use: _Use
    text: str
    spot: Spot

    @property
    def key(self) -> str:
        """What `allowed` and `default` call the column."""
        return " ".join(self.text.split()) or UNNAMED


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the cells of a row stand under: the headings, the names in sight, the worksheet."""

    headings: Sequence[_Heading]
    names: Names
    sheet: str


def read_table(reader: Reader, path: Path, names: Names, called: str, beside: Beside) -> Table | None:
    """Return the table of the mapping at *path*; None where its columns are not sound."""
    grid = find_grid(reader, path, beside)
    if grid is None:
        return None
    since = len(reader.faults)
    headings = _headings(reader, grid)
    inputs = [_input(reader, path, h, names) for h in headings if h.use is _Use.INPUT]
    outputs = tuple(_output(reader, path, h, names) for h in headings if h.use is _Use.OUTPUT)
    _check_keys(reader, path, headings)
    hit, aggregation = _read_hit(reader, path)
    rows = tuple(
        _row(reader, line, _Columns(headings, names, grid.sheet), number)
        for number, line in enumerate(grid.lines[1:], start=1)
        if _is_whole(reader, line, headings, number)
    )
    if len(reader.faults) > since and any(column is None for column in inputs):
        return None
    return Table(
        called,
        hit,
        aggregation,
        tuple(column for column in inputs if column is not None),
        outputs,
        tuple(h.text for h in headings if h.use is _Use.ANNOTATION),
        rows,
        reader.key_span((*path, "columns" if "columns" in reader.keys(path) else "file")),
        grid.sheet,
    )


def _read_hit(reader: Reader, path: Path) -> tuple[HitPolicy, Aggregation | None]:
    written = reader.text((*path, "hit"), HitPolicy.UNIQUE)
    word, _, second = written.partition(" ")
    if word == HitPolicy.COLLECT and second in tuple(Aggregation):
        return HitPolicy.COLLECT, Aggregation(second)
    return (HitPolicy(written) if written in tuple(HitPolicy) else HitPolicy.UNIQUE), None


# headings


def _headings(reader: Reader, grid: Grid) -> tuple[_Heading, ...]:
    found: list[_Heading] = []
    use = _Use.INPUT
    for number, cell in enumerate(grid.lines[0].cells, start=1):
        sign = 2 if cell.text.startswith("=>") else 1 if cell.text.startswith("#") else 0
        use = _Use.OUTPUT if sign == 2 else _Use.ANNOTATION if sign else use
        start = sign + len(cell.text[sign:]) - len(cell.text[sign:].lstrip())
        text = cell.text[start:]
        places = slice_places(cell.places, start, max(len(cell.text), start + 1))
        said = name_place(None, number, text, cell.span, grid.sheet)
        found.append(_Heading(use, text, Spot(cell.span.file, places, cell.span, f"{said}: ")))
    outputs = [heading for heading in found if heading.use is _Use.OUTPUT]
    if not outputs:
        fix = 'write "=> name" over the first output, or "=>" alone where there is one'
        reader.fault(
            "table-heading", found[-1].spot.span, 'no heading begins with "=>", so no row gives anything', fix
        )
    for heading in found:
        span, said = heading.spot.span, heading.spot.said
        if not heading.text and (heading.use is not _Use.OUTPUT or len(outputs) > 1):
            fix = (
                "write a name" if heading.use is not _Use.INPUT else "write a FEEL expression, such as a name"
            )
            reader.fault("table-heading", span, f"{said}it has no heading", fix)
        elif heading.use is _Use.OUTPUT and sum(other.key == heading.key for other in outputs) > 1:
            reader.fault("table-heading", span, f"{said}two outputs are called so", "rename one")
    return tuple(found)


def _input(reader: Reader, path: Path, heading: _Heading, names: Names) -> InputColumn | None:
    if not heading.text:
        return None
    expression = _feel(reader, heading.text, heading.spot, names)
    if expression is None:
        return None
    return InputColumn(expression, heading.spot.span, "", _allowed(reader, path, heading, names))


def _output(reader: Reader, path: Path, heading: _Heading, names: Names) -> OutputColumn:
    default: Value | None = None
    place = _place(reader, (*path, "default"), heading)
    if place is not None:
        default = _value(reader, reader.value(place), _spot(reader, place), names)
    name = " ".join(heading.text.split())
    return OutputColumn(name, heading.spot.span, "", _allowed(reader, path, heading, names), default)


def _allowed(reader: Reader, path: Path, heading: _Heading, names: Names) -> Expression | None:
    place = _place(reader, (*path, "allowed"), heading)
    text = "" if place is None else reader.text(place)
    return None if place is None or not text else read_tests(reader, text, _spot(reader, place), names)


def _place(reader: Reader, path: Path, heading: _Heading) -> Path | None:
    return next(((*path, key) for key in reader.keys(path) if " ".join(key.split()) == heading.key), None)


def _spot(reader: Reader, path: Path) -> Spot:
    return Spot(reader.document.file, reader.document.places(path), reader.span(path))


def _check_keys(reader: Reader, path: Path, headings: Sequence[_Heading]) -> None:
    for word in ("allowed", "default"):
        known = [
            h.key for h in headings if h.use is _Use.OUTPUT or (word == "allowed" and h.use is _Use.INPUT)
        ]
        for key in reader.keys((*path, word)):
            if " ".join(key.split()) not in known:
                span = reader.key_span((*path, word, key))
                message = f'"{key[:60]}" is no heading of the table'
                reader.fault("table-heading", span, message, did_you_mean(key, known))


# rows


def _is_whole(reader: Reader, line: Line, headings: Sequence[_Heading], number: int) -> bool:
    if len(line.cells) == len(headings):
        return True
    message = f"row {number} has {len(line.cells)} cells, and there are {len(headings)} columns"
    reader.fault("table-row", line.span, message, 'write "-" where any value will do')
    return False


def _row(reader: Reader, line: Line, columns: _Columns, number: int) -> Row:
    names = columns.names
    tests: list[Expression | None] = []
    outputs: list[Value | None] = []
    annotations: list[str] = []
    for at, (cell, heading) in enumerate(zip(line.cells, columns.headings, strict=True), start=1):
        said = name_place(number, at, heading.text, cell.span, columns.sheet)
        spot = Spot(cell.span.file, cell.places, cell.span, f"{said}: ")
        if heading.use is _Use.ANNOTATION:
            annotations.append(cell.text)
        elif heading.use is _Use.OUTPUT:
            outputs.append(None if _is_blank(cell) else _feel(reader, cell.text, spot, names))
        else:
            tests.append(None if _is_blank(cell) else read_tests(reader, cell.text, spot, names))
    spans = tuple(cell.span for cell in line.cells)
    return Row(number, line.span, tuple(tests), tuple(outputs), tuple(annotations), spans)


def _is_blank(cell: Cell) -> bool:
    return cell.text in ("", "-")


def _value(reader: Reader, value: object, spot: Spot, names: Names) -> Value | None:
    return _feel(reader, value, spot, names) if isinstance(value, str) else Literal(value, spot.span)


def _feel(reader: Reader, text: str, spot: Spot, names: Names) -> Expression | None:
    try:
        node = feel.parse(text, names)
    except FeelSyntaxError as refused:
        record_faults(reader, refused, spot)
        return None
    return Expression(text, node, spot.file, spot.places)
