"""A story's file: kept bytes first, then whoever can fetch them, then keep them."""

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

from storykeep.core import errors, links
from storykeep.core.media import FileLost, KeptFile, MediaFile, MediaStore, OpenFile, Wanted
from storykeep.core.model import decode_story
from storykeep.core.ports import Archive, KeptStory, StorySource
from storykeep.core.sighting import Kind
from storykeep.core.wanted import shown_file
from storykeep.service.keeper import Keeper
from storykeep.service.stories import Stories, check_story, why_hidden


class StoryFile(NamedTuple):
    """A file and the story it belongs to."""

    file: MediaFile
    story: KeptStory
    kind: Kind


class Media:
    """The download use cases."""

    def __init__(
        self,
        stories: Stories,
        source: StorySource,
        archive: Archive,
        store: MediaStore,
        keeper: Keeper,
        live: StorySource | None = None,
        domains: Sequence[str] = (),
    ) -> None:
        """``live`` is asked where a kept address leads nowhere; ``domains`` are as the CDN's."""
        self._stories = stories
        self._source = source
        self._archive = archive
        self._store = store
        self._keeper = keeper
        self._live = live
        self._domains = domains

    async def by_id(self, story_id: str) -> StoryFile:
        """The photo or video of a story, which is kept from then on.

        Raises InvalidValue, StoryNotFound, MediaNotFound, PrivateAccount, SourceError,
        StorageError.
        """
        return await self._of_story(await self._stories.by_id(story_id))

    async def by_story_url(self, url: str) -> StoryFile:
        """As ``by_id``, by the address of the story's page."""
        return await self._of_story(await self._stories.by_url(url))

    async def by_url(self, url: str) -> StoryFile:
        """The file that a CDN address means, also an expired one; of a video also its picture.

        A story page's address is understood as in ``by_story_url``: the vendor's own example
        sends one.
        """
        if links.is_page_url(url):
            return await self.by_story_url(url)
        named = links.read_cdn_url(url, self._domains)
        kept = await self._archive.files_named(named)
        if kept:
            # A file kept under that very name, before others of the stories that mention it.
            return await self._served([file for file in kept if file.name == named.name] or kept)
        return await self._fetch_named(url, named)

    async def open(self, file: MediaFile) -> OpenFile:
        """Open a kept file.  Raises StorageError when it is not where it should be."""
        return await self._store.open(file)

    async def open_found(self, found: StoryFile) -> OpenFile:
        """Open what was found; what the store has lost is fetched again.  Raises StorageError."""
        try:
            return await self._store.open(found.file)
        except FileLost as lost:
            try:
                file = await self._fetch(found.story, found.kind)
            except (errors.Absent, errors.SourceError):
                raise lost from None
            return await self._store.open(file)

    async def _of_story(self, story: KeptStory) -> StoryFile:
        kind, url = shown_file(decode_story(story.wire))
        files = await self._archive.files_of(story.pk)
        kept = [file for file in files if file.kind == kind and not file.variant]
        file = best_of(kept, url).file if kept else await self._fetch(story, kind)
        return StoryFile(file, story, kind)

    async def _served(self, kept: Sequence[KeptFile]) -> StoryFile:
        """Choose among the files of one name: all must be one file, of a story one may see."""
        files: dict[str, StoryFile] = {}
        absent: errors.Absent = errors.MediaNotFound()
        for pk in dict.fromkeys(candidate.story_pk for candidate in kept):
            story = await self._archive.story(pk)
            hidden = why_hidden(story) if story else None
            if story and not hidden:
                mine = [each for each in kept if each.story_pk == pk]
                best = best_of(mine, _address(story, mine[0].kind))
                files[best.file.sha256] = StoryFile(best.file, story, best.kind)
            elif isinstance(hidden, errors.PrivateAccount):
                absent = hidden
        if len(files) > 1:
            raise errors.MediaNotFound(
                "Media not found: several stories have a file of this name; ask by story id."
            )
        for found in files.values():
            return found
        raise absent

    async def _fetch_named(self, url: str, named: links.CdnFile) -> StoryFile:
        """Fetch the file of an address that is a known story's, though not kept yet.

        A cache key can be written behind any address: of one that is known by nothing else, only
        the story's own address is asked.
        """
        absent: errors.Absent = errors.MediaNotFound()
        by_name = await self._source.stories_named(links.CdnFile(named.name))
        for pk, kind in by_name or await self._source.stories_named(named):
            try:
                story = await self._source.story(pk)
                check_story(story)
            except errors.PrivateAccount as private:
                absent = private
            except errors.StoryNotFound:  # or for close friends
                pass
            else:
                file = await self._fetch(story, kind, url if by_name else None)
                return StoryFile(file, story, kind)
        raise absent

    async def _fetch(self, story: KeptStory, kind: Kind, given: str | None = None) -> MediaFile:
        """Have the file kept, from the first of its addresses where it lies.

        Raises MediaNotFound, InvalidValue for ``given``, SourceError, StorageError.
        """
        absent = errors.MediaNotFound("Media not found: the file of this story is not kept.")
        async for url in self._addresses(story, kind, given):
            try:
                return await self._keeper.keep(Wanted(story_pk=story.pk, kind=kind, url=url))
            except errors.MediaNotFound as error:
                absent = error
            except errors.InvalidValue as error:
                if url == given:
                    raise
                raise errors.SourceUnavailable(
                    f"The story's file lies where storykeep does not go: {error}"
                ) from error
        raise absent

    async def _addresses(
        self, story: KeptStory, kind: Kind, given: str | None
    ) -> AsyncIterator[str]:
        """Go through where the file may lie: each is asked for once those before led nowhere.

        As the story was last seen, then as the caller gave it, if that is the same file, then as
        a live source tells it now, unless that is who told the story a moment ago.
        """
        own = _address(story, kind)
        if own:
            yield own
        if given not in (None, own) and (own is None or links.is_same_file(own, given)):
            yield given
        is_fresh = story.provenance is not None and story.provenance.outcome == "live"
        if self._live is not None and not is_fresh:
            try:
                now = await self._live.story(story.pk, story.account.username)
            except (errors.Absent, errors.SourceUnaware):
                return  # it was there, and is no more
            check_story(now)
            fresh = _address(now, kind)
            if fresh not in (None, own, given):
                yield fresh


def best_of(kept: Sequence[KeptFile], url: str | None) -> KeptFile:
    """Return, of several files of a story, the one that it shows at ``url``, else the largest."""
    name = links.name_of(url or "")
    return max(
        kept,
        key=lambda file: (file.name == name, not file.variant, file.file.size, file.file.sha256),
    )


def _address(story: KeptStory, kind: Kind) -> str | None:
    """Where the file of the story was when it was last seen."""
    shown = decode_story(story.wire)
    return shown.video_url if kind == "video" else shown.thumbnail_url
