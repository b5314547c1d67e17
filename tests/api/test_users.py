"""Accounts by themselves, in the vendor's flat shape."""

import json

from storykeep.core.ids import MAX_PK
from tests.api.rig import PRIVATE, PUBLIC, Rig

ACME = {
    "pk": PUBLIC,
    "username": "acme_wild",
    "full_name": "Acme Wild",
    "is_private": False,
    "is_verified": True,
}
KEYS = [
    "pk",
    "username",
    "full_name",
    "is_private",
    "profile_pic_url",
    "profile_pic_url_hd",
    "is_verified",
    "media_count",
    "follower_count",
    "following_count",
    "biography",
    "external_url",
    "account_type",
    "is_business",
    "public_email",
    "contact_phone_number",
    "public_phone_country_code",
    "public_phone_number",
    "business_contact_method",
    "business_category_name",
    "category_name",
    "category",
    "address_street",
    "city_id",
    "city_name",
    "latitude",
    "longitude",
    "zip",
    "instagram_location_id",
    "interop_messaging_user_fbid",
]
"""As the vendor answers, in its order."""


async def test_an_account_is_told_by_name_and_by_number_alike(rig: Rig) -> None:
    """What nobody knows is null, and its key is there; ``pk`` is a number."""
    answers = [
        await rig.get(f"/v1/user/by/{how}")
        for how in (
            f"id?id={PUBLIC}",
            "username?username=acme_wild",
            "username?username=@ACME_wild",
        )
    ]
    assert [200, 200, 200] == [answer.status for answer in answers]
    assert 1 == len({answer.body for answer in answers})
    told = answers[0].json()
    assert KEYS == [*told]
    assert {name: told[name] for name in ACME} == ACME
    assert told["profile_pic_url"].startswith("https://")
    silent = set(KEYS) - set(ACME) - {"profile_pic_url"}
    assert {name: "" if name == "biography" else None for name in silent} == {
        name: told[name] for name in silent
    }


async def test_a_private_account_is_told_and_says_so(rig: Rig) -> None:
    """A profile is public; also of the operator's own it is told what Instagram says."""
    await rig.shelves.archive.own(PRIVATE, is_own=True)
    answer = await rig.get("/v1/user/by/username?username=acme_private")
    assert (200, PRIVATE, True) == (
        answer.status, answer.json()["pk"], answer.json()["is_private"],
    )  # fmt: skip


async def test_who_was_never_seen_is_not_found(rig: Rig) -> None:
    for how in ("id?id=1", f"id?id={MAX_PK + 1}", "username?username=nobody"):
        answer = await rig.get(f"/v1/user/by/{how}")
        assert (404, "UserNotFound") == (answer.status, json.loads(answer.body)["exc_type"])


async def test_a_name_or_number_that_can_be_none_is_refused(rig: Rig) -> None:
    for how in ("id?id=acme", "username?username=a%20b"):
        assert 400 == (await rig.get(f"/v1/user/by/{how}")).status
