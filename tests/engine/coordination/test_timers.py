"""What falls due: set, set anew, dropped, and taken in the order of time."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import given

from engine.coordination.timers import SPARE, Timers
from tests.engine.books import START

KEYS = st.tuples(st.sampled_from("abc"), st.sampled_from("xy"))
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("set"), KEYS, st.integers(0, 20)),
        st.tuples(st.just("drop"), KEYS, st.just(0)),
        st.tuples(st.just("pop"), KEYS, st.integers(0, 20)),
        st.tuples(st.just("reload"), KEYS, st.just(0)),
    ),
    max_size=40,
)


@given(MOVES)
def test_timers_do_what_a_mapping_does(moves: list[tuple[str, tuple[str, str], int]]) -> None:
    """The heap gives what a search through all times would, saved and loaded now and then."""
    timers, plain = Timers(), {}
    for what, key, minute in moves:
        at = START + timedelta(minutes=minute)
        if what == "set":
            timers.set(key, at)
            plain[key] = at
        elif what == "drop":
            timers.drop(key)
            plain.pop(key, None)
        elif what == "reload":
            timers = Timers(timers.saved())
        else:
            due = sorted((when, name) for name, when in plain.items() if when <= at)
            assert timers.pop_due(at) == [name for _, name in due]
            plain = {name: when for name, when in plain.items() if when > at}
        assert timers.next_due() == min(plain.values(), default=None)


def test_a_timer_set_ten_thousand_times_takes_the_room_of_one() -> None:
    """However often one is dropped and set anew, what is no longer in force is cleared out; what is due comes in its order."""
    timers = Timers()
    others = [(f"case {number}", "ladder") for number in range(10)]
    for number, key in enumerate(others):
        timers.set(key, START + timedelta(minutes=number))
    for number in range(10_000):
        timers.drop(("flood", "ladder"))
        timers.set(("flood", "ladder"), START + timedelta(minutes=20 + number % 3))
    assert len(timers._heap) <= 2 * len(timers.times) + SPARE
    assert timers.pop_due(START + timedelta(minutes=60)) == [*others, ("flood", "ladder")]
    assert timers.next_due() is None
