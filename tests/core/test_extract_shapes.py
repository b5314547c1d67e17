"""Documents are told by their shape, and foreign ones refused with a reason."""

from typing import Any

import pytest

from storykeep.core.extract import Capture, NotACapture
from storykeep.core.sighting import Problem
from tests.payloads.loading import INSTAGRAM_ERRORS, payload, shared
from tests.payloads.reading import NOW, capture, look

OWNER = {"pk": 4400000001, "username": "acme_wild", "full_name": "Acme Wild", "is_private": False}
EMPTY = Problem("reel", "the answer is empty and names no account", None)

ITEM = payload("constructed_v1_item_photo_plain.json")
OTHER = payload("constructed_v1_item_video_plain.json")
REEL = payload("constructed_v1_user_story_all_stickers.json")["reel"] | {"items": [ITEM, OTHER]}
XDT = payload("xdt_reels_media.json")
(XDT_REEL,) = XDT["data"]["xdt_api__v1__feed__reels_media"]["reels_media"]
LEGACY = payload("legacy_reels_media.json")
(LEGACY_REEL,) = LEGACY["data"]["reels_media"]
VENDOR = payload("vendor_user_stories.json")


@pytest.mark.parametrize(
    ("document", "dialect", "stories", "is_reel"),
    [
        pytest.param({"reel": REEL, "status": "ok"}, "v1", 2, True, id="feed/user/story"),
        pytest.param({"reels": {"4400000001": REEL}}, "v1", 2, True, id="reels"),
        pytest.param({"reels_media": [REEL]}, "v1", 2, True, id="reels_media"),
        pytest.param(
            {"reels": {"4400000001": REEL}, "reels_media": [REEL]}, "v1", 2, True, id="both once"
        ),
        pytest.param({"response": {"reel": REEL}}, "v1", 2, True, id="vendor v2, wrapped"),
        pytest.param({"reel": REEL, "items": VENDOR}, "v1", 2, True, id="vendor v2, with items"),
        pytest.param({"reel": None, "items": VENDOR}, "vendor", 2, False, id="vendor v2, no reel"),
        pytest.param(REEL, "v1", 2, True, id="reel"),
        pytest.param([REEL], "v1", 2, True, id="list of reels"),
        pytest.param({"items": [ITEM], "user": OWNER}, "v1", 1, True, id="short reel"),
        pytest.param({"items": [ITEM], "num_results": 1}, "v1", 1, False, id="media/info"),
        pytest.param(ITEM, "v1", 1, False, id="item"),
        pytest.param([ITEM, OTHER], "v1", 2, False, id="list of items"),
        pytest.param({"story": ITEM}, "v1", 1, False, id="story"),
        pytest.param({"media": ITEM}, "v1", 1, False, id="media"),
        pytest.param(REEL | {"id": "highlight:18000000000000001"}, "v1", 2, False, id="highlight"),
        pytest.param(XDT, "xdt", 2, True, id="xdt"),
        pytest.param(
            {
                "data": {
                    "xdt_api__v1__feed__reels_media__connection": {"edges": [{"node": XDT_REEL}]}
                }
            },
            "xdt",
            2,
            True,
            id="xdt connection",
        ),
        pytest.param(XDT_REEL, "xdt", 2, True, id="xdt reel"),
        pytest.param(XDT_REEL["items"], "xdt", 2, False, id="xdt items"),
        pytest.param(LEGACY, "legacy", 2, True, id="legacy"),
        pytest.param(LEGACY_REEL, "legacy", 2, True, id="legacy reel"),
        pytest.param(LEGACY_REEL["items"][1], "legacy", 1, False, id="legacy item"),
        pytest.param(
            {"instaloader": {"node_type": "StoryItem"}, "node": LEGACY_REEL["items"][0]},
            "legacy",
            1,
            False,
            id="instaloader",
        ),
        pytest.param(
            {"instaloader": {}, "node": LEGACY_REEL["items"][0] | {"iphone_struct": ITEM}},
            "v1",
            1,
            False,
            id="instaloader with the app's item",
        ),
        pytest.param(VENDOR, "vendor", 2, False, id="vendor list"),
        pytest.param(VENDOR[0], "vendor", 1, False, id="vendor story"),
        pytest.param({"items": VENDOR}, "vendor", 2, False, id="vendor v2 by id"),
    ],
)
def test_captures(document: Any, dialect: str, stories: int, *, is_reel: bool) -> None:
    """These are captures of one account's stories; a whole reel keeps its envelope."""
    sighting = look(document)
    assert [dialect] * stories == [seen.dialect for seen in sighting.stories]
    assert (4400000001, is_reel) == (sighting.user_pk, sighting.envelope is not None)
    assert "test" == sighting.source


@pytest.mark.parametrize(
    "document",
    [
        payload("constructed_v1_user_story_empty.json"),
        payload("constructed_v1_reels_media_empty.json"),
        {"data": {"xdt_api__v1__feed__reels_media": {"reels_media": []}}},
        {"data": {"reels_media": []}},
        {"reel": None, "items": []},
        {"reel": {"items": []}},
        [],
    ],
)
def test_empty_and_nameless(document: Any) -> None:
    """An empty answer that names nobody proves nothing of anybody."""
    assert Capture((), (EMPTY,)) == capture(document)


@pytest.mark.parametrize(
    "document",
    [
        {"reel": REEL | {"items": []}},
        {"reel": None, "user": OWNER},
        {"items": [], "user": OWNER},
        {"data": {"xdt_api__v1__feed__reels_media": {"reels_media": [XDT_REEL | {"items": []}]}}},
        LEGACY_REEL | {"items": []},
    ],
)
def test_empty_reel_is_a_fact(document: Any) -> None:
    """An empty reel of a named account is a sighting of nothing, at the time it is told of."""
    sighting = look(document)
    assert () == sighting.stories
    assert sighting.envelope is not None
    assert (4400000001, NOW) == (sighting.user_pk, sighting.seen_at)


@pytest.mark.parametrize(
    "document",
    [
        OWNER,
        {"user": OWNER, "status": "ok"},
        {"user": {**OWNER, "pk": "4400000001", "id": "4400000001"}},
    ],
)
def test_account(document: Any) -> None:
    """An account by itself tells its name and whether it is private, and nothing of stories."""
    sighting = look(document)
    assert ("acme_wild", False) == (sighting.user.username, sighting.user.is_private)
    assert ((), None, NOW) == (sighting.stories, sighting.envelope, sighting.seen_at)


@pytest.mark.parametrize(
    "name",
    [
        "real_hikerapi_v1_user_by_username_2026-06.json",
        "real_hikerapi_v2_user_by_username_2026-04.json",
    ],
)
def test_captured_account(name: str) -> None:
    """So do the captured ones."""
    assert (787132, "natgeo") == (look(shared(name)).user_pk, look(shared(name)).user.username)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"status": "fail", "message": "login_required"}, "answer of Instagram: login_required"),
        ({"status": "fail", "reel": REEL}, "an error answer of Instagram: no reason given"),
        ({"detail": "User not found", "exc_type": "UserNotFound"}, "Stories API: UserNotFound"),
        ({"error": {"message": "Session has expired"}}, "Graph API: Session has expired"),
        ({"tray": [REEL | {"items": []}]}, "a list of reels, none of them a highlight"),
        (ITEM | {"product_type": "feed", "is_reel_media": False}, "a post of the feed"),
        ([{"__typename": "GraphImage", "id": "1", "display_url": ""}], "a post of the feed"),
        ({"instaloader": {"node_type": "Post"}, "node": {}}, "not of a story: Post"),
        ({"ig_stories": []}, "a data export"),
        ({"category": "instagram", "media_id": 1, "user": OWNER}, "a sidecar of gallery-dl"),
        ({"items": [{"id": 1, "full_name": "a/b"}], "total_count": 1}, "none of the known shapes"),
        ({"id": 1, "login": "a", "user": {"id": 1, "login": "a"}}, "none of the known shapes"),
        ({"pk": "1", "username": "a"}, "none of the known shapes"),
        ({"data": [{"id": "17861937508009798"}]}, "none of the known shapes"),
        ({"reel": 5}, "none of the known shapes"),
        ({"reels": 5}, "none of the known shapes"),
        ({"items": []}, "none of the known shapes"),
        ([1, 2], "none of the known shapes"),
        ({}, "none of the known shapes"),
        ("text", "none of the known shapes"),
        (None, "none of the known shapes"),
    ],
)
def test_foreign_documents(document: Any, reason: str) -> None:
    """What is no capture is refused, with words that say what it is."""
    with pytest.raises(NotACapture, match=reason):
        capture(document)


@pytest.mark.parametrize("name", INSTAGRAM_ERRORS)
def test_errors_of_instagram(name: str) -> None:
    """An error answer is no capture, neither bare nor in the wrapping of these samples."""
    document = payload(name)
    for form in (document, document.get("body", document.get("body_text"))):
        with pytest.raises(NotACapture):
            capture(form)
