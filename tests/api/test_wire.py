"""The seven calls as the documentation shows them: what goes in, what comes out."""

import json
from typing import Any

import pytest

from tests.api.rig import (
    ACTIVE,
    CLOSE_FRIENDS,
    EMPTY,
    NOW,
    PHOTO,
    PHOTO_BYTES,
    PUBLIC,
    VIDEO,
    VIDEO_BYTES,
    Rig,
)
from tests.payloads.loading import payload

PAGE = f"https://www.instagram.com/stories/acme_wild/{PHOTO}/"
FILE = "https://scontent-lga3-1.cdninstagram.com/v/t51/{}?oe=60000000"
STORY_KEYS = [
    "pk", "id", "code", "taken_at", "media_type", "product_type", "thumbnail_url", "user",
    "video_url", "video_duration", "sponsor_tags", "mentions", "links", "hashtags", "locations",
    "stickers", "medias",
]  # fmt: skip
USER_KEYS = [
    "pk", "id", "username", "full_name", "profile_pic_url", "profile_pic_url_hd", "is_private",
    "is_verified",
]  # fmt: skip


async def stories(rig: Rig, query: str, by: str = f"?user_id={PUBLIC}") -> Any:
    answer = await rig.get(f"/v1/user/stories{by}{query}")
    assert answer.status == 200
    return answer.json()


async def test_a_story_is_a_bare_object_of_17_keys_in_this_order(rig: Rig) -> None:
    """All are always there, nulls included; that of the example call has these values."""
    story = (await rig.get(f"/v1/story/by/id?id={PHOTO}")).json()
    assert list(story) == STORY_KEYS
    assert list(story["user"]) == USER_KEYS
    raw = payload("constructed_v1_item_photo_plain.json")
    assert {
        "pk": str(PHOTO),
        "id": f"{PHOTO}_{PUBLIC}",
        "code": raw["code"],
        "taken_at": "2026-04-08T14:20:01Z",
        "media_type": 1,
        "product_type": "story",
        "thumbnail_url": raw["image_versions2"]["candidates"][0]["url"],
        "video_url": None,
        "video_duration": 0.0,
        "profile_pic_url_hd": None,
    }.items() <= (story | story["user"] | {"pk": story["pk"], "id": story["id"]}).items()
    assert not any(story[name] for name in STORY_KEYS[10:])


@pytest.mark.parametrize("sent", [str(PHOTO), f"{PHOTO}_{PUBLIC}", f"000{PHOTO}"])
async def test_a_story_is_found_by_pk_and_by_pk_userpk(sent: str, rig: Rig) -> None:
    assert str(PHOTO) == (await rig.get(f"/v1/story/by/id?id={sent}")).json()["pk"]


@pytest.mark.parametrize(
    "url",
    [
        PAGE,
        PAGE.rstrip("/"),
        PAGE.replace("https", "http").replace("www.", ""),
        PAGE.replace("www.", "m."),
        f"{PAGE}?utm_source=ig_story_item_share",
        f"https://www.instagram.com/stories/{PUBLIC}/{PHOTO}/",
        f"https://www.instagram.com/stories/renamed_since/{PHOTO}/",
        f"https://www.instagram.com/s/aGlnaGxpZ2h0OjE4?story_media_id={PHOTO}_{PUBLIC}",
        PAGE.replace(":", "%3A").replace("/", "%2F"),
    ],
)
async def test_a_story_is_found_by_every_address_of_its_page(url: str, rig: Rig) -> None:
    by_id = await rig.get(f"/v1/story/by/id?id={PHOTO}")
    assert by_id.body == (await rig.get(f"/v1/story/by/url?url={url}")).body


async def test_the_stories_of_a_user_are_a_bare_list_oldest_first(rig: Rig) -> None:
    """Each is what it is alone; those for close friends are left out."""
    found = await stories(rig, "")
    assert len(found) == ACTIVE
    assert sorted(story["taken_at"] for story in found) == [story["taken_at"] for story in found]
    assert str(CLOSE_FRIENDS) not in {story["pk"] for story in found}
    for story in found:
        assert list(story) == STORY_KEYS
        assert story == (await rig.get(f"/v1/story/by/id?id={story['pk']}")).json()


@pytest.mark.parametrize("name", ["acme_wild", "ACME_Wild", "@acme_wild", "%40acme_wild"])
async def test_a_name_is_the_user_in_any_case_and_with_an_at(name: str, rig: Rig) -> None:
    by_id = await rig.get(f"/v1/user/stories?user_id={PUBLIC}")
    by_name = await rig.get(f"/v1/user/stories/by/username?username={name}")
    assert by_id.body == by_name.body


async def test_amount_keeps_the_first_of_them(rig: Rig) -> None:
    """0 is all; more than there are is all."""
    whole = await stories(rig, "")
    for amount, kept in ((0, ACTIVE), (1, 1), (3, 3), (ACTIVE, ACTIVE), (10**30, ACTIVE)):
        assert whole[:kept] == await stories(rig, f"&amount={amount}")
        named = await stories(rig, f"&amount={amount}", by="/by/username?username=acme_wild")
        assert whole[:kept] == named


async def test_a_user_without_stories_is_an_empty_list(rig: Rig) -> None:
    assert await stories(rig, "", by=f"?user_id={EMPTY}") == []
    assert await stories(rig, "&force=on", by="/by/username?username=acme_empty") == []


async def test_a_reel_ends_a_day_after_it_was_taken_and_its_stories_do_not(rig: Rig) -> None:
    first = (await stories(rig, ""))[0]
    rig.now = NOW - NOW % 86400 + 86400 + 14 * 3600 + 20 * 60 + 1  # the first one's birthday
    assert first["pk"] not in {story["pk"] for story in await stories(rig, "")}
    rig.now += 10 * 86400
    assert await stories(rig, "") == []
    assert first == (await rig.get(f"/v1/story/by/id?id={first['pk']}")).json()
    assert (await rig.get(f"/v1/story/download?id={PHOTO}")).status == 200


@pytest.mark.parametrize(
    ("at", "count"),
    [
        ("2026-04-08T15:00:00Z", ACTIVE),
        ("2026-04-08T17:00:00%2B02:00", ACTIVE),
        ("1775660000", ACTIVE),
        ("2026-04-08T14:20:01Z", 1),
        ("2026-04-08T14:20:00Z", 0),
        ("2026-04-09T14:20:01Z", ACTIVE - 1),
        ("2027-01-01", 0),
    ],
)
async def test_at_answers_with_what_was_active_then(at: str, count: int, rig: Rig) -> None:
    """Whenever it is asked; a story lives from its second until the same one a day later."""
    rig.now += 365 * 86400
    assert count == len(await stories(rig, f"&at={at}"))


@pytest.mark.parametrize(
    ("target", "content", "kind", "name"),
    [
        (f"?id={PHOTO}", PHOTO_BYTES, "image/jpeg", f"acme_wild_{PHOTO}.jpg"),
        (f"?id={VIDEO}_{PUBLIC}", VIDEO_BYTES, "video/mp4", f"acme_wild_{VIDEO}.mp4"),
        (f"/by/story/url?url={PAGE}", PHOTO_BYTES, "image/jpeg", f"acme_wild_{PHOTO}.jpg"),
        (f"/by/url?url={PAGE}", PHOTO_BYTES, "image/jpeg", f"acme_wild_{PHOTO}.jpg"),
        (f"/by/url?url={FILE}".format("photo_n.jpg"), PHOTO_BYTES, "image/jpeg", f"acme_wild_{PHOTO}.jpg"),
        (f"/by/url?url={FILE}".format("video_n.mp4"), VIDEO_BYTES, "video/mp4", f"acme_wild_{VIDEO}.mp4"),
    ],
)  # fmt: skip
async def test_a_download_is_the_file_itself(
    target: str, content: bytes, kind: str, name: str, rig: Rig
) -> None:
    """Never a redirect, never JSON, and typed by what it is."""
    answer = await rig.get(f"/v1/story/download{target}")
    assert answer.status == 200
    assert content == answer.body
    assert {
        "content-type": kind,
        "content-length": str(len(content)),
        "accept-ranges": "bytes",
        "content-disposition": f'inline; filename="{name}"',
        "x-content-type-options": "nosniff",
    }.items() <= answer.headers.items()
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["last-modified"].startswith("Wed, 08 Apr 2026 14:20:")


async def test_the_head_of_a_download_is_all_but_the_bytes(rig: Rig) -> None:
    whole = await rig.get(f"/v1/story/download?id={VIDEO}")
    head = await rig.get(f"/v1/story/download?id={VIDEO}", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    varying = {"x-request-id", "x-quota-remaining", "ratelimit"}
    assert {name: whole.headers[name] for name in set(whole.headers) - varying} == {
        name: head.headers[name] for name in set(head.headers) - varying
    }


async def test_a_part_of_a_download(rig: Rig) -> None:
    target = f"/v1/story/download?id={VIDEO}"
    etag = (await rig.get(target)).headers["etag"]
    part = await rig.get(target, range="bytes=100-199", if_range=etag)
    assert (206, VIDEO_BYTES[100:200]) == (part.status, part.body)
    assert f"bytes 100-199/{len(VIDEO_BYTES)}" == part.headers["content-range"]
    changed = await rig.get(target, range="bytes=100-199", if_range='"another"')
    assert (changed.status, changed.body) == (200, VIDEO_BYTES)
    known = await rig.get(target, if_none_match=etag)
    assert (known.status, known.body) == (304, b"")
    assert etag == known.headers["etag"]
    outside = await rig.get(target, range=f"bytes={len(VIDEO_BYTES)}-")
    assert (outside.status, outside.body) == (416, b"")
    assert f"bytes */{len(VIDEO_BYTES)}" == outside.headers["content-range"]


async def test_a_file_in_words_for_who_cannot_take_bytes(rig: Rig) -> None:
    """``url`` is the call that answers with the bytes; it never holds the key."""
    target = f"/v1/story/download?id={PHOTO}&format=json&access_key=x"
    told = (await rig.get(target)).json()
    file = await rig.get(told["url"].removeprefix("http://testserver"))
    assert file.body == PHOTO_BYTES
    assert {
        "url": f"http://testserver/v1/story/download?id={PHOTO}",
        "content_type": "image/jpeg",
        "size": len(PHOTO_BYTES),
        "sha256": file.headers["etag"].strip('"'),
        "filename": f"acme_wild_{PHOTO}.jpg",
        "media_type": 1,
        "taken_at": "2026-04-08T14:20:01Z",
    } == told


@pytest.mark.parametrize(
    "target",
    [
        f"/v1/story/by/%69d?id={PHOTO}",
        f"/v1/story/by/id?unknown=1&id={PHOTO}&safe_int=true",
        f"/v1/story/by/id?id=1&id={PHOTO}",
        f"/v1/story/by/id?i%64={PHOTO}",
        f"/v1/story/by/id?id={PHOTO}#fragment".partition("#")[0],
    ],
)
async def test_a_call_means_the_same_however_it_is_spelled(target: str, rig: Rig) -> None:
    """Escapes are read, unknown parameters are not, and of a repeated one the last counts."""
    plain = await rig.get(f"/v1/story/by/id?id={PHOTO}")
    assert plain.body == (await rig.get(target)).body


async def test_a_list_is_the_stories_bytes_joined(rig: Rig) -> None:
    """Compact JSON, made once: what is asked alone and in a list is the same to the byte."""
    first, second = (await stories(rig, ""))[:2]
    alone = [(await rig.get(f"/v1/story/by/id?id={each['pk']}")).body for each in (first, second)]
    listed = (await rig.get(f"/v1/user/stories?user_id={PUBLIC}&amount=2")).body
    assert b"[" + b",".join(alone) + b"]" == listed
    assert json.loads(alone[0]) == first
