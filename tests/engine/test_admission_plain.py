"""The short ways through admission: what passes them is what the thorough ways would have let pass."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.admission import DEFAULT_LIMITS, Admission, Limits, decode
from engine.admission.decoding import _decode_plain
from engine.decisions import Fact
from engine.diagnostics import FactFault, FactRefused
from tests.engine.test_admission import GOOD, RECEIVED, Declared

BLANKS = st.sampled_from(["", "", "", " ", "\n", "\t", "\r\n"])
TEXTS = st.sampled_from(
    [
        '""',
        '"a"',
        '"data"',
        '"\\u0061"',
        '"x:"',
        '":"',
        '"a\\":"',
        '"\\u0000"',
        '"ü"',
        '"\\ud800"',
        '"{"',
        '"["',
    ]
)
NUMBERS = st.sampled_from(
    ["1", "-0", "1.50", "1e3", "1E400", "1e7000", "12345678901234567890", "01", "NaN", "-1.0"]
)
SCALARS = st.one_of(TEXTS, NUMBERS, st.sampled_from(["true", "null", "[]", "[1,2]", "nul"]))


@st.composite
def objects(draw: st.DrawFn, depth: int = 2) -> str:
    """Return the text of an object that is JSON, or nearly; keys come twice, and blanks stand anywhere."""
    members = []
    for _ in range(draw(st.integers(0, 4))):
        key = draw(st.one_of(st.just('"data"'), TEXTS))
        value = draw(objects(depth - 1)) if depth and draw(st.booleans()) else draw(SCALARS)
        members.append(f"{draw(BLANKS)}{key}{draw(BLANKS)}:{draw(BLANKS)}{value}{draw(BLANKS)}")
    return "{" + ",".join(members) + "}"


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return *pairs* as an object; none of the keys may be there twice."""
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


@settings(max_examples=400, deadline=None)
@given(text=objects())
def test_what_is_decoded_the_short_way_is_what_another_reader_reads(text: str) -> None:
    """It is JSON, has each key once, no NUL and no exponent, and every number is exact."""
    found = _decode_plain(text.encode("utf-8", "surrogatepass"), DEFAULT_LIMITS)
    if found is not None:
        assert found == json.loads(text, parse_float=Decimal, object_pairs_hook=once)
        assert repr(found) == repr(decode(text.encode() + b" " * 2_000))
        assert "\x00" not in repr(found)


@pytest.mark.parametrize(
    ("raw", "limits"),
    [
        pytest.param(b'{"data":{"a":1.2345}}', Limits(digits=4), id="digits"),
        pytest.param(b'{"data":{"a":"12345"}}', Limits(text=4), id="text"),
        pytest.param(b'{"data":{}}', Limits(depth=1), id="depth"),
        pytest.param(b'{"data":{"a":1e50}}', Limits(exponent=49), id="exponent"),
        pytest.param(b'{"data":{"a":1,"a":1}}', DEFAULT_LIMITS, id="twice"),
        pytest.param(b'{"data":{"a":1,"a" :1}}', DEFAULT_LIMITS, id="twice-with-a-blank"),
        pytest.param(b'{"data":{"a":1},"data"\n:{"a":1}}', DEFAULT_LIMITS, id="data-twice"),
        pytest.param(b'{"data":{"a":"\xff"}}', DEFAULT_LIMITS, id="not-utf8"),
        pytest.param(b'{"data":{"a":"\x00"}}', DEFAULT_LIMITS, id="nul"),
    ],
)
def test_narrower_limits_hold_for_small_facts(raw: bytes, limits: Limits) -> None:
    """A fact is small or large by the limits that are set."""
    with pytest.raises(FactRefused):
        decode(raw, limits)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from([Decimal("1.5"), Decimal("NaN"), "", " ", "L1", "fail", "released"]),
)
FIELDS = st.sampled_from(["lot_id", "result", "measured", "order_id", "status", "other"])
DATA = st.dictionaries(FIELDS, st.one_of(VALUES, st.lists(VALUES, max_size=1)), max_size=4)
ENVELOPES = st.fixed_dictionaries(
    {
        "id": st.one_of(VALUES, st.just("x" * 257), st.just("x" * 256)),
        "source": st.sampled_from(["mes/line1", "erp/1", "lineside", "who", 3, None, " "]),
        "type": st.sampled_from(
            ["inspection_result", "production_order", "production_confirmation", "nothing", 3]
        ),
        "data": st.one_of(
            DATA,
            VALUES,
            st.just({"lot_id": "L1", "result": "fail"}),
            st.just({"order_id": "A", "status": "s"}),
        ),
    },
    optional={
        "time": st.sampled_from(
            [
                "2026-01-01T00:00:00Z",
                "2026-01-01T00:00:60Z",
                "2026-01-01T00:00:00.1234567Z",
                "2026-13-01T00:00:00Z",
                "now",
                3,
            ]
        ),
        "specversion": st.sampled_from(["1.0", "0.3", None, 1]),
        "op": st.sampled_from(["assert", "retract", "x", None]),
        "subject": st.sampled_from(["s", "", None]),
        "line": st.sampled_from(["l1", 2, None, 1.5]),
    },
)


def answer(gate: Admission, envelope: Any) -> Fact | tuple[FactFault, ...]:
    """Return the fact in *envelope*, or its faults."""
    try:
        return gate.admit(envelope, RECEIVED)
    except FactRefused as refused:
        return tuple(refused.faults)


@settings(max_examples=400, deadline=None)
@given(envelope=ENVELOPES)
def test_a_source_that_is_known_is_admitted_as_one_that_is_not(envelope: dict[str, Any]) -> None:
    """What came from the same source before changes nothing about a fact or its faults."""
    known = Admission(Declared(), reserved=("lineside",))
    known.admit(GOOD, RECEIVED)
    known.admit(
        {"id": "1", "source": "erp/1", "type": "production_order", "data": {"order_id": "A", "status": "s"}},
        RECEIVED,
    )
    expected = answer(Admission(Declared(), reserved=("lineside",)), envelope)
    assert answer(known, envelope) == expected
    assert answer(known, envelope) == expected
