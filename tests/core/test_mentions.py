"""A person is cut out of what others' captures say, in every dialect, and nobody else is."""

from typing import Any

import pytest

from storykeep.core.mentions import (
    MASK,
    Erased,
    Scope,
    cut_file_name,
    cut_mentions,
    word_of_name,
    word_of_story,
    word_of_user,
)
from tests.payloads.loading import payload

PK, NAME = 4400000009, "planted.name_7"
WORD = "nature"
"""A name that is a word too."""


def erased(pk: int | None = PK, *names: str) -> Erased:
    """Tell of a person with that number and those names; NAME unless told otherwise."""
    known = {word_of_name(name) for name in names or (NAME,)}
    if pk is not None:
        known.add(word_of_user(pk))
    return lambda word: "mentions" if word in known else None


OTHER = {"pk": 4400000001, "username": "acme", "full_name": "Acme"}
PERSON = {"pk": PK, "pk_id": str(PK), "id": str(PK), "username": NAME, "full_name": "P"}

ENTRIES: dict[str, Any] = {
    "v1 mention": {"x": 0.5, "user": PERSON},
    "v1 mention by name": {"x": 0.5, "user": {"username": NAME}},
    "v1 mention by number": {"x": 0.5, "user": {"pk": str(PK)}},
    "v1 sponsor": {"permission": True, "sponsor": PERSON},
    "v1 sponsor by id": {"permission": True, "sponsor_id": PK},
    "v1 bloks mention": {
        "bloks_sticker": {
            "id": "bloks_sticker_id",
            "sticker_data": {"ig_mention": {"account_id": str(PK), "username": NAME}},
        }
    },
    "v1 reshared post": {"media_id": f"3870000000000000000_{PK}", "product_type": "feed"},
    "v1 music of the person": {"music_asset_info": {"ig_username": NAME, "title": "Song"}},
    "v1 coauthor": PERSON,
    "legacy mention": {"__typename": "GraphTappableMention", "username": NAME, "x": 0.1},
    "legacy sponsor": {"node": {"id": str(PK), "username": NAME}},
    "vendor mention": {"user": PERSON, "x": 0.1},
    "vendor sponsor": PERSON,
    "vendor reshared post": {"media_pk": "3870000000000000000", "user_id": str(PK)},
    "gallery-dl tag": {"id": str(PK), "username": NAME, "full_name": "P"},
    "camel case": {"authorId": PK},
    "a name": NAME,
    "a name with @": "@" + NAME,
    "a number": PK,
    "a number as text": str(PK),
}


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_an_entry_that_names_the_person_goes_and_its_neighbours_stay(entry: Any) -> None:
    item = {"pk": 1, "user": OTHER, "list": [{"user": OTHER}, entry, {"user": OTHER}]}
    cut = cut_mentions(item, erased())
    if entry == "@" + NAME:
        assert {**item, "list": [{"user": OTHER}, "@" + MASK, {"user": OTHER}]} == cut.value
    else:
        assert {**item, "list": [{"user": OTHER}, {"user": OTHER}]} == cut.value
    assert 1 == cut.times


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_another_persons_entry_stays(entry: Any) -> None:
    """The very same object, so that its bytes stay too."""
    item = {"pk": 1, "user": OTHER, "list": [entry]}
    cut = cut_mentions(item, erased(PK + 1, "planted.name_8", "planted"))
    assert cut.value is item
    assert 0 == cut.times


def test_an_object_in_no_list_becomes_null() -> None:
    item = {"pk": 1, "reshared_story_media_author": PERSON, "more": {"deep": {"owner": PERSON}}}
    expected = {"pk": 1, "reshared_story_media_author": None, "more": {"deep": {"owner": None}}}
    assert (expected, 2) == cut_mentions(item, erased())


def test_the_inmost_list_loses_its_entry() -> None:
    tagged = {"in": [{"user": PERSON}, {"user": OTHER}]}
    item = {"carousel_media": [{"pk": 2, "usertags": tagged}]}
    expected = {"carousel_media": [{"pk": 2, "usertags": {"in": [{"user": OTHER}]}}]}
    assert (expected, 1) == cut_mentions(item, erased())


def test_keys_that_are_the_person_go_with_their_values() -> None:
    assert ({"reels": {"1": 2}}, 2) == cut_mentions(
        {"reels": {str(PK): {}, NAME: {}, "1": 2}}, erased()
    )


def test_of_the_outermost_object_only_values_go() -> None:
    assert ({"pk": 1, "shop_routing_user_id": None, "sponsor_username": None}, 2) == cut_mentions(
        {"pk": 1, "shop_routing_user_id": str(PK), "sponsor_username": NAME}, erased()
    )


TEXTS = {
    f"with @{NAME}.": f"with @{MASK}.",
    f"with {NAME.upper()}, and others": f"with {MASK}, and others",
    f"https://www.instagram.com/{NAME}/": f"https://www.instagram.com/{MASK}/",
    f"https://l.instagram.com/?u=https%3A%2F%2Finstagram.com%2F{NAME}%2F": (
        f"https://l.instagram.com/?u=https%3A%2F%2Finstagram.com%2F{MASK}%2F"
    ),
    f"%40{NAME}": f"%40{MASK}",
    f'{{"user":"\\n{NAME}\\u0020","id":"{PK}"}}': f'{{"user":"\\n{MASK}\\u0020","id":"{MASK}"}}',
    f"instagram://user?id={PK}": f"instagram://user?id={MASK}",
    f"{NAME}2 not.{NAME} {PK}1": f"{NAME}2 not.{NAME} {PK}1",
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.items())
def test_a_text_loses_the_name_and_the_number(text: str, expected: str) -> None:
    assert {"caption": {"text": expected}} == cut_mentions(
        {"caption": {"text": text}}, erased()
    ).value
    assert {"some_new_key": expected} == cut_mentions({"some_new_key": text}, erased()).value


def test_an_address_of_the_cdn_names_files_and_nobody() -> None:
    """Else a file of another's story might not be found any more."""
    item = {"image_versions2": [{"url": f"https://scontent.cdninstagram.com/v/{PK}_n.jpg"}]}
    assert cut_mentions(item, erased()).value is item


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("kind", "nature", "nature"),
        ("url", "https://a.test/nature/1", "https://a.test/nature/1"),
        ("url", "https://www.instagram.com/nature/", f"https://www.instagram.com/{MASK}/"),
        (
            "url",
            "https://instagram.com/stories/nature/1",
            f"https://instagram.com/stories/{MASK}/1",
        ),
        ("data", '{"username":"nature"}', f'{{"username":"{MASK}"}}'),
        ("data", "by @nature", f"by @{MASK}"),
        ("text", "I love nature", f"I love {MASK}"),
        ("name", "nature", "nature"),
    ],
)
def test_a_name_that_is_a_word_is_masked_where_it_is_a_name(
    key: str, text: str, expected: str
) -> None:
    assert {key: expected} == cut_mentions({key: text}, erased(None, WORD)).value


def test_a_place_with_the_persons_number_is_no_person() -> None:
    """Places, hashtags and accounts are counted each for itself."""
    item = {
        "story_locations": [{"location": {"pk": PK, "name": "Here", "facebook_places_id": PK}}],
        "locations": [{"id": str(PK), "name": "Here"}],
        "hashtags": [{"hashtag": {"id": str(PK), "name": "here"}}],
        "tappable_objects": [{"__typename": "GraphTappableLocation", "id": str(PK)}],
        "taken_at": PK,
    }
    assert cut_mentions(item, erased()).value is item


def test_a_small_number_is_a_person_only_where_a_key_says_so() -> None:
    item = {"a": [{"id": "25", "x": 1}, {"user_id": 25}, {"id": 25, "username": "x"}, 25, "25"]}
    assert ({"a": [{"id": "25", "x": 1}, 25, "25"]}, 2) == cut_mentions(item, erased(25))


@pytest.mark.parametrize(
    ("name", "pk", "who"),
    [
        ("constructed_v1_user_story_all_stickers.json", 304662892, "prada"),
        ("constructed_v1_item_photo_bloks_mention_only.json", 304662892, "prada"),
        ("constructed_v1_item_video_sponsor_paid_partnership.json", 304662892, "prada"),
        ("legacy_reels_media.json", None, "acme_friend"),
        ("legacy_reels_media.json", None, "acme_sponsor"),
        ("xdt_reels_media.json", 4400000002, "acme_friend"),
        ("vendor_user_stories.json", 4400000002, "acme_friend"),
        ("vendor_user_stories.json", 1573431041, "nobody"),
    ],
)
def test_no_capture_keeps_a_trace(name: str, pk: int | None, who: str) -> None:
    document = payload(name)
    before = str(document).lower()
    after = str(cut_mentions({"whole": document}, erased(pk, who)).value).lower()
    assert (who in before, str(pk) in before) != (False, False)
    assert str(pk) not in after
    assert who not in after.replace("/" + who, "")  # a picture's address, of nobody in particular


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (f"{NAME}_3870830000050000001.jpg", f"{MASK}_3870830000050000001.jpg"),
        (f"with_{NAME}.jpg", f"with_{MASK}.jpg"),
        (f"{NAME}-{NAME}.jpg", f"{MASK}-{MASK}.jpg"),
        (f"{NAME}x.jpg", f"{NAME}x.jpg"),
        ("nature.jpg", "nature.jpg"),
        ("123_456_n.jpg", "123_456_n.jpg"),
    ],
)
def test_a_files_name_loses_the_name(name: str, expected: str) -> None:
    assert expected == cut_file_name(name, erased(None, NAME, WORD))


def test_an_erased_story_is_cut_out_of_what_names_it() -> None:
    """A reel lists its stories' numbers; others' stories reshare it."""
    pk = 3870830000001000003
    document = {"media_ids": [pk, 5], "more": [{"media_id": f"{pk}_{PK}", "x": 1}]}
    told: dict[str, Scope] = {word_of_story(pk): "story"}
    assert ({"media_ids": [5], "more": []}, 2) == cut_mentions(document, told.get)


def test_a_short_number_is_a_persons_where_the_object_is_somebody() -> None:
    """Early accounts have few digits, and some dialects tell no more of them than that."""
    document = {"tags": [{"user": {"pk": 787132}, "x": 1}, {"poll": {"id": 787132}}]}
    assert ({"tags": [document["tags"][1]]}, 1) == cut_mentions(document, erased(787132))
