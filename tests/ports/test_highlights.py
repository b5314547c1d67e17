"""Highlights in an archive: of each what was seen last, whatever came first."""

from itertools import permutations
from typing import Any

import pytest
from msgspec import json, structs

from storykeep.core.erasure import clean_highlight
from storykeep.core.highlight import KeptHighlight
from storykeep.core.ids import make_highlight_pk
from storykeep.core.mentions import Scope, word_of_story
from storykeep.core.model import decode_story
from storykeep.core.ports import Archive
from storykeep.core.sighting import Dialect, Provenance, SeenHighlight, Sighting
from tests.making import ACME, RIVAL, T0, make_seen, make_sighting, make_story, make_user

BEST = 17900000000000099


def make_highlight(*pks: int, is_whole: bool = True, **facts: Any) -> SeenHighlight:
    reel = {"id": f"highlight:{BEST}", "user": {"pk": str(ACME)}, "title": "Best", **facts}
    return SeenHighlight(pk=BEST, reel=json.encode(reel), items=pks, is_whole=is_whole)


def make_look(seen_at: int, highlight: SeenHighlight, **facts: Any) -> Sighting:
    stories = [make_story(pk) for pk in highlight.items]
    look = make_sighting(*stories, seen_at=seen_at, envelope=None)
    return structs.replace(look, highlights=(highlight,), **facts)


def pks_of(kept: KeptHighlight | None) -> list[int]:
    assert kept is not None
    return [int(decode_story(item.wire).pk) for item in kept.items]


async def test_nobody_has_one_and_an_account_may_have_none(archive: Archive) -> None:
    assert None is await archive.highlights(ACME)
    assert None is await archive.highlight(BEST)
    await archive.record(make_sighting())
    tray = await archive.highlights(ACME)
    assert tray is not None
    assert ((), Provenance("archive", None, "empty")) == (tray.highlights, tray.provenance)


async def test_what_was_seen_is_there_and_twice_is_once(archive: Archive) -> None:
    for _ in range(2):
        await archive.record(make_look(T0, make_highlight(2, 1)))
    kept = await archive.highlight(BEST)
    assert kept is not None
    assert ([2, 1], "Best", ACME) == (pks_of(kept), kept.reel["title"], kept.account.pk)
    assert Provenance("archive", T0, "archived") == kept.provenance
    tray = await archive.highlights(ACME)
    assert tray is not None
    assert [(BEST, ())] == [(each.pk, each.items) for each in tray.highlights]


async def test_it_is_no_reel(archive: Archive) -> None:
    """Its stories are stories like any other, and nobody looked at the reel."""
    await archive.record(make_look(T0 + 5, make_highlight(1)))
    reel, story = await archive.reel(ACME, T0 + 5), await archive.story(1)
    assert reel is not None
    assert story is not None
    assert Provenance("archive", None, "archived") == reel.provenance
    assert (story.wire,) == reel.stories


@pytest.mark.parametrize("order", [*permutations(range(5))])
async def test_the_newest_is_told_in_any_order(order: tuple[int, ...], archive: Archive) -> None:
    """The newest title, and the stories of when they were last all seen."""
    looks = [
        make_look(T0, make_highlight(1, 2)),
        make_look(T0 + 1, make_highlight(3, 2, title="Later")),
        make_look(T0 + 2, make_highlight(title="Tray", is_whole=False)),
        make_look(T0 + 3, make_highlight(4, is_whole=False, title="Tray")),
        make_look(T0 + 1, make_highlight(3, 2, title="Later")),
    ]
    poor = make_highlight(5, is_whole=False)
    poor = structs.replace(poor, reel=json.encode({"id": f"highlight:{BEST}", "title": "Poor"}))
    looks.append(make_look(T0 + 9, poor))
    for index in (*order, 5):
        await archive.record(looks[index])
    kept = await archive.highlight(BEST)
    assert kept is not None
    assert ([3, 2], "Tray") == (pks_of(kept), kept.reel["title"])


async def test_where_all_were_never_seen_those_that_were_are_told(archive: Archive) -> None:
    """In the order of their times."""
    for pk in (3 << 30, 1 << 30, 2 << 30):
        await archive.record(make_look(T0, make_highlight(pk, is_whole=False)))
    assert [1 << 30, 2 << 30, 3 << 30] == pks_of(await archive.highlight(BEST))


@pytest.mark.parametrize("is_first", [True, False])
async def test_one_with_a_made_number_stands_until_the_real_one_is_seen(
    archive: Archive, is_first: bool
) -> None:
    """Then its stories are told with the real one's, until all of those are seen at once."""
    made = make_highlight_pk(ACME, "Best")
    reel = json.encode({"id": f"highlight:{made}", "title": "Best"})
    other = make_highlight_pk(ACME, "Rest")
    unseen = json.encode({"id": f"highlight:{other}", "title": "Rest"})
    imported = structs.replace(
        make_look(T0, make_highlight(1, 2)),
        highlights=(
            SeenHighlight(pk=made, reel=reel, items=(1, 2)),
            SeenHighlight(pk=other, reel=unseen, items=(2,)),
        ),
    )
    tray_only = make_look(T0 + 1, make_highlight(2, is_whole=False))
    for look in (imported, tray_only) if is_first else (tray_only, imported):
        await archive.record(look)
    tray = await archive.highlights(ACME)
    assert tray is not None
    assert {BEST, other} == {each.pk for each in tray.highlights}
    assert [1, 2] == pks_of(await archive.highlight(BEST))
    assert [1, 2] == pks_of(await archive.highlight(made))
    await archive.record(make_look(T0 + 2, make_highlight(2)))
    assert [2] == pks_of(await archive.highlight(BEST))


async def test_what_may_not_be_shown_is_left_out(archive: Archive) -> None:
    """A story for close friends, one that is another account's, and one that is not there."""
    rivals = make_sighting(make_story(7, user=make_user(RIVAL, "rival")), user=make_user(RIVAL))
    await archive.record(rivals)
    look = make_look(T0, make_highlight(1, 7, 8, 9))
    hidden = make_seen(make_story(8), is_close_friends=True)
    shown = [seen for seen in look.stories if seen.pk == 1]
    await archive.record(structs.replace(look, stories=(*shown, hidden)))
    assert [1] == pks_of(await archive.highlight(BEST))


async def test_its_reel_does_not_speak_of_what_was_erased() -> None:
    seen = make_highlight(1 << 60, 3 << 59, media_count=2, media_ids=[1 << 60, 3 << 59])
    erased: dict[str, Scope] = {word_of_story(1 << 60): "story"}
    clean = clean_highlight(seen, erased.get)
    reel = json.decode(clean.reel)
    assert ((3 << 59,), 1, [3 << 59]) == (clean.items, reel["media_count"], reel["media_ids"])


@pytest.mark.parametrize("cover", [{"media_id": "8_44"}, {"url": "https://x.test/8_n.jpg"}])
async def test_it_does_not_speak_of_what_may_not_be_shown(cover: Any, archive: Archive) -> None:
    """Neither number nor picture of a story for close friends, in the list too."""
    facts = {"media_ids": [1, 8], "media_count": 2, "has_besties_media": True, "cover_media": cover}
    look = make_look(T0, make_highlight(1, 8, **facts))
    hidden = make_seen(make_story(8), is_close_friends=True)
    await archive.record(structs.replace(look, stories=(look.stories[0], hidden)))
    tray, kept = await archive.highlights(ACME), await archive.highlight(BEST)
    assert tray is not None
    for told in (*tray.highlights, kept):
        assert told is not None
        reel = {"media_ids": [1], "media_count": 1, "has_besties_media": False, "cover_media": None}
        assert reel == {key: told.reel[key] for key in facts}


async def test_a_cover_of_a_story_that_is_shown_stays(archive: Archive) -> None:
    look = make_look(T0, make_highlight(1, 8, cover_media={"media_id": "1_44"}))
    hidden = make_seen(make_story(8), is_close_friends=True)
    await archive.record(structs.replace(look, stories=(look.stories[0], hidden)))
    kept = await archive.highlight(BEST)
    assert kept is not None
    assert {"media_id": "1_44"} == kept.reel["cover_media"]


async def test_the_first_account_keeps_its_highlight(archive: Archive) -> None:
    await archive.record(make_look(T0, make_highlight(1)))
    user = make_user(RIVAL, "rival")
    thief = structs.replace(make_look(T0 + 5, make_highlight(title="Mine")), user=user)
    await archive.record(thief)
    kept = await archive.highlight(BEST)
    assert kept is not None
    assert (ACME, "Best") == (kept.account.pk, kept.reel["title"])
    tray = await archive.highlights(RIVAL)
    assert tray is not None
    assert () == tray.highlights


async def test_of_an_item_the_capture_that_tells_most_is_told(archive: Archive) -> None:
    """As of a reel's: an older one of the private API before a newer one of the web pages."""
    looks: list[tuple[int, Dialect]] = [(T0, "v1"), (T0 + 5, "xdt"), (T0 + 9, "vendor")]
    for seen_at, dialect in looks:
        seen = make_seen(make_story(1), dialect=dialect, raw=json.encode([dialect]))
        look = structs.replace(make_look(seen_at, make_highlight(1)), stories=(seen,))
        await archive.record(look)
    kept = await archive.highlight(BEST)
    assert kept is not None
    assert [b'["v1"]'] == [item.raw for item in kept.items]
