"""The operator's own accounts and their stories, as the Graph API tells them; and no others."""

import json
from typing import Any

import pytest

from storykeep.core.errors import (
    SourceDrift,
    SourceUnaware,
)
from storykeep.core.model import encode_story
from storykeep.core.sighting import DAY
from storykeep.core.upstream import Upstream
from storykeep.testing import MemoryArchive
from storykeep.testing.instagram import TOKEN, Answer
from tests.making import T0
from tests.sources.graph.rig import GRAPH_ID, PK, STORIES, Rig


async def test_an_account_is_known_by_its_own_number(rig: Rig) -> None:
    upstream: Upstream = rig.graph
    named, numbered = await upstream.user("acme_wild"), await upstream.user_by_pk(PK)
    assert named == numbered
    user = named.user
    assert (str(PK), "acme_wild", "Acme Wild") == (user.pk, user.username, user.full_name)
    assert (False, None) == (user.is_private, user.is_verified)
    assert (user.profile_pic_url or "").startswith("https://")
    assert ("graph", T0, (), None) == (named.source, named.seen_at, named.stories, named.envelope)
    assert 1 == len(rig.asked)


async def test_what_is_a_minute_old_is_asked_again_and_names_once_an_hour(rig: Rig) -> None:
    await rig.graph.user("acme_wild")
    rig.clock.turn(61)
    assert T0 + 61 == (await rig.graph.user("acme_wild")).seen_at
    account = rig.instagram.world.account(PK)
    assert account is not None
    account.username = "acme_wilder"
    with pytest.raises(SourceUnaware):
        await rig.graph.user("acme_wilder")
    rig.clock.turn(3601)
    assert str(PK) == (await rig.graph.user("acme_wilder")).user.pk
    assert 3 == len(rig.asked)


async def test_a_reel_is_the_stories_of_the_last_day(rig: Rig) -> None:
    account = rig.instagram.world.account(PK)
    assert account is not None
    sighting = await rig.graph.reel(PK)
    truth = {int(item["pk"]): item for item in account.stories}
    assert truth.keys() == {seen.pk for seen in sighting.stories}
    for seen in sighting.stories:
        item, story = truth[seen.pk], seen.story
        assert (item["taken_at"], item["code"]) == (seen.taken_at, story.code)
        assert (f"{seen.pk}_{PK}", "story") == (story.id, story.product_type)
        assert ("acme_wild", "Acme Wild") == (story.user.username, story.user.full_name)
        is_video = item["media_type"] == 2
        assert (item["media_type"], is_video) == (story.media_type, story.video_url is not None)
        assert (None if is_video else 0.0) == story.video_duration
        assert story.thumbnail_url
        assert [[]] * 7 == [
            story.sponsor_tags, story.mentions, story.links, story.hashtags, story.locations,
            story.stickers, story.medias,
        ]  # fmt: skip
        assert ("graph", seen.taken_at + DAY) == (seen.dialect, seen.expiring_at)
        assert str(item["fbid"]) == json.loads(seen.raw)["id"]
    assert {"answer": {}, "reel": None, "dialect": "graph"} == json.loads(sighting.envelope or b"")
    assert [] == rig.drift.problems
    assert 2 == len(rig.asked)


async def test_an_empty_reel_is_one_and_its_owner_is_known(rig: Rig) -> None:
    rig.clock.turn(DAY)
    sighting = await rig.graph.reel(PK)
    assert ((), "acme_wild") == (sighting.stories, sighting.user.username)
    assert None is not sighting.envelope


async def test_a_video_whose_file_is_withheld_has_none(rig: Rig) -> None:
    account = rig.instagram.world.account(PK)
    assert account is not None
    account.stories.clear()
    account.post(T0 - 60, "music", is_video=True)
    (seen,) = (await rig.graph.reel(PK)).stories
    assert (2, None, True) == (
        seen.story.media_type, seen.story.video_url, seen.story.thumbnail_url is not None,
    )  # fmt: skip


async def test_what_it_tells_can_be_kept_and_gives_way_to_who_knows_more(rig: Rig) -> None:
    archive = MemoryArchive()
    sighting = await rig.graph.reel(PK)
    await archive.record(sighting)
    seen = sighting.stories[0]
    kept = await archive.story(seen.pk)
    assert kept is not None
    assert encode_story(seen.story) == kept.wire


async def test_a_story_is_found_in_its_reel(rig: Rig) -> None:
    account = rig.instagram.world.account(PK)
    assert account is not None
    pk = int(account.stories[3]["pk"])
    for username in ("acme_wild", None):
        sighting = await rig.graph.story(pk, username)
        assert pk in {seen.pk for seen in sighting.stories}
        assert None is not sighting.envelope


async def test_of_others_it_cannot_tell_and_asks_nobody(rig: Rig) -> None:
    """Nor of a story that is too old to be told, which is no proof that there is none."""
    account = rig.instagram.world.account(PK)
    assert account is not None
    old = int(account.highlights[0].items[0]["pk"])
    await rig.graph.check()
    for ask in (
        rig.graph.user("acme_quiet"),
        rig.graph.user_by_pk(4400000002),
        rig.graph.reel(4400000002),
        rig.graph.story(old, "acme_wild"),
        rig.graph.story(int(account.stories[0]["pk"]), "acme_quiet"),
    ):
        with pytest.raises(SourceUnaware, match="its own accounts"):
            await ask
    with pytest.raises(SourceUnaware, match="one by one"):
        await rig.graph.reels([PK, 4400000002])
    assert 1 == len(rig.asked)


async def test_many_stories_are_told_in_pages(rig: Rig) -> None:
    """And of the addresses of the pages, which hold the token, nothing is kept."""
    told = [await rig.graph.reel(PK)]
    whole = (
        await rig.graph._ask(
            f"{GRAPH_ID}/stories", fields="id,permalink,timestamp,media_type,username"
        )
    )["data"]
    pages: list[Any] = [
        {
            "data": whole[:2],
            "paging": {"cursors": {"after": "c1"}, "next": f"https://x/?access_token={TOKEN}"},
        },
        {"data": whole[2:], "paging": {"cursors": {"after": "c2"}}},
    ]
    for page in pages:
        rig.instagram.fail(
            STORIES,
            Answer(200, json.dumps(page).encode(), {"Content-Type": "application/json"}),
            times=1,
        )
    told.append(await rig.graph.reel(PK))
    assert [seen.pk for seen in told[0].stories] == [seen.pk for seen in told[1].stories]
    assert "c1" == rig.instagram.requests[-1].query["after"]
    assert TOKEN not in str(told)


async def test_pages_without_end_are_given_up(rig: Rig) -> None:
    page = {"data": [{}], "paging": {"cursors": {"after": "c"}, "next": "https://x/"}}
    rig.instagram.fail(STORIES, Answer(200, json.dumps(page).encode(), {}))
    with pytest.raises(SourceDrift, match="end"):
        await rig.graph.reel(PK)
    assert 11 == len(rig.asked)
