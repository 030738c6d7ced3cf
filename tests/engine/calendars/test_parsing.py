"""Calendars documents: what they say comes to, every fault in them at its place, and how one extends another."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from engine.calendars import Break, Calendar, Shift, plan_of
from engine.parser import parse
from engine.shapes import schemas
from engine.source import load

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = (ROOT / "rules/calendars.yaml").read_text(encoding="utf-8")

GOOD = """\
calendars:
  - calendar: plant
    time_zone: Europe/Berlin
    shifts:
      - {shift: early, days: weekdays, start: 06:00, end: 14:00, breaks: [{start: 09:00, end: 09:15}]}
      - {shift: night, days: [monday, sunday], start: 22:00, end: 06:00, breaks: [{start: 02:00, end: 02:30}]}
    holidays:
      - {date: 2026-01-01}
      - {from: 2026-12-24, to: 2026-12-26}
      - {date: 2026-12-31, free_from: 12:00}
    extra_days:
      - {date: 2026-03-07, shifts: [early]}
    exceptions:
      - date: 2026-03-11
        shifts: [{shift: early, start: 06:00, end: 12:00}]
  - calendar: paint
    extends: plant
    without: night
    shifts: [{shift: late, days: friday, start: 14:00, end: 22:00}]
"""


def calendars(text: str) -> dict[str, Calendar]:
    """Return the calendars of *text*, which is without faults."""
    parsed = parse({"calendars.yaml": text})
    assert [str(fault) for fault in parsed.diagnostics] == []
    return dict(parsed.documents.calendars)


def faults(text: str) -> list[str]:
    """Return line, column and code of each fault of *text*."""
    return [f"{d.span.line}:{d.span.column} {d.code}" for d in parse({"calendars.yaml": text}).diagnostics]


def day(text: str) -> int:
    """Return the number of a day."""
    from datetime import date

    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def names(calendar: Calendar, text: str) -> list[str]:
    """Return the names of the shifts of a day."""
    return [shift.name for shift in plan_of(calendar, day(text))]


@pytest.mark.parametrize(
    ("name", "on", "shifts"),
    [
        pytest.param("plant", "2026-03-02", ["early", "night"], id="a Monday"),
        pytest.param("plant", "2026-03-03", ["early"], id="a Tuesday"),
        pytest.param("plant", "2026-03-08", ["night"], id="a Sunday"),
        pytest.param("plant", "2026-01-01", [], id="a holiday"),
        pytest.param("plant", "2026-12-25", [], id="within a range of holidays"),
        pytest.param("plant", "2026-12-31", ["early"], id="half a holiday"),
        pytest.param("plant", "2026-03-07", ["early"], id="an extra day"),
        pytest.param("plant", "2026-03-11", ["early"], id="an exception"),
        pytest.param("paint", "2026-03-02", ["early"], id="without the night"),
        pytest.param("paint", "2026-03-06", ["early", "late"], id="with a shift of its own"),
        pytest.param("paint", "2026-12-25", [], id="a holiday that it has from the other"),
    ],
)
def test_a_day_has_its_shifts(name: str, on: str, shifts: list[str]) -> None:
    """The shifts of a day are those of its weekday, unless the day is special."""
    assert names(calendars(GOOD)[name], on) == shifts


def test_minutes_count_from_the_midnight_of_the_day() -> None:
    """A shift over midnight goes on beyond minute 1440, its breaks too."""
    (_, night) = plan_of(calendars(GOOD)["plant"], day("2026-03-02"))
    assert night == Shift("night", 1320, 1800, (Break(1560, 1590),))


def test_a_shift_may_be_counted_to_the_day_it_ends_on() -> None:
    """The night before a Monday is the Monday's where the calendar says so, and the days are those it is counted to."""
    text = GOOD.replace("days: [monday, sunday],", "days: [monday, sunday], belongs_to: end,")
    (night, _) = plan_of(calendars(text)["plant"], day("2026-03-02"))
    assert night == Shift("night", -120, 360, (Break(120, 150),))


def test_half_a_holiday_cuts_shifts_and_breaks() -> None:
    """What is left of the day ends where the holiday begins, or begins where it ends."""
    plan = plan_of(calendars(GOOD)["plant"], day("2026-12-31"))
    assert plan == (Shift("early", 360, 720, (Break(540, 555),)),)
    later = calendars(GOOD.replace("free_from: 12:00", "free_until: 09:10"))["plant"]
    assert plan_of(later, day("2026-12-31")) == (Shift("early", 550, 840, (Break(550, 555),)),)


def test_the_shipped_calendars_are_sound() -> None:
    """They parse without a fault, fit their schema, and each day has the shifts its plant would name."""
    found = calendars(SHIPPED)
    assert names(found["plant"], "2026-03-28") == ["early", "late"]
    assert names(found["plant"], "2026-06-30") == ["early", "stocktaking"]
    assert names(found["maintenance"], "2026-03-28") == ["saturday"]
    assert names(found["quality"], "2026-03-02") == ["early"]
    value = load(SHIPPED, "calendars.yaml").value
    assert list(jsonschema.Draft202012Validator(schemas()["calendars"]).iter_errors(value)) == []


LATE = ", start: 06:00, end: 14:00, breaks"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("Europe/Berlin", "Europe/Berln", ["3:16 unknown-zone"], id="zone"),
        pytest.param("Europe/Berlin", "localtime", ["3:16 unknown-zone"], id="a zone of one machine"),
        pytest.param("    time_zone: Europe/Berlin\n", "", ["2:5 missing-key"], id="no zone"),
        pytest.param(
            "start: 06:00, end: 14:00, b", "start: 06:00, end: 24:00, b", ["5:59 bad-time"], id="24:00"
        ),
        pytest.param(
            "start: 06:00, end: 14:00, b", "start: 6:00, end: 14:00, b", ["5:47 bad-time"], id="6:00"
        ),
        pytest.param(
            "start: 06:00, end: 14:00, b", "start: 0600, end: 14:00, b", ["5:47 bad-time"], id="0600"
        ),
        pytest.param(
            "start: 06:00, end: 14:00, b",
            'start: "0600", end: 14:00, b',
            ["5:47 bad-time"],
            id="0600 as text",
        ),
        pytest.param("{date: 2026-01-01}", "{date: 2026-02-30}", ["8:16 bad-date"], id="no such day"),
        pytest.param("{date: 2026-01-01}", "{date: 1.1.2026}", ["8:16 bad-date"], id="another form of day"),
        pytest.param("{date: 2026-01-01}", "{date: 1926-01-01}", ["8:16 bad-date"], id="too long ago"),
        pytest.param("to: 2026-12-26", "to: 2026-12-20", ["9:32 time-order"], id="ends before it begins"),
        pytest.param("to: 2026-12-26", "to: 2028-12-26", ["9:32 too-many-items"], id="a long holiday"),
        pytest.param(", to: 2026-12-26", "", ["9:10 conflicting-keys"], id="a range without its end"),
        pytest.param("{date: 2026-01-01}", "{title: New Year}", ["8:10 missing-key"], id="no day"),
        pytest.param("09:15", "08:45", ["5:83 bad-break"], id="a break that ends before it begins"),
        pytest.param(
            "{start: 09:00, end: 09:15}",
            "{start: 13:50, end: 14:10}",
            ["5:83 bad-break"],
            id="a break over the end",
        ),
        pytest.param(
            "{start: 09:00, end: 09:15}",
            "{start: 09:00, end: 10:00}, {start: 09:30, end: 10:30}",
            ["5:111 bad-break"],
            id="breaks that overlap",
        ),
        pytest.param(
            "friday, start: 14:00", "friday, start: 13:00", ["19:22 overlapping-shifts"], id="overlap"
        ),
        pytest.param(
            "days: [monday, sunday], start: 22:00, end: 06:00",
            "days: [monday, sunday], start: 22:00, end: 06:30",
            ["5:17 overlapping-shifts"],
            id="overlap over midnight",
        ),
        pytest.param(
            "shifts: [{shift: early, start: 06:00, end: 12:00}]",
            "shifts: [{shift: early, start: 06:00, end: 12:00}, {shift: x, start: 11:00, end: 13:00}]",
            ["14:15 overlapping-shifts"],
            id="overlap within an exception",
        ),
        pytest.param(
            "date: 2026-03-11\n        shifts: [{shift: early, start: 06:00",
            "date: 2026-03-10\n        shifts: [{shift: early, start: 05:00",
            ["14:15 overlapping-shifts"],
            id="overlap of an exception with the night before",
        ),
        pytest.param("shifts: [early]}", "shifts: [erly]}", ["12:37 unknown-shift"], id="no such shift"),
        pytest.param("without: night", "without: nigth", ["18:14 unknown-shift"], id="nothing to leave out"),
        pytest.param("extends: plant", "extends: plnt", ["17:14 unknown-calendar"], id="extends"),
        pytest.param("extends: plant", "extends: paint", ["17:14 calendar-cycle"], id="itself"),
        pytest.param("calendar: paint", "calendar: plant", ["16:15 duplicate-name"], id="two of one name"),
        pytest.param(
            "shift: night, d",
            "shift: early, d",
            ["6:17 duplicate-name", "18:14 unknown-shift"],
            id="two shifts",
        ),
        pytest.param("days: friday", "days: Friday", ["19:34 not-one-of"], id="a day of the week"),
        pytest.param(
            "shift: night, d",
            "shfit: night, d",
            ["6:10 unknown-key", "18:14 unknown-shift"],
            id="a key",
        ),
        pytest.param(
            "{date: 2026-01-01}",
            "{date: 2026-12-31}",
            ["10:16 repeated-day"],
            id="half and whole",
        ),
    ],
)
def test_a_fault_has_its_place(old: str, new: str, expected: list[str]) -> None:
    """Each fault stands where it was made, and makes no others."""
    assert GOOD.count(old) == 1, old
    assert faults(GOOD.replace(old, new)) == expected


def test_every_fault_is_told_at_once() -> None:
    """Faults in several places are all there after one reading."""
    text = (
        GOOD.replace("Europe/Berlin", "Europe/Berln")
        .replace("2026-01-01", "2026-02-30")
        .replace("09:15", "24:00")
    )
    assert faults(text) == ["3:16 unknown-zone", "5:95 bad-time", "8:16 bad-date"]


def test_messages_say_what_would_be_right() -> None:
    """The nearest zone, the times of the shift and the way round a cycle are in the message."""
    text = GOOD.replace("Europe/Berlin", "Europe/Berln").replace("end: 09:15", "end: 08:15")
    text = text.replace("    time_zone", "    extends: paint\n    time_zone")
    said = "\n".join(str(d) for d in parse({"c.yaml": text}).diagnostics)
    assert 'there is no time zone "Europe/Berln"; did you mean "Europe/Berlin"?' in said
    assert 'the break 09:00-08:15 is not inside "early", 06:00-14:00' in said
    assert "the calendar extends itself: plant -> paint -> plant" in said


def test_calendars_of_several_documents_extend_each_other() -> None:
    """What extends may stand in another file, before or after."""
    first, second = GOOD.split("  - calendar: paint")
    parsed = parse({"a.yaml": "calendars:\n  - calendar: paint" + second, "b.yaml": first})
    assert parsed.diagnostics == ()
    assert names(parsed.documents.calendars["paint"], "2026-03-06") == ["early", "late"]
