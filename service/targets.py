"""The targets file -> where decisions are delivered to, and with which secrets.

Reads the YAML file and the secrets it points at (environment or file); never logs or shows a secret.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from engine.diagnostics import did_you_mean
from service.settings import StartRefused, in_words

KINDS = ("hold", "release", "route", "escalate", "notify", "reprioritise", "assert", "open_case", "ask")
"""Kinds of decision a target may ask for."""

MAX_FILE_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Target:
    """One receiver of decisions. The first of *secrets* is current; each signs, so that one can be replaced."""

    name: str
    url: str
    secrets: tuple[bytes, ...] = field(repr=False)
    decisions: frozenset[str]
    allow_private: bool = False
    timeout_seconds: float = 10.0

    def wants(self, kind: str) -> bool:
        """Return whether decisions of *kind* go to this target."""
        return kind in self.decisions


class _TargetDocument(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: str = Field(max_length=2_000)
    secret: str | list[str]
    decisions: list[str] = Field(min_length=1)
    allow_private: bool = False
    timeout_seconds: float = Field(default=10.0, gt=0, le=60)

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an http:// or https:// URL with a host")
        if parts.username or parts.password or parts.fragment:
            raise ValueError("must not hold a user, a password or a fragment")
        return url

    @field_validator("decisions")
    @classmethod
    def _are_kinds(cls, kinds: list[str]) -> list[str]:
        unknown = [kind for kind in kinds if kind not in KINDS]
        if unknown:
            raise ValueError(f"unknown kind {', '.join(unknown)}; {did_you_mean(unknown[0], KINDS)}")
        return kinds


class _TargetsDocument(BaseModel):
    model_config = ConfigDict(extra="forbid")

    targets: dict[str, _TargetDocument]


def read_targets(path: Path | None, environment: Mapping[str, str] | None = None) -> dict[str, Target]:
    """Return the targets in the file at *path*, by name; none where there is no path.

    Raises StartRefused with every fault in the file.
    """
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES + 1)
        if len(text) > MAX_FILE_BYTES:
            raise StartRefused(f"{path}: more than {MAX_FILE_BYTES:,} bytes")
        plain: Any = yaml.safe_load(text)
        document = _TargetsDocument.model_validate(plain)
    except OSError as fault:
        raise StartRefused(f"LINESIDE_TARGETS: {path} cannot be read: {fault.strerror}") from None
    except (yaml.YAMLError, RecursionError) as fault:
        raise StartRefused(f"{path}: not YAML: {fault}") from None
    except ValidationError as fault:
        lines = [_said(error) for error in fault.errors(include_url=False)]
        raise StartRefused(f"{path}: " + "; ".join(lines)) from None
    faults: list[str] = []
    targets: dict[str, Target] = {}
    for name, entry in document.targets.items():
        if not name or len(name) > 128:
            faults.append(f"targets.{name[:40]}: a name has 1 to 128 characters")
        references = [entry.secret] if isinstance(entry.secret, str) else entry.secret
        secrets: list[bytes] = []
        for reference in references:
            try:
                secrets.append(_read_secret(reference, os.environ if environment is None else environment))
            except ValueError as fault:
                faults.append(f"targets.{name}.secret: {fault}")
        targets[name] = Target(
            name,
            entry.url,
            tuple(secrets),
            frozenset(entry.decisions),
            entry.allow_private,
            entry.timeout_seconds,
        )
    if faults:
        raise StartRefused(f"{path}: " + "; ".join(faults))
    return targets


def _said(error: Mapping[str, Any]) -> str:
    """Return a fault of the file's structure with its place."""
    place = tuple(error["loc"])
    known = _TargetsDocument.model_fields if len(place) == 1 else _TargetDocument.model_fields
    secret = "secret" in place and error["type"] != "missing"
    # what stands under `secret` may be one, written where it must not be: it is not repeated
    words = "must be env:NAME or file:PATH, or a list of them" if secret else in_words(error, known)
    return f"{'.'.join(str(step) for step in place) or 'the file'}: {words}"


def _read_secret(reference: str, environment: Mapping[str, str]) -> bytes:
    """Return the key that *reference* (env:NAME or file:PATH) points at, decoded as Standard Webhooks has it."""
    where, _, what = reference.partition(":")
    if where == "env":
        text = environment.get(what, "")
        if not text:
            raise ValueError(f"the environment variable {what} is not set")
    elif where == "file":
        try:
            text = Path(what).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ValueError(f"the file {what} cannot be read") from None
    else:
        raise ValueError("must be env:NAME or file:PATH, so that the secret itself is not in the file")
    try:
        key = base64.b64decode(text.strip().removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise ValueError(f"{reference} does not hold base64 text (whsec_...)") from None
    if not 24 <= len(key) <= 64:
        raise ValueError(f"{reference} holds {len(key)} bytes; a key has 24 to 64")
    return key
