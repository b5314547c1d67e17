"""A batch over the API, where files are kept."""

from typing import Any

from tests.api.rig import (
    EMPTY,
    PHOTO,
    PHOTO_BYTES,
    PRIVATE,
    PUBLIC,
    UNKEPT,
    VIDEO,
    VIDEO_BYTES,
    Rig,
)

BATCH = f"/v1/users/stories?user_ids={PRIVATE},{PUBLIC},7,{EMPTY}"
SINGLE = f"/v1/user/stories?user_id={PUBLIC}"


async def ask(rig: Rig, target: str) -> Any:
    answer = await rig.get(target)
    assert 200 == answer.status, answer.body
    return answer.json()


async def test_the_stories_are_those_of_the_single_call(rig: Rig) -> None:
    """With stable addresses, with the CDN's, and as many as are asked for."""
    for more in ("", "&media=cdn", "&media=stable", "&media=stable&amount=3"):
        told = await ask(rig, f"{BATCH}{more}")
        assert ["private", "ok", "not_found", "empty"] == [each["outcome"] for each in told]
        single = await ask(rig, f"{SINGLE}{more}")
        assert [[], single, [], []] == [each["stories"] for each in told]
        plain = await ask(rig, BATCH)
        told[1] |= {"stories": plain[1]["stories"]}
        assert plain == told


async def test_its_stable_addresses_lead_to_the_files(rig: Rig) -> None:
    """Each story's own, also where one before it has none."""
    told = await ask(rig, f"{BATCH}&media=stable")
    stories = {int(story["pk"]): story for story in told[1]["stories"]}
    for address, content in (
        (stories[PHOTO]["thumbnail_url"], PHOTO_BYTES),
        (stories[VIDEO]["video_url"], VIDEO_BYTES),
    ):
        file = await rig.get(address.removeprefix("http://testserver"), key="")
        assert (200, content) == (file.status, file.body)
    assert "/media/" not in str(stories[UNKEPT])


async def test_a_key_for_stable_addresses_has_them_here_too(rig: Rig) -> None:
    asked = await ask(rig, f"{BATCH}&media=stable")
    await rig.shelves.keyring.set_media(1, "stable")
    assert asked == await ask(rig, BATCH)


async def test_what_it_tells_can_be_downloaded(rig: Rig) -> None:
    told = await ask(rig, BATCH)
    ids = {int(story["pk"]): story["id"] for story in told[1]["stories"]}
    for pk, content in ((PHOTO, PHOTO_BYTES), (VIDEO, VIDEO_BYTES)):
        file = await rig.get(f"/v1/story/download?id={ids[pk]}")
        assert (200, content) == (file.status, file.body)
