"""Who may be connected to when others name the address: public machines, and no other.

Whatever a name may be, its addresses are asked for once, all of them are looked at, and the
connection is made to one that was: nobody can answer with another one in between.  TLS and
``Host`` go by the name.  Which names may be asked at all is their caller's to decide.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore2

from storykeep.core.errors import SourceTimeout, SourceUnavailable

PORT = 443
PATIENCE = 10.0
"""Seconds for a connection where the client sets none."""

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""Return the addresses of a name.  Raises OSError."""

Dial = Callable[[str, int, float], Awaitable[httpcore2.AsyncNetworkStream]]
"""Connect to an address and port within so many seconds.  Raises OSError, httpcore2's errors."""

_CLOSED = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24"),
            *("192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            "224.0.0.0/3",  # multicast, reserved, broadcast
            "2001::/23",  # Teredo, benchmarks, ORCHID and other protocols
            "2001:db8::/32",  # documentation, as 3fff::/20
            "2002::/16",  # 6to4: any IPv4 address may be inside
            "3fff::/20",
        ),
    )
)
"""Of IANA's special-purpose registries what a public server has no address in."""
_GLOBAL = IPv6Network("2000::/3")
"""All that is given out of IPv6; loopback, mapped, local and multicast addresses lie outside."""
_NAT64 = IPv6Network("64:ff9b::/96")
"""How a network without IPv4 names the public IPv4 address in the last 32 bits."""


def is_public(address: str) -> bool:
    """Tell whether ``address`` can be that of a public server; what is no address cannot."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.scope_id is not None:
            return False
        if ip in _NAT64:
            return is_public(str(IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip not in _GLOBAL:
            return False
    return not any(ip in network for network in _CLOSED)


async def resolve(name: str) -> Sequence[str]:
    """Ask the operating system."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(name, PORT, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


async def dial(address: str, port: int, timeout: float) -> httpcore2.AsyncNetworkStream:  # noqa: ASYNC109
    """Connect by TCP."""
    return await httpcore2.AnyIOBackend().connect_tcp(address, port, timeout)


class Guard(httpcore2.AsyncNetworkBackend):
    """Opens the connections of an HTTP client, to port 443 of public addresses only.

    A name that has one address which is not public is refused with all its others: that is how
    a name looks that is used to reach what only we can reach.
    """

    def __init__(self, resolve: Resolve = resolve, dial: Dial = dial) -> None:
        self._resolve = resolve
        self._dial = dial

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore2 has it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect within ``timeout`` seconds.  Raises SourceUnavailable, SourceTimeout."""
        seconds = timeout or PATIENCE
        if port != PORT:
            raise SourceUnavailable(f"{host}:{port} is not asked: only port {PORT} is.")
        try:
            async with asyncio.timeout(seconds):
                return await self._first(host, await self._addresses(host), seconds)
        except TimeoutError:
            raise SourceTimeout(f"{host} did not answer within {seconds:g} seconds.") from None

    async def _addresses(self, host: str) -> Sequence[str]:
        try:
            addresses = list(dict.fromkeys(await self._resolve(host)))
        except (OSError, UnicodeError):
            addresses = []
        if not addresses:
            raise SourceUnavailable(f"{host} has no address: look at the network and its DNS.")
        for address in addresses:
            if not is_public(address):
                raise SourceUnavailable(
                    f"{host} is not asked: it has the address {address}, which is not public."
                    " Look at who answers the DNS questions of this machine."
                )
        return addresses

    async def _first(
        self, host: str, addresses: Sequence[str], seconds: float
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first that answers; each has its share of the time."""
        for address in addresses:
            try:
                return await self._dial(address, PORT, seconds / len(addresses))
            except (OSError, httpcore2.NetworkError, httpcore2.TimeoutException):
                continue
        raise SourceUnavailable(f"{host} cannot be reached.")
