"""Which files of what was seen shall be kept: by the choice, while there is something to fetch."""

from typing import Any

import pytest
from msgspec import structs

from storykeep.core.extract import read_capture
from storykeep.core.media import Wanted
from storykeep.core.model import VIDEO, Story
from storykeep.core.sighting import Rendition, SeenStory, Sighting
from storykeep.core.wanted import Choice, choose_nothing, shown_file, wanted_files
from tests.making import ACME, T0, make_seen, make_sighting, make_story, make_user
from tests.payloads.loading import payload

CDN = "https://scontent.cdninstagram.com"
LATER = T0 + 3600
CHOICES: tuple[Choice, ...] = ("shown", "thumbnails", "all")


def address(name: str, expires_at: int = LATER) -> str:
    return f"{CDN}/v/{name}?stp=dst-jpg&oe={expires_at:X}&_nc_sid=1"


def photo(pk: int = 1, **facts: Any) -> Story:
    return make_story(pk, **{"thumbnail_url": address("large.jpg"), **facts})


def video(pk: int = 2, **facts: Any) -> Story:
    return photo(pk, **{"media_type": VIDEO, "video_url": address("large.mp4"), **facts})


RENDITIONS = (
    Rendition("image", address("small.jpg"), 360, 640),
    Rendition("image", address("large.jpg"), 1080, 1920),
    Rendition("image", address("large_again.jpg"), 1080, 1920),
    Rendition("image", address("small.jpg"), 361, 641),
    Rendition("image", address("small_again.jpg"), 360, 640),
    Rendition("image", address("unmeasured.jpg")),
    Rendition("video", address("small.mp4"), 480, 854),
    Rendition("video", address("large.mp4"), 720, 1280),
)


def seen(story: Story) -> SeenStory:
    return structs.replace(make_seen(story), renditions=RENDITIONS)


def files_of(*stories: SeenStory | Story, choice: Choice, now: float = T0) -> list[str]:
    wanted = wanted_files(make_sighting(*stories), choice, now)
    return [
        f"{each.kind} {each.variant} {each.url.split('/')[-1].split('?')[0]}" for each in wanted
    ]


def test_a_photo_is_its_image_and_a_video_its_video() -> None:
    assert ("image", address("large.jpg")) == shown_file(photo())
    assert ("video", address("large.mp4")) == shown_file(video())
    assert ["image  large.jpg", "video  large.mp4"] == files_of(
        seen(photo()), seen(video()), choice="shown"
    )


def test_thumbnails_are_the_images_of_videos_too() -> None:
    assert ["image  large.jpg", "video  large.mp4", "image  large.jpg"] == files_of(
        seen(photo()), seen(video()), choice="thumbnails"
    )


def test_all_are_all_sizes_each_once() -> None:
    """Not what is of the shown size, or lies at an address that is wanted already."""
    images = ["image  large.jpg", "image 360x640 small.jpg"]
    assert images == files_of(seen(photo()), choice="all")
    assert [
        "video  large.mp4",
        *images,
        "video 480x854 small.mp4",
    ] == files_of(seen(video()), choice="all")


@pytest.mark.parametrize("choice", CHOICES)
def test_a_video_that_has_no_address_is_not_wanted_as_a_picture(choice: Choice) -> None:
    """Its picture is its thumbnail."""
    expected = [] if choice == "shown" else ["image  large.jpg"]
    assert expected == files_of(video(video_url=None), choice=choice)


def test_what_is_wanted_is_due_at_once_until_its_address_expires() -> None:
    assert [
        Wanted(
            story_pk=1,
            kind="image",
            url=address("large.jpg"),
            expires_at=LATER,
            next_at=T0,
        )
    ] == [*wanted_files(make_sighting(photo()), "all", T0 + 0.9)]


@pytest.mark.parametrize("choice", CHOICES)
def test_an_address_that_has_expired_is_not_wanted(choice: Choice) -> None:
    """From the second on that it names."""
    assert [] != files_of(seen(video()), choice=choice, now=LATER - 0.1)
    assert [] == files_of(seen(video()), choice=choice, now=LATER)


def test_an_address_that_names_no_end_is_good_until_another_is_known() -> None:
    story = photo(thumbnail_url=f"{CDN}/v/n.jpg")
    (wanted,) = wanted_files(make_sighting(story), "shown", 2 * LATER)
    assert wanted.expires_at is None


@pytest.mark.parametrize(
    "url",
    [
        "https://a.test/1.jpg",
        "http://scontent.cdninstagram.com/1.jpg",
        "https://scontent.cdninstagram.com.evil.test/1.jpg",
        "https://scontent.cdninstagram.com:8443/1.jpg",
        "https://user@scontent.cdninstagram.com/1.jpg",
        None,
    ],
)
def test_what_lies_outside_the_cdn_is_not_wanted(url: str | None) -> None:
    story = video(thumbnail_url=url, video_url=url)
    small = Rendition("image", url or "", 1, 1)
    outside = structs.replace(make_seen(story), renditions=(small,))
    assert [] == files_of(outside, photo(thumbnail_url=url), choice="all")


def test_who_may_see_a_story_does_not_matter_here() -> None:
    """The archive keeps, the gate decides."""
    private = make_user(is_private=True)
    friends = make_seen(photo(user=private), is_close_friends=True)
    sighting = make_sighting(friends, user=private)
    assert 1 == len(wanted_files(sighting, "shown", T0))


def test_nothing_is_chosen_by_default() -> None:
    assert 0 == len(choose_nothing(make_sighting(photo())))


def read(item: dict[str, object]) -> Sighting:
    reel = {"reel": {"user": {"pk": ACME}, "items": [item]}}
    (sighting,) = read_capture(reel, source="test", seen_at=T0).sightings
    return sighting


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("constructed_v1_item_photo_plain.json", [("image", ""), ("image", "640x1136")]),
        (
            "constructed_v1_item_video_sponsor_paid_partnership.json",
            [("video", ""), ("image", ""), ("image", "640x1136"), ("video", "360x640")],
        ),
    ],
)
def test_an_item_as_captured_has_its_sizes(name: str, files: list[tuple[str, str]]) -> None:
    """Two sizes at one address, and the same size three times over, are one file each."""
    sighting = read(payload(name))
    (seen,) = sighting.stories
    found = wanted_files(sighting, "all", 0)
    assert files == [(each.kind, each.variant) for each in found]
    shown = {each.kind: each.url for each in found if not each.variant}
    assert seen.story.thumbnail_url == shown["image"]
    assert seen.story.video_url == shown.get("video")
    assert all(each.expires_at for each in found)
