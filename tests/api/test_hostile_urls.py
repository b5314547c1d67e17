"""``download/by/url`` takes no hostile address, even when its file's name is a known story's."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from storykeep.core.extract import read_capture
from storykeep.sources.cdn.fetcher import CdnFetcher
from tests.api.rig import NOW, PUBLIC, Rig, open_rig
from tests.payloads.loading import payload
from tests.sources.cdn.hostile import HOSTILE, aimed
from tests.sources.cdn.rig import Names, Trap, trap

DOWNLOAD = "/v1/story/download/by/url?url="
PK = 3870830000001000555
KNOWN = "known_n.jpg"
"""A public, active story, and the name of its file, which is not kept."""
URL = f"https://scontent.cdninstagram.com/v/{KNOWN}?oe=FFFFFFFF"


@pytest.fixture
def inside() -> Iterator[Trap]:
    with trap() as server:
        yield server


class Watched(CdnFetcher):
    """Writes down what it is asked for."""

    def __init__(self, names: Names) -> None:
        super().__init__(resolve=names)
        self.names = names
        self.urls: list[str] = []

    async def fetch(self, url: str) -> AsyncGenerator[bytes, None]:
        self.urls.append(url)
        async for chunk in super().fetch(url):
            yield chunk


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    item = payload("constructed_v1_item_photo_plain.json")
    item |= {"pk": PK, "id": f"{PK}_{PUBLIC}"}
    item["image_versions2"]["candidates"] = [{"url": URL, "width": 1080, "height": 1920}]
    owner = {"pk": PUBLIC, "username": "acme_wild", "full_name": "", "is_private": False}
    document = {"reel": {"id": PUBLIC, "user": owner, "items": [item | {"user": owner}]}}
    (sighting,) = read_capture(document, source="test", seen_at=NOW).sightings
    async with open_rig(tmp_path) as opened:
        await opened.shelves.archive.record(sighting)
        yield opened


@pytest.fixture
async def watched(rig: Rig) -> AsyncIterator[Watched]:
    fetcher = Watched(Names(["127.0.0.1"]))
    rig.app.api._media._keeper._fetcher = fetcher
    yield fetcher
    await fetcher.aclose()


async def test_a_hostile_address_is_refused_and_nobody_is_asked(
    rig: Rig, watched: Watched, inside: Trap
) -> None:
    for what, address in HOSTILE.items():
        url = aimed(address, inside.port, KNOWN)
        answer = await rig.get(DOWNLOAD + quote(url, safe="", errors="surrogatepass"))
        assert answer.status in (400, 404), what
        assert answer.json()["exc_type"] in ("ValidationError", "MediaNotFound"), what
    assert ([], []) == (watched.urls, watched.names.asked)
    assert 0 == inside.connections()


async def test_the_address_of_a_known_story_is_asked(rig: Rig, watched: Watched) -> None:
    """Else the test above would show nothing.  Its name leads inside here: nobody is reached."""
    answer = await rig.get(DOWNLOAD + quote(URL, safe=""))
    assert (503, "SourceUnavailable") == (answer.status, answer.json()["exc_type"])
    assert "not public" in answer.json()["detail"]
    assert ([URL], ["scontent.cdninstagram.com"]) == (watched.urls, watched.names.asked)


async def test_a_name_that_no_story_has_is_not_asked(rig: Rig, watched: Watched) -> None:
    answer = await rig.get(DOWNLOAD + quote("https://a.fbcdn.net/nobody.jpg", safe=""))
    assert (404, "MediaNotFound") == (answer.status, answer.json()["exc_type"])
    assert [] == watched.urls
