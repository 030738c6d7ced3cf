"""A delivery's body and key -> the headers of a Standard Webhooks 1.0 message, signed with shared secrets or private keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from service.targets import SigningKey


def sign(key: str, at: datetime, body: bytes, keys: Sequence[SigningKey]) -> dict[str, str]:
    """Return the webhook-* headers: *key* stays the same in every attempt, the time and so the signature do not.

    Each of *keys* signs, so that a receiver accepts the message while one replaces another: a shared secret as v1
    (HMAC-SHA256), a private key as v1a (ed25519), which a receiver verifies without holding a secret.
    """
    seconds = str(int(at.timestamp()))
    signed = b".".join((key.encode(), seconds.encode(), body))
    return {
        "webhook-id": key,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(_signature(one, signed) for one in keys),
    }


def _signature(key: SigningKey, signed: bytes) -> str:
    if isinstance(key, bytes):
        return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"
    return f"v1a,{base64.b64encode(key.sign(signed)).decode()}"
