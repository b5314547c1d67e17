"""Files of the fake Instagram's CDN, and of one that speaks TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import httpcore2
import pytest
import trustme

from storykeep import __version__
from storykeep.core.errors import MediaNotFound, SourceError, SourceUnavailable
from storykeep.sources import guard
from storykeep.sources.cdn.body import CHUNK
from storykeep.sources.cdn.fetcher import CONNECTIONS, CdnFetcher
from storykeep.sources.cdn.limits import Limits
from storykeep.testing.instagram import FAILURES, Answer, FakeInstagram
from storykeep.testing.instagram.cdn import media_file
from tests.client.scripted import Said, http, scripted
from tests.sources.cdn.rig import LARGE, PHOTO, PUBLIC, URL, Dialed, Names, fetched, fetcher_at

HOST = "https://scontent.cdninstagram.com"


@pytest.fixture
async def instagram() -> AsyncIterator[FakeInstagram]:
    async with FakeInstagram() as running:
        yield running


async def test_a_file_is_what_the_cdn_has(instagram: FakeInstagram) -> None:
    for name in ("/v/a.jpg", "/o1/b.mp4"):
        url = f"{HOST}{name}?oe=FFFFFFFF"
        assert media_file(name) == await fetched(fetcher_at(instagram.origin), url)


async def test_what_is_asked_tells_no_more_than_it_must(instagram: FakeInstagram) -> None:
    await fetched(fetcher_at(instagram.origin), f"{HOST}/a.jpg?oe=FFFFFFFF&ig_cache_key=a%3D%3D.3")
    (asked,) = instagram.requests
    assert {
        "": "",  # the line that ends the head
        "host": "scontent.cdninstagram.com",
        "accept": "image/*,video/*",
        "accept-encoding": "identity",
        "user-agent": f"storykeep/{__version__}",
    } == asked.headers
    assert {"oe": "FFFFFFFF", "ig_cache_key": "a==.3"} == asked.query


async def test_every_failure_of_the_emulator_is_an_error_of_ours(instagram: FakeInstagram) -> None:
    """Those that bring no file, that is: a cut one is gone on with, see below."""
    limits = Limits(silence=0.2, size=1_000_000)
    for kind in FAILURES.keys() - {"cut", "truncated", "wrong_encoding", "drip"}:
        instagram.heal()
        instagram.fail("cdninstagram.com", kind)
        with pytest.raises((SourceError, MediaNotFound)):
            await fetched(fetcher_at(instagram.origin, limits=limits))


async def test_a_cut_file_of_the_emulator_is_gone_on_with(instagram: FakeInstagram) -> None:
    instagram.fail("cdninstagram.com", "cut", times=1)
    assert media_file("/v/n.jpg") == await fetched(fetcher_at(instagram.origin))
    assert ["", f"bytes={len(media_file('/v/n.jpg')) // 2}-"] == [
        asked.headers.get("range", "") for asked in instagram.requests
    ]


async def test_chunks_are_neither_small_nor_large(instagram: FakeInstagram) -> None:
    body = PHOTO.ljust(3_000_001, b"\0")
    instagram.fail("", Answer(200, body, {"Content-Type": "image/jpeg"}))
    fetcher = fetcher_at(instagram.origin)
    sizes = [len(chunk) async for chunk in fetcher.fetch(URL)]
    await fetcher.aclose()
    assert len(body) == sum(sizes)
    assert all(CHUNK <= size < 2 * CHUNK for size in sizes[:-1])


async def test_a_connection_is_used_again() -> None:
    good = Said(http(200, PHOTO, content_type="image/jpeg"))
    with scripted(*[good] * 5) as server:
        names, dialed = Names([PUBLIC]), Dialed(server.url)
        fetcher = fetcher_at(server.url, resolve=names, dial=dialed)
        for _ in range(5):
            assert PHOTO == b"".join([chunk async for chunk in fetcher.fetch(URL)])
        await fetcher.aclose()
    assert (1, 1) == (server.connections, len(names.asked))
    assert [(PUBLIC, 443)] == dialed.asked


async def test_who_stops_reading_leaves_no_connection_behind() -> None:
    with scripted(Said(http(200, LARGE, content_type="image/jpeg"))) as server:
        fetcher = fetcher_at(server.url)
        async with aclosing(fetcher.fetch(URL)) as chunks:
            assert LARGE.startswith(await anext(chunks))
        assert [] == fetcher._pool.connections
        await fetcher.aclose()


async def test_who_is_cancelled_leaves_no_connection_behind() -> None:
    for said in (b"", http(200, LARGE[:99], length=len(LARGE), content_type="image/jpeg")):
        with scripted(Said(said, "stall")) as server:
            fetcher = fetcher_at(server.url)
            task = asyncio.create_task(fetched_by(fetcher))
            while not server.asked:
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
            assert [] == fetcher._pool.connections
            await fetcher.aclose()


async def fetched_by(fetcher: CdnFetcher) -> bytes:
    async with aclosing(fetcher.fetch(URL)) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def test_many_at_once_share_the_connections(instagram: FakeInstagram) -> None:
    fetcher = fetcher_at(instagram.origin)
    names = [f"/v/{each}.jpg" for each in range(CONNECTIONS + 20)]

    async def fetch(name: str) -> bytes:
        return b"".join([chunk async for chunk in fetcher.fetch(f"{HOST}{name}?oe=FFFFFFFF")])

    bodies = await asyncio.gather(*map(fetch, names))
    await fetcher.aclose()
    assert [media_file(name) for name in names] == bodies


async def test_a_fetcher_that_was_never_used_can_be_closed() -> None:
    await CdnFetcher().aclose()


# ------------------------------------------------------------------------------------------ TLS


@asynccontextmanager
async def encrypted(authority: trustme.CA, *names: str) -> AsyncIterator[tuple[int, list[str]]]:
    """A CDN with a certificate for these names: its port, and the names it was asked for."""
    wanted: list[str] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    context.sni_callback = lambda _, name, __: wanted.append(name)

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(http(200, PHOTO, content_type="image/jpeg"))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(attend, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1], wanted


async def fetched_encrypted(port: int, trust: ssl.SSLContext | None, url: str = URL) -> bytes:
    async def dial(_address: str, _port: int, timeout: float) -> httpcore2.AsyncNetworkStream:
        return await guard.dial("127.0.0.1", port, timeout)

    return await fetched(CdnFetcher(resolve=Names([PUBLIC]), dial=dial, trust=trust), url)


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def test_the_certificate_is_that_of_the_name() -> None:
    """Though the connection is made to an address."""
    authority = trustme.CA()
    async with encrypted(authority, "*.cdninstagram.com", PUBLIC) as (port, wanted):
        assert PHOTO == await fetched_encrypted(port, trusting(authority))
        assert ["scontent.cdninstagram.com"] == wanted
        with pytest.raises(SourceUnavailable, match=r"a\.fbcdn\.net shows a certificate"):
            await fetched_encrypted(port, trusting(authority), "https://a.fbcdn.net/n.jpg")


async def test_a_certificate_of_nobody_is_refused() -> None:
    """By default those authorities count that the system trusts."""
    async with encrypted(trustme.CA(), "*.cdninstagram.com") as (port, _):
        for trust in (None, trusting(trustme.CA())):
            with pytest.raises(SourceUnavailable, match="a certificate that is not trusted"):
                await fetched_encrypted(port, trust)


async def test_the_environment_adds_no_authority(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    authority = trustme.CA()
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    async with encrypted(authority, "*.cdninstagram.com") as (port, _):
        with pytest.raises(SourceUnavailable, match="a certificate that is not trusted"):
            await fetched_encrypted(port, None)
