"""Whatever bytes are posted, the answer is an answer: never a fault of our own, and the service goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.service.harness import HandClock, Served, decode, encode, inspection, serving, settings_for

MEDIA = (
    "application/json",
    "application/x-ndjson",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
)
KEYS = (
    "id",
    "source",
    "type",
    "time",
    "data",
    "op",
    "subject",
    "specversion",
    "datacontenttype",
    "x",
    "lot_id",
    "result",
)

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(
        [
            "mes",
            "erp",
            "inspection_result",
            "production_order",
            "fail",
            "critical",
            "2026-03-01T07:00:00Z",
            "retract",
        ]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for the module."""
    with serving(settings_for(tmp_path_factory.mktemp("fuzz")), clock=HandClock()) as running:
        yield running


def check(served: Served, body: bytes, media: str) -> None:
    """Post *body* and fail where the answer is a fault of ours, or cannot be read."""
    answer = served.post(body, media)
    assert answer.status_code < 500, answer.text
    parts = answer.content.splitlines() if "ndjson" in answer.headers["content-type"] else [answer.content]
    for part in parts:
        found = decode(part)
        for one in found if isinstance(found, list) else [found]:
            problem = one.get("problem", one)
            assert problem.get("status", 200) in (
                "accepted",
                "stale",
                "duplicate",
                400,
                403,
                409,
                413,
                415,
                422,
            )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=60), media=st.sampled_from(MEDIA))
def test_any_bytes_are_answered(served: Served, body: bytes, media: str) -> None:
    """Random bytes are a 4xx, or an empty batch."""
    check(served, body, media)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=VALUES, media=st.sampled_from(MEDIA))
def test_any_json_is_answered(served: Served, value: Any, media: str) -> None:
    """Random JSON of the words that facts are made of is taken or refused."""
    check(served, encode(value), media)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from(KEYS), value=VALUES, inside=st.booleans(), name=st.text(max_size=4))
def test_a_good_fact_with_any_one_change_is_answered(
    served: Served, key: str, value: Any, inside: bool, name: str
) -> None:
    """One field of a good fact replaced by anything is taken or refused."""
    fact = inspection(f"z{name}", f"L{name}")
    (fact["data"] if inside else fact)[key] = value
    check(served, encode(fact), "application/json")
    assert served.get("/health/ready")["status"] == "ready"
