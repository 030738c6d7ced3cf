"""What a window costs: work for a fact that does not grow with it, memory that does not grow with time."""

from __future__ import annotations

import sys
from datetime import timedelta
from types import FrameType
from typing import Any

import pytest

from engine.decisions import Fact
from engine.rulebook import Running
from engine.session import Session
from engine.windows import Stretch
from engine.windows.group import Entry, Group
from tests.engine.books import START, Facts, book

RULES = """
  - rule: many
    when:
      - fs: inspection
        where: result = "fail"
        per: order_id
        within: 60 min
        having: {having}
    then: {{notify: {{order: = order_id, to: quality, message: many}}}}
"""


def calls_per_fact(session: Session, a_minute: int, late: int = 0) -> float:
    """Return how many calls of functions a fact takes once the window is full, on average over twenty minutes.

    Every second fact comes *late* by so many minutes.
    """
    make = Facts()
    minutes = [(number - number % 2 * late * a_minute) / a_minute for number in range(100 * a_minute)]
    facts = [
        make("inspection", at=at, lot_id="l", order_id="o", result="fail", measured=number % 7)
        for number, at in enumerate(minutes)
    ]
    for fact in facts[: 80 * a_minute]:
        session.submit(fact)
    calls = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        for fact in facts[80 * a_minute :]:
            session.submit(fact)
    finally:
        sys.setprofile(before)
    return calls / (20 * a_minute)


HAVINGS = [
    pytest.param("count(fs) >= 1000000", id="count, which does not hold"),
    pytest.param("count(fs) >= 3", id="count, which holds"),
    pytest.param("mean(fs.measured) > 100 or sum(fs.measured) < 0", id="mean and sum"),
    pytest.param(
        "max(fs.measured) - min(fs.measured) < 0 or stddev(fs.measured) > 50", id="range and spread"
    ),
    pytest.param('count(fs[result = "pass"]) / count(fs) > 0.1', id="share, by counting"),
    pytest.param("share(fs.measured, (> 9)) > 0.1", id="share"),
    pytest.param("in a row(fs.measured, [0..6]) < 0", id="in a row"),
    pytest.param("longest run(fs.measured, (< 5)) > 9", id="longest run"),
    pytest.param("count(distinct values(fs.measured)) > 9", id="distinct"),
    pytest.param("trend(fs.measured) > 9", id="trend"),
    pytest.param("fs[1].measured + fs[-1].measured > 99", id="first and last"),
    pytest.param("nelson(fs.measured, 1, 3, 9)", id="a run rule"),
    pytest.param("count(western electric signals(fs.measured, 3, 9)) > 4", id="run rules"),
    pytest.param("cpk(fs.measured, 0, 99) > 9 or ppk(fs.measured, 0, 99) > 9", id="capability"),
]


@pytest.mark.parametrize("late", [pytest.param(0, id="in order"), pytest.param(30, id="late")])
@pytest.mark.parametrize("having", HAVINGS)
def test_a_fact_costs_no_more_in_a_large_window(
    having: str, late: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window of three thousand facts takes as many calls for a fact as one of sixty, late or not, and makes no list of them."""
    monkeypatch.setattr(Stretch, "values", property(lambda _: pytest.fail("a list was made")))
    rulebook = book(RULES.format(having=having))
    small, large = (calls_per_fact(Session(rulebook), a_minute, late) for a_minute in (1, 50))
    assert large <= 1.1 * small


def test_a_late_fact_costs_a_median_little_more_than_one_in_order() -> None:
    """A median looks through more blocks the more facts there are, and for a late one hardly further."""
    rulebook = book(RULES.format(having="median(fs.measured) > 100"))
    in_order, late = (calls_per_fact(Session(rulebook), 50, late) for late in (0, 30))
    assert late <= 1.1 * in_order


NUMBERS = [
    *(Running(name, "measured") for name in ("sum", "mean", "stddev", "median", "min", "max", "trend")),
    *(Running(name, "measured") for name in ("tail", "within", "overall")),
    *(Running(name, None, lambda data, _: [data["measured"] > 2]) for name in ("matching", "share")),
    *(Running(name, None, lambda data, _: [data["measured"] > 2]) for name in ("in a row", "longest run")),
    Running("distinct", None, lambda data, _: [data["measured"]]),
]
"""All that can be kept of facts."""


def entry(number: int, minute: float, kind: type[dict[str, Any]] = dict) -> Entry:
    """Return fact *number*, which came at that minute and counts at *minute*; its data is of that *kind*."""
    time, came = (START + timedelta(minutes=at) for at in (minute, number))
    return time, number, Fact("mes", str(number), "inspection", time, kind(measured=number % 5)), came


@pytest.mark.parametrize("wanted", NUMBERS, ids=lambda wanted: wanted.name)
def test_a_late_fact_is_looked_at_once_and_no_other(wanted: Running) -> None:
    """A fact that comes late is asked for its value once; of those that are there, none is."""
    looked: list[int] = []

    class Data(dict[str, Any]):
        def get(self, name: str, default: Any = None) -> Any:
            looked.append(1)
            return super().get(name, default)

        def __getitem__(self, name: str) -> Any:
            looked.append(1)
            return super().__getitem__(name)

    group = Group([wanted])
    for number, minute in enumerate([0, 1, 2, 3, 4, 2.5, 0.5, -1, 3.5]):
        group.put(entry(number, minute, Data))
        assert len(looked) == number + 1


def test_facts_that_somebody_holds_stay_as_they_were() -> None:
    """What a late fact is put into is no list that somebody still looks at; where nobody does, none is copied."""
    group = Group(())
    for number in range(4):
        group.put(entry(number, number))
    group.drop()
    before = group.facts()
    group.put(entry(4, 1.5))
    between, entries = group.facts(), group._entries
    group.put(entry(5, 5))
    assert group._entries is entries
    group.put(entry(6, 2.5))
    copied = group._entries
    group.put(entry(7, 0.5))
    assert group._entries is copied
    found = [[fact["measured"] for fact in facts.values] for facts in (before, between, group.facts())]
    assert found == [[1, 2, 3], [1, 4, 2, 3], [2, 1, 4, 2, 1, 3, 0]]


BESIDE = """
  - rule: many
    when:
      - fs: inspection
        per: order_id
        within: 60 min
        having: in a row(fs.result, "fail") >= 3
      - order: order
        where: order_id = fs[-1].order_id
    then: {notify: {order: = order.order_id, to: quality, message: "{fs[1].lot_id} to {fs[-1].lot_id}"}}
    until: fs[-1].result = "pass"
"""


def test_first_and_last_are_found_without_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Joins, actions and `until` that ask a window for its first and last event make no list of the others."""
    monkeypatch.setattr(Stretch, "values", property(lambda _: pytest.fail("a list was made")))
    make, session = Facts(), Session(book(BESIDE))
    session.submit(make("order", order_id="o", item="x", status="started"))
    data = {"order_id": "o", "result": "fail"}
    outcomes = [session.submit(make("inspection", lot_id=f"l{number}", **data)) for number in range(4)]
    assert [[d.values["message"] for d in outcome.decisions] for outcome in outcomes] == [
        [],
        [],
        ["l0 to l2"],
        [],
    ]
    ended = session.submit(make("inspection", lot_id="l4", order_id="o", result="pass"))
    assert [rule for rule, _ in ended.cleared] == ["many"]


def test_memory_is_bounded_by_the_window() -> None:
    """What has left a window is forgotten: entries, groups and what was awaited of them."""
    session = Session(book(RULES.format(having="count(fs) >= 3")))
    make = Facts()
    for number in range(3_000):
        data = {"lot_id": "l", "order_id": f"o{number % 7}", "result": "fail"}
        session.submit(make("inspection", at=number, **data))
    windows = session._carried.windows
    assert windows is not None
    assert len(windows.saved()) == 60
    (window,) = windows._windows.values()
    assert sum(len(group._entries) for group in window.groups.values()) <= 120
    assert len(windows._due) + len(windows._awaited) <= 120
    assert session.clock is not None
    session.advance(session.clock + timedelta(minutes=60))
    assert not window.groups
    assert windows.next_due() is None
    assert not windows._due


def test_what_leaves_unheard_is_kept_no_longer_than_a_group_that_stays_empty() -> None:
    """A fact that leaves where nothing comes of it makes no stop of the clock, and is gone once its group has no other."""
    session = Session(book(RULES.format(having="count(fs) >= 3")))
    make = Facts()
    windows = session._carried.windows
    assert windows is not None
    (window,) = windows._windows.values()
    for number in range(1_000):
        session.submit(make("inspection", at=number, lot_id="l", order_id=f"o{number}", result="fail"))
        assert not windows._due
        assert len(window.groups) <= 60
    queues = windows._fading._queues.values()
    assert sum(map(len, queues)) <= 60


def test_a_book_without_windows_has_none() -> None:
    """Where no rule has a window, a session keeps nothing for them."""
    rules = "  - rule: a\n    on: inspection\n    then: {notify: {lot: = lot_id, to: quality, message: m}}\n"
    assert Session(book(rules))._carried.windows is None
