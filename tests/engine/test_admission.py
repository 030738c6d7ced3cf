"""Admission: bytes -> values -> facts, with every fault and its place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from engine.admission import Admission, Limits, decode, fact_from_json, fact_to_json, parse_time
from engine.admission.schema import compile_schema, schema_faults
from engine.decisions import Fact
from engine.diagnostics import FactRefused, Span
from engine.model import FactType, Flow, Kind, System

NOWHERE = Span("rules/x.yaml", 1, 1, 1, 1)
RECEIVED = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


def fact_type(name: str, owner: str, kind: Kind, key: tuple[str, ...], schema: dict[str, Any]) -> FactType:
    """Return a fact type with the given declaration."""
    return FactType(name, name, "", kind, (owner,), key, {"type": "object", **schema}, {}, NOWHERE)


INSPECTION = fact_type(
    "inspection_result",
    "mes",
    Kind.EVENT,
    ("lot_id",),
    {
        "required": ["lot_id", "result"],
        "properties": {
            "lot_id": {"type": "string", "pattern": "^L"},
            "result": {"enum": ["pass", "fail"]},
            "measured": {"type": "number"},
            "samples": {"type": "array", "items": {"type": "integer"}},
            "at": {"type": "string", "format": "date-time"},
        },
        "additionalProperties": False,
    },
)
ORDER = fact_type(
    "production_order",
    "erp",
    Kind.STATE,
    ("order_id",),
    {
        "required": ["order_id", "status"],
        "properties": {"order_id": {}, "status": {"type": "string"}},
    },
)
CONFIRMATION = fact_type("production_confirmation", "mes", Kind.EVENT, ("order_id",), {})


@dataclass
class Declared:
    """The part of a rule book that admission reads, by hand."""

    fact_types: dict[str, FactType] = field(
        default_factory=lambda: {t.name: t for t in (INSPECTION, ORDER, CONFIRMATION)}
    )
    systems: dict[str, System] = field(
        default_factory=lambda: {
            "erp": System("erp", "ERP", ("erp", "sap")),
            "mes": System("mes", "MES", ("mes",)),
            "lineside": System("lineside", "Lineside", ("lineside",)),
        }
    )
    flows: tuple[Flow, ...] = (
        Flow(
            "production-confirmations",
            "Production confirmations, when work orders complete",
            "mes",
            "erp",
            ("production_confirmation",),
            NOWHERE,
        ),
    )


GOOD = {
    "id": "1",
    "source": "mes/line1",
    "type": "inspection_result",
    "time": "2026-01-01T00:00:00Z",
    "data": {"lot_id": "L1", "result": "fail"},
}


def faults_of(envelope: Any) -> list[tuple[str, str]]:
    """Return (code, pointer) of every fault in *envelope*."""
    gate = Admission(Declared(), reserved=("lineside",))
    with pytest.raises(FactRefused) as refused:
        gate.admit(envelope, RECEIVED)
    return [(fault.code, fault.pointer) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        pytest.param(b'{"a": 1.50}', {"a": Decimal("1.50")}, id="decimal-exact"),
        pytest.param(b"[true, null, 3]", [True, None, 3], id="bool-null-int"),
        pytest.param(b"1e400", Decimal("1e400"), id="beyond-float"),
        pytest.param(b"123456789012345678901234567890", 123456789012345678901234567890, id="long-int"),
        pytest.param(b'\xef\xbb\xbf{"a":1}', {"a": 1}, id="byte-order-mark"),
        pytest.param('"Grüße 部品"'.encode(), "Grüße 部品", id="unicode"),
        pytest.param(b"[" * 32 + b"]" * 32, None, id="depth-at-limit"),
    ],
)
def test_decode_keeps_values_exact(raw: bytes, value: Any) -> None:
    """Numbers are int or Decimal as written, and text is kept."""
    found = decode(raw)
    if value is not None:
        assert found == value
        assert not isinstance(found, float)


@pytest.mark.parametrize(
    ("raw", "code", "pointer", "says"),
    [
        pytest.param(b"", "not-json", "", "the body is empty", id="empty"),
        pytest.param(b'{"a": NaN}', "not-json", "", "byte 6", id="nan"),
        pytest.param(b"[1, -Infinity]", "not-json", "", "byte", id="infinity"),
        pytest.param(b'{"a": "x\xff"}', "invalid-utf8", "", "byte 8", id="bad-utf8"),
        pytest.param(b'{"a": "\\ud800"}', "not-json", "", "", id="lone-surrogate"),
        pytest.param(b'{"a": ["\\u0000"]}', "nul", "/a/0", "NUL", id="nul"),
        pytest.param(b'{"a": "x\x00"}', "not-json", "", "", id="raw-nul"),
        pytest.param(b"[" * 1000 + b"]" * 1000, "too-deep", "/0" * 32, "32 levels deep", id="depth-1000"),
        pytest.param(b"[" * 200_000, "too-deep", "/0" * 32, "32 levels deep", id="depth-200000-unclosed"),
        pytest.param(
            b'{"a,":"[{\\"","b/c":[1,[2],' + b'{"d":' * 100_000,
            "too-deep",
            "/b~1c/2" + "/d" * 30,
            "32 levels deep",
            id="depth-among-others",
        ),
        pytest.param(b"[" * 33 + b"]" * 33, "too-deep", "/0" * 32, "32", id="depth-33"),
        pytest.param(b'{"a/b":{"c~":1e7000}}', "number-too-large", "/a~1b/c~0", "6,144", id="exponent"),
        pytest.param(b"1e-7000", "number-too-large", "", "6,144", id="negative-exponent"),
        pytest.param(b"1e99999999999999999999", "number-too-large", "", "", id="exponent-beyond-decimal"),
        pytest.param(b'{"a":' + b"9" * 1001 + b"}", "number-too-large", "/a", "1,000", id="int-1001-digits"),
        pytest.param(b"9" * 5000, "number-too-large", "", "1,000", id="int-beyond-interpreter"),
        pytest.param(b"1." + b"1" * 1001, "number-too-large", "", "1,000", id="digits"),
        pytest.param(b'{"a":"' + b"x" * 70_000 + b'"}', "text-too-long", "/a", "65,536", id="text"),
        pytest.param(b'"' + b"x" * 10_000_000 + b'"', "too-large", "", "1,048,576", id="10-mb"),
    ],
)
def test_decode_refuses_what_would_hurt_later(raw: bytes, code: str, pointer: str, says: str) -> None:
    """Each kind of bad bytes is refused with its code, its place and the limit."""
    with pytest.raises(FactRefused) as refused:
        decode(raw)
    (fault,) = refused.value.faults
    assert (fault.code, fault.pointer) == (code, pointer)
    assert says in fault.message


def test_decode_reports_every_excess_at_once() -> None:
    """Several faults in one fact come back together."""
    with pytest.raises(FactRefused) as refused:
        decode(b'{"a":"\\u0000","b":1e9999}', Limits())
    assert {fault.pointer for fault in refused.value.faults} == {"/a", "/b"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"id": None}, [("not-text", "/id")], id="id-null"),
        pytest.param({"id": 7}, [("not-text", "/id")], id="id-number"),
        pytest.param({"id": " "}, [("empty", "/id")], id="id-blank"),
        pytest.param({"id": "x" * 257}, [("text-too-long", "/id")], id="id-long"),
        pytest.param({"type": "inspection_reslut"}, [("unknown-fact-type", "/type")], id="type-misspelt"),
        pytest.param({"time": "2026-01-01T00:00:00"}, [("bad-time", "/time")], id="time-without-zone"),
        pytest.param({"time": 17}, [("bad-time", "/time")], id="time-number"),
        pytest.param({"time": "0001-01-01T00:00:00+14:00"}, [("bad-time", "/time")], id="time-before-year-1"),
        pytest.param({"Tyme": 1}, [("unknown-key", "/Tyme")], id="unknown-key"),
        pytest.param({"traceparent": [1]}, [("bad-extension", "/traceparent")], id="extension-array"),
        pytest.param({"op": "upsert"}, [("bad-op", "/op")], id="op"),
        pytest.param({"op": "retract"}, [("retract-event", "/op")], id="retract-an-event"),
        pytest.param({"specversion": "0.3"}, [("bad-specversion", "/specversion")], id="specversion"),
        pytest.param({"data_base64": "e30="}, [("binary-data", "/data_base64")], id="base64"),
        pytest.param(
            {"datacontenttype": "text/xml"}, [("bad-datacontenttype", "/datacontenttype")], id="xml"
        ),
        pytest.param({"subject": ""}, [("empty", "/subject")], id="subject-empty"),
        pytest.param({"data": []}, [("not-an-object", "/data")], id="data-array"),
        pytest.param({"source": "scada"}, [("unknown-source", "/source")], id="unknown-source"),
        pytest.param({"source": "///"}, [("unknown-source", "/source")], id="source-without-word"),
        pytest.param({"source": "erp"}, [("wrong-owner", "/source")], id="wrong-owner"),
        pytest.param({"source": "lineside"}, [("reserved-source", "/source")], id="reserved"),
        pytest.param({"data": {"result": "fail"}}, [("missing", "/data/lot_id")], id="field-missing"),
        pytest.param(
            {"data": {"lot_id": "L1", "result": "fail", "samples": [1, "2", True]}},
            [("type", "/data/samples/1"), ("type", "/data/samples/2")],
            id="nested-types",
        ),
        pytest.param(
            {"data": {"lot_id": "L1", "result": "fail", "mesured": 1}},
            [("unknown-field", "/data/mesured")],
            id="field-misspelt",
        ),
        pytest.param(
            {"data": {"lot_id": "L1", "result": "fail", "at": "yesterday"}},
            [("format", "/data/at")],
            id="format",
        ),
        pytest.param(
            {"data": {"lot_id": "X", "result": "maybe"}},
            [("pattern", "/data/lot_id"), ("enum", "/data/result")],
            id="two-of-the-schema",
        ),
    ],
)
def test_admit_names_the_place_of_each_fault(change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """One fault gives one code and one pointer."""
    assert sorted(faults_of({**GOOD, **change})) == sorted(expected)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("shelf", '"shelf" is not known here; did you mean "shelve"?'),
        ("hide", '"hide" is not known here; known: in_service, out_of_service, shelve, unshelve'),
        (7, "7 is not known here; known: in_service, out_of_service, shelve, unshelve"),
        (True, "true is not known here; known: in_service, out_of_service, shelve, unshelve"),
        (["shelve"], "a list is not known here; known: in_service, out_of_service, shelve, unshelve"),
        (None, "null is not known here; known: in_service, out_of_service, shelve, unshelve"),
    ],
)
def test_a_value_that_is_none_of_those_known_is_told_which_are(given: Any, says: str) -> None:
    """The nearest one where there is one, else all of them."""
    schema = {"properties": {"action": {"enum": ["shelve", "unshelve", "out_of_service", "in_service"]}}}
    (error,) = compile_schema(schema).iter_errors({"action": given})
    assert [fault.message for fault in schema_faults(error, Declared().fact_types["inspection_result"])] == [
        says
    ]


def test_admit_reports_every_fault_at_once() -> None:
    """Envelope, owner and schema faults come back together."""
    found = faults_of({"source": "erp", "type": "inspection_result", "time": "now", "data": {"lot_id": 1}})
    assert {pointer for _, pointer in found} == {"/id", "/time", "/source", "/data/lot_id", "/data/result"}


@pytest.mark.parametrize("envelope", [None, [], "x", 1], ids=str)
def test_admit_refuses_what_is_not_an_object(envelope: Any) -> None:
    """A fact that is no JSON object is refused as a whole."""
    assert faults_of(envelope) == [("not-an-object", "")]


def test_a_wrong_owner_is_told_whose_fact_it_is_and_by_which_flow_it_comes() -> None:
    """The text names the owner, the flow with its direction, and the sender's system."""
    gate = Admission(Declared())
    with pytest.raises(FactRefused) as refused:
        gate.admit({**GOOD, "source": "urn:erp:1", "type": "production_confirmation", "data": {}}, RECEIVED)
    assert refused.value.faults[0].message == (
        "production_confirmation belongs to mes (flow: production confirmations, mes -> erp); "
        "erp may not send it"
    )


@pytest.mark.parametrize(
    ("source", "system"),
    [
        ("erp", "erp"),
        ("/erp/plant1", "erp"),
        ("erp://sap", "erp"),
        ("urn:erp:1", "erp"),
        ("https://mes.example/x", "mes"),
        ("SAP-1", "erp"),
        ("erpx", None),
        ("", None),
    ],
)
def test_the_first_word_of_a_source_names_its_system(source: str, system: str | None) -> None:
    """Schemes are dropped, case does not count, and only whole words do."""
    assert Admission(Declared()).system_of(source) == system


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-01T01:00:00+01:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01t00:00:00z", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01 00:00:00.1234567-00:00", datetime(2026, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2026-02-30T00:00:00Z", None),
        ("20260101T000000Z", None),
        ("2026-01-01", None),
        ("2026-01-01T24:00:00Z", None),
        ("9999-12-31T23:59:60Z", None),
        ("2026-01-01T00:00:00Z\n", None),
    ],
)
def test_times_are_rfc_3339_with_a_zone(text: str, moment: datetime | None) -> None:
    """Moments come out in UTC, to the microsecond; anything else is None."""
    assert parse_time(text) == moment


def test_a_fact_without_time_gets_the_time_it_was_received() -> None:
    """The time received is kept in UTC."""
    envelope = {name: value for name, value in GOOD.items() if name != "time"}
    received = RECEIVED.astimezone(timezone(timedelta(hours=5)))
    assert Admission(Declared()).admit(envelope, received).time == RECEIVED


def test_a_retraction_needs_the_key_only_and_a_state_always_its_key() -> None:
    """A retracted state is admitted with its key alone; a null key never is."""
    state = {**GOOD, "type": "production_order", "source": "erp", "op": "retract"}
    assert Admission(Declared()).admit({**state, "data": {"order_id": "1"}}, RECEIVED).op == "retract"
    assert faults_of({**state, "data": {"order_id": None}}) == [("missing", "/data/order_id")]
    assert faults_of({**state, "data": {"order_id": [1]}}) == [("bad-key", "/data/order_id")]


def test_extensions_are_kept_and_a_fact_survives_its_json() -> None:
    """Extension attributes and exact numbers come back from the envelope's JSON."""
    gate = Admission(Declared())
    data = {"lot_id": "L1", "result": "fail", "measured": Decimal("1.50")}
    fact = gate.admit(
        {**GOOD, "data": data, "traceparent": "00-1", "subject": "L1", "dataschema": "x"}, RECEIVED
    )
    assert fact.extensions == {"traceparent": "00-1", "dataschema": "x"}
    encoded = msgspec.json.Encoder(decimal_format="number").encode(fact_to_json(fact))
    assert fact_from_json(decode(encoded)) == fact
    assert gate.admit(decode(encoded), RECEIVED) == fact


def test_a_pattern_cannot_hang_the_gate() -> None:
    """A nested repetition that would take for ever by backtracking is matched in linear time."""
    slow = replace(INSPECTION, schema={"properties": {"lot_id": {"pattern": "^(a+)+$"}}})
    gate = Admission(Declared(fact_types={"inspection_result": slow}))
    with pytest.raises(FactRefused):
        gate.admit({**GOOD, "data": {"lot_id": "a" * 5000 + "b"}}, RECEIVED)


def test_the_number_of_faults_is_bounded() -> None:
    """A fact that is wrong ten thousand times answers with the first fifty."""
    samples = ["x"] * 10_000
    assert len(faults_of({**GOOD, "data": {"lot_id": "L", "result": "pass", "samples": samples}})) == 50


def test_admission_does_not_change_what_it_is_given() -> None:
    """The fact holds the data as sent."""
    fact = Admission(Declared()).admit(GOOD, RECEIVED)
    assert isinstance(fact, Fact)
    assert fact.data == GOOD["data"]


@pytest.mark.parametrize(
    ("raw", "pointers"),
    [
        pytest.param(b'{"data": {"x": 1, "x": 2}}', ["/data/x"], id="an object"),
        pytest.param(b'[{"a/b" :1,"a/b" :2, "c": {}}]', ["/0/a~1b"], id="spaces before the colon"),
        pytest.param(b'{"a" :1,"a": "\\":"}', ["/a"], id="a text that makes up for it"),
        pytest.param(b'{"a": 1, "\\u0061": 2}', ["/a"], id="written in another way"),
        pytest.param(b'{"a": "x\\":", "b": " :"}', [], id="a text that looks like a key"),
        pytest.param(b'{"a": {"x": 1}, "b": [{"x": 1}, {"x": 1}]}', [], id="one key in several objects"),
    ],
)
def test_repeated_keys_are_refused(raw: bytes, pointers: list[str]) -> None:
    """A key that an object has twice says two things: it is refused with its place, and nothing else is."""
    if not pointers:
        decode(raw)
        return
    with pytest.raises(FactRefused) as refused:
        decode(raw)
    assert [(fault.code, fault.pointer) for fault in refused.value.faults] == [
        ("duplicate-key", pointer) for pointer in pointers
    ]
