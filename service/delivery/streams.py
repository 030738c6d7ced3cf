"""A decision as an entry of a Redis stream: its key, its kind, its subject and the whole CloudEvent.

The entry may be there twice after a crash, as with every channel; readers know it by its key. The connection that redis
makes is guarded as every other.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError

from service.delivery.addresses import guarded
from service.delivery.replies import Parcel, Reply
from service.targets import StreamChannel, Target


class Streams:
    """A client for each target that is a stream."""

    def __init__(self) -> None:
        self._clients: dict[str, Redis] = {}

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            await client.aclose()

    async def add(self, target: Target, channel: StreamChannel, parcel: Parcel) -> Reply:
        """Add *parcel* to the stream and return what came of it; never raises for what the network or the server does."""
        event: dict[str, Any] = msgspec.json.decode(parcel.body)
        entry: dict[Any, Any] = {
            "key": parcel.key,
            "kind": parcel.kind,
            "subject": str(event.get("subject", "")),
            "event": parcel.body,
        }
        refused: list[str] = []
        try:
            with guarded(target.reach) as refused:
                async with asyncio.timeout(target.timeout_seconds):
                    await self._client(target, channel).xadd(
                        channel.stream, entry, maxlen=channel.max_length, approximate=True
                    )
        except TimeoutError:
            return Reply(None, f"no answer within {target.timeout_seconds:g} s")
        except AuthenticationError:
            return Reply(None, "the server refuses the password")
        except (RedisError, OSError) as fault:
            # what a server says of a command may be long, and never holds the password
            return Reply(None, "; ".join(refused) or f"{type(fault).__name__}: {fault}"[:300])
        return Reply(None, None)

    def _client(self, target: Target, channel: StreamChannel) -> Redis:
        client = self._clients.get(target.name)
        if client is None:
            given: dict[str, Any] = {}
            if channel.url.startswith("rediss://") and target.reach.ca_file is not None:
                given["ssl_ca_certs"] = target.reach.ca_file
            client = self._clients[target.name] = Redis.from_url(
                channel.url,
                socket_timeout=target.timeout_seconds,
                socket_connect_timeout=target.timeout_seconds,
                # tried again by the courier, which writes it down
                retry=Retry(NoBackoff(), 0),
                **given,
            )
        return client
