"""Stable addresses: given out in Stories, and followed to the file that one of them means."""

from collections.abc import Callable, Sequence
from math import ceil

from msgspec import structs

from storykeep.core import model
from storykeep.core.errors import MediaNotFound, PrivateAccount
from storykeep.core.links import read_expiry
from storykeep.core.ports import Archive, Clock
from storykeep.core.sighting import Kind
from storykeep.core.signing import Address, sign, verify
from storykeep.service.media import StoryFile, best_of
from storykeep.service.stories import why_hidden


class StableAddresses:
    """Addresses of kept files that need no key and do not die with those of the CDN."""

    def __init__(
        self, archive: Archive, secret: Callable[[], bytes], clock: Clock, good_for: int = 0
    ) -> None:
        """``good_for`` is in seconds; 0 means for ever.  ``secret`` may raise StorageError."""
        self._archive = archive
        self._secret = secret
        self._clock = clock
        self._good_for = good_for

    async def give(self, body: bytes, base: str) -> bytes:
        """Return a Story, or an array of them, with addresses that begin with ``base``.

        A file that is kept has one of ours.  One that is not kept has the CDN's while that is
        good, and then none.  Nothing else changes.  Raises StorageError.
        """
        stories = [*map(model.encode_story, await self._given(model.decode_body(body), base))]
        return b"[%b]" % b",".join(stories) if body.startswith(b"[") else stories[0]

    async def follow(self, path: str, query: bytes) -> tuple[Address, StoryFile]:
        """Return what an address says and leads to, as long as a story with that file may be seen.

        Raises SignatureInvalid before anything is looked up; MediaNotFound, PrivateAccount,
        StorageError.
        """
        address = verify(self._secret(), path, query, self._clock())
        absent: MediaNotFound | PrivateAccount = MediaNotFound()
        for kept in await self._archive.files_with_digest(address.sha256):
            story = await self._archive.story(kept.story_pk)
            if story is None or kept.file.extension != address.extension:
                continue
            hidden = why_hidden(story)
            if hidden is None:
                return address, StoryFile(kept.file, story, kept.kind)
            if isinstance(hidden, PrivateAccount):
                absent = hidden
        raise absent

    async def _given(self, stories: Sequence[model.Story], base: str) -> list[model.Story]:
        kept = await self._archive.files_of_stories([int(story.pk) for story in stories])
        now, secret = self._clock(), self._secret()
        end = self._end(now)

        def address(story: model.Story, kind: Kind, url: str | None) -> str | None:
            files = kept.get(int(story.pk), ())
            files = [each for each in files if each.kind == kind and not each.variant]
            if files:
                file = best_of(files, url).file
                return base + sign(secret, file.sha256, file.extension, end)
            end_of_url = read_expiry(url or "")
            return url if end_of_url is None or now < end_of_url else None

        return [
            structs.replace(
                story,
                thumbnail_url=address(story, "image", story.thumbnail_url),
                video_url=address(story, "video", story.video_url) if _is_film(story) else None,
            )
            for story in stories
        ]

    def _end(self, now: float) -> int | None:
        """Return when an address of now ends: from once to twice ``good_for`` later.

        In between all have the same end, so that a cache knows a file by one address.
        """
        if not self._good_for:
            return None
        return (ceil(now / self._good_for) + 1) * self._good_for


def _is_film(story: model.Story) -> bool:
    """Whether it says a video's address, or would if it knew one."""
    return story.video_url is not None or story.media_type == model.VIDEO
