"""The shape of a target in the file, by its kind: which keys there are, and what each may be. Opens and resolves nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from engine import decisions
from engine.diagnostics import did_you_mean
from engine.feel import DaysDuration, parse_duration

KINDS = tuple(kind for kind in decisions.KINDS if kind not in {"suppress", "answer"})
"""Kinds of decision a target may ask for: not those of which nobody needs to be told."""

METHODS = ("POST", "PUT", "PATCH", "DELETE", "GET")
LONGEST_WAIT = timedelta(days=7)
MOST_ATTEMPTS = 50
_RATE = re.compile(r"\s*(\d{1,5}) per (second|minute|hour)\s*")
_WITHIN = {"second": timedelta(seconds=1), "minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OURS = ("host", "content-length", "transfer-encoding", "connection")


def _wait(value: Any) -> timedelta:
    found = parse_duration(value.strip()) if isinstance(value, str) else None
    if not isinstance(found, DaysDuration) or found.nanoseconds < 0:
        raise ValueError("is not how long; write a number and a unit, such as 30 s, 5 min or 1 day")
    wait = timedelta(
        microseconds=min(found.nanoseconds // 1_000, LONGEST_WAIT // timedelta(microseconds=1) + 1)
    )
    if wait > LONGEST_WAIT:
        raise ValueError("must be at most 7 days")
    return wait


Wait = Annotated[timedelta, BeforeValidator(_wait)]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class BreakerDocument(_Document):
    """When a target that fails is left alone, and for how long."""

    failures: int = Field(default=5, ge=1, le=1_000)
    pause: Wait = timedelta(minutes=1)


class TargetDocument(_Document):
    """What every target says, whatever its kind."""

    kind: str = "webhook"
    decisions: list[str] = Field(default_factory=list)
    only: Any = None
    timeout_seconds: float = Field(default=10.0, gt=0, le=60)
    retry: list[Wait] | None = Field(default=None, max_length=MOST_ATTEMPTS)
    breaker: BreakerDocument = BreakerDocument()
    rate: tuple[int, timedelta] | None = None
    fallback: str | None = None
    allow_private: bool | list[str] = False
    ca: str | None = None

    @field_validator("decisions")
    @classmethod
    def _are_kinds(cls, kinds: list[str]) -> list[str]:
        unknown = [kind for kind in kinds if kind not in KINDS]
        if unknown:
            raise ValueError(f"unknown kind {', '.join(unknown)}; {did_you_mean(unknown[0], KINDS)}")
        return kinds

    @field_validator("rate", mode="before")
    @classmethod
    def _is_rate(cls, value: Any) -> Any:
        found = _RATE.fullmatch(value) if isinstance(value, str) else None
        if found is None or int(found[1]) == 0:
            raise ValueError('must be such as "20 per second", "100 per minute" or "500 per hour"')
        return int(found[1]), _WITHIN[found[2]]

    @field_validator("allow_private")
    @classmethod
    def _are_networks(cls, value: bool | list[str]) -> bool | list[str]:
        for text in value if isinstance(value, list) else ():
            try:
                ip_network(text)
            except ValueError:
                raise ValueError(
                    f'"{text[:60]}" is no address or network; write true, or a list such as [10.20.0.0/16]'
                ) from None
        return value


class WebhookDocument(TargetDocument):
    """A target that is sent signed CloudEvents."""

    url: str = Field(max_length=2_000, examples=["https://HOST/PATH"])
    secret: str | list[str] = Field(examples=["env:NAME, or file:PATH"])

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        return http_url(url)


class RequestDocument(_Document):
    """One call of an API."""

    method: Literal["POST", "PUT", "PATCH", "DELETE", "GET"] = "POST"
    url: str = Field(max_length=2_000, examples=["https://HOST/PATH"])
    headers: dict[str, Any] = Field(default_factory=dict)
    secret_headers: dict[str, str] = Field(default_factory=dict)
    body: Any = None
    also_taken: list[Annotated[int, Field(ge=300, le=499)]] = Field(default_factory=list)

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        return http_template(url)

    @field_validator("headers", "secret_headers")
    @classmethod
    def _are_headers(cls, headers: dict[str, Any]) -> dict[str, Any]:
        for name in headers:
            if not _HEADER.fullmatch(name):
                raise ValueError(f'"{name[:60]}" is no name of a header; write letters, digits and -')
            if name.lower() in _OURS:
                raise ValueError(f'"{name}" is set by the connection; leave it out')
        return headers


class RestDocument(TargetDocument):
    """A target whose own API is called."""

    requests: dict[str, RequestDocument] = Field(
        min_length=1,
        examples=["and below it, for each kind of decision, {url: https://HOST/PATH, body: ...}"],
    )

    @field_validator("requests")
    @classmethod
    def _by_kind(cls, requests: dict[str, RequestDocument]) -> dict[str, RequestDocument]:
        unknown = [kind for kind in requests if kind not in KINDS]
        if unknown:
            raise ValueError(f"unknown kind {', '.join(unknown)}; {did_you_mean(unknown[0], KINDS)}")
        return requests


class MessageDocument(TargetDocument):
    """A target that is people: e-mail or chat."""

    send_to: str = Field(examples=["env:NAME, or file:PATH"])
    link: str | None = Field(default=None, max_length=2_000)
    title: Any = None
    happened: Any = None
    asked: Any = None
    until: Any = None

    @field_validator("link")
    @classmethod
    def _is_http(cls, url: str) -> str:
        return http_template(url)


class StreamDocument(TargetDocument):
    """A target that is a Redis stream."""

    server: str = Field(examples=["env:NAME, or file:PATH"])
    stream: str = Field(min_length=1, max_length=200, examples=["lineside"])
    max_length: int = Field(default=100_000, ge=1, le=100_000_000)


DOCUMENTS: dict[str, type[TargetDocument]] = {
    "webhook": WebhookDocument,
    "rest": RestDocument,
    "message": MessageDocument,
    "stream": StreamDocument,
}
"""The documents by the word that `kind` has."""


def http_template(url: str) -> str:
    """Return *url*, which may have {FEEL} in it, where its host is written out; raise ValueError otherwise."""
    begin, brace, _ = url.partition("{")
    # a value must not choose whom to call, or where people are led: the host ends before the first brace
    if brace and begin.count("/") < 3:
        raise ValueError("must have its scheme and host written out, and {FEEL} only after the first /")
    http_url(begin)
    return url


def http_url(url: str) -> str:
    """Return *url* where it is an address of the web without a user; raise ValueError saying what is wrong otherwise."""
    try:
        parts = urlsplit(url)
        _ = parts.port
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        raise ValueError(
            "must be an http:// or https:// URL with a host, and a port from 0 to 65535"
        ) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http:// or https:// URL with a host")
    if parts.username or parts.password or parts.fragment:
        raise ValueError("must not hold a user, a password or a fragment")
    return url
