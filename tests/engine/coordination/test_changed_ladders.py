"""Cases under a changed rule book: which ladder they climb on, from where, whom that tells, and what is said of it."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import takewhile
from pathlib import Path

import pytest

from engine.losses import Loss
from engine.session import Session
from tests.engine.books import START
from tests.engine.coordination.floor import HELD, LADDERS, Floor, ladder, renamed, rule_book

UNNAMED = HELD.replace("          ladder: help\n", "")
PAGE = Path(__file__).parents[3] / "docs" / "operations.md"
OTHER = HELD.replace("ladder: help", "ladder: other")
OTHER_LADDER = LADDERS.replace("ladder: help", "ladder: other")
ONCE = HELD.replace("within 10 min", "within 10 days")
"""Of a case whose time to answer moves no clock."""


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(UNNAMED, id="the-rule-names-none"),
        pytest.param(OTHER.replace("rule: failed-lot", "rule: broken-lot"), id="the-rule-is-gone"),
        pytest.param(OTHER.replace("    on:", "    enabled: false\n    on:"), id="the-rule-is-off"),
    ],
)
def test_a_case_whose_ladder_is_gone_and_that_is_given_no_other_is_told(rules: str) -> None:
    """The case goes on, and nobody up a ladder hears of it; one that is resolved is not told of."""
    floor = Floor()
    floor.fail()
    name = floor.decisions[0].id
    later = rule_book(rules, OTHER_LADDER)
    loss = Session.restore(later, floor.session.snapshot()).losses[0]
    why = 'nobody is told of it any more: there is no ladder "help" now'
    assert loss == Loss("ladders", "failed-lot", 1, (f"held of lot L1, case {name}",), why)
    assert floor.change(later) == [why]
    assert floor.session.cases()[0].climbs == ""
    assert floor.wait(1_000) == []
    third = rule_book(*(text.replace("ladder: other", "ladder: third") for text in (rules, OTHER_LADDER)))
    assert floor.change(third) == []
    assert floor.state().startswith("open")
    resolved = Floor()
    resolved.fail()
    resolved.answer(1, "resolve")
    assert resolved.change(later) == []


@pytest.mark.parametrize("matcher", ["native", "naive"])
@pytest.mark.parametrize("at", [0, 20, 70, 500])
def test_a_ladder_that_only_has_another_name_is_climbed_on(at: float, matcher: str) -> None:
    """The case climbs as if nothing had changed, and is told of with the name of what it climbs."""
    floor, same = Floor(matcher=matcher), Floor(matcher=matcher)
    for one in (floor, same):
        one.fail()
        one.wait(at)
    why = 'it climbs "other" now, which its rule names: there is no ladder "help" any more'
    assert floor.change(renamed()) == [why]
    assert floor.session.cases()[0].climbs == "other"
    assert floor.wait(1_000) == same.wait(1_000)
    assert [one.id for one in floor.decisions] == [one.id for one in same.decisions]
    assert floor.change(rule_book(OTHER, OTHER_LADDER + " ")) == []


def test_a_case_climbs_the_ladder_that_it_was_opened_with_as_long_as_there_is_one() -> None:
    """That its rule names another one now is for the cases that come; where the first comes back, it is climbed on."""
    both = LADDERS + ladder("5 boss", name="other").removeprefix("ladders:\n")
    floor = Floor()
    floor.fail()
    assert floor.change(rule_book(OTHER, both)) == []
    assert floor.wait(20) == ["15 escalate supervisor step 1"]
    floor.fail(20, "L2")
    assert [case.climbs for case in floor.session.cases()] == ["help", "other"]
    floor.change(rule_book(OTHER, ladder("5 boss", "90 chief", name="other")))
    assert [case.climbs for case in floor.session.cases()] == ["other", "other"]
    assert floor.change(rule_book(HELD, both)) == ['it climbs "help" now, with which it was opened']
    assert floor.wait(70) == [
        "25 escalate boss step 1",
        "60 escalate manager step 2",
        "60 escalate quality step 2",
    ]


def test_the_ladder_is_the_one_named_for_the_kind_of_the_case() -> None:
    """Of a rule that opens cases of several kinds; where it opens the kind no more, the only ladder that it names."""
    floor = Floor()
    floor.fail()
    first = "{open_case: {order: = order_id, kind: late, tasks: {sales: say so}, ladder: slow}}"
    two = OTHER.replace("    then:\n", f"    then:\n      - {first}\n")
    ladders = ladder("30 boss", name="other") + ladder("40 clerk", name="slow").removeprefix("ladders:\n")
    floor.change(rule_book(two, ladders))
    assert floor.session.cases()[0].climbs == "other"
    floor.change(rule_book(two.replace("kind: held", "kind: doubtful"), ladders))
    assert floor.session.cases()[0].climbs == ""
    floor.change(rule_book(OTHER.replace("kind: held", "kind: doubtful"), ladders))
    assert floor.session.cases()[0].climbs == "other"
    assert floor.wait(50) == ["30 escalate boss step 1"]


PLAIN = ("15 supervisor", "60 manager")
PLACES = [
    pytest.param(PLAIN, 20, ("15 supervisor", "60 plant"), 25, ["60 plant 2"], id="another-step-above"),
    pytest.param(
        PLAIN, 20, ("5 lead", "10 supervisor", "60 manager"), 25, ["60 manager 3"], id="a-step-below"
    ),
    pytest.param(PLAIN, 20, ("30 supervisor", "90 manager"), 25, ["90 manager 2"], id="slower"),
    pytest.param(PLAIN, 20, ("5 supervisor", "18 manager"), 25, ["20 manager 2"], id="faster"),
    pytest.param(
        PLAIN, 5, ("10 supervisor", "30 manager"), 40, ["30 manager 2"], id="past-when-the-clock-moves"
    ),
    pytest.param(
        PLAIN, 20, ("16 a", "17 b", "18 c", "60 d"), 25, ["20 c 3", "60 d 4"], id="only-the-last-past"
    ),
    pytest.param(("60 manager",), 20, ("15 supervisor",), 25, ["20 supervisor 1"], id="all-past"),
    pytest.param(
        ("5 a", "10 b", "20 c", "60 d"), 30, ("5 a", "20 c", "60 d"), 35, ["60 d 3"], id="a-step-removed"
    ),
    pytest.param(("5 a", "10 b", "20 c", "60 d"), 30, ("15 x", "60 d"), 35, ["60 d 2"], id="steps-removed"),
    pytest.param(PLAIN, 20, ("15 supervisor",), 25, [], id="the-top-removed"),
    pytest.param(PLAIN, 70, ("15 a", "50 b", "65 c"), 80, [], id="from-the-top-to-what-is-past"),
    pytest.param(PLAIN, 70, ("15 a", "75 b", "90 c"), 80, ["90 c 3"], id="from-the-top-to-what-is-to-come"),
    pytest.param(
        PLAIN,
        70,
        ("80 supervisor", "120 boss"),
        75,
        ["80 supervisor 1", "120 boss 2"],
        id="somebody-below-a-second-time",
    ),
    pytest.param(PLAIN, 70, ("80 lead", "90 manager"), 75, [], id="not-below-the-manager"),
]


@pytest.mark.parametrize("name", ["help", "other"])
@pytest.mark.parametrize(("old", "at", "new", "moved", "told"), PLACES)
def test_a_case_goes_on_from_where_it_stands(
    name: str, old: tuple[str, ...], at: float, new: tuple[str, ...], moved: float, told: list[str]
) -> None:
    """Of steps that are past, the last is told at once, and none of who is below; the same whether the name stays or not."""
    floor = Floor(rule_book(ONCE, ladder(*old)))
    floor.fail()
    floor.wait(at)
    floor.change(rule_book(ONCE.replace("ladder: help", f"ladder: {name}"), ladder(*new, name=name)))
    floor.cut()
    found = floor.wait(moved)
    floor.cut()
    found += floor.wait(1_000)
    assert [line.replace(" escalate", "").replace(" step", "") for line in found] == told
    assert len({decision.id for decision in floor.decisions}) == len(floor.decisions)


def written() -> list[list[str]]:
    """Return the rows of the table of changed ladders in the page for operators, cell by cell."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(number for number, text in enumerate(lines) if text.startswith("| ladder was"))
    rows = takewhile(lambda text: text.startswith("|"), lines[start + 2 :])
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row[0]} - {row[2]}") for row in written()])
def test_the_page_for_operators_says_what_happens(row: list[str]) -> None:
    """Each row of its table: what was told after 20 minutes, and with what the case goes on."""
    was, heard, now, then = row
    floor = Floor(rule_book(ONCE, ladder(*was.split(", "))))
    floor.fail()
    told = [line.split()[2] for line in floor.wait(20)]
    assert told == ([] if heard == "nobody" else heard.split(", "))
    floor.change(rule_book(ONCE, ladder(*now.split(", "))))
    who, _, at = then.replace(", at once", " at 20").partition(" at ")
    assert (floor.wait(21) + floor.wait(1_000))[0].startswith(f"{at} escalate {who} ")


def test_a_step_that_was_taken_early_is_not_gone_below() -> None:
    """Who declines takes the case up its ladder before the time; under another one it goes on above that time."""
    floor = Floor(rule_book(ONCE, ladder(*PLAIN)))
    floor.fail()
    floor.answer(1, "decline", "quality")
    floor.answer(2, "decline", "planning")
    floor.change(rule_book(ONCE, ladder("10 a", "30 b", "50 c", "90 d")))
    assert floor.wait(20) == []
    assert floor.wait(1_000) == ["90 escalate d step 4"]


def test_a_ladder_that_has_ended_tells_nobody() -> None:
    """Where the new ladder ends before the clock moves, the case stands at its top."""
    floor = Floor(rule_book(ONCE, ladder("60 manager")))
    floor.fail()
    floor.change(rule_book(ONCE, ladder("5 supervisor", more="    end: 10 min\n")))
    assert floor.wait(20) == []
    assert (floor.session.cases()[0].climbed, floor.session.next_due()) == (1, START + timedelta(days=10))


def test_the_last_step_is_climbed_again_as_the_new_ladder_says() -> None:
    """The repeats that are past are not made up for; the next comes at its time."""
    floor = Floor(rule_book(ONCE, ladder("60 manager")))
    floor.fail()
    floor.change(rule_book(ONCE, ladder("5 boss", more="    repeat: {every: 10 min, times: 4}\n")))
    assert floor.wait(32) == ["25 escalate boss step 1"]
    assert floor.wait(1_000) == ["35 escalate boss step 1", "45 escalate boss step 1"]


def test_nobody_left_to_tell_is_said() -> None:
    """A case whose next step was taken out of the ladder is told of; one that had come to the top is not."""
    why = 'nobody is told of it any more: no step of the ladder "help" is left for it now'
    for at, said in ((20, [why]), (70, [])):
        floor = Floor(rule_book(ONCE, ladder(*PLAIN)))
        floor.fail()
        floor.wait(at)
        assert floor.change(rule_book(ONCE, ladder("15 supervisor"))) == said
        assert floor.wait(1_000) == []


def test_a_ladder_that_is_back_is_climbed_on() -> None:
    """Of what fell due while there was none the last is told at once, the rest in its time; nothing is told twice."""
    floor = Floor()
    floor.fail()
    floor.wait(20)
    floor.change(rule_book(UNNAMED))  # the ladder is there, and the case climbs it
    assert floor.session.cases()[0].climbs == "help"
    floor.change(rule_book(UNNAMED, OTHER_LADDER))
    assert floor.session.next_due() is None
    assert floor.wait(90) == []
    assert floor.change(rule_book()) == []
    assert floor.wait(95) == ["90 escalate manager step 2", "90 escalate quality step 2"]
    assert floor.wait(1_000)[0::2] == ["120 escalate manager step 2", "180 escalate manager step 2"]


def test_a_case_that_was_opened_without_a_ladder_climbs_the_one_that_its_rule_is_given() -> None:
    """Only with what is still to come: that a rule is given a ladder is no reason to tell of every old case at once."""
    floor = Floor(rule_book(UNNAMED.replace(" within 10 min", "")))
    floor.fail()
    floor.wait(20)
    assert floor.change(rule_book()) == []
    assert floor.wait(30) == []
    assert floor.wait(1_000)[0::2] == [f"{at} escalate manager step 2" for at in (60, 120, 180)]


def test_what_is_overdue_of_the_same_ladder_is_told_step_by_step() -> None:
    """A change of other rules passes over nothing, whether the clock stood still meanwhile or a fact came late."""
    floor = Floor()
    floor.post("inspection", 90, lot_id="L2", order_id="O2", result="pass")
    floor.fail(0)
    assert floor.change(rule_book(ladders=LADDERS + "# as it was\n")) == []
    assert floor.wait(91) == [
        "15 escalate supervisor step 1",
        *("60 escalate manager step 2", "60 escalate quality step 2"),
    ]


def test_a_calendar_that_says_something_else_makes_another_ladder() -> None:
    """Where the shifts are others the case is placed by its times, and no step is told twice."""
    calendar = (
        "calendars:\n  - calendar: day\n    time_zone: UTC\n"
        "    shifts: [{shift: day, days: weekdays, start: 06:00, end: 22:00}]\n"
    )
    working = LADDERS.replace("after: 15 min", "after: 15 working minutes").replace(
        "ladder: help\n", "ladder: help\n    calendar: day\n"
    )
    floor = Floor(rule_book(ONCE, working, calendars=calendar))
    floor.fail()
    assert floor.wait(20) == ["15 escalate supervisor step 1"]
    later = rule_book(ONCE, working, calendars=calendar.replace("06:00", "06:30"))
    floor.change(later)
    assert floor.wait(50) == []
    assert floor.wait(1_000)[0::2] == [f"{at} escalate manager step 2" for at in (60, 120, 180)]
    floor.fail(1_000, "L2")
    assert floor.session.case(floor.decisions[-4].id) is not None


def test_answers_stop_the_ladder_that_is_climbed_now_and_begin_it_anew() -> None:
    """What follows after the change is as on any ladder."""
    floor = Floor()
    floor.fail()
    floor.change(renamed(ladders=ladder("20 boss", "40 chief")))
    floor.answer(5, "acknowledge", "quality")
    floor.answer(6, "acknowledge", "planning")
    assert floor.wait(100) == []
    floor.answer(100, "resolve")
    assert floor.answer(100, "reopen")[-1] == "100 ask planning"
    assert floor.wait(1_000) == ["120 escalate boss step 1", "140 escalate chief step 2"]
    assert floor.session.cases()[0].climbed == 2


def test_an_acknowledged_case_is_placed_too() -> None:
    """One who declines then has the step told that comes after where it stood."""
    floor = Floor()
    floor.fail()
    floor.wait(20)
    for role in ("quality", "planning", "production"):
        floor.answer(21, "acknowledge", role)
    floor.change(renamed(ladders=ladder("5 lead", "15 supervisor", "60 boss")))
    assert floor.answer(30, "decline", "quality") == ["30 escalate boss step 3"]
    assert floor.wait(1_000) == []


def test_a_session_saved_before_places_were_kept_goes_on_by_the_number_of_steps() -> None:
    """Its cases stand where they stood, and are placed as others from their next step on."""
    floor = Floor()
    floor.fail()
    floor.wait(20)
    raw = json.loads(floor.session.snapshot())
    for case in raw["desk"]["cases"]:
        for name in ("climbs", "course", "stands_on", "is_at_top"):
            del case[name]
    later = Session.restore(renamed(), json.dumps(raw).encode())
    assert [loss.what for loss in later.losses] == ["ladders"]
    floor.session = later
    assert floor.wait(70) == ["60 escalate manager step 2", "60 escalate quality step 2"]
    assert floor.session.cases()[0].stands_on is not None
