"""The short way answers as ASGI does, to the byte, and takes only what it understands."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from storykeep.api.direct import DirectProtocol
from tests.api.rig import CLOSE_FRIENDS, EMPTY, PHOTO, PRIVATE, PUBLIC, UNKEPT, VIDEO, Rig, open_rig

REEL = f"/v1/user/stories?user_id={PUBLIC}"
STORY = f"/v1/story/by/id?id={PHOTO}"
FILE = f"/v1/story/download?id={VIDEO}"
TARGETS = [
    REEL,
    f"{REEL}&amount=2&force=on",
    f"{REEL}&at=2026-04-08T14:53:20%2B00:00",
    f"{REEL}&amount=many&force=2",
    "/v1/user/stories",
    "/v1/user/stories?",
    "/v1/user/stories?user_id=x",
    "/v1/user/stories?user_id=1",
    f"/v1/user/stories?user_id={EMPTY}",
    f"/v1/user/stories?user_id={PRIVATE}",
    "/v1/user/stories/by/username?username=%40ACME_test",
    STORY,
    f"/v1/story/by/id?id={CLOSE_FRIENDS}",
    f"/v1/story/by/url?url=https://www.instagram.com/stories/acme/{PHOTO}/",
    f"{REEL}&media=stable",
    f"{STORY}&media=stable",
    f"{STORY}&media=both",
    f"{REEL}&extended=on&media=stable&amount=3",
    f"{STORY}&extended=on",
    f"/v2/user/stories?user_id={PUBLIC}&safe_int=on",
    f"/v2/user/stories?user_id={EMPTY}",
    f"/v2/story/by/id?id={PHOTO}&media=stable",
    f"/v1/media/by/id?id={PHOTO}",
    f"/v1/user/medias/chunk?user_id={PUBLIC}",
    "/sys/balance",
    FILE,
    f"{FILE}&format=json",
    f"/media/{'0' * 64}.jpg?sig={'A' * 43}",
    f"/v1/story/download?id={UNKEPT}",
    "/v1/story/download",
]
ANSWERED_BY_ASGI = [
    f"GET {STORY}#top HTTP/1.1\r\n{{key}}",
    f"GET http://localhost{STORY} HTTP/1.1\r\n{{key}}",
    f"GET {STORY.replace('story', '%73tory')} HTTP/1.1\r\n{{key}}",
    f"GET {STORY} HTTP/1.1\r\n{{key}}connection: upgrade\r\nupgrade: h2c\r\n",
    f"GET {STORY} HTTP/1.1\r\n{{key}}content-length: 0\r\n",
    f"HEAD {STORY} HTTP/1.1\r\n{{key}}",
    f"POST {STORY} HTTP/1.1\r\n{{key}}content-length: 0\r\n",
    f"HEAD {FILE} HTTP/1.1\r\n{{key}}",
    f"GET /media/{'0' * 63}.jpg?sig={'A' * 43} HTTP/1.1\r\n",
    "GET /livez HTTP/1.1\r\n",
    "GET /v1/story/by/id/ HTTP/1.1\r\n",
]
_OWN_ID = re.compile(rb"(?<=\r\nx-request-id: )[0-9a-f]{17,}")


class Counting(DirectProtocol):
    """Counts what it leaves to uvicorn."""

    handed_over = 0

    def _hand_over(self) -> None:
        Counting.handed_over += 1
        super()._hand_over()


class Line:
    """A connection on which raw requests are sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer

    async def answer(self, *, has_body: bool = True) -> bytes:
        """The bytes of one answer; our own id of the request apart, which is random."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head) if has_body else None
        body = await self._reader.readexactly(int(length[1])) if length else b""
        return _OWN_ID.sub(b"ID", head) + body

    async def ask(self, *lines: str, has_body: bool = True) -> bytes:
        self.writer.write("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
        return await self.answer(has_body=has_body)

    async def is_at_its_end(self) -> bool:
        return await self._reader.read(1) == b""


class Server(NamedTuple):
    """One rig behind one protocol."""

    rig: Rig
    line: Line
    state: ServerState


@asynccontextmanager
async def serve(
    folder: Path, protocol: type[HttpToolsProtocol], **options: Any
) -> AsyncIterator[Server]:
    async with open_rig(folder, media_key="the same for both: 0123456789abcdef") as rig:
        options |= {"http": protocol, "ws": "none", "lifespan": "off", "log_config": None}
        config = uvicorn.Config(rig.app, **options)
        config.load()
        state = ServerState()
        state.default_headers = [(b"date", b"Wed, 08 Apr 2026 14:53:20 GMT")]
        server = await asyncio.get_running_loop().create_server(
            lambda: protocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
        )
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield Server(rig, Line(reader, writer), state)
        finally:
            writer.close()
            server.close()


async def begin(server: Server) -> None:
    """Send a request, and return once it is under way."""
    key = f"x-access-key: {server.rig.secret}"
    request = f"GET {STORY} HTTP/1.1\r\nhost: localhost\r\n{key}\r\n\r\n"
    server.line.writer.write(request.encode())
    while not server.state.tasks:
        await asyncio.sleep(0)


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[Server, Server]]:
    """The short way and ASGI, over equal shelves."""
    Counting.handed_over = 0
    async with AsyncExitStack() as stack:
        direct = await stack.enter_async_context(serve(tmp_path / "direct", Counting))
        asgi = await stack.enter_async_context(serve(tmp_path / "asgi", HttpToolsProtocol))
        yield direct, asgi


@pytest.mark.parametrize(
    "headers",
    [
        ["x-access-key: {key}"],
        ["X-Access-Key: {key}", "x-request-id: mine-1", "accept-encoding: gzip"],
        ["x-access-key: {key}", "accept-encoding: zstd, gzip;q=0.5", "origin: https://a.example"],
        ["x-access-key: {key}", "x-forwarded-proto: https"],
        ["x-access-key: {key}", "x-forwarded-proto: https", "x-forwarded-proto: http"],
        ["x-access-key: {key}", "x-forwarded-proto: gopher"],
        ["x-access-key: nobody's"],
        ["x-access-key: {key}", "range: bytes=5-99"],
        ["x-access-key: {key}", "range: bytes=5-9, 100-120"],
        ["x-access-key: {key}", "range: bytes=99999999-"],
        ["x-access-key: {key}", "if-match: *", "if-none-match: *"],
        ["x-access-key: {key}", 'if-match: "another"'],
        [],
    ],
    ids=[
        *("key", "id-gzip", "zstd-origin", "https", "two-protos", "no-proto", "wrong-key"),
        *("part", "parts", "beyond", "known", "another", "no-key"),
    ],
)
async def test_both_ways_answer_the_same_bytes(
    both: tuple[Server, Server], headers: list[str]
) -> None:
    """On one connection, one request after the other; and both charge the same."""
    for target in TARGETS:
        found = []
        for server in both:
            given = [header.format(key=server.rig.secret) for header in headers]
            found.append(await server.line.ask(f"GET {target} HTTP/1.1", "host: localhost", *given))
        assert found[0] == found[1]
    assert Counting.handed_over == 0
    direct, asgi = [await server.rig.entries() for server in both]
    assert [(line.entry.units, line.balance) for line in direct] == [
        (line.entry.units, line.balance) for line in asgi
    ]


@pytest.mark.parametrize("protocol", [DirectProtocol, HttpToolsProtocol])
@pytest.mark.parametrize(("proxy", "scheme"), [("127.0.0.1", b"https"), ("10.0.0.1", b"http")])
async def test_only_a_proxy_is_believed_how_the_caller_came(
    protocol: type[HttpToolsProtocol], proxy: str, scheme: bytes, tmp_path: Path
) -> None:
    """Else a caller could make addresses that lead elsewhere."""
    async with serve(tmp_path, protocol, forwarded_allow_ips=proxy) as server:
        lines = "host: a.example", "x-forwarded-proto: https", f"x-access-key: {server.rig.secret}"
        answer = await server.line.ask(f"GET {STORY}&media=stable HTTP/1.1", *lines)
    assert b'"thumbnail_url":"%b://a.example/media/' % scheme in answer


@pytest.mark.parametrize("request_head", ANSWERED_BY_ASGI)
async def test_what_is_unusual_is_left_to_asgi(
    both: tuple[Server, Server], request_head: str
) -> None:
    found = []
    for server in both:
        head = request_head.format(key=f"x-access-key: {server.rig.secret}\r\n")
        is_head = head.startswith("HEAD")
        found.append(await server.line.ask(f"{head}host: localhost", has_body=not is_head))
    assert found[0] == found[1]
    assert Counting.handed_over == 1


@pytest.mark.parametrize("target", [STORY, FILE, "/sys/balance"])
@pytest.mark.parametrize("end", ["HTTP/1.0", "HTTP/1.1\r\nconnection: close"])
async def test_the_last_answer_of_a_connection_says_so(
    both: tuple[Server, Server], target: str, end: str
) -> None:
    """As a proxy asks that speaks HTTP/1.0."""
    found = []
    for server in both:
        key = f"x-access-key: {server.rig.secret}"
        found.append(await server.line.ask(f"GET {target} {end}", "host: localhost", key))
        assert await server.line.is_at_its_end()
    assert found[0] == found[1]
    assert b"\r\nconnection: close\r\n" in found[0]
    assert Counting.handed_over == 0


async def test_requests_that_come_at_once_are_answered_in_their_order(
    both: tuple[Server, Server],
) -> None:
    found = []
    for server in both:
        key = f"x-access-key: {server.rig.secret}"
        targets = [REEL, STORY, "/livez", REEL, "/sys/balance"]
        requests = [
            f"GET {target} HTTP/1.1\r\nhost: localhost\r\n{key}\r\n\r\n" for target in targets
        ]
        server.line.writer.write("".join(requests).encode())
        found.append([await server.line.answer() for _ in targets])
    assert found[0] == found[1]
    assert 0 < Counting.handed_over < len(found[0])


async def test_a_rate_is_limited_the_short_way_too(tmp_path: Path) -> None:
    async with serve(tmp_path, DirectProtocol) as server:
        _, secret = await server.rig.create_key(rate=1)
        lines = f"GET {STORY} HTTP/1.1", "host: localhost", f"x-access-key: {secret}"
        assert (await server.line.ask(*lines)).startswith(b"HTTP/1.1 200 ")
        refused = await server.line.ask(*lines)
    assert refused.startswith(b"HTTP/1.1 429 ")
    assert b"\r\nretry-after: 1\r\n" in refused


async def test_a_server_that_stops_finishes_the_answer_and_closes(tmp_path: Path) -> None:
    async with serve(tmp_path, DirectProtocol) as server:
        await begin(server)
        (connection,) = server.state.connections
        connection.shutdown()
        answer = await server.line.answer()
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"\r\nconnection: close\r\n" in answer
        assert await server.line.is_at_its_end()


async def test_a_caller_who_hangs_up_is_charged_once(tmp_path: Path) -> None:
    async with serve(tmp_path, DirectProtocol) as server:
        await begin(server)
        server.line.writer.transport.abort()
        await asyncio.gather(*server.state.tasks)
        assert [line.entry.units for line in await server.rig.entries()] == [-1]


async def test_an_answer_that_is_broken_off_closes_the_connection(tmp_path: Path) -> None:
    """As when a server is made to stop at once: nobody waits for ever."""
    async with serve(tmp_path, DirectProtocol) as server:
        await begin(server)
        await asyncio.sleep(0)  # now it waits for its charge
        for task in server.state.tasks:
            task.cancel()
        assert await server.line.is_at_its_end()
        assert server.state.tasks == set()
