"""What was erased is not recorded again, whoever saw it; everything else is as it was."""

from typing import Any

import pytest
from msgspec import json, structs

from storykeep.core.media import KeptFile, MediaFile, Wanted
from storykeep.core.mentions import MASK, word_of_name, word_of_story, word_of_user
from storykeep.core.model import Story, StoryMention, UserShort, decode_story
from storykeep.core.ports import Archive, Recorded
from storykeep.core.sighting import Problem, SeenStory
from tests.making import ACME, RIVAL, T0, make_seen, make_sighting, make_story, make_user
from tests.ports.adapters import condemn, pks, queue_of

RIVALS = make_user(RIVAL, "rival")
NOT_KEPT = "erased: not kept"


def mentioning(pk: int, *who: UserShort, user: UserShort | None = None) -> SeenStory:
    """Return a story that mentions accounts, in the Story and in the item."""
    mentions = [StoryMention(user=each, x=0.5) for each in who]
    story = make_story(pk, user=user, mentions=mentions)
    named = [{"user": structs.asdict(each), "x": 0.5} for each in who]
    item = {"pk": pk, "reel_mentions": named, "caption": {"text": "seen"}}
    return make_seen(story, raw=json.encode(item))


async def story_of(archive: Archive, pk: int) -> Story:
    kept = await archive.story(pk)
    assert kept is not None
    return decode_story(kept.wire)


async def test_nothing_is_erased_at_first(archive: Archive) -> None:
    sighting = make_sighting(make_story(1))
    assert not await archive.is_erased(user_pk=ACME, username="acme", story_pk=1)
    assert await archive.admit(sighting) is sighting


@pytest.mark.parametrize("word", [word_of_user(ACME), word_of_name("acme")])
async def test_an_erased_account_is_refused_whole(archive: Archive, word: str) -> None:
    """By its number or its name; and so it is the second time."""
    await condemn(archive, {word: "account"})
    sighting = make_sighting(make_story(1), make_story(2))
    for _ in range(2):
        refused = Recorded(0, 0, (Problem("user", NOT_KEPT),))
        assert refused == await archive.record(sighting)
    assert await archive.admit(sighting) is None
    assert await archive.account("acme") is None
    assert await archive.profile(ACME) is None
    assert await archive.reel(ACME, T0) is None
    assert await archive.story(1) is None
    assert 0 == await archive.privacy_told_at(ACME)


async def test_it_is_told_by_each_of_its_words(archive: Archive) -> None:
    await condemn(
        archive,
        {word_of_user(ACME): "account", word_of_name("acme"): "account", word_of_story(1): "story"},
    )
    assert await archive.is_erased(user_pk=ACME)
    assert await archive.is_erased(username="acme")
    assert await archive.is_erased(story_pk=1)
    assert await archive.is_erased(user_pk=RIVAL, username="acme")
    assert not await archive.is_erased(user_pk=RIVAL, username="rival", story_pk=2)
    assert not await archive.is_erased()


async def test_who_is_only_not_to_be_mentioned_may_be_asked_for(archive: Archive) -> None:
    """And their own stories are kept, with their own name."""
    words = {word_of_user(ACME): "mentions", word_of_name("acme"): "mentions"}
    await condemn(archive, words)  # type: ignore[arg-type]
    assert not await archive.is_erased(user_pk=ACME, username="acme")
    sighting = make_sighting(make_story(1), envelope=json.encode({"user": {"pk": ACME}}))
    assert await archive.admit(sighting) is sighting
    assert Recorded(1, 0) == await archive.record(sighting)
    assert "acme" == (await story_of(archive, 1)).user.username


async def test_of_a_sighting_only_the_erased_story_is_left_out(archive: Archive) -> None:
    await condemn(archive, {word_of_story(1): "story"})
    sighting = make_sighting(make_story(1), make_story(2))
    problem = Problem("pk", NOT_KEPT, "1")
    assert Recorded(1, 0, (problem,)) == await archive.record(sighting)
    assert Recorded(0, 1, (problem,)) == await archive.record(sighting)
    assert [2] == await pks(archive, T0)
    assert await archive.story(1) is None


@pytest.mark.parametrize("scope", ["account", "mentions"])
async def test_what_others_say_of_the_erased_is_cut(archive: Archive, scope: Any) -> None:
    await condemn(archive, {word_of_user(RIVAL): scope, word_of_name("rival"): scope})
    friend = make_user(RIVAL + 1, "friend")
    await archive.record(make_sighting(mentioning(1, RIVALS, friend)))
    assert ["friend"] == [each.user.username for each in (await story_of(archive, 1)).mentions]


async def test_what_an_account_says_of_itself_is_cut_too(archive: Archive) -> None:
    await condemn(archive, {word_of_name("rival"): "mentions"})
    await archive.record(make_sighting(user=make_user(full_name="loves @rival")))
    profile = await archive.profile(ACME)
    assert profile is not None
    assert f"loves @{MASK}" == profile.user.full_name


async def test_what_is_cut_is_the_same_the_second_time(archive: Archive) -> None:
    await condemn(archive, {word_of_user(RIVAL): "mentions"})
    sighting = make_sighting(mentioning(1, RIVALS))
    assert Recorded(1, 0) == await archive.record(sighting)
    before = await archive.story(1)
    assert Recorded(0, 1) == await archive.record(sighting)
    assert before == await archive.story(1)


async def test_an_account_that_is_not_erased_is_as_it_was(archive: Archive) -> None:
    await condemn(archive, {word_of_user(RIVAL): "account"})
    sighting = make_sighting(mentioning(1, make_user(RIVAL + 1, "friend")))
    assert await archive.admit(sighting) is sighting
    assert Recorded(1, 0) == await archive.record(sighting)


async def test_no_file_of_the_erased_is_queued(archive: Archive) -> None:
    await condemn(archive, {word_of_user(RIVAL): "account", word_of_story(1): "story"})
    url = "https://scontent.cdninstagram.com/v/1_n.jpg"
    files = [Wanted(story_pk=pk, kind="image", url=url) for pk in (1, 2, 3)]
    await archive.record(make_sighting(make_story(1), make_story(2)), files[:2])
    await archive.record(make_sighting(make_story(3, user=RIVALS), user=RIVALS), files[2:])
    assert [2] == [each.story_pk for each in await queue_of(archive).list()]


async def test_a_file_is_kept_under_no_erased_name(archive: Archive) -> None:
    await condemn(archive, {word_of_name("planted.name_7"): "mentions"})
    await archive.record(make_sighting(make_story(1)))
    file = MediaFile("aa" * 32, "image/jpeg", 5)
    await archive.keep_file(KeptFile(1, "image", file, "with_planted.name_7.jpg"))
    (kept,) = await archive.files_of(1)
    assert f"with_{MASK}.jpg" == kept.name
