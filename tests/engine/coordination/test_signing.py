"""Signing dispositions: authority, another person for each signature, quantities that add up, and what waits for how long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.losses import Loss
from engine.rulebook import RuleBook
from engine.session import Session
from tests.engine.books import book
from tests.engine.coordination.floor import Floor

SHIPPED = Path(__file__).parents[3] / "rules"
FACTS = ("hold", "disposition", "dispositioned")
RULES = """
  - rule: failed-lot
    title: A lot that failed
    on: inspection
    if: result = "fail"
    then:
      hold: {lot: = lot_id, reason: failed, quantity: 10}
  - rule: accepted
    title: A lot that may go on
    on: dispositioned
    if: releases
    then:
      release: {lot: = subject_id, hold_id: = hold_id, reason: = disposition}
  - rule: decided
    title: What was decided
    on: dispositioned
    then:
      notify: {lot: = subject_id, to: planning, message: "{disposition} {quantity}"}
"""


def rules(old: str = "", new: str = "") -> RuleBook:
    """Return a rule book with the shipped dispositions, *new* in the place of *old* in them and in their facts."""
    named = ("dispositions", *(f"facts/{name}" for name in FACTS))
    return book(
        RULES, "", {f"{n}.yaml": (SHIPPED / f"{n}.yaml").read_text("utf-8").replace(old, new) for n in named}
    )


RULE_BOOK = rules()


class Board(Floor):
    """A floor on which lot L1 is held, ten pieces of it, since minute 0."""

    def __init__(self, *, lots: int = 1) -> None:
        super().__init__(RULE_BOOK)
        for n in range(lots):
            self.fail(lot=f"L{n + 1}")

    def sign(self, at: float, by: str, role: str = "", what: str = "use_as_is", **data: Any) -> list[str]:
        """Let *by* sign, and return why it was refused, or what was decided."""
        said = {
            "subject_type": "lot",
            "subject_id": "L1",
            "disposition": what,
            "decided_by": by,
            "reason": "ok",
            **data,
        }
        made = self.post("disposition", at, "person", **said, **({"role": role} if role else {}))
        last = self.decisions[-len(made) :] if made else []
        refused = [one.reason for one in last if one.status == "void"]
        return refused or [one.partition(" ")[2] for one in made]

    @property
    def held(self) -> list[Any]:
        """Return the quantities that are on hold."""
        return [hold.data.get("quantity") for hold in self.session.holds()]


def test_two_persons_release_what_one_may_not() -> None:
    """The first signature asks for the second; the second completes it, and a rule releases the lot."""
    board = Board()
    assert board.sign(1, "Ann", "quality lead") == ["sign L1", "ask quality manager", "ask plant manager"]
    (waiting,) = board.session.waiting()
    assert [(s.by, s.role, s.meaning) for s in waiting.signed] == [
        ("Ann", "quality lead", "reviewed as fit for use")
    ]
    assert board.held == [10]
    assert board.sign(2, "Max", "quality manager") == ["sign L1", "release L1", "notify planning"]
    assert board.held == []
    assert board.session.waiting() == ()


@pytest.mark.parametrize(
    ("by", "role", "data", "why"),
    [
        pytest.param("Bo", "operator", {}, "operator has no authority for use_as_is", id="authority"),
        pytest.param("Bo", "", {}, "it does not say in which role", id="no-role"),
        pytest.param("Ann", "plant manager", {}, "Ann has signed it already", id="the-same-person"),
        pytest.param(" ANN ", "plant manager", {}, "has signed it already", id="the-same-written-otherwise"),
        pytest.param("\uff21nn", "plant manager", {}, "has signed it already", id="the-same-in-wide-letters"),
        pytest.param(
            "A\u200bnn", "plant manager", {}, "has signed it already", id="the-same-with-what-is-unseen"
        ),
        pytest.param(
            "Bo", "quality engineer", {}, "what quality engineer may sign of it is signed", id="signed"
        ),
        pytest.param(
            "Max",
            "plant manager",
            {"meaning": "reviewed as fit for use"},
            'plant manager does not sign "reviewed as fit for use" of use_as_is, but "approved"',
            id="another-meaning",
        ),
        pytest.param("Max", "plant manager", {"hold_id": "x"}, "no hold x stands on it", id="no-such-hold"),
        pytest.param(
            "Max", "plant manager", {"what": "scrapp"}, 'did you mean "scrap"?', id="no-disposition"
        ),
        pytest.param("Max", "plant manager", {"quantity": 4}, "use split to divide them", id="a-part-only"),
    ],
)
def test_what_does_not_fit_is_refused_and_says_why(
    by: str, role: str, data: dict[str, Any], why: str
) -> None:
    """After one signature, each of these changes nothing; the reason is a decision of its own."""
    board = Board()
    if "quantity" not in data:
        board.sign(1, "Ann", "quality lead")
    before = board.session.waiting()
    (said,) = board.sign(2, by, role, **data)
    assert why in said
    assert board.session.waiting() == before
    assert board.held == [10]


@pytest.mark.parametrize(
    ("parts", "left", "told"),
    [
        pytest.param([("use_as_is", 7), ("scrap", 3)], [3], ["use_as_is 7", "scrap 3"], id="some-go-on"),
        pytest.param(
            [("use_as_is", 4), ("concession", 6)], [], ["use_as_is 4", "concession 6"], id="all-go-on"
        ),
        pytest.param([("rework", 9), ("scrap", 1)], [10], ["rework 9", "scrap 1"], id="none-goes-on"),
    ],
)
def test_a_split_leaves_on_hold_what_is_not_released(
    parts: list[tuple[str, int]], left: list[int], told: list[str]
) -> None:
    """Each part is told to the rules; what may not go on is what stays held."""
    board = Board()
    split = [{"disposition": name, "quantity": quantity} for name, quantity in parts]
    board.sign(1, "Ann", "quality lead", "split", split=split)
    board.sign(2, "Max", "plant manager", "split")
    assert [one.values["message"] for one in board.decisions if one.kind == "notify"] == told
    assert board.held == left


@pytest.mark.parametrize(
    ("split", "why"),
    [
        ([("scrap", 4), ("use_as_is", 5)], "its parts come to 9, and 10 are held"),
        ([("scrap", 10)], "two parts or more"),
        ([("split", 5), ("scrap", 5)], 'a part of it is "split"'),
    ],
)
def test_a_split_that_does_not_add_up_is_refused(split: list[tuple[str, int]], why: str) -> None:
    """Quantities by disposition come to what is held, or nothing is signed."""
    parts = [{"disposition": name, "quantity": quantity} for name, quantity in split]
    (said,) = Board().sign(1, "Ann", "quality lead", "split", split=parts)
    assert why in said


def test_one_of_several_holds_is_released_alone() -> None:
    """A disposition that names a hold ends that one; the other stands."""
    board = Board()
    board.fail(1)
    first, second = board.session.holds()
    board.sign(2, "Ann", "quality lead", "concession", hold_id=second.id)
    assert board.session.holds() == (first,)


def test_a_first_signature_waits_as_long_as_the_document_says() -> None:
    """After 24 hours it is void, the owner of the rules is told, and the next signature begins anew."""
    board = Board()
    board.sign(0, "Ann", "quality lead")
    board.wait(24 * 60 - 1)
    assert board.session.waiting()
    told = board.wait(24 * 60)
    assert told == ["1440 sign L1 [void]", "1440 escalate quality engineering"]
    assert board.session.waiting() == ()
    assert board.sign(1441, "Max", "plant manager")[0] == "sign L1"
    assert board.held == [10]


def test_a_disposition_that_is_gone_and_was_signed_is_told() -> None:
    """Under rules that do not have it any more, whoever waits for its second signature learns that there is none to give."""
    board = Board()
    board.sign(1, "Ann", "quality lead")
    renamed = rules("use_as_is", "use_it")
    assert Session.restore(renamed, board.session.snapshot()).losses == (
        Loss("dispositions", "", 1, ("use_as_is of lot L1",), "there is no such disposition now"),
    )


def test_what_is_no_longer_held_waits_for_nobody() -> None:
    """Once the last hold has ended, what was signed of it is dropped."""
    board = Board()
    board.sign(1, "Ann", "quality lead")
    board.sign(2, "Max", "quality lead", "concession")
    assert board.session.waiting() == ()
    assert board.wait(3_000) == []


PEOPLE = ("Ann", "ann", "Max", "Eve")
ROLES = ("quality lead", "quality manager", "plant manager", "operator", "")
STEPS = st.lists(
    st.tuples(
        st.integers(0, 900),
        st.sampled_from(PEOPLE),
        st.sampled_from(ROLES),
        st.sampled_from(("use_as_is", "concession", "scrap")),
        st.sampled_from(("L1", "L2")),
        st.booleans(),
    ),
    max_size=12,
)


@given(steps=STEPS)
def test_no_lot_goes_on_without_two_persons_and_cutting_changes_nothing(steps: list[Any]) -> None:
    """Whoever signs what when: `use_as_is` releases by two persons only, and a session cut anywhere decides the same."""
    whole, cut = Board(lots=2), Board(lots=2)
    now = 1.0
    for wait, by, role, what, lot, is_cut in steps:
        now += wait
        if is_cut:
            cut.cut()
        for board in (whole, cut):
            board.sign(now, by, role, what, subject_id=lot)
        assert whole.decisions == cut.decisions
    for one in whole.decisions:
        if one.kind == "release" and one.reason == "use_as_is":
            signers = {
                other.values["by"].casefold()
                for other in whole.decisions
                if other.kind == "sign" and other.status == "decided" and other.subject_id == one.subject_id
            }
            assert len(signers) >= 2
    assert whole.session.snapshot() == cut.session.snapshot()


@pytest.mark.parametrize(
    ("what", "data", "why"),
    [
        pytest.param("use_as_is", {}, "no hold stands on it", id="two signatures"),
        pytest.param("scrap", {}, "no hold stands on it", id="one signature"),
        pytest.param("scrap", {"hold_id": "H9"}, "no hold H9 stands on it", id="by its id"),
        pytest.param(
            "split",
            {"split": [{"disposition": "scrap", "quantity": 1}, {"disposition": "rework", "quantity": 1}]},
            "no hold stands on it",
            id="parts",
        ),
    ],
)
def test_what_is_not_held_cannot_be_signed(what: str, data: dict[str, Any], why: str) -> None:
    """It is refused at once, nobody is asked for a second signature in vain, and no rule hears of it."""
    board = Board()
    assert board.sign(1, "Ann", "quality lead", what, subject_id="L2", **data) == [why]
    assert [line for line in board.told if line.startswith("1 ")] == ["1 sign L2 [void]"]
    assert board.session.waiting() == ()
    assert board.session.next_due() is None


def test_what_was_released_before_the_second_signature_cannot_be_signed_on() -> None:
    """The first signature is forgotten with the hold, and the second is refused."""
    board = Board()
    board.sign(1, "Ann", "quality lead")
    board.sign(2, "Eve", "quality manager", "concession")
    assert board.held == []
    assert board.sign(3, "Max", "quality manager") == ["no hold stands on it"]


HELD = RULES[: RULES.index("  - rule: accepted")]
SAYS = """
  - rule: reads-what-people-say
    when:
      - signed: disposition
        where: disposition = "scrap"
    then:
      notify: {lot: = signed.subject_id, to: planning, message: replace it}
"""


def undeclared(more: str = "", **facts: str) -> RuleBook:
    """Return a rule book without dispositions, in which people can say one."""
    names = {
        f"{n}.yaml": (SHIPPED / f"{n}.yaml").read_text("utf-8") for n in (f"facts/{name}" for name in FACTS)
    }
    return book(RULES + more, "", {**names, **facts})


def said_by_ann(rules: RuleBook) -> list[str]:
    """Return what comes of a disposition that Ann signs of a lot that is held, and why."""
    floor = Floor(rules)
    floor.fail()
    data = {"subject_type": "lot", "subject_id": "L1", "disposition": "use_as_is", "decided_by": "Ann"}
    floor.post("disposition", 1, "person", **data, role="quality lead", reason="ok")
    return [f"{d.kind} {d.status} {d.reason}" for d in floor.decisions[1:]]


def test_a_signature_does_not_vanish_where_no_dispositions_are_declared() -> None:
    """It is void and says why; where a rule of the plant's own reads what people say, that is the rule's."""
    assert said_by_ann(undeclared()) == ["sign void nobody can sign it: the rules declare no dispositions"]
    assert said_by_ann(undeclared(SAYS)) == []


def test_a_fact_type_of_that_name_that_is_something_else_is_left_alone() -> None:
    """A plant may call something of its own a disposition."""
    own = """
fact: disposition
kind: event
owner: person
key: [mood]
data: {type: object, required: [mood], properties: {mood: {type: string}}}
"""
    floor = Floor(book(HELD, "", {"facts/disposition.yaml": own}))
    assert floor.post("disposition", 1, "person", mood="sunny") == []


@pytest.mark.parametrize(
    ("rule", "warns"),
    [
        pytest.param("then: {hold: {lot: = lot_id, reason: r}}", True, id="nothing ends it"),
        pytest.param("then: {hold: {lot: = lot_id, reason: r, expires: 1 day}}", False, id="it expires"),
        pytest.param(
            "then: [{hold: {lot: = lot_id, reason: r}}, {release: {order: = order_id, reason: r}}]",
            False,
            id="a rule releases",
        ),
        pytest.param("then: {notify: {to: a, message: b}}", False, id="nothing is held"),
    ],
)
def test_holds_that_nothing_can_end_are_a_warning(rule: str, warns: bool) -> None:
    """Where people can say what becomes of them, and no dispositions are declared."""
    fact = {"facts/disposition.yaml": (SHIPPED / "facts/disposition.yaml").read_text("utf-8")}
    made = book(f"  - rule: a\n    on: inspection\n    {rule}", "", fact)
    assert [one.code for one in made.warnings] == (["hold-without-end"] if warns else [])


def test_a_release_that_waits_for_a_disposition_ends_nothing_without_dispositions() -> None:
    """What rules hear of dispositions comes of those that are declared."""
    assert [one.code for one in undeclared().warnings] == ["hold-without-end"]
    assert rules().warnings == ()
