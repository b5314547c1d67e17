"""Everything that can go wrong, by name: what Instagram says, and what networks do.

What Instagram says stands in ``refusals.json``.  The others are made from the true answer, so
that a truncated reel is half of that very reel.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from importlib.resources import files
from typing import NamedTuple

from msgspec import json

from storykeep.testing.instagram.wire import Answer, Body, json_answer

HUGE = 200_000_000
"""The bytes of JSON in the answer that never seems to end."""

_PIECE = 65_536
_TABLE = files(__package__).joinpath("refusals.json")


class Waits(NamedTuple):
    """What an answer may wait for."""

    second: Callable[[], Awaitable[object]]
    release: Callable[[], Awaitable[object]]


Failure = Callable[[Answer, Waits], Answer]


def page(status: int, title: str, head: str = "") -> Answer:
    """Return a page of HTML."""
    text = f"<!DOCTYPE html>\n<html><head><title>{title}</title>{head}</head></html>\n"
    return Answer(status, text.encode(), {"Content-Type": "text/html; charset=utf-8"})


REFUSALS = {
    name: Answer(status, body.encode(), {"Content-Type": kind[0]})
    if kind  # of a body that is no JSON
    else json_answer(body, status)
    for name, (status, body, *kind) in json.decode(_TABLE.read_bytes()).items()
}
"""What Instagram says instead of the true answer, by name."""


def constant(answer: Answer) -> Failure:
    """Return the failure that is this answer, whatever the true one."""
    return lambda _truth, _waits: answer


def _hang(truth: Answer, waits: Waits) -> Answer:
    async def body() -> AsyncIterator[bytes]:
        await waits.release()
        yield _whole(truth)

    return replace(truth, body=body())


def _drip(truth: Answer, waits: Waits) -> Answer:
    """Send a byte a second."""

    async def body() -> AsyncIterator[bytes]:
        for byte in _whole(truth):
            yield bytes([byte])
            await waits.second()

    return replace(truth, body=body())


def _huge(_truth: Answer, _waits: Waits) -> Answer:
    """Send JSON that goes on and on."""

    async def body() -> AsyncIterator[bytes]:
        yield b'{"status":"ok","reel":null,"padding":"'
        for _ in range(HUGE // _PIECE):
            yield b"x" * _PIECE
        yield b'"}'

    return Answer(200, body(), {"Content-Type": "application/json"})


def _whole(answer: Answer) -> bytes:
    """Return the body of a true answer, which is always ready."""
    body: Body = answer.body
    assert isinstance(body, bytes)  # noqa: S101
    return body


FAILURES: dict[str, Failure] = {name: constant(answer) for name, answer in REFUSALS.items()} | {
    "reset": constant(Answer(sent=-1)),
    # Half of the body, as if that were all.
    "truncated": lambda truth, _: replace(truth, body=_whole(truth)[: len(_whole(truth)) // 2]),
    # The connection breaks in the middle of the body.
    "cut": lambda truth, _: replace(truth, sent=len(_whole(truth)) // 2),
    # UTF-16 that is called UTF-8.
    "wrong_encoding": lambda truth, _: replace(
        truth, body=_whole(truth).decode("latin-1").encode("utf-16")
    ),
    # Plain bytes that are called compressed.
    "not_gzip": lambda truth, _: replace(
        truth, headers={**truth.headers, "Content-Encoding": "gzip"}
    ),
    "hang": _hang,
    "drip": _drip,
    "huge": _huge,
}
"""Every failure by the name that ``FakeInstagram.fail`` takes."""
