"""One signed message -> one HTTP request to an address that may be called -> what came of it.

Never follows a redirect, never reads more of an answer than it needs, never waits longer than the target's timeout, and
connects to the very address that was checked, so that a name cannot point elsewhere in between.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType

import httpx

from service.delivery.schedule import read_retry_after
from service.delivery.signature import sign
from service.targets import Target

ANSWER_SECONDS = 1.0
ANSWER_BYTES = 4_096
"""As much of an answer's body as is read; the rest is not waited for."""

Resolve = Callable[[str, int], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one attempt. *status* is None where there was no answer; *error* says why it does not count."""

    status: int | None
    error: str | None
    retry_after: timedelta | None = None

    @property
    def is_delivered(self) -> bool:
        """Return whether the receiver took the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Return whether the receiver wants no more messages (410, Standard Webhooks)."""
        return self.status == 410


class _Forbidden(Exception):  # noqa: N818 - named for what happened
    pass


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of *host*, in the resolver's order."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def is_public(address: str) -> bool:
    """Return whether *address* is on the public internet: not private, loopback, link-local, multicast or reserved."""
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip.sixtofour is not None or ip.teredo is not None or ip in _NAT64:
            # these carry an IPv4 address that may be anything
            return False
    return ip.is_global and not ip.is_multicast


async def _reply(response: httpx.Response, now: datetime) -> Reply:
    """Return what *response* says, and be done with it."""
    try:
        if 200 <= response.status_code < 300:
            await _read_a_little(response)
            return Reply(response.status_code, None)
        kind = "redirects are not followed" if 300 <= response.status_code < 400 else "refused"
        asked = read_retry_after(response.headers.get("retry-after"), now)
        return Reply(response.status_code, f"HTTP {response.status_code}: {kind}", asked)
    finally:
        await response.aclose()


async def _read_a_little(response: httpx.Response) -> None:
    """Read a short body, so that the connection can be used again; the status has said it all already."""
    read = 0
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(ANSWER_SECONDS):
            async for chunk in response.aiter_raw():
                read += len(chunk)
                if read > ANSWER_BYTES:
                    return


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Sender:
    """An HTTP client for each target, so that no connection is shared between hosts."""

    def __init__(self, resolve: Resolve = resolve) -> None:
        self._resolve = resolve
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def __aenter__(self) -> Sender:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients.values():
            await client.aclose()

    async def send(self, target: Target, key: str, body: bytes, now: datetime) -> Reply:
        """Send *body* to *target*, signed at *now*; never raises for what the network or the receiver does."""
        try:
            async with asyncio.timeout(target.timeout_seconds):
                response = await self._request(target, key, body, now)
            # the answer has come: what is still read of it has its own, shorter time
            return await _reply(response, now)
        except TimeoutError:
            return Reply(None, f"no answer within {target.timeout_seconds:g} s")
        except _Forbidden as fault:
            return Reply(None, str(fault))
        except socket.gaierror:
            return Reply(None, "the host name is not known")
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError) as fault:
            return Reply(None, f"{type(fault).__name__}: {fault}"[:300])

    async def _request(self, target: Target, key: str, body: bytes, now: datetime) -> httpx.Response:
        url = httpx.URL(target.url)
        port = url.port or (443 if url.scheme == "https" else 80)
        address = await self._address(target, url.host, port)
        headers = {
            **sign(key, now, body, target.secrets),
            "content-type": "application/cloudevents+json",
            "user-agent": "lineside",
            "host": url.netloc.decode("ascii"),
        }
        request = self._client(target).build_request(
            "POST",
            url.copy_with(host=address),
            content=body,
            headers=headers,
            extensions={"sni_hostname": url.host},
        )
        return await self._client(target).send(request, stream=True)

    async def _address(self, target: Target, host: str, port: int) -> str:
        addresses = await self._resolve(host, port)
        if not addresses:
            raise _Forbidden("the host name has no address")
        if not target.allow_private:
            # every one must be public: a name with a public and a private address is an attack or a mistake
            inside = [address for address in addresses if not is_public(address)]
            if inside:
                raise _Forbidden("the host has a private address; the target must say allow_private: true")
        return addresses[0]

    def _client(self, target: Target) -> httpx.AsyncClient:
        client = self._clients.get(target.name)
        if client is None:
            client = self._clients[target.name] = httpx.AsyncClient(
                follow_redirects=False,
                # no proxy from the environment: it would connect to an address that was not checked
                trust_env=False,
                timeout=target.timeout_seconds,
                limits=httpx.Limits(max_connections=64, max_keepalive_connections=8),
            )
        return client
