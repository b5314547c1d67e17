"""The guard: a connection is made to an address that was looked at, and is public."""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpcore2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storykeep.core.errors import SourceTimeout, SourceUnavailable
from storykeep.sources.guard import Guard, dial, is_public, resolve
from tests.sources.cdn.rig import PUBLIC, Dialed, Names, trap

INSIDE = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.255
169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.9 192.0.0.170 192.0.2.1
192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1
224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:157.240.0.63 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1
64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::157.240.0.63 100::1 2001::1
2001:0:7f00:1::f5ff:fffe 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1
2002:9df0:3f::1 3fff::1 3fff:fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%lo
2a03:2880:f01c::a%lo fec0::1 ff02::1 ff0e::1 4000::1
"""

OUTSIDE = """
157.240.0.63 31.13.64.1 8.8.8.8 1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0
126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0
192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255
2a03:2880:f01c:801:face:b00c:0:2 2001:200::1 2001:4860:4860::8888 2003::1 2606:4700::1111
64:ff9b::157.240.0.63 64:ff9b::9df0:3f
"""

CLOSED, OPEN = INSIDE.split(), OUTSIDE.split()


@pytest.mark.parametrize("address", CLOSED)
def test_an_address_that_is_not_public_is_closed(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OPEN)
def test_a_public_address_is_open(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "text",
    [
        *("", "localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "157.240.0.063"),
        *("[::1]", "157.240.0.63 ", "157.240.0.63/32", "157.240.0.63:443", "\uff11.1.1.1"),
    ],
)
def test_what_is_no_address_is_closed(text: str) -> None:
    assert not is_public(text)


@given(st.ip_addresses())
@example(ip_address("2001:db8::1"))
@example(ip_address("224.0.0.1"))
def test_an_open_address_is_global_by_the_standard_library(
    ip: IPv4Address | IPv6Address,
) -> None:
    """And so is every IPv4 address that is hidden inside."""
    if not is_public(str(ip)):
        return
    assert ip.is_global
    assert not any((ip.is_multicast, ip.is_loopback, ip.is_link_local, ip.is_unspecified))
    assert not ip.is_reserved or str(ip).startswith("64:ff9b::")  # NAT64, see below
    if isinstance(ip, IPv6Address):
        hidden = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        assert [None, None] == hidden


@given(st.ip_addresses(v=4))
def test_an_address_behind_nat64_is_as_open_as_itself(ip: IPv4Address) -> None:
    assert is_public(str(ip)) == is_public(f"64:ff9b::{ip}")


# ------------------------------------------------------------------------------- connections

HOST = "scontent.cdninstagram.com"


@pytest.mark.parametrize("address", [*CLOSED, "no address"])
async def test_a_name_with_a_closed_address_is_not_connected_to(address: str) -> None:
    """Whatever its other addresses are, and in whichever order they came."""
    with trap() as server:
        dialed = Dialed(f"http://127.0.0.1:{server.port}")
        for answer in ([address], [PUBLIC, address], [address, PUBLIC]):
            with pytest.raises(SourceUnavailable, match="not public"):
                await Guard(Names(answer), dialed).connect_tcp(HOST, 443, 10)
        assert [] == dialed.asked
        assert 0 == server.connections()


@pytest.mark.parametrize("port", [0, 22, 80, 8443, 65535])
async def test_another_port_is_not_connected_to(port: int) -> None:
    names, dialed = Names([PUBLIC]), Dialed("http://127.0.0.1:9")
    with pytest.raises(SourceUnavailable, match="only port 443"):
        await Guard(names, dialed).connect_tcp(HOST, port, 10)
    assert ([], []) == (names.asked, dialed.asked)


async def test_the_connection_is_made_to_the_address_that_was_looked_at() -> None:
    """The name is resolved once, and not by whoever connects."""
    with trap() as server:
        names = Names([PUBLIC], ["127.0.0.1"])
        dialed = Dialed(f"http://127.0.0.1:{server.port}")
        stream = await Guard(names, dialed).connect_tcp(HOST, 443, 10)
        await stream.aclose()
        assert ([HOST], [(PUBLIC, 443)]) == (names.asked, dialed.asked)
        assert 1 == server.connections()


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    tried = []

    async def dial(address: str, _port: int, timeout: float) -> httpcore2.AsyncNetworkStream:
        tried.append((address, timeout))
        match len(tried):
            case 1:
                raise OSError("no route")
            case 2:
                raise httpcore2.ConnectTimeout
        return httpcore2.AsyncMockStream([])

    names = Names(["2a03:2880:f01c::2", PUBLIC, PUBLIC, "31.13.64.1"])
    await Guard(names, dial).connect_tcp(HOST, 443, 9)
    assert [("2a03:2880:f01c::2", 3.0), (PUBLIC, 3.0), ("31.13.64.1", 3.0)] == tried


@pytest.mark.parametrize("error", [OSError("down"), httpcore2.ConnectError()])
async def test_a_name_whose_addresses_are_all_silent_cannot_be_reached(error: Exception) -> None:
    async def dial(*_: object) -> httpcore2.AsyncNetworkStream:
        raise error

    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        await Guard(Names([PUBLIC]), dial).connect_tcp(HOST, 443, 9)


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("label too long")])
async def test_a_name_that_cannot_be_resolved_has_no_address(error: Exception) -> None:
    async def lost(_: str) -> list[str]:
        raise error

    async def empty(_: str) -> list[str]:
        return []

    for names in (lost, empty):
        with pytest.raises(SourceUnavailable, match="has no address"):
            await Guard(names, dial).connect_tcp(HOST, 443, 9)


async def test_names_that_take_too_long_are_a_timeout() -> None:
    async def hang(_: str) -> list[str]:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(SourceTimeout, match=r"within 0\.01 seconds"):
        await Guard(hang, dial).connect_tcp(HOST, 443, 0.01)


async def test_the_systems_answer_for_localhost_is_refused() -> None:
    """By the resolver and the dialer that are used outside of tests."""
    found = await resolve("localhost")
    assert found
    with pytest.raises(SourceUnavailable, match="not public"):
        await Guard().connect_tcp("localhost", 443, 10)


async def test_the_dialer_connects_to_what_it_is_told() -> None:
    with trap() as server:
        stream = await dial("127.0.0.1", server.port, 10)
        await stream.aclose()
        assert 1 == server.connections()
