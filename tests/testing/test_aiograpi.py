"""The real aiograpi 2.1.2 makes its calls against the fake Instagram."""

import logging
from typing import Any

import httpx
import orjson
import pytest
from aiograpi import exceptions as error

from storykeep.core.extract import read_capture
from storykeep.testing.clock import HandClock
from storykeep.testing.instagram import (
    SESSION,
    STICKERS,
    FakeInstagram,
    create_world,
    rewriting_transport,
)
from tests.core.test_extract_differential import assert_same
from tests.payloads.loading import shared
from tests.testing.rig import aiograpi

WILD, QUIET, CLOSED, FRIEND = "4400000001", "4400000002", "4400000003", "4400000009"
REEL = f"feed/user/{WILD}/story/"


@pytest.fixture(autouse=True)
def unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library reads JSON by a change of httpx, which our own client undoes for its process.

    And it logs bodies at ERROR; here they are what was ordered.
    """
    monkeypatch.setattr(httpx.Response, "json", lambda self: orjson.loads(self.content))
    logging.getLogger("private_request").setLevel(logging.CRITICAL)
    logging.getLogger("aiograpi").setLevel(logging.CRITICAL)


async def test_accounts_by_name_and_by_number() -> None:
    async with FakeInstagram() as instagram, aiograpi(instagram.origin) as client:
        assert WILD == await client.user_id_from_username("Acme_Wild")
        assert (await client.user_info_v1(CLOSED)).is_private
        assert [
            "i.instagram.com/api/v1/users/acme_wild/usernameinfo/",
            f"i.instagram.com/api/v1/users/{CLOSED}/info/",
        ] == [request.place for request in instagram.requests]
        with pytest.raises(error.UserNotFound):
            await client.user_info_v1("1")


async def test_stories_leave_the_reel_after_a_day() -> None:
    """A private account that is not followed has none either, and that is no error."""
    clock = HandClock()
    async with (
        FakeInstagram(create_world(clock)) as instagram,
        aiograpi(instagram.origin) as client,
    ):
        found = {pk: len(await client.user_stories_v1(pk)) for pk in (WILD, QUIET, CLOSED, FRIEND)}
        assert {WILD: len(STICKERS) + 1, QUIET: 0, CLOSED: 0, FRIEND: 1} == found
        clock.turn(86_400 - 3_601)
        assert 1 == len(await client.user_stories_v1(WILD))
        clock.turn(1)
        assert [] == await client.user_stories_v1(WILD)
        assert [] == instagram.marks


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # the library's own
async def test_one_story_a_highlight_and_a_file() -> None:
    async with FakeInstagram() as instagram, aiograpi(instagram.origin) as client:
        (story,) = await client.user_stories_v1(FRIEND)
        assert story.id == (await client.media_info_v1(story.pk)).id
        assert story.pk == (await client.story_info(story.pk, use_cache=False)).pk
        (highlight,) = await client.user_highlights_v1(WILD)
        assert ("Best of", 1, []) == (highlight.title, highlight.media_count, highlight.items)
        assert 1 == len((await client.highlight_info_v1(highlight.pk)).items)
        with pytest.raises(error.HighlightNotFound):
            await client.highlight_info_v1("1")
        with pytest.raises(error.MediaNotFound):
            await client.media_info_v1("1")
        address = await client.public.get(str(story.video_url))
        assert b"ftyp" == address.content[4:8]


async def test_our_mapper_finds_nothing_to_complain_about_and_agrees_with_the_library() -> None:
    async with FakeInstagram() as instagram, aiograpi(instagram.origin) as client:
        answer = await client.private_request(REEL)
        captured = read_capture(answer, source="instagram", seen_at=0)
        assert () == captured.problems
        (sighting,) = captured.sightings
        assert "acme_wild" == sighting.user.username
        assert len(STICKERS) + 1 == len(sighting.stories)
        assert 1 == sum(story.is_close_friends for story in sighting.stories)
        for item in answer["reel"]["items"]:
            item.pop("story_bloks_stickers", None)  # the library does not read them
            assert_same(item)


async def test_a_captured_reel_passes_as_it_is() -> None:
    items = shared("real_ig_v1_user_story_natgeo_2026-04.json")["reel"]["items"]
    clock = HandClock(items[-1]["taken_at"] + 60)
    async with (
        FakeInstagram(create_world(clock)) as instagram,
        aiograpi(instagram.origin) as client,
    ):
        account = instagram.world.account("acme_wild")
        assert account is not None
        account.stories = items
        answer = await client.private_request(REEL)
        assert items == answer["reel"]["items"]


EXCEPTIONS: dict[str, Any] = {
    "user_not_found": error.ClientNotFoundError,
    "media_unavailable": error.MediaUnavailable,
    "media_deleted": error.MediaUnavailable,
    "private_account": error.PrivateAccount,
    "invalid_target_user": error.InvalidTargetUser,
    "invalid_media_id": error.InvalidMediaId,
    "login_required": error.LoginRequired,
    "challenge_required": error.ChallengeRequired,
    "account_suspended": error.AccountSuspended,
    "checkpoint_required": error.CheckpointRequired,
    "consent_required": error.ConsentRequired,
    "geoblock_required": error.GeoBlockRequired,
    "masked_challenge": error.ChallengeRequired,
    "feedback_required": error.FeedbackRequired,
    "please_wait": error.PleaseWaitFewMinutes,
    "please_wait_400": error.PleaseWaitFewMinutes,
    "please_wait_429": error.PleaseWaitFewMinutes,
    "throttled": error.ClientThrottledError,
    "rate_limit": error.RateLimitError,
    "sentry_block": error.SentryBlock,
    "needs_upgrade": error.ClientNeedsUpgradeError,
    "address_blocked": error.ProxyAddressIsBlocked,
    "unauthorized": error.ClientUnauthorizedError,
    "forbidden": error.ClientForbiddenError,
    "request_timeout": error.ClientRequestTimeout,
    "status_fail": error.ClientStatusFail,
    "html": error.ClientJSONDecodeError,
    "truncated": error.ClientJSONDecodeError,
    "wrong_encoding": error.ClientJSONDecodeError,
    "server_error": error.ClientUnknownError,
    "bad_gateway": error.ClientUnknownError,
    "unavailable": error.ClientUnknownError,
    "cut": error.ClientIncompleteReadError,
    "reset": error.ClientUnknownError,
    "not_gzip": error.ClientUnknownError,
}


async def test_every_failure_raises_what_it_raises_on_instagram() -> None:
    """Once; the next answer is the true one again."""
    raised: dict[str, Any] = {}
    async with FakeInstagram() as instagram, aiograpi(instagram.origin) as client:
        for kind in EXCEPTIONS:
            instagram.fail("feed/user/", kind, times=1)
            try:
                # Its public sibling waits before it repeats some.
                await client._send_private_request(REEL)
            except error.ClientError as caught:
                raised[kind] = type(caught)
        assert EXCEPTIONS == raised
        assert len(EXCEPTIONS) == instagram.count(REEL)
        assert len(STICKERS) + 1 == len(await client.user_stories_v1(WILD))


async def test_a_dead_session_and_no_session() -> None:
    async with FakeInstagram() as instagram:
        async with aiograpi(instagram.origin, session="42%3Aanother") as client:
            with pytest.raises(error.LoginRequired):
                await client.user_stories_v1(WILD)
        async with aiograpi(instagram.origin) as client:
            instagram.world.sessions.remove(SESSION)
            with pytest.raises(error.LoginRequired):
                await client.user_stories_v1(WILD)


async def test_what_hangs_times_out() -> None:
    async with FakeInstagram() as instagram, aiograpi(instagram.origin) as client:
        client.read_timeout = 0.01
        instagram.fail("feed/user/", "hang")
        with pytest.raises(error.ClientUnknownError):
            await client.user_stories_v1(WILD)


async def test_a_redirect_leads_where_it_says() -> None:
    async with FakeInstagram() as instagram, aiograpi(instagram.origin) as client:
        there = {"Location": "https://i.instagram.com/challenge/"}
        instagram.fail("feed/user/", "redirect", headers=there)
        with pytest.raises(error.ClientError):
            await client.user_stories_v1(WILD)
        assert "i.instagram.com/challenge/" == instagram.requests[-1].place


def test_the_transport_needs_no_library() -> None:
    """It is made from whatever carries the requests."""
    assert rewriting_transport("http://127.0.0.1:1", object())
