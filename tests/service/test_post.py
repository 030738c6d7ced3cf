"""POST /v1/facts: every form, every refusal, duplicates, and batches whose bad facts leave their neighbours alone."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.service.harness import (
    HandClock,
    Served,
    decode,
    encode,
    inspection,
    ndjson,
    serving,
    settings_for,
    write_rules,
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for the module; each test uses lots and ids of its own."""
    folder = tmp_path_factory.mktemp("post")
    with serving(settings_for(folder), clock=HandClock()) as running:
        yield running


def test_a_fact_is_answered_with_its_decisions(served: Served) -> None:
    """A critical failure is answered with the hold and the notice, in firing order."""
    answer = served.post(inspection("a1", "LA1", measured=Decimal("1.50")))
    assert answer.status_code == 200
    found = decode(answer.content)
    assert found["status"] == "accepted"
    assert found["fact"] == {
        "source": "mes/line1",
        "id": "a1",
        "type": "inspection_result",
        "time": "2026-03-01T07:00:00Z",
    }
    assert [d["kind"] for d in found["decisions"]] == ["hold", "notify"]
    assert found["decisions"][0]["reason"] == "critical at 1.50"


def test_numbers_stay_exact(served: Served) -> None:
    """A decimal and a long integer come back as they were sent."""
    raw = encode(inspection("n1", "LN1", deep={"a": Decimal("1.10"), "b": 12345678901234567890123}))
    assert served.post(raw).status_code == 200
    body = served.client.get("/v1/facts/mes%2Fline1/n1").content
    assert b'"a":1.10,"b":12345678901234567890123' in body


def test_a_duplicate_is_answered_as_the_first_time(served: Served) -> None:
    """The same fact again decides nothing and answers the same decisions."""
    fact = inspection("d1", "LD1")
    first, again = decode(served.post(fact).content), decode(served.post(fact).content)
    assert again["status"] == "duplicate"
    assert again["first"] == "accepted"
    assert again["decisions"] == first["decisions"] != []
    assert len(served.get("/v1/decisions", subject_id="LD1")["decisions"]) == 2


def test_a_duplicate_within_one_batch_is_answered_as_its_first(served: Served) -> None:
    """Two lines with one identity are decided once."""
    first, again, other = served.post_lines(
        [inspection("w1", "LW1"), inspection("w1", "LW1"), inspection("w1", "LW2")]
    )
    assert (first["status"], again["status"], other["status"]) == ("accepted", "duplicate", "refused")
    assert again["decisions"] == first["decisions"]
    assert other["problem"]["status"] == 409


def test_a_duplicate_without_time_is_the_same_fact_later(served: Served) -> None:
    """A time that the service put in does not make a repeated fact another one."""
    fact = inspection("t1", "LT1")
    del fact["time"]
    assert decode(served.post(fact).content)["status"] == "accepted"
    served.service.parts.clock.move(seconds=5)  # type: ignore[attr-defined]
    assert decode(served.post(fact).content)["status"] == "duplicate"


def test_one_identity_with_other_content_is_a_conflict(served: Served) -> None:
    """A changed body under the same source and id is a 409 that names what differs."""
    served.post(inspection("c1", "LC1"))
    answer = served.post(inspection("c1", "LC2"))
    assert answer.status_code == 409
    problem = decode(answer.content)
    assert problem["type"] == "/problems/fact-conflict"
    assert [e["pointer"] for e in problem["errors"]] == ["/data"]


def test_an_older_state_is_stale(served: Served) -> None:
    """A state older than the one held is kept, and changes nothing; a duplicate of it says so."""

    def order(name: str, time: str, status: str) -> dict[str, Any]:
        data = {"order_id": "PO-stale", "status": status}
        return {"id": name, "source": "erp", "type": "production_order", "time": time, "data": data}

    old = order("s2", "2026-03-01T07:00:00Z", "late")
    answers = served.post_lines([order("s1", "2026-03-01T08:00:00Z", "started"), old, old])
    assert [(a["status"], a.get("first")) for a in answers] == [
        ("accepted", None),
        ("stale", None),
        ("duplicate", "stale"),
    ]


def test_missing_fields_are_named(served: Served) -> None:
    """A field that a rule compares and the fact lacks is in the answer, the first time and again."""
    fact = inspection("m1", "LM1")
    del fact["data"]["severity"]
    first, again = decode(served.post(fact).content), decode(served.post(fact).content)
    assert first["missing"] == again["missing"]
    assert first["missing"][0]["field"] == "severity"


def test_what_came_to_null_by_itself_is_named(tmp_path: Path) -> None:
    """A condition that divides by zero is told in the answer, the first time and again, and with the stored fact."""
    rule = """
ruleset: drift
title: Drift
owner: quality
rules:
  - rule: drift
    title: The measured value drifts
    on: inspection_result
    on_missing: skip
    if: 100 / measured > 5
    then: {notify: {lot: = lot_id, to: quality, message: "look at {lot_id}"}}
"""
    rules = write_rules(tmp_path, {"drift.yaml": rule})
    with serving(settings_for(tmp_path, rules=rules), clock=HandClock()) as running:
        fact = inspection("w1", "LW1", measured=0)
        first, again = decode(running.post(fact).content), decode(running.post(fact).content)
        stored = running.get("/v1/facts/mes/line1/w1")
    assert first["warnings"] == again["warnings"] == stored["warnings"]
    (warned,) = first["warnings"]
    assert warned == {
        "rule": "drift",
        "place": "rules/drift.yaml:10:9",
        "text": "100 / measured",
        "code": "division-by-zero",
        "message": "measured is 0",
    }


CLOUD = {"specversion": "1.0", **inspection("x", "LX"), "datacontenttype": "application/json"}


@pytest.mark.parametrize(
    ("media", "body", "headers", "statuses"),
    [
        pytest.param("application/json", inspection("f1", "LF1"), {}, ["accepted"], id="single"),
        pytest.param(
            "application/json; charset=UTF-8", inspection("f2", "LF2"), {}, ["accepted"], id="single-charset"
        ),
        pytest.param(
            "application/json",
            [inspection("f3", "LF3"), inspection("f4", "LF4")],
            {},
            ["accepted"] * 2,
            id="array",
        ),
        pytest.param("application/json", [], {}, [], id="empty-array"),
        pytest.param(
            "application/cloudevents+json", {**CLOUD, "id": "f5"}, {}, ["accepted"], id="structured"
        ),
        pytest.param(
            "application/cloudevents-batch+json",
            [{**CLOUD, "id": "f6"}, {**CLOUD, "id": "f7"}],
            {},
            ["accepted"] * 2,
            id="batch",
        ),
        pytest.param(
            "application/json",
            CLOUD["data"],
            {
                "ce_specversion": "1.0",
                "ce_id": "f8",
                "ce_source": "mes%2Fline1",
                "ce_type": "inspection_result",
                "ce_time": "2026-03-01T07:00:00Z",
                "ce_traceparent": "00-1",
            },
            ["accepted"],
            id="binary",
        ),
    ],
)
def test_every_form_is_taken(
    served: Served, media: str, body: Any, headers: dict[str, str], statuses: list[str]
) -> None:
    """One fact, an array, and CloudEvents structured, batched and binary."""
    answer = served.post(body, media, **headers)
    assert answer.status_code == 200, answer.text
    found = decode(answer.content)
    assert [a["status"] for a in (found if isinstance(found, list) else [found])] == statuses


def test_binary_attributes_are_the_fact(served: Served) -> None:
    """Headers become the envelope, extensions included."""
    headers = {"ce_specversion": "1.0", "ce_id": "b1", "ce_source": "mes", "ce_type": "inspection_result"}
    served.post(CLOUD["data"], ce_traceparent="00-%41", **headers)
    assert served.get("/v1/facts/mes/b1")["fact"]["traceparent"] == "00-A"


LINES = "application/x-ndjson"


@pytest.mark.parametrize(
    ("media", "body", "status", "kind", "place"),
    [
        pytest.param("application/json", b"", 400, "not-json", "", id="empty"),
        pytest.param("application/json", b'{"id": ', 400, "not-json", "", id="cut-off"),
        pytest.param("application/json", b'{"id": NaN}', 400, "not-json", "", id="nan"),
        pytest.param("application/json", b'{"id": "\xff"}', 400, "not-json", "", id="utf-8"),
        pytest.param(
            "application/json",
            encode(inspection("z", "LZ")).replace(b'"LZ"', b'{"a":' * 1000 + b"1" + b"}" * 1000),
            400,
            "not-json",
            "/data/lot_id" + "/a" * 30,
            id="depth-1000",
        ),
        pytest.param(
            "application/json",
            encode(inspection("z", "LZ")).replace(b'"LZ"', b'{"a":' * 40 + b"1" + b"}" * 40),
            400,
            "not-json",
            "/data/lot_id" + "/a" * 30,
            id="depth-40",
        ),
        pytest.param("application/json", b'{"id": 1e99999}', 400, "not-json", "/id", id="huge-number"),
        pytest.param("application/json", b'{"id": "\\u0000"}', 400, "not-json", "/id", id="nul"),
        pytest.param(
            "application/json", inspection("z", "x" * 10_000_000), 413, "too-large", "", id="10-mb-string"
        ),
        pytest.param(
            "application/json",
            inspection("z", "x" * 100_000),
            400,
            "not-json",
            "/data/lot_id",
            id="long-text",
        ),
        pytest.param("application/json", b"[1, 2", 400, "not-json", "", id="array-cut-off"),
        pytest.param("application/json", b"[1] x", 400, "not-json", "", id="array-and-more"),
        pytest.param("application/json", 7, 422, "fact-refused", "", id="not-an-object"),
        pytest.param(
            "application/json",
            {k: v for k, v in inspection("z", "LZ").items() if k != "id"},
            422,
            "fact-refused",
            "/id",
            id="no-id",
        ),
        pytest.param(
            "application/json",
            inspection("z", "LZ", measured="1"),
            422,
            "fact-refused",
            "/data/measured",
            id="type",
        ),
        pytest.param(
            "application/json",
            inspection("z", "LZ", measured=True),
            422,
            "fact-refused",
            "/data/measured",
            id="bool",
        ),
        pytest.param(
            "application/json",
            {**inspection("z", "LZ"), "type": "inspection"},
            422,
            "fact-refused",
            "/type",
            id="unknown-type",
        ),
        pytest.param(
            "application/json",
            {**inspection("z", "LZ"), "source": "erp"},
            403,
            "wrong-owner",
            "/source",
            id="owner",
        ),
        pytest.param(
            "application/json",
            {**inspection("z", "LZ"), "source": "lineside"},
            403,
            "wrong-owner",
            "/source",
            id="lineside-itself",
        ),
        pytest.param(
            "application/cloudevents+json",
            inspection("z", "LZ"),
            422,
            "fact-refused",
            "/specversion",
            id="ce",
        ),
        pytest.param("text/csv", b"a,b", 415, "unsupported-media-type", "/content-type", id="csv"),
        pytest.param("", b"{}", 415, "unsupported-media-type", "/content-type", id="no-media-type"),
        pytest.param(
            "application/json; charset=latin-1",
            b"{}",
            415,
            "unsupported-media-type",
            "/content-type",
            id="latin-1",
        ),
    ],
)
def test_a_bad_fact_is_a_problem_that_names_the_place(
    served: Served, media: str, body: Any, status: int, kind: str, place: str
) -> None:
    """Each kind of bad fact has its status, its type, and the pointer to the fault."""
    answer = served.post(body, media)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = decode(answer.content)
    assert problem["type"] == f"/problems/{kind}"
    assert problem["status"] == status
    assert problem["instance"] == "/v1/facts"
    assert problem["errors"][0]["pointer"] == place
    assert "Traceback" not in answer.text


def test_offsets_are_told(served: Served) -> None:
    """Bad UTF-8 and bad JSON are told by the byte."""
    assert "byte 7" in served.post(b'{"id":"\xff"}').text
    assert "byte 8" in served.post(b'[{"a":1}').text


def test_encoded_bodies_are_refused(served: Served) -> None:
    """A compressed body is a 415, so that none can grow beyond its limits."""
    assert served.post(b"x", content_encoding="gzip").status_code == 415


BAD_LINES = [
    (b"{", 400),
    (b'{"id": NaN}', 400),
    (b'{"id": "\xff\xfe"}', 400),
    (b"[" * 1000, 400),
    (encode(inspection("long", "x" * 2_000_000)), 413),
    (encode({"source": "mes"}), 422),
    (encode({**inspection("own", "LB"), "source": "erp"}), 403),
    (b"7", 422),
]


def test_in_a_stream_the_neighbours_of_bad_lines_land(served: Served) -> None:
    """Every bad line has its own problem and number; every good one between them is stored."""
    body = b""
    for n, (bad, _) in enumerate(BAD_LINES):
        body += encode(inspection(f"nb{n}", f"LNB{n}")) + b"\r\n" + bad + b"\n\n"
    body += encode(inspection("nblast", "LNBlast"))
    answer = served.post(body, LINES)
    assert answer.status_code == 207
    found = [decode(line) for line in answer.content.splitlines()]
    good = [a for a in found if a["status"] == "accepted"]
    refused = [a for a in found if a["status"] == "refused"]
    assert len(good) == len(BAD_LINES) + 1
    assert [a["problem"]["status"] for a in refused] == [status for _, status in BAD_LINES]
    assert [a["line"] for a in refused] == [3 * n + 2 for n in range(len(BAD_LINES))]


def test_in_an_array_the_neighbours_of_bad_elements_land(served: Served) -> None:
    """An element that is not JSON is refused alone, as long as the array's brackets hold."""
    parts: list[bytes] = []
    bad = [raw for raw, _ in BAD_LINES if raw not in (b"{", b"[" * 1000)]
    for n, raw in enumerate(bad):
        parts += [encode(inspection(f"ab{n}", f"LAB{n}", note=',"[}\\"')), raw]
    answer = served.post(b"\xef\xbb\xbf [" + b",".join(parts) + b"] ")
    assert answer.status_code == 207, answer.text
    found = decode(answer.content)
    assert [a["status"] for a in found] == ["accepted", "refused"] * len(bad)
    assert [a["line"] for a in found] == list(range(1, len(parts) + 1))


def test_an_empty_stream_is_an_empty_answer(served: Served) -> None:
    """No line, no answer."""
    answer = served.post(b"\n \n", LINES)
    assert (answer.status_code, answer.content) == (200, b"")


def test_too_long_an_array_is_refused(tmp_path: Path) -> None:
    """An array beyond the limit is a 413 that says how to send it."""
    with serving(settings_for(tmp_path, max_array_bytes=2_000)) as small:
        facts = [inspection(f"{n}", "L") for n in range(50)]
        assert small.post(facts).status_code == 413
        assert len(small.post_lines(facts)) == 50
        assert small.post(ndjson(facts), LINES).status_code == 200


def test_fields_that_are_not_declared_are_named(served: Served) -> None:
    """A misspelt optional field of a type that takes others is accepted and named, the second time too."""
    fact = order("u1", "PU1")
    fact["data"] = {**fact["data"], "priorty": 1, "x": {"y": 2}}
    first, again = decode(served.post(fact).content), decode(served.post(fact).content)
    assert (first["status"], first["unknown"]) == ("accepted", ["priorty", "x"])
    assert (again["status"], again["unknown"]) == ("duplicate", ["priorty", "x"])
    assert "unknown" not in decode(served.post(inspection("u2", "LU2")).content)


@pytest.mark.parametrize(
    ("time", "status"),
    [
        pytest.param("2027-03-01T00:00:00Z", 200, id="within a year"),
        pytest.param("2062-03-02T07:25:00Z", 422, id="a wrong clock"),
    ],
)
def test_a_time_far_ahead_is_refused(time: str, status: int, served: Served) -> None:
    """A state from far ahead would keep out all after it: it is refused, with both clocks."""
    answer = served.post(order(f"t{status}", "PT1", time))
    assert answer.status_code == status
    if status == 422:
        (error,) = decode(answer.content)["errors"]
        assert (error["code"], error["pointer"]) == ("time-ahead", "/time")
        assert "time is 2062-03-02T07:25:00Z, and the service's clock says 2026-" in error["message"]


def order(name: str, number: str, time: str = "2026-03-01T07:00:00Z") -> dict[str, Any]:
    """Return a released order of ERP."""
    data = {"order_id": number, "status": "released"}
    return {"id": name, "source": "erp", "type": "production_order", "time": time, "data": data}
