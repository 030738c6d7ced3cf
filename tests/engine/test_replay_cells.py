"""Cells of a log: what each type reads, and what it refuses rather than guesses."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.replay.cells import Reading, Unreadable, is_time_format

TIMES = ("YYYY-MM-DD[ hh:mm[:ss[.f]]]", "YYYY/MM/DD[ hh:mm[:ss[.f]]]")
NUMBER = Reading("number", thousands=",")
EUROPEAN = Reading("number", thousands=".", decimal_mark=",")
TIME = Reading("time", formats=TIMES)
WORD = Reading("word", words={"D": "run", "S": "set_up"})


@pytest.mark.parametrize(
    ("reading", "cell", "value"),
    [
        pytest.param(NUMBER, "3", 3, id="integer"),
        pytest.param(NUMBER, " 3 ", 3, id="blanks around"),
        pytest.param(NUMBER, "\u00a03\t", 3, id="no-break space and tab"),
        pytest.param(NUMBER, "2.0", 2, id="whole with decimals"),
        pytest.param(NUMBER, "2.50", Decimal("2.50"), id="decimals are exact"),
        pytest.param(NUMBER, "1,000", 1000, id="thousands"),
        pytest.param(NUMBER, "-1,234,567.5", Decimal("-1234567.5"), id="negative with groups"),
        pytest.param(NUMBER, "+4", 4, id="plus"),
        pytest.param(NUMBER, "1e3", 1000, id="exponent"),
        pytest.param(NUMBER, "", None, id="empty"),
        pytest.param(NUMBER, "   ", None, id="blank"),
        pytest.param(NUMBER, None, None, id="null"),
        pytest.param(NUMBER, 7, 7, id="a JSON number"),
        pytest.param(NUMBER, Decimal("0.5"), Decimal("0.5"), id="a JSON decimal"),
        pytest.param(EUROPEAN, "1.000,5", Decimal("1000.5"), id="comma for decimals"),
        pytest.param(Reading("text"), " Case 1 ", "Case 1", id="text is trimmed"),
        pytest.param(Reading("text"), 17, "17", id="a number as text"),
        pytest.param(Reading("boolean"), "Y", True, id="Y"),
        pytest.param(Reading("boolean"), "no", False, id="no"),
        pytest.param(Reading("boolean"), False, False, id="a JSON boolean"),
        pytest.param(Reading("boolean"), "", None, id="empty is not false"),
        pytest.param(WORD, "D", "run", id="word"),
        pytest.param(WORD, " s ", "set_up", id="word in another case"),
        pytest.param(TIME, "2012-01-29 23:24:00", datetime(2012, 1, 29, 23, 24, tzinfo=UTC), id="time"),
        pytest.param(
            TIME, "2012/01/29 23:24:00.000", datetime(2012, 1, 29, 23, 24, tzinfo=UTC), id="slashes"
        ),
        pytest.param(TIME, "2012-01-29T23:24", datetime(2012, 1, 29, 23, 24, tzinfo=UTC), id="T, no seconds"),
        pytest.param(TIME, "2012-01-29", datetime(2012, 1, 29, tzinfo=UTC), id="a day"),
        pytest.param(TIME, "2012-01-29 23:24:00Z", datetime(2012, 1, 29, 23, 24, tzinfo=UTC), id="with Z"),
        pytest.param(
            TIME, "2012-01-29 23:24:00+02:00", datetime(2012, 1, 29, 21, 24, tzinfo=UTC), id="offset"
        ),
        pytest.param(
            TIME, "2012-01-29 23:24:00.1234567", datetime(2012, 1, 29, 23, 24, 0, 123456, UTC), id="fraction"
        ),
        pytest.param(
            Reading("time", formats=TIMES, zone=ZoneInfo("Europe/Berlin")),
            "2012-07-01 12:00",
            datetime(2012, 7, 1, 10, tzinfo=UTC),
            id="the mapping's zone",
        ),
        pytest.param(
            Reading("time", formats=TIMES, zone=ZoneInfo("Europe/Berlin")),
            "2012-10-28 02:30",
            datetime(2012, 10, 28, 0, 30, tzinfo=UTC),
            id="an hour that comes twice in autumn is the first",
        ),
        pytest.param(
            Reading("time", formats=("DD.MM.YYYY[ hh:mm]",)),
            "29.1.2012 7:05",
            datetime(2012, 1, 29, 7, 5, tzinfo=UTC),
            id="days first",
        ),
    ],
)
def test_a_cell_is_read_as_its_column_says(reading: Reading, cell: Any, value: Any) -> None:
    """Each type reads what people and exports write, exactly, and nothing from an empty cell."""
    found = reading.read(cell)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("reading", "cell"),
    [
        pytest.param(NUMBER, "abc", id="letters"),
        pytest.param(NUMBER, "1,00", id="a group of two"),
        pytest.param(NUMBER, "1,5", id="a comma for decimals"),
        pytest.param(NUMBER, "1000,000", id="a group too long in front"),
        pytest.param(NUMBER, "NaN", id="NaN"),
        pytest.param(NUMBER, "Infinity", id="infinity"),
        pytest.param(NUMBER, "1e400", id="too large"),
        pytest.param(NUMBER, "1_000", id="a Python literal"),
        pytest.param(NUMBER, "٣", id="other digits"),
        pytest.param(NUMBER, "9" * 31, id="too many digits"),
        pytest.param(NUMBER, True, id="a JSON boolean"),
        pytest.param(NUMBER, [1], id="a list"),
        pytest.param(Reading("boolean"), "maybe", id="neither true nor false"),
        pytest.param(WORD, "X", id="an unknown word"),
        pytest.param(TIME, "29.01.2012", id="another way to write times"),
        pytest.param(TIME, "2012-02-30", id="no such day"),
        pytest.param(TIME, "2012-01-29 25:00", id="no such hour"),
        pytest.param(
            Reading("time", formats=TIMES, zone=ZoneInfo("Europe/Berlin")),
            "2012-03-25 02:30",
            id="an hour left out in spring",
        ),
        pytest.param(TIME, "soon", id="no time at all"),
        pytest.param(TIME, {"at": 1}, id="a mapping"),
    ],
)
def test_what_cannot_be_read_is_refused(reading: Reading, cell: Any) -> None:
    """A cell that is not what its column says is named and never guessed at."""
    with pytest.raises(Unreadable) as refused:
        reading.read(cell)
    assert refused.value.wrong


@pytest.mark.parametrize(
    ("written", "is_one"),
    [
        pytest.param("YYYY-MM-DD", True, id="a day"),
        pytest.param("DD/MM/YYYY hh:mm", True, id="days first"),
        pytest.param("DD.MM.YYYY hh:mm Uhr", True, id="a word"),
        pytest.param("YYYY-MM-DDThh:mm:ss", True, id="a T"),
        pytest.param("YYYY-MM-DD HH:mm", False, id="hours as other programs write them"),
        pytest.param("DD/mm/YYYY HH:MM", False, id="months for minutes"),
        pytest.param("hh:mm", False, id="no day"),
        pytest.param("YYYY-MM-DD[ hh:mm", False, id="an open bracket"),
        pytest.param("YYYY YYYY MM DD", False, id="the year twice"),
    ],
)
def test_ways_to_write_times(written: str, is_one: bool) -> None:
    """A way to write times names year, month and day, each once."""
    assert is_time_format(written) is is_one
