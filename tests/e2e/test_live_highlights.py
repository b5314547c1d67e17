"""Highlights, from a fake Instagram by the real aiograpi to the caller, and what stays of them."""

from pathlib import Path

import pytest
from msgspec import json, structs

from storykeep.app import open_shelves
from storykeep.core.ids import make_highlight_pk
from storykeep.core.sighting import SeenHighlight
from storykeep.settings import Settings
from storykeep.testing import HandClock
from storykeep.testing.instagram import Account
from tests.e2e.test_live import live
from tests.making import make_sighting, make_story, make_user
from tests.sources.instagram.test_questions import POSTS

pytestmark = pytest.mark.filterwarnings(POSTS)

WILD, BEST = 4400000001, 17900000000000099


async def test_a_list_a_highlight_and_its_stories(tmp_path: Path) -> None:
    async with live(tmp_path, HandClock()) as rig:
        [flat] = (await rig.ask(f"/v1/user/highlights?user_id={WILD}")).json()
        assert (str(BEST), f"highlight:{BEST}", "Best of", 1, []) == (
            flat["pk"], flat["id"], flat["title"], flat["media_count"], flat["items"],
        )  # fmt: skip
        page = (await rig.ask("/v2/user/highlights/by/username?username=acme_wild")).json()
        [entry] = page["response"]["tray"]
        assert (str(BEST), "ok", None) == (
            entry["pk"], page["response"]["status"], page["next_page_id"],
        )  # fmt: skip

        [kept] = rig.fake.world.highlights(WILD)
        raw = (await rig.ask(f"/v2/highlight/by/id?id={BEST}")).json()["response"]
        [item] = raw["reels"][f"highlight:{BEST}"]["items"]
        assert {*kept.items[0], "thumbnail_url", "video_url"} == item.keys()
        one = await rig.ask(f"/v1/highlight/by/id?id={BEST}")
        [story] = one.json()["items"]
        assert (str(item["pk"]), True) == (story["pk"], story["taken_at"].endswith("+00:00"))
        alone = await rig.ask(f"/v1/story/by/id?id={story['id']}")
        assert (
            story["thumbnail_url"].partition("?")[0]
            == (alone.json()["thumbnail_url"].partition("?")[0])
        )
        assert "live" == one.headers["x-storykeep-outcome"]

        rig.fake.world.accounts[0].highlights.clear()
        gone = await rig.ask(
            f"/v1/highlight/by/url?url=https://www.instagram.com/stories/highlights/{BEST}/"
        )
        assert (200, "archived") == (gone.status, gone.headers["x-storykeep-outcome"])
        assert story["pk"] == gone.json()["items"][0]["pk"]


async def test_what_is_for_close_friends_is_not_spoken_of(tmp_path: Path) -> None:
    """Once it is known for that: neither its number nor its picture as the cover."""
    async with live(tmp_path, HandClock()) as rig:
        wild = rig.fake.world.account(WILD)
        assert wild is not None
        (hidden,) = (story for story in wild.stories if "audience" in story)
        wild.keep(BEST + 1, "Friends", hidden, wild.stories[0])
        told = [
            await rig.ask(path)
            for path in (
                f"/v1/highlight/by/id?id={BEST + 1}", f"/v2/highlight/by/id?id={BEST + 1}",
                f"/v1/user/highlights?user_id={WILD}", f"/v2/user/highlights?user_id={WILD}",
            )
        ]  # fmt: skip
        assert 1 == told[0].json()["media_count"]
        rig.fake.fail("feed/reels_media/", "masked_challenge")
        told.append(await rig.ask(f"/v2/highlight/by/id?id={BEST + 1}"))
        assert "stale" == told[-1].headers["x-storykeep-outcome"]
    for answer in told:
        assert 200 == answer.status
        assert str(hidden["pk"]).encode() not in answer.body


@pytest.mark.parametrize(
    ("path", "later"),
    [
        ("/v1/user/by/username", 4000),
        ("/v2/user/by/username", 4000),
        ("/v1/user/highlights/by/username", 10),
        ("/v2/user/highlights/by/username", 10),
        ("/v1/user/stories/by/username", 10),
    ],
)
async def test_who_has_a_name_now_is_answered_and_not_who_had_it(
    path: str, later: float, tmp_path: Path
) -> None:
    clock = HandClock()
    async with live(tmp_path, clock) as rig:
        assert 200 == (await rig.ask(f"{path}?username=acme_wild")).status
        wild = rig.fake.world.account(WILD)
        assert wild is not None
        wild.username = "acme_renamed"
        kept = wild.highlights.pop()
        wild.keep(kept.pk, kept.title, *kept.items)
        rig.fake.world.accounts.append(Account(4400000055, "acme_wild", "Heir"))
        clock.turn(later)
        answer = await rig.ask(f"{path}?username=acme_wild")
        assert 200 == answer.status
        assert "acme_renamed" not in answer.body.decode()
        assert str(WILD) not in answer.body.decode()


async def test_those_that_are_closed_missing_and_stale(tmp_path: Path) -> None:
    async with live(tmp_path, HandClock()) as rig:
        closed = await rig.ask("/v1/user/highlights/by/username?username=acme_closed")
        nobody = await rig.ask("/v1/user/highlights/by/username?username=acme_nobody")
        missing = await rig.ask("/v2/highlight/by/id?id=17900000000000001")
        assert (403, 404, 404) == (closed.status, nobody.status, missing.status)
        assert "HighlightNotFound" == missing.json()["exc_type"]
        forced = await rig.ask("/v1/user/highlights?user_id=4400000003&force=on")
        assert 403 == forced.status
        quiet = await rig.ask("/v1/user/highlights?user_id=4400000002")
        assert (b"[]", "empty") == (quiet.body, quiet.headers["x-storykeep-outcome"])
        assert 200 == (await rig.ask(f"/v1/highlight/by/id?id={BEST}")).status
        rig.fake.fail("feed/reels_media/", "masked_challenge")
        stale = await rig.ask(f"/v1/highlight/by/id?id={BEST}")
        assert (200, "stale") == (stale.status, stale.headers["x-storykeep-outcome"])


async def test_nobody_is_asked_about_one_whose_number_was_made(tmp_path: Path) -> None:
    made, unknown = (make_highlight_pk(WILD, title) for title in ("Rest", "Nothing"))
    look = make_sighting(make_story(1, user=make_user(WILD)), user=make_user(WILD))
    reel = json.encode({"id": f"highlight:{made}", "title": "Rest"})
    seen = SeenHighlight(pk=made, reel=reel, items=(1,))
    shelves = open_shelves(Settings(data=tmp_path))
    await shelves.archive.record(structs.replace(look, highlights=(seen,)))
    shelves.close()
    async with live(tmp_path, HandClock()) as rig:
        kept = await rig.ask(f"/v1/highlight/by/id?id={made}")
        assert (200, "archived") == (kept.status, kept.headers["x-storykeep-outcome"])
        assert ["1"] == [item["pk"] for item in kept.json()["items"]]
        assert 404 == (await rig.ask(f"/v1/highlight/by/id?id={unknown}")).status
        assert 0 == rig.fake.count("feed/reels_media/")
