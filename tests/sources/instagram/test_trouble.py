"""Everything that Instagram can say instead of an answer: which error it is, and whose turn."""

import aiograpi.exceptions
import httpx
import pytest

from storykeep.core.errors import (
    PrivateAccount,
    SourceDrift,
    SourceError,
    SourceLoginRequired,
    SourceThrottled,
    SourceTimeout,
    SourceUnavailable,
    StorykeepError,
    StoryNotFound,
    UserNotFound,
)
from storykeep.sources.instagram.trouble import TROUBLES
from storykeep.testing.instagram import FAILURES, SESSION, STICKERS, Answer
from tests.sources.instagram.rig import NO_TIME, PATIENCE, WILD, asking, says

MATRIX: dict[str, tuple[type[StorykeepError], str]] = {
    "user_not_found": (UserNotFound, "User not found"),
    "media_not_found": (UserNotFound, "User not found"),
    "media_unavailable": (UserNotFound, "User not found"),
    "media_deleted": (UserNotFound, "User not found"),
    "invalid_target_user": (UserNotFound, "User not found"),
    "invalid_media_id": (UserNotFound, "User not found"),
    "private_account": (PrivateAccount, "private"),
    "login_required": (SourceLoginRequired, "storykeep session add"),
    "unauthorized": (SourceLoginRequired, "storykeep session add"),
    "challenge_required": (SourceLoginRequired, "challenge"),
    "masked_challenge": (SourceLoginRequired, "challenge"),
    "account_suspended": (SourceLoginRequired, "suspended"),
    "checkpoint_required": (SourceLoginRequired, "checkpoint"),
    "consent_required": (SourceLoginRequired, "consent"),
    "geoblock_required": (SourceLoginRequired, "country"),
    "sentry_block": (SourceLoginRequired, "sentry block"),
    "needs_upgrade": (SourceLoginRequired, "upgrades"),
    "address_blocked": (SourceLoginRequired, "address"),
    "feedback_required": (SourceThrottled, "limits"),
    "please_wait": (SourceThrottled, "wait a few minutes"),
    "please_wait_400": (SourceThrottled, "wait a few minutes"),
    "please_wait_429": (SourceThrottled, "wait a few minutes"),
    "throttled": (SourceThrottled, "429"),
    "rate_limit": (SourceThrottled, "rate limit"),
    "forbidden": (SourceThrottled, "403"),
    "expired": (SourceThrottled, "403"),
    "request_timeout": (SourceTimeout, "408"),
    "status_fail": (SourceUnavailable, "failed"),
    "server_error": (SourceUnavailable, "in trouble"),
    "bad_gateway": (SourceUnavailable, "in trouble"),
    "unavailable": (SourceUnavailable, "in trouble"),
    "gone": (SourceUnavailable, "in trouble"),
    "reset": (SourceUnavailable, "reached"),
    "cut": (SourceUnavailable, "reached"),
    "no_such_path": (SourceDrift, "404"),
    "bad_query": (SourceDrift, "400"),
    "too_many_reels": (SourceDrift, "400"),
    "html": (SourceDrift, "no JSON"),
    "truncated": (SourceDrift, "no JSON"),
    "wrong_encoding": (SourceDrift, "no JSON"),
    "not_gzip": (SourceDrift, "unpacked"),
    "redirect": (SourceDrift, "elsewhere"),
    "huge": (SourceDrift, "did not end"),
    "hang": (SourceTimeout, "too long"),
    "drip": (SourceTimeout, "too long"),
}
ENDLESS = ("hang", "drip")


def test_the_matrix_is_whole() -> None:
    """But for what only the Graph API says."""
    assert {name for name in FAILURES if not name.startswith("graph")} == set(MATRIX)


async def test_every_failure_is_one_request_and_has_its_name() -> None:
    """The answer after it is the true one."""
    async with asking() as rig:
        for kind, (expected, words) in MATRIX.items():
            await rig.upstream.check()
            rig.upstream._time_limit = NO_TIME if kind in ENDLESS else PATIENCE
            rig.fake.requests.clear()
            rig.fake.fail("feed/user/", kind, times=1)
            with pytest.raises(StorykeepError) as raised:
                await rig.upstream.reel(WILD)
            assert (kind, expected) == (kind, type(raised.value))
            assert len(rig.fake.requests) == 1 or kind in ENDLESS  # whose time may be up before
            assert words in str(raised.value)
            rig.upstream._time_limit = PATIENCE
        assert len(STICKERS) + 1 == len((await rig.upstream.reel(WILD)).stories)


def test_a_message_says_whose_turn_it_is() -> None:
    for kind, message in TROUBLES.values():
        assert ("The operator" in message or "Nobody" in message) == issubclass(kind, SourceError)


def test_the_table_knows_names_that_exist() -> None:
    """Of the libraries, or, in more than one word, of our own."""
    own = {"redirect", "TimeoutError", "Exception"}
    for name in TROUBLES:
        is_known = hasattr(aiograpi.exceptions, name) or hasattr(httpx, name)
        assert is_known or name in own or " " in name


WAITS = [
    ("throttled", "30", 30.0),
    ("please_wait", "600", 600.0),
    ("rate_limit", "7", 7.0),
    ("unavailable", "120", 120.0),
    ("throttled", "Wed, 21 Oct 2026 07:28:00 GMT", None),
    ("throttled", "-5", None),
    ("throttled", "", None),
]


async def test_how_long_to_wait_is_passed_on() -> None:
    async with asking() as rig:
        for kind, said, known in WAITS:
            rig.fake.fail("feed/user/", kind, times=1, headers={"Retry-After": said})
            with pytest.raises(SourceError) as raised:
                await rig.upstream.reel(WILD)
            assert (kind, known) == (kind, raised.value.retry_after)


UNEXPLAINED = [
    Answer(404, b"Not Found\n", {"Content-Type": "text/html"}),
    Answer(404),
    says({"status": "fail"}, 404),
    says({"message": "Not Found", "status": "fail"}, 404),
    says({"message": ["a", "b"]}, 404),
]


async def test_a_404_that_does_not_say_who_is_missing_is_no_missing_user() -> None:
    """A challenge may hide behind it; "not there" would be final, and charged."""
    async with asking() as rig:
        for answer in UNEXPLAINED:
            rig.fake.fail("", answer, times=2)
            for question in (rig.upstream.user("acme_wild"), rig.upstream.story(1)):
                with pytest.raises(SourceDrift, match="404"):
                    await question


async def test_the_session_is_in_trouble_where_its_own_account_is_not_found() -> None:
    async with asking() as rig:
        rig.fake.fail("users/42/", "user_not_found")
        with pytest.raises(SourceLoginRequired):
            await rig.upstream.check()


async def test_of_a_story_it_is_the_story_that_is_missing() -> None:
    async with asking() as rig:
        for kind in ("media_not_found", "media_unavailable", "media_deleted", "invalid_media_id"):
            rig.fake.fail("media/", kind, times=1)
            with pytest.raises(StoryNotFound):
                await rig.upstream.story(1)


REDIRECTS = {
    "https://www.instagram.com/accounts/login/?next=/": SourceLoginRequired,
    "https://i.instagram.com/challenge/1234/abcd/": SourceLoginRequired,
    "http://127.0.0.1:1/": SourceDrift,
}


async def test_nobody_follows_a_redirect() -> None:
    async with asking() as rig:
        for location, expected in REDIRECTS.items():
            rig.fake.fail("feed/user/", "redirect", times=1, headers={"Location": location})
            with pytest.raises(expected):
                await rig.upstream.reel(WILD)
        assert len(REDIRECTS) == len(rig.fake.requests)


async def test_json_of_another_kind_is_drift() -> None:
    async with asking() as rig:
        for body in (b"[]", b"null", b"5", b'"text"', b"[" * 100_000, b"\xff\xfe"):
            answer = Answer(200, body, {"Content-Type": "application/json"})
            rig.fake.fail("feed/user/", answer, times=1)
            with pytest.raises(SourceDrift):
                await rig.upstream.reel(WILD)


async def test_a_session_that_nobody_accepts() -> None:
    async with asking() as rig:
        rig.fake.world.sessions.remove(SESSION)
        with pytest.raises(SourceLoginRequired, match="The session was ended"):
            await rig.upstream.check()


async def test_nobody_is_there() -> None:
    async with asking() as rig:
        await rig.fake.stop()
        with pytest.raises(SourceUnavailable, match="cannot be reached"):
            await rig.upstream.check()
