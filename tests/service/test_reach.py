"""Which addresses a target may reach, and whom it trusts there."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from service.delivery.addresses import why_not
from service.targets import Reach
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
        ("10.1.2.3", Reach(networks=(ipaddress.ip_network("10.1.0.0/16"),)), True),
        ("10.2.2.3", Reach(networks=(ipaddress.ip_network("10.1.0.0/16"),)), False),
        ("169.254.169.254", Reach(networks=(ipaddress.ip_network("169.254.169.254/32"),)), True),
    ],
)
def test_what_may_be_called_is_told_from_the_rest(address: str, reach: Reach, allowed: bool) -> None:
    """Private addresses where the target allows them, metadata and link-local ones only where it lists them."""
    assert (why_not(address, reach) is None) is allowed


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
