"""Web pages of today and of old, and the vendor's own objects: other words, the same Story."""

import pytest

from storykeep.core.sighting import SeenFile
from tests.payloads.loading import payload, shared
from tests.payloads.reading import ACME, CDN, CTA, LISTS, capture, look, only, ordered, wire


def test_web_pages_of_today() -> None:
    """xdt: the owner is the reel's, mentions are Bloks stickers, a code stands for a pk."""
    read = capture(payload("xdt_reels_media.json"))
    assert () == read.problems
    (sighting,) = read.sightings
    photo, video = sighting.stories
    assert {"xdt"} == {seen.dialect for seen in sighting.stories}
    assert [False, True] == [seen.is_close_friends for seen in sighting.stories]
    owner = {**ACME, "full_name": "", "is_private": True, "is_verified": False}
    owner["profile_pic_url"] = f"{CDN}/v/t51.2885-19/acme_n.jpg?oe=69DC0000"
    assert [owner, owner] == [wire(seen.story)["user"] for seen in sighting.stories]
    assert "DW382BgOStP" == photo.story.code
    candidates = payload("xdt_reels_media.json")["data"]["xdt_api__v1__feed__reels_media"][
        "reels_media"
    ][0]["items"][0]["image_versions2"]["candidates"]
    assert candidates[1]["url"] == photo.story.thumbnail_url
    assert (
        SeenFile("image", "acme_640_n.jpg", "MzE=.2"),
        SeenFile("image", "acme_1080_n.jpg", "MzE=.3"),
    ) == photo.files
    assert [("4400000002", "acme_friend", 0.4)] == [
        (mention.user.pk, mention.user.username, mention.y) for mention in photo.story.mentions
    ]
    assert [(None, "wildlife")] == [
        (sticker.hashtag.id, sticker.hashtag.name) for sticker in photo.story.hashtags
    ]
    assert [213163910] == [sticker.location.pk for sticker in photo.story.locations]
    assert [None] == [sticker.id for sticker in photo.story.stickers]
    assert (f"{CDN}/o1/v/t2/f2/m78/AQacme103.mp4?oe=69D80000", 14.966) == (
        video.story.video_url,
        video.story.video_duration,
    )
    assert [("2771247936148503177", "CZ1c1CyqnqJ", "clips")] == [
        (media.media_pk, media.media_code, media.product_type) for media in video.story.medias
    ]


def test_web_pages_until_2023() -> None:
    """Legacy: one list of tappables is told apart; a mention there has a name and no number."""
    read = capture(payload("legacy_reels_media.json"))
    assert () == read.problems
    (sighting,) = read.sightings
    photo = wire(sighting.stories[0].story)
    place = {"x": 0.5, "y": 0.25, "width": 0.5, "height": 0.0625}
    nobody = dict.fromkeys(ACME)
    friend = {**nobody, "pk": "", "username": "acme_friend", "full_name": "Acme Friend"}
    sponsor = {**nobody, "pk": "4400000003", "id": "4400000003", "username": "acme_sponsor"}
    expected = {
        "id": "2770765457985688229_4400000001",
        "taken_at": "2022-02-10T19:23:18Z",
        "media_type": 1,
        "product_type": "story",
        "thumbnail_url": f"{CDN}/v/t51.71878-15/acme_1080_n.jpg?oe=60000000",
        "video_url": None,
        "sponsor_tags": [{**sponsor, "full_name": ""}],
        "mentions": [{"user": {**friend, "is_private": False}, **place}],
        "links": [
            {
                "webUri": "https://l.instagram.com/?u=https%3A%2F%2Fexample.com&e=x",
                **CTA,
                "rotation": 0.0,
            }
        ],
        "stickers": [],
    }
    assert expected == {key: photo[key] for key in expected}
    assert ["wildlife"] == [sticker["hashtag"]["name"] for sticker in photo["hashtags"]]
    assert [(213163910, "")] == [
        (sticker["location"]["pk"], sticker["location"]["name"]) for sticker in photo["locations"]
    ]
    assert [("2771247936148503177", "CZ1c1CyqnqJ")] == [
        (media["media_pk"], media["media_code"]) for media in photo["medias"]
    ]


def test_video_until_2023() -> None:
    """Legacy: the largest video, its length, and whether only close friends may see it."""
    photo, video = look(payload("legacy_reels_media.json")).stories
    assert (2, f"{CDN}/v/t50.12441-16/acme_720_n.mp4?oe=60000000", 11.2) == (
        video.story.media_type,
        video.story.video_url,
        video.story.video_duration,
    )
    assert [("legacy", False), ("legacy", True)] == [
        (seen.dialect, seen.is_close_friends) for seen in (photo, video)
    ]


def test_vendor_stories_come_back() -> None:
    """A complete Story of the vendor's API is the same after reading, in the same order."""
    document = payload("vendor_user_stories.json")
    read = capture(document)
    assert () == read.problems
    (sighting,) = read.sightings
    mapped = [wire(seen.story) for seen in sighting.stories]
    assert ordered(document) == ordered(mapped)
    assert {"vendor"} == {seen.dialect for seen in sighting.stories}


def test_captured_vendor_stories_come_back() -> None:
    """So is the captured one."""
    document = shared("real_hikerapi_v1_user_stories_natgeo_2026-04.json")
    (sighting,) = capture(document).sightings
    mapped = [wire(seen.story) for seen in sighting.stories]
    assert ordered(document) == ordered(mapped)


def test_vendor_story_with_gaps() -> None:
    """What a vendor's Story lacks has the default of the vendor's schema."""
    document = {
        "pk": 3870830000001000003,
        "taken_at": "2026-04-08T14:20:01+00:00",
        "user": {"pk": 4400000001},
        "thumbnail_url": None,
        "mentions": None,
        "sponsor_tags": None,
    }
    user = {**dict.fromkeys(ACME), "pk": "4400000001", "id": "4400000001", "full_name": ""}
    expected = {
        "pk": "3870830000001000003",
        "id": "3870830000001000003_4400000001",
        "code": "DW382Bf_CJD",
        "taken_at": "2026-04-08T14:20:01Z",
        "media_type": 1,
        "product_type": "",
        "thumbnail_url": None,
        "user": user,
        "video_url": None,
        "video_duration": 0.0,
    } | {key: [] for key in LISTS}
    assert expected == wire(only(document).story)


@pytest.mark.parametrize(
    "name",
    [
        "real_gql_query_hash_photo_mention_2022.json",
        "real_gql_query_hash_reels_media_envelope_2019.json",
        "lib_instaloader_4.16_storyitem_video.json",
        "real_ig_v1_user_story_natgeo_2026-04.json",
        "real_hikerapi_v1_user_stories_natgeo_2026-04.json",
    ],
)
def test_captures_of_others(name: str) -> None:
    """Nothing in the captures at hand is beyond reading."""
    read = capture(shared(name))
    assert () == read.problems
    assert [True] == [bool(sighting.stories) for sighting in read.sightings]


def test_captured_web_page() -> None:
    """The one thing that cannot be read is a reshared post's code, made up by who published it."""
    read = capture(shared("real_xdt_live_reel_reshared_clip_2026-09.json"))
    assert ["story_feed_media[0].media_code"] == [problem.field for problem in read.problems]
    ((seen,),) = (sighting.stories for sighting in read.sightings)
    assert ["p457xxxxxxx"] == [media.media_code for media in seen.story.medias]
    assert "https://example.invalid/442" == seen.story.thumbnail_url
