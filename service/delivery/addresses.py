"""Which addresses may be called, and a guard on the connections that libraries make by themselves.

What Lineside is told to call may be a mistake or an attack on what is inside: an address that is not public is called
only where the target allows it. The check is on the address that is connected to, not on a name.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from service.targets import Reach

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""A host and a port to the host's addresses, in the order in which they are to be tried."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192")
)
"""Where clouds tell a machine its own secrets: never meant by "private addresses are allowed"."""


class AddressRefused(OSError):  # noqa: N818 - named for what happened
    """A connection that is not made, because the target does not allow the address."""


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of *host*, in the resolver's order."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def is_public(address: str) -> bool:
    """Return whether *address* is on the public internet: not private, loopback, link-local, multicast or reserved."""
    ip = _parsed(address)
    if isinstance(ip, ipaddress.IPv6Address) and (
        ip.sixtofour is not None or ip.teredo is not None or ip in _NAT64
    ):
        # these carry an IPv4 address that may be anything
        return False
    is_odd = ip.is_multicast or ip.is_reserved or (isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local)
    return ip.is_global and not is_odd


def why_not(address: str, reach: Reach) -> str | None:
    """Return why *address* must not be called by a target with this *reach*, or None where it may."""
    ip = _parsed(address)
    if any(ip in network for network in reach.networks) or is_public(address):
        return None
    inside = ip.is_loopback or (ip.is_private and not ip.is_link_local and not ip.is_unspecified)
    if reach.private and inside and ip not in _METADATA and not ip.is_multicast and not ip.is_reserved:
        return None
    if ip in _METADATA or ip.is_link_local:
        return f"{address} is a link-local or metadata address; allow_private must list it by name"
    if reach.private:
        return f"{address} is neither a public nor a private address; allow_private must list it by name"
    return f"{address} is a private address; the target must say allow_private"


@contextmanager
def guarded(reach: Reach) -> Iterator[list[str]]:
    """Refuse every connection that *reach* does not allow while the block runs; yield why those refused were.

    It holds for what the block calls in its own thread and task, and for tasks it starts. A refused connection raises
    AddressRefused where it is made, which a library may well turn into something else: hence the list.
    """
    _hook()
    refused: list[str] = []
    token = _GUARD.set((reach, refused))
    try:
        yield refused
    finally:
        _GUARD.reset(token)


_GUARD: ContextVar[tuple[Reach, list[str]] | None] = ContextVar("lineside_guard", default=None)


@cache
def _hook() -> None:
    """Have the interpreter ask us before it connects a socket, or sends without. It cannot be taken back, so it is done once."""
    sys.addaudithook(_before_sending)


def _before_sending(event: str, given: tuple[Any, ...]) -> None:
    if event not in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        return
    guard = _GUARD.get()
    if guard is None:
        return
    reach, refused = guard
    address = given[1]
    if address is None:
        return  # sendmsg on a socket that is connected: it was asked about then
    reason = _why_not_to(address, reach)
    if reason is not None:
        refused.append(reason)
        raise AddressRefused(reason)


def _why_not_to(address: Any, reach: Reach) -> str | None:
    """Return why nothing may be sent to *address*, as sockets have it, or None where it may."""
    if not isinstance(address, tuple):
        # a socket of the file system has a text for an address: nothing that is sent to anybody goes there
        return "a socket of the file system is not called"
    host = str(address[0])
    try:
        return why_not(host, reach)
    except ValueError:
        # what the name comes to is not told here, so that it cannot be looked at
        return f"{host} is a name and was not looked up; write its address"


def _parsed(address: str) -> _Address:
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return ip if mapped is None else mapped
