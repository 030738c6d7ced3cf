"""A post becomes the same fact, or the same faults, whether its sender is known or not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from engine.admission import DEFAULT_LIMITS, Admission, refuse
from engine.decisions import Fact
from engine.diagnostics import FactRefused
from service.pipeline.posts import Posted
from tests.engine.test_admission import GOOD, RECEIVED, Declared

PLAIN = msgspec.json.encode(GOOD)
EVENT = msgspec.json.encode({"specversion": "1.0", **GOOD})
UNTIMED = msgspec.json.encode({name: value for name, value in GOOD.items() if name != "time"})
DATA = msgspec.json.encode(GOOD["data"])
HEADERS = {name: value for name, value in GOOD.items() if name != "data"}


def admitted(posted: Posted, *, known: bool) -> Any:
    """Return the fact and whether it had a time, or its faults; with *known*, facts of its sender came before."""
    gate = Admission(Declared(), reserved=("lineside",))
    if known:
        gate.admit(GOOD, RECEIVED)
    try:
        return posted.admitted(gate, RECEIVED, DEFAULT_LIMITS)
    except FactRefused as refused:
        return [(fault.code, fault.pointer) for fault in refused.faults]


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        pytest.param(Posted(PLAIN), True, id="a fact"),
        pytest.param(Posted(UNTIMED), False, id="a fact without a time"),
        pytest.param(Posted(EVENT, cloudevent=True), True, id="a cloudevent"),
        pytest.param(
            Posted(PLAIN, cloudevent=True), [("bad-specversion", "/specversion")], id="without a version"
        ),
        pytest.param(Posted(DATA, {"specversion": "1.0", **HEADERS}), True, id="attributes in headers"),
        pytest.param(
            Posted(PLAIN, {"specversion": "1.0", **HEADERS}),
            [
                ("missing", "/data/lot_id"),
                ("missing", "/data/result"),
                *(("unknown-field", f"/data/{n}") for n in GOOD),
            ],
            id="a whole fact as the data of one",
        ),
        pytest.param(
            Posted(b"", fault=refuse("not-json", "/x", "").faults[0]), [("not-json", "/x")], id="no bytes"
        ),
    ],
)
@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_a_sender_that_is_known_is_taken_as_one_that_is_not(
    posted: Posted, expected: Any, *, known: bool
) -> None:
    """What is recognised is neither more nor less than what is admitted otherwise, in every form that is posted."""
    found = admitted(posted, known=known)
    if isinstance(expected, list):
        assert sorted(found) == sorted(expected)
        return
    fact, time_given = found
    assert isinstance(fact, Fact)
    assert (fact.id, fact.source, fact.type, fact.data) == (
        "1",
        "mes/line1",
        "inspection_result",
        GOOD["data"],
    )
    assert fact.time == (RECEIVED if not expected else fact.time)
    assert time_given is expected
