"""Chains of rules that resolve and release: that they end, however long they are, and that what they cannot end is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diagnostics import RulesRejected
from tests.engine.coordination.floor import Floor, rule_book

KINDS = ("a", "b", "c")
LOTS = ("L1", "L2", "L3", "L4")
OPENS = "".join(
    f'  - rule: opens-{kind}\n    on: inspection\n    if: result = "fail" and defects = {at}\n    on_missing: skip\n'
    f"    then: {{open_case: {{lot: = lot_id, kind: {kind}, tasks: {{quality: look}}}}}}\n"
    for at, kind in enumerate(KINDS)
)
READS = {
    "what it reads": '- over: case\n        where: kind = "{kind}"{more}',
    "what a machine leads to": (
        '- m: machine\n        where: status = "down"\n'
        '      - over: case\n        where: kind = "{kind}" and subject_id = m.machine_id{more}'
    ),
    "what an inspection asks for": (
        '- i: inspection\n        where: result = "pass"\n      - over: case\n        where: kind = "{kind}"{more}'
    ),
}
STATUSES = ("", ' and status = "open"', ' and status = "resolved"', " and status != null")


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Return rules that read cases, by themselves or with a machine or an inspection, and resolve others or the same."""
    made = []
    for at in range(draw(st.integers(1, 4))):
        reads = draw(st.sampled_from(sorted(READS)))
        kind, more = draw(st.sampled_from(KINDS)), draw(st.sampled_from(STATUSES))
        subject = "m.line" if "machine" in reads and draw(st.booleans()) else "over.subject_id"
        meant = draw(st.sampled_from(("", *(f"kind: {name}, " for name in KINDS))))
        made.append(
            f"  - rule: resolves-{at}\n    on_missing: skip\n    when:\n      {READS[reads].format(kind=kind, more=more)}\n"
            f"    then: {{resolve_case: {{lot: = {subject}, {meant}reason: over}}}}\n"
        )
    return OPENS + "".join(made)


STEP = st.one_of(
    st.tuples(st.just("fail"), st.sampled_from(LOTS), st.integers(0, len(KINDS) - 1)),
    st.tuples(st.just("pass"), st.sampled_from(LOTS), st.just(0)),
    st.tuples(st.just("link"), st.sampled_from(LOTS), st.integers(0, len(LOTS) - 1)),
    st.tuples(st.just("reopen"), st.sampled_from(LOTS), st.integers(0, len(KINDS) - 1)),
)


def told(floor: Floor, at: int, step: tuple[str, str, int]) -> list[str]:
    """Let *step* happen, and return what was decided."""
    what, lot, number = step
    if what == "link":
        return floor.post("machine", at, machine_id=lot, status="down", line=LOTS[number])
    if what == "reopen":
        return floor.answer(at, "reopen", kind=KINDS[number], subject_type="lot", subject_id=lot)
    return floor.post("inspection", at, lot_id=lot, order_id="O1", result=what, defects=number)


@given(text=rules(), steps=st.lists(STEP, min_size=1, max_size=12))
def test_rules_that_resolve_what_they_read_end(text: str, steps: list[tuple[str, str, int]]) -> None:
    """They compile, one fact resolves each case once at most, and with every matcher they come to the same end."""
    floors = [Floor(rule_book(text), matcher) for matcher in ("native", "naive")]
    for at, step in enumerate(steps):
        begun = len(floors[0].decisions)
        assert told(floors[0], at, step) == told(floors[1], at, step)
        made = floors[0].decisions[begun:]
        resolved = [case for d in made if d.kind == "resolve_case" for case in d.values.get("cases", ())]
        assert len(set(resolved)) == len(resolved)


CHAIN = """
  - rule: the-next-one
    on_missing: skip
    when:
      - machine: machine
        where: status = "down"
      - {pattern}
    then: {{{action}}}
"""


@pytest.mark.parametrize("matcher", ["native", "naive"])
def test_one_resolution_leads_to_the_next_however_many_there_are(matcher: str) -> None:
    """A chain along fifty cases is longer than the rule book has rules, and ends."""
    pattern = "{over: case, where: 'status = \"resolved\" and subject_id = machine.machine_id'}"
    chain = CHAIN.format(pattern=pattern, action="resolve_case: {lot: = machine.line, reason: over}")
    floor = Floor(rule_book(OPENS + chain), matcher)
    for at in range(50):
        floor.post("machine", 0, machine_id=f"L{at}", status="down", line=f"L{at + 1}")
        floor.post("inspection", 0, lot_id=f"L{at}", order_id="O1", result="fail", defects=0)
    found = floor.answer(1, "resolve", kind="a", subject_type="lot", subject_id="L0")
    assert found == [*(f"1 resolve_case L{at}" for at in range(1, 50)), "1 resolve_case L50 [void]"]
    assert {case.status for case in floor.session.cases()} == {"resolved"}


@pytest.mark.parametrize("matcher", ["native", "naive"])
def test_one_release_leads_to_the_next_however_many_there_are(matcher: str) -> None:
    """So does a chain along fifty holds."""
    held = """
  - rule: failed
    on: inspection
    if: result = "fail"
    then: {hold: {lot: = lot_id, reason: failed}}
  - rule: passed
    on: inspection
    if: result = "pass"
    then: {release: {lot: = lot_id, reason: passed}}
"""
    pattern = "{none: hold, where: lot_id = machine.machine_id}"
    chain = CHAIN.format(pattern=pattern, action="release: {lot: = machine.line, reason: over}")
    floor = Floor(rule_book(held + chain), matcher)
    for at in range(50):
        floor.post("inspection", 0, lot_id=f"L{at}", order_id="O1", result="fail")
        floor.post("machine", 0, machine_id=f"L{at}", status="down", line=f"L{at + 1}")
    found = floor.post("inspection", 1, lot_id="L0", order_id="O1", result="pass")
    assert found == [*(f"1 release L{at}" for at in range(50)), "1 release L50 [void]"]


OPEN = "{open_case: {lot: = over.subject_id, kind: %s, tasks: {quality: look}}}"
RINGS = {
    "opens what it reads": [("a", OPEN % "a")],
    "resolves and opens": [
        ("a", "[{resolve_case: {lot: = over.subject_id, reason: x}}, " + OPEN % "a" + "]")
    ],
    "opens one another": [("a", OPEN % "b"), ("b", OPEN % "a")],
    "opens one another and resolves": [
        ("a", "[{resolve_case: {lot: = over.subject_id, kind: a, reason: x}}, " + OPEN % "b" + "]"),
        ("b", OPEN % "a"),
    ],
}


@pytest.mark.parametrize("ring", RINGS.values(), ids=RINGS)
def test_a_ring_that_opens_is_refused(ring: list[tuple[str, str]]) -> None:
    """What opens cases round and round is one still, whether or not it resolves on the way."""
    text = "".join(
        f"  - rule: r{at}\n    when: [{{over: case, where: 'kind = \"{kind}\"'}}]\n    then: {then}\n"
        for at, (kind, then) in enumerate(ring)
    )
    with pytest.raises(RulesRejected) as rejected:
        rule_book(OPENS + text)
    assert [found.code for found in rejected.value.diagnostics] == ["endless-chain"]
