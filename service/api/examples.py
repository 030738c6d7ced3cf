"""Examples for the OpenAPI document. Those that are posted are posted by a test too, and the answers are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service.schemas import ENCODER, PROBLEM_KINDS, Fault


@dataclass(frozen=True, slots=True)
class Example:
    """A body as it is sent or answered."""

    name: str
    summary: str
    value: Any


ORDER: dict[str, Any] = {
    "id": "po-4711-r1",
    "source": "/erp/plant1",
    "type": "production_order",
    "time": "2026-03-02T06:00:00Z",
    "data": {"order_id": "PO-4711", "item": "pump housing", "quantity": 40, "status": "started"},
}

INSPECTION: dict[str, Any] = {
    "id": "ir-9001",
    "source": "/mes/line3",
    "type": "inspection_result",
    "time": "2026-03-02T07:25:00Z",
    "data": {
        "lot_id": "L-2001",
        "order_id": "PO-4711",
        "work_centre": "MILL-3",
        "characteristic": "bore diameter",
        "result": "fail",
        "severity": "critical",
        "measured": 40.08,
        "upper_limit": 40.05,
        "unit": "mm",
    },
}

PASSED: dict[str, Any] = {
    **INSPECTION,
    "id": "ir-9002",
    "time": "2026-03-02T07:40:00Z",
    "data": {**INSPECTION["data"], "characteristic": "surface finish", "result": "pass"},
}

CASE_ANSWER = Example(
    "quality-takes-it", "quality takes its task up", {"by": "Ann", "function": "quality", "comment": "at 8"}
)
SHELVING = Example(
    "gauge-mended",
    "nobody is told of quality holds for an hour",
    {"what": "quality-hold", "lasts": "1 h", "reason": "the gauge is being mended", "by": "Ann"},
)

EVENT: dict[str, Any] = {"specversion": "1.0", **INSPECTION, "datacontenttype": "application/json"}

POSTED_JSON = (
    Example("inspection", "a critical characteristic failed", INSPECTION),
    Example("array", "an order of ERP and an inspection of MES", [ORDER, PASSED]),
)
POSTED_LINES = (
    Example(
        "lines",
        "two facts, one a line",
        "".join(ENCODER.encode(fact).decode() + "\n" for fact in (ORDER, PASSED)),
    ),
)
POSTED_EVENT = (Example("event", "a CloudEvent, structured", EVENT),)
POSTED_EVENTS = (Example("events", "a batch of CloudEvents", [EVENT, {"specversion": "1.0", **PASSED}]),)

ANSWERS: tuple[Example, ...] = (
    Example(
        "accepted",
        "a fact that decided nothing",
        {
            "status": "accepted",
            "fact": {
                "source": "/mes/line3",
                "id": "ir-9002",
                "type": "inspection_result",
                "time": "2026-03-02T07:40:00Z",
            },
            "decisions": [],
        },
    ),
)

REFUSED: dict[str, tuple[dict[str, Any], tuple[Fault, ...]]] = {
    "fact-refused": (
        {**INSPECTION, "data": {**INSPECTION["data"], "measured": "40.08"}},
        (Fault("type", "/data/measured", '"40.08" is not of type "number"'),),
    ),
    "wrong-owner": (
        {
            "id": "pc-1",
            "source": "/erp/plant1",
            "type": "inspection_result",
            "time": "2026-03-02T08:00:00Z",
            "data": INSPECTION["data"],
        },
        (
            Fault(
                "wrong-owner",
                "/source",
                "inspection_result belongs to mes (flow: quality holds, mes -> erp); erp may not send it",
            ),
        ),
    ),
}
"""Kind of problem -> a fact that meets it, and what is said of it."""


def _problem(name: str, faults: tuple[Fault, ...]) -> Example:
    kind = PROBLEM_KINDS[name]
    return Example(
        name,
        kind.title,
        {
            "type": f"/problems/{name}",
            "title": kind.title,
            "status": kind.status,
            "detail": faults[0].message,
            "instance": "/v1/facts",
            "errors": [{"code": f.code, "pointer": f.pointer, "message": f.message} for f in faults],
        },
    )


PROBLEMS: dict[str, tuple[Example, ...]] = {
    name: (_problem(name, faults),) for name, (_, faults) in REFUSED.items()
}

_REFUSED_IN_A_BATCH = REFUSED["fact-refused"]
PARTLY_POSTED = [PASSED, _REFUSED_IN_A_BATCH[0]]
PARTLY_TAKEN: tuple[Example, ...] = (
    Example(
        "partly",
        "two facts, of which the second was refused",
        [
            {**ANSWERS[0].value, "line": 1},
            {
                "status": "refused",
                "line": 2,
                "problem": {
                    name: value
                    for name, value in PROBLEMS["fact-refused"][0].value.items()
                    if name != "instance"
                },
            },
        ],
    ),
)
"""What PARTLY_POSTED is answered the first time."""
