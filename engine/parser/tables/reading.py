"""A `table` of a rule set to the decision table of a rule: every cell that can be read, and a fault for each that cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine import feel
from engine.diagnostics import did_you_mean
from engine.feel import FeelSyntaxError, Scope
from engine.model import Documents, Expression, Rule, RuleSet, Value
from engine.parser.beside import Beside
from engine.parser.reader import Reader
from engine.parser.tables.cells import Tests, read_output
from engine.parser.tables.grids import find_grid
from engine.parser.tables.headings import Column, Heading, read_headings
from engine.parser.tables.templates import check_rows, read_templates
from engine.parser.tables.words import takes_words
from engine.parser.values import Spot, read_value, record_faults, spot_of
from engine.scopes import action_scope, record_type
from engine.sheets import Cell, Grid, Line
from engine.source import Path
from engine.tables.model import Aggregation, HitPolicy, InputColumn, OutputColumn, Row, Table
from engine.tables.naming import name_place

_TEXTS = ("to", "reason", "message", "inventory_status")
"""What actions say in texts, so that their allowed values need no quotes."""


def read_table(reader: Reader, path: Path, rule: Rule, ruleset: RuleSet, beside: Beside) -> Rule:
    """Return *rule* with the table that the mapping at *path* declares, and with its actions.

    *ruleset* has the parameters its expressions may read. Where the columns are not sound there is no table.
    """
    since = len(reader.faults)
    hit, aggregation = _read_hit(reader, path)
    grid = find_grid(reader, path, beside)
    headings = None if grid is None else read_headings(reader, grid, beside.fact_types)
    if grid is None or headings is None:
        return replace(rule, is_whole=False)
    documents = Documents(fact_types=beside.fact_types)
    columns = _Columns(reader, path, headings, documents, action_scope(documents, ruleset, rule))
    inputs = columns.inputs()
    outputs = columns.outputs()
    columns.check_keys()
    of = {use: [heading for heading in headings if heading.use is use] for use in Column}
    _check_hit(reader, path, hit, aggregation, outputs)
    templates = read_templates(reader, path, rule, of[Column.OUTPUT], beside.fact_types)
    rows = _read_rows(reader, grid, headings, columns.tests)
    if aggregation is None:
        check_rows(reader, templates, of[Column.OUTPUT], rows)
    annotations = tuple(heading.text for heading in of[Column.ANNOTATION])
    table = Table(rule.name, hit, aggregation, inputs, outputs, annotations, rows, rule.span, grid.sheet)
    if len(inputs) < len(of[Column.INPUT]):
        return replace(rule, is_whole=False)
    is_whole = rule.is_whole and len(reader.faults) == since
    return replace(rule, table=table, actions=templates.actions, is_whole=is_whole)


def _read_hit(reader: Reader, path: Path) -> tuple[HitPolicy, Aggregation | None]:
    """Return the hit policy, and what `collect` makes of its values; the structural check knows the words."""
    word, _, second = reader.text((*path, "hit"), HitPolicy.UNIQUE).partition(" ")
    if word == HitPolicy.COLLECT and second in tuple(Aggregation):
        return HitPolicy.COLLECT, Aggregation(second)
    whole = f"{word} {second}".strip()
    return (HitPolicy(whole) if whole in tuple(HitPolicy) else HitPolicy.UNIQUE), None


def _check_hit(
    reader: Reader,
    path: Path,
    hit: HitPolicy,
    aggregation: Aggregation | None,
    outputs: Sequence[OutputColumn],
) -> None:
    span = reader.span((*path, "hit"))
    if aggregation is not None and len(outputs) > 1:
        message = f'"{hit} {aggregation}" makes one value of one output, and there are {len(outputs)}'
        fix = f'keep one output and say the rest in "then", or write "hit: {hit}"'
        reader.fault("table-hit", span, message, fix)
    if hit in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER) and not any(o.allowed for o in outputs):
        first = outputs[0].name if outputs else "route.to"
        message = f'"{hit}" goes by the order of the allowed values, and no output has any'
        reader.fault(
            "table-hit", span, message, f"add \"allowed: {{{first}: '...'}}\", the most urgent first"
        )


@dataclass(slots=True)
class _Columns:
    """The columns of a table while they are read, and how the tests of each input are."""

    reader: Reader
    path: Path
    headings: Sequence[Heading]
    documents: Documents
    scope: Scope
    tests: tuple[Tests, ...] = ()

    def inputs(self) -> tuple[InputColumn, ...]:
        """Return the input columns that are FEEL."""
        found = []
        tests = []
        for heading in self.headings:
            if heading.use is not Column.INPUT:
                continue
            spot = heading.spot
            try:
                node = feel.parse(heading.text)
            except FeelSyntaxError as refused:
                record_faults(self.reader, refused, spot)
                tests.append(Tests(None))
                continue
            column_type = feel.check(node, self.scope).type
            own = Tests(self.scope if takes_words(column_type) else None)
            tests.append(own)
            expression = Expression(heading.text, node, spot.file, spot.places)
            found.append(InputColumn(expression, spot.span, "", self._allowed(heading, own)))
        self.tests = tuple(tests)
        return tuple(found)

    def outputs(self) -> tuple[OutputColumn, ...]:
        """Return the output columns."""
        return tuple(
            OutputColumn(
                heading.text,
                heading.spot.span,
                "",
                self._allowed(heading, Tests(self.scope if self._says_text(heading) else None)),
                self._default(heading),
            )
            for heading in self.headings
            if heading.use is Column.OUTPUT
        )

    def check_keys(self) -> None:
        """Record every key of `allowed` and `default` that is no heading."""
        known = {
            "allowed": [h.text for h in self.headings if h.use is not Column.ANNOTATION],
            "default": [h.text for h in self.headings if h.use is Column.OUTPUT],
        }
        for word, texts in known.items():
            for key in self.reader.keys((*self.path, word)):
                if _squeezed(key) not in map(_squeezed, texts):
                    span = self.reader.key_span((*self.path, word, key))
                    what = "heading" if word == "allowed" else "output"
                    self.reader.fault(
                        "table-heading",
                        span,
                        f'"{key[:60]}" is no {what} of the table',
                        did_you_mean(key, texts),
                    )

    def _says_text(self, heading: Heading) -> bool:
        kind, fact_type = heading.action
        if kind != "assert":
            return heading.field in _TEXTS
        stated = record_type(self.documents, fact_type or "").fields.get(heading.field)
        return stated is not None and takes_words(stated.type)

    def _key(self, word: str, heading: Heading) -> Path | None:
        """Return the path of what `allowed` or `default` says of a column."""
        wanted = _squeezed(heading.text)
        keys = self.reader.keys((*self.path, word))
        return next(((*self.path, word, key) for key in keys if _squeezed(key) == wanted), None)

    def _allowed(self, heading: Heading, tests: Tests) -> Expression | None:
        place = self._key("allowed", heading)
        if place is None or not isinstance(text := self.reader.value(place), str):
            return None
        return tests.read(self.reader, text.strip(), spot_of(self.reader, place))

    def _default(self, heading: Heading) -> Value | None:
        place = self._key("default", heading)
        return None if place is None else read_value(self.reader, place)


def _squeezed(heading: str) -> str:
    return " ".join(heading.removeprefix("=>").split())


@dataclass(frozen=True, slots=True)
class _Split:
    """How a line of cells is divided: the inputs by their tests, then outputs, and annotations from number *notes* on."""

    tests: Sequence[Tests]
    notes: int


def _read_rows(
    reader: Reader, grid: Grid, headings: Sequence[Heading], tests: Sequence[Tests]
) -> tuple[Row, ...]:
    """Return each row that has a cell for every column."""
    split = _Split(tests, sum(heading.use is not Column.ANNOTATION for heading in headings))
    rows = []
    for number, line in enumerate(grid.lines[1:], start=1):
        if len(line.cells) != len(headings):
            _ragged(reader, number, line, headings)
            continue
        spots = [
            Spot(cell.span.file, cell.places, cell.span, _said(number, heading, cell, grid.sheet))
            for heading, cell in zip(headings, line.cells, strict=True)
        ]
        rows.append(_read_row(reader, number, line, spots, split))
    return tuple(rows)


def _said(number: int, heading: Heading, cell: Cell, sheet: str) -> str:
    """Return how a message about *cell* begins."""
    if not sheet:
        return f"row {number}, {heading.spot.said}"
    return f"{name_place(number, heading.number, heading.text, cell.span, sheet)}: "


def _read_row(reader: Reader, number: int, line: Line, spots: Sequence[Spot], columns: _Split) -> Row:
    end = len(columns.tests)
    cells = line.cells
    for cell, spot in zip(cells, spots, strict=True):
        if cell.fault:
            reader.fault("table-cell", spot.span, spot.said + cell.fault, cell.fix)
    return Row(
        number,
        line.span,
        tuple(
            own.read(reader, cell.text, spot)
            for own, cell, spot in zip(columns.tests, cells[:end], spots[:end], strict=True)
        ),
        tuple(
            read_output(reader, cell, spot)
            for cell, spot in zip(cells[end : columns.notes], spots[end : columns.notes], strict=True)
        ),
        tuple(cell.text for cell in cells[columns.notes :]),
        tuple(cell.span for cell in cells),
    )


def _ragged(reader: Reader, number: int, line: Line, headings: Sequence[Heading]) -> None:
    many, wanted = len(line.cells), len(headings)
    message = f"row {number} has {many} {'cell' if many == 1 else 'cells'}, and there are {wanted} columns"
    if many > wanted:
        fix = 'take out what is too much; a "|" that belongs to a cell is written "\\|"'
        span = line.cells[wanted].span
    else:
        fix = f'"{headings[many].text[:60]}" is the first without one; write "-" where any value will do'
        span = line.span
    reader.fault("table-row", span, message, fix)
