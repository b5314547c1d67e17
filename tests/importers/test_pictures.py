"""A video that was imported without a picture has none, and no address that leads nowhere."""

from typing import Any

import pytest

from storykeep.core.ids import make_story_pk
from storykeep.core.model import VIDEO, decode_story
from storykeep.service.stable import StableAddresses
from storykeep.testing import HandClock
from tests.importers.exporting import OWNER, PLACES, make_export, make_owner
from tests.importers.rig import MP4, PK, Rig, make_reel
from tests.importers.sidecars import FILM, instaloader, make_node, make_sidecar
from tests.making import T0

NO_PICTURE: dict[str, Any] = {"display_url": None, "display_resources": []}
LIVE = T0 - 10**8
"""When the addresses of the constructed sidecars were still good."""


def from_instaloader(rig: Rig) -> int:
    node = make_node(PK, is_video=True, **NO_PICTURE)
    rig.write(f"{PK}.json.xz", instaloader(node))
    rig.write(f"{PK}.mp4", MP4)
    return PK


def from_gallery_dl(rig: Rig) -> int:
    rig.write(f"{PK}.mp4.json", make_sidecar(PK, video_url=FILM.format(PK), display_url=None))
    rig.write(f"{PK}.mp4", MP4)
    return PK


def from_an_export(rig: Rig) -> int:
    for name, content in {**make_export(PLACES[0], "a.mp4"), OWNER: make_owner()}.items():
        rig.write(name, content)
    return make_story_pk(T0, "acme", "a.mp4")


def from_a_bare_file(rig: Rig) -> int:
    rig.write(f"acme_wild/{PK}.mp4", MP4)
    return PK


def from_a_capture(rig: Rig) -> int:
    reel = make_reel(0)
    [item] = reel["reel"]["items"]
    film = {"url": FILM.format(PK), "width": 720, "height": 1280}
    item |= {"media_type": VIDEO, "image_versions2": None, "video_versions": [film]}
    rig.write("reel.json", reel)
    rig.write(f"{PK}.mp4", MP4)
    return PK


@pytest.mark.parametrize(
    "write",
    [from_instaloader, from_gallery_dl, from_an_export, from_a_bare_file, from_a_capture],
    ids=lambda write: write.__name__,
)
async def test_its_thumbnail_is_null_in_either_form(rig: Rig, write: Any) -> None:
    pk = write(rig)
    report = await rig.run()
    assert (1, []) == (report.media_new, report.problems)
    story = await rig.archive.story(pk)
    assert story is not None
    stable = StableAddresses(rig.archive, lambda: bytes(32), HandClock(LIVE))
    told = await stable.give(story.wire, "https://stories.example")
    for each in (decode_story(story.wire), decode_story(told)):
        assert (VIDEO, None) == (each.media_type, each.thumbnail_url)
    assert str(decode_story(told).video_url).startswith("https://stories.example/media/")
