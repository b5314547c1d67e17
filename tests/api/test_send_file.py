"""How an answer leaves: in small steps, and no further than somebody takes it."""

import asyncio
import hashlib
from typing import Any

import pytest

from storykeep.api.download import LONG, PIECE, Parcel, Plan, plan, send_file
from storykeep.core.media import MediaFile
from storykeep.testing.media import MemoryFile

CONTENT = bytes(range(256)) * 4
FILE = MediaFile(hashlib.sha256(CONTENT).hexdigest(), "video/mp4", len(CONTENT))


def planned(method: str = "GET", file: MediaFile = FILE, /, **headers: str) -> Plan:
    """Plan for headers written as arguments: ``if_range`` is If-Range."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return plan(method, raw, file, 0, "file.mp4")


class Line:
    """A connection as uvicorn has it: what is sent after the client hung up is lost in silence."""

    def __init__(self, hangs_up_after: int | None = None) -> None:
        self.sent: list[Any] = []
        self._hangs_up_after = hangs_up_after
        self._gone = asyncio.Event()
        self._events = [{"type": "http.request", "body": b"", "more_body": False}]

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        if len(self.sent) == self._hangs_up_after:
            self._gone.set()

    async def receive(self) -> Any:
        if self._events:
            return self._events.pop()
        await self._gone.wait()
        return {"type": "http.disconnect"}

    @property
    def bodies(self) -> list[Any]:
        return self.sent[1:]


LARGE = bytes(LONG) + bytes(range(200)) * 1000
LARGE_FILE = MediaFile(hashlib.sha256(LARGE).hexdigest(), "video/mp4", len(LARGE))


async def test_a_file_passes_in_small_pieces() -> None:
    line, opened = Line(), MemoryFile(LARGE_FILE, LARGE)
    await send_file(line.receive, line.send, Parcel(planned("GET", LARGE_FILE), opened))
    start, *bodies = line.sent
    assert (start["type"], start["status"]) == ("http.response.start", 200)
    assert planned("GET", LARGE_FILE).headers == start["headers"]
    assert b"".join(body["body"] for body in bodies) == LARGE
    assert max(len(body["body"]) for body in bodies) == PIECE
    assert [body.get("more_body", False) for body in bodies] == [True] * (len(bodies) - 1) + [False]


async def test_several_parts_pass_in_one_body() -> None:
    line, opened = Line(), MemoryFile(FILE, CONTENT)
    answer = planned(range="bytes=0-9, 20-29")
    await send_file(line.receive, line.send, Parcel(answer, opened))
    first, one, second, two, end = answer.body
    assert [body["body"] for body in line.bodies] == [
        *(first, CONTENT[0:10], second, CONTENT[20:30]),
        *(end, b""),
    ]
    assert (one, two) == (range(10), range(20, 30))


@pytest.mark.parametrize("answer", [planned("HEAD"), planned(if_none_match="*")])
async def test_an_answer_without_body_reads_nothing(answer: Plan) -> None:
    line, opened = Line(), MemoryFile(FILE, b"")
    await send_file(line.receive, line.send, Parcel(answer, opened))
    assert line.bodies == [{"type": "http.response.body", "body": b""}]


async def test_nothing_is_read_for_a_client_that_hung_up() -> None:
    line, opened = Line(hangs_up_after=2), MemoryFile(LARGE_FILE, LARGE)
    await send_file(line.receive, line.send, Parcel(planned("GET", LARGE_FILE), opened))
    assert len(line.bodies) == 1
