"""How long something counts, by the clock and by working time: when it is over, and that what came first is over first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calendars import NEVER, Calendar, Lapse, working_between
from tests.engine.calendars.calendars import EARLY, at, calendars, day, moments, three_shifts

HOUR = timedelta(hours=1)
PLANT = three_shifts()
IDLE = Calendar("idle", "UTC", ((),) * 7)
ONCE = Calendar("once", "UTC", ((),) * 7, {day("2041-06-12"): (EARLY,)})


@pytest.mark.parametrize(
    ("lapse", "moment", "over"),
    [
        pytest.param(Lapse(HOUR), "2026-03-02T23:30:00Z", "2026-03-03T00:30:00Z", id="by the clock"),
        pytest.param(Lapse(HOUR, PLANT), "2026-03-02T08:30+01:00", "2026-03-02T09:45+01:00", id="a break"),
        pytest.param(Lapse(HOUR, PLANT), "2026-03-07T12:00+01:00", "2026-03-09T07:00+01:00", id="a weekend"),
        pytest.param(
            Lapse(6 * HOUR, PLANT), "2026-03-27T22:00+01:00", "2026-03-28T05:30+02:00", id="a night"
        ),
        pytest.param(
            Lapse(6 * HOUR, PLANT), "2026-03-29T22:00+02:00", "2026-03-30T12:45+02:00", id="Sunday is free"
        ),
        pytest.param(Lapse(HOUR, ONCE), "2003-01-01T00:00Z", "2041-06-12T07:00Z", id="decades without work"),
        pytest.param(Lapse(HOUR, PLANT), "1969-12-31T23:30Z", "1970-01-01T00:30Z", id="before all calendars"),
    ],
)
def test_when_it_is_over(lapse: Lapse, moment: str, over: str) -> None:
    """A lapse is over when so much time, or so much working time, has passed."""
    assert lapse.after(at(moment)) == at(over)


@pytest.mark.parametrize("lapse", [Lapse(timedelta.max), Lapse(HOUR, IDLE)], ids=["no year", "no work"])
def test_what_is_never_over(lapse: Lapse) -> None:
    """What is not over within the years that there are, or that a calendar knows, never is; nothing is raised."""
    assert lapse.after(at("2026-03-02T06:00:00Z")) == NEVER
    assert lapse.after(datetime.max.replace(tzinfo=UTC)) == NEVER


@settings(max_examples=150, deadline=None)
@given(calendars(), moments, st.timedeltas(timedelta(0), timedelta(days=9)), st.integers(1, 4_000))
def test_what_begins_first_is_over_first(
    calendar: Calendar, moment: datetime, later: timedelta, minutes: int
) -> None:
    """Of two moments the later is not over before the earlier, and the work between begin and end is the duration."""
    lapse = Lapse(timedelta(minutes=minutes), calendar)
    over = lapse.after(moment)
    assert moment < over <= lapse.after(moment + later)
    assert over == NEVER or working_between(calendar, moment, over) == lapse.duration
