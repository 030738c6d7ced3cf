"""One HTTP request -> one request to an address that may be called -> what came of it.

Never follows a redirect, never reads more of an answer than it needs, never waits longer than the target's timeout, and
connects to the very address that was checked, so that a name cannot point elsewhere in between.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import httpx

from service.delivery.addresses import AddressRefused, Resolve, resolve, why_not
from service.delivery.replies import Reply
from service.delivery.schedule import read_retry_after
from service.targets import Target

ANSWER_SECONDS = 1.0
ANSWER_BYTES = 4_096
"""As much of an answer's body as is read; the rest is not waited for."""
SHOWN_CHARACTERS = 200
"""Of what a receiver says about a message that it refuses."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Statuses in *also_taken* count as success beside 2xx."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    also_taken: frozenset[int] = frozenset()


class Caller:
    """An HTTP client for each target, so that no connection is shared between hosts."""

    def __init__(self, resolve: Resolve = resolve) -> None:
        self._resolve = resolve
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            await client.aclose()

    async def call(self, target: Target, request: Request, now: datetime) -> Reply:
        """Send *request* and return what came of it; never raises for what the network or the receiver does.

        Raises httpx.InvalidURL for a URL that is none.
        """
        url = httpx.URL(request.url)
        try:
            async with asyncio.timeout(target.timeout_seconds):
                response = await self._answer(target, request, url)
            # the answer has come: what is still read of it has its own, shorter time
            return await _reply(response, now, request.also_taken)
        except TimeoutError:
            return Reply(None, f"no answer within {target.timeout_seconds:g} s")
        except AddressRefused as fault:
            return Reply(None, str(fault))
        except socket.gaierror:
            return Reply(None, "the host name is not known")
        except httpx.LocalProtocolError:
            # its text repeats the header that it speaks of, and a header may be secret
            return Reply(None, "LocalProtocolError: the request could not be written")
        except (httpx.HTTPError, httpx.StreamError, OSError, UnicodeError) as fault:
            return Reply(None, f"{type(fault).__name__}: {fault}"[:300])

    async def _answer(self, target: Target, request: Request, url: httpx.URL) -> httpx.Response:
        port = url.port or (443 if url.scheme == "https" else 80)
        address = await self._address(target, url.host, port)
        client = self._client(target)
        made = client.build_request(
            request.method,
            url.copy_with(host=address),
            content=request.body,
            headers={"user-agent": "lineside", **request.headers, "host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": url.host},
        )
        return await client.send(made, stream=True)

    async def _address(self, target: Target, host: str, port: int) -> str:
        addresses = await self._resolve(host, port)
        if not addresses:
            raise AddressRefused("the host name has no address")
        for address in addresses:
            # every one must be allowed: a name with a public and a private address is an attack or a mistake
            reason = why_not(address, target.reach)
            if reason is not None:
                raise AddressRefused(reason)
        return addresses[0]

    def _client(self, target: Target) -> httpx.AsyncClient:
        client = self._clients.get(target.name)
        if client is None:
            client = self._clients[target.name] = httpx.AsyncClient(
                follow_redirects=False,
                # no proxy from the environment: it would connect to an address that was not checked
                trust_env=False,
                verify=target.reach.ca or True,
                timeout=target.timeout_seconds,
                limits=httpx.Limits(max_connections=64, max_keepalive_connections=8),
            )
        return client


async def _reply(response: httpx.Response, now: datetime, also_taken: frozenset[int]) -> Reply:
    """Return what *response* says, and be done with it."""
    status = response.status_code
    try:
        said = await _read_a_little(response)
        if 200 <= status < 300 or status in also_taken:
            return Reply(status, None)
        asked = read_retry_after(response.headers.get("retry-after"), now)
        if 300 <= status < 400:
            return Reply(status, f"HTTP {status}: redirects are not followed", asked)
        return Reply(status, f"HTTP {status}: refused" + (f": {said}" if said else ""), asked)
    finally:
        await response.aclose()


async def _read_a_little(response: httpx.Response) -> str:
    """Read a short body, so that the connection can be used again, and return how its text begins.

    The status has said it all already: what goes wrong here does not count.
    """
    read = b""
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(ANSWER_SECONDS):
            async for chunk in response.aiter_raw():
                read += chunk[:ANSWER_BYTES]
                if len(read) > ANSWER_BYTES:
                    break
    if not response.headers.get("content-type", "").startswith(
        ("text/plain", "application/json", "application/problem")
    ):
        return ""
    text = " ".join(read.decode("utf-8", "replace").split())
    return "".join(one for one in text if one.isprintable())[:SHOWN_CHARACTERS]
