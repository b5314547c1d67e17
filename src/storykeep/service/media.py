"""A story's file: kept bytes first, then whoever can fetch them, then keep them."""

from collections.abc import Sequence
from typing import NamedTuple

from storykeep.core import links
from storykeep.core.errors import (
    Absent,
    InvalidValue,
    MediaNotFound,
    PrivateAccount,
    SourceDrift,
    StoryNotFound,
)
from storykeep.core.media import KeptFile, MediaFetcher, MediaFile, MediaStore, OpenFile
from storykeep.core.model import decode_story
from storykeep.core.ports import Archive, KeptStory, StorySource
from storykeep.core.wanted import shown_file
from storykeep.service.stories import Stories, check_story


class StoryFile(NamedTuple):
    """A file and the story it belongs to."""

    file: MediaFile
    story: KeptStory


class Media:
    """The download use cases."""

    def __init__(
        self,
        stories: Stories,
        source: StorySource,
        archive: Archive,
        store: MediaStore,
        fetcher: MediaFetcher | None = None,
    ) -> None:
        """Without a ``fetcher`` only what is kept can be answered."""
        self._stories = stories
        self._source = source
        self._archive = archive
        self._store = store
        self._fetcher = fetcher

    async def by_id(self, story_id: str) -> StoryFile:
        """The photo or video of a story.

        Raises InvalidValue, StoryNotFound, MediaNotFound, PrivateAccount, SourceError,
        StorageError.
        """
        return await self._of_story(await self._stories.by_id(story_id))

    async def by_story_url(self, url: str) -> StoryFile:
        """As ``by_id``, by the address of the story's page."""
        return await self._of_story(await self._stories.by_url(url))

    async def by_url(self, url: str) -> StoryFile:
        """The kept file that a CDN address means, also an expired one.

        A story page's address is understood as in ``by_story_url``: the vendor's own example
        sends one.
        """
        if links.is_page_url(url):
            return await self.by_story_url(url)
        named = links.read_cdn_url(url)
        kept = await self._archive.files_named(named)
        if kept:
            # A file kept under that very name, before others of the stories that mention it.
            so_named = [file for file in kept if file.name == named.name] or kept
            return await self._served([file for file in so_named if not file.variant] or so_named)
        return await self._fetch_named(url, named)

    async def open(self, file: MediaFile) -> OpenFile:
        """Open a kept file.  Raises StorageError when it is not where it should be."""
        return await self._store.open(file)

    async def _of_story(self, story: KeptStory) -> StoryFile:
        kind, url = shown_file(decode_story(story.wire))
        files = await self._archive.files_of(story.pk)
        kept = [file for file in files if file.kind == kind and not file.variant]
        if kept:
            return StoryFile(_best(kept, url).file, story)
        return StoryFile(await self._fetch(url), story)

    async def _served(self, kept: Sequence[KeptFile]) -> StoryFile:
        """Choose among the files of one name: all must be one file, of a story one may see."""
        files: dict[str, StoryFile] = {}
        hidden: list[Absent] = []
        for candidate in kept:
            story = await self._archive.story(candidate.story_pk)
            try:
                check_story(story) if story else None
            except (PrivateAccount, StoryNotFound) as absent:
                hidden.append(absent)
                continue
            if story:
                files[candidate.file.sha256] = StoryFile(candidate.file, story)
        if len(files) == 1:
            return files.popitem()[1]
        if files:
            msg = "Media not found: several stories have a file of this name; ask by story id."
            raise MediaNotFound(msg)
        private = [absent for absent in hidden if isinstance(absent, PrivateAccount)]
        raise private[0] if private else MediaNotFound

    async def _fetch_named(self, url: str, named: links.CdnFile) -> StoryFile:
        """Fetch the file of an address that is a known story's, though not kept yet.

        By its name only: a cache key can be written behind any address.
        """
        for pk, _ in await self._source.stories_named(links.CdnFile(named.name)):
            story = await self._source.story(pk)
            check_story(story)
            return StoryFile(await self._fetch(url), story)
        raise MediaNotFound

    async def _fetch(self, url: str | None) -> MediaFile:
        if self._fetcher is None or url is None:
            msg = "Media not found: the file of this story is not kept."
            raise MediaNotFound(msg)
        chunks = [chunk async for chunk in self._fetcher.fetch(url)]
        try:
            return self._store.save(chunks)
        except InvalidValue as error:  # what was sent from there, not what the caller asked
            raise SourceDrift(str(error)) from error


def _best(kept: Sequence[KeptFile], url: str | None) -> KeptFile:
    """Of several files of a story the one it shows, else the largest."""
    name = (url or "").partition("?")[0].rpartition("/")[2]
    return max(kept, key=lambda file: (file.name == name, file.file.size, file.file.sha256))
