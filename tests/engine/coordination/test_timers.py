"""What falls due: set, set anew, dropped, and taken in the order of time."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import given

from engine.coordination.timers import Timers
from tests.engine.books import START

KEYS = st.tuples(st.sampled_from("abc"), st.sampled_from("xy"))
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("set"), KEYS, st.integers(0, 20)),
        st.tuples(st.just("drop"), KEYS, st.just(0)),
        st.tuples(st.just("pop"), KEYS, st.integers(0, 20)),
    ),
    max_size=40,
)


@given(MOVES)
def test_timers_do_what_a_mapping_does(moves: list[tuple[str, tuple[str, str], int]]) -> None:
    """The heap gives what a search through all times would, saved and loaded at every step."""
    timers, plain = Timers(), {}
    for what, key, minute in moves:
        at = START + timedelta(minutes=minute)
        if what == "set":
            timers.set(key, at)
            plain[key] = at
        elif what == "drop":
            timers.drop(key)
            plain.pop(key, None)
        else:
            due = sorted((when, name) for name, when in plain.items() if when <= at)
            assert timers.pop_due(at) == [name for _, name in due]
            plain = {name: when for name, when in plain.items() if when > at}
        assert timers.next_due() == min(plain.values(), default=None)
        timers = Timers(timers.saved())
