"""Highlights from a live origin and the archive: what is asked, what is kept, what is stale."""

import pytest
from msgspec import json, structs

from storykeep.core.errors import (
    HighlightNotFound,
    PrivateAccount,
    SourceTimeout,
    SourceUnavailable,
    SourceUnaware,
    UserNotFound,
)
from storykeep.core.highlight import KeptHighlight
from storykeep.core.ids import make_user_pk
from storykeep.core.model import decode_story
from storykeep.core.sighting import Provenance, SeenHighlight, Sighting
from storykeep.service.highlights import Highlights
from storykeep.sources.archive import ArchiveSource, Fresh
from storykeep.sources.combine import Chain, Coalesced
from storykeep.sources.recorded import Recorded
from storykeep.testing import HandClock, MemoryArchive, ScriptedUpstream
from tests.making import ACME, T0, make_seen, make_sighting, make_story, make_user

BEST, OTHER = 17900000000000099, 17900000000000100


def told(*pks: int, seen_at: int = T0, is_private: bool | None = False, **reel: object) -> Sighting:
    """What an upstream tells of ``BEST`` with these stories; of the account alone without any."""
    facts = json.encode({"id": f"highlight:{BEST}", "title": "Best", **reel})
    highlight = SeenHighlight(pk=BEST, reel=facts, items=pks, is_whole=True)
    look = make_sighting(
        *map(make_story, pks),
        user=make_user(is_private=is_private),
        seen_at=seen_at,
        source="scripted",
        envelope=None,
    )
    return structs.replace(look, highlights=(highlight,) if pks else ())


class House:
    """``archive?fresh=60 scripted archive``."""

    def __init__(self) -> None:
        self.clock, self.archive = HandClock(T0), MemoryArchive()
        self.upstream = ScriptedUpstream(
            accounts={ACME: told()}, trays={ACME: told(1)}, highlights={BEST: told(1, 2)}
        )
        self.recorded = Recorded(self.upstream, self.archive, self.clock)
        self.source = Chain(
            Fresh(self.archive, self.clock, 60),
            Coalesced(self.recorded),
            ArchiveSource(self.archive, self.clock, is_truth=False),
        )
        self.highlights = Highlights(self.source)

    def asked(self) -> list[object]:
        """What the upstream was asked since the last time."""
        kinds = [kind for kind, *_ in self.upstream.asked]
        self.upstream.asked.clear()
        return kinds


@pytest.fixture
def house() -> House:
    return House()


def pks(kept: KeptHighlight) -> list[int]:
    return [int(decode_story(item.wire).pk) for item in kept.items]


async def test_they_are_asked_for_each_time_and_privacy_when_it_is_not_known(house: House) -> None:
    """However fresh what was seen is: what there is may have changed."""
    for expected in (["user_by_pk", "highlights"], ["highlights"]):
        tray = await house.highlights.of_user(str(ACME))
        assert ([BEST], expected) == ([each.pk for each in tray.highlights], house.asked())
        assert Provenance("scripted", T0, "live") == tray.provenance
    for _ in range(2):
        assert [1, 2] == pks(await house.highlights.by_id(str(BEST)))
        assert ["highlight"] == house.asked()
    house.clock.turn(301)
    await house.highlights.of_user(str(ACME), is_forced=True)
    assert ["highlights"] == house.asked()


async def test_what_was_told_is_kept_with_its_stories(house: House) -> None:
    await house.highlights.by_id(str(BEST))
    kept = await house.archive.highlight(BEST)
    assert kept is not None
    assert [1, 2] == pks(kept)
    assert await house.archive.story(1) is not None


@pytest.mark.parametrize("is_forced", [True, False])
async def test_none_is_said_of_a_public_account_only(house: House, is_forced: bool) -> None:
    house.upstream.trays[ACME] = told(is_private=None)
    tray = await house.highlights.of_user(str(ACME), is_forced=is_forced)
    assert tray.provenance is not None
    assert ((), "empty") == (tray.highlights, tray.provenance.outcome)
    assert {"user_by_pk", "highlights"} == {*house.asked()}
    house.clock.turn(301)
    house.upstream.accounts[ACME] = told(seen_at=T0 + 301, is_private=True)
    with pytest.raises(PrivateAccount):
        await house.highlights.of_user(str(ACME), is_forced=is_forced)


async def test_a_private_account_stays_private_and_is_not_asked_about_again(house: House) -> None:
    """Whoever says it: the account, or the question for its highlights."""
    house.upstream.accounts[ACME] = told(is_private=True)
    for _ in range(2):
        with pytest.raises(PrivateAccount):
            await house.highlights.of_user(str(ACME))
    assert ["user_by_pk"] == house.asked()
    other = House()
    other.upstream.trays[ACME] = PrivateAccount()
    with pytest.raises(PrivateAccount):
        await other.highlights.of_user(str(ACME), is_forced=True)
    other.upstream.trouble = SourceTimeout()
    with pytest.raises(PrivateAccount):
        await other.highlights.of_user(str(ACME))


async def test_a_private_accounts_highlight_is_not_shown_live_or_kept(house: House) -> None:
    house.upstream.kept[BEST] = told(1, is_private=True)
    with pytest.raises(PrivateAccount):
        await house.highlights.by_id(str(BEST))
    house.upstream.trouble = SourceUnavailable()
    with pytest.raises(PrivateAccount):
        await house.highlights.by_id(str(BEST))


async def test_after_a_failure_the_archive_says_what_it_has_as_stale(house: House) -> None:
    await house.highlights.of_user(str(ACME))
    await house.highlights.by_id(str(BEST))
    house.clock.turn(1000)
    house.upstream.trouble = SourceTimeout()
    tray = await house.highlights.of_user(str(ACME))
    kept = await house.highlights.by_id(str(BEST))
    assert ([BEST], [1, 2]) == ([each.pk for each in tray.highlights], pks(kept))
    assert [Provenance("archive", T0, "stale")] * 2 == [tray.provenance, kept.provenance]
    with pytest.raises(SourceTimeout):
        await house.highlights.by_id(str(OTHER))
    with pytest.raises(SourceTimeout):
        await house.highlights.of_user("7")


async def test_one_that_is_gone_there_is_still_kept_here(house: House) -> None:
    await house.highlights.by_id(str(BEST))
    house.upstream.kept[BEST] = house.upstream.kept[OTHER] = HighlightNotFound()
    kept = await house.highlights.by_id(str(BEST))
    assert kept.provenance is not None
    assert ([1, 2], "archived") == (pks(kept), kept.provenance.outcome)
    with pytest.raises(HighlightNotFound):
        await house.highlights.by_id(str(OTHER))


async def test_what_was_not_asked_for_is_not_shown(house: House) -> None:
    house.upstream.kept[OTHER] = told(1)
    with pytest.raises(HighlightNotFound):
        await house.recorded.highlight(OTHER)


async def test_a_story_for_close_friends_is_left_out(house: House) -> None:
    hidden = make_seen(make_story(2), is_close_friends=True)
    look = told(1, 2)
    house.upstream.kept[BEST] = structs.replace(look, stories=(look.stories[0], hidden))
    assert [1] == pks(await house.highlights.by_id(str(BEST)))


async def test_the_erased_are_not_asked_about_and_not_shown(house: House) -> None:
    house.archive.erased |= {f"user:{ACME}": "account"}
    for is_forced in (True, False):
        with pytest.raises(UserNotFound):
            await house.highlights.of_user(str(ACME), is_forced=is_forced)
    assert [] == house.asked()
    with pytest.raises(HighlightNotFound):
        await house.highlights.by_id(str(BEST))
    other = House()
    other.archive.erased |= {"story:1": "story"}
    assert [2] == pks(await other.highlights.by_id(str(BEST)))


async def test_who_is_known_by_a_name_alone_is_not_asked_about(house: House) -> None:
    with pytest.raises(SourceUnaware):
        await house.recorded.highlights(make_user_pk("acme"))
    assert [] == house.asked()


# ----------------------------------------------------------------------------------- the archive


@pytest.mark.parametrize("is_truth", [True, False])
async def test_the_archive_tells_what_it_has(is_truth: bool) -> None:
    archive, clock = MemoryArchive(), HandClock(T0)
    await archive.record(told(1))
    source = ArchiveSource(archive, clock, is_truth=is_truth)
    tray, kept = await source.highlights(ACME), await source.highlight(BEST)
    assert ([BEST], [1]) == ([each.pk for each in tray.highlights], pks(kept))
    expected = Provenance("archive", T0, "archived" if is_truth else "stale")
    assert [expected] * 2 == [tray.provenance, kept.provenance]


async def test_its_silence_is_the_truth_only_alone() -> None:
    archive, clock = MemoryArchive(), HandClock(T0)
    await archive.record(told())
    truth = ArchiveSource(archive, clock, is_truth=True)
    assert () == (await truth.highlights(ACME)).highlights
    with pytest.raises(UserNotFound):
        await truth.highlights(7)
    with pytest.raises(HighlightNotFound):
        await truth.highlight(BEST)
    beside = ArchiveSource(archive, clock, is_truth=False)
    for question in (beside.highlights(ACME), beside.highlights(7), beside.highlight(BEST)):
        with pytest.raises(SourceUnaware):
            await question


async def test_a_private_accounts_are_told_with_that_it_is_private() -> None:
    archive, clock = MemoryArchive(), HandClock(T0)
    await archive.record(told(is_private=True))
    tray = await ArchiveSource(archive, clock, is_truth=False).highlights(ACME)
    assert tray.account.is_private


async def test_as_a_cache_it_never_says_which_there_are() -> None:
    archive, clock = MemoryArchive(), HandClock(T0)
    await archive.record(told(1))
    fresh = Fresh(archive, clock, 60)
    for question in (fresh.highlights(ACME), fresh.highlight(BEST)):
        with pytest.raises(SourceUnaware):
            await question
