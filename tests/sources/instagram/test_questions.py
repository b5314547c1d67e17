"""Each question is one request, and what it is answered with is read by our own mapper."""

from typing import Any

import pytest
from msgspec import json

from storykeep.core.errors import SourceDrift, StoryNotFound, UserNotFound
from storykeep.core.extract import read_live
from storykeep.core.upstream import Upstream
from storykeep.sources.instagram.upstream import InstagramUpstream
from storykeep.testing.instagram import STICKERS, create_world
from tests.payloads.loading import CONSTRUCTED_ITEMS, payload, shared
from tests.sources.instagram.rig import (
    CLOSED,
    FRIEND,
    QUIET,
    VIEWER,
    WILD,
    HeardDrift,
    Rig,
    asking,
    says,
    with_session,
)

POSTS = "ignore:Use 'content=:DeprecationWarning"  # aiograpi's own way to send a form


def places(rig: Rig) -> list[str]:
    prefix = "i.instagram.com/api/v1/"
    return [f"{each.method} {each.place.removeprefix(prefix)}" for each in rig.fake.requests]


def test_it_is_an_upstream() -> None:
    upstream: Upstream = InstagramUpstream(
        with_session(), create_world().clock, HeardDrift(), base_url="http://a", time_limit=1
    )
    assert "instagram" == upstream.name


async def test_an_account_by_name_and_by_number() -> None:
    """Either answer says whether the account is private."""
    async with asking() as rig:
        wild, closed = await rig.upstream.user("Acme_Wild"), await rig.upstream.user_by_pk(CLOSED)
        assert ("acme_wild", WILD, False) == (
            wild.user.username,
            wild.user_pk,
            wild.user.is_private,
        )
        assert ("acme_closed", True) == (closed.user.username, closed.user.is_private)
        assert (None, (), int(rig.fake.world.clock())) == (
            wild.envelope,
            wild.stories,
            wild.seen_at,
        )
        assert ["GET users/Acme_Wild/usernameinfo/", f"GET users/{CLOSED}/info/"] == places(rig)
        for seen in (wild, closed):
            page = json.decode(seen.profile or b"")
            assert seen.user.username == page["username"]
            assert {"follower_count", "hd_profile_pic_url_info"} <= page.keys()
        with pytest.raises(UserNotFound):
            await rig.upstream.user("acme_nobody")
        with pytest.raises(UserNotFound):
            await rig.upstream.user_by_pk(1)


async def test_a_reel() -> None:
    async with asking() as rig:
        reel = await rig.upstream.reel(WILD)
        assert len(STICKERS) + 1 == len(reel.stories)
        assert 1 == sum(story.is_close_friends for story in reel.stories)
        assert reel.envelope is not None
        assert reel.is_moment_exact
        assert [f"GET feed/user/{WILD}/story/"] == places(rig)
        assert "SUPPORTED_SDK_VERSIONS" in rig.fake.requests[0].query["supported_capabilities_new"]
        assert [] == rig.drift.problems


async def test_no_stories_are_a_sighting_too() -> None:
    """Instagram does not tell an empty reel from one that is closed to this session."""
    async with asking() as rig:
        for user_pk in (QUIET, CLOSED):
            reel = await rig.upstream.reel(user_pk)
            assert (user_pk, (), None) == (reel.user_pk, reel.stories, reel.user.is_private)
            assert reel.envelope is not None
        assert [] == rig.drift.problems


@pytest.mark.filterwarnings(POSTS)
async def test_many_reels_are_one_request() -> None:
    async with asking() as rig:
        reels = await rig.upstream.reels([WILD, QUIET, CLOSED, FRIEND])
        assert {WILD: len(STICKERS) + 1, FRIEND: 1} == {
            reel.user_pk: len(reel.stories) for reel in reels
        }
        assert ["POST feed/reels_media/"] == places(rig)
        assert [] == await rig.upstream.reels([])
        assert 1 == len(rig.fake.requests)


async def test_a_story_is_one_request_with_or_without_a_name() -> None:
    async with asking() as rig:
        pk = int(rig.fake.world.accounts[0].stories[0]["pk"])
        for username in (None, "acme_wild", "a_former_name"):
            sighting = await rig.upstream.story(pk, username)
            assert [pk] == [story.pk for story in sighting.stories]
            assert ("acme_wild", None) == (sighting.user.username, sighting.envelope)
        assert [f"GET media/{pk}/info/"] * 3 == places(rig)
        with pytest.raises(StoryNotFound):
            await rig.upstream.story(1)


async def test_a_post_is_no_story() -> None:
    post = {"pk": 5, "product_type": "feed", "image_versions2": {}}
    async with asking() as rig:
        for items in ([], [post]):
            rig.fake.fail("media/5/", says({"items": items, "status": "ok"}), times=1)
            with pytest.raises(StoryNotFound):
                await rig.upstream.story(5)


@pytest.mark.filterwarnings(POSTS)
async def test_nothing_leaves_a_trace_that_another_account_could_notice() -> None:
    async with asking() as rig:
        await rig.upstream.check()
        assert [f"GET users/{VIEWER}/info/"] == places(rig)
        reel = await rig.upstream.reel(WILD)
        await rig.upstream.story(reel.stories[0].pk, "acme_wild")
        await rig.upstream.reels([WILD])
        await rig.upstream.user("acme_wild")
        assert 5 == len(rig.fake.requests)
        assert [] == rig.fake.marks


@pytest.mark.parametrize(
    "name",
    ["constructed_v1_user_story_all_stickers.json", "real_ig_v1_user_story_natgeo_2026-04.json"],
)
async def test_a_reel_passes_as_it_is(name: str) -> None:
    """What comes through aiograpi is what the mapper reads in the same JSON."""
    document = shared(name) if name.startswith("real") else payload(name)
    async with asking() as rig:
        rig.fake.fail("feed/user/", says(document))
        now = int(rig.fake.world.clock())
        expected = read_live(document, source="instagram", now=now)
        assert expected.sightings[0] == await rig.upstream.reel(expected.sightings[0].user_pk)
        assert [("instagram", problem) for problem in expected.problems] == rig.drift.problems


@pytest.mark.filterwarnings(POSTS)
async def test_many_reels_pass_as_they_are() -> None:
    document = payload("constructed_v1_reels_media.json")
    async with asking() as rig:
        rig.fake.fail("feed/reels_media/", says(document))
        now = int(rig.fake.world.clock())
        expected = read_live(document, source="instagram", now=now).sightings
        assert list(expected) == await rig.upstream.reels([each.user_pk for each in expected])


async def test_a_story_passes_as_it_is() -> None:
    async with asking() as rig:
        now = int(rig.fake.world.clock())
        for name in CONSTRUCTED_ITEMS:
            item = payload(name)
            answer = {"items": [item], "num_results": 1, "status": "ok"}
            rig.fake.fail("media/", says(answer), times=1)
            (expected,) = read_live(item, source="instagram", now=now).sightings
            assert expected == await rig.upstream.story(int(item["pk"]))


NO_ANSWERS: list[Any] = [
    {"status": "ok"},
    {"reel": [], "status": "ok"},
    {"reel": {"id": 7, "reel_type": "user_reel", "items": []}, "status": "ok"},
    {"items": [{"pk": 7}], "user": {"pk": 7, "username": "b", "is_private": False}},
    {"reels": {str(WILD): {"id": WILD}}, "reels_media": [], "status": "ok"},
    {"reels": [], "status": "ok"},
]


@pytest.mark.filterwarnings(POSTS)
async def test_what_is_not_understood_is_no_answer() -> None:
    """A reel that is there and unread is not an empty one, and nobody is taken for another."""
    async with asking() as rig:
        for document in NO_ANSWERS:
            rig.fake.heal()
            rig.fake.fail("", says(document))
            for question in (
                rig.upstream.user("acme_wild"),
                rig.upstream.user_by_pk(WILD),
                rig.upstream.reel(WILD),
                rig.upstream.reels([WILD]),
                rig.upstream.story(1),
            ):
                with pytest.raises(SourceDrift, match=r"unknown shape\. The operator looks"):
                    await question


async def test_a_reel_of_which_nothing_can_be_read_is_not_empty() -> None:
    async with asking() as rig:
        reel = {"id": WILD, "user": {"pk": WILD}, "items": [{"pk": 1}]}
        rig.fake.fail("feed/user/", says({"reel": reel, "status": "ok"}))
        with pytest.raises(SourceDrift):
            await rig.upstream.reel(WILD)


async def test_what_is_new_is_counted() -> None:
    async with asking() as rig:
        story = rig.fake.world.accounts[0].stories[0]
        story["reel_mentions"] = "none of the known shapes"
        await rig.upstream.reel(WILD)
        ((source, problem),) = rig.drift.problems
        assert ("instagram", "reel_mentions") == (source, problem.field)
        rig.fake.fail("feed/user/", says({"reel": 5}))
        with pytest.raises(SourceDrift):
            await rig.upstream.reel(WILD)
        assert "answer" == rig.drift.problems[-1][1].field
