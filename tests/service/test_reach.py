"""Which addresses a target may reach, and whom it trusts there."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import socket
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from service.delivery.addresses import AddressRefused, guarded, why_not
from service.delivery.calls import Caller, Request
from service.targets import Reach, Target, WebhookChannel
from tests.service.couriers import deliveries, send_all
from tests.service.harness import HandClock, inspection, serving, settings_for
from tests.service.receivers import SECRET_TEXT, Taken, receiving


@pytest.mark.parametrize(
    ("address", "reach", "allowed"),
    [
        ("93.184.216.34", Reach(), True),
        ("10.1.2.3", Reach(), False),
        ("10.1.2.3", Reach(private=True), True),
        ("127.0.0.1", Reach(private=True), True),
        ("fd12::1", Reach(private=True), True),
        ("169.254.169.254", Reach(private=True), False),
        ("::ffff:169.254.169.254", Reach(private=True), False),
        ("fd00:ec2::254", Reach(private=True), False),
        ("fe80::1%eth0", Reach(private=True), False),
        ("0.0.0.0", Reach(private=True), False),
        ("224.0.0.1", Reach(private=True), False),
        ("::7f00:1", Reach(private=True), False),
        ("fec0::1", Reach(), False),
        ("64:ff9b:1::a00:1", Reach(), False),
        ("2606:4700::1111", Reach(), True),
        ("10.1.2.3", Reach(networks=(ipaddress.ip_network("10.1.0.0/16"),)), True),
        ("10.2.2.3", Reach(networks=(ipaddress.ip_network("10.1.0.0/16"),)), False),
        ("169.254.169.254", Reach(networks=(ipaddress.ip_network("169.254.169.254/32"),)), True),
    ],
)
def test_what_may_be_called_is_told_from_the_rest(address: str, reach: Reach, allowed: bool) -> None:
    """Private addresses where the target allows them, metadata and link-local ones only where it lists them."""
    assert (why_not(address, reach) is None) is allowed


def test_an_address_that_is_neither_public_nor_private_is_said_to_need_its_name() -> None:
    """Whoever allows private addresses is not told to allow them."""
    assert why_not("0.0.0.0", Reach(private=True)) == (
        "0.0.0.0 is neither a public nor a private address; allow_private must list it by name"
    )


@pytest.mark.parametrize(
    ("host", "says"),
    [("127.0.0.1", "is a private address"), ("localhost", "localhost is a name and was not looked up")],
)
def test_what_is_sent_without_a_connection_is_guarded_too(host: str, says: str) -> None:
    """A datagram goes nowhere that a connection may not go, be its receiver an address or a name."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        guarded(Reach()) as refused,
        pytest.raises(AddressRefused, match=says),
    ):
        sender.sendto(b"hold", (host, 9))
    assert says in refused[0]


def test_what_is_said_of_a_header_that_cannot_be_sent_does_not_repeat_it() -> None:
    """A header may be a secret: it is in no reason, whatever is wrong with it."""
    with receiving() as receiver:
        channel = WebhookChannel(receiver.url, ())
        target = Target("erp", channel, frozenset({"hold"}), reach=Reach(private=True))
        request = Request("POST", receiver.url, {"authorization": "Bearer-x\nBearer-y"}, None)
        reply = asyncio.run(Caller().call(target, request, HandClock().now()))
    assert (reply.status, receiver.taken) == (None, [])
    assert "could not be written" in str(reply.error)
    assert "Bearer" not in str(reply.error)


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """Return a server's TLS for *name*, and the file of the authority that vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a plant's own CA")])
    now = datetime.datetime.now(datetime.UTC)  # noqa: TID251 - TLS compares with the real clock
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "ca.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public


@pytest.mark.parametrize(
    ("name", "ca", "says"),
    [
        ("localhost", True, None),
        ("localhost", False, "CERTIFICATE_VERIFY_FAILED"),
        ("other.example", True, "CERTIFICATE_VERIFY_FAILED"),
    ],
)
def test_tls_is_verified_against_the_ca_that_the_target_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, ca: bool, says: str | None
) -> None:
    """Its own authority is trusted where it is named, for the name that was called, and not otherwise."""
    monkeypatch.setenv("HOOK_SECRET", SECRET_TEXT)
    context, authority = certificate(tmp_path, name)
    with receiving(context) as receiver:
        url = receiver.url.replace("127.0.0.1", "localhost")
        more = f"\n    ca: {authority}" if ca else ""
        (tmp_path / "targets.yaml").write_text(
            f"targets:\n  mes:\n    url: {url}\n    secret: env:HOOK_SECRET\n    decisions: [hold]\n"
            f"    allow_private: true{more}\n",
            encoding="utf-8",
        )
        settings = settings_for(tmp_path, targets=tmp_path / "targets.yaml", deliver=False)
        with serving(settings, clock=HandClock()) as served:
            served.post(inspection("1", "L1"))
            send_all(served)
            (delivery,) = deliveries(served)
    if says is None:
        assert delivery["status"] == "delivered", delivery
        taken: Taken = receiver.taken[0]
        assert taken.headers["host"].startswith("localhost:")
    else:
        assert says in delivery["last_error"]
        assert receiver.taken == []
