"""Accounts by themselves, in the vendor's flat shape."""

import json

from storykeep.core.ids import MAX_PK
from storykeep.core.sighting import Sighting
from tests.api.rig import NOW, PRIVATE, PUBLIC, Rig
from tests.making import make_profile, make_user

BIG = 2**60
USER = make_user(PUBLIC, "acme_wild", full_name="Acme Wild", is_verified=True)
PAGE = make_profile(
    USER, full_name="Acme Wild", biography="Wild", follower_count=7, fbid_v2=BIG, is_private=False
)

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
            "url?url=https://www.instagram.com/Acme_Wild/?hl=en",
            "url?url=https://m.instagram.com/stories/acme_wild/3870830000001000003/",
        )
    ]
    assert [200] * 5 == [answer.status for answer in answers]
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
    for how in ("id?id=acme", "username?username=a%20b", "url?url=https://example.org/acme/"):
        assert 400 == (await rig.get(f"/v1/user/by/{how}")).status


async def see_page(rig: Rig) -> None:
    sighting = Sighting(user=USER, seen_at=NOW - 60, source="instagram", profile=PAGE)
    await rig.shelves.archive.record(sighting)


async def test_all_that_its_page_told_is_answered(rig: Rig) -> None:
    await see_page(rig)
    told = (await rig.get(f"/v1/user/by/id?id={PUBLIC}")).json()
    assert KEYS == [*told]
    assert ("Wild", 7) == (told["biography"], told["follower_count"])


async def test_the_second_version_has_the_user_as_its_page_told_it(rig: Rig) -> None:
    """With numbers that JavaScript can hold, where that is asked for."""
    await see_page(rig)
    by_id = f"/v2/user/by/id?id={PUBLIC}"
    for target in (by_id, "/v2/user/by/username?username=acme_wild"):
        document = (await rig.get(target)).json()
        assert ["user", "status"] == [*document]
        user = document["user"]
        assert json.loads(PAGE).items() <= user.items()
        assert (PUBLIC, BIG) == (user["pk"], user["fbid_v2"])
        assert [str(PUBLIC)] * 3 == [user[key] for key in ("id", "pk_id", "strong_id__")]
    user = (await rig.get(f"{by_id}&safe_int=on")).json()["user"]
    assert (PUBLIC, str(BIG)) == (user["pk"], user["fbid_v2"])
    assert 422 == (await rig.get(f"{by_id}&safe_int=2")).status


async def test_without_a_page_the_second_version_has_what_stories_told(rig: Rig) -> None:
    """What programs need to go on: number and name, also of a private account."""
    for pk, name in ((PUBLIC, "acme_wild"), (PRIVATE, "acme_private")):
        user = (await rig.get(f"/v2/user/by/username?username={name}")).json()["user"]
        assert (pk, str(pk), name) == (user["pk"], user["pk_id"], user["username"])
        assert (pk == PRIVATE) == user["is_private"]


async def test_every_answer_says_who_told_it_and_when(rig: Rig) -> None:
    await see_page(rig)
    for target in (
        f"/v1/user/by/id?id={PUBLIC}",
        "/v1/user/by/username?username=acme_wild",
        "/v1/user/by/url?url=https://instagram.com/acme_wild",
        f"/v2/user/by/id?id={PUBLIC}",
        "/v2/user/by/username?username=acme_wild",
    ):
        headers = (await rig.get(target)).headers
        told = [headers[f"x-storykeep-{name}"] for name in ("source", "outcome", "seen-at")]
        assert ["archive", "archived", "2026-04-08T14:52:20Z"] == told
        assert "60" == headers["age"]
