"""What a session decides, fact by fact, under both matchers."""

from __future__ import annotations

from typing import Any

import pytest

from engine.decisions import Decision, Outcome
from engine.session import Session
from tests.engine.books import Facts, book


@pytest.fixture(params=["native", "naive"])
def matcher(request: pytest.FixtureRequest) -> str:
    """Return each matcher's name in turn."""
    return str(request.param)


def kinds(outcome: Outcome) -> list[tuple[str, str, str]]:
    """Return (kind, subject id, status) of each decision of *outcome*."""
    return [(d.kind, d.subject_id, d.status) for d in outcome.decisions]


def run(rules: str, matcher: str, *facts: Any) -> list[Outcome]:
    """Return the outcomes of *facts* under *rules*."""
    session = Session(book(rules), matcher)
    return [session.submit(fact) for fact in facts]


FAIL = """
  - rule: fail-holds
    on: inspection
    if: result = "fail" and severity = "critical"
    on_missing: skip
    then:
      hold: {lot: = lot_id, reason: "{severity} on {order_id}"}
"""


def test_an_event_that_fits_makes_one_decision(matcher: str) -> None:
    """A matching event holds its lot, with reason, rule, facts and the fact's own time."""
    make = Facts()
    fact = make("inspection", lot_id="L1", order_id="o", result="fail", severity="critical")
    (outcome,) = run(FAIL, matcher, fact)
    (decision,) = outcome.decisions
    assert (decision.kind, decision.subject_type, decision.subject_id) == ("hold", "lot", "L1")
    assert decision.reason == "critical on o"
    assert decision.values == {"inventory_status": "blocked"}
    assert decision.time == fact.time
    assert [(r.type, r.source, r.id) for r in decision.facts] == [("inspection", "mes", fact.id)]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"result": "pass", "severity": "critical"}, id="other constant"),
        pytest.param({"result": "fail", "severity": "minor"}, id="other severity"),
        pytest.param({"result": "fail"}, id="missing field"),
        pytest.param({"result": "fail", "severity": None}, id="null field"),
    ],
)
def test_an_event_that_does_not_fit_makes_none(matcher: str, data: dict[str, Any]) -> None:
    """Null is not true: a missing field never fires a rule that skips."""
    (outcome,) = run(FAIL, matcher, Facts()("inspection", lot_id="L1", order_id="o", **data))
    assert outcome.decisions == ()


def test_a_missing_field_is_named(matcher: str) -> None:
    """What could not be decided for want of a field is in the outcome, with the rules that compare it."""
    (outcome,) = run(FAIL, matcher, Facts()("inspection", lot_id="L1", order_id="o", result="fail"))
    assert [(m.fact_type, m.field, m.rules) for m in outcome.missing] == [
        ("inspection", "severity", ("fail-holds",))
    ]


@pytest.mark.parametrize(
    ("policy", "data", "expected"),
    [
        pytest.param("alert", {}, [("escalate", "L1", "decided")], id="alert"),
        pytest.param("hold", {}, [("hold", "L1", "decided")], id="hold"),
        pytest.param("skip", {}, [], id="skip"),
        pytest.param("hold", {"severity": "minor"}, [], id="present and different"),
        pytest.param(
            "alert",
            {"severity": "critical"},
            [("hold", "L1", "decided"), ("route", "L1", "decided")],
            id="fits",
        ),
    ],
)
def test_on_missing_decides_what_absence_means(
    matcher: str, policy: str, data: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    """A rule says whether a missing field skips it, alerts its owner, or holds to be safe."""
    rules = f"""
  - rule: r
    on: inspection
    if: result = "fail" and severity = "critical"
    on_missing: {policy}
    then:
      - hold: {{lot: = lot_id, reason: x}}
      - route: {{lot: = lot_id, to: mrb}}
"""
    (outcome,) = run(rules, matcher, Facts()("inspection", lot_id="L1", order_id="o", result="fail", **data))
    assert kinds(outcome) == expected


def test_on_missing_stays_silent_where_the_rest_does_not_hold(matcher: str) -> None:
    """A rule that fails on what it knows has nothing to ask about what it does not."""
    rules = FAIL.replace("on_missing: skip", "on_missing: hold")
    (outcome,) = run(rules, matcher, Facts()("inspection", lot_id="L1", order_id="o", result="pass"))
    assert outcome.decisions == ()


JOIN = """
  - rule: joined
    when:
      - inspection: inspection
        where: result = "fail"
      - order: order
        where: order_id = inspection.order_id and status = "released"
      - none: hold
        where: lot_id = inspection.lot_id
    then:
      hold: {lot: = inspection.lot_id, reason: "failed on {order.item}"}
"""


def test_a_join_reads_the_state_of_the_moment(matcher: str) -> None:
    """The order's state when the inspection arrives counts, and a hold that stands keeps the rule from firing again."""
    make = Facts()
    outcomes = run(
        JOIN,
        matcher,
        make("inspection", lot_id="L1", order_id="A", result="fail"),
        make("order", order_id="A", item="bolt", status="created"),
        make("inspection", lot_id="L1", order_id="A", result="fail"),
        make("order", order_id="A", item="bolt", status="released"),
        make("inspection", lot_id="L1", order_id="A", result="fail"),
        make("inspection", lot_id="L1", order_id="A", result="fail"),
        make("inspection", lot_id="L2", order_id="A", result="fail"),
    )
    assert [kinds(o) for o in outcomes] == [
        [],
        [],
        [],
        [],
        [("hold", "L1", "decided")],
        [],
        [("hold", "L2", "decided")],
    ]
    assert outcomes[4].decisions[0].reason == "failed on bolt"


DOWN = """
  - rule: down
    when:
      - m: machine
        where: status = "down"
      - none: flag
        where: flag_id = m.machine_id
    then:
      notify: {to: maintenance, message: "{m.machine_id} is down"}
"""


def test_a_state_rule_fires_when_it_becomes_true_and_not_again_until_it_stopped(matcher: str) -> None:
    """Repeats of a state do not fire again; a fall and a rise do, and the fall is reported as cleared."""
    make = Facts()
    states = ["down", "down", "running", "down"]
    outcomes = run(DOWN, matcher, *(make("machine", machine_id="M", status=s) for s in states))
    assert [len(o.decisions) for o in outcomes] == [1, 0, 0, 1]
    assert [len(o.cleared) for o in outcomes] == [0, 0, 1, 0]
    assert len({d.id for o in outcomes for d in o.decisions}) == 2


def test_a_none_pattern_clears_and_arms_a_state_rule(matcher: str) -> None:
    """A fact that fits `none` ends the match; its retraction makes it true again."""
    make = Facts()
    outcomes = run(
        DOWN,
        matcher,
        make("flag", flag_id="M"),
        make("machine", machine_id="M", status="down"),
        make("flag", flag_id="M", op="retract"),
        make("flag", flag_id="M"),
        make("flag", flag_id="N"),
        make("flag", flag_id="M", op="retract"),
    )
    assert [len(o.decisions) for o in outcomes] == [0, 0, 1, 0, 0, 1]


def test_until_keeps_a_match_standing(matcher: str) -> None:
    """With `until`, a condition that flickers fires once; only what `until` says arms it again."""
    rules = """
  - rule: hot
    when:
      - m: machine
        where: temperature > 90
    then:
      notify: {to: maintenance, message: hot}
    until: m.temperature < 80
"""
    make = Facts()
    heat = [95, 85, 95, 79, 85, 95]
    outcomes = run(
        rules, matcher, *(make("machine", machine_id="M", status="running", temperature=t) for t in heat)
    )
    assert [len(o.decisions) for o in outcomes] == [1, 0, 0, 0, 0, 1]
    assert [len(o.cleared) for o in outcomes] == [0, 0, 0, 1, 0, 0]


def test_an_older_state_is_stale_and_changes_nothing(matcher: str) -> None:
    """A state older than the one held, or than its retraction, is recorded as stale."""
    make = Facts()
    outcomes = run(
        DOWN,
        matcher,
        make("machine", at=10, machine_id="M", status="running"),
        make("machine", at=5, machine_id="M", status="down"),
        make("machine", at=12, op="retract", machine_id="M"),
        make("machine", at=11, machine_id="M", status="down"),
        make("machine", at=13, machine_id="M", status="down"),
    )
    assert [o.status for o in outcomes] == ["accepted", "stale", "accepted", "stale", "accepted"]
    assert [len(o.decisions) for o in outcomes] == [0, 0, 0, 0, 1]


def test_rules_fire_by_priority_then_by_place(matcher: str) -> None:
    """The most urgent rule fires first; equals in the order of the file."""
    rules = "".join(
        f"""
  - rule: {name}
    priority: {priority}
    on: alarm
    if: level > 0
    on_missing: skip
    then: {{notify: {{to: x, message: {name}}}}}
"""
        for name, priority in [("low", 1), ("first", 5), ("second", 5), ("high", 9)]
    )
    (outcome,) = run(rules, matcher, Facts()("alarm", machine_id="M", level=1))
    assert [d.rule for d in outcome.decisions] == ["high", "first", "second", "low"]


def test_what_one_rule_holds_is_a_fact_to_the_next(matcher: str) -> None:
    """A hold and an asserted fact chain into other rules within the same outcome, and cancel what they make untrue."""
    rules = """
  - rule: places
    priority: 10
    on: alarm
    then:
      - hold: {work_centre: = machine_id, reason: alarm}
      - assert: {flag: {flag_id: = machine_id, colour: red}}
  - rule: cancelled-by-the-hold
    when:
      - alarm: alarm
      - none: hold
        where: work_centre_id = alarm.machine_id
    then:
      notify: {to: x, message: never}
  - rule: sees-the-hold
    when:
      - h: hold
        where: inventory_status = "blocked"
    then:
      notify: {to: planning, message: "{h.work_centre_id} is held"}
  - rule: sees-flag-and-alarm
    when:
      - alarm: alarm
      - flag: flag
        where: flag_id = alarm.machine_id and colour = "red"
    on_missing: skip
    then:
      notify: {to: quality, message: red}
"""
    (outcome,) = run(rules, matcher, Facts()("alarm", machine_id="M"))
    assert [(d.rule, d.kind) for d in outcome.decisions] == [
        ("places", "hold"),
        ("places", "assert"),
        ("sees-the-hold", "notify"),
        ("sees-flag-and-alarm", "notify"),
    ]
    assert outcome.decisions[2].values["message"] == "M is held"
    assert [f.type for f in outcome.derived] == ["hold", "flag"]


def test_a_release_ends_the_holds_on_its_subject(matcher: str) -> None:
    """A release names the holds it ended; one that finds none is void."""
    rules = """
  - rule: hold-it
    on: inspection
    if: result = "fail"
    then: {hold: {lot: = lot_id, reason: failed}}
  - rule: free-it
    on: inspection
    if: result = "pass"
    then: {release: {lot: = lot_id, reason: passed}}
"""
    make = Facts()
    session = Session(book(rules), matcher)
    results = ["pass", "fail", "fail", "pass"]
    outcomes = [session.submit(make("inspection", lot_id="L", order_id="o", result=r)) for r in results]
    assert [kinds(o) for o in outcomes] == [
        [("release", "L", "void")],
        [("hold", "L", "decided")],
        [("hold", "L", "decided")],
        [("release", "L", "decided")],
    ]
    placed = [outcomes[1].decisions[0].id, outcomes[2].decisions[0].id]
    assert outcomes[3].decisions[0].values["holds"] == placed
    assert session.holds() == ()
    assert session.states("hold") == ()


COMPOSED = [
    pytest.param([("mrb", 5), ("rework", 1)], ["decided", "superseded"], id="priority wins"),
    pytest.param([("mrb", 5), ("rework", 5)], ["conflict", "conflict"], id="equal and different"),
    pytest.param([("mrb", 5), ("mrb", 5)], ["decided", "superseded"], id="equal and same"),
    pytest.param(
        [("mrb", 5), ("rework", 5), ("scrap", 1)],
        ["conflict", "conflict", "superseded"],
        id="conflict over a third",
    ),
]


@pytest.mark.parametrize(("targets", "expected"), COMPOSED)
def test_one_subject_has_one_route(matcher: str, targets: list[tuple[str, int]], expected: list[str]) -> None:
    """The more urgent route wins; a contradiction is reported on both sides and settled by neither."""
    rules = "".join(
        f"""
  - rule: r{at}
    priority: {priority}
    on: alarm
    if: level >= {at - 100}
    on_missing: skip
    then: {{route: {{work_centre: = machine_id, to: {to}}}}}
"""
        for at, (to, priority) in enumerate(targets)
    )
    (outcome,) = run(rules, matcher, Facts()("alarm", machine_id="M", level=1))
    assert [d.status for d in outcome.decisions] == expected
    ids = {d.id for d in outcome.decisions}
    assert all(d.settled_by in ids - {d.id} for d in outcome.decisions if d.status != "decided")


def test_hold_beats_release_of_the_same_fact(matcher: str) -> None:
    """The more restrictive decision wins, and the release says which hold it gave way to."""
    rules = """
  - rule: hold-it
    priority: 2
    on: alarm
    then: {hold: {work_centre: = machine_id, reason: a}}
  - rule: free-it
    priority: 1
    on: alarm
    if: level = 1
    on_missing: skip
    then: {release: {work_centre: = machine_id, reason: b}}
"""
    (outcome,) = run(rules, matcher, Facts()("alarm", machine_id="M", level=1))
    hold, release = outcome.decisions
    assert (release.status, release.settled_by) == ("superseded", hold.id)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param("effective: {from: 2026-03-02}", 1, id="from that day"),
        pytest.param("effective: {from: 2026-03-03}", 0, id="not yet"),
        pytest.param("effective: {to: 2026-03-02}", 1, id="to that day"),
        pytest.param("effective: {to: 2026-03-01}", 0, id="no longer"),
    ],
)
def test_a_rule_set_is_in_force_between_its_dates(matcher: str, head: str, expected: int) -> None:
    """Both dates are included, and the fact's time counts, not a clock."""
    session = Session(book("  - {rule: r, on: alarm, then: {notify: {to: x, message: y}}}", head), matcher)
    assert len(session.submit(Facts()("alarm", machine_id="M")).decisions) == expected


def test_parameters_are_constants_of_the_set(matcher: str) -> None:
    """A rule reads its set's parameters by name."""
    rules = """
  - rule: r
    on: alarm
    if: level > parameters.limit
    on_missing: skip
    then: {notify: {to: x, message: "{parameters.limit}"}}
"""
    session = Session(book(rules, "parameters: {limit: 3}"), matcher)
    make = Facts()
    outcomes = [session.submit(make("alarm", machine_id="M", level=level)) for level in (3, 4)]
    assert [[d.values["message"] for d in o.decisions] for o in outcomes] == [[], ["3"]]


def test_a_missing_subject_voids_the_decision(matcher: str) -> None:
    """A decision about nothing is recorded, says so, and places no hold."""
    rules = "  - {rule: r, on: machine, then: {hold: {item: = line, reason: x}}}"
    session = Session(book(rules), matcher)
    (decision,) = session.submit(Facts()("machine", machine_id="M", status="down")).decisions
    assert decision.status == "void"
    assert "subject is missing" in decision.reason
    assert session.holds() == ()


def test_ids_depend_on_facts_and_rule_alone(matcher: str) -> None:
    """Two sessions give one fact the same decision ids, and another fact other ones."""
    first, again, other = (
        run(FAIL, matcher, make("inspection", lot_id=lot, order_id="o", result="fail", severity="critical"))[
            0
        ].decisions[0]
        for make, lot in (
            (Facts(), "L1"),
            (Facts(), "L1"),
            (lambda *a, **k: Facts()(*a, source="mes2", **k), "L1"),
        )
    )
    assert first == again
    assert first.id != other.id


def test_the_explanation_shows_every_part(matcher: str) -> None:
    """Why: rule and place, the facts under their aliases, each condition with the values of its parts."""
    session = Session(book(JOIN), matcher)
    make = Facts()
    session.submit(make("order", order_id="A", item="bolt", status="released"))
    outcome = session.submit(make("inspection", lot_id="L1", order_id="A", result="fail"))
    (why,) = session.explain(outcome)
    assert why.decision == outcome.decisions[0].id
    assert why.place.startswith("rules/test.yaml:")
    assert [f["alias"] for f in why.facts] == ["inspection", "order"]
    assert [c.pattern for c in why.conditions] == ["inspection: inspection", "order: order", "none: hold"]
    assert [c.value for c in why.conditions] == [True, True, True]
    joined = why.conditions[1]
    texts = {p.text: p.value for part in joined.parts for p in [part, *part.parts]}
    assert texts["order_id = inspection.order_id"] is True
    assert texts["inspection.order_id"] == "A"


def test_only_a_state_can_be_retracted(matcher: str) -> None:
    """An event happened; taking it back is a fault of the caller."""
    with pytest.raises(ValueError, match="only a state"):
        run(FAIL, matcher, Facts()("inspection", op="retract", lot_id="L"))


def test_a_new_rule_book_does_not_fire_for_what_was_so_before(matcher: str) -> None:
    """Under another book, states that fit already are taken as standing; their next rise fires."""
    make = Facts()
    old = Session(book("  - {rule: idle, on: flag, then: {notify: {to: x, message: y}}}"), matcher)
    old.submit(make("machine", machine_id="M", status="down"))
    session = Session.restore(book(DOWN), old.snapshot(), matcher)
    states = ["down", "running", "down"]
    outcomes = [session.submit(make("machine", machine_id="M", status=s)) for s in states]
    assert [len(o.decisions) for o in outcomes] == [0, 0, 1]


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{", b'{"format": 1}', b'{"format": 2}', b"\xff", b"[" * 100_000]
)
def test_a_damaged_snapshot_is_refused(raw: bytes) -> None:
    """What is not a snapshot is a ValueError, not a half-filled session."""
    with pytest.raises(ValueError, match="snapshot"):
        Session.restore(book(FAIL), raw)


def test_decisions_are_values() -> None:
    """A decision cannot be changed once made."""
    decision = run(
        FAIL, "native", Facts()("inspection", lot_id="L", order_id="o", result="fail", severity="critical")
    )[0].decisions[0]
    assert isinstance(decision, Decision)
    with pytest.raises(AttributeError):
        decision.status = "other"  # type: ignore[misc]
