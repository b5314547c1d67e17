"""Stories by id, by address and of an account: who may be served, and what is not even asked."""

import pytest

from storykeep.core.errors import (
    InvalidValue,
    PrivateAccount,
    SourceUnavailable,
    StorykeepError,
    StoryNotFound,
    UserNotFound,
)
from storykeep.core.ids import MAX_PK
from storykeep.core.ports import Account, KeptStory, Reel, create_reel
from storykeep.service.stories import Stories
from storykeep.testing import ScriptedSource
from tests.making import ACME, RIVAL, T0

PUBLIC, PRIVATE = Account(ACME, "acme", is_private=False), Account(RIVAL, "rival", is_private=True)
REEL, HIDDEN_REEL = create_reel(PUBLIC, [b'{"pk":1}']), create_reel(PRIVATE, [])
PAGE = "https://www.instagram.com/stories"
SHARE = "https://www.instagram.com/s/aGlnaGxpZ2h0OjE3ODYzMDU5MTMyOTA2MTI2?story_media_id="


def make_kept(pk: int, account: Account = PUBLIC, *, is_close_friends: bool = False) -> KeptStory:
    return KeptStory(pk, account, T0, T0 + 1, is_close_friends=is_close_friends, wire=b"{}")


OPEN, OF_PRIVATE = make_kept(1), make_kept(2, PRIVATE)
CLOSE, CLOSE_OF_PRIVATE = (
    make_kept(3, is_close_friends=True),
    make_kept(4, PRIVATE, is_close_friends=True),
)


@pytest.fixture
def source() -> ScriptedSource:
    return ScriptedSource(
        users={"acme": PUBLIC, "rival": PRIVATE},
        reels={ACME: REEL, RIVAL: HIDDEN_REEL},
        stories={kept.pk: kept for kept in (OPEN, OF_PRIVATE, CLOSE, CLOSE_OF_PRIVATE)},
        otherwise=SourceUnavailable(),
    )


@pytest.fixture
def stories(source: ScriptedSource) -> Stories:
    return Stories(source)


# ---------------------------------------------------------------------------------- a story


@pytest.mark.parametrize("story_id", ["1", f"1_{ACME}", "0001", f"1_000{ACME}"])
async def test_a_story_is_found_by_its_id(stories: Stories, story_id: str) -> None:
    assert OPEN == await stories.by_id(story_id)


@pytest.mark.parametrize(
    "url",
    [
        f"{PAGE}/acme/1/",
        f"{PAGE}/acme_before/1",
        f"{PAGE}/{ACME}/1/",
        f"{PAGE}/rival/1/?igsh=x",
        f"{SHARE}1_{ACME}",
        f"{SHARE}1",
    ],
)
async def test_a_story_is_found_by_its_address(stories: Stories, url: str) -> None:
    """The name does not matter: accounts are renamed, pks are not."""
    assert OPEN == await stories.by_url(url)


@pytest.mark.parametrize("pk", [MAX_PK + 1, 2**64, int("9" * 40)])
async def test_a_number_that_no_story_can_have_is_not_asked_for(
    stories: Stories, source: ScriptedSource, pk: int
) -> None:
    for asked in (stories.by_id(str(pk)), stories.by_id(f"{pk}_{ACME}")):
        with pytest.raises(StoryNotFound):
            await asked
    for asked in (stories.by_url(f"{PAGE}/acme/{pk}/"), stories.by_url(f"{SHARE}{pk}_{ACME}")):
        with pytest.raises(StoryNotFound):
            await asked
    assert [] == source.asked


async def test_the_largest_number_is_asked_for(stories: Stories, source: ScriptedSource) -> None:
    with pytest.raises(SourceUnavailable):
        await stories.by_id(str(MAX_PK))
    assert [("story", MAX_PK)] == source.asked


@pytest.mark.parametrize("owner", [RIVAL, 0, MAX_PK + 1, int("9" * 40)])
async def test_an_id_with_another_owner_is_no_story(stories: Stories, owner: int) -> None:
    for asked in (stories.by_id(f"1_{owner}"), stories.by_url(f"{SHARE}1_{owner}")):
        with pytest.raises(StoryNotFound, match="another account's"):
            await asked


async def test_an_id_with_another_owner_does_not_tell_that_the_account_is_private(
    stories: Stories,
) -> None:
    with pytest.raises(StoryNotFound):
        await stories.by_id(f"2_{ACME}")


@pytest.mark.parametrize("story_id", ["", "x", "-1", "1_", "1_2_3", "1" * 41, "DW38ZhqiKax"])
async def test_what_is_no_id_is_not_asked_for(
    stories: Stories, source: ScriptedSource, story_id: str
) -> None:
    with pytest.raises(InvalidValue):
        await stories.by_id(story_id)
    assert [] == source.asked


@pytest.mark.parametrize(
    "url", ["", "1", "https://evil.test/stories/acme/1/", f"{PAGE}/highlights/1/", f"{PAGE}/acme/"]
)
async def test_what_is_no_address_is_not_asked_for(
    stories: Stories, source: ScriptedSource, url: str
) -> None:
    with pytest.raises(InvalidValue):
        await stories.by_url(url)
    assert [] == source.asked


@pytest.mark.parametrize(
    ("pk", "error"), [(2, PrivateAccount), (3, StoryNotFound), (4, StoryNotFound)]
)
async def test_what_may_not_be_served_is_served_by_no_route(
    stories: Stories, pk: int, error: type[StorykeepError]
) -> None:
    """Of a private account that it is private; of close friends not even that it is there."""
    owner = RIVAL if pk in (2, 4) else ACME
    routes = (
        stories.by_id(str(pk)),
        stories.by_id(f"{pk}_{owner}"),
        stories.by_url(f"{PAGE}/acme/{pk}/"),
        stories.by_url(f"{SHARE}{pk}_{owner}"),
    )
    for route in routes:
        with pytest.raises(error) as raised:
            await route
        assert error.default_message() == str(raised.value)


@pytest.mark.parametrize("error", [StoryNotFound(), SourceUnavailable(), KeyError("x")])
async def test_what_the_source_raises_is_what_the_caller_gets(error: Exception) -> None:
    stories = Stories(ScriptedSource(stories={1: error}))
    with pytest.raises(type(error)):
        await stories.by_id("1")


# ----------------------------------------------------------------------------------------- a reel


async def answers(stories: Stories, at: int | None) -> list[Reel]:
    return [await stories.of_user(str(ACME), at), await stories.of_username("acme", at)]


@pytest.mark.parametrize("at", [None, 0, T0])
async def test_a_reel_is_that_of_the_moment_that_was_asked_about(
    stories: Stories, source: ScriptedSource, at: int | None
) -> None:
    assert [REEL, REEL] == await answers(stories, at)
    question = ("user_stories", ACME, at)
    assert [question, ("user", "acme"), question] == source.asked


@pytest.mark.parametrize("username", ["acme", "ACME", "@acme", "@Acme"])
async def test_a_name_may_be_written_in_several_ways(stories: Stories, username: str) -> None:
    assert REEL == await stories.of_username(username)


async def test_a_private_account_is_refused_by_its_pk_and_by_its_name(
    stories: Stories, source: ScriptedSource
) -> None:
    """Whoever knows the name may know of long ago: what the reel says counts."""
    with pytest.raises(PrivateAccount):
        await stories.of_user(str(RIVAL))
    source.asked.clear()
    with pytest.raises(PrivateAccount):
        await stories.of_username("rival")
    assert [("user", "rival"), ("user_stories", RIVAL, None)] == source.asked


async def test_an_account_that_is_private_no_more_is_served_by_its_name() -> None:
    source = ScriptedSource(
        users={"acme": PUBLIC._replace(is_private=True)}, reels={ACME: create_reel(PUBLIC, [])}
    )
    assert "acme" == (await Stories(source).of_username("acme")).account.username


async def test_an_account_that_the_reel_says_is_private_is_refused_too() -> None:
    """The name may have been looked up elsewhere, and before."""
    reel = create_reel(PUBLIC._replace(is_private=True), [b"{}"])
    with pytest.raises(PrivateAccount):
        await Stories(ScriptedSource(users={"acme": PUBLIC}, reels={ACME: reel})).of_username(
            "acme"
        )


async def test_an_account_number_that_nobody_can_have_is_not_asked_for(
    stories: Stories, source: ScriptedSource
) -> None:
    for pk in (MAX_PK + 1, int("9" * 40)):
        with pytest.raises(UserNotFound):
            await stories.of_user(str(pk))
    assert [] == source.asked


@pytest.mark.parametrize("user_id", ["", "acme", "-1", "1_2", "1.0", "1" * 41])
async def test_what_is_no_account_number_is_not_asked_for(
    stories: Stories, source: ScriptedSource, user_id: str
) -> None:
    with pytest.raises(InvalidValue):
        await stories.of_user(user_id)
    assert [] == source.asked


@pytest.mark.parametrize("username", ["", "@", "a b", "a" * 31, "ä", "../acme"])
async def test_what_is_no_name_is_not_asked_for(
    stories: Stories, source: ScriptedSource, username: str
) -> None:
    with pytest.raises(InvalidValue):
        await stories.of_username(username)
    assert [] == source.asked


async def test_the_first_so_many_of_a_reel_are_the_oldest() -> None:
    reel = create_reel(PUBLIC, [b"1", b"2", b"3"])
    bodies = {amount: reel.first(amount) for amount in (0, 1, 2, 3, 4, 10**30)}
    assert {0: b"[1,2,3]", 1: b"[1]", 2: b"[1,2]"} == {n: bodies[n] for n in (0, 1, 2)}
    assert {b"[1,2,3]"} == {bodies[n] for n in (0, 3, 4, 10**30)}
    assert b"[]" == create_reel(PUBLIC, []).first(5)
