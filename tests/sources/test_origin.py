"""How a source asks: bounded in time and bytes, once more where it may help, and nobody else."""

import asyncio
from pathlib import Path

import httpx2
import pytest

from storykeep.client.http import Timeouts, keyless_options_of
from storykeep.core.errors import SourceDrift, SourceError, SourceTimeout, SourceUnavailable
from storykeep.sources.origin import MOST_BYTES, Origin, Told, read_secret
from tests.client.scripted import Said, http, scripted
from tests.sources.streaming import streaming

GOOD = http(200, b'{"a": 1}')
BUSY = http(503, b"{}")
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"


async def ask(url: str, *, limit: float = 20.0, waits: list[float] | None = None) -> Told:
    """Ask once, with a sleep that writes down how long."""
    slept: list[float] = [] if waits is None else waits

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    options = keyless_options_of(url, Timeouts(read=limit), True)
    origin = Origin(
        "there", httpx2.AsyncClient(**options), limit=limit, sleep=sleep, random=lambda: 0.25
    )
    try:
        return await origin.ask("/a", {"b": "c"})
    finally:
        await origin.aclose()


async def trouble(*said: Said, limit: float = 20.0) -> tuple[SourceError, int]:
    """Ask a server that says these things; return the error, and how often it was asked."""
    with scripted(*said) as server, pytest.raises(SourceError) as caught:
        await ask(server.url, limit=limit)
    assert str(caught.value).startswith("there")
    assert None is caught.value.__cause__
    return caught.value, len(server.asked)


async def test_an_answer_is_told_as_it_is_whatever_its_status() -> None:
    with scripted(Said(GOOD), Said(http(418, b"<tea>", x_pot="1"))) as server:
        told = await ask(server.url)
        strange = await ask(server.url)
    assert (200, {"a": 1}) == (told.status, told.document())
    assert (418, b"<tea>", None, "1") == (
        strange.status, strange.body, strange.document(), strange.headers["x-pot"],
    )  # fmt: skip
    asked = server.asked[0]
    assert "/a?b=c" == asked.path
    assert "identity" == asked.headers["accept-encoding"]


@pytest.mark.parametrize(
    "first", [Said(BUSY), Said(b"", "close"), Said(http(200, b'{"a', length=99), "reset")]
)
async def test_what_may_pass_is_tried_once_more_a_moment_later(first: Said) -> None:
    waits: list[float] = []
    with scripted(first, Said(GOOD)) as server:
        assert {"a": 1} == (await ask(server.url, waits=waits)).document()
    assert [0.75] == waits


async def test_the_second_time_is_the_last() -> None:
    with scripted(Said(BUSY), Said(BUSY)) as server:
        assert 503 == (await ask(server.url)).status
    _, times = await trouble(Said(b"", "close"), Said(b"", "close"))
    assert 2 == times


async def test_who_says_when_to_come_back_is_not_asked_before() -> None:
    with scripted(Said(http(503, b"{}", retry_after="9"))) as server:
        assert 503 == (await ask(server.url)).status


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    with scripted() as server:
        pass
    with pytest.raises(SourceUnavailable, match="check its address"):
        await ask(server.url)


@pytest.mark.parametrize("answer", [b"", http(200, b'{"a', length=99)])
async def test_one_that_hangs_is_a_timeout(answer: bytes) -> None:
    error, times = await trouble(Said(answer, "stall"), limit=0.2)
    assert (SourceTimeout, 1) == (type(error), times)


async def test_one_that_drips_is_a_timeout_though_there_is_always_something_new() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with streaming(drip) as url:
        with pytest.raises(SourceTimeout, match=r"within 0\.3 seconds"):
            await ask(url, limit=0.3)


async def test_one_that_never_ends_is_hung_up_on() -> None:
    """Of 200 MB little more is read than may be."""
    sent = 0

    async def flood(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(HEAD)
        while sent < 200_000_000:
            writer.write(bytes(1 << 16))
            sent += 1 << 16
            await writer.drain()

    async with streaming(flood) as url:
        with pytest.raises(SourceDrift, match="longer than"):
            await ask(url)
    assert MOST_BYTES < sent < 8 * MOST_BYTES


async def test_a_compressed_answer_is_not_unpacked() -> None:
    error, times = await trouble(Said(http(200, b"x" * 99, content_encoding="gzip"), "close"))
    assert (SourceDrift, 1) == (type(error), times)


async def test_nobody_is_followed_elsewhere() -> None:
    with scripted() as other, scripted(Said(http(302, location=f"{other.url}/x"))) as server:
        assert 302 == (await ask(server.url)).status
        assert 0 == other.connections


@pytest.mark.parametrize("body", [b"<html>", b"", b'"\xff"', b"[" * 9999, "{}".encode("utf-16")])
async def test_what_is_no_json_is_no_document(body: bytes) -> None:
    assert None is Told(200, {}, body).document()


def test_a_secret_is_what_its_file_holds(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("abc\n")
    assert "abc" == read_secret(str(file))
    for content in (b"", b"\n", b"a\nb", "é".encode(), b"\xff"):
        file.write_bytes(content)
        with pytest.raises(ValueError, match=str(file)):
            read_secret(str(file))
    with pytest.raises(ValueError, match="No such file"):
        read_secret(str(tmp_path / "none"))
