"""What is silenced: shelved for a while or for one time, out of service, or suppressed by a rule; and what comes back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from engine.coordination.shelving import Shelf, Silence, Subject
from engine.session import Session
from tests.engine.coordination.floor import HELD, Floor, rule_book

TELLS = """
  - rule: hot-machine
    title: A hot machine
    when:
      - machine: machine
        where: temperature > 80
    on_missing: skip
    then: {notify: {work_centre: = machine.machine_id, to: maintenance, message: hot}}
  - rule: stopped-line
    title: What stands is not hot
    priority: 10
    when:
      - machine: machine
        where: status = "down"
    then:
      - suppress: {what: hot-machine, work_centre: = machine.machine_id, reason: it stands}
"""
SILENT = [
    "0 open_case L1",
    "0 ask production [silenced]",
    "0 ask quality [silenced]",
    "0 ask planning [silenced]",
]


@pytest.fixture(params=["native", "naive"])
def floor(request: pytest.FixtureRequest) -> Floor:
    """Return a plant for each matcher in turn."""
    return Floor(rule_book(HELD + TELLS), str(request.param))


def test_what_is_shelved_is_decided_counted_and_told_to_nobody(floor: Floor) -> None:
    """The case is opened and its ladder climbed; each decision says why nobody was told and until when."""
    floor.shelve(-5, lasts="1 h")
    assert floor.fail() == SILENT
    assert floor.wait(20) == ["15 escalate supervisor step 1 [silenced]"]
    assert floor.decisions[-1].reason == "shelved by Max until 2026-03-02T06:55:00Z: new gauge"
    assert floor.shelved() == ["shelved held 4"]


def test_what_was_shelved_comes_back_by_itself(floor: Floor) -> None:
    """When the time is over, those who have not answered are asked, and the ladder begins anew."""
    floor.shelve(-5, lasts="1 h")
    floor.fail()
    floor.answer(1, "accept", "quality")
    told = [one for one in floor.wait(80) if "silenced" not in one]
    assert told == ["55 ask production", "55 ask planning", "70 escalate supervisor step 1"]
    assert next(d for d in floor.decisions if d.time.minute == 55).reason == "no longer shelved"
    assert floor.shelved() == []


def test_a_case_that_was_answered_meanwhile_is_told_to_nobody(floor: Floor) -> None:
    """What is settled does not come back."""
    floor.shelve(-5, lasts="1 h")
    floor.fail()
    floor.answer(1, "acknowledge", "quality")
    floor.answer(2, "acknowledge", "planning")
    assert floor.wait(1_000) == []


def test_unshelving_tells_at_once(floor: Floor) -> None:
    """A person may end it before its time."""
    floor.shelve(-5)
    floor.fail()
    assert floor.shelve(7, "unshelve") == ["7 ask production", "7 ask quality", "7 ask planning"]
    assert floor.shelved() == []


def test_one_subject_can_be_shelved_alone(floor: Floor) -> None:
    """Others of the same kind are told as ever; a rule's name covers the cases that it opens."""
    floor.shelve(-5, what="failed-lot", subject_type="lot", subject_id="L1")
    assert floor.fail() == SILENT
    assert floor.fail(1, lot="L2")[1] == "1 ask production"


def test_out_of_service_has_no_end_of_its_own(floor: Floor) -> None:
    """Until somebody says that it is in service again."""
    floor.shelve(-5, "out_of_service")
    floor.fail()
    assert all("[silenced]" in one for one in floor.wait(50_000))
    assert floor.shelve(50_001, "in_service")[0] == "50001 ask production"


def test_cases_come_back_in_the_order_in_which_they_were_opened(floor: Floor) -> None:
    """However late each of them was muted, and though the session was saved and restored meanwhile."""
    for minute, lot in enumerate(("L1", "L2", "L3")):
        floor.fail(minute, lot)
    floor.shelve(3, subject_type="lot", subject_id="L3", lasts="7 h")
    floor.wait(17)  # a step of L3's ladder is silenced
    floor.shelve(17, "out_of_service")
    floor.wait(62)  # and one of each of the others
    floor.cut()
    floor.shelve(63, "unshelve", subject_type="lot", subject_id="L3")
    floor.shelve(64, "in_service")
    back = [d for d in floor.decisions if d.kind == "ask" and d.time.minute == 4 and d.time.hour == 7]
    assert [d.subject_id for d in back] == ["L1"] * 3 + ["L2"] * 3 + ["L3"] * 3


def test_the_end_of_a_silence_looks_at_none_but_the_cases_that_it_muted(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cases that were told, and those that another silence has muted, cost nothing then."""
    asked: list[str] = []
    over = Shelf.over
    floor.shelve(-5, what="failed-lot", subject_type="lot", subject_id="L0")
    floor.shelve(-5, what="held", subject_type="lot", subject_id="L1")
    for number in range(20):
        floor.fail(0, f"L{number}")
    floor.cut()

    def noted(shelf: Shelf, names: Iterable[str], subject: Subject) -> list[Silence]:
        asked.append(subject[1])
        return over(shelf, names, subject)

    monkeypatch.setattr(Shelf, "over", noted)
    floor.shelve(1, "unshelve", subject_type="lot", subject_id="L1")
    assert set(asked) == {"L1"}


def test_a_case_that_was_closed_does_not_come_back(floor: Floor) -> None:
    """A silence that ends after its case was closed tells nobody of it."""
    floor.shelve(-5, lasts="1 h")
    floor.fail()
    floor.answer(1, "close")
    floor.fail(2, "L2")
    assert [d for d in floor.shelve(3, "unshelve") if "ask" in d] == [
        "3 ask production",
        "3 ask quality",
        "3 ask planning",
    ]
    assert [d.subject_id for d in floor.decisions[-3:]] == ["L2"] * 3


def test_holds_and_routes_are_never_silenced() -> None:
    """Only telling is."""
    rules = """
  - rule: stops
    on: inspection
    if: result = "fail"
    then:
      - hold: {lot: = lot_id, reason: failed}
      - route: {lot: = lot_id, to: mrb}
      - notify: {lot: = lot_id, to: quality, message: look}
"""
    floor = Floor(rule_book(rules))
    floor.shelve(-1, what="stops")
    assert floor.fail() == ["0 hold L1", "0 route mrb", "0 notify quality [silenced]"]


def test_a_rule_suppresses_as_long_as_its_match_stands(floor: Floor) -> None:
    """A machine that stands is not told to be hot, another one is; when it runs, it is told again."""
    assert floor.post("machine", 0, machine_id="A", status="down", temperature=20) == ["0 suppress A"]
    assert floor.post("machine", 1, machine_id="A", status="down", temperature=90) == [
        "1 notify maintenance [silenced]"
    ]
    assert floor.decisions[-1].reason == "suppressed by stopped-line: it stands"
    assert floor.post("machine", 2, machine_id="B", status="running", temperature=90) == [
        "2 notify maintenance"
    ]
    assert floor.shelved() == ["suppressed hot-machine 1"]
    floor.cut()
    assert floor.post("machine", 3, machine_id="A", status="running", temperature=20) == []
    assert floor.shelved() == []
    assert floor.post("machine", 4, machine_id="A", status="running", temperature=91) == [
        "4 notify maintenance"
    ]


def test_what_a_rule_suppressed_is_over_when_the_rule_is_gone(floor: Floor) -> None:
    """Nothing stays silent because of rules that are no longer there."""
    floor.post("machine", 0, machine_id="A", status="down", temperature=20)
    others = rule_book(HELD + TELLS.split("  - rule: stopped-line", maxsplit=1)[0])
    floor.session = Session.restore(others, floor.session.snapshot(), floor.matcher)
    floor.wait(1)
    assert floor.shelved() == []


def test_what_a_person_took_out_of_service_can_be_put_back_when_the_rule_is_gone(floor: Floor) -> None:
    """A silence without an end stands under other rules too, so whoever reads of it there can end it there."""
    floor.shelve(0, "out_of_service", what="hot-machine")
    others = rule_book(HELD)
    floor.session = Session.restore(others, floor.session.snapshot(), floor.matcher)
    assert floor.shelved() == ["out_of_service hot-machine 0"]
    assert floor.shelve(1, "out_of_service", what="hot-machine") == ["1 answer hot-machine [void]"]
    floor.shelve(2, "in_service", what="hot-machine")
    assert floor.shelved() == []
    assert floor.shelve(3, "in_service", what="hot-machine") == ["3 answer hot-machine [void]"]


def test_a_one_shot_is_over_with_the_case_that_it_met(floor: Floor) -> None:
    """The next case of that kind is told."""
    floor.shelve(-5, one_shot=True)
    assert floor.fail() == SILENT
    assert floor.fail(1, lot="L2")[1] == "1 ask production"
    floor.answer(2, "close")
    assert floor.shelved() == []
    assert floor.fail(3)[1] == "3 ask production"


def test_a_one_shot_of_a_rule_silences_what_one_fact_sets_off(floor: Floor) -> None:
    """What the next fact sets off is told, and the silence is over."""
    floor.shelve(-5, what="hot-machine", one_shot=True)
    assert floor.post("machine", 1, machine_id="A", status="idle", temperature=90) == [
        "1 notify maintenance [silenced]"
    ]
    assert floor.post("machine", 2, machine_id="B", status="idle", temperature=90) == ["2 notify maintenance"]
    assert floor.shelved() == []


def test_shelving_again_renews_it(floor: Floor) -> None:
    """The later word counts, and there is one silence, not two."""
    floor.shelve(-5, lasts="1 h")
    floor.shelve(0, lasts="2 h", reason="still new")
    floor.fail(1)
    assert floor.wait(119) == [
        "16 escalate supervisor step 1 [silenced]",
        *["61 escalate manager step 2 [silenced]", "61 escalate quality step 2 [silenced]"],
    ]
    assert floor.decisions[-1].reason == "shelved by Max until 2026-03-02T08:00:00Z: still new"


LATEST = "it can be shelved for 8 h at most, until 2026-03-02T14:00:00Z"
HALF = "it names half a subject: give both subject_type and subject_id, or none for all"
UNFIT: list[Any] = [
    pytest.param({"lasts": "9 h"}, LATEST, id="too long"),
    pytest.param({"until": "2026-03-02T14:00:01Z"}, LATEST, id="too late"),
    pytest.param({"lasts": "99999999 days"}, LATEST, id="for ever"),
    pytest.param({"lasts": "200 h"}, LATEST, id="for days"),
    pytest.param(
        {"lasts": "1 h", "until": "2026-03-02T08:00:00Z"},
        "it says both until when and how long it lasts: give one of the two",
        id="both",
    ),
    pytest.param({"lasts": "P1Y"}, '"P1Y" is not how long: give lasts as 2 h, or until as a time', id="a year"),
    pytest.param({"until": "2026-03-01T00:00:00Z"}, "2026-03-01T00:00:00Z is over already", id="over"),
    pytest.param({"lasts": "soon"}, '"soon" is not how long: give lasts as 2 h, or until as a time', id="no time"),
    pytest.param({"what": "hled"}, 'there is no rule and no kind of case "hled"; did you mean "held"?', id="misspelt"),
    pytest.param({"subject_id": "L1"}, HALF, id="half"),
    pytest.param({"action": "unshelve"}, "it is not shelved", id="not shelved"),
    pytest.param({"action": "in_service"}, "it is not out of service", id="in service"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "why"), UNFIT)
def test_what_cannot_be_shelved_so_says_why(floor: Floor, given: dict[str, str], why: str) -> None:
    """Nothing is silenced, and nobody believes so."""
    floor.shelve(0, **given)
    assert (floor.decisions[-1].kind, floor.decisions[-1].status, floor.decisions[-1].reason) == (
        "answer",
        "void",
        why,
    )
    assert floor.shelved() == []


def test_rules_say_how_long_can_be_shelved_at_most() -> None:
    """The rule set's own time counts for its rules and the kinds of its cases."""
    floor = Floor(rule_book(head="shelve_at_most: 30 min"))
    floor.shelve(0, lasts="31 min")
    assert floor.decisions[-1].reason == "it can be shelved for 30 min at most, until 2026-03-02T06:30:00Z"
    floor.shelve(0)
    assert floor.session.states("shelved")[0].data["until"] == "2026-03-02T06:30:00Z"
