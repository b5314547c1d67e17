"""A CDN that is out of order: a file comes whole, or there is an error that says what it was."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest

from storykeep.core.errors import (
    MediaNotFound,
    SourceDrift,
    SourceError,
    SourceThrottled,
    SourceTimeout,
    SourceUnavailable,
    StorykeepError,
)
from storykeep.sources.cdn.body import CHUNK
from storykeep.sources.cdn.limits import Limits
from storykeep.testing.clock import HandClock
from storykeep.testing.instagram import FakeInstagram, create_world
from tests.client.scripted import Asked, Said, http, scripted
from tests.sources.cdn.rig import LARGE, PHOTO, URL, fetched, fetcher_at
from tests.sources.streaming import streaming

SIZE = len(LARGE)
TYPE = {"content_type": "image/jpeg"}
TAG = {**TYPE, "etag": '"v1"'}
CUT = 100_000


async def trouble(said: Sequence[Said], **options: Any) -> tuple[StorykeepError, list[Asked]]:
    """Fetch from a CDN that says these things; return the error and what was asked."""
    with scripted(*said) as server, pytest.raises(StorykeepError) as caught:
        await fetched(fetcher_at(server.url, **options))
    assert None is caught.value.__cause__
    return caught.value, server.asked


def cut(at: int = CUT, then: str = "close", **headers: str) -> Said:
    """The beginning of the file, and no more."""
    return Said(http(200, LARGE[:at], length=SIZE, **(headers or TAG)), then)


def rest(
    start: int = CUT, end: int = SIZE, *, to: int | None = None, then: str = "keep", **headers: str
) -> Said:
    """A part of the file; only up to ``to`` of what it announces."""
    told = {**TAG, "content_range": f"bytes {start}-{end - 1}/{SIZE}", **headers}
    return Said(http(206, LARGE[start : to or end], length=end - start, **told), then)


# --------------------------------------------------------------------------------- no file


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (403, MediaNotFound, "the address has expired"),
        (404, MediaNotFound, "nothing lies at the address any more"),
        (410, MediaNotFound, "nothing lies at the address any more"),
        (429, SourceThrottled, "slow down"),
        (408, SourceUnavailable, "cannot answer now"),
        (500, SourceUnavailable, "cannot answer now"),
        (502, SourceUnavailable, "cannot answer now"),
        (503, SourceUnavailable, "cannot answer now"),
        (599, SourceUnavailable, "cannot answer now"),
        (201, SourceDrift, "201, which is not understood"),
        (204, SourceDrift, "204, which is not understood"),
        (206, SourceDrift, "206, which is not understood"),
        (300, SourceDrift, "300, which is not understood"),
        (304, SourceDrift, "304, which is not understood"),
        (400, SourceDrift, "400, which is not understood"),
        (401, SourceDrift, "401, which is not understood"),
        (416, SourceDrift, "416, which is not understood"),
    ],
)
async def test_what_is_no_file_is_an_error_of_its_own(
    status: int, kind: type[StorykeepError], words: str
) -> None:
    error, asked = await trouble([Said(http(status, b"", **TYPE))])
    assert (kind, 1) == (type(error), len(asked))
    assert words in str(error)
    assert None is getattr(error, "retry_after", None)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry_after": "30"}, 30.0),
        (
            {
                "retry_after": "Tue, 24 Nov 2026 10:01:00 GMT",
                "date": "Tue, 24 Nov 2026 10:00:00 GMT",
            },
            60.0,
        ),
        ({"retry_after": "99999999999"}, 86_400.0),
        ({"retry_after": "soon"}, None),
        ({"retry_after": f"Tue, 24 Nov {10**20} 10:00:00 GMT"}, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_how_long_to_wait_is_told(
    status: int, headers: dict[str, str], wait: float | None
) -> None:
    error, _ = await trouble([Said(http(status, b"", **headers))])
    assert isinstance(error, SourceError)
    assert wait == error.retry_after


async def test_an_address_of_the_emulator_expires() -> None:
    clock = HandClock()
    async with FakeInstagram(create_world(clock)) as instagram:
        url = f"https://scontent.cdninstagram.com/a.jpg?oe={int(clock()):X}"
        await fetched(fetcher_at(instagram.origin), url)
        clock.turn(1)
        with pytest.raises(MediaNotFound, match="expired"):
            await fetched(fetcher_at(instagram.origin), url)


# ------------------------------------------------------------------------------- another file


@pytest.mark.parametrize(
    ("body", "claimed", "words"),
    [
        (b"<!DOCTYPE html><title>Log in</title>", "text/html; charset=utf-8", "no picture or video"),
        (b'{"status": "fail"}', "application/json", "no picture or video"),
        (b"<html>", "image/jpeg", "no picture or video"),
        (b"%PDF-1.7", "image/jpeg", "application/pdf"),
        (b"ID3\x03" + bytes(99), "video/mp4", "audio/mpeg"),
        (b"", "image/jpeg", "no picture or video"),
        (PHOTO, "text/html", "calls image/jpeg 'text/html'"),
        (PHOTO, "video/mp4", "calls image/jpeg 'video/mp4'"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "image/jpeg", "calls video/mp4 'image/jpeg'"),
        (b"<html>", "x" * 9000, "'" + "x" * 50 + "'."),
    ],
)  # fmt: skip
async def test_what_is_not_what_it_is_called_is_refused(
    body: bytes, claimed: str, words: str
) -> None:
    error, asked = await trouble([Said(http(200, body, content_type=claimed))])
    assert (SourceDrift, 1) == (type(error), len(asked))
    assert words in str(error)
    assert len(str(error)) < 200


@pytest.mark.parametrize(
    "claimed", ["image/webp", "IMAGE/JPEG; q=1", "application/octet-stream", "binary/octet-stream", ""]
)  # fmt: skip
async def test_a_picture_may_be_called_another_kind_of_picture(claimed: str) -> None:
    """The CDN does that."""
    with scripted(Said(http(200, PHOTO, content_type=claimed))) as server:
        assert PHOTO == await fetched(fetcher_at(server.url))


async def test_a_compressed_file_is_refused() -> None:
    for encoding in ("gzip", "br", "zstd"):
        error, _ = await trouble([Said(http(200, PHOTO, content_encoding=encoding, **TYPE))])
        assert (SourceDrift, True) == (type(error), "compressed" in str(error))


async def test_a_file_that_is_announced_too_large_is_not_read() -> None:
    error, _ = await trouble([cut(), cut()], limits=Limits(size=SIZE - 1))
    assert (SourceDrift, True) == (type(error), f"larger than {SIZE - 1:,} bytes" in str(error))


async def test_one_that_has_as_many_bytes_as_may_be_is_read() -> None:
    with scripted(Said(http(200, LARGE, **TYPE))) as server:
        assert LARGE == await fetched(fetcher_at(server.url, limits=Limits(size=SIZE)))


async def test_an_endless_file_is_hung_up_on() -> None:
    """Of 200 MB little more is read than may be."""
    most, sent = 1 << 20, 0

    async def flood(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: image/jpeg\r\n\r\n" + PHOTO)
        while sent < 200_000_000:
            writer.write(bytes(1 << 16))
            sent += 1 << 16
            await writer.drain()

    async with streaming(flood) as url:
        with pytest.raises(SourceDrift, match="larger than"):
            await fetched(fetcher_at(url, limits=Limits(size=most)))
    assert most < sent < 16 * most


# ---------------------------------------------------------------------------- broken connections


async def test_without_a_length_a_file_ends_where_the_connection_is_closed() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: image/jpeg\r\n\r\n"
    with scripted(Said(head + LARGE, "close")) as server:
        assert LARGE == await fetched(fetcher_at(server.url))
    assert 1 == len(server.asked)


async def test_a_chunked_file_ends_with_its_last_chunk() -> None:
    with scripted(Said(chunked(LARGE) + b"0\r\n\r\n")) as server:
        assert LARGE == await fetched(fetcher_at(server.url))


def chunked(body: bytes, **headers: str) -> bytes:
    """An answer in chunks, without the end of it."""
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in (TAG | headers).items()]
    head = f"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n{''.join(lines)}\r\n"
    return head.encode() + b"%x\r\n%b\r\n" % (len(body), body)


@pytest.mark.parametrize("then", ["close", "reset"])
@pytest.mark.parametrize("at", [0, 1, CHUNK, CUT, SIZE - 1])
async def test_a_file_that_broke_off_is_gone_on_with(at: int, then: str) -> None:
    """Only what is missing is asked for, of the same version.  A reset may lose what was sent."""
    asked = []

    def missing(request: Asked) -> bytes:
        asked.append(request)
        answer = rest(int(request.headers["range"][6:-1])).answer
        assert isinstance(answer, bytes)
        return answer

    with scripted(cut(at, then), Said(missing)) as server:
        assert LARGE == await fetched(fetcher_at(server.url))
    assert 2 == len(server.asked)
    assert '"v1"' == asked[0].headers["if-range"]
    if then == "close":
        assert f"bytes={at}-" == asked[0].headers["range"]


async def test_a_chunked_file_that_broke_off_is_gone_on_with() -> None:
    with scripted(Said(chunked(LARGE[:CUT]), "close"), rest()) as server:
        assert LARGE == await fetched(fetcher_at(server.url))


async def test_the_date_of_a_file_stands_for_it_where_it_has_no_tag() -> None:
    date = {"last_modified": "Tue, 24 Nov 2026 10:00:00 GMT"}
    for headers in (TYPE | date, TYPE | date | {"etag": 'W/"v1"'}):
        told = {"content_range": f"bytes {CUT}-{SIZE - 1}/{SIZE}"}
        after = Said(http(206, LARGE[CUT:], **{**headers, **told}))
        with scripted(cut(CUT, **headers), after) as server:
            assert LARGE == await fetched(fetcher_at(server.url))
        assert date["last_modified"] == server.asked[1].headers["if-range"]


async def test_it_is_gone_on_with_three_times_if_each_brings_something() -> None:
    steps = [CUT, 150_000, 200_000, 250_000, SIZE]
    parts = [rest(start, to=end, then="close") for start, end in pairwise(steps)]
    with scripted(cut(), *parts[:2], rest(steps[2])) as server:
        assert LARGE == await fetched(fetcher_at(server.url))
        assert 4 == len(server.asked)
    error, asked = await trouble([cut(), *parts])
    assert (SourceUnavailable, 4) == (type(error), len(asked))
    assert "again and again" in str(error)


async def test_a_server_that_brings_nothing_more_is_not_asked_again() -> None:
    after = CUT + 1
    said = [cut(), rest(to=after, then="close"), rest(after, to=after, then="close")]
    error, asked = await trouble(said)
    assert (SourceUnavailable, 3) == (type(error), len(asked))
    assert "again and again" in str(error)


@pytest.mark.parametrize(
    "headers",
    [
        TYPE,
        TYPE | {"last_modified": "\xff"},
        TYPE | {"last_modified": "x" * 65},
        TYPE | {"etag": '"\xff"'},
        TYPE | {"etag": 'W/"v1"'},
        TYPE | {"etag": "v1"},
        TAG | {"accept_ranges": "none"},
    ],
)
async def test_a_file_that_cannot_be_gone_on_with_is_not(headers: dict[str, str]) -> None:
    error, asked = await trouble([cut(CUT, **headers)])
    assert (SourceUnavailable, 1) == (type(error), len(asked))
    assert "sends no parts" in str(error)


@pytest.mark.parametrize(
    "after",
    [
        Said(http(200, LARGE, **TAG)),
        Said(http(206, LARGE[CUT:], **TAG)),
        Said(http(416, content_range=f"bytes */{SIZE}")),
        Said(http(403)),
        Said(http(302, location=URL)),
        rest(CUT + 1),
        rest(CUT - 1),
        rest(0),
        rest(CUT, SIZE - 1),
        rest(etag='"v2"'),
        rest(etag='W/"v1"'),
        rest(content_encoding="gzip"),
        rest(content_range=f"bytes {CUT}-{SIZE - 1}/*"),
        rest(content_range=f"bytes {CUT}-{SIZE}/{SIZE + 1}"),
        rest(content_range=f"bytes={CUT}-{SIZE - 1}/{SIZE}"),
        rest(content_range=""),
    ],
)
async def test_another_answer_than_the_rest_of_the_same_file_ends_it(after: Said) -> None:
    error, asked = await trouble([cut(), after])
    assert (SourceUnavailable, 2) == (type(error), len(asked))
    assert "does not go on where it did" in str(error)


async def test_a_rest_that_is_shorter_than_it_says_is_no_end() -> None:
    short = {"content_range": f"bytes {CUT}-{SIZE - 1}/{SIZE}"}
    part = Said(http(206, LARGE[CUT:-9], **TAG, **short))
    with scripted(cut(), part, rest(SIZE - 9)) as server:
        assert LARGE == await fetched(fetcher_at(server.url))


async def test_the_rest_of_a_file_that_is_too_large_is_not_read() -> None:
    said = [Said(chunked(LARGE[:CUT]), "close"), rest()]
    error, _ = await trouble(said, limits=Limits(size=SIZE - 1))
    assert SourceDrift is type(error)


async def test_a_server_that_hangs_up_unheard_is_asked_once_more() -> None:
    """The connection may have been kept for too long."""
    good = Said(http(200, PHOTO, **TYPE))
    with scripted(Said(b"", "reset"), good) as server:
        assert PHOTO == await fetched(fetcher_at(server.url))
    error, asked = await trouble([Said(b"", "close"), Said(b"", "reset"), good])
    assert (SourceUnavailable, 2) == (type(error), len(asked))
    assert "hung up before it answered" in str(error)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
        http(200, PHOTO, x_big="x" * 200_000),
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"x-%d: y\r\n" % each for each in range(20_000)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1, 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n",
        b"HTTP/1.1 101 Switch\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: a\x00b\r\n\r\n",
    ],
    ids=[
        *("no HTTP", "a giant header", "giant headers", "two lengths", "an unknown transfer"),
        *("another protocol", "a NUL"),
    ],
)  # fmt: skip
async def test_what_is_no_answer_is_not_read_on(answer: bytes) -> None:
    error, _ = await trouble([Said(answer, "close"), Said(answer, "close")])
    assert SourceUnavailable is type(error)


async def test_a_server_that_is_not_there_cannot_be_reached() -> None:
    with scripted() as server:
        pass
    with pytest.raises(SourceUnavailable, match=r"scontent\.cdninstagram\.com cannot be reached"):
        await fetched(fetcher_at(server.url))


# -------------------------------------------------------------------------------------- time


def ticking(step: float) -> Callable[[], float]:
    """A clock that goes on whenever it is read: each wait for a piece takes ``step`` seconds."""
    clock = HandClock()

    def tick() -> float:
        clock.turn(step)
        return clock()

    return tick


def pieces(size: int, count: int) -> Said:
    """A picture in so many chunks of that size, which arrive as pieces however they travelled."""
    body = PHOTO.ljust(size * count, b"\0")
    parts = [body[at : at + size] for at in range(0, size * count, size)]
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: image/jpeg\r\n\r\n"
    return Said(
        head + b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    )


@pytest.mark.parametrize(("size", "step"), [(1, 1.0), (1023, 1.0), (1024, 1.01)])
async def test_a_file_that_drips_is_given_up_after_half_a_minute(size: int, step: float) -> None:
    error, _ = await trouble([pieces(size, 100)], clock=ticking(step))
    assert (SourceTimeout, True) == (type(error), "less than 1,024 bytes a second" in str(error))


async def test_one_that_is_fast_enough_arrives() -> None:
    """Twice as fast as must be, because the network may make two pieces of one."""
    with scripted(pieces(2048, 100)) as server:
        assert 204_800 == len(await fetched(fetcher_at(server.url, clock=ticking(1.0))))


async def test_one_that_becomes_slow_is_given_up() -> None:
    """What came before makes up for nothing."""
    fast, slow = pieces(5000, 31), pieces(10, 31)
    assert isinstance(fast.answer, bytes)
    assert isinstance(slow.answer, bytes)
    tail = slow.answer.partition(b"\r\n\r\n")[2]
    both = Said(fast.answer.removesuffix(b"0\r\n\r\n") + tail)
    error, _ = await trouble([both], clock=ticking(1.0))
    assert SourceTimeout is type(error)


async def test_one_that_takes_too_long_in_all_is_given_up() -> None:
    error, _ = await trouble([pieces(4096, 12)], clock=ticking(1.0), limits=Limits(whole=10))
    assert (SourceTimeout, True) == (type(error), "within 10 seconds" in str(error))


async def test_the_time_of_who_reads_is_not_the_servers() -> None:
    clock = HandClock()
    with scripted(Said(http(200, LARGE, **TYPE))) as server:
        fetcher = fetcher_at(server.url, clock=clock)
        read = b""
        async for chunk in fetcher.fetch(URL):
            clock.turn(86_400)
            read += chunk
        await fetcher.aclose()
    assert LARGE == read


async def test_one_that_falls_silent_is_given_up() -> None:
    error, asked = await trouble([cut(then="stall")], limits=Limits(silence=1.0))
    assert (SourceTimeout, 1) == (type(error), len(asked))
    assert "fell silent" in str(error)


async def test_one_that_does_not_answer_is_given_up() -> None:
    for limits in (Limits(silence=0.2), Limits(head=0.2)):
        for said in (b"", b"HTTP/1.1 200 OK\r\nx-slow: "):
            error, _ = await trouble([Said(said, "stall")], limits=limits)
            assert SourceTimeout is type(error)
            assert "did not answer in time" in str(error)


@pytest.mark.parametrize("piece", [b"x", b"\r\nx: y", b" 100 x\r\n\r\nHTTP/1.1"])
async def test_a_head_that_drips_is_given_up_though_there_is_always_something_new(
    piece: bytes,
) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1" + (b"" if b"100" in piece else b" 200 OK\r\nx: "))
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)

    async with streaming(drip) as url:
        with pytest.raises(SourceTimeout, match="did not answer in time"):
            await fetched(fetcher_at(url, limits=Limits(head=0.3)))
