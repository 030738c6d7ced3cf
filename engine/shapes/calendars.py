"""The shape of a calendars document: time zones, shifts with their breaks, and the days that are not like others."""

from __future__ import annotations

from engine.shapes.registry import DocumentShape, register
from engine.shapes.vocabulary import KEBAB, Group, Key, ListOf, OneOrMany, Record, Shape, Text
from engine.shapes.words import DESCRIPTION, TITLE, kebab, text

MAX_CALENDARS = 100
"""Of one document."""

MAX_SHIFTS = 50
"""Of one calendar, and of one day of it."""

MAX_ENTRIES = 1_000
"""Of holidays, extra days or exceptions in one calendar."""

DAY_WORDS = {
    "monday": (0,),
    "tuesday": (1,),
    "wednesday": (2,),
    "thursday": (3,),
    "friday": (4,),
    "saturday": (5,),
    "sunday": (6,),
    "weekdays": (0, 1, 2, 3, 4),
    "weekend": (5, 6),
    "daily": (0, 1, 2, 3, 4, 5, 6),
}
"""The words for days of the week; Monday is 0."""

_WANTED_TIME = "a time of the clock from 00:00 to 23:59, such as 06:00; the end of a day is 00:00"
_WANTED_DAY = "year, month and day as ISO 8601 does, such as 2026-01-31"


def _time(description: str, *examples: str) -> Text:
    return Text(
        description,
        examples,
        pattern=r"(?:[01]\d|2[0-3]):[0-5]\d",
        wanted=_WANTED_TIME,
        bad_code="bad-time",
        number_fix="write four digits and a colon",
    )


def _day(description: str) -> Text:
    return Text(
        description, ("2026-12-24",), pattern=r"\d{4}-\d{2}-\d{2}", wanted=_WANTED_DAY, bad_code="bad-date"
    )


def _shift_name(description: str) -> Text:
    return kebab(description, "early")


def _dated(name: str, description: str, *keys: Key) -> Record:
    """Return the record of a single day, or of a range of days, with what is special about it."""
    return Record(
        name,
        (
            Key("date", _day("The day.")),
            Key("from", _day("The first day.")),
            Key("to", _day("The last day.")),
            TITLE,
            *keys,
        ),
        groups=(Group(("date", "from"), "day"),),
        needs={"from": "to", "to": "from"},
        description=description,
    )


_CLOCK: tuple[Key, ...] = (
    Key("start", _time("When it begins, on the clocks of the time zone.", "06:00"), required=True),
    Key(
        "end",
        _time("When it ends; at or before the start, it is the next day.", "14:00"),
        required=True,
    ),
    Key(
        "belongs_to",
        Text(
            "To which day a shift over midnight is counted: the one it starts on, or the one it ends on.",
            ("start",),
            choices=("start", "end"),
        ),
    ),
    Key(
        "breaks",
        ListOf(
            Record(
                "break",
                (
                    TITLE,
                    Key("start", _time("When it begins.", "09:00"), required=True),
                    Key("end", _time("When it ends.", "09:15"), required=True),
                ),
            ),
            description="When nobody works: no part of the working time.",
            most=MAX_SHIFTS,
        ),
    ),
)

_DAYS: Shape = OneOrMany(
    Text("A day of the week, or several in a word.", ("weekdays",), choices=tuple(DAY_WORDS)),
    "The days of the week it is worked on: those it is counted to.",
    ("weekdays",),
)

_SHIFT = Record(
    "shift",
    (
        Key("shift", _shift_name("The shift's name."), required=True),
        TITLE,
        Key("days", _DAYS, required=True),
        *_CLOCK,
    ),
    description="A shift of an ordinary week.",
)

_CALENDAR = Record(
    "calendar",
    (
        Key(
            "calendar",
            Text(
                "The calendar's name, by which rules ask for it.",
                ("plant",),
                pattern=KEBAB,
                wanted="lower-case words joined by hyphens, such as paint-shop",
            ),
            required=True,
        ),
        TITLE,
        DESCRIPTION,
        Key("extends", kebab("The calendar that it is like, but for what it says itself.", "plant")),
        Key("time_zone", text("The zone of its clocks, by its IANA name.", "Europe/Berlin")),
        Key("shifts", ListOf(_SHIFT, 1, "The shifts of an ordinary week.", most=MAX_SHIFTS)),
        Key(
            "without",
            OneOrMany(_shift_name("A shift of the calendar it extends."), "The shifts it does not have."),
        ),
        Key(
            "holidays",
            ListOf(
                _dated(
                    "holiday",
                    "A day, or days, without work.",
                    Key("free_from", _time("Half a day: the work ends by then.", "12:00")),
                    Key("free_until", _time("Half a day: the work begins then.", "12:00")),
                ),
                description="The days without work, whole or half.",
                most=MAX_ENTRIES,
            ),
        ),
        Key(
            "extra_days",
            ListOf(
                _dated(
                    "extra day",
                    "A day, or days, with work that others of their kind do not have.",
                    Key(
                        "shifts",
                        OneOrMany(_shift_name("A shift of the calendar."), "The shifts that are worked."),
                        required=True,
                    ),
                ),
                description="Working days beside those of the week; they win over holidays.",
                most=MAX_ENTRIES,
            ),
        ),
        Key(
            "exceptions",
            ListOf(
                _dated(
                    "exception",
                    "A day, or days, with shifts of their own.",
                    Key(
                        "shifts",
                        ListOf(
                            Record(
                                "shift of the day",
                                (
                                    Key("shift", _shift_name("The shift's name."), required=True),
                                    TITLE,
                                    *_CLOCK,
                                ),
                            ),
                            1,
                            "All the shifts that are worked on that day.",
                            most=MAX_SHIFTS,
                        ),
                        required=True,
                    ),
                ),
                description="Days with shifts of their own; they win over everything else.",
                most=MAX_ENTRIES,
            ),
        ),
    ),
    description="When people work.",
)

CALENDARS = register(
    DocumentShape(
        "calendars",
        "Lineside calendars",
        Record(
            "calendars",
            (
                Key(
                    "calendars",
                    ListOf(_CALENDAR, 1, "The calendars, shared by all rules.", most=MAX_CALENDARS),
                    required=True,
                ),
            ),
            description="When people work: shifts, breaks, holidays.",
        ),
    )
)
