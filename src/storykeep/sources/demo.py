"""Demo accounts: something to show, under the ids of the documentation's own examples.

The stories are made per slot of time: three of the last hours are always active, whenever one
asks, and each keeps its pk for ever.  The demo answers nothing about the past (``at``), and it
steps aside for an account as soon as the archive has seen real data of it.
"""

import re
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import NamedTuple

from storykeep.core import ids
from storykeep.core.batch import OneByOne
from storykeep.core.errors import MediaNotFound, SourceUnaware
from storykeep.core.highlight import KeptHighlight, Tray
from storykeep.core.links import CdnFile, read_cdn_url
from storykeep.core.media import MediaFetcher
from storykeep.core.model import (
    PHOTO,
    VIDEO,
    Story,
    StoryMention,
    StorySticker,
    StoryStickerLink,
    UserShort,
    encode_story,
)
from storykeep.core.ports import Account, Archive, Clock, KeptStory, Profile, Reel, create_reel
from storykeep.core.sighting import DAY, Kind, Provenance, SeenFile, SeenStory, Sighting

NAME = "demo"
_MADE = Provenance(NAME, None, "live")
SLOT = 4 * 3600
"""A story begins at the start of each slot and lives for a day: the last three are shown."""

SHOWN = 3
KEPT_PK = 3776832898280228145
"""The story of the documentation's examples; its number says 2025-11-29."""

_CDN = "https://scontent-demo1-1.cdninstagram.com/v/storykeep-demo/"
_FILE_NAME = re.compile(r"(demo_[a-z]+)_([0-9]{1,19})\.(jpg|mp4)", re.ASCII)


class _Scene(NamedTuple):
    """What a slot shows."""

    stem: str
    is_video: bool = False
    is_sponsored: bool = False
    has_link: bool = False


_SCENES = {
    787132: (
        _Scene("demo_video", is_video=True, is_sponsored=True),
        _Scene("demo_mountains", has_link=True),
        _Scene("demo_aurora"),
    ),
    4400000002: (_Scene("demo_ocean"), _Scene("demo_aurora"), _Scene("demo_mountains")),
}


def _user(
    pk: int, username: str, full_name: str, avatar: str = "second", *, is_private: bool = False
) -> UserShort:
    return UserShort(
        pk=str(pk),
        id=str(pk),
        username=username,
        full_name=f"{full_name} (demo data)",
        profile_pic_url=f"{_CDN}avatar_{avatar}.jpg",
        is_private=is_private,
        is_verified=False,
    )


NATGEO = 787132

USERS = {
    int(user.pk): user
    for user in (
        _user(NATGEO, "natgeo", "National Geographic", "natgeo"),
        _user(4400000002, "demo_second", "Second account"),
        _user(4400000003, "demo_private", "Private account", "private", is_private=True),
        _user(4400000004, "demo_empty", "No stories", "empty"),
    )
}
_SPONSOR = _user(304662892, "prada", "Sponsor")


class DemoSource(OneByOne):
    """Answers for the demo accounts, and cannot tell about anybody else."""

    def __init__(self, archive: Archive, clock: Clock) -> None:
        """``archive`` tells which accounts have real data."""
        self._archive = archive
        self._clock = clock

    async def user(self, username: str) -> Account:
        """The demo account of that name.  Raises SourceUnaware for all others."""
        for pk, user in USERS.items():
            if user.username == username:
                return await self._account(pk)
        raise _not_ours()

    async def profile(self, user_pk: int) -> Profile:
        """The demo account.  Raises SourceUnaware for all others."""
        await self._account(user_pk)
        return Profile(USERS[user_pk], provenance=_MADE)

    async def user_stories(
        self, user_pk: int, at: int | None = None, *, is_forced: bool = False
    ) -> Reel:
        """The stories of the last hours.  Raises SourceUnaware, also for any ``at``."""
        if at is not None:
            raise _not_ours()
        account = await self._account(user_pk)
        latest = int(self._clock()) // SLOT
        slots = range(latest - SHOWN + 1, latest + 1) if user_pk in _SCENES else ()
        stories = [encode_story(_story(user_pk, slot)) for slot in slots]
        return create_reel(account, stories, _MADE)

    async def story(self, pk: int, username: str | None = None) -> KeptStory:
        """The story of a slot that has begun.  Raises SourceUnaware for all others."""
        user_pk, slot = self._find(pk)
        account = await self._account(user_pk)
        wire, begin = encode_story(_story(user_pk, slot)), slot * SLOT
        return KeptStory(
            pk, account, begin, begin + DAY, is_close_friends=False, wire=wire, provenance=_MADE
        )

    async def highlights(self, user_pk: int, *, is_forced: bool = False) -> Tray:
        """Nothing: there are none here.  Raises SourceUnaware."""
        raise _not_ours()

    async def highlight(self, pk: int) -> KeptHighlight:
        """As ``highlights``."""
        raise _not_ours()

    async def stories_named(self, file: CdnFile) -> Sequence[tuple[int, Kind]]:
        """The story whose pk the file name carries, e.g. ``demo_video_38708….mp4``."""
        match = _FILE_NAME.fullmatch(file.name)
        if match is None:
            return ()
        scene, pk, extension = match[1], int(match[2]), match[3]
        try:
            user_pk, slot = self._find(pk)
        except SourceUnaware:
            return ()
        shown = _scene(user_pk, slot)
        if scene != shown.stem or (extension == "mp4" and not shown.is_video):
            return ()
        return ((pk, "video" if extension == "mp4" else "image"),)

    def _find(self, pk: int) -> tuple[int, int]:
        """Return whose story that is, and its slot, which has begun; or raise."""
        slot = (ids.ms_from_pk(pk) // 1000) // SLOT
        for user_pk in _SCENES:
            if _pk(user_pk, slot) == pk and slot * SLOT <= self._clock():
                return user_pk, slot
        raise _not_ours()

    async def _account(self, pk: int) -> Account:
        if pk not in USERS or await self._archive.is_seen(pk, not_by=NAME):
            raise _not_ours()
        user = USERS[pk]
        return Account(pk, user.username, bool(user.is_private))


class DemoFetcher:
    """Fetches what lies at a demo address: a file of this package.  All else others fetch."""

    def __init__(self, otherwise: MediaFetcher) -> None:
        self._otherwise = otherwise

    def fetch(self, url: str) -> AsyncGenerator[bytes, None]:
        """The bytes.  Raises MediaNotFound, and what the other fetcher raises."""
        return _packaged(url) if url.startswith(_CDN) else self._otherwise.fetch(url)


async def _packaged(url: str) -> AsyncGenerator[bytes, None]:
    match = _FILE_NAME.fullmatch(read_cdn_url(url).name)
    if match is None:
        raise MediaNotFound
    try:
        data = read_media(f"{match[1]}.{match[3]}")
    except FileNotFoundError:
        raise MediaNotFound from None
    yield data


def read_media(name: str) -> bytes:
    """Return a packaged file of the demo."""
    return files(__package__).joinpath("demo_media", name).read_bytes()


def kept_sightings() -> list[Sighting]:
    """Return what the archive is filled with: the accounts, and one older kept story."""
    taken_at = datetime.fromtimestamp(ids.ms_from_pk(KEPT_PK) // 1000, UTC)
    kept = _story_of(NATGEO, KEPT_PK, taken_at, _Scene("demo_kept"))
    seen_at = int(kept.taken_at.timestamp())
    seen = SeenStory(
        story=kept,
        expiring_at=seen_at + DAY,
        dialect="vendor",
        raw=encode_story(kept),
        files=(SeenFile("image", f"demo_kept_{KEPT_PK}.jpg"),),
    )
    return [
        Sighting(user=user, seen_at=seen_at, source=NAME, stories=(seen,) if pk == NATGEO else ())
        for pk, user in USERS.items()
    ]


def _not_ours() -> SourceUnaware:
    return SourceUnaware("Not a demo account.")


def _pk(user_pk: int, slot: int) -> int:
    return ids.pk_from_ms(slot * SLOT * 1000 + 15_000, user_pk)


def _story(user_pk: int, slot: int) -> Story:
    taken_at = datetime.fromtimestamp(slot * SLOT, UTC)
    return _story_of(user_pk, _pk(user_pk, slot), taken_at, _scene(user_pk, slot))


def _scene(user_pk: int, slot: int) -> _Scene:
    scenes = _SCENES[user_pk]
    return scenes[slot % len(scenes)]


def _story_of(user_pk: int, pk: int, taken_at: datetime, scene: _Scene) -> Story:
    address = f"{_CDN}{scene.stem}_{pk}"
    link = StoryStickerLink(
        url="https://l.instagram.com/?u=https%3A%2F%2Fexample.org%2Fstorykeep-demo",
        link_title="storykeep demo",
        link_type="web",
        display_url="example.org",
    )
    return Story(
        pk=str(pk),
        id=f"{pk}_{user_pk}",
        code=ids.code_from_pk(pk),
        taken_at=taken_at,
        media_type=VIDEO if scene.is_video else PHOTO,
        product_type="story",
        thumbnail_url=f"{address}.jpg",
        user=USERS[user_pk],
        video_url=f"{address}.mp4" if scene.is_video else None,
        video_duration=5.0 if scene.is_video else 0.0,
        sponsor_tags=[_SPONSOR] if scene.is_sponsored else [],
        mentions=[StoryMention(user=_SPONSOR, x=0.0, y=0.0, width=0.0, height=0.0)]
        if scene.is_sponsored
        else [],
        links=[],
        hashtags=[],
        locations=[],
        stickers=[
            StorySticker(
                id="story_link", x=0.5, y=0.82, z=0, width=0.4, height=0.06, story_link=link
            )
        ]
        if scene.has_link
        else [],
    )
