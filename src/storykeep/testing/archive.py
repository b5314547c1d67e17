"""Archive in memory: a list of sightings, and everything else worked out anew when asked."""

from collections.abc import Mapping, Sequence
from operator import attrgetter

from msgspec import structs

from storykeep.core.erasure import admit
from storykeep.core.errors import StorageError
from storykeep.core.ids import is_made_user
from storykeep.core.links import CdnFile
from storykeep.core.media import KeptFile, Wanted
from storykeep.core.mentions import cut_file_name
from storykeep.core.ports import Recorded
from storykeep.core.sighting import Kind, Problem, Sighting
from storykeep.testing.stories import MemoryStories
from storykeep.testing.wanted import MemoryWantedFiles


class MemoryArchive(MemoryStories):
    """Everything ever seen."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted = MemoryWantedFiles()
        """The queue that ``record`` adds to."""

    async def record(self, sighting: Sighting, wanted: Sequence[Wanted] = ()) -> Recorded:
        """Keep the sighting; a story that is another account's is refused and reported."""
        admitted, left_out = admit(sighting, self.erased.get)
        if admitted is None:
            return Recorded(0, 0, left_out)
        sighting = admitted
        user_pk, before = sighting.user_pk, len(self._told)
        problems: list[Problem] = []
        for seen in sighting.stories:
            told = self._told.setdefault(seen.pk, None)
            if is_made_user(user_pk):
                continue
            if told not in (None, user_pk):
                reason = f"the archive knows this pk as a story of account {told}"
                problems.append(Problem("pk", reason, seen.story.pk))
            else:
                self._told[seen.pk] = user_pk
        if sighting not in self._sightings:
            self._sightings.append(sighting)
        refused = {problem.story_pk for problem in problems}
        known = {seen.pk for seen in sighting.stories if seen.story.pk not in refused}
        self.wanted.add(each for each in wanted if each.story_pk in known)
        self._drop_kept()
        new = len(self._told) - before
        return Recorded(new, len(known) - new, (*left_out, *problems))

    async def keep_file(self, kept: KeptFile) -> None:
        """Note that the media store has this file of the story, which must be known."""
        if kept.story_pk not in self._told:
            raise StorageError
        kept = structs.replace(kept, name=cut_file_name(kept.name, self.erased.get))
        same = [known for known in self._kept if _address(kept) == _address(known)]
        if not same or kept.name < same[0].name:
            self._kept = [known for known in self._kept if known not in same] + [kept]
        self._drop_kept()

    async def kept_bytes(self) -> int:
        """How many bytes all kept files have, each counted once."""
        return sum({kept.file.sha256: kept.file.size for kept in self._kept}.values())

    async def files_of(self, story_pk: int) -> Sequence[KeptFile]:
        """The kept files of a story, under whichever of its pks."""
        twins = self._twins()
        story = twins.get(story_pk, story_pk)
        return [kept for kept in self._kept if twins.get(kept.story_pk, kept.story_pk) == story]

    async def files_of_stories(self, pks: Sequence[int]) -> Mapping[int, Sequence[KeptFile]]:
        """As ``files_of``, of many stories at once."""
        found = {pk: await self.files_of(pk) for pk in pks}
        return {pk: files for pk, files in found.items() if files}

    async def files_with_digest(self, sha256: str) -> Sequence[KeptFile]:
        """The stories that have this file, by their pks."""
        same = [kept for kept in self._kept if kept.file.sha256 == sha256]
        return sorted(same, key=_kind_of)

    async def files_named(self, file: CdnFile) -> Sequence[KeptFile]:
        """The kept files of all stories that this file of the CDN belongs to."""
        for name in file.names:
            seen = self._stories_named(name)
            kept = [each for each in self._kept if name == each.name or _kind_of(each) in seen]
            if kept:
                return kept
        of_story = await self.files_of(file.story_pk) if file.story_pk else []
        return [each for each in of_story if each.kind == "image"]

    async def stories_named(self, file: CdnFile) -> Sequence[tuple[int, Kind]]:
        """The stories (pk, kind) that this file of the CDN was seen in."""
        for name in file.names:
            if found := self._stories_named(name):
                return found
        pk = file.story_pk
        return [(pk, "image")] if pk and pk in self._told else []

    def _drop_kept(self) -> None:
        """Take out of the queue what is kept, under whichever of a story's pks."""
        twins = self._twins() if self._kept else {}
        kept = {(twins.get(it.story_pk, it.story_pk), it.kind, it.variant) for it in self._kept}
        self.wanted.drop(lambda pk, kind, variant: (twins.get(pk, pk), kind, variant) in kept)

    def _stories_named(self, name: str) -> list[tuple[int, Kind]]:
        found = {
            (seen.pk, file.kind): None
            for _, seen in self._seen()
            for file in seen.files
            if name in (file.name, file.cache_key)
        }
        return [*found]


_kind_of = attrgetter("story_pk", "kind")

_address = attrgetter("story_pk", "kind", "variant", "file.sha256")
