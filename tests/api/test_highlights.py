"""Highlights and share links on the wire, from a raw capture that was imported."""

from typing import Any

import msgspec
import pytest

from storykeep.core.extract import read_capture
from tests.api.rig import CLOSE_FRIENDS, HIGHLIGHT, NOW, PHOTO, PUBLIC, Rig
from tests.payloads.loading import payload

CODE = "aGlnaGxpZ2h0OjE4MTQ2MjE2Njk4MDIyMTc0"
PK = 18146216698022174
STUB = {"pk": PUBLIC, "pk_id": str(PUBLIC), "id": str(PUBLIC)}


def capture(*pks: int) -> Any:
    """The answer of reels_media for one highlight; its items have a stub of a user."""
    items = [
        payload("constructed_v1_item_photo_plain.json")
        | {"pk": pk, "id": f"{pk}_{PUBLIC}", "user": STUB}
        for pk in pks
    ]
    owner = {"pk": PUBLIC, "username": "acme_wild", "full_name": "Acme", "is_private": False}
    reel = {
        "id": f"highlight:{PK}", "reel_type": "highlight_reel", "title": "Best", "user": owner,
        "created_at": NOW - 9, "media_count": len(items), "cover_media": {"media_id": "1"},
        "items": items,
    }  # fmt: skip
    return {"reels": {f"highlight:{PK}": reel}, "status": "ok"}


def tray(count: int) -> Any:
    owner = {"pk": PUBLIC, "username": "acme_wild", "full_name": "Acme", "is_private": False}
    entries = [
        {
            "id": f"highlight:{PK + each}",
            "title": str(each),
            "created_at": NOW - each,
            "user": owner,
        }
        for each in range(count)
    ]
    return {"tray": entries, "status": "ok"}


async def keep(rig: Rig, document: Any) -> None:
    for sighting in read_capture(document, source="test", seen_at=NOW).sightings:
        await rig.shelves.archive.record(sighting)


async def test_raw_in_raw_out(rig: Rig) -> None:
    """But for the pk that the vendor adds, and what programs look for: Stories, and their files."""
    document = capture(1 << 60, 3 << 59)
    await keep(rig, document)
    answer = (await rig.get(f"/v2/highlight/by/id?id={PK}")).json()
    reel = answer["response"]["reels"][f"highlight:{PK}"]
    assert str(PK) == reel.pop("pk")
    stories = answer.pop("items")
    assert [1 << 60, 3 << 59] == [int(story["pk"]) for story in stories]
    for item, story in zip(reel["items"], stories, strict=True):
        for key in ("thumbnail_url", "video_url"):
            assert story[key] == item.pop(key)
    assert {"response": document, "next_page_id": None} == answer
    safe = (await rig.get(f"/v2/highlight/by/id?id={PK}&safe_int=on")).json()
    items = safe["response"]["reels"][f"highlight:{PK}"]["items"]
    assert [str(1 << 60), str(3 << 59)] == [item["pk"] for item in items]


async def test_flat_it_is_the_vendors(rig: Rig) -> None:
    """The user of an item is the stub that was captured, its time has +00:00."""
    await keep(rig, capture(1 << 60))
    answer = await rig.get(f"/v1/highlight/by/id?id=highlight:{PK}")
    told = answer.json()
    assert [
        "pk", "id", "latest_reel_media", "cover_media", "user", "title", "created_at",
        "is_pinned_highlight", "media_count", "media_ids", "items",
    ] == [*told]  # fmt: skip
    [item] = told["items"]
    assert (str(1 << 60), True) == (item["pk"], item["taken_at"].endswith("+00:00"))
    assert (str(PUBLIC), None, "") == (
        item["user"]["pk"], item["user"]["username"], item["user"]["full_name"],
    )  # fmt: skip
    assert ("acme_wild", [1 << 60]) == (told["user"]["username"], told["media_ids"])
    for url in (
        f"https://www.instagram.com/stories/highlights/{PK}/",
        f"https://www.instagram.com/s/{CODE}?igsh=x",
    ):
        assert answer.body == (await rig.get(f"/v1/highlight/by/url?url={url}")).body


@pytest.mark.parametrize("moment", [10**18, -(10**18), "99999999999999", 2**62, {}])
async def test_a_moment_that_cannot_be_fails_no_answer(moment: Any, rig: Rig) -> None:
    """Neither that about the highlight, nor those about all of the account."""
    document = capture(1 << 60)
    reel = document["reels"][f"highlight:{PK}"]
    reel |= {"created_at": moment, "latest_reel_media": moment}
    await keep(rig, document)
    answer = await rig.get(f"/v1/highlight/by/id?id={PK}")
    assert (200, "1970-01-01T00:00:00Z") == (answer.status, answer.json()["created_at"])
    for path in (
        f"/v2/highlight/by/id?id={PK}", f"/v1/user/highlights?user_id={PUBLIC}",
        f"/v2/user/highlights?user_id={PUBLIC}",
    ):  # fmt: skip
        assert 200 == (await rig.get(path)).status


async def test_pages_follow_each_other(rig: Rig) -> None:
    await keep(rig, tray(5))
    found: list[str] = []
    page: str | None = ""
    path = f"/v2/user/highlights?user_id={PUBLIC}&amount=2"
    while page is not None:
        answer = (await rig.get(f"{path}&page_id={page}")).json()
        found += [entry["title"] for entry in answer["response"]["tray"]]
        page = answer["next_page_id"]
    assert [*"01234", "Kept"] == found
    assert 400 == (await rig.get(f"{path}&page_id=nonsense")).status
    flat = (await rig.get("/v1/user/highlights/by/username?username=acme_wild&amount=3")).json()
    assert [*"012"] == [each["title"] for each in flat]


@pytest.mark.parametrize("is_key_stable", [False, True])
@pytest.mark.parametrize(
    "path",
    [
        f"/v1/highlight/by/id?id={HIGHLIGHT}",
        f"/v1/highlight/by/url?url=https://www.instagram.com/stories/highlights/{HIGHLIGHT}/",
        f"/v2/highlight/by/id?id={HIGHLIGHT}",
    ],
)
async def test_kept_files_have_stable_addresses(path: str, is_key_stable: bool, rig: Rig) -> None:
    """A highlight is asked for long after the CDN's addresses have died."""
    story = (await rig.get(f"/v1/story/by/id?id={PHOTO}&media=stable")).json()
    if is_key_stable:
        await rig.shelves.keyring.set_media(1, "stable")
    [item] = (await rig.get(path if is_key_stable else f"{path}&media=stable")).json()["items"]
    assert story["thumbnail_url"] == item["thumbnail_url"]


async def test_what_is_private_or_for_close_friends_is_not_told(rig: Rig) -> None:
    document = capture(CLOSE_FRIENDS)
    document["reels"][f"highlight:{PK}"]["items"][0]["audience"] = "besties"
    document["reels"][f"highlight:{PK}"] |= {
        "media_ids": [CLOSE_FRIENDS],
        "cover_media": {"media_id": f"{CLOSE_FRIENDS}_7"},
    }
    await keep(rig, document)
    flat = (await rig.get(f"/v1/highlight/by/id?id={PK}")).json()
    raw = (await rig.get(f"/v2/highlight/by/id?id={PK}")).json()["response"]["reels"]
    page = (await rig.get(f"/v2/user/highlights?user_id={PUBLIC}")).json()["response"]["tray"]
    for told in (flat, *raw.values(), page[0]):
        assert ([], 0, []) == (told["items"], told["media_count"], told["media_ids"])
    assert flat["cover_media"] is None
    assert "cover_media" not in raw[f"highlight:{PK}"]  # auto-archiver takes no null
    document["reels"][f"highlight:{PK}"]["user"]["is_private"] = True
    for sighting in read_capture(document, source="test", seen_at=NOW).sightings:
        later = msgspec.structs.replace(sighting, seen_at=NOW + 10**6, is_moment_exact=True)
        await rig.shelves.archive.record(later)
    for path in (
        f"/v1/highlight/by/id?id={PK}", f"/v2/highlight/by/id?id={PK}",
        f"/v1/user/highlights?user_id={PUBLIC}&force=on", f"/v2/user/highlights?user_id={PUBLIC}",
    ):  # fmt: skip
        assert 403 == (await rig.get(path)).status


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"/v1/share/by/code?code={CODE}", {"pk": str(PK), "type": "highlight"}),
        (
            f"/v1/share/by/url?url=https://www.instagram.com/s/{CODE}",
            {"pk": str(PK), "type": "highlight"},
        ),
        (
            f"/v1/share/by/url?url=https://instagram.com/s/{CODE}?story_media_id=31_7",
            {"pk": "31", "type": "story"},
        ),
        ("/v1/share/by/code?code=nonsense", None),
        (f"/v1/share/by/url?url=https://evil.test/s/{CODE}", None),
        ("/v1/share/by/url?url=https://www.instagram.com/stories/a/1/", None),
        ("/v1/highlight/by/url?url=https://www.instagram.com/stories/a/1/", None),
        ("/v1/highlight/by/id?id=x", None),
    ],
)
async def test_share_links_are_decoded_here(path: str, expected: Any, rig: Rig) -> None:
    answer = await rig.get(path)
    assert (400 if expected is None else 200) == answer.status
    assert expected in (None, answer.json())
    if path.startswith("/v1/share"):
        assert str(1000) == answer.headers["x-quota-remaining"]


async def test_who_and_what_is_not_there(rig: Rig) -> None:
    for path in (
        f"/v1/highlight/by/id?id={PK}",
        f"/v2/highlight/by/id?id={10**30}",
    ):
        answer = await rig.get(path)
        assert (404, "HighlightNotFound") == (answer.status, answer.json()["exc_type"])
    answer = await rig.get(f"/v1/user/highlights?user_id={10**30}")
    assert (404, "UserNotFound") == (answer.status, answer.json()["exc_type"])


async def test_what_was_told_of_an_item_that_is_not_raw_is_rebuilt(rig: Rig) -> None:
    """With mentions and stickers too, in the words of Instagram's private API."""
    [story, *_] = payload("vendor_user_stories.json")
    owner = {"pk": PUBLIC, "username": "acme_wild", "full_name": "Acme", "is_private": False}
    story |= {"user": owner, "pk": str(1 << 60), "id": f"{1 << 60}_{PUBLIC}"}
    document = capture()
    document["reels"][f"highlight:{PK}"]["items"] = [story]
    await keep(rig, document)
    answer = (await rig.get(f"/v2/highlight/by/id?id={PK}")).json()
    [told], again = answer["items"], read_capture(answer["response"], source="x", seen_at=NOW)
    [seen] = again.sightings[0].stories
    assert "v1" == seen.dialect
    apart = {key: told[key] for key in ("taken_at", "user")}
    assert told == msgspec.to_builtins(seen.story) | apart
