"""The targets file and the secrets it points at -> targets by name, or every fault of the file with its place and cure.

Nothing is connected; no secret is in what is said.
"""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from engine.diagnostics import Span, did_you_mean
from engine.source import Document, decode, load
from service.settings import StartRefused, in_words
from service.targets import documents as shapes
from service.targets.documents import DOCUMENTS, KINDS, TargetDocument
from service.targets.model import (
    SCHEDULE,
    Breaker,
    Channel,
    MessageChannel,
    Rate,
    Reach,
    RestChannel,
    RestRequest,
    StreamChannel,
    Target,
    WebhookChannel,
)
from service.targets.secrets import read_secret, read_secret_header, read_signing_key
from service.targets.writing import TemplateReader

__all__ = ["KINDS", "read_targets"]

MAX_FILE_BYTES = 262_144

Steps = tuple[str | int, ...]
MESSAGE_TEXTS = ("title", "happened", "asked", "until")
_SECRETS = ("secret", "send_to", "server", "secret_headers")


def read_targets(path: Path | None, environment: Mapping[str, str] | None = None) -> dict[str, Target]:
    """Return the targets in the file at *path*, by name; none where there is no path.

    Raises StartRefused with every fault in the file, a line each: where, what is wrong, what would be right.
    """
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as fault:
        words = f"{path}: cannot be read: {fault.strerror}; name a targets file with LINESIDE_TARGETS or --targets"
        raise StartRefused(words) from None
    if len(raw) > MAX_FILE_BYTES:
        raise StartRefused(f"{path}: more than {MAX_FILE_BYTES:,} bytes; leave out what is no target")
    reading = _Reading(load(decode(raw), str(path)), os.environ if environment is None else environment)
    targets = reading.targets()
    if reading.faults:
        raise StartRefused("\n".join(reading.faults))
    return targets


class _Reading:
    """One file on its way to targets, and the faults found so far."""

    def __init__(self, document: Document, environment: Mapping[str, str]) -> None:
        self._document = document
        self._environment = environment
        self._faults: list[tuple[int, int, str]] = []
        for found in document.diagnostics:
            fix = f"; {found.fix}" if found.fix else ""
            self._say(found.span.line, found.span.column, f"{found.message}{fix}")
        self._templates = TemplateReader(document, self._fault)

    @property
    def faults(self) -> list[str]:
        """Return what is wrong, in the order of the file."""
        file = self._document.file
        return [f"{file}:{line}:{column}: {text}" for line, column, text in sorted(set(self._faults))]

    def targets(self) -> dict[str, Target]:
        """Return the targets; those with faults are left out."""
        if not self._document.is_readable:
            if not self._faults:
                self._say(1, 1, "the file: is empty; write targets: and the targets under it")
            return {}
        whole = self._document.value
        if not isinstance(whole, dict):
            self._fault((), "must be a mapping; write targets: and the targets under it")
            return {}
        for name in whole:
            if name != "targets":
                self._fault((name,), f"is no key here; {did_you_mean(name, ['targets'])}")
        entries = whole.get("targets", {} if self._faults else None)
        if not isinstance(entries, dict):
            self._fault(("targets",), "must be a mapping of names to targets")
            return {}
        made = [self._target(name, entry) for name, entry in entries.items()]
        found = {target.name: target for target in made if target is not None}
        self._check_fallbacks(entries)
        return found

    def _target(self, name: str, entry: Any) -> Target | None:
        at: Steps = ("targets", name)
        before = len(self._faults)
        if not name or len(name) > 128 or not name.isprintable():
            self._fault(at, "a name has 1 to 128 characters, all of them printable")
        document = self._document_of(at, entry)
        if document is None:
            return None
        channel = self._channel(at, document)
        only = self._templates.condition((*at, "only")) if document.only is not None else None
        reach = self._reach(at, document)
        decisions = self._decisions(at, document)
        if len(self._faults) > before or channel is None:
            return None
        retry = document.retry
        return Target(
            name,
            channel,
            decisions,
            only,
            document.timeout_seconds,
            SCHEDULE if retry is None else (timedelta(0), *retry),
            Breaker(document.breaker.failures, document.breaker.pause),
            None if document.rate is None else Rate(*document.rate),
            reach,
            document.fallback,
        )

    def _document_of(self, at: Steps, entry: Any) -> TargetDocument | None:
        """Return *entry* in the shape of its kind; record every fault of its structure."""
        if not isinstance(entry, dict):
            self._fault(at, "must be a mapping")
            return None
        kind = entry.get("kind", "webhook")
        shape = DOCUMENTS.get(kind) if isinstance(kind, str) else None
        if shape is None:
            words = f'there is no kind "{str(kind)[:60]}"; {did_you_mean(str(kind), DOCUMENTS)}'
            self._fault((*at, "kind"), words)
            return None
        try:
            return shape.model_validate(entry)
        except ValidationError as fault:
            for one in fault.errors(include_url=False):
                place = tuple(one["loc"])
                is_secret = any(step in _SECRETS for step in place) and one["type"] != "missing"
                # what stands there may be a secret, written where it must not be: it is not repeated
                words = _REFERENCE if is_secret else in_words(one, _known(shape, place))
                if one["type"] == "missing":
                    words += _example(shape, place)
                self._fault((*at, *place), words)
            self._look_at_the_rest(at, entry)
            return None

    def _look_at_the_rest(self, at: Steps, entry: Mapping[str, Any]) -> None:
        """Record what is wrong with the secrets and the templates of an entry whose structure has faults of its own."""
        signs = entry.get("secret")
        for reference in signs if isinstance(signs, list) else [signs]:
            if isinstance(reference, str):
                self._resolved(at, "secret", read_signing_key, reference)
        for name in ("send_to", "server"):
            if isinstance(entry.get(name), str):
                self._resolved(at, name, read_secret, entry[name])
        if isinstance(entry.get("only"), str):
            self._templates.condition((*at, "only"))
        for name in ("link", *MESSAGE_TEXTS):
            if isinstance(entry.get(name), str):
                self._templates.template((*at, name))
        requests = entry.get("requests")
        for kind, request in requests.items() if isinstance(requests, dict) else ():
            for name in ("url", "headers", "body"):
                if isinstance(request, dict) and request.get(name) is not None:
                    self._templates.tree((*at, "requests", kind, name))
            secrets = request.get("secret_headers") if isinstance(request, dict) else None
            for name, reference in secrets.items() if isinstance(secrets, dict) else ():
                if isinstance(reference, str):
                    here = (*at, "requests", kind, "secret_headers")
                    self._resolved(here, name, read_secret_header, reference)

    def _decisions(self, at: Steps, document: TargetDocument) -> frozenset[str]:
        kinds = frozenset(document.decisions)
        if isinstance(document, shapes.RestDocument):
            without = sorted(kinds - document.requests.keys())
            if without:
                words = f"no request says how {', '.join(without)} is sent; write one under requests"
                self._fault((*at, "decisions"), words)
            return kinds or frozenset(document.requests)
        if not kinds and not self._is_fallback(at[1]):
            self._fault((*at, "decisions"), f"must have at least 1 kind of decision, of {', '.join(KINDS)}")
        return kinds

    def _channel(self, at: Steps, document: TargetDocument) -> Channel | None:
        match document:
            case shapes.WebhookDocument():
                references = [document.secret] if isinstance(document.secret, str) else document.secret
                if not references:
                    self._fault((*at, "secret"), _REFERENCE)
                keys = [self._resolved(at, "secret", read_signing_key, one) for one in references]
                return WebhookChannel(document.url, tuple(key for key in keys if key is not None))
            case shapes.RestDocument():
                return self._rest(at, document)
            case shapes.MessageDocument():
                url = self._resolved(at, "send_to", read_secret, document.send_to)
                link = None if document.link is None else self._templates.url((*at, "link"))
                texts = {
                    name: self._templates.template((*at, name))
                    for name in MESSAGE_TEXTS
                    if getattr(document, name) is not None
                }
                if url is not None and not _is_known_to_apprise(url):
                    words = (
                        f"{document.send_to} holds no address that apprise knows; write it as its pages say"
                    )
                    self._fault((*at, "send_to"), words)
                if document.ca is not None:
                    words = (
                        "is not for messages; name the CA's file with SSL_CERT_FILE for mail, and with "
                        "REQUESTS_CA_BUNDLE for all others"
                    )
                    self._fault((*at, "ca"), words)
                if url is None or (link is None and document.link is not None):
                    return None
                return MessageChannel(url, link, {n: t for n, t in texts.items() if t is not None})
            case shapes.StreamDocument():
                url = self._resolved(at, "server", read_secret, document.server)
                if url is not None and not (url.startswith(("redis://", "rediss://")) and "?" not in url):
                    # a query could turn the verification of TLS off
                    words = f"{document.server} must hold a redis:// or rediss:// URL without a query"
                    self._fault((*at, "server"), words)
                return None if url is None else StreamChannel(url, document.stream, document.max_length)
        raise AssertionError(document)

    def _rest(self, at: Steps, document: shapes.RestDocument) -> RestChannel | None:
        requests: dict[str, RestRequest] = {}
        for kind, written in document.requests.items():
            here = (*at, "requests", kind)
            url = self._templates.url((*here, "url"))
            headers = {name: self._templates.template((*here, "headers", name)) for name in written.headers}
            secret_headers = {
                name: self._resolved((*here, "secret_headers"), name, read_secret_header, reference)
                for name, reference in written.secret_headers.items()
            }
            body = None if written.body is None else self._templates.tree((*here, "body"))
            if url is not None:
                requests[kind] = RestRequest(
                    written.method,
                    url,
                    {name: one for name, one in headers.items() if one is not None},
                    {name: one for name, one in secret_headers.items() if one is not None},
                    body,
                    frozenset(written.also_taken),
                )
        return RestChannel(requests) if requests else None

    def _resolved(self, at: Steps, name: str, read: Any, reference: str) -> Any:
        try:
            return read(reference, self._environment)
        except ValueError as fault:
            self._fault((*at, name), str(fault))
            return None

    def _reach(self, at: Steps, document: TargetDocument) -> Reach:
        allowed = document.allow_private
        networks = tuple(ip_network(text) for text in allowed) if isinstance(allowed, list) else ()
        context: ssl.SSLContext | None = None
        if document.ca is not None:
            try:
                context = ssl.create_default_context(cafile=document.ca)
            except (OSError, ValueError):
                words = f"{document.ca[:200]} cannot be read as certificates (PEM); name the CA's file"
                self._fault((*at, "ca"), words)
        return Reach(allowed is True, networks, context, document.ca)

    def _is_fallback(self, name: str | int) -> bool:
        entries = self._document.value["targets"].values()
        return any(isinstance(entry, dict) and entry.get("fallback") == name for entry in entries)

    def _check_fallbacks(self, entries: Mapping[str, Any]) -> None:
        """Record a fallback that is no target, and fallbacks that lead back to where they began."""
        goes_to = {
            name: entry["fallback"]
            for name, entry in entries.items()
            if isinstance(entry, dict) and isinstance(entry.get("fallback"), str)
        }
        for name, fallback in goes_to.items():
            at = ("targets", name, "fallback")
            if fallback not in entries:
                self._fault(at, f'there is no target "{fallback[:60]}"; {did_you_mean(fallback, entries)}')
                continue
            seen, here = [name], fallback
            while here in goes_to and here not in seen:
                seen.append(here)
                here = goes_to[here]
            if here == name:
                words = (
                    f"leads back to {name} ({' -> '.join([*seen, name])}); let one of them have no fallback"
                )
                self._fault(at, words)

    def _fault(self, at: Steps, words: str, span: Span | None = None) -> None:
        span = span or self._nearest(at)
        self._say(span.line, span.column, f"{'.'.join(map(str, at)) or 'the file'}: {words}")

    def _nearest(self, at: Steps) -> Span:
        """Return where the key of *at* stands, or that of the nearest one above it that is there."""
        while at and self._document.node(at) is None:
            at = at[:-1]
        return self._document.key_span(at)

    def _say(self, line: int, column: int, text: str) -> None:
        self._faults.append((line, column, text))


_REFERENCE = "must be env:NAME or file:PATH, or a list of them where it signs"


def _is_known_to_apprise(url: str) -> bool:
    """Return whether apprise can make something of *url*. The first call loads its plugins, which takes a while."""
    import apprise

    log = logging.getLogger("apprise")
    log.propagate = False  # what it complains of may hold the address, and the address is secret
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    return apprise.Apprise.instantiate(url) is not None


def _known(shape: type[BaseModel], place: Steps) -> list[str]:
    """Return the keys that stand beside the one at *place*."""
    return list(_around(shape, place).model_fields)


def _example(shape: type[BaseModel], place: Steps) -> str:
    """Return what to write where the key at *place* is missing."""
    field = _around(shape, place).model_fields[str(place[-1])]
    return f"; write {place[-1]}: {(field.examples or ['...'])[0]}"


def _around(shape: type[BaseModel], place: Steps) -> type[BaseModel]:
    """Return the document that the key at *place* stands in."""
    if len(place) == 1:
        return shape
    return shapes.BreakerDocument if place[0] == "breaker" else shapes.RequestDocument
