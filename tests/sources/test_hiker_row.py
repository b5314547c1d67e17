"""Two storykeeps in a row: the second one's origin is the first, a real server, over TLS or not."""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from storykeep.core.errors import (
    HighlightNotFound,
    PrivateAccount,
    SourceLoginRequired,
    SourceThrottled,
    SourceUnavailable,
    StoryNotFound,
    UserNotFound,
)
from storykeep.core.model import Story, encode_story
from storykeep.sources.demo import KEPT_PK, NATGEO, USERS
from storykeep.sources.hiker import HikerUpstream, create_hiker
from storykeep.testing import HandClock, MemoryArchive
from tests.payloads.loading import payload
from tests.server import FAST, Server, create_key, run, serving
from tests.sources.counted import Counted

PRIVATE, EMPTY = 4400000003, 4400000004


@pytest.fixture(scope="module", params=["https", "http"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("row")
    with serving(folder / "data", *["--tls"] * (request.param == "https")) as started:
        yield started


def authority_of(server: Server) -> Path | None:
    return server.authority if server.url.startswith("https:") else None


@asynccontextmanager
async def asking(
    server: Server,
    *,
    key: tuple[str, ...] = FAST,
    trusted: bool = True,
    drift: Counted | None = None,
) -> AsyncIterator[HikerUpstream]:
    file = server.data / "hiker_key"
    file.write_text(create_key(server.data, *key))
    scheme, _, place = server.url.partition("://")
    options = f"&ca_file={authority_of(server)}" if trusted else ""
    options = options if scheme == "https" else "&tls=off"
    hiker = create_hiker(
        f"hiker://{place}?key_file={file}{options}", drift=drift or Counted(), clock=HandClock()
    )
    try:
        yield hiker
    finally:
        await hiker.close()


async def test_what_the_first_says_the_second_hears_value_for_value(server: Server) -> None:
    drift = Counted()
    async with asking(server, drift=drift) as hiker:
        named, numbered = await hiker.user("natgeo"), await hiker.user_by_pk(NATGEO)
        reel, empty = await hiker.reel(NATGEO), await hiker.reel(EMPTY)
        kept = await hiker.story(KEPT_PK)
        verify = ssl.create_default_context(cafile=authority_of(server))
        with server.client(create_key(server.data), verify=verify) as client:
            params = {"user_id": str(NATGEO)}
            said = msgspec.json.decode(
                client.get("/v1/user/stories", params=params).content, type=list[Story]
            )
            alone = client.get("/v1/story/by/id", params={"id": str(KEPT_PK)}).content
    assert [USERS[NATGEO]] * 4 == [each.user for each in (named, numbered, reel, kept)]
    assert said == [seen.story for seen in reel.stories]
    assert alone == encode_story(kept.stories[0].story)
    assert 3 == len(said)
    assert (EMPTY, ()) == (empty.user_pk, empty.stories)
    assert None not in (reel.envelope, empty.envelope)
    assert all(file.name.startswith("demo_") for seen in reel.stories for file in seen.files)
    assert [] == drift.problems


async def test_what_was_heard_can_be_kept(server: Server) -> None:
    archive = MemoryArchive()
    async with asking(server) as hiker:
        for sighting in (await hiker.user("natgeo"), await hiker.reel(NATGEO)):
            await archive.record(sighting)
    story = sighting.stories[0]
    kept = await archive.story(story.pk)
    assert kept is not None
    assert encode_story(story.story) == kept.wire
    profile = await archive.profile(NATGEO)
    assert profile is not None
    assert USERS[NATGEO] == profile.user


async def test_highlights_are_heard_as_they_were_captured(server: Server, tmp_path: Path) -> None:
    pk, owner = 18146216698022174, {"pk": 4400000007, "username": "acme", "is_private": False}
    item = payload("constructed_v1_item_photo_plain.json")
    reel = {
        "id": f"highlight:{pk}", "reel_type": "highlight_reel", "title": "Best", "user": owner,
        "created_at": 1_760_000_000, "media_count": 1,
        "items": [item | {"user": owner, "id": f"{item['pk']}_{owner['pk']}"}],
    }  # fmt: skip
    capture = tmp_path / "capture.json"
    capture.write_bytes(msgspec.json.encode({"reels": {f"highlight:{pk}": reel}, "status": "ok"}))
    run("import", str(capture), data=server.data)
    drift = Counted()
    async with asking(server, drift=drift) as hiker:
        tray, none = await hiker.highlights(4400000007), await hiker.highlights(EMPTY)
        alone = await hiker.highlight(pk)
        with pytest.raises(UserNotFound):
            await hiker.highlights(1)
        with pytest.raises(HighlightNotFound):
            await hiker.highlight(1)
    assert ([pk], ()) == ([each.pk for each in tray.highlights], none.highlights)
    assert [(pk, (item["pk"],))] == [(each.pk, each.items) for each in alone.highlights]
    assert reel["items"] == [
        {key: value for key, value in msgspec.json.decode(seen.raw).items() if key in item}
        for seen in alone.stories
    ]
    assert [] == drift.problems
    archive = MemoryArchive()
    for sighting in (tray, alone):
        await archive.record(sighting)
    kept = await archive.highlight(pk)
    assert kept is not None
    assert ("Best", 1) == (kept.reel["title"], len(kept.items))


async def test_who_is_private_or_not_there(server: Server) -> None:
    async with asking(server) as hiker:
        assert (await hiker.user("demo_private")).user.is_private
        with pytest.raises(PrivateAccount):
            await hiker.reel(PRIVATE)
        with pytest.raises(UserNotFound):
            await hiker.user("nobody")
        with pytest.raises(UserNotFound):
            await hiker.user_by_pk(1)
        with pytest.raises(StoryNotFound):
            await hiker.story(1)


async def test_the_balance_there_is_known_here(server: Server) -> None:
    """A reel costs one unit: whether the account is private is not asked with it."""
    async with asking(server, key=("--units", "9", "--rate", "100")) as hiker:
        await hiker.check()
        balances = [hiker.balance]
        await hiker.reel(NATGEO)
        balances.append(hiker.balance)
    assert [9, 8] == balances


async def test_a_key_that_is_wrong_poor_or_too_fast_is_the_operators_trouble(
    server: Server,
) -> None:
    async with asking(server, key=("--units", "1", "--rate", "100")) as hiker:
        await hiker.reel(NATGEO)
        with pytest.raises(SourceUnavailable, match="top up"):
            await hiker.reel(NATGEO)
    async with asking(server, key=("--units", "9", "--rate", "0.001")) as hiker:
        await hiker.reel(NATGEO)
        with pytest.raises(SourceThrottled) as caught:
            await hiker.reel(NATGEO)
        assert 900 < (caught.value.retry_after or 0) <= 1000
    file = server.data / "wrong_key"
    file.write_text("wrong")
    place = server.url.partition("://")[2]
    options = f"ca_file={authority}" if (authority := authority_of(server)) else "tls=off"
    hiker = create_hiker(
        f"hiker://{place}?key_file={file}&{options}", drift=Counted(), clock=HandClock()
    )
    with pytest.raises(SourceLoginRequired, match="key_file"):
        await hiker.check()
    await hiker.close()


@pytest.mark.parametrize("server", ["https"], indirect=True)
async def test_a_server_that_cannot_prove_who_it_is_is_shown_no_key(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))  # which is for others
    async with asking(server, trusted=False) as hiker:
        with pytest.raises(SourceUnavailable, match="certificate"):
            await hiker.check()


async def test_http_and_https_are_not_mixed_up(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "hiker_key"
    file.write_text("any")
    tls = "off" if server.url.startswith("https") else "on"
    place = server.url.partition("://")[2]
    hiker = create_hiker(
        f"hiker://{place}?key_file={file}&tls={tls}", drift=Counted(), clock=HandClock()
    )
    with pytest.raises(SourceUnavailable):
        await hiker.check()
    await hiker.close()
