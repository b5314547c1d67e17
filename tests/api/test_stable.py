"""Stable addresses over the API: in which answers they are, and what they lead to."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storykeep.core.extract import read_capture
from storykeep.core.signing import MediaForm, sign
from storykeep.settings import SettingsError
from tests.api.refusal import Way, assert_refused
from tests.api.rig import (
    CLOSE_FRIENDS,
    HIDDEN,
    NOW,
    PHOTO,
    PHOTO_BYTES,
    PRIVATE,
    PUBLIC,
    UNKEPT,
    VIDEO,
    VIDEO_BYTES,
    Answer,
    Rig,
    open_rig,
)
from tests.payloads.loading import payload

KEY = "a secret of the operator's: 0123456789abcdef"
REEL = f"/v1/user/stories?user_id={PUBLIC}"
ENDPOINTS = [
    f"/v1/story/by/id?id={PHOTO}",
    f"/v1/story/by/url?url=https://www.instagram.com/stories/acme/{PHOTO}/",
    REEL,
    "/v1/user/stories/by/username?username=acme_wild",
]
ADDRESS = re.compile(r"http://testserver(/media/([0-9a-f]{64})\.(jpg|mp4)\?sig=[\w-]{43})")
DIGEST = hashlib.sha256(PHOTO_BYTES).hexdigest()


def stories_of(answer: Answer) -> list[Any]:
    assert answer.status == 200
    told = answer.json()
    return told if isinstance(told, list) else [told]


async def address_of(rig: Rig, pk: int = PHOTO, name: str = "thumbnail_url") -> str:
    """Path and query of a story's file."""
    [story] = stories_of(await rig.get(f"/v1/story/by/id?id={pk}&media=stable"))
    match = ADDRESS.fullmatch(story[name])
    assert match is not None
    return match[1]


async def follow(rig: Rig, target: str, *, method: str = "GET", **headers: str) -> Answer:
    """Ask without a key."""
    return await rig.get(target, key="", method=method, **headers)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = [*value.values()]
    if isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


# ---------------------------------------------------------------------------------- in the answers


@pytest.mark.parametrize("target", ENDPOINTS)
async def test_a_story_has_addresses_of_ours_where_its_files_are_kept(
    target: str, rig: Rig
) -> None:
    """And is otherwise the same, in the same order; the price too."""
    before, after = await rig.get(target), await rig.get(f"{target}&media=stable")
    assert before.headers["x-hiker-info"] == after.headers["x-hiker-info"]
    for old, new in zip(stories_of(before), stories_of(after), strict=True):
        assert [*old] == [*new]
        kept = {PHOTO: "thumbnail_url", VIDEO: "video_url"}.get(int(old["pk"]))
        for name in old:
            if name == kept:
                assert ADDRESS.fullmatch(new[name])
            elif name in ("thumbnail_url", "video_url"):
                assert new[name] in (old[name], None)
            else:
                assert old[name] == new[name]


async def test_the_address_of_a_file_that_is_not_kept_ends_with_its_oe(rig: Rig) -> None:
    """Of the CDN's addresses no dead one is handed out as stable."""
    target = f"/v1/story/by/id?id={UNKEPT}&media="
    [old] = stories_of(await rig.get(f"{target}cdn"))
    end = int(re.findall(r"oe=([0-9A-F]+)", old["thumbnail_url"])[0], 16)
    for now, expected in ((end - 1, old["thumbnail_url"]), (end, None)):
        rig.now = now
        [new] = stories_of(await rig.get(f"{target}stable"))
        assert expected == new["thumbnail_url"]


@pytest.mark.parametrize("target", ENDPOINTS)
async def test_without_it_an_answer_is_as_it_always_was(target: str, rig: Rig) -> None:
    """To the byte; so is one that says what is the default anyway."""
    plain = await rig.get(target)
    assert b"/media/" not in plain.body
    assert plain.body == (await rig.get(f"{target}&media=cdn")).body
    kept = [await rig.shelves.archive.story(int(story["pk"])) for story in stories_of(plain)]
    assert b",".join(story.wire for story in kept if story) == plain.body.strip(b"[]")


@pytest.mark.parametrize(
    ("default", "asked", "is_stable"),
    [
        ("cdn", "", False),
        ("cdn", "&media=cdn", False),
        ("cdn", "&media=stable", True),
        ("stable", "", True),
        ("stable", "&media=cdn", False),
        ("stable", "&media=stable", True),
        ("stable", "&media=stable&media=cdn", False),
    ],
)
@pytest.mark.parametrize("target", ENDPOINTS)
async def test_what_is_asked_goes_before_the_keys_default(
    default: MediaForm, asked: str, is_stable: bool, target: str, rig: Rig
) -> None:
    await rig.shelves.keyring.set_media(1, default)
    answer = await rig.get(f"{target}{asked}")
    assert is_stable == (b"http://testserver/media/" in answer.body)


@pytest.mark.parametrize("target", ["/sys/balance", f"/v1/user/by/id?id={PUBLIC}"])
async def test_a_row_without_files_does_not_ask_for_the_default(target: str, rig: Rig) -> None:
    before = await rig.get(target)
    await rig.shelves.keyring.set_media(1, "stable")
    assert before.body == (await rig.get(target)).body


async def test_a_download_does_not_change_with_the_default(rig: Rig) -> None:
    await rig.shelves.keyring.set_media(1, "stable")
    assert PHOTO_BYTES == (await rig.get(f"/v1/story/download?id={PHOTO}")).body


async def test_amount_and_privacy_hold_as_ever(rig: Rig) -> None:
    assert 2 == len(stories_of(await rig.get(f"{REEL}&amount=2&media=stable")))
    assert b"[]" == (await rig.get(f"{REEL}&at=2020-01-01&media=stable")).body
    for target, status in (
        (f"/v1/user/stories?user_id={PRIVATE}", 403),
        (f"/v1/story/by/id?id={HIDDEN}", 403),
        (f"/v1/story/by/id?id={CLOSE_FRIENDS}", 404),
    ):
        assert status == (await rig.get(f"{target}&media=stable")).status


@pytest.mark.parametrize("word", ["", "Stable", "CDN", "both", "1"])
async def test_another_form_is_refused(word: str, rig: Rig) -> None:
    answer = await rig.get(f"{REEL}&media={word}")
    assert 422 == answer.status
    [problem] = answer.json()["detail"]
    assert "Input should be 'cdn' or 'stable'" == problem["msg"]


# ------------------------------------------------------------------------------------ their base


@pytest.mark.parametrize(
    "host", ["stories.example.org", "localhost:8000", "127.0.0.1", "[::1]:8443", "A-b.example"]
)
async def test_an_address_begins_as_the_caller_reached_us(host: str, rig: Rig) -> None:
    answer = await rig.get(f"{ENDPOINTS[0]}&media=stable", host=host)
    assert answer.json()["thumbnail_url"].startswith(f"http://{host}/media/")


@pytest.mark.parametrize(
    "host",
    ["", "a b", "a/b", "a@b", 'a"b', "a\\b", "a:b", "a:123456", "[::1", "::1", "<b>", "a?b", "a#b",
     "é.example", "a" * 254],
)  # fmt: skip
async def test_a_host_that_is_none_makes_no_address(host: str, rig: Rig) -> None:
    """It could lead elsewhere, or break out of the page that shows it."""
    answer = await rig.get(f"{ENDPOINTS[0]}&media=stable", host=host)
    assert (400, "ValidationError") == (answer.status, answer.json()["exc_type"])
    assert "Host header" in answer.json()["detail"]
    assert 200 == (await rig.get(ENDPOINTS[0], host=host)).status


async def test_the_operator_may_say_what_addresses_begin_with(tmp_path: Path) -> None:
    """Then nobody's Host header counts; a description of a file has it too."""
    async with open_rig(tmp_path, public_url="https://stories.example.org/keep") as rig:
        answer = await rig.get(f"{ENDPOINTS[0]}&media=stable", host="evil.example")
        base = "https://stories.example.org/keep"
        assert answer.json()["thumbnail_url"].startswith(f"{base}/media/{DIGEST}.jpg?sig=")
        described = await rig.get(f"/v1/story/download?id={PHOTO}&format=json", host="")
        assert f"{base}/v1/story/download?id={PHOTO}" == described.json()["url"]


# ---------------------------------------------------------------------------------- followed


@pytest.mark.parametrize(
    ("pk", "name", "content", "content_type"),
    [
        (PHOTO, "thumbnail_url", PHOTO_BYTES, "image/jpeg"),
        (VIDEO, "video_url", VIDEO_BYTES, "video/mp4"),
    ],
)
async def test_an_address_is_the_file_for_whoever_has_it(
    pk: int, name: str, content: bytes, content_type: str, rig: Rig
) -> None:
    """Without a key or a charge; what the answer says depends on nobody."""
    target = await address_of(rig, pk, name)
    charged = await rig.balance()
    answer = await follow(rig, target)
    assert (200, content) == (answer.status, answer.body)
    digest = hashlib.sha256(content)
    taken = answer.headers.pop("last-modified")
    assert taken.endswith("GMT")
    file = target.partition("?")[0].rpartition("/")[2]
    assert answer.headers.pop("x-request-id")
    assert {
        "etag": f'"{digest.hexdigest()}"',
        "cache-control": "public, max-age=31536000, immutable",
        "content-type": content_type,
        "content-length": str(len(content)),
        "content-disposition": f'inline; filename="{file}"',
        "accept-ranges": "bytes",
        "repr-digest": f"sha-256=:{base64.b64encode(digest.digest()).decode()}:",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cross-origin-resource-policy": "cross-origin",
        "access-control-allow-origin": "*",
    } == answer.headers
    assert charged == await rig.balance()


async def test_head_parts_and_conditions_are_those_of_a_download(rig: Rig) -> None:
    target = await address_of(rig)
    head = await follow(rig, target, method="HEAD")
    assert (200, b"") == (head.status, head.body)
    assert str(len(PHOTO_BYTES)) == head.headers["content-length"]
    part = await follow(rig, target, range="bytes=10-19", if_range=head.headers["etag"])
    assert (206, PHOTO_BYTES[10:20]) == (part.status, part.body)
    assert f"bytes 10-19/{len(PHOTO_BYTES)}" == part.headers["content-range"]
    assert 304 == (await follow(rig, target, if_none_match=head.headers["etag"])).status
    assert 416 == (await follow(rig, target, range=f"bytes={len(PHOTO_BYTES)}-")).status


async def test_a_key_that_comes_along_is_not_looked_at(rig: Rig) -> None:
    target = await address_of(rig)
    before = await rig.balance()
    answer = await rig.get(target, key="keep_wrong")
    assert 200 == answer.status
    assert "x-hiker-info" not in answer.headers
    assert (await rig.get(target)).status == 200
    assert before == await rig.balance()


async def test_an_answer_is_the_same_for_every_origin(tmp_path: Path) -> None:
    """Else a cache would hand one page the answer that another one may read."""
    for name, origins in (("none", ""), ("one", "https://app.example")):
        async with open_rig(tmp_path / name, cors_origins=origins) as rig:
            target = await address_of(rig)
            found = [
                (await follow(rig, target, x_request_id="a", **headers)).headers
                for headers in ({}, {"origin": "https://app.example"}, {"origin": "null"})
            ]
            assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("ttl", [60, 3600, 31_536_000, 10**9])
async def test_an_address_that_ends_is_cached_no_longer(ttl: int, tmp_path: Path) -> None:
    """Nor answered: 403, and what to do about it."""
    async with open_rig(tmp_path, media_ttl=ttl) as rig:
        [story] = stories_of(await rig.get(f"{ENDPOINTS[0]}&media=stable"))
        target = story["thumbnail_url"].removeprefix("http://testserver")
        end = int(target.rpartition("&expires=")[2])
        assert ttl <= end - NOW < 2 * ttl
        answer = await follow(rig, target)
        left = min(end - NOW, 31_536_000)
        assert f"public, max-age={left}, immutable" == answer.headers["cache-control"]
        rig.now = end - 0.5
        answer = await follow(rig, target)
        assert (200, "public, max-age=0, immutable") == (
            answer.status, answer.headers["cache-control"],
        )  # fmt: skip
        rig.now = float(end)
        way = Way("expired", target, 403, "SignatureInvalid", None, says="expired: ask for")
        assert_refused(await follow(rig, target), way, headers=set(), secrets=())


# ------------------------------------------------------------------------------------ refused


def forged(target: str) -> Iterator[str]:
    path, _, query = target.partition("?")
    yield path
    yield f"{path}?"
    yield f"{path}?sig={'A' * 43}"
    yield f"{target}&expires=99999999999"
    yield f"{target}&x=1"
    yield f"{path}?access_key=x&{query}"
    yield f"{path[:-3]}png?{query}"
    yield f"/media/{'0' * 64}.jpg?{query}"
    yield sign(b"another secret, also of 32 bytes", DIGEST, "jpg")


async def test_what_was_not_signed_here_is_refused(rig: Rig) -> None:
    """Whether such a file is there or not: the same words."""
    target = await address_of(rig)
    bodies = set()
    for each in forged(target):
        way = Way("forged", each, 403, "SignatureInvalid", None, says="signed here")
        answer = await follow(rig, each)
        assert_refused(answer, way, headers=set(), secrets=(target.rpartition("=")[2],))
        bodies.add(answer.body)
    assert 1 == len(bodies)


@pytest.mark.parametrize(
    "path",
    ["/media/", "/media/x", f"/media/{DIGEST}", f"/media/{DIGEST.upper()}.jpg",
     f"/media/{DIGEST}.jpg/", f"/media/x/../{DIGEST}.jpg", "/media/" + "a" * 5000],
)  # fmt: skip
async def test_a_path_of_another_form_was_not_signed_either(path: str, rig: Rig) -> None:
    target = f"{path}?sig={'A' * 43}"
    way = Way("form", target, 403, "SignatureInvalid", None, says="signed here")
    assert_refused(await follow(rig, target), way, headers=set(), secrets=())
    assert 404 == (await follow(rig, "/media")).status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_only_get_and_head(method: str, rig: Rig) -> None:
    answer = await follow(rig, await address_of(rig), method=method)
    assert (405, "GET, HEAD") == (answer.status, answer.headers["allow"])


async def test_an_account_that_became_private_closes_its_addresses(rig: Rig) -> None:
    """Also those that were handed out before; until the operator says it is their own."""
    target = await address_of(rig, VIDEO, "video_url")
    assert 200 == (await follow(rig, target)).status
    document = payload("constructed_v1_user_story_all_stickers.json")
    document["reel"]["user"]["is_private"] = True
    for item in document["reel"]["items"]:
        item["user"]["is_private"] = True
    for sighting in read_capture(document, source="test", seen_at=NOW + 1).sightings:
        await rig.shelves.archive.record(sighting)
    way = Way("private", target, 403, "PrivateAccount", None, says="private")
    assert_refused(await follow(rig, target), way, headers=set(), secrets=())
    await rig.shelves.archive.own(PUBLIC, is_own=True)
    assert 200 == (await follow(rig, target)).status


async def test_a_file_is_open_while_any_of_its_stories_is(rig: Rig) -> None:
    """HIDDEN, which is private, has the same bytes as PHOTO."""
    target = await address_of(rig)
    assert {HIDDEN, PHOTO} == {
        kept.story_pk for kept in await rig.shelves.archive.files_with_digest(DIGEST)
    }
    assert 200 == (await follow(rig, target)).status


async def test_a_file_that_is_no_storys_any_more_is_not_found(tmp_path: Path) -> None:
    """Its address is still signed well: 404."""
    async with open_rig(tmp_path, media_key=KEY) as rig:
        target = sign(KEY.encode(), "0" * 64, "jpg")
        way = Way("gone", target, 404, "MediaNotFound", None, says="Media not found")
        assert_refused(await follow(rig, target), way, headers=set(), secrets=())


async def test_a_store_that_lost_the_file_is_out_of_order(rig: Rig) -> None:
    target = await address_of(rig)
    [file] = (rig.folder / "media").rglob(f"{DIGEST}.*")
    file.unlink()
    way = Way("lost", target, 503, "StorageError", None, says="out of order")
    assert_refused(await follow(rig, target), way, headers=set(), secrets=())


# ------------------------------------------------------------------------------------- the secret


async def test_addresses_outlast_a_restart(tmp_path: Path) -> None:
    targets = set()
    for _ in range(2):
        async with open_rig(tmp_path) as rig:
            targets.add(await address_of(rig))
            assert 200 == (await follow(rig, min(targets))).status
    assert 1 == len(targets)


async def test_the_secret_may_be_set(tmp_path: Path) -> None:
    """Then none is made; another one voids every address."""
    async with open_rig(tmp_path, media_key=KEY) as rig:
        target = await address_of(rig)
        assert sign(KEY.encode(), DIGEST, "jpg") == target
        assert not (tmp_path / "media_key").exists()
    async with open_rig(tmp_path, media_key=KEY[::-1]) as rig:
        assert 403 == (await follow(rig, target)).status


async def test_a_short_secret_is_refused_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="STORYKEEP_MEDIA_KEY needs 32") as caught:
        async with open_rig(tmp_path, media_key="horsebattery"):
            pass
    assert "horse" not in str(caught.value)


async def test_a_broken_secret_is_told_to_the_operator_alone(rig: Rig) -> None:
    """And harms nobody who does not ask for stable addresses."""
    (rig.folder / "media_key").write_text("half\n")
    for target in (f"{ENDPOINTS[0]}&media=stable", f"/media/{DIGEST}.jpg?sig={'A' * 43}"):
        answer = await rig.get(target)
        assert (503, "StorageError") == (answer.status, answer.json()["exc_type"])
        assert b"media_key" not in answer.body
    assert 200 == (await rig.get(ENDPOINTS[0])).status


# ------------------------------------------------------------------------------------ seen by


async def test_the_log_and_the_numbers_know_it_without_its_signature(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with open_rig(tmp_path, access_log=True) as rig:
        target = await address_of(rig)
        await follow(rig, target)
        await follow(rig, f"{target}x")
        rig.flush_log()
        told = capfd.readouterr().err
        lines = [json.loads(line) for line in told.splitlines() if '"request"' in line]
        path, _, query = target.partition("?")
        found = [(line["path"], line["status"], line["key"]) for line in lines[-2:]]
        assert [(path, 200, None), (path, 403, None)] == found
        assert query.removeprefix("sig=") not in told
        numbers = (await follow(rig, "/metrics")).body.decode()
        row = 'path="/media/{file}"'
        assert f'storykeep_requests_total{{{row},status="200"}} 1.0' in numbers
        assert f'storykeep_requests_total{{{row},status="403"}} 1.0' in numbers
        assert DIGEST not in numbers
