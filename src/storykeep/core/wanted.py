"""Which files of what was seen shall be kept."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from storykeep.core.errors import InvalidValue
from storykeep.core.links import read_cdn_url, read_expiry
from storykeep.core.media import Wanted
from storykeep.core.model import VIDEO, Story
from storykeep.core.sighting import Kind, SeenStory, Sighting

Choice = Literal["shown", "thumbnails", "all"]
"""``shown``: the file that a story is shown with, the video of a video and the image of a photo.
``thumbnails``: also the image of a video.  ``all``: also every other size of both."""

Chooser = Callable[[Sighting], Sequence[Wanted]]
"""Says which files of a sighting shall be kept."""


def choose_nothing(_: Sighting) -> Sequence[Wanted]:
    """Keep no file because of what was seen."""
    return ()


def shown_file(story: Story) -> tuple[Kind, str | None]:
    """Return what a download of the story means, and its address where that is known."""
    if story.media_type == VIDEO:
        return "video", story.video_url
    return "image", story.thumbnail_url


def wanted_files(
    sighting: Sighting, choice: Choice, now: float, domains: Sequence[str] = ()
) -> Sequence[Wanted]:
    """Return the files of the stories of ``sighting`` that can be fetched now, due at once.

    Not those whose address has expired, and not those outside the CDN and ``domains``.  A story
    for close friends, or of a private account, is like any other: who may see it is decided
    elsewhere.
    """
    return [
        wanted
        for seen in sighting.stories
        for kind, url, variant in _choose(seen, choice)
        if (wanted := _want(seen.pk, kind, url, variant, int(now), domains))
    ]


def _choose(seen: SeenStory, choice: Choice) -> Iterator[tuple[Kind, str, str]]:
    """Go through the files of a story: kind, address, variant."""
    kind, url = shown_file(seen.story)
    shown: dict[Kind, str | None] = {kind: url}
    if choice != "shown":
        shown.setdefault("image", seen.story.thumbnail_url)
    for kind, url in shown.items():
        if url:
            yield kind, url, ""
    if choice != "all":
        return
    known = {*shown.items()}  # of several files of one size the first stands for all
    for each in sorted(seen.renditions, key=lambda each: each.url != shown.get(each.kind)):
        size = f"{each.width}x{each.height}" if min(each.width, each.height) > 0 else ""
        same = {(each.kind, size), (each.kind, each.url)}
        if each.kind in shown and size and known.isdisjoint(same):
            yield each.kind, each.url, size
        known |= same


def _want(
    pk: int, kind: Kind, url: str, variant: str, now: int, domains: Sequence[str]
) -> Wanted | None:
    expires_at = read_expiry(url)
    if expires_at is not None and expires_at <= now:
        return None
    try:
        read_cdn_url(url, domains)
    except InvalidValue:
        return None
    return Wanted(
        story_pk=pk, kind=kind, variant=variant, url=url, expires_at=expires_at, next_at=now
    )
