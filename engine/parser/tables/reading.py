"""A `table` of a rule set to the decision table of a rule: every cell that can be read, and a fault for each that cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.model import Documents, Rule, RuleSet
from engine.parser.beside import Beside
from engine.parser.reader import Reader
from engine.parser.tables.columns import Columns
from engine.parser.tables.grids import find_grid
from engine.parser.tables.headings import Column, read_headings
from engine.parser.tables.rows import read_rows
from engine.parser.tables.templates import check_collected, check_rows, read_templates
from engine.scopes import action_scope
from engine.source import Path
from engine.tables.model import Aggregation, HitPolicy, OutputColumn, Table


def read_table(reader: Reader, path: Path, rule: Rule, ruleset: RuleSet, beside: Beside) -> Rule:
    """Return *rule* with the table that the mapping at *path* declares, and with its actions.

    *ruleset* has the parameters its expressions may read. Where the headings are not sound there is no table, but the faults
    of its cells are found all the same.
    """
    since = len(reader.faults)
    hit, aggregation = _read_hit(reader, path)
    grid = find_grid(reader, path, beside)
    if grid is None:
        return replace(rule, is_whole=False)
    drawn = len(reader.faults)
    headings = read_headings(reader, grid, beside.fact_types)
    is_sound = len(reader.faults) == drawn
    documents = Documents(fact_types=beside.fact_types)
    columns = Columns(reader, path, headings, documents, action_scope(documents, ruleset, rule))
    inputs = columns.inputs(is_sound=is_sound)
    if not is_sound:
        if {Column.INPUT, Column.OUTPUT} <= {heading.use for heading in headings}:
            read_rows(reader, grid, headings, columns.tests)
        return replace(rule, is_whole=False)
    outputs = columns.outputs()
    columns.check_keys()
    _check_hit(reader, path, hit, aggregation, outputs)
    of = {use: [heading for heading in headings if heading.use is use] for use in Column}
    templates = read_templates(reader, path, rule, of[Column.OUTPUT], beside.fact_types)
    rows = read_rows(reader, grid, headings, columns.tests)
    if aggregation is None:
        check_rows(reader, templates, of[Column.OUTPUT], rows)
    elif aggregation is not Aggregation.COUNT and len(outputs) == 1:
        check_collected(reader, grid, of[Column.OUTPUT][0], rows, aggregation)
    if len(inputs) < len(of[Column.INPUT]):
        return replace(rule, is_whole=False)
    annotations = tuple(heading.text for heading in of[Column.ANNOTATION])
    table = Table(rule.name, hit, aggregation, inputs, outputs, annotations, rows, rule.span, grid.sheet)
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
