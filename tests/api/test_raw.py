"""The reel raw, the Story extended, and a story as a Media."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import to_builtins

from storykeep.core.extended import ExtendedStory
from storykeep.core.extract import read_capture
from storykeep.core.model import Story
from storykeep.core.post import Media
from tests.api.rig import (
    CLOSE_FRIENDS,
    EMPTY,
    NOW,
    PHOTO,
    PUBLIC,
    UNKEPT,
    VIDEO,
    Rig,
    empty_reel,
    open_rig,
)
from tests.payloads.loading import CONSTRUCTED_ITEMS, payload, shared

OWNER = {"pk": PUBLIC, "username": "acme_wild", "full_name": "Acme Wild", "is_private": False}
REEL = f"/v2/user/stories?user_id={PUBLIC}"
PAGE = f"https://www.instagram.com/stories/acme_wild/{PHOTO}/"


async def ask(rig: Rig, target: str) -> Any:
    answer = await rig.get(target)
    assert 200 == answer.status, answer.body
    return answer.json()


async def captured(rig: Rig, document: Any, source: str = "capture") -> None:
    for sighting in read_capture(document, source=source, seen_at=NOW).sightings:
        await rig.shelves.archive.record(sighting)


def without_friends(document: Any) -> Any:
    """The capture without what is for close friends."""
    reel = document["reel"]
    reel["items"] = [item for item in reel["items"] if item["pk"] != CLOSE_FRIENDS]
    reel["media_count"] = len(reel["items"])
    reel["media_ids"] = [pk for pk in reel["media_ids"] if pk != CLOSE_FRIENDS]
    return document


async def test_raw_in_raw_out(rig: Rig) -> None:
    """But for the Stories in ``items``, and what is for close friends; in the order of keys too."""
    expected = without_friends(payload("constructed_v1_user_story_all_stickers.json"))
    for target in (
        REEL,
        f"{REEL}&at=2026-04-08T14:53:20Z",
        "/v2/user/stories/by/username?username=acme_wild",
    ):
        told = await ask(rig, target)
        items = told.pop("items")
        assert json.dumps(expected) == json.dumps(told)
        assert items == await ask(rig, f"/v1/user/stories?user_id={PUBLIC}")


async def test_a_capture_of_many_reels_is_told_reel_by_reel(tmp_path: Path) -> None:
    document = payload("constructed_v1_reels_media.json")
    (reel,) = document["reels"].values()
    async with open_rig(tmp_path) as rig:
        await captured(rig, document, "b")
        told = await ask(rig, REEL)
        del told["items"]
    expected = without_friends({"reel": reel})["reel"]
    assert expected == told["reel"]
    assert "ok" == told["status"]


@pytest.mark.parametrize("name", CONSTRUCTED_ITEMS)
async def test_an_item_comes_back_as_it_was_captured(name: str, tmp_path: Path) -> None:
    item = payload(name)
    async with open_rig(tmp_path) as rig:
        await captured(rig, {"reel": {"user": OWNER, "items": [item]}, "status": "ok"}, "later")
        answer = await rig.get(f"/v2/story/by/id?id={item['pk']}")
        if "close_friends" in name:
            assert 404 == answer.status
            return
        told = answer.json()
        story = await ask(rig, f"/v1/story/by/id?id={item['pk']}")
    assert [item] == told["reel"]["items"]
    assert [story] == told["items"]


async def test_the_real_capture_comes_back_whole(tmp_path: Path) -> None:
    document = shared("real_ig_v1_user_story_natgeo_2026-04.json")
    async with open_rig(tmp_path) as rig:
        await captured(rig, document)
        told = await ask(rig, "/v2/user/stories?user_id=787132&at=2026-04-08T14:53:20Z")
        del told["items"]
    assert json.dumps(document) == json.dumps(told)


async def test_what_only_the_web_pages_of_old_told_is_rebuilt(tmp_path: Path) -> None:
    document = payload("legacy_reels_media.json")
    (sighting,) = read_capture(document, source="import", seen_at=NOW).sightings
    seen = next(each for each in sighting.stories if not each.is_close_friends)
    async with open_rig(tmp_path) as rig:
        await rig.shelves.archive.record(sighting)
        await rig.shelves.archive.own(sighting.user_pk, is_own=True)
        told = await ask(rig, f"/v2/story/by/id?id={seen.pk}")
    story = told.pop("items")[0]
    (again,) = read_capture(told, source="x", seen_at=NOW).sightings
    assert story == to_builtins(again.stories[0].story)


@pytest.mark.parametrize("target", [f"/v2/user/stories?user_id={EMPTY}", f"{REEL}&at=2020-01-01"])
async def test_without_stories_the_reel_is_null(target: str, rig: Rig) -> None:
    assert {"reel": None, "status": "ok", "items": []} == await ask(rig, target)


async def test_what_the_demo_shows_is_rebuilt(tmp_path: Path) -> None:
    """Its three stories of now, which no capture has."""
    async with open_rig(tmp_path, sources="demo archive") as rig:
        told = await ask(rig, "/v2/user/stories/by/username?username=natgeo")
    items = told.pop("items")
    assert 3 == len(items)
    (sighting,) = read_capture(told, source="x", seen_at=NOW).sightings
    assert [item["pk"] for item in items] == [seen.story.pk for seen in sighting.stories]


async def test_big_numbers_are_texts_for_who_asks(rig: Rig) -> None:
    for target in (f"/v2/story/by/id?id={PHOTO}", f"/v2/story/by/url?url={PAGE}"):
        (item,) = (await ask(rig, target))["reel"]["items"]
        (safe,) = (await ask(rig, f"{target}&safe_int=on"))["reel"]["items"]
        assert (PHOTO, str(PHOTO)) == (item["pk"], safe["pk"])
        assert item["taken_at"] == safe["taken_at"]
        assert PUBLIC == safe["user"]["pk"]


async def test_of_the_captures_of_a_moment_the_last_until_then_is_told(rig: Rig) -> None:
    """Later ones do not change what was seen."""
    later = empty_reel()
    item = payload("constructed_v1_item_photo_plain.json")
    item |= {"pk": UNKEPT + 1, "id": f"{UNKEPT + 1}_{EMPTY}", "taken_at": NOW - 60}
    item |= {"user": later["reel"]["user"], "expiring_at": NOW + 80_000}
    later["reel"]["items"] = [item]
    await captured(rig, later)
    item_later = item | {"fbid": 7, "taken_at": NOW - 60}
    second = item | {"pk": UNKEPT + 2, "id": f"{UNKEPT + 2}_{EMPTY}", "taken_at": NOW - 30}
    await captured(rig, {"reel": later["reel"] | {"items": [item_later, second]}, "status": "ok"})
    target = f"/v2/user/stories?user_id={EMPTY}"
    assert [item_later, second] == (await ask(rig, target))["reel"]["items"]
    assert [item] == (await ask(rig, f"{target}&at={NOW - 45}"))["reel"]["items"]


# ------------------------------------------------------------------------------------- extended

STORY = f"/v1/story/by/id?id={PHOTO}"
LIST = f"/v1/user/stories?user_id={PUBLIC}"
STICKERS: dict[str, tuple[str, dict[str, Any]]] = {
    "poll": (
        "polls",
        {
            "poll_id": "17895695668004550",
            "question": "Pick one",
            "tallies": [{"text": "Yes", "count": 12}, {"text": "No", "count": 3}],
            "total_votes": None,
            "finished": False,
        },
    ),
    "question": (
        "questions",
        {
            "question_id": "17990001112223334",
            "question": "Ask me anything",
            "question_type": "text",
        },
    ),
    "quiz": (
        "quizzes",
        {
            "quiz_id": "17990001112223335",
            "question": "Capital?",
            "tallies": [{"text": "Paris", "count": 3}, {"text": "Rome", "count": 1}],
            "correct_answer": 0,
            "finished": False,
        },
    ),
    "slider": (
        "sliders",
        {
            "slider_id": "17990001112223336",
            "question": "How much?",
            "emoji": "😍",
            "slider_vote_average": None,
            "slider_vote_count": 0,
        },
    ),
    "countdown": (
        "countdowns",
        {"countdown_id": "17990001112223337", "text": "Launch", "end_ts": 1776000000},
    ),
    "music": (
        "music",
        {
            "audio_asset_id": "245185149714723",
            "title": "Bette Davis Eyes",
            "display_artist": "The Hit Crew",
            "duration_in_ms": 199253,
            "audio_asset_start_time_in_ms": 35000,
            "overlap_duration_in_ms": 15000,
            "is_explicit": False,
        },
    ),
}
PLACE = {"x": 0.5, "y": 0.3, "width": 0.5, "height": 0.08, "rotation": 0.0}
LISTS = ("polls", "questions", "quizzes", "sliders", "countdowns", "music", "captions")


@pytest.mark.parametrize("target", [STORY, f"/v1/story/by/url?url={PAGE}", LIST])
async def test_an_extended_story_begins_as_the_story(target: str, rig: Rig) -> None:
    """To the byte; without it nothing changes."""
    plain = (await rig.get(target)).body
    assert plain == (await rig.get(f"{target}&extended=off")).body
    told = await ask(rig, f"{target}&extended=on")
    stories = json.loads(plain)
    pairs = zip(stories, told, strict=True) if "user_id" in target else [(stories, told)]
    for story, extended in pairs:
        assert list(ExtendedStory.__struct_fields__) == list(extended)
        seventeen = {name: extended[name] for name in Story.__struct_fields__}
        assert json.dumps(story) == json.dumps(seventeen)


@pytest.mark.parametrize("name", [name for name in CONSTRUCTED_ITEMS if "friends" not in name])
async def test_what_the_vendor_leaves_out_is_told(name: str, rig: Rig) -> None:
    item = payload(name)
    extended = await ask(rig, f"/v1/story/by/id?id={item['pk']}&extended=on")
    kind = name.removesuffix(".json").rpartition("_")[2]
    key, content = STICKERS.get(kind, ("", {}))
    expected: dict[str, Any] = {each: [] for each in LISTS}
    if key:
        expected[key] = [PLACE | content]
    assert expected == {each: extended[each] for each in LISTS}
    assert (1080, 1920) == (extended["original_width"], extended["original_height"])
    assert item["is_paid_partnership"] == extended["is_paid_partnership"]
    assert "test" == extended["source"]
    assert "2026-04-08T14:20:17Z" == extended["seen_at"]
    assert extended["expiring_at"].endswith("Z")


async def test_links_are_told_by_where_they_lead(rig: Rig) -> None:
    """Behind Instagram's redirect."""
    found = {}
    for name in ("link_sticker", "swipe_up_cta"):
        item = payload(f"constructed_v1_item_photo_{name}.json")
        told = await ask(rig, f"/v1/story/by/id?id={item['pk']}&extended=on")
        found[name] = told["link_targets"]
    assert all(urls and not urls[0].startswith("https://l.instagram") for urls in found.values())


@pytest.mark.parametrize("target", ["javascript:alert(1)", "data:text/html,x", "//evil.test", ""])
async def test_a_link_that_leads_to_no_web_page_stays_wrapped(target: str, rig: Rig) -> None:
    """A program may put it into a page."""
    url, pk = f"https://l.instagram.com/?u={target}", 1 << 60
    item = payload("constructed_v1_item_photo_plain.json")
    item |= {
        "pk": pk,
        "id": f"{pk}_{PUBLIC}",
        "story_link_stickers": [{"story_link": {"url": url}}],
    }
    await captured(rig, {"reel": {"user": OWNER, "items": [item]}, "status": "ok"})
    told = await ask(rig, f"/v1/story/by/id?id={pk}&extended=on")
    assert [url] == told["link_targets"]


async def test_the_web_pages_of_old_say_the_size_elsewhere(rig: Rig) -> None:
    document = payload("legacy_reels_media.json")
    (sighting,) = read_capture(document, source="old", seen_at=NOW).sightings
    seen = next(each for each in sighting.stories if not each.is_close_friends)
    await rig.shelves.archive.record(sighting)
    told = await ask(rig, f"/v1/story/by/id?id={seen.pk}&extended=on")
    size = json.loads(seen.raw)["dimensions"]
    assert (size["width"], size["height"]) == (told["original_width"], told["original_height"])
    assert "old" == told["source"]


async def test_captions_are_what_was_written(rig: Rig) -> None:
    """As a text or as an object, as Instagram has them."""
    captions: list[Any] = ["plain", {"text": "as an object"}, {"text": 1}, [], None]
    for number, caption in enumerate(captions):
        reel, item = empty_reel(), payload("constructed_v1_item_photo_plain.json")
        pk = UNKEPT + 10 + number
        item |= {"pk": pk, "id": f"{pk}_{EMPTY}", "user": reel["reel"]["user"], "caption": caption}
        reel["reel"]["items"] = [item]
        await captured(rig, reel)
        told = await ask(rig, f"/v1/story/by/id?id={pk}&extended=on")
        assert [["plain"], ["as an object"], ["1"], [], []][number] == told["captions"]


async def test_of_a_story_that_no_capture_has_only_who_told_it_is_known(tmp_path: Path) -> None:
    async with open_rig(tmp_path, sources="demo archive") as rig:
        target = "/v1/user/stories/by/username?username=natgeo&extended=on&amount=2"
        told = await ask(rig, target)
    assert 2 == len(told)
    for story in told:
        assert ("demo", None, None) == (story["source"], story["seen_at"], story["audience"])
        assert [] == [each for name in LISTS for each in story[name]]


# ------------------------------------------------------------------------------- stable, and posts


async def test_stable_addresses_go_with_both(rig: Rig) -> None:
    """In raw answers the Stories have them, and the reel stays raw."""
    stable = (await ask(rig, f"{STORY}&media=stable"))["thumbnail_url"]
    assert "/media/" in stable
    assert stable == (await ask(rig, f"{STORY}&media=stable&extended=on"))["thumbnail_url"]
    assert stable == (await ask(rig, f"/v1/media/by/id?id={PHOTO}&media=stable"))["thumbnail_url"]
    raw = await ask(rig, f"/v2/story/by/id?id={PHOTO}&media=stable")
    assert stable == raw["items"][0]["thumbnail_url"]
    assert raw["reel"] == (await ask(rig, f"/v2/story/by/id?id={PHOTO}"))["reel"]


async def test_a_story_is_told_as_a_post(rig: Rig) -> None:
    for pk in (PHOTO, VIDEO):
        story = await ask(rig, f"/v1/story/by/id?id={pk}")
        media = await ask(rig, f"/v1/media/by/id?id={pk}_{PUBLIC}")
        assert list(Media.__struct_fields__) == list(media)
        shared_keys = media.keys() & story.keys()
        assert {key: story[key] for key in shared_keys} == {key: media[key] for key in shared_keys}
        assert int(media["taken_at_ts"]) > 0
        assert ("", 0, []) == (media["caption_text"], media["like_count"], media["usertags"])


async def test_tags_and_the_place_of_a_post_are_the_storys(rig: Rig) -> None:
    item = payload("constructed_v1_item_photo_mention.json")
    media = await ask(rig, f"/v1/media/by/id?id={item['pk']}")
    assert ["prada"] == [tag["user"]["username"] for tag in media["usertags"]]
    place = payload("constructed_v1_item_photo_location_string_coords.json")
    media = await ask(rig, f"/v1/media/by/id?id={place['pk']}")
    assert media["location"]["name"]


async def test_there_are_no_posts(rig: Rig) -> None:
    """Whoever asks; nobody is asked for that."""
    answer = await rig.get("/v1/user/medias/chunk?user_id=1&end_cursor=x")
    assert (200, b"[[],null]") == (answer.status, answer.body)
