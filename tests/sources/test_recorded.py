"""An upstream as a source: what it costs, what is kept of it, and what is never said."""

import asyncio
from collections.abc import Callable

import pytest
from msgspec import structs

from storykeep.core.errors import (
    PrivateAccount,
    SourceTimeout,
    SourceUnavailable,
    SourceUnaware,
    StorageError,
    StoryNotFound,
    UserNotFound,
)
from storykeep.core.media import Wanted
from storykeep.core.model import StoryMention, decode_story
from storykeep.core.ports import Recorded as Result
from storykeep.core.ports import Reel
from storykeep.core.sighting import DAY, Provenance, Sighting
from storykeep.service.stories import Stories
from storykeep.sources.archive import ArchiveSource, Fresh
from storykeep.sources.combine import Chain, Coalesced
from storykeep.sources.recorded import Recorded
from storykeep.testing import HandClock, MemoryArchive, ScriptedUpstream
from tests.making import ACME, T0, make_profile, make_seen, make_sighting, make_story, make_user


def live(*stories: object, seen_at: int = T0, **user: object) -> Sighting:
    """What an upstream answers about the account."""
    told = make_user(**{"is_private": False, **user})  # type: ignore[arg-type]
    return make_sighting(*stories, user=told, seen_at=seen_at, source="scripted")  # type: ignore[arg-type]


def told(seen_at: int = T0, **user: object) -> Sighting:
    """What an upstream answers about the account without its stories."""
    return structs.replace(live(seen_at=seen_at, **user), envelope=None)


NULL = live(is_private=None, username=None)
"""An empty reel: it says nothing of the account."""


class House:
    """``archive?fresh=60 scripted archive``, and who asks it."""

    def __init__(self) -> None:
        self.clock = HandClock(T0)
        self.archive = MemoryArchive()
        self.upstream = ScriptedUpstream(
            users={"acme": told()},
            accounts={ACME: told()},
            reels={ACME: live(make_story(1), make_story(2, T0 - 5))},
            stories={1: live(make_story(1))},
        )
        self.recorded = Recorded(self.upstream, self.archive, self.clock)
        self.source = Chain(
            Fresh(self.archive, self.clock, 60),
            Coalesced(self.recorded),
            ArchiveSource(self.archive, self.clock, is_truth=False),
        )
        self.stories = Stories(self.source)

    async def cost(self, ask: Callable[[], object]) -> list[object]:
        """What the upstream is asked for one question."""
        before = len(self.upstream.asked)
        await ask()  # type: ignore[misc]
        return [kind for kind, *_ in self.upstream.asked[before:]]


@pytest.fixture
def house() -> House:
    return House()


def pks(reel: Reel) -> list[int]:
    return [int(decode_story(wire).pk) for wire in reel.stories]


async def test_a_look_costs_what_the_vendor_bills(house: House) -> None:
    """By name: cold 2, known 2, forced 1, facts fresher than five minutes 1, fresh reel 0."""

    async def by_name() -> Reel:
        return await house.stories.of_username("acme")

    async def forced() -> Reel:
        return await house.stories.of_username("acme", is_forced=True)

    assert await house.cost(by_name) == ["user", "reel"]
    assert await house.cost(by_name) == []
    house.clock.turn(61)
    assert await house.cost(by_name) == ["reel"]
    house.clock.turn(301)
    assert await house.cost(by_name) == ["user_by_pk", "reel"]
    house.clock.turn(301)
    assert await house.cost(forced) == ["reel"]


async def test_an_empty_reel_is_known_to_be_public_before_it_is_called_empty(house: House) -> None:
    house.upstream.reels_of[ACME] = NULL
    ask = house.stories.of_user
    assert await house.cost(lambda: ask(str(ACME), is_forced=True)) == ["reel", "user_by_pk"]
    house.clock.turn(1000)
    house.upstream.accounts[ACME] = told(T0 + 1000, is_private=True)
    with pytest.raises(PrivateAccount):
        await ask(str(ACME), is_forced=True)


async def test_an_empty_reel_of_which_that_cannot_be_asked_is_not_kept(house: House) -> None:
    """Else it would be fresh, and called empty a moment later."""
    house.upstream.reels_of[ACME] = NULL
    house.upstream.accounts[ACME] = SourceTimeout()
    for _ in range(2):
        with pytest.raises(SourceTimeout):
            await house.stories.of_user(str(ACME), is_forced=True)
    house.upstream.accounts[ACME] = told(is_private=True)
    with pytest.raises(PrivateAccount):
        await house.stories.of_user(str(ACME), is_forced=True)


async def test_a_live_answer_says_so_and_is_kept(house: House) -> None:
    reel = await house.stories.of_user(str(ACME))
    assert [2, 1] == pks(reel)
    assert Provenance("scripted", T0, "live") == reel.provenance
    kept = await house.archive.reel(ACME, T0)
    assert kept is not None
    assert reel.stories == kept.stories
    again = await house.stories.of_user(str(ACME))
    assert Provenance("archive", T0, "archived") == again.provenance


async def test_an_empty_reel_is_fresh_too(house: House) -> None:
    house.upstream.reels_of[ACME] = NULL
    assert "empty" == (await house.stories.of_user(str(ACME))).provenance.outcome  # type: ignore[union-attr]
    asked = [*house.upstream.asked]
    assert [] == pks(await house.stories.of_user(str(ACME)))
    assert asked == house.upstream.asked


async def test_a_reel_shows_what_is_active_and_nothing_for_close_friends(house: House) -> None:
    hidden = make_seen(make_story(4), is_close_friends=True)
    old = make_seen(make_story(3, T0 - 2 * DAY))
    house.upstream.reels_of[ACME] = live(make_story(1), hidden, old)
    assert [1] == pks(await house.stories.of_user(str(ACME)))


async def test_a_private_account_stays_private(house: House) -> None:
    """Whether the origin says it of the account or of its reel; and it is remembered."""
    house.upstream.accounts[ACME] = told(is_private=True)
    with pytest.raises(PrivateAccount):
        await house.stories.of_user(str(ACME))
    assert house.upstream.asked == [("user_by_pk", ACME)]
    other = House()
    other.upstream.reels_of[ACME] = PrivateAccount()
    with pytest.raises(PrivateAccount):
        await other.stories.of_user(str(ACME), is_forced=True)
    other.upstream.trouble = SourceTimeout()
    with pytest.raises(PrivateAccount):
        await other.stories.of_user(str(ACME), is_forced=False)


async def test_who_was_private_is_asked_about_again_also_by_name(house: House) -> None:
    """A fresh word on it spares even a forced look; an old one opens and closes nothing."""
    house.upstream.users["acme"] = told(is_private=True)
    for _ in range(2):
        with pytest.raises(PrivateAccount):
            await house.stories.of_username("acme", is_forced=True)
    assert [("user", "acme")] == house.upstream.asked
    house.clock.turn(301)
    house.upstream.accounts[ACME] = told(T0 + 301)
    house.upstream.reels_of[ACME] = live(make_story(1), seen_at=T0 + 301)
    assert [1] == pks(await house.stories.of_username("acme"))


async def test_what_was_told_in_this_second_is_fresh_however_short_that_is() -> None:
    """The look-up by name tells of privacy too: a cold look is two questions by any setting."""
    house = House()
    house.recorded._facts_for = 0
    house.clock.turn(0.9)
    await house.stories.of_username("acme")
    assert [("user", "acme"), ("reel", ACME)] == house.upstream.asked


async def test_what_another_server_had_kept_is_stale_here_too(house: House) -> None:
    """It is no look at the whole reel: it is neither fresh here nor does its emptiness count."""
    kept = live(make_story(1), seen_at=T0 - 9)
    house.upstream.reels_of[ACME] = structs.replace(kept, envelope=None)
    reel = await house.stories.of_user(str(ACME))
    assert ([1], Provenance("scripted", T0 - 9, "stale")) == (pks(reel), reel.provenance)
    await house.stories.of_user(str(ACME))
    assert [("user_by_pk", ACME), ("reel", ACME), ("reel", ACME)] == house.upstream.asked
    house.upstream.reels_of[ACME] = told()
    with pytest.raises(SourceUnaware):
        await house.recorded.user_stories(ACME)


async def test_what_does_not_exist_is_final(house: House) -> None:
    house.upstream.users["ghost"] = UserNotFound()
    with pytest.raises(UserNotFound):
        await house.stories.of_username("ghost")
    house.upstream.stories[9] = StoryNotFound()
    with pytest.raises(StoryNotFound):
        await house.stories.by_id("9")


async def test_when_nobody_can_be_asked_the_archive_says_what_it_has_as_stale(house: House) -> None:
    await house.stories.of_user(str(ACME))
    house.clock.turn(1000)
    house.upstream.trouble = SourceTimeout()
    reel = await house.stories.of_user(str(ACME))
    assert [2, 1] == pks(reel)
    assert Provenance("archive", T0, "stale") == reel.provenance
    house.clock.turn(2 * DAY)
    with pytest.raises(SourceTimeout):
        await house.stories.of_user(str(ACME))
    assert 1 == (await house.stories.by_id("1")).pk


async def test_the_past_is_the_archives(house: House) -> None:
    await house.stories.of_user(str(ACME))
    house.clock.turn(10 * DAY)
    asked = [*house.upstream.asked]
    assert [2, 1] == pks(await house.stories.of_user(str(ACME), T0))
    assert asked == house.upstream.asked
    with pytest.raises(SourceUnaware):
        await house.recorded.user_stories(ACME, T0)


async def test_a_name_that_another_has_by_now_is_asked_for_again(house: House) -> None:
    await house.stories.of_username("acme")
    house.clock.turn(1000)
    later = T0 + 1000
    house.upstream.accounts[ACME] = told(later, username="renamed")
    house.upstream.reels_of[ACME] = live(make_story(1), seen_at=later, username="renamed")
    heir = make_user(77, "acme", is_private=False)
    house.upstream.users["acme"] = make_sighting(user=heir, seen_at=later, envelope=None)
    story = make_story(8, T0 + 900, user=heir)
    house.upstream.reels_of[77] = make_sighting(story, user=heir, seen_at=later)
    assert [8] == pks(await house.stories.of_username("acme"))


async def test_what_cannot_be_kept_is_answered_and_counted(house: House) -> None:
    async def refuse(*_: object) -> Result:
        raise StorageError

    house.archive.record = refuse  # type: ignore[method-assign,assignment]
    assert [2, 1] == pks(await house.recorded.user_stories(ACME))
    assert 2 == house.recorded.failures
    assert 1 == (await house.recorded.story(1)).pk


async def test_the_files_that_are_chosen_are_queued_with_what_was_seen(house: House) -> None:
    """Whether a reel was asked for or a single story."""
    recorded = Recorded(house.upstream, house.archive, house.clock, choose=choose_first)
    await recorded.story(1)
    assert [1] == [each.story_pk for each in await house.archive.wanted.list()]
    await recorded.user_stories(ACME)
    assert [1] == [each.story_pk for each in await house.archive.wanted.list()]
    house.upstream.reels_of[ACME] = live(make_story(7), seen_at=T0 + 1)
    await recorded.user_stories(ACME)
    assert [1, 7] == [each.story_pk for each in await house.archive.wanted.list()]


def choose_first(sighting: Sighting) -> list[Wanted]:
    return [
        Wanted(story_pk=seen.pk, kind="image", url="https://a.fbcdn.net/n.jpg")
        for seen in sighting.stories[:1]
    ]


async def test_nothing_is_queued_unless_it_is_chosen(house: House) -> None:
    await house.stories.of_user(str(ACME))
    assert [] == [*await house.archive.wanted.list()]


async def test_a_story_by_id_is_asked_for_once(house: House) -> None:
    story = await house.stories.by_id("1")
    assert Provenance("scripted", T0, "live") == story.provenance
    again = await house.stories.by_id("1")
    assert "archived" == again.provenance.outcome  # type: ignore[union-attr]
    assert [("story", 1, None)] == house.upstream.asked


async def test_a_story_that_is_gone_there_is_still_kept_here(house: House) -> None:
    await house.recorded.story(1)
    house.upstream.stories[1] = house.upstream.stories[2] = StoryNotFound()
    kept = await house.recorded.story(1)
    assert kept.provenance is not None
    assert ("archive", "archived") == (kept.provenance.source, kept.provenance.outcome)
    with pytest.raises(StoryNotFound):
        await house.recorded.story(2)


async def test_the_name_of_an_address_is_passed_on(house: House) -> None:
    await house.stories.by_url("https://www.instagram.com/stories/acme/1/")
    assert [("story", 1, "acme")] == house.upstream.asked


class Slow(ScriptedUpstream):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__(reels={ACME: live(make_story(1))})
        self.may_answer = asyncio.Event()

    async def reel(self, user_pk: int) -> Sighting:
        self.asked.append(("reel", user_pk))
        await self.may_answer.wait()
        if self.trouble is not None:
            raise self.trouble
        return self.reels_of[user_pk]  # type: ignore[return-value]


@pytest.mark.parametrize("hang_up", [range(0), range(0, 1000, 2), range(1)])
async def test_equal_questions_at_once_are_asked_once(hang_up: range) -> None:
    """Also when half of who ask hang up, or the first."""
    upstream = Slow()
    source = Coalesced(Recorded(upstream, MemoryArchive(), HandClock(T0)))
    tasks = [asyncio.create_task(source.user_stories(ACME, is_forced=True)) for _ in range(1000)]
    await asyncio.sleep(0)
    for index in hang_up:
        tasks[index].cancel()
    await asyncio.sleep(0)
    upstream.may_answer.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    reels = [answer for answer in answers if isinstance(answer, Reel)]
    assert 1000 - len(hang_up) == len(reels)
    assert {(1,)} == {tuple(pks(reel)) for reel in reels}
    assert [("reel", ACME)] == upstream.asked


async def test_a_failure_is_everybodys_and_the_next_question_a_new_one() -> None:
    upstream = Slow()
    upstream.trouble = SourceTimeout()
    source = Coalesced(Recorded(upstream, MemoryArchive(), HandClock(T0)))
    upstream.may_answer.set()
    asked = [source.user_stories(ACME, is_forced=True) for _ in range(3)]
    assert [SourceTimeout] * 3 == [
        type(error) for error in await asyncio.gather(*asked, return_exceptions=True)
    ]
    upstream.trouble = None
    assert [1] == pks(await source.user_stories(ACME, is_forced=True))


async def test_nobody_hears_of_a_failure_when_all_have_hung_up() -> None:
    """And no warning says that it was never heard of."""
    upstream = Slow()
    upstream.trouble = SourceTimeout()
    source = Coalesced(Recorded(upstream, MemoryArchive(), HandClock(T0)))
    task = asyncio.create_task(source.user_stories(ACME, is_forced=True))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    upstream.may_answer.set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert {} == source._running


# ------------------------------------------------------------------------------------ the erased


async def test_nobody_is_asked_for_an_erased_account(house: House) -> None:
    """By name, by number or by its story; it is not there."""
    house.archive.erased |= {f"user:{ACME}": "account", "name:acme": "account", "story:1": "story"}
    for ask, absent in (
        (lambda: house.stories.of_username("acme"), UserNotFound),
        (lambda: house.stories.of_user(str(ACME)), UserNotFound),
        (lambda: house.stories.of_user(str(ACME), is_forced=True), UserNotFound),
        (lambda: house.stories.profile(str(ACME)), UserNotFound),
        (lambda: house.stories.profile_of_username("acme"), UserNotFound),
        (lambda: house.stories.by_id("1"), StoryNotFound),
    ):
        with pytest.raises(absent):
            await ask()
    assert [] == house.upstream.asked


async def test_what_is_found_out_to_be_erased_is_not_shown_and_not_kept(house: House) -> None:
    """A new name of theirs, or a story that was never kept."""
    house.archive.erased |= {f"user:{ACME}": "account"}
    with pytest.raises(UserNotFound):
        await house.stories.of_username("acme")
    with pytest.raises(StoryNotFound):
        await house.stories.by_id("1")
    assert await house.archive.account("acme") is None
    assert await house.archive.story(1) is None


async def test_a_live_answer_is_without_an_erased_story(house: House) -> None:
    house.archive.erased |= {"story:1": "story"}
    assert [2] == pks(await house.stories.of_username("acme"))


async def test_a_live_answer_is_without_mentions_of_the_erased(house: House) -> None:
    house.archive.erased |= {"name:planted": "mentions"}
    mentions = [StoryMention(user=make_user(5, name)) for name in ("planted", "friend")]
    story = make_story(1, mentions=mentions)
    house.upstream.reels_of[ACME] = live(story)
    house.upstream.stories[1] = live(story)
    reel = await house.stories.of_user(str(ACME))
    kept = await house.stories.by_id("1")
    for wire in (*reel.stories, kept.wire):
        shown = [mention.user.username for mention in decode_story(wire).mentions]
        assert ["friend"] == shown


# ---------------------------------------------------------------------------------- the profiles


async def test_a_page_is_told_live_then_as_kept_and_asked_again_once_it_is_old(
    house: House,
) -> None:
    """A reel that was seen meanwhile says nothing of it."""
    page = make_profile(follower_count=1)
    house.upstream.accounts[ACME] = structs.replace(told(T0), profile=page)

    async def ask() -> None:
        told_now = await house.stories.profile(str(ACME))
        assert told_now.raw == page
        said.append(told_now.provenance and told_now.provenance.outcome)

    said: list[object] = []
    assert await house.cost(ask) == ["user_by_pk"]
    assert await house.cost(ask) == []
    house.clock.turn(301)
    await house.archive.record(make_sighting(make_story(1), seen_at=T0 + 301))
    house.upstream.accounts[ACME] = structs.replace(told(T0 + 301), profile=page)
    assert await house.cost(ask) == ["user_by_pk"]
    house.clock.turn(301)
    house.upstream.trouble = SourceUnavailable("down")
    assert await house.cost(ask) == ["user_by_pk"]
    assert ["live", "archived", "live", "stale"] == said
