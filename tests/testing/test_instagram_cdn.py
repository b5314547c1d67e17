"""The CDN of the fake Instagram."""

from collections.abc import AsyncIterator

import filetype
import httpx2
import pytest

from storykeep.core.sighting import DAY
from storykeep.testing.clock import HandClock
from storykeep.testing.instagram import FakeInstagram, create_world, rewriting_transport

HOST = "https://scontent-lga3-1.cdninstagram.com"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def instagram(clock: HandClock) -> AsyncIterator[FakeInstagram]:
    async with FakeInstagram(create_world(clock)) as running:
        yield running


@pytest.fixture
async def cdn(instagram: FakeInstagram) -> AsyncIterator[httpx2.AsyncClient]:
    carried = rewriting_transport(instagram.origin, httpx2.AsyncHTTPTransport())
    async with httpx2.AsyncClient(transport=carried, base_url=HOST) as opened:
        yield opened


def address(path: str, until: float) -> str:
    return f"{path}?oe={int(until):X}"


async def test_each_address_has_a_file_of_its_own(
    cdn: httpx2.AsyncClient, clock: HandClock
) -> None:
    """Of the kind that its name says, and whole."""
    for one, other, kind in (
        ("/v/a.jpg", "/v/b.jpg", "image/jpeg"),
        ("/o1/a.mp4", "/o1/b.mp4", "video/mp4"),
    ):
        first = await cdn.get(address(one, clock()))
        second = await cdn.get(address(other, clock()))
        assert [kind] * 2 == [filetype.guess_mime(each.content) for each in (first, second)]
        assert kind == first.headers["Content-Type"]
        assert first.content != second.content
        assert first.headers["ETag"] != second.headers["ETag"]
        head = await cdn.head(address(one, clock()))
        assert (b"", str(len(first.content))) == (head.content, head.headers["Content-Length"])


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-9", 0, 10), ("bytes=100-", 100, None), ("bytes=-7", -7, None)],
)
async def test_parts(
    cdn: httpx2.AsyncClient, clock: HandClock, asked: str, start: int, end: int | None
) -> None:
    whole = (await cdn.get(address("/a.jpg", clock()))).content
    part = await cdn.get(address("/a.jpg", clock()), headers={"Range": asked})
    assert (206, whole[start:end]) == (part.status_code, part.content)
    assert part.headers["Content-Range"].endswith(f"/{len(whole)}")


async def test_a_part_behind_the_end(cdn: httpx2.AsyncClient, clock: HandClock) -> None:
    beyond = await cdn.get(address("/a.jpg", clock()), headers={"Range": "bytes=999999-"})
    assert 416 == beyond.status_code


async def test_a_signature_ends(cdn: httpx2.AsyncClient, clock: HandClock) -> None:
    good = address("/a.jpg", clock() + DAY)
    assert 200 == (await cdn.get(good)).status_code
    clock.turn(DAY + 1)
    for bad in (good, "/a.jpg", "/a.jpg?oe=tomorrow"):
        refused = await cdn.get(bad)
        assert (403, "URL signature expired") == (refused.status_code, refused.text)


async def test_its_failures_can_be_ordered(
    instagram: FakeInstagram, cdn: httpx2.AsyncClient, clock: HandClock
) -> None:
    instagram.fail("cdninstagram.com/a.jpg", "gone", times=1)
    instagram.fail("cdninstagram.com/a.jpg", "cut", times=1)
    assert 410 == (await cdn.get(address("/a.jpg", clock()))).status_code
    with pytest.raises(httpx2.RemoteProtocolError):
        await cdn.get(address("/a.jpg", clock()))
    assert 200 == (await cdn.get(address("/b.jpg", clock()))).status_code
