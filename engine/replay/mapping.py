"""A mapping document: which column is read how, and which facts a row makes.

The YAML text goes in; a frozen Mapping comes out, its FEEL compiled, or every fault of the document with its place.
It knows nothing of any rule book: whether a fact fits its type is for admission to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from engine import feel
from engine.diagnostics import Diagnostic, Span, did_you_mean, error, has_errors, in_order, nearest
from engine.replay.cells import CELL_TYPES, Reading, is_time_format
from engine.replay.shape import LEAVE_OUT, MAPPING, ORDERS
from engine.shapes import faults as structural_faults
from engine.source import Document, Path, load

DEFAULT_TIMES = ("YYYY-MM-DD[ hh:mm[:ss[.f]]]",)

_FEEL_TYPES: dict[str, feel.FeelType] = {
    "text": feel.String(),
    "number": feel.Number(),
    "boolean": feel.Boolean(),
    "time": feel.DateTime(),
    "word": feel.Any_(),
}
_ROW = "row"


@dataclass(frozen=True, slots=True)
class Column:
    """One column that a mapping reads: its heading, its type, and what is done about empty and unreadable cells."""

    name: str
    headings: tuple[str, ...]
    reading: Reading
    required: bool = False
    optional: bool = False
    leave_out: bool = False
    empty: Any = None


@dataclass(frozen=True, slots=True)
class Field:
    """A value made of a row: a function of its columns, and which columns it reads."""

    columns: frozenset[str]
    of: Callable[[dict[str, Any], datetime], Any]
    span: Span
    """Where its key stands."""

    def needs(self, columns: Table[str, Any]) -> bool:
        """Return whether the value reads any of *columns*."""
        return any(name in columns for name in self.columns)


@dataclass(frozen=True, slots=True)
class FactRule:
    """One kind of fact that rows make: when, from which source, and with which data."""

    fact_type: str
    source: str
    data: Table[str, Field]
    when: Field | None
    time: Field | None
    changes_of: str | None
    type_span: Span
    source_span: Span

    def fields(self) -> Iterator[Field]:
        """Yield everything the fact is made of."""
        yield from self.data.values()
        if self.when is not None:
            yield self.when


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping document, compiled."""

    name: str
    title: str
    zone: tzinfo
    delimiter: str
    columns: Table[str, Column]
    time: Field
    untimed: str | None
    order: str
    facts: tuple[FactRule, ...]


def parse_mapping(text: str, file: str) -> tuple[Mapping | None, tuple[Diagnostic, ...]]:
    """Return the mapping in *text*, None where it has errors, and every diagnostic."""
    document = load(text, file)
    faults = list(document.diagnostics)
    if not document.is_readable:
        return None, in_order(faults)
    faults.extend(structural_faults(document, MAPPING.record))
    if not isinstance(document.value, dict):
        return None, in_order(faults)
    found = _Reader(document, faults).mapping()
    return (None if has_errors(faults) else found), in_order(faults)


class _Reader:
    """Reads one document whose structure was checked: what has the wrong shape is reported already and reads as nothing."""

    def __init__(self, document: Document, faults: list[Diagnostic]) -> None:
        self._document = document
        self._faults = faults
        self._columns: dict[str, Column] = {}
        self._scope = feel.Scope({})

    def mapping(self) -> Mapping:
        """Return the whole mapping."""
        value = self._document.value
        zone = self._zone(value.get("zone"))
        formats = self._formats(("times",), value.get("times")) or DEFAULT_TIMES
        columns = _table(value.get("columns"))
        self._columns = {
            name: self._column(name, _table(one), zone, formats) for name, one in columns.items()
        }
        row = feel.ContextType(
            {
                name: feel.Field(_FEEL_TYPES[c.reading.type], required=False)
                for name, c in self._columns.items()
            },
            title="a row",
        )
        self._scope = feel.Scope.fields(_ROW, row)
        facts = value.get("facts")
        return Mapping(
            name=_text(value.get("mapping")),
            title=_text(value.get("title")),
            zone=zone,
            delimiter=self._character(("delimiter",), value.get("delimiter"), ","),
            columns=self._columns,
            time=self._value(("time",), value.get("time")),
            untimed=self._known_column(("untimed",), value.get("untimed")),
            order=_text(value.get("order")) or ORDERS[0],
            facts=tuple(
                self._fact(("facts", n), _table(one))
                for n, one in enumerate(facts if isinstance(facts, list) else ())
            ),
        )

    def _zone(self, name: Any) -> tzinfo:
        if not isinstance(name, str) or name == "UTC":
            return UTC
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            near = nearest(name, sorted(available_timezones()))
            fix = f'did you mean "{near}"?' if near else "write UTC or a name such as Europe/Berlin"
            self._fault("unknown-zone", ("zone",), f'"{name}" is not a time zone', fix)
            return UTC

    def _formats(self, path: Path, value: Any) -> tuple[str, ...]:
        formats = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
        for written in formats:
            if not is_time_format(written):
                fix = f'write YYYY MM DD hh mm ss f for its digits, such as "{DEFAULT_TIMES[0]}"'
                self._fault("unknown-time-format", path, f'"{written}" is not a way to write times', fix)
        return tuple(one for one in formats if is_time_format(one))

    def _column(self, name: str, column: dict[str, Any], zone: tzinfo, formats: tuple[str, ...]) -> Column:
        path: Path = ("columns", name)
        cell_type = column.get("type") if column.get("type") in CELL_TYPES else "text"
        for key, needed in (
            ("thousands", "number"),
            ("decimal", "number"),
            ("words", "word"),
            ("times", "time"),
        ):
            if key in column and cell_type != needed:
                message = f"{key} is for columns of type {needed}, not {cell_type}"
                self._faults.append(error("conflicting-keys", self._document.key_span((*path, key)), message))
        if cell_type == "word" and "words" not in column:
            self._fault(
                "missing-key", path, f'column {name} has no "words"', "such as words: {D: run, S: set_up}"
            )
        headings = column.get("heading", [])
        return Column(
            name,
            (
                name,
                *(h for h in (headings if isinstance(headings, list) else [headings]) if isinstance(h, str)),
            ),
            Reading(
                str(cell_type),
                thousands=self._character((*path, "thousands"), column.get("thousands"), ""),
                decimal_mark=self._character((*path, "decimal"), column.get("decimal"), "."),
                words=_table(column.get("words")),
                formats=self._formats((*path, "times"), column.get("times")) or formats,
                zone=zone,
            ),
            required=column.get("required") is True,
            optional=column.get("optional") is True,
            leave_out=column.get("unreadable") == LEAVE_OUT,
            empty=column.get("empty"),
        )

    def _character(self, path: Path, value: Any, default: str) -> str:
        if not isinstance(value, str):
            return default
        if len(value) != 1 or value.isalnum() or value in '"\r\n':
            self._fault(
                "bad-name",
                path,
                f'"{value}" cannot stand between digits or cells',
                "write one character, such as ;",
            )
            return default
        return value

    def _known_column(self, path: Path, name: Any) -> str | None:
        if not isinstance(name, str):
            return None
        if name not in self._columns:
            self._fault(
                "unknown-name", path, f'there is no column "{name}"', did_you_mean(name, self._columns)
            )
            return None
        return name

    def _fact(self, path: Path, fact: dict[str, Any]) -> FactRule:
        when, time = fact.get("when"), fact.get("time")
        return FactRule(
            fact_type=_text(fact.get("fact")),
            source=_text(fact.get("source")),
            data={
                name: self._value((*path, "data", name), one)
                for name, one in _table(fact.get("data")).items()
            },
            when=self._feel((*path, "when"), when) if isinstance(when, str) else None,
            time=self._value((*path, "time"), time) if time is not None else None,
            changes_of=self._known_column((*path, "changes_of"), fact.get("changes_of")),
            type_span=self._document.span((*path, "fact")),
            source_span=self._document.span((*path, "source")),
        )

    def _value(self, path: Path, written: Any) -> Field:
        """Return the value at *path*: FEEL where it begins with "=", else what is written."""
        if isinstance(written, str) and written.startswith("="):
            skipped = len(written) - len(written[1:].lstrip())
            return self._feel(path, written[skipped:], skipped)
        return Field(frozenset(), lambda _row, _now: written, self._document.key_span(path))

    def _feel(self, path: Path, text: str, skipped: int = 0) -> Field:
        """Return the FEEL expression *text*, which stands *skipped* characters into the value at *path*."""
        nothing = Field(frozenset(), lambda _row, _now: None, self._document.span(path))
        try:
            node = feel.parse(text)
            checked = feel.check(node, self._scope)
            found = checked.faults
            if isinstance(checked.type, feel.FunctionType):
                message = f'"{text}" is a function, not a value'
                found = (
                    feel.Fault(node.start, node.end, "type-mismatch", message, "call it, or name a column"),
                )
        except feel.FeelSyntaxError as wrong:
            found = wrong.faults
        for fault in found:
            at = self._document.text_span(path, fault.start + skipped, fault.end + skipped)
            self._faults.append(error(fault.code, at, fault.message, fault.fix))
        if found:
            return nothing
        columns = frozenset(name[0] for name in feel.free_names(node) if name and name[0] in self._columns)
        return Field(columns, feel.compile_value(node, self._scope, (_ROW,)), self._document.key_span(path))

    def _fault(self, code: str, path: Path, message: str, fix: str = "") -> None:
        self._faults.append(error(code, self._document.span(path), message, fix))


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
