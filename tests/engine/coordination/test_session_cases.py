"""Cases in a session: opened, joined, answered, climbed for, lapsed, resolved, opened again and closed."""

from __future__ import annotations

import pytest

from engine.session import Session
from tests.engine.coordination.floor import HELD, LADDERS, Floor, rule_book

OPENED = ["0 open_case L1", "0 ask production", "0 ask quality", "0 ask planning"]


@pytest.fixture(params=["native", "naive"])
def floor(request: pytest.FixtureRequest) -> Floor:
    """Return a plant for each matcher in turn."""
    return Floor(matcher=str(request.param))


def test_opening_asks_every_function_at_once(floor: Floor) -> None:
    """Each is told what is asked of it, of which case, and by when."""
    assert floor.fail() == OPENED
    case, ask = floor.decisions[0], floor.decisions[2]
    assert case.values == {
        "case": case.id,
        "kind": "held",
        "title": "lot L1 failed",
        "count": 1,
        "tasks": {"production": "contain it", "quality": "disposition L1", "planning": "replan it"},
        "answer_by": "2026-03-02T06:10:00Z",
    }
    assert ask.values == {
        "to": "quality",
        "message": "disposition L1",
        "case": case.id,
        "case_kind": "held",
        "title": "lot L1 failed",
        "answer_by": "2026-03-02T06:10:00Z",
    }
    assert (ask.rule, ask.facts, ask.reason) == ("failed-lot", case.facts, "lot L1 failed")


def test_nobody_answers(floor: Floor) -> None:
    """The ladder is climbed to its end, each step at its own time, however late the clock was moved."""
    floor.post("on_shift", -1, role="quality", person="Ben")
    floor.post("on_shift", -1, role="quality", person="Ada")
    floor.post("on_shift", -1, role="planning", person="Zoe")
    floor.fail()
    assert floor.wait(10_000) == [
        "15 escalate supervisor step 1",
        *("60 escalate manager step 2", "60 escalate Ada step 2", "60 escalate Ben step 2"),
        *("120 escalate manager step 2", "120 escalate Ada step 2", "120 escalate Ben step 2"),
        *("180 escalate manager step 2", "180 escalate Ada step 2", "180 escalate Ben step 2"),
    ]
    assert floor.session.next_due() is None
    first, second = floor.decisions[-10], floor.decisions[-8]
    assert (first.values["message"], first.reason) == ("nobody came", "nobody has answered")
    assert (second.values["message"], second.values["on_shift"]) == ("lot L1 failed", "quality")
    assert len({decision.id for decision in floor.decisions}) == len(floor.decisions)


def test_where_nobody_is_on_shift_the_function_is_told(floor: Floor) -> None:
    """A step reaches somebody without any master data."""
    floor.fail()
    assert floor.wait(60)[1:] == ["60 escalate manager step 2", "60 escalate quality step 2"]


def test_a_second_match_joins_the_open_case(floor: Floor) -> None:
    """It is counted and says so, and nobody is told again."""
    floor.fail()
    assert floor.fail(5) == ["5 open_case L1 [joined]"]
    joined = floor.decisions[-1]
    assert (joined.values["case"], joined.values["count"]) == (floor.decisions[0].id, 2)
    assert joined.reason == "joins the case opened at 2026-03-02T06:00:00Z, as number 2"
    assert floor.fail(6, lot="L2")[0] == "6 open_case L2"


def test_answers_that_suffice_stop_the_ladder_for_good(floor: Floor) -> None:
    """The second of three acknowledges at 20 min: after the first step, nothing more is told."""
    floor.fail()
    assert floor.answer(5, "acknowledge", "quality") == []
    assert floor.answer(20, "accept", "planning") == ["15 escalate supervisor step 1"]
    assert floor.state() == "acknowledged production:open quality:acknowledged planning:accepted"
    assert floor.wait(10_000) == []
    assert floor.session.next_due() is None


def test_when_every_task_is_done_the_case_is_resolved_and_can_be_closed(floor: Floor) -> None:
    """What is closed is forgotten: the next match opens a case of its own."""
    floor.fail()
    for role in ("production", "quality", "planning"):
        assert floor.answer(1, "done", role) == []
    assert floor.state() == "resolved production:done quality:done planning:done"
    assert floor.answer(2, "close") == []
    assert floor.state() == "none"
    assert floor.session.states("case") == floor.session.states("task") == ()
    assert floor.fail(3)[0] == "3 open_case L1"


def test_a_case_that_is_opened_again_asks_anew_and_climbs_anew(floor: Floor) -> None:
    """Reopening, or a match while it was resolved, begins from the first step."""
    floor.fail()
    floor.answer(1, "resolve")
    assert floor.wait(500) == []
    assert floor.answer(600, "reopen") == [
        f"600 ask {role}" for role in ("production", "quality", "planning")
    ]
    assert floor.wait(620) == ["615 escalate supervisor step 1"]
    floor.answer(630, "resolve")
    assert floor.fail(700)[:2] == ["700 open_case L1", "700 ask production"]
    assert floor.decisions[-4].reason == "opens the case of 2026-03-02T06:00:00Z again, which was resolved"
    assert floor.wait(720) == ["715 escalate supervisor step 1"]


def test_a_declined_task_goes_up_the_ladder_at_once(floor: Floor) -> None:
    """The step that would have come is told now, with the reason, and does not come again."""
    floor.fail()
    assert floor.answer(2, "decline", "quality", comment="not ours") == ["2 escalate supervisor step 1"]
    told = floor.decisions[-1]
    assert told.values["message"] == "quality declined to disposition L1: not ours"
    assert told.reason == "Anna declined the task of quality"
    assert floor.wait(60) == ["60 escalate manager step 2", "60 escalate quality step 2"]


def test_a_decline_after_the_last_step_is_told_to_the_last(floor: Floor) -> None:
    """Nothing that is said is dropped, though the ladder has ended."""
    floor.fail()
    floor.wait(1_000)
    assert floor.answer(1_001, "decline", "quality") == [
        "1001 escalate manager step 2",
        "1001 escalate quality step 2",
    ]


def test_declining_what_was_acknowledged_opens_the_case_again(floor: Floor) -> None:
    """Where the answers that stand suffice no longer, the ladder begins anew."""
    floor.fail()
    floor.answer(1, "acknowledge", "quality")
    floor.answer(2, "acknowledge", "planning")
    assert floor.answer(100, "decline", "planning") == ["100 escalate supervisor step 1"]
    assert floor.wait(170)[0] == "160 escalate manager step 2"


def test_without_a_ladder_a_decline_goes_to_the_owner_of_the_rules() -> None:
    """Somebody hears of it, whatever the rules forgot."""
    text = HELD.replace("          ladder: help\n", "").replace(" within 10 min", "")
    floor = Floor(rule_book(text, ladders=""))
    floor.fail()
    assert floor.answer(1, "decline", "quality") == ["1 escalate quality engineering"]
    assert floor.wait(10_000) == []


@pytest.mark.parametrize(
    ("acknowledge", "enough"),
    [
        pytest.param("any", 1, id="any"),
        pytest.param("2 of 3", 2, id="a quorum"),
        pytest.param("all", 3, id="all"),
        pytest.param("", 3, id="not said"),
    ],
)
def test_how_many_have_to_answer(acknowledge: str, enough: int) -> None:
    """Any, a quorum, or all; all where the rule does not say."""
    line = f"          acknowledge: {acknowledge}\n" if acknowledge else ""
    floor = Floor(rule_book(HELD.replace("          acknowledge: 2 of 3 within 10 min\n", line)))
    floor.fail()
    for number, role in enumerate(("production", "quality", "planning"), start=1):
        floor.answer(number, "acknowledge", role)
        assert floor.state().split()[0] == ("acknowledged" if number >= enough else "open")


def test_an_answer_lapses_where_the_task_is_not_done() -> None:
    """The function is asked again, and the ladder begins anew once too few answers count."""
    text = HELD.replace(
        "          ladder: help\n", "          ladder: help\n          answer_lapses_after: 30 min\n"
    )
    floor = Floor(rule_book(text))
    floor.fail()
    floor.answer(1, "acknowledge", "production")
    floor.answer(2, "acknowledge", "quality")
    floor.answer(3, "acknowledge", "planning")
    floor.answer(4, "done", "planning")
    assert floor.wait(50) == ["31 ask production", "32 ask quality", "47 escalate supervisor step 1"]
    assert floor.decisions[-2].reason == "what Anna answered has lapsed: the task is not done"
    assert floor.state() == "open production:open quality:open planning:done"
    floor.answer(51, "accept", "quality")
    assert floor.state() == "acknowledged production:open quality:accepted planning:done"


def test_a_case_says_when_its_time_to_answer_is_over(floor: Floor) -> None:
    """Rules can read it of the fact."""
    floor.fail()
    assert [fact.data["overdue"] for fact in floor.session.states("case")] == [False]
    floor.wait(10)
    assert [fact.data["overdue"] for fact in floor.session.states("case")] == [True]


THOSE = "production, quality, planning"
UNFIT = [
    pytest.param("acknowledge", "quality", "the task of quality is acknowledged already, by Anna", id="twice"),
    pytest.param("accept", "sales", f"sales has no task in this case; those who have: {THOSE}", id="no task"),
    pytest.param("accept", "", f"it names no role; those who have a task: {THOSE}", id="no role"),
    pytest.param("close", "quality", "close is about the whole case, not about quality", id="a role too many"),
    pytest.param("reopen", "", "the case is acknowledged", id="not resolved"),
    pytest.param("done", "planning", "the task of planning is done already, by Anna", id="done"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "role", "why"), UNFIT)
def test_an_answer_that_does_not_fit_changes_nothing_and_says_so(answer: str, role: str, why: str) -> None:
    """A decision has the reason; the case stays as it is."""
    floor = Floor()
    floor.fail()
    floor.answer(1, "acknowledge", "quality")
    floor.answer(2, "done", "planning")
    floor.answer(3, "decline", "planning")
    before = floor.session.cases()[0].version
    floor.session = Session.restore(floor.book, floor.session.snapshot())
    assert floor.answer(4, answer, role) == ["4 answer L1 [void]"]
    assert floor.decisions[-1].reason == why
    assert floor.session.cases()[0].version == before


@pytest.mark.parametrize(
    ("named", "why"),
    [
        pytest.param({"case_id": "x"}, "there is no such case: it was closed, or never opened", id="id"),
        pytest.param({"subject_id": "L9"}, "no case held of lot L9 is open", id="subject"),
        pytest.param(
            {"kind": ""},
            "it names no case: give its case_id, or its kind, subject_type and subject_id",
            id="none",
        ),
    ],
)
def test_an_answer_to_no_case_says_so(named: dict[str, str], why: str) -> None:
    """Nothing a person says is dropped in silence."""
    floor = Floor()
    floor.fail()
    floor.answer(1, "acknowledge", "quality", **named)
    assert (floor.decisions[-1].status, floor.decisions[-1].reason) == ("void", why)


def test_a_case_can_be_answered_by_its_id(floor: Floor) -> None:
    """The id is that of the decision that opened it."""
    floor.fail()
    assert floor.answer(1, "done", "quality", case_id=floor.decisions[0].id) == []
    assert "quality:done" in floor.state()


def test_comments_change_nothing_else(floor: Floor) -> None:
    """On the case or on a task, and after it was resolved."""
    floor.fail()
    floor.answer(1, "comment", comment="hot")
    floor.answer(2, "comment", "quality", comment="cold")
    (case,) = floor.session.states("case")
    task = next(fact for fact in floor.session.states("task") if fact.data["role"] == "quality")
    assert (case.data["comment"], task.data["comment"]) == ("hot", "cold")
    assert floor.state().startswith("open")


def test_a_resolved_case_takes_answers_only_once_it_is_opened_again(floor: Floor) -> None:
    """Otherwise a task would be open in a case that is over."""
    floor.fail()
    floor.answer(1, "resolve")
    floor.answer(2, "acknowledge", "quality")
    assert floor.decisions[-1].reason == "the case is resolved: reopen it first"


READS = """
  - rule: tell-of-the-case
    when:
      - held: case
        where: status = "resolved"
      - done: task
        where: case_id = held.case_id and role = "quality"
    then: {notify: {to: sales, message: "{held.subject_id} {done.by} {held.count}"}}
  - rule: tell-of-the-answer
    on: case_answer
    if: answer = "resolve"
    then: {notify: {to: shipping, message: "{by}"}}
"""


def test_rules_read_cases_tasks_and_answers(floor: Floor) -> None:
    """They are facts like any other."""
    floor = Floor(rule_book(HELD + READS), floor.matcher)
    floor.fail()
    floor.answer(1, "done", "quality")
    assert floor.answer(2, "resolve") == ["2 notify sales", "2 notify shipping"]
    assert floor.decisions[-2].values["message"] == "L1 Anna 1"


RELATED = HELD + HELD.replace("rule: failed-lot", "rule: second").replace(
    "kind: held", "kind: other"
).replace('result = "fail"', "defects > 3")


def test_related_cases_name_each_other() -> None:
    """The same subject under another kind, and other subjects of the same order; what is closed is named no more."""
    floor = Floor(rule_book(RELATED))
    floor.fail()
    floor.fail(1, lot="L2")
    floor.fail(2, lot="L3", order="O3")
    floor.post("inspection", 3, lot_id="L1", order_id="O9", result="pass", defects=4)
    ids = {f"{case.kind} {case.subject_id}": case.id for case in floor.session.cases()}
    related = {
        f"{case.kind} {case.subject_id}": [name for name, one in ids.items() if one in case.related]
        for case in floor.session.cases()
    }
    assert related == {
        "held L1": ["held L2", "other L1"],
        "held L2": ["held L1"],
        "held L3": [],
        "other L1": ["held L1"],
    }
    assert floor.decisions[-4].values["related"] == [ids["held L1"]]
    floor.answer(5, "close")
    assert [case.related for case in floor.session.cases()] == [[], [], []]


MORE = (
    HELD.replace("rule: failed-lot", "rule: second")
    .replace("planning: replan it", "sales: tell them")
    .replace('result = "fail"', "defects > 3")
)


def test_a_joining_match_asks_those_who_have_no_task_yet() -> None:
    """Another rule of the same kind may ask others; who was asked already is not told again."""
    floor = Floor(rule_book(HELD + MORE))
    floor.fail()
    joined = floor.post("inspection", 1, lot_id="L1", order_id="O1", result="pass", defects=4)
    assert joined == ["1 open_case L1 [joined]", "1 ask sales"]


def test_a_case_without_a_subject_is_not_opened() -> None:
    """The decision is void, with the reason."""
    floor = Floor(rule_book(HELD.replace("lot: = lot_id\n", "serial: = severity\n")))
    assert floor.fail() == ["0 open_case  [void]"]
    assert floor.session.cases() == ()


@pytest.mark.parametrize("after", ["0 min", "0 h"])
def test_a_first_step_without_delay_is_told_at_once(after: str) -> None:
    """It does not wait for the clock to move."""
    floor = Floor(rule_book(ladders=LADDERS.replace("15 min", after)))
    assert floor.fail() == [*OPENED, "0 escalate supervisor step 1"]


def test_ten_thousand_matches_are_one_case_and_the_messages_of_its_ladder(floor: Floor) -> None:
    """One broken gauge does not make four hundred messages."""
    for number in range(10_000):
        floor.fail(number / 10_000)
    assert floor.told[:4] == OPENED
    assert {line.split()[1] + line.split()[-1] for line in floor.told[4:]} == {"open_case[joined]"}
    assert floor.session.cases()[0].count == 10_000
    assert len(floor.wait(10_000)) == 7


def test_a_snapshot_with_damaged_cases_is_refused(floor: Floor) -> None:
    """As any other damage is, by its word."""
    floor.fail()
    raw = floor.session.snapshot().replace(b'"quorum":2', b'"quorum":"two"')
    with pytest.raises(ValueError, match="a damaged session snapshot"):
        Session.restore(floor.book, raw)
