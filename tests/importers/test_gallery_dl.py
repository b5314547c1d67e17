"""Folders of gallery-dl: its sidecars, and last of all folders without any."""

import os
from pathlib import Path
from typing import Any

import pytest

from storykeep.core.highlight import flat, raw
from storykeep.core.ids import make_user_pk
from storykeep.core.model import decode_story
from storykeep.core.sighting import Problem
from tests.importers.rig import JPEG, MP4, OWNER, PK, Rig, left_out, make_reel, stories
from tests.importers.sidecars import FILM, PICTURE, USERNAME, make_node, make_sidecar
from tests.importers.test_media import UNKNOWN
from tests.making import T0
from tests.payloads.loading import shared
from tests.ports.adapters import open_archive


async def test_a_story_and_its_file(rig: Rig) -> None:
    """Its own moment, not the reel's; what gallery-dl does not tell is unknown."""
    rig.write(f"{PK}.mp4.json", make_sidecar(PK, video_url=FILM.format(PK), extension="mp4"))
    rig.write(f"{PK}.mp4", MP4)
    report = await rig.run()
    assert ((1, 1, 0), 1, 0, []) == (
        stories(report), report.media_new, report.skipped_count, report.problems,
    )  # fmt: skip
    story = await rig.archive.story(PK)
    assert story is not None
    read = decode_story(story.wire)
    assert (OWNER, T0, T0 + 86400) == (story.account.pk, story.taken_at, story.expiring_at)
    assert (2, None, FILM.format(PK)) == (read.media_type, read.video_duration, read.video_url)
    assert (PICTURE.format(PK), True) == (read.thumbnail_url, read.user.is_verified)
    assert [("video", f"{PK}.mp4")] == await rig.kept()
    assert rig.progress.done == sum(p.stat().st_size for p in rig.folder.rglob("*") if p.is_file())


@pytest.mark.parametrize(
    ("name", "sidecar"),
    [("2027_1.jpg", "2027_1.jpg.json"), ("x.jpg", "x.json"), (f"{PK}.webp", "info.json")],
)
async def test_other_names(rig: Rig, name: str, sidecar: str) -> None:
    """As its options write them."""
    rig.write(f"acme/{sidecar}", make_sidecar(PK))
    rig.write(f"acme/{name}", JPEG)
    assert 1 == (await rig.run()).media_new
    assert [("image", name)] == await rig.kept()


async def test_names_may_be_any_bytes(rig: Rig) -> None:
    """A name on the disk that is no UTF-8 stops nothing: its file is kept, or reported."""
    stray, known = os.fsdecode(b"caf\xe9.jpg"), os.fsdecode(b"caf\xe8.jpg")
    rig.write(stray, JPEG)
    rig.write(known, JPEG)
    rig.write(f"{known}.json", make_sidecar(PK))
    async with open_archive("sqlite", rig.own_folder) as archive:
        rig.archive = archive
        assert {stray: UNKNOWN} == left_out(await rig.run())
        assert [("image", "caf?.jpg")] == await rig.kept()


async def test_tagged_users_are_mentions(rig: Rig) -> None:
    tagged = [{"id": "17", "username": "friend", "full_name": "A Friend"}]
    rig.write("a.json", make_sidecar(PK, tagged_users=tagged))
    await rig.run()
    story = await rig.archive.story(PK)
    assert story is not None
    [mention] = decode_story(story.wire).mentions
    assert ("17", "friend", None) == (mention.user.pk, mention.user.username, mention.x)


@pytest.mark.parametrize("missing", ["user", "type", "video_url", "expires", "tagged_users"])
async def test_what_is_missing_is_not_missed(rig: Rig, missing: str) -> None:
    sidecar = make_sidecar(PK)
    del sidecar[missing]
    rig.write("a.json", sidecar)
    report = await rig.run()
    assert ((1, 1, 0), []) == (stories(report), report.problems)


async def test_for_close_friends(rig: Rig) -> None:
    rig.write("a.json", make_sidecar(PK, audience="besties"))
    await rig.run()
    story = await rig.archive.story(PK)
    assert story is not None
    assert story.is_close_friends


@pytest.mark.parametrize("kind", ["post", "reel"])
async def test_what_is_no_story_is_left_out(rig: Rig, kind: str) -> None:
    """With its file."""
    rig.write("x.jpg.json", make_sidecar(PK, type=kind, subcategory=f"{kind}s"))
    rig.write("x.jpg", JPEG)
    reason = f"a sidecar of gallery-dl, but not of a story: {kind}"
    assert {"x.jpg.json": reason, "x.jpg": f"beside x.jpg.json: {reason}"} == left_out(
        await rig.run()
    )


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"date": None}, Problem("taken_at", "missing: the item is left out", str(PK))),
        (
            {"date": "soon"},
            Problem("date", "no time between 2010 and 2100: the item is left out", str(PK)),
        ),
        (
            {"media_id": None},
            Problem(
                "media_id", "no decimal id from 1 to 2^63-1 here or in id: the item is left out"
            ),
        ),
    ],
)
async def test_what_cannot_be_read_is_told(
    rig: Rig, facts: dict[str, Any], expected: Problem
) -> None:
    rig.write("x.jpg.json", make_sidecar(PK, **facts))
    rig.write("x.jpg", JPEG)
    report = await rig.run()
    assert expected in [trouble.problem for trouble in report.problems]
    assert (0, ["x.jpg"]) == (report.found, [*left_out(report)])


async def test_a_real_one(rig: Rig, tmp_path: Path) -> None:
    rig.write("a.mp4.json", shared("lib_gallery-dl_1.32.18_video_metadata.json"))
    (tmp_path / "a.mp4").write_bytes(MP4)
    report = await rig.run()
    assert ((1, 1, 0), 1, []) == (stories(report), report.media_new, report.problems)


# ---------------------------------------------------------------------------------- bare folders

BARE = 3870830000001000003 + (1 << 23)


async def test_a_bare_folder_may_be_the_one_we_are_in(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.write(f"acme/{PK}.jpg", JPEG)
    monkeypatch.chdir(rig.folder / "acme")
    assert (1, 1, 0) == stories(await rig.run(Path()))


async def test_a_bare_file_is_a_story_by_its_names(rig: Rig) -> None:
    """The folder is the account, the name the number, and the number the time."""
    rig.write(f"instagram/acme/{BARE}.mp4", MP4)
    report = await rig.run()
    assert ((1, 1, 0), 1, 0) == (stories(report), report.media_new, report.skipped_count)
    story = await rig.archive.story(BARE)
    assert story is not None
    read = decode_story(story.wire)
    assert (make_user_pk("acme"), "acme") == (story.account.pk, story.account.username)
    assert ("2026-04-08", 2, None) == (
        read.taken_at.date().isoformat(), read.media_type, read.video_duration,
    )  # fmt: skip
    assert (0, 1) == ((await rig.run()).new, (await rig.run()).media_known)


@pytest.mark.parametrize(
    ("name", "age"),
    [
        (f"Acme/{BARE}.jpg", 0),
        (f"captures/{BARE}.jpg", 0),
        (f"ac me/{BARE}.jpg", 0),
        (f"acme/{BARE}_n.jpg", 0),
        ("acme/1000000000000000000.jpg", 0),
        ("acme/9223372036854775808.jpg", 0),
        ("acme/20260408143115.jpg", 0),
        (f"acme/{BARE}.jpg", 1_600_000_000),
    ],
)
async def test_what_is_hardly_such_a_name_is_left_out(rig: Rig, name: str, age: int) -> None:
    """A number whose time is not between the first stories and the file's date is none."""
    path = rig.write(name, JPEG)
    if age:
        os.utime(path, (age, age))
    assert {path.name: UNKNOWN} == left_out(await rig.run())


async def test_whatever_is_known_better_goes_before(rig: Rig) -> None:
    """Beside a capture the name of the folder says nothing."""
    rig.write("acme/capture.json", make_reel(0))
    rig.write(f"acme/{PK}.jpg", JPEG)
    await rig.run()
    story = await rig.archive.story(PK)
    assert story is not None
    assert ((USERNAME, OWNER), None) == (
        (story.account.username, story.account.pk),
        await rig.archive.account("acme"),
    )


def test_nodes_are_as_the_library_writes_them() -> None:
    """The keys that are made here are in a real file too."""
    real = shared("lib_instaloader_4.16_storyitem_video.json")["node"]
    assert set(make_node(PK, is_video=True)) <= set(real)
    assert set(make_sidecar(PK)) <= set(shared("lib_gallery-dl_1.32.18_video_metadata.json"))


async def test_a_highlight_is_known_by_its_sidecars(rig: Rig) -> None:
    """Its stories in the order of their times, wherever they lie."""
    for pk in (PK + 1, PK):
        facts: dict[str, Any] = {
            "type": "highlight",
            "post_id": "17900000000000099",
            "highlight_title": "Best",
        }
        rig.write(f"{pk}.jpg.json", make_sidecar(pk, **facts))
    await rig.run()
    kept = await rig.archive.highlight(17900000000000099)
    assert kept is not None
    assert ("Best", OWNER) == (kept.reel["title"], kept.account.pk)
    tray = await rig.archive.highlights(OWNER)
    assert tray is not None
    [entry] = map(flat, tray.highlights)
    assert (2, str(OWNER)) == (entry["media_count"], entry["user"]["pk"])
    assert "1970" < entry["created_at"][:4]
    assert OWNER == raw(tray.highlights[0])["user"]["pk"]
    assert [str(PK), str(PK + 1)] == [decode_story(item.wire).pk for item in kept.items]
