"""The targets file: what is read from it, and every fault at once, each at its place."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.settings import StartRefused
from service.targets import SCHEDULE, Rate, WebhookChannel, read_targets
from tests.service.receivers import SECRET_TEXT
from tests.service.test_crash import ROOT

PRIVATE = "whsk_" + base64.b64encode(b"k" * 32).decode()
SECRETS = {
    "S": SECRET_TEXT,
    "P": PRIVATE,
    "SHORT_P": "whsk_" + base64.b64encode(b"k" * 31).decode(),
    "CHAT": "json://chat.example/hook",
    "ODD": "nothing that apprise knows",
    "REDIS": "redis://:x@r.example/0",
    "TWO_LINES": "Bearer-x\nBearer-y",
    "LAX": "rediss://r.example/0?ssl_cert_reqs=none",
}
GOOD = "url: 'https://x.example/h', secret: 'env:S', decisions: [hold]"
MESSAGE = "kind: message, decisions: [notify], link: 'https://x.example/{id}'"
STREAM = "kind: stream, decisions: [hold], stream: s"


def read(folder: Path, text: str, environment: Mapping[str, str] = SECRETS) -> Any:
    """Return the targets in *text*."""
    path = folder / "targets.yaml"
    path.write_text(text, encoding="utf-8")
    return read_targets(path, environment)


def rest(request: str) -> str:
    """Return a target with one call, for holds."""
    return f"targets: {{a: {{kind: rest, requests: {{hold: {{{request}}}}}}}}}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            f"targets: {{a: {{{GOOD}, kind: carrier pigeon}}}}",
            ':1:79: targets.a.kind: there is no kind "carrier pigeon"',
        ),
        (
            "targets: {a: {url: 'https://x', decisions: [hold]}}",
            "a.secret: is missing; write secret: env:NAME, or file:PATH",
        ),
        (
            "targets: {a: {secret: 'env:S', decisions: [hold]}}",
            "a.url: is missing; write url: https://HOST/PATH",
        ),
        (
            "targets: {a: {kind: rest, decisions: [hold]}}",
            "a.requests: is missing; write requests: and below it, for each kind",
        ),
        (rest("body: {}"), "a.requests.hold.url: is missing; write url: https://HOST/PATH"),
        (
            "targets: {a: {kind: message, decisions: [ask]}}",
            "a.send_to: is missing; write send_to: env:NAME, or file:PATH",
        ),
        (
            "targets: {a: {kind: stream, stream: s}}",
            "a.server: is missing; write server: env:NAME, or file:PATH",
        ),
        ("targets: {a: {kind: stream, server: 'env:REDIS'}}", "a.stream: is missing; write stream: lineside"),
        (f"targets: {{a: {{{GOOD}, kind: rset}}}}", 'did you mean "rest"?'),
        (
            f"targets: {{a: {{{GOOD}, retry: [soon]}}}}",
            "targets.a.retry.0: is not how long; write a number and a unit",
        ),
        (f"targets: {{a: {{{GOOD}, retry: [8 days]}}}}", "must be at most 7 days"),
        (f"targets: {{a: {{{GOOD}, retry: [1 month]}}}}", "is not how long"),
        (f"targets: {{a: {{{GOOD}, rate: 0 per second}}}}", 'must be such as "20 per second"'),
        (f"targets: {{a: {{{GOOD}, breaker: {{failure: 2}}}}}}", 'did you mean "failures"?'),
        (f"targets: {{a: {{{GOOD}, breaker: {{failures: 0}}}}}}", "must be at least 1"),
        (f"targets: {{a: {{{GOOD}, fallback: b}}}}", 'there is no target "b"'),
        (f"targets: {{a: {{{GOOD}, fallback: a}}}}", "leads back to a (a -> a)"),
        (f"targets: {{a: {{{GOOD}, allow_private: [10.0.0.1/8]}}}}", "is no address or network"),
        (f"targets: {{a: {{{GOOD}, ca: /nowhere.pem}}}}", "cannot be read as certificates"),
        (f"targets: {{a: {{{GOOD}, only: '= value.to'}}}}", 'no field "value"; did you mean "values"?'),
        (f"targets: {{a: {{{GOOD}, only: quality}}}}", "must be a condition"),
        (f"targets: {{a: {{{GOOD}, only: = reason}}}}", "is neither true nor false"),
        ("targets: {a: {url: 'https://x', secret: 'env:SHORT_P', decisions: [hold]}}", "has 32 or 64"),
        (
            "targets: {a: {url: 'https://x:99999', secret: 'env:S', decisions: [hold]}}",
            "a port from 0 to 65535",
        ),
        ("targets: {a: {url: 'https://[::1/', secret: 'env:S', decisions: [hold]}}", "URL with a host"),
        (rest("url: 'https://{subject.id}.example/'"), "must have its scheme and host written out"),
        (rest("url: 'https://erp.example:{priority}/'"), "must have its scheme and host written out"),
        (rest("url: 'https://erp.example/{subject}', method: HEAD"), "must be 'POST'"),
        (rest("url: 'https://erp.example/', headers: {host: x}"), "is set by the connection"),
        (rest("url: 'https://erp.example/', headers: {'x y': x}"), "is no name of a header"),
        (rest("url: 'https://erp.example/', body: {a: '{reasn}'}"), 'did you mean "reason"?'),
        (rest("url: 'https://erp.example/', body: {a: '{reason'}"), '"{" is not closed'),
        (rest("url: 'https://erp.example/', also_taken: [200]"), "must be at least 300"),
        (rest("url: 'https://erp.example/', secret_headers: {authorization: Bearer-x}"), "must be env:NAME"),
        (
            rest("url: 'https://erp.example/', secret_headers: {authorization: 'env:TWO_LINES'}"),
            "env:TWO_LINES holds more than one line, or letters that headers may not have",
        ),
        (
            "targets: {a: {kind: rest, decisions: [release], requests: {hold: {url: 'https://e.example/'}}}}",
            "no request says how release",
        ),
        ("targets: {a: {kind: rest, requests: {hodl: {url: 'https://e.example/'}}}}", 'did you mean "hold"?'),
        (f"targets: {{a: {{{MESSAGE}, send_to: 'env:ODD'}}}}", "holds no address that apprise knows"),
        (f"targets: {{a: {{{MESSAGE}, send_to: 'env:CHAT', ca: x}}}}", "is not for messages"),
        (
            "targets: {a: {kind: message, decisions: [notify], send_to: 'env:CHAT', link: 'https://x{id}'}}",
            "must have its scheme and host written out",
        ),
        ("targets: {a: {kind: stream, stream: ''}}", "targets.a.stream: must have a length of at least 1"),
        (f"targets: {{a: {{{STREAM}, server: 'env:CHAT'}}}}", "must hold a redis:// or rediss:// URL"),
        (f"targets: {{a: {{{STREAM}, server: 'env:LAX'}}}}", "without a query"),
        ("targets: {'': {}}", "a name has 1 to 128 characters"),
        ("", "write targets:"),
    ],
)
def test_each_fault_has_a_place_and_a_cure(tmp_path: Path, text: str, says: str) -> None:
    """What is wrong with a target is said where it stands; no secret is."""
    with pytest.raises(StartRefused) as refused:
        read(tmp_path, text)
    said = str(refused.value)
    assert says in said
    assert all(line.startswith(f"{tmp_path}/targets.yaml:") for line in said.splitlines())
    assert "Bearer-x" not in said


def test_every_fault_is_said_at_once(tmp_path: Path) -> None:
    """Faults of structure do not hide those of secrets and templates, nor one target's another's; they are in order."""
    text = """targets:
  mes:
    url: ftp://mes.example
    secret: env:NOT_SET
    decisions: [hold]
    only: = valuess.to = 1
  erp:
    kind: rest
    requests:
      hold:
        url: https://erp.example/{subject.ide}
        heders: {}
        body: {a: "{nothing}"}
        secret_headers: {authorization: env:NOWHERE}
    only: values.to = "quality"
"""
    with pytest.raises(StartRefused) as refused:
        read(tmp_path, text)
    places = [line.split(": ")[0].rpartition("targets.yaml:")[2] for line in str(refused.value).splitlines()]
    assert places == ["3:5", "4:5", "6:13", "11:43", "12:9", "13:21", "14:26", "15:5"], str(refused.value)


def test_a_target_is_as_the_file_says(tmp_path: Path) -> None:
    """Schedule, rate, networks and keys; what is not said has its usual value."""
    found = read(
        tmp_path,
        f"targets: {{a: {{{GOOD}, retry: [1 s, 2 h], rate: 7 per minute, allow_private: [10.0.0.0/8]}}, "
        "b: {url: 'https://y.example', secret: ['env:P', 'env:S'], decisions: [hold], fallback: c}, "
        f"c: {{{STREAM.replace('decisions: [hold], ', '')}, server: 'env:REDIS'}}}}",
    )
    a, b, c = found["a"], found["b"], found["c"]
    assert a.schedule == (timedelta(0), timedelta(seconds=1), timedelta(hours=2))
    assert a.rate == Rate(7, timedelta(minutes=1))
    assert [str(network) for network in a.reach.networks] == ["10.0.0.0/8"]
    assert (b.schedule, b.rate, b.fallback, b.kind) == (SCHEDULE, None, "c", "webhook")
    assert isinstance(b.channel, WebhookChannel)
    assert isinstance(b.channel.keys[0], Ed25519PrivateKey)
    assert (c.kind, c.decisions, c.address) == ("stream", frozenset(), "stream s")
    assert ":x@" not in repr(c)


def test_the_examples_in_the_page_can_be_used(tmp_path: Path) -> None:
    """Every targets file in docs/operations.md is read without a fault, on any machine with these secrets."""
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    examples = [part.split("```")[0] for part in page.split("```yaml\n")[1:]]
    files = [text for text in examples if text.startswith("targets:")]
    secrets = {
        "MES_HOOK_SECRET": SECRET_TEXT,
        "PLANNING_CHAT": SECRETS["CHAT"],
        "ERP_TOKEN": "Bearer x",
        "REDIS_URL": SECRETS["REDIS"],
    }
    kinds = []
    for text in files:
        usable = text.replace("/etc/ssl/certs/ca-certificates.crt", _authorities())
        kinds += [target.kind for target in read(tmp_path, usable, secrets).values()]
    assert sorted(set(kinds)) == ["message", "rest", "stream", "webhook"]


def _authorities() -> str:
    import certifi

    return certifi.where()
