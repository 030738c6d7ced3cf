"""The rows of a log as facts in the order they are to be submitted.

A mapping and a log go in; envelopes come out, each with the place of its row. What cannot be mapped is a diagnostic, and only the
facts that need it are left out: an unreadable order quantity does not cost the rejects of its row.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.decisions import format_time
from engine.diagnostics import Diagnostic, FactFault, error
from engine.feel import DateTimeValue, to_json
from engine.replay.cells import Unreadable
from engine.replay.mapping import Column, FactRule, Mapping
from engine.replay.rows import Log, Origin, Row, place

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""What now() is before a row has its time."""


@dataclass(frozen=True, slots=True)
class MappedFact:
    """One envelope, where its row stands, and the rule of the mapping that made it."""

    envelope: dict[str, Any]
    file: str
    origin: Origin
    made_by: FactRule
    headings: dict[str, str]
    """Column -> heading, as far as the log has it."""

    def fault(self, fault: FactFault) -> Diagnostic:
        """Return a fault found in the envelope as a fault of its row, under the columns its place was made from."""
        name = (
            fault.pointer.removeprefix("/data/").split("/")[0] if fault.pointer.startswith("/data/") else ""
        )
        made_from = self.made_by.data.get(name)
        headings = [self.headings[c] for c in (made_from.columns if made_from else ()) if c in self.headings]
        at = place(self.file, self.origin.line, self.origin.column_of(headings[0]) if headings else 1)
        columns = f"column {', '.join(repr_of(h) for h in headings)}: " if headings else ""
        text = f"{columns}{self.made_by.fact_type} is refused at {fault.pointer or '/'}: {fault.message}"
        return error(fault.code, at, text)


@dataclass(frozen=True, slots=True)
class MappedLog:
    """What a log came to: facts in the order of submission, faults in file order, and counts of rows."""

    facts: tuple[MappedFact, ...]
    faults: tuple[Diagnostic, ...]
    rows: int
    """All rows, those that could not be read among them."""
    untimed: int
    """Rows without a time of their own, which were given that of another row."""
    refused: int
    """Facts that could not be made, by a fault of their row."""


@dataclass(slots=True)
class _Reading:
    """One row while it is read."""

    origin: Origin
    values: dict[str, Any]
    bad: dict[str, None]
    time: datetime | None = None
    is_untimed: bool = False


def map_log(mapping: Mapping, log: Log, progress: Callable[[int], None] | None = None) -> MappedLog:
    """Return the facts of *log* in the order of submission: by time, those of one time in file order, or all in file order."""
    faults: list[Diagnostic] = list(log.faults)
    headings, wrong = find_columns(mapping, log)
    faults.extend(wrong)
    if any(column.name not in headings and not column.optional for column in mapping.columns.values()):
        return MappedLog((), tuple(faults), len(log.rows) + log.refused, 0, 0)
    readings = []
    for number, row in enumerate(log.rows):
        if progress is not None and number % 512 == 0:
            progress(number)
        readings.append(_read_row(mapping, headings, row, log.file, faults))
    untimed = _give_times(mapping, readings, log.file, faults)
    if mapping.order == "time":
        readings.sort(key=lambda reading: reading.time or datetime.max.replace(tzinfo=UTC))
    made: list[tuple[datetime, FactRule, _Reading, dict[str, Any]]] = []
    refused = 0
    last: dict[tuple[int, Any], dict[str, Any]] = {}
    for reading in readings:
        if reading.time is None:
            refused += len(mapping.facts)
            continue
        for number, rule in enumerate(mapping.facts):
            found = _make(rule, number, reading, last)
            if isinstance(found, _Lost):
                refused += 1
            elif found is not None:
                made.append((found[0], rule, reading, found[1]))
    if mapping.order == "time":
        made.sort(key=lambda one: one[0])
    facts = tuple(_with_ids(made, log.file, headings))
    faults.sort(key=lambda fault: (fault.span, fault.code, fault.message))
    return MappedLog(facts, tuple(faults), len(log.rows) + log.refused, untimed, refused)


def find_columns(mapping: Mapping, log: Log) -> tuple[dict[str, str], list[Diagnostic]]:
    """Return column -> heading of the log, and what is wrong with the headings."""
    found: dict[str, str] = {}
    wrong: list[Diagnostic] = []
    if not log.headings:
        return found, wrong
    by_name: dict[str, list[str]] = {}
    for heading in log.headings:
        by_name.setdefault(plain_heading(heading), []).append(heading)
    for column in mapping.columns.values():
        fitting = [h for name in column.headings for h in by_name.get(plain_heading(name), ())]
        fitting = list(dict.fromkeys(fitting))
        exact = [h for h in fitting if h == column.name]
        if len(fitting) > 1 and not exact:
            headings = " and ".join(repr_of(h) for h in fitting)
            wrong.append(
                error(
                    "log-header",
                    place(log.file, 1),
                    f"{headings} both fit column {repr_of(column.name)}",
                    "name one of them",
                )
            )
        if fitting:
            found[column.name] = exact[0] if exact else fitting[0]
        elif not column.optional:
            have = ", ".join(repr_of(h) for h in log.headings[:20])
            fix = f"the headings are {have}"
            if len(log.headings) == 1 and any(char in log.headings[0] for char in ";\t|"):
                fix = f"the only heading is {have}: say the delimiter in the mapping"
            wrong.append(
                error("log-header", place(log.file, 1), f"there is no column {repr_of(column.name)}", fix)
            )
    return found, wrong


def plain_heading(heading: str) -> str:
    """Return *heading* as headings are compared: letters and digits only, case aside."""
    return "".join(char for char in heading.casefold() if char.isalnum())


def repr_of(text: str) -> str:
    """Return *text* in double quotes, shortened where it is long."""
    return f'"{text}"' if len(text) <= 80 else f'"{text[:77]}..."'


def _read_row(
    mapping: Mapping, headings: dict[str, str], row: Row, file: str, faults: list[Diagnostic]
) -> _Reading:
    reading = _Reading(row.origin, {}, {})
    for column in mapping.columns.values():
        heading = headings.get(column.name)
        value, is_read = None, True
        try:
            if heading is not None:
                value = column.reading.read(row.cells.get(heading))
            if value is None and column.required:
                raise Unreadable("empty", "every row must fill it")
        except Unreadable as unreadable:
            is_read = False
            if not column.leave_out:
                reading.bad[column.name] = None
            faults.append(_cell_fault(column, heading or column.name, row, file, unreadable))
        if isinstance(value, datetime):
            value = format_time(value)
        reading.values[column.name] = column.empty if value is None and is_read else value
    return reading


def _cell_fault(column: Column, heading: str, row: Row, file: str, unreadable: Unreadable) -> Diagnostic:
    at = place(file, row.origin.line, row.origin.column_of(heading))
    kept = "" if not column.leave_out else " (the rest of the row is kept)"
    return error("log-value", at, f"column {repr_of(heading)}: {unreadable.wrong}{kept}", unreadable.fix)


def _give_times(mapping: Mapping, readings: list[_Reading], file: str, faults: list[Diagnostic]) -> int:
    """Give every row its time; return how many had to take that of another row."""
    for reading in readings:
        value = None if mapping.time.needs(reading.bad) else mapping.time.of(reading.values, EPOCH)
        reading.time = _moment(value)
    untimed = [reading for reading in readings if reading.time is None]
    if not untimed:
        return 0
    if mapping.untimed is not None:
        _borrow_times(mapping.untimed, readings)
    for reading in untimed:
        reading.is_untimed = reading.time is not None
        if reading.time is None and not mapping.time.needs(reading.bad):
            fix = (
                "say in the mapping what is to be done: untimed"
                if mapping.untimed is None
                else "no row of the log has one"
            )
            faults.append(error("log-untimed", place(file, reading.origin.line), "this row has no time", fix))
    return sum(reading.is_untimed for reading in untimed)


def _borrow_times(column: str, readings: list[_Reading]) -> None:
    first = next((reading.time for reading in readings if reading.time is not None), None)
    for ordered in (readings, readings[::-1]):
        known: dict[Any, datetime] = {}
        filled: list[tuple[_Reading, datetime]] = []
        for reading in ordered:
            group = reading.values[column]
            if reading.time is not None:
                known[group] = reading.time
            elif group in known:
                filled.append((reading, known[group]))
        for reading, time in filled:
            reading.time = time
    for reading in readings:
        reading.time = reading.time or first


def _moment(value: Any) -> datetime | None:
    """Return a FEEL date and time that names its zone as Python has it, None for any other value."""
    return value.to_datetime() if isinstance(value, DateTimeValue) and value.zoned else None


class _Lost:
    """A fact that cannot be made, because its row has an unreadable cell it needs."""


_LOST = _Lost()
_PLAIN = frozenset({str, int, bool})


def _make(
    rule: FactRule, number: int, reading: _Reading, last: dict[tuple[int, Any], dict[str, Any]]
) -> tuple[datetime, dict[str, Any]] | _Lost | None:
    """Return (time, data) of the fact *rule* makes of a row, None where it makes none."""
    now = reading.time
    assert now is not None  # noqa: S101 - rows without a time were left out
    if reading.bad and any(field.needs(reading.bad) for field in rule.fields()):
        return _LOST
    if rule.when is not None and rule.when.of(reading.values, now) is not True:
        return None
    data = {name: field.of(reading.values, now) for name, field in rule.data.items()}
    plain = {
        name: value if type(value) in _PLAIN else to_json(value)
        for name, value in data.items()
        if value is not None
    }
    if rule.changes_of is not None:
        group = (number, reading.values[rule.changes_of])
        if last.get(group) == plain:
            return None
        last[group] = plain
    time = None if rule.time is None else _moment(rule.time.of(reading.values, now))
    return time or now, plain


def _with_ids(
    made: Iterable[tuple[datetime, FactRule, _Reading, dict[str, Any]]], file: str, headings: dict[str, str]
) -> Iterator[MappedFact]:
    """Yield the facts with ids made of what they say.

    The same row has the same id wherever it stands; one that repeats another has its number behind it.
    """
    seen: Counter[str] = Counter()
    for time, rule, reading, data in made:
        text = json.dumps([rule.fact_type, rule.source, format_time(time), data], sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:20]
        seen[digest] += 1
        again = f"-{seen[digest]}" if seen[digest] > 1 else ""
        envelope = {
            "id": f"{rule.fact_type}-{digest}{again}",
            "source": rule.source,
            "type": rule.fact_type,
            "time": format_time(time),
            "data": data,
        }
        yield MappedFact(envelope, file, reading.origin, rule, headings)
