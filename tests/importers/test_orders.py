"""The same stories from several formats, in every order: the same archive in all that it serves."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storykeep.core.errors import Absent
from storykeep.core.ids import make_story_pk, make_user_pk, pk_from_ms
from storykeep.core.ports import Archive
from storykeep.service.keeper import Keeper
from storykeep.service.media import Media
from storykeep.service.quota import Quota
from storykeep.service.stories import Stories
from storykeep.sources.archive import ArchiveSource
from storykeep.sources.unfetched import Unfetched
from tests.importers.exporting import NEW, OWNER, make_entry, make_owner, write_folder, write_zip
from tests.importers.rig import JPEG, MP4, Rig
from tests.importers.rig import OWNER as OWNER_PK
from tests.importers.sidecars import FILM, USERNAME, instaloader, make_node, make_sidecar, stem_of
from tests.ports.adapters import open_archive

T0 = 1_775_000_000
TIMES = (T0, T0, T0 + 60)
"""The first two are of one second, so that only their files tell them apart."""
PKS = tuple(pk_from_ms(at * 1000, low) for low, at in enumerate(TIMES))
CONTENTS = (JPEG + b"a", JPEG + b"b", MP4)
NAMES = ("a.jpg", "b.jpg", "c.mp4")
MADE = tuple(make_story_pk(at, USERNAME, name) for at, name in zip(TIMES, NAMES, strict=True))
STORIES = tuple(zip(PKS, TIMES, CONTENTS, NAMES, strict=True))


def as_export(folder: Path) -> None:
    entries = [make_entry(name, at) for _, at, _, name in STORIES]
    files = {NEW: json.dumps({"ig_stories": entries}).encode(), OWNER: make_owner(USERNAME)}
    for entry, content in zip(entries, CONTENTS, strict=True):
        files[entry["uri"]] = content
    write_zip(folder / "export.zip", files)


def as_instaloader(folder: Path) -> None:
    for number, (pk, at, content, name) in enumerate(STORIES):
        stem, ending = f"{number}/{stem_of(at)}", name[-4:]
        node = make_node(pk, at, is_video=ending == ".mp4")
        write_folder(folder, {f"{stem}.json.xz": instaloader(node), f"{stem}{ending}": content})


def as_gallery_dl(folder: Path) -> None:
    for pk, at, content, name in STORIES:
        tagged = [{"id": "17", "username": "friend", "full_name": ""}]
        film = FILM.format(pk) if name.endswith(".mp4") else None
        sidecar = make_sidecar(pk, at, tagged_users=tagged, video_url=film)
        file = f"instagram/{USERNAME}/{pk}{name[-4:]}"
        write_folder(folder, {f"{file}.json": json.dumps(sidecar).encode(), file: content})


def as_bare_files(folder: Path) -> None:
    write_folder(folder, {f"{USERNAME}/{pk}{name[-4:]}": data for pk, _, data, name in STORIES})


def as_capture(folder: Path) -> None:
    items = [make_node(pk, at, is_video=name == "c.mp4") for pk, at, _, name in STORIES]
    user = items[0]["owner"]
    reel = {"id": user["id"], "user": user, "items": items}
    captured = json.dumps({"data": {"reels_media": [reel]}}).encode()
    files = {f"{pk}{name[-4:]}": data for pk, _, data, name in STORIES}
    write_folder(folder, {"capture.json": captured, **files})


FORMATS: tuple[Callable[[Path], None], ...] = (
    as_export,
    as_instaloader,
    as_gallery_dl,
    as_bare_files,
    as_capture,
)


async def everything_of(archive: Archive, rig: Rig) -> dict[object, Any]:
    """All that is served: stories by their ids, reels, and the bytes of their files."""
    source = ArchiveSource(archive, lambda: T0, is_truth=True)
    stories = Stories(source)
    keeper = Keeper(archive, rig.store, Unfetched(), Quota(0, archive, lambda: T0))
    media = Media(stories, source, archive, rig.store, keeper)
    answers: dict[object, Any] = {}
    for pk in (*PKS, *MADE):
        for story_id in (f"{pk}", f"{pk}_{OWNER_PK}", f"{pk}_{make_user_pk(USERNAME)}"):
            try:
                answers["story", story_id] = (await stories.by_id(story_id)).wire
                file = (await media.by_id(story_id)).file
                opened = await media.open(file)
                answers["file", story_id] = opened.read(0, file.size)
            except Absent as absent:
                answers["absent", story_id] = type(absent)
    for at in (T0 - 1, T0, T0 + 60, T0 + 86_400, T0 + 90_000):
        answers["reel", at] = (await stories.of_username(USERNAME, at)).body
    return answers


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
@pytest.mark.parametrize(
    "formats",
    [*itertools.combinations(FORMATS, 2), FORMATS],
    ids=lambda formats: " ".join(each.__name__.removeprefix("as_") for each in formats),
)
async def test_the_order_does_not_show(
    formats: tuple[Callable[[Path], None], ...], kind: str, tmp_path: Path
) -> None:
    """Nor does importing again; and each story is there once."""
    found: list[dict[object, Any]] = []
    orders = [formats, formats[::-1], (*formats, *formats)]
    for number, order in enumerate(orders):
        rig = Rig(tmp_path / f"{number}")
        rig.folder.mkdir()
        async with open_archive(kind, rig.folder) as archive:
            rig.archive = archive
            for write in order:
                write(rig.folder / write.__name__)
                await rig.run(rig.folder / write.__name__)
            found.append(await everything_of(archive, rig))
    assert found[0] == found[1] == found[2]
    assert [0, 2, 3] == [found[0]["reel", at].count(b"taken_at") for at in (T0 - 1, T0, T0 + 60)]
    if as_export in formats:
        for pk, made in zip(PKS, MADE, strict=True):
            assert found[0]["story", f"{pk}"] == found[0]["story", f"{made}"]
            assert found[0]["file", f"{pk}"] == found[0]["file", f"{made}"]
