"""What a target is: its channel, how it may be reached, how fast, how often, and who is told in its place.

Values only: read from the file beside this one, used by the pipeline (who wants what) and by the courier.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from service.targets.secrets import SigningKey
from service.targets.templates import Template, Tree, UrlTemplate, is_true, scope_of

SCHEDULE = tuple(
    timedelta(seconds=seconds)
    for seconds in (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""The wait before each attempt, at most; after the last one the delivery is dead. As Standard Webhooks advises."""


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """The decision as a signed CloudEvent to one URL. Each of *keys* signs, so that one can be replaced."""

    url: str
    keys: tuple[SigningKey, ...] = field(repr=False)

    @property
    def address(self) -> str:
        """Return where it goes to, without secrets."""
        return self.url


@dataclass(frozen=True, slots=True)
class RestRequest:
    """One call of somebody's API, as templates over the decision. *secret_headers* are sent as they are."""

    method: str
    url: UrlTemplate
    headers: Mapping[str, Template]
    secret_headers: Mapping[str, str] = field(repr=False)
    body: Tree | None
    also_taken: frozenset[int] = frozenset()
    """Statuses beside 2xx that say it is done, such as a 409 for what is so already."""


@dataclass(frozen=True, slots=True)
class RestChannel:
    """A call for each kind of decision."""

    requests: Mapping[str, RestRequest]

    @property
    def address(self) -> str:
        """Return where its calls go to, as they are written."""
        return ", ".join(sorted({request.url.written for request in self.requests.values()}))


@dataclass(frozen=True, slots=True)
class MessageChannel:
    """Words for people, by e-mail or chat. *url* is how apprise names the service and holds its secrets."""

    url: str = field(repr=False)
    link: UrlTemplate | None
    """Where it leads to; None for where the service says the decision can be looked at."""
    texts: Mapping[str, Template] = field(default_factory=dict)
    """What stands in place of the usual words: title, happened, asked, until."""

    @property
    def address(self) -> str:
        """Return the kind of service alone: the rest of the address is secret."""
        return f"{self.url.partition(':')[0]}://"


@dataclass(frozen=True, slots=True)
class StreamChannel:
    """An entry in a Redis stream, kept to about *max_length* entries. *url* may hold a password."""

    url: str = field(repr=False)
    stream: str
    max_length: int

    @property
    def address(self) -> str:
        """Return the name of the stream; its server's address may hold a password."""
        return f"stream {self.stream}"


Channel = WebhookChannel | RestChannel | MessageChannel | StreamChannel


@dataclass(frozen=True, slots=True)
class Reach:
    """Which addresses may be called: public ones, and those allowed here; *ca* verifies TLS in place of the usual ones."""

    private: bool = False
    """Whether private and loopback addresses may be called; link-local and metadata addresses are not among them."""
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks whose addresses may be called whatever they are."""
    ca: ssl.SSLContext | None = field(default=None, compare=False)
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Breaker:
    """After *failures* in a row nothing is sent for *pause*; then one delivery is tried, alone."""

    failures: int = 5
    pause: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most *count* requests in any stretch of *within*."""

    count: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Target:
    """One receiver of decisions."""

    name: str
    channel: Channel
    decisions: frozenset[str]
    only: Template | None = None
    """A condition: decisions for which it is not true are not for this target."""
    timeout_seconds: float = 10.0
    schedule: tuple[timedelta, ...] = SCHEDULE
    breaker: Breaker = Breaker()
    rate: Rate | None = None
    reach: Reach = Reach()
    fallback: str | None = None
    """The target that is sent what is dead here."""

    @property
    def kind(self) -> str:
        """Return the word by which the targets file names its channel."""
        return KIND_OF[type(self.channel)]

    @property
    def address(self) -> str:
        """Return where it is, without secrets."""
        return self.channel.address

    @property
    def patience(self) -> timedelta:
        """Return how long a delivery may wait for it while it is down: its whole schedule, and one pause at least."""
        return max(sum(self.schedule, timedelta(0)), self.breaker.pause)

    def wants(self, kind: str, decision: Mapping[str, Any]) -> bool:
        """Return whether *decision*, of *kind*, goes to this target."""
        return kind in self.decisions and (
            self.only is None or is_true(self.only, scope_of({"data": decision}))
        )


KIND_OF: Mapping[type, str] = {
    WebhookChannel: "webhook",
    RestChannel: "rest",
    MessageChannel: "message",
    StreamChannel: "stream",
}
