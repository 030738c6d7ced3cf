"""Facts that are recognised at once: they are what decoding and admitting make of the same bytes, and no other bytes are."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.admission import DEFAULT_LIMITS, Admission, Limits, decode
from engine.decisions import Fact
from engine.diagnostics import FactFault, FactRefused
from tests.engine.test_admission import GOOD, RECEIVED, Declared

ORDER = {**GOOD, "source": "urn:erp:1", "type": "production_order", "data": {"order_id": "A", "status": "s"}}
DONE = {**GOOD, "type": "production_confirmation", "data": {}}
UNTOLD = b" " * 2_000
"""Blanks after a fact that make it too long for any short way, and change nothing else about it."""


def gate(limits: Limits = DEFAULT_LIMITS) -> Admission:
    """Return a gate that nothing came through yet."""
    return Admission(Declared(), limits, reserved=("lineside",))


def used_gate(limits: Limits = DEFAULT_LIMITS) -> Admission:
    """Return a gate that a fact of each type came through."""
    used = gate(limits)
    for envelope in (GOOD, ORDER, DONE):
        used.admit(envelope, RECEIVED)
    return used


def admitted(through: Admission, raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Fact | tuple[FactFault, ...]:
    """Return the fact in *raw*, or its faults, without recognising it."""
    try:
        return through.admit(decode(raw, limits), RECEIVED)
    except FactRefused as refused:
        return tuple(refused.faults)


def taken(through: Admission, raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Fact | tuple[FactFault, ...]:
    """Return the fact in *raw*, or its faults, as the service finds them."""
    return through.recognise(raw) or admitted(through, raw, limits)


def same(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> bool:
    """Return whether *raw* is recognised, having asserted that this changes nothing about its fact or its faults."""
    expected = admitted(gate(limits), raw, limits)
    used = used_gate(limits)
    found = used.recognise(raw)
    assert repr(taken(used, raw, limits)) == repr(expected)
    if found is not None and len(raw) + len(UNTOLD) <= limits.bytes:
        assert repr(found) == repr(admitted(gate(limits), raw + UNTOLD, limits))
    return found is not None


def one_of(words: str) -> st.SearchStrategy[str]:
    """Return a choice of *words*, which blanks part."""
    return st.sampled_from(words.split())


BLANKS = st.sampled_from(["", "", "", "", "", "", " ", "\n", "\t", "\r\n", "  "])
NAMES = one_of(r"""id source type time data specversion datacontenttype subject op line Tyme data_base64 dataschema lot_id result
    measured order_id status \u0069d ü a:b : \u0000 \ud800 x\":""")
TEXTS = st.one_of(
    st.sampled_from(["", " ", "x" * 256, "x" * 257]),
    one_of(r"""L1 fail : :: a:b x\": \\u0000 \u0000 \ud800 \u00fc 部品 { [ 1.0 2026-01-01T00:00:00Z 2026-01-01T00:00:00.5+01:00
        mes scada lineside retract"""),
)
NUMBERS = st.one_of(
    st.sampled_from(["9" * 400, "9" * 1_001, "0." + "0" * 300 + "1"]),
    one_of(
        "0 1 -0 -0.0 1.0 1.50 1e3 1E400 1e7000 -1e-3 12345678901234567890 01 NaN Infinity - true false null nul"
    ),
)
VALUES = st.recursive(
    st.one_of(TEXTS.map('"{}"'.format), NUMBERS, st.sampled_from(["{}", "[]", "[1,2]", '{"a":1}', '{"a":1,"a":1}'])),
    lambda inner: st.one_of(inner.map("[{}]".format), inner.map('{{"a":{}}}'.format), inner.map('{{"a":{{"b":{}}}}}'.format)),
    max_leaves=3,
)  # fmt: skip
ODD_TIMES = r"""2026-01-01T00:00:00Z 2026-01-01T00:00:00.5Z 2026-01-01T00:00:00.1234567Z 2026-01-01T00:00:00.9999999Z
    2026-01-01T01:00:00+01:00 2026-01-01T00:00:00.5+01:00 2026-01-01T01:00:00.5+0100 2026-01-01T00:00:00-00:00
    2026-01-01t00:00:00z 2026-01-01T00:00:60Z 2026-01-01T23:59:60.5Z 2026-01-01T00:00:00,5Z 2026-01-01T00:00:00.Z
    2026-01-01T00:00:00.5+0Z 2026-01-01T00\u003a00\u003a00Z 2026-01-01T00:00\u003A00.5Z
    2026-01-01T24:00:00.0Z 2026-01-01T00:00.0:00Z 2026-02-30T00:00:00.0Z 0001-01-01T00:00:00.0Z 9999-12-31T23:59:60.0Z
    2026-01-01T00:00:00.12345\u005a 2026-01-01T00:00:00.\u0000Z 20260101T000000.5Z 2026-W01-1T00:00:00Z 2026-W01-1T00:00:00.0Z
    2026-01-01T00:00:00.0123456789012345678901234567890123456789Z ٢٠٢٦-01-01T00:00:00.0Z 2026-01-01 now ::Z"""
TIMES = st.one_of(
    st.just("2026-01-01T00:00:00.123456Z"),
    st.sampled_from(["", " ", "2026-01-01 00:00:00Z"]),
    one_of(ODD_TIMES),
)

Members = list[tuple[str, str]]
SOUND: tuple[tuple[Members, Members], ...] = tuple(
    (
        [(name, msgspec.json.encode(value).decode()) for name, value in envelope.items() if name != "data"],
        [(name, msgspec.json.encode(value).decode()) for name, value in envelope["data"].items()],  # type: ignore[attr-defined]
    )
    for envelope in (GOOD, ORDER, DONE)
)


@st.composite
def bent(draw: st.DrawFn, members: Members, most: int) -> Members:
    """Return *members* in some order, a few of them changed, left out, given twice or new."""
    found = draw(st.permutations(members))
    for _ in range(draw(st.integers(0, most))):
        place = draw(st.integers(0, len(found)))
        match draw(st.sampled_from(["new", "again", "value", "without"])):
            case "new":
                found.insert(place, (draw(NAMES), draw(VALUES)))
            case "again" if found:
                found.insert(place, found[place - 1])
            case "value" if found:
                found[place - 1] = (found[place - 1][0], draw(VALUES))
            case "without" if found:
                del found[place - 1]
    return found


@st.composite
def written(draw: st.DrawFn, members: Members) -> str:
    """Return the text of an object with *members*, blanks anywhere in one of three."""
    blanks = BLANKS if draw(st.integers(0, 2)) == 0 else st.just("")
    parts = [
        f'{draw(blanks)}"{name}"{draw(blanks)}:{draw(blanks)}{value}{draw(blanks)}' for name, value in members
    ]
    return "{" + ",".join(parts) + "}"


@st.composite
def posts(draw: st.DrawFn) -> bytes:
    """Return the bytes of a fact that is sound, odd or broken."""
    outer, inner = draw(st.sampled_from(SOUND))
    members = [(name, value) for name, value in outer if name != "time"]
    if draw(st.integers(0, 9)):
        members.append(("time", f'"{draw(TIMES)}"'))
    if draw(st.booleans()):
        members.append(("specversion", draw(st.sampled_from(['"1.0"', '"1.0"', '"0.3"', "null", "1.0"]))))
    if not draw(st.integers(0, 4)):
        members.append(
            ("datacontenttype", draw(st.sampled_from(['"application/json"', '"text/xml"', "null"])))
        )
    data = draw(written(draw(bent(inner, draw(st.sampled_from([0, 0, 1, 2]))))))
    text = draw(written(draw(bent([*members, ("data", data)], draw(st.sampled_from([0, 0, 1]))))))
    raw = text.encode("utf-8", "surrogatepass")
    match draw(st.integers(0, 9)):
        case 0:
            place = draw(st.integers(0, len(raw)))
            some = draw(
                st.one_of(
                    st.binary(max_size=2), st.sampled_from([b'"', b":", b",", b"\\", b"{", b"}", b"\r"])
                )
            )
            raw = raw[:place] + some + raw[place + draw(st.integers(0, 2)) :]
        case 1:
            raw = draw(st.sampled_from([b"\xef\xbb\xbf", b" ", b"\x00", b"[", b"\n"])) + raw
    return raw


@settings(max_examples=500, deadline=None)
@given(raw=posts())
@example(
    raw=b'{"id":"1","source":"mes/line1","type":"production_confirmation","time":"::","data":{"a":1,"a":1}}'
)
@example(
    raw=b'{"id":"1","source":"mes/line1","type":"production_confirmation","time":"","time":"","data":{}}'
)
def test_what_is_recognised_is_what_would_have_been_admitted(raw: bytes) -> None:
    """A fact or its faults are the same to the type of each number, whatever the bytes."""
    same(raw)


@pytest.mark.parametrize("time", ["", " ", "2026-01-01 00:00:00Z", *ODD_TIMES.split()])
def test_times_are_recognised_as_they_are_admitted(time: str) -> None:
    """A time is the same moment in UTC, or none, in whatever way it is written."""
    same(
        b'{"id":"1","source":"mes/line1","type":"production_confirmation","time":"%s","data":{}}'
        % time.encode()
    )


PLAIN = b'{"specversion":"1.0","id":"1","source":"mes/line1","type":"inspection_result","time":"2026-01-01T00:00:00Z","data":%s}'
ANYTHING = PLAIN.replace(b"inspection_result", b"production_confirmation")
ESCAPED = PLAIN.replace(b"00:00:00Z", b"00\\u003a00:00Z")
DATA = b'{"lot_id":"L1","result":"fail"}'


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(PLAIN % DATA, id="as JSON.stringify writes it"),
        pytest.param((PLAIN % DATA).replace(b":", b": ").replace(b": 00", b":00").replace(b",", b", "), id="as json.dumps does"),
        pytest.param((PLAIN % DATA).replace(b'"specversion":"1.0",', b""), id="without a version"),
        pytest.param((PLAIN % DATA)[:-1] + b',"datacontenttype":"application/json"}', id="as libraries of CloudEvents do"),
        pytest.param((PLAIN % DATA).replace(b"00Z", b"00.123Z"), id="a time of a browser"),
        pytest.param((PLAIN % DATA).replace(b"00Z", b"00.1234567+01:00"), id="a time of another zone"),
        pytest.param((PLAIN % DATA)[:-1] + b"}\r\n", id="a line"),
        pytest.param(PLAIN % b'{"lot_id":"L1","result":"fail","measured":1.50,"at":"2026-01-01T00:00:00Z"}', id="colons"),
        pytest.param(PLAIN % b'{"lot_id":"L\\"\\u00fc","result":"fail"}', id="escapes"),
        pytest.param(PLAIN % '{"lot_id":"L部品","result":"fail"}'.encode(), id="letters of elsewhere"),
        pytest.param(PLAIN % b'{"lot_id":"L1","result":"fail","samples":[1,2]}', id="a list"),
        pytest.param(ANYTHING % b'{"a":[{"b":1},{"b":[{"b":"x:y"}]}],"c":{"d":{"e":null}}}', id="lists and objects"),
        pytest.param(ANYTHING % (b'{"a":' + b"[" * 30 + b"]" * 30 + b"}"), id="as deep as may be"),
        pytest.param(msgspec.json.encode(ORDER), id="a state"),
    ],
)  # fmt: skip
def test_what_is_written_as_most_are_is_recognised(raw: bytes) -> None:
    """The ways in which senders write are known, so that what they send is taken fast."""
    assert same(raw)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(PLAIN % b'{"lot_id":"L1","lot_id":"L1","result":"fail"}', id="a key twice"),
        pytest.param(PLAIN % b'{"lot_id" :"L1","lot_id" :"L1","result":"fail"}', id="a key twice, and blanks"),
        pytest.param((PLAIN % DATA).replace(b'"id":"1"', b'"id":"1","id":"1"'), id="its id twice"),
        pytest.param((PLAIN % DATA)[:-1] + b',"data":{"lot_id":"L1","result":"fail"}}', id="its data twice"),
        pytest.param((PLAIN % DATA)[:-1] + b',"line":1}', id="an extension"),
        pytest.param((ESCAPED % DATA)[:-1] + b',"line":1}', id="an extension for a colon"),
        pytest.param(ESCAPED % b'{"lot_id":"L1","lot_id":"L1","result":"fail"}', id="twice for a colon"),
        pytest.param((PLAIN % DATA)[:-1] + b',"op":"retract"}', id="an operation"),
        pytest.param((PLAIN % DATA)[:-1] + b',"datacontenttype":"text/plain"}', id="data of another kind"),
        pytest.param(
            (PLAIN % DATA)[:-1] + b',"datacontenttype":"application/json","datacontenttype":"application/json"}', id="twice"
        ),
        pytest.param((PLAIN % DATA).replace(b'"2026-01-01T00:00:00Z"', b"null"), id="no time"),
        pytest.param((PLAIN % DATA).replace(b"mes/line1", b"mes/line2"), id="a source that is new"),
        pytest.param((PLAIN % DATA).replace(b"mes/line1", b"urn:erp:1"), id="a source of another type"),
        pytest.param(PLAIN % b'{"lot_id":"L1","result":"fail","measured":1e3}', id="an exponent"),
        pytest.param(PLAIN % b'{"lot_id":"L\\u0000","result":"fail"}', id="NUL"),
        pytest.param(PLAIN % (b'{"lot_id":"L' + b"1" * 1_000 + b'","result":"fail"}'), id="long"),
        pytest.param((PLAIN % DATA).replace(b'"id":"1"', b'"id":" "'), id="a blank id"),
        pytest.param((PLAIN % DATA).replace(b'"id":"1"', b'"id":"' + b"1" * 257 + b'"'), id="a long id"),
        pytest.param(PLAIN % b'{"lot_id":"L1","result":"good"}', id="data that does not fit"),
        pytest.param(msgspec.json.encode({**ORDER, "data": {"order_id": None, "status": "s"}}), id="no key"),
        pytest.param(msgspec.json.encode({**ORDER, "data": {"order_id": {}, "status": "s"}}), id="an object for a key"),
        pytest.param(ANYTHING % b'{"a":[{"b":1},{"b":1,"b":1}]}', id="a key twice in a list"),
        pytest.param(ANYTHING % b'{"a":{"b":{"c":1,"c":2}}}', id="a key twice further in"),
        pytest.param(ANYTHING % (b'{"a":' + b"[" * 31 + b"]" * 31 + b"}"), id="too deep"),
        pytest.param(ANYTHING % (b'{"a":' + b'{"a":' * 31 + b"1" + b"}" * 32), id="objects too deep"),
        pytest.param(ANYTHING % (b"[" * 850), id="far too deep"),
        pytest.param(b"", id="nothing"),
    ],
)  # fmt: skip
def test_what_needs_a_closer_look_is_not_recognised(raw: bytes) -> None:
    """Whatever is odd is left to those who say what is wrong with it, or take it as it is."""
    assert not same(raw)


def test_a_cloudevent_is_recognised_by_its_version() -> None:
    """What its sender calls a CloudEvent, and has no specversion, is left to the gate, which refuses it."""
    plain = PLAIN % DATA
    assert used_gate().recognise(plain, versioned=True) == used_gate().recognise(plain)
    assert used_gate().recognise(plain.replace(b'"specversion":"1.0",', b""), versioned=True) is None


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param(Limits(bytes=149), id="bytes"),
        pytest.param(Limits(text=16), id="text"),
        pytest.param(Limits(digits=3), id="digits"),
        pytest.param(Limits(exponent=2), id="exponent"),
        pytest.param(Limits(depth=2), id="depth"),
    ],
)
@pytest.mark.parametrize("measured", [b"1", b"1.2345", b"0.0001", b"12345", b"{}"])
def test_what_is_recognised_is_within_the_limits(limits: Limits, measured: bytes) -> None:
    """Limits that are narrower than the usual ones hold for what is recognised, too."""
    same(
        b'{"id":"1","source":"mes/line1","type":"production_confirmation","time":"2026-01-01T00:00:00Z","data":{"a":%s}}'
        % measured,
        limits,
    )


def test_a_way_that_is_one_too_many_is_still_admitted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all room for known senders is taken, a further one's facts are admitted the long way, every time."""
    monkeypatch.setattr("engine.admission.ways.MOST_WAYS", 1)
    full = gate()
    raw: list[Any] = [msgspec.json.encode(envelope) for envelope in (GOOD, ORDER)]
    assert [full.recognise(one) for one in raw] == [None, None]
    first = [admitted(full, one) for one in raw]
    assert [full.recognise(one) for one in raw] == [first[0], None]
    assert [taken(full, one) for one in raw] == first
