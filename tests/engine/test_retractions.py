"""Retractions are remembered up to a bound; what comes later than what is forgotten is taken, and told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from engine import retractions
from engine.decisions import Outcome
from engine.session import Session
from tests.engine.books import START, Facts, book
from tests.engine.restoring import restored

DOWN = """
  - rule: down
    on: machine
    if: status = "down"
    then: {notify: {work_centre: = machine_id, to: maintenance, message: down}}
"""
RULES = book(DOWN)


@pytest.fixture(autouse=True)
def _two_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retractions, "MOST_RETRACTIONS", 2)


class Floor:
    """Machines that come and go, in a session that may be saved and restored before every step."""

    def __init__(self, *, saving: bool = False) -> None:
        self._saving = saving
        self._facts = Facts()
        self.session = Session(RULES)

    def tell(self, machine: str, at: float, op: str = "assert") -> Outcome:
        """Say that a machine is down, or gone."""
        if self._saving:
            self.session = restored(RULES, self.session)
        return self.session.submit(self._facts("machine", at=at, op=op, machine_id=machine, status="down"))


def retracted(*machines: str, saving: bool = False) -> Floor:
    """Return a floor on which *machines* came at 0 and were retracted one a minute from 10 on."""
    floor = Floor(saving=saving)
    for number, machine in enumerate(machines):
        floor.tell(machine, 0)
        floor.tell(machine, 10 + number, "retract")
    return floor


@pytest.mark.parametrize("saving", [False, True], ids=["in one go", "restored"])
@pytest.mark.parametrize(
    ("machine", "at", "status", "codes"),
    [
        pytest.param("b", 10.5, "stale", [], id="older than a retraction that is remembered"),
        pytest.param("b", 11, "accepted", [], id="as new as its retraction"),
        pytest.param("a", 9, "accepted", ["retraction-forgotten"], id="older than one that is forgotten"),
        pytest.param("a", 10, "accepted", [], id="not older than any that is forgotten"),
        pytest.param(
            "x", 9, "accepted", ["retraction-forgotten"], id="another that may have been retracted then"
        ),
        pytest.param("x", 12, "accepted", [], id="another, too new for that"),
    ],
)
def test_what_comes_late_is_stale_or_told(
    machine: str, at: float, status: str, codes: list[str], saving: bool
) -> None:
    """A version older than a known retraction is stale; one that may be older than a forgotten one is taken with a warning."""
    outcome = retracted("a", "b", "c", saving=saving).tell(machine, at)
    assert (outcome.status, [warned.code for warned in outcome.warnings]) == (status, codes)
    assert [d.subject_id for d in outcome.decisions] == ([machine] if status == "accepted" else [])


def test_the_warning_names_the_type_and_up_to_when_retractions_are_forgotten() -> None:
    """It stands where the fact type is declared, and says both times."""
    [warned] = retracted("a", "b", "c").tell("a", 9).warnings
    assert (warned.rule, warned.text, warned.place) == ("", "machine", "facts/machine.yaml:2:7")
    assert "machine of 2026-03-02T06:09:00Z is taken" in warned.message
    assert "those up to 2026-03-02T06:10:00Z are forgotten" in warned.message


def test_a_newer_version_is_never_in_doubt() -> None:
    """A key that is held, or comes again and again in order, is not warned of; nor is a late retraction."""
    floor = retracted("a", "b", "c")
    outcomes = [floor.tell("a", 20), floor.tell("a", 21), floor.tell("z", 1, "retract")]
    assert [outcome.warnings for outcome in outcomes] == [(), (), ()]


def test_the_memory_of_retractions_is_bounded() -> None:
    """However many keys are retracted, the snapshot holds as many of them as are remembered."""
    machines = [f"m{number}" for number in range(50)]
    found: list[tuple[str, datetime]] = [
        (key[0], at) for _, key, at in retracted(*machines).session._carried.retractions.saved()
    ]
    assert found == [(name, START + timedelta(minutes=10 + n)) for n, name in [(48, "m48"), (49, "m49")]]


def test_a_key_that_came_again_leaves_room() -> None:
    """Only keys that are gone are remembered: what came again is not counted."""
    floor = retracted("a", "b")
    floor.tell("a", 20)
    floor.tell("c", 20)
    floor.tell("c", 21, "retract")
    assert floor.tell("b", 5).status == "stale"
