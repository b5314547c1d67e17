"""An account's page becomes the vendor's two shapes of a user."""

from typing import Any

import pytest
from msgspec import json, to_builtins

from storykeep.core.extract import read_capture
from storykeep.core.extract.profile import create_flat_user, create_raw_user
from storykeep.core.model import UserShort
from storykeep.core.safe_int import spell_big_numbers
from tests.making import ACME, T0, make_profile, make_user
from tests.payloads.loading import shared

V1, V2 = (
    "real_hikerapi_v1_user_by_username_2026-06.json",
    "real_hikerapi_v2_user_by_username_2026-04.json",
)


def read(document: Any) -> tuple[UserShort, bytes]:
    (sighting,) = read_capture(document, source="test", seen_at=T0).sightings
    assert sighting.profile is not None
    return sighting.user, sighting.profile


def test_what_instagram_told_becomes_what_the_vendor_answers() -> None:
    """The samples are two months apart: counts and addresses differ, and nothing else."""
    v1, v2 = shared(V1), shared(V2)
    made = to_builtins(create_flat_user(*read(v2)))
    assert [*v1] == [*made]
    changed = {"follower_count", "profile_pic_url", "profile_pic_url_hd"}
    assert changed == {key for key in v1 if v1[key] != made[key]}
    assert v2["user"]["hd_profile_pic_url_info"]["url"] == made["profile_pic_url_hd"]


def test_raw_in_raw_out() -> None:
    v2 = shared(V2)
    assert v2["user"] == create_raw_user(*read(v2))


def test_what_the_vendor_answered_flat_stays_so() -> None:
    """And in the raw shape it has the ids that programs look for."""
    v1 = shared(V1)
    v1["profile_pic_url"] = "https://scontent.cdninstagram.com/a.jpg"
    assert v1 == to_builtins(create_flat_user(*read(v1)))
    raw = create_raw_user(*read(v1))
    assert {**v1, "id": "787132", "pk_id": "787132", "strong_id__": "787132"} == raw


def test_without_a_page_it_is_what_is_known() -> None:
    user = make_user(full_name="Acme")
    flat = create_flat_user(user, None)
    assert (ACME, "acme", "Acme", "", None) == (
        flat.pk, flat.username, flat.full_name, flat.biography, flat.media_count,
    )  # fmt: skip
    raw = create_raw_user(user, None)
    assert (ACME, *[str(ACME)] * 3, "acme", False) == (
        raw["pk"], raw["id"], raw["pk_id"], raw["strong_id__"], raw["username"], raw["is_private"],
    )  # fmt: skip


def test_the_newer_word_holds() -> None:
    """A story may have told since that the account is private, or is called otherwise."""
    page = make_profile(make_user(username="before"), is_private=False, full_name="Acme")
    user = make_user(is_private=True, full_name="")
    for told in (to_builtins(create_flat_user(user, page)), create_raw_user(user, page)):
        assert ("acme", True, "Acme") == (told["username"], told["is_private"], told["full_name"])


def test_what_the_operator_is_to_an_account_is_neither_kept_nor_told() -> None:
    """Whom they follow, block or mute is nobody else's business; an older archive may know it."""
    facts: dict[str, Any] = {
        "is_favorite": True, "mutual_followers_count": 2, "profile_context": "Followed by b",
        "latest_besties_reel_media": T0,
    }  # fmt: skip
    page = make_profile(
        **facts, full_name="Acme", friendship_status={"following": True, "muting": True}
    )
    alike: dict[str, Any] = {
        "is_favorite": False,
        "mutual_followers_count": 0,
        "profile_context": "",
    }
    alike["latest_besties_reel_media"] = 0  # who is not among them sees no such story
    for told in (json.decode(read(json.decode(page))[1]), create_raw_user(make_user(), page)):
        assert "friendship_status" not in told
        assert alike == {key: told[key] for key in alike}


def test_ids_come_as_texts_and_numbers_and_what_is_broken_is_not_known() -> None:
    """An id of a page that has another text than the number stays as it came."""
    page = make_profile(
        city_id=7, interop_messaging_user_fbid="8", media_count="12", follower_count=[1],
        external_url={}, hd_profile_pic_url_info="none", latitude=0.5, pk=str(ACME),
    )  # fmt: skip
    flat = create_flat_user(make_user(), page)
    assert (ACME, 7, "8", 12, None, None, None, 0.5) == (
        flat.pk, flat.city_id, flat.interop_messaging_user_fbid, flat.media_count,
        flat.follower_count, flat.external_url, flat.profile_pic_url_hd, flat.latitude,
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrap",
    [lambda user: user, lambda user: {"user": user, "status": "ok"}],
    ids=["alone", "answered"],
)
def test_a_captured_page_is_kept_and_a_user_beside_stories_is_none(wrap: Any) -> None:
    page = json.decode(make_profile(full_name="Acme"))
    assert json.encode(page) == read(wrap(page))[1]
    short = {key: value for key, value in page.items() if key != "biography"}
    (sighting,) = read_capture(wrap(short), source="test", seen_at=T0).sightings
    assert sighting.profile is None


def test_numbers_that_a_float_would_round_become_texts() -> None:
    most = 2**53 - 1
    told = {"a": [most, most + 1, -most - 1], "b": {"c": 2**60, "d": True, "e": 1.5, "f": None}}
    assert {
        "a": [most, str(most + 1), str(-most - 1)],
        "b": {"c": str(2**60), "d": True, "e": 1.5, "f": None},
    } == spell_big_numbers(told)
