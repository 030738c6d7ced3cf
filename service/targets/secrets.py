"""References such as env:NAME and file:PATH -> the secrets they point at. Nothing here shows or logs one."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SigningKey = bytes | Ed25519PrivateKey
"""What signs a webhook: a shared secret (v1), or a private key whose public half the receiver has (v1a)."""

SEED_BYTES = 32


def read_secret(reference: str, environment: Mapping[str, str]) -> str:
    """Return the text that *reference* (env:NAME or file:PATH) points at; raise ValueError saying what is wrong."""
    where, _, what = reference.partition(":")
    if where == "env":
        text = environment.get(what, "").strip()
        if not text:
            raise ValueError(f"the environment variable {what[:100]} is not set; set it, or name another")
        return text
    if where == "file":
        try:
            text = Path(what).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError, ValueError):
            raise ValueError(f"the file {what[:200]} cannot be read; make it, or name another") from None
        if not text:
            raise ValueError(f"the file {what[:200]} is empty; write the secret into it")
        return text
    raise ValueError("must be env:NAME or file:PATH, so that the secret itself is not in the file")


def read_secret_header(reference: str, environment: Mapping[str, str]) -> str:
    """Return what read_secret returns where a header may hold it; raise ValueError saying what is wrong otherwise."""
    text = read_secret(reference, environment)
    if not (text.isascii() and text.isprintable()):
        raise ValueError(f"{reference} holds more than one line, or letters that headers may not have")
    return text


def read_signing_key(reference: str, environment: Mapping[str, str]) -> SigningKey:
    """Return the key that *reference* points at: whsec_... a shared secret, whsk_... a private key (ed25519)."""
    text = read_secret(reference, environment)
    is_private = text.startswith("whsk_")
    try:
        key = base64.b64decode(text.removeprefix("whsec_").removeprefix("whsk_"), validate=True)
    except binascii.Error:
        raise ValueError(f"{reference} does not hold base64 text (whsec_... or whsk_...)") from None
    if is_private:
        # the seed alone, or the seed with the public half behind it, as libsodium writes it
        if len(key) not in (SEED_BYTES, 2 * SEED_BYTES):
            raise ValueError(f"{reference} holds {len(key)} bytes; a private key (whsk_...) has 32 or 64")
        return Ed25519PrivateKey.from_private_bytes(key[:SEED_BYTES])
    if not 24 <= len(key) <= 64:
        raise ValueError(f"{reference} holds {len(key)} bytes; a key has 24 to 64")
    return key
