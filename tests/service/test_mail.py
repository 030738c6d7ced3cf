"""Letters over TLS: a mail server with a plant's own CA, verified before anything is said, and refused where it cannot be."""

from __future__ import annotations

import email
import email.policy
import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.service.couriers import deliveries, send_all
from tests.service.harness import HandClock, inspection, serving, settings_for
from tests.service.receivers import Mailbox, mail_server
from tests.service.test_crash import free_port
from tests.service.test_reach import certificate

TARGETS = """
targets:
  quality:
    kind: message
    decisions: [hold]
    send_to: env:MAIL
    link: "https://lineside.example/v1/decisions/{id}"
    allow_private: true
    timeout_seconds: 20
"""
ADDRESS = (
    "mailtos://user:sesame@localhost:{port}?from=lineside@example.com&to=quality@example.com&name=L{more}"
)


def sent_to(
    mailbox: Mailbox, folder: Path, monkeypatch: pytest.MonkeyPatch, more: str = ""
) -> dict[str, Any]:
    """Send one hold by mail and return its delivery."""
    monkeypatch.setenv("MAIL", ADDRESS.format(port=mailbox.port, more=more))
    (folder / "targets.yaml").write_text(TARGETS, encoding="utf-8")
    settings = settings_for(folder, targets=folder / "targets.yaml", deliver=False)
    with serving(settings, clock=HandClock()) as served:
        served.post(inspection("1", "L1", measured=5.5))
        send_all(served)
        (delivery,) = deliveries(served)
    return delivery


@pytest.fixture
def authority(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A mail server's TLS for the name localhost, and the file of who vouches for it."""
    return certificate(tmp_path, "localhost")


@pytest.mark.parametrize(
    ("at_once", "more", "in_clear"),
    [
        pytest.param(False, "&mode=starttls", [b"EHLO", b"STAR"], id="STARTTLS"),
        pytest.param(True, "&mode=ssl", [], id="TLS from the start"),
    ],
)
def test_a_letter_goes_behind_tls_to_a_server_that_is_verified(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    authority: tuple[ssl.SSLContext, Path],
    at_once: bool,
    more: str,
    in_clear: list[bytes],
) -> None:
    """Nothing is said in the clear but the wish for TLS: no password, no recipient, no letter."""
    context, ca = authority
    monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    with mail_server(context, at_once=at_once) as mailbox:
        delivery = sent_to(mailbox, tmp_path, monkeypatch, more)
    assert delivery["status"] == "delivered", delivery["last_error"]
    (letter,) = [email.message_from_bytes(one, policy=email.policy.default) for one in mailbox.letters]
    assert str(letter["subject"]) == "Hold: lot L1"
    assert "What happened: critical at 5.5" in letter.get_content()
    assert mailbox.in_clear == in_clear


@pytest.mark.parametrize("at_once", [False, True], ids=["STARTTLS", "TLS from the start"])
@pytest.mark.parametrize(
    ("name", "is_known", "more"),
    [
        pytest.param("localhost", False, "", id="a CA that nobody knows"),
        pytest.param("localhost", False, "&verify=no", id="though the address would not verify"),
        pytest.param("other.example", True, "", id="another's name"),
    ],
)
def test_a_mail_server_that_cannot_be_verified_is_told_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: bool, name: str, is_known: bool, more: str
) -> None:
    """No letter and no password is handed to whoever is not the one that was named; it is tried again."""
    context, ca = certificate(tmp_path, name)
    if is_known:
        monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    with mail_server(context, at_once=at_once) as mailbox:
        delivery = sent_to(mailbox, tmp_path, monkeypatch, f"&mode={'ssl' if at_once else 'starttls'}{more}")
    assert (delivery["status"], delivery["attempts"]) == ("due", 1)
    assert "certificate verify failed" in delivery["last_error"]
    assert "sesame" not in delivery["last_error"]
    assert mailbox.letters == []
    assert set(mailbox.in_clear) <= {b"EHLO", b"STAR"}


def test_a_mail_server_that_offers_no_tls_is_told_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, authority: tuple[ssl.SSLContext, Path]
) -> None:
    """Whoever takes the offer of STARTTLS out of the conversation gets neither the letter nor the password."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[1]))
    with mail_server() as mailbox:
        delivery = sent_to(mailbox, tmp_path, monkeypatch, "&mode=starttls")
    assert (delivery["status"], delivery["attempts"]) == ("due", 1)
    assert "STARTTLS extension not supported" in delivery["last_error"]
    assert mailbox.letters == []
    assert set(mailbox.in_clear) <= {b"EHLO", b"HELO", b"QUIT"}


def test_why_a_connection_failed_is_said_without_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chat whose address is its secret: the reason has the cause, and nothing of the path."""
    monkeypatch.setenv("MAIL", f"json://localhost:{free_port()}/T0KEN")
    (tmp_path / "targets.yaml").write_text(TARGETS, encoding="utf-8")
    settings = settings_for(tmp_path, targets=tmp_path / "targets.yaml", deliver=False)
    with serving(settings, clock=HandClock()) as served:
        served.post(inspection("1", "L1"))
        send_all(served)
        (delivery,) = deliveries(served)
    assert "Connection refused" in delivery["last_error"]
    assert "T0KEN" not in delivery["last_error"]
