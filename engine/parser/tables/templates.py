"""What the rows of a table do, as far as it is the same for all: one action for each that columns or `then` name.

What a row lacks is a fault here, because only here it is known which cells of it are blank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine import feel
from engine.diagnostics import Span
from engine.model import SUBJECTS, Action, Expression, FactType, Literal, Rule, Subject, Value
from engine.parser.actions import read_actions, subjects_of
from engine.parser.reader import Reader
from engine.parser.tables.cells import BLANK
from engine.parser.tables.headings import Heading
from engine.shapes.actions import ACTIONS, HOLD_STATUSES
from engine.shapes.vocabulary import Record
from engine.sheets import Grid
from engine.source import Path
from engine.tables.model import Aggregation, Row

_NEEDED: Mapping[str, tuple[str, ...]] = {
    key.name: tuple(
        inner.name
        for inner in key.shape.keys
        if inner.required and inner.name != "reason" and inner.name not in SUBJECTS
    )
    for key in ACTIONS.keys
    if isinstance(key.shape, Record)
}
"""By kind of action: what each row that takes it must say; where no reason is said, the row's annotations are."""

_ABOUT = ("hold", "release", "route", "reprioritise", "open_case", "resolve_case")
"""Actions that are about something."""

_NAMED_BY = {
    "lot": "lot_id",
    "serial": "serial_id",
    "order": "order_id",
    "operation": "operation",
    "item": "item",
    "work_centre": "work_centre",
}
"""The field that identifies each kind of subject."""


@dataclass(frozen=True, slots=True)
class Templates:
    """The actions of a table's rule, and for each its columns by field."""

    actions: tuple[Action, ...]
    columns: tuple[Mapping[str, int], ...]
    """By action: field -> place among the outputs."""


def read_templates(
    reader: Reader,
    path: Path,
    rule: Rule,
    outputs: Sequence[Heading],
    fact_types: Mapping[str, FactType],
) -> Templates:
    """Return what the rows do, in the order in which columns, then `then`, name it; record what no row can do for lack of."""
    stated = read_actions(reader, (*path, "then"))
    columns: dict[tuple[str, str | None], dict[str, int]] = {}
    headed: dict[tuple[str, str | None], Heading] = {}
    for at, heading in enumerate(outputs):
        columns.setdefault(heading.action, {})[heading.field] = at
        headed.setdefault(heading.action, heading)
    actions: list[Action] = []
    for named, heading in headed.items():
        said = [action for action in stated if (action.kind, action.fact_type) == named]
        for second in said[1:]:
            message = f'"{second.kind}" stands in "then" twice, and column {heading.number} ({heading.text}) fills in one'
            reader.fault(
                "table-action", second.span, message, "keep one of them, or move the other to a rule"
            )
        actions.append(said[0] if said else _blank(named, heading.spot.span))
    actions += (action for action in stated if (action.kind, action.fact_type) not in headed)
    fields = tuple(columns.get((action.kind, action.fact_type), {}) for action in actions)
    made = tuple(
        _completed(reader, rule, action, filled, fact_types)
        for action, filled in zip(actions, fields, strict=True)
    )
    return Templates(made, fields)


def check_rows(reader: Reader, templates: Templates, outputs: Sequence[Heading], rows: Sequence[Row]) -> None:
    """Record each cell that is blank where its row does what the column is about, and nothing else says it."""
    wanted: list[tuple[Action, tuple[int, ...], tuple[int, ...]]] = []
    for action, columns in zip(templates.actions, templates.columns, strict=True):
        needed = [name for name in _NEEDED.get(action.kind, ()) if name not in action.values]
        if action.subject is None and action.kind in _ABOUT:
            needed += [name for name in columns if name in SUBJECTS]
        places = tuple(columns[name] for name in needed if name in columns)
        if places:
            wanted.append((action, tuple(columns.values()), places))
    for row in rows:
        for action, own, places in wanted:
            if any(row.outputs[at] is not None for at in own):
                for at in places:
                    if row.outputs[at] is None:
                        _blank_cell(reader, row, outputs[at], action, row.cells[len(row.tests) + at])


def check_collected(
    reader: Reader, grid: Grid, heading: Heading, rows: Sequence[Row], aggregation: Aggregation
) -> None:
    """Record each row without a value under *heading*, since one of them leaves those of the others without an answer."""
    for row in rows:
        (value,) = row.outputs
        cell = grid.lines[row.number].cells[heading.number - 1]
        is_blank = value is None and cell.text in BLANK and not cell.fault
        if is_blank or (isinstance(value, Literal) and value.value is None):
            what = "blank" if is_blank else "null"
            message = f'row {row.number}, {heading.spot.said}it is {what}, and "collect {aggregation}" needs a value of each row'
            fix = "write a value" + (", such as 0" if aggregation is Aggregation.SUM else "")
            reader.fault("table-action", cell.span, message, f"{fix}, or take the row out")


def _blank_cell(reader: Reader, row: Row, heading: Heading, action: Action, span: Span) -> None:
    said = f"row {row.number}, {heading.spot.said}"
    message = f'{said}it is blank, and {action.kind} needs "{heading.field}"'
    fix = f'write it, or leave the other cells of "{action.kind}" blank, too'
    reader.fault("table-action", span, message, fix)


def _blank(named: tuple[str, str | None], span: Span) -> Action:
    kind, fact_type = named
    values: dict[str, Value] = {}
    if kind == "hold":
        values["inventory_status"] = Literal(HOLD_STATUSES[0], span)
    return Action(kind, None, values, fact_type, span)


def _completed(
    reader: Reader, rule: Rule, action: Action, columns: Mapping[str, int], fact_types: Mapping[str, FactType]
) -> Action:
    """Return *action* with its subject where neither `then` nor a column says it; record what is lacking."""
    if action.kind == "assert":
        return action
    subject = action.subject
    if subject is None and not any(name in columns for name in SUBJECTS):
        subject = _subject_of_fact(rule, subjects_of(action.kind), fact_types, action.span)
        if subject is None and action.kind in _ABOUT:
            first = subjects_of(action.kind)[0]
            message = f"nothing says what {action.kind} is about"
            fix = f'add "then: {{{action.kind}: {{{first}: = ...}}}}", or a column "{action.kind}.{first}"'
            reader.fault("subject-missing", action.span, message, fix)
    for name in _NEEDED[action.kind]:
        if name not in action.values and name not in columns:
            message = f'{action.kind} has no "{name}"'
            fix = f'add a column "{action.kind}.{name}", or say it in "then"'
            reader.fault("table-action", action.span, message, fix)
    return replace(action, subject=subject)


def _subject_of_fact(
    rule: Rule, subjects: Sequence[str], fact_types: Mapping[str, FactType], span: Span
) -> Subject | None:
    """Return the subject that the one fact of *rule* names: by its key, else by a field that it always has."""
    there = [pattern for pattern in rule.patterns if not pattern.negated]
    fact_type = fact_types.get(there[0].fact_type) if len(there) == 1 else None
    if fact_type is None:
        return None
    required = fact_type.schema.get("required", ())
    for fields in (fact_type.key, required if isinstance(required, list) else ()):
        for name in subjects:
            if _NAMED_BY[name] in fields:
                text = _NAMED_BY[name] if rule.short else f"{there[0].alias}.{_NAMED_BY[name]}"
                places = ((0, span.line, span.column),)
                return Subject(name, Expression(text, feel.parse(text), span.file, places), span)
    return None
