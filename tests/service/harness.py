"""A real server on a free port, small rules, a clock moved by hand, and facts to post."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import msgspec
import uvicorn

from service.api.wire import BoundedHttp
from service.app import Service, bootstrap, create_app
from service.clock import Clock
from service.pipeline import Doors
from service.pipeline.writer import no_checkpoint
from service.settings import Settings

RULES: dict[str, str] = {
    "flows.yaml": """
flows:
  - {flow: production-orders, direction: erp -> mes, owner: erp, facts: [production_order]}
  - {flow: quality-holds, direction: mes -> erp, owner: mes, facts: [inspection_result]}
systems:
  erp: {title: ERP, sources: [erp]}
  mes: {title: MES, sources: [mes]}
  person: {title: A person, sources: [person]}
  lineside: {title: Lineside, sources: [lineside]}
""",
    "facts/inspection_result.yaml": """
fact: inspection_result
kind: event
owner: mes
key: [lot_id]
data:
  type: object
  required: [lot_id, result]
  properties:
    lot_id: {type: string, minLength: 1}
    order_id: {type: string}
    result: {enum: [pass, fail]}
    severity: {enum: [minor, critical]}
    measured: {type: number}
    note: {type: string}
    deep: {}
  additionalProperties: false
""",
    "facts/production_order.yaml": """
fact: production_order
kind: state
owner: erp
key: [order_id]
data:
  type: object
  required: [order_id, status]
  properties:
    order_id: {type: string}
    status: {enum: [released, started, late, closed]}
""",
    "facts/disposition.yaml": """
fact: disposition
kind: event
owner: person
key: [lot_id]
data:
  type: object
  required: [lot_id, decision]
  properties:
    lot_id: {type: string}
    decision: {enum: [release, scrap]}
""",
    "facts/hold.yaml": """
fact: hold
kind: state
owner: lineside
key: [hold_id]
data:
  type: object
  required: [hold_id, subject_type, subject_id, inventory_status]
  properties:
    hold_id: {type: string}
    subject_type: {type: string}
    subject_id: {type: string}
    lot_id: {type: string}
    order_id: {type: string}
    reason: {type: string}
    inventory_status: {type: string}
    rule: {type: string}
    placed_at: {type: string, format: date-time}
""",
    "quality.yaml": """
ruleset: quality
title: Holds
owner: quality
rules:
  - rule: critical-failure-holds
    title: A critical failure holds the lot
    on_missing: skip
    when:
      - inspection: inspection_result
        where: result = "fail" and severity = "critical"
      - none: hold
        where: lot_id = inspection.lot_id
    then:
      - hold: {lot: = inspection.lot_id, reason: "critical at {inspection.measured}"}
      - notify: {lot: = inspection.lot_id, to: quality, message: "look at {inspection.lot_id}"}
  - rule: late-order
    title: A late order is escalated
    on: production_order
    if: status = "late"
    then:
      escalate: {order: = order_id, to: planning, message: "{order_id} is late"}
  - rule: released-by-a-person
    title: A person releases the lot
    on: disposition
    if: decision = "release"
    then:
      release: {lot: = lot_id, reason: released}
""",
}

PATIENCE = """
ruleset: patience
owner: planning
rules:
  - rule: late-for-long
    title: An order that stays late for ten minutes is held
    when:
      - order: production_order
        where: status = "late"
        for: 10 min
    then:
      - hold: {order: = order.order_id, reason: "late for ten minutes"}
      - escalate: {order: = order.order_id, to: planning, message: "{order.order_id} stays late"}
"""
"""Rules that wait, for a file of their own beside the others."""

START = datetime(2026, 3, 1, 6, tzinfo=UTC)


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment
        self._waiting: list[threading.Condition] = []

    def now(self) -> datetime:
        """Return the moment it was moved to."""
        return self.moment

    def monotonic(self) -> float:
        """Return its seconds since START."""
        return (self.moment - START).total_seconds()

    def move(self, **by: float) -> None:
        """Move it forward."""
        self.moment += timedelta(**by)
        for condition in list(self._waiting):
            with condition:
                condition.notify_all()

    @property
    def is_waited_for(self) -> bool:
        """Return whether somebody waits for it."""
        return bool(self._waiting)

    def wait(self, condition: threading.Condition, until: datetime | None) -> None:
        """Wait until *condition* is notified or the clock is moved; not at all where *until* has come."""
        self._waiting.append(condition)
        try:
            if until is None or self.moment < until:
                condition.wait()
        finally:
            self._waiting.remove(condition)


def write_rules(folder: Path, changes: Mapping[str, str] | None = None) -> Path:
    """Write the small rules, with *changes*, into *folder*/rules and return that."""
    root = folder / "rules"
    for name, text in {**RULES, **(changes or {})}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def settings_for(folder: Path, **given: Any) -> Settings:
    """Return settings for a service in *folder*."""
    rules = given.pop("rules", None) or write_rules(folder)
    url = given.pop("database_url", f"sqlite:///{folder}/lineside.db")
    return Settings(database_url=url, rules=rules, log_level="error", **given)


@dataclass(slots=True)
class Served:
    """A running service and a client of it."""

    url: str
    client: httpx.Client
    service: Service

    def post(self, body: Any, media: str = "application/json", **headers: str) -> httpx.Response:
        """Post *body* (bytes as they are, all else as JSON) to /v1/facts."""
        raw = body if isinstance(body, bytes) else encode(body)
        return self.client.post(
            "/v1/facts",
            content=raw,
            headers={"content-type": media, **{k.replace("_", "-"): v for k, v in headers.items()}},
        )

    def post_lines(self, facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Post *facts* as NDJSON and return the answers."""
        answer = self.post(ndjson(facts), "application/x-ndjson")
        assert answer.status_code in (200, 207), answer.text
        return [decode(line) for line in answer.content.splitlines()]

    def get(self, path: str, **query: str) -> Any:
        """Return the JSON that is at *path*."""
        answer = self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return decode(answer.content)

    def decisions(self) -> list[dict[str, Any]]:
        """Return every decision, first to last, over all pages."""
        found: list[dict[str, Any]] = []
        query: dict[str, str] = {"limit": "500"}
        while True:
            page = self.get("/v1/decisions", **query)
            found += page["decisions"]
            if page["next"] is None:
                return found[::-1]
            query["cursor"] = page["next"]


@contextmanager
def serving(
    settings: Settings,
    *,
    clock: Clock | None = None,
    doors: Doors | None = None,
    checkpoint: Callable[[str], None] = no_checkpoint,
) -> Iterator[Served]:
    """Run a service on a free port until the block ends."""
    service = bootstrap(settings, clock=clock, doors=doors, checkpoint=checkpoint)
    config = uvicorn.Config(
        create_app(service=service),
        port=0,
        http=BoundedHttp.bounded(settings.max_header_bytes, settings.header_seconds, settings.body_seconds),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive())
        assert server.started, "the service did not start"
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
            yield Served(url, client, service)
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


def wait_until(is_so: Callable[[], Any], seconds: float = 15.0) -> None:
    """Wait until *is_so* is true; fail after *seconds*."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def encode(value: Any) -> bytes:
    """Return *value* as JSON with exact numbers."""
    return msgspec.json.Encoder(decimal_format="number").encode(value)


def decode(raw: bytes) -> Any:
    """Return the JSON value in *raw*."""
    return msgspec.json.decode(raw)


def ndjson(facts: list[dict[str, Any]]) -> bytes:
    """Return *facts* one a line."""
    return b"".join(encode(fact) + b"\n" for fact in facts)


def inspection(name: str, lot: str, **data: Any) -> dict[str, Any]:
    """Return a critical failure of *lot*, or what *data* says instead."""
    return {
        "id": name,
        "source": "mes/line1",
        "type": "inspection_result",
        "time": "2026-03-01T07:00:00Z",
        "data": {"lot_id": lot, "result": "fail", "severity": "critical", **data},
    }


def a_release(name: str, lot: str) -> dict[str, Any]:
    """Return a person's word that *lot* is released."""
    return {
        "id": name,
        "source": "person/ann",
        "type": "disposition",
        "time": "2026-03-01T08:00:00Z",
        "data": {"lot_id": lot, "decision": "release"},
    }


def a_log(count: int, seed: int = 7) -> list[dict[str, Any]]:
    """Return *count* facts of a day: orders that get late, inspections, releases; the same for the same *seed*."""
    random = Random(seed)
    facts: list[dict[str, Any]] = []
    for n in range(count):
        at = (START + timedelta(seconds=5 * n)).isoformat().replace("+00:00", "Z")
        lot, order = f"L-{random.randrange(200)}", f"PO-{random.randrange(40)}"
        kind = random.random()
        if kind < 0.6:
            data: dict[str, Any] = {
                "lot_id": lot,
                "order_id": order,
                "result": random.choice(["pass", "fail"]),
            }
            if random.random() < 0.7:
                data |= {"severity": random.choice(["minor", "critical"]), "measured": n / 8}
            facts.append({"id": f"i{n}", "source": "mes/line1", "type": "inspection_result", "data": data})
        elif kind < 0.9:
            status = random.choice(["released", "started", "late", "closed"])
            data = {"order_id": order, "status": status}
            facts.append({"id": f"o{n}", "source": "/erp/plant1", "type": "production_order", "data": data})
        else:
            data = {"lot_id": lot, "decision": random.choice(["release", "scrap"])}
            facts.append({"id": f"d{n}", "source": "person/ann", "type": "disposition", "data": data})
        facts[-1]["time"] = at
    return facts
