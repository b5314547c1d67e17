"""Archive in memory: a list of sightings, and everything else worked out anew when asked."""

from collections.abc import Iterator, Sequence

from storykeep.core.errors import StorageError
from storykeep.core.merge import Reading, merge
from storykeep.core.model import encode_story
from storykeep.core.ports import Account, KeptFile, KeptStory, Recorded, Reel, create_reel
from storykeep.core.sighting import MAX_LIFETIME, Kind, Problem, SeenStory, Sighting


class MemoryArchive:
    """Everything ever seen."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._sightings: list[Sighting] = []
        self._owners: dict[int, int] = {}
        self._kept: list[KeptFile] = []

    async def record(self, sighting: Sighting) -> Recorded:
        """Keep the sighting; a story that is another account's is refused and reported."""
        user_pk, before = sighting.user_pk, len(self._owners)
        problems = []
        for seen in sighting.stories:
            owner = self._owners.setdefault(seen.pk, user_pk)
            if owner != user_pk:
                reason = f"the archive knows this pk as a story of account {owner}"
                problems.append(Problem("pk", reason, seen.story.pk))
        if sighting not in self._sightings:
            self._sightings.append(sighting)
        new = len(self._owners) - before
        return Recorded(new, len(sighting.stories) - new - len(problems), tuple(problems))

    async def account(self, username: str) -> Account | None:
        """Who had that name last."""
        seen = [
            (sighting.seen_at, sighting.user_pk)
            for sighting in self._sightings
            if (sighting.user.username or "").lower() == username
        ]
        return self._account(max(seen)[1]) if seen and username else None

    async def reel(self, user_pk: int, at: int) -> Reel | None:
        """The stories active then, oldest first; None for an account never seen."""
        if not self._sightings_of(user_pk):
            return None
        stories = [self._story(pk) for pk, owner in self._owners.items() if owner == user_pk]
        active = [story for story in stories if story.is_active(at) and not story.is_close_friends]
        active.sort(key=lambda story: (story.taken_at, story.pk))
        return create_reel(self._account(user_pk), [story.wire for story in active])

    async def story(self, pk: int) -> KeptStory | None:
        """One story; also a close-friends one, which the caller must not serve."""
        return self._story(pk) if pk in self._owners else None

    async def is_seen(self, user_pk: int, *, not_by: str) -> bool:
        """Whether a source other than ``not_by`` has seen the account."""
        return any(sighting.source != not_by for sighting in self._sightings_of(user_pk))

    async def keep_file(self, kept: KeptFile) -> None:
        """Note that the media store has this file of the story, which must be known."""
        if kept.story_pk not in self._owners:
            raise StorageError
        if _address(kept) not in {_address(known) for known in self._kept}:
            self._kept.append(kept)

    async def files_of(self, story_pk: int) -> Sequence[KeptFile]:
        """The kept files of a story."""
        return [kept for kept in self._kept if kept.story_pk == story_pk]

    async def files_named(self, name: str) -> Sequence[KeptFile]:
        """The kept files of all stories that a file of this CDN name belongs to."""
        seen = await self.stories_named(name)
        return [
            kept for kept in self._kept if kept.name == name or (kept.story_pk, kept.kind) in seen
        ]

    async def stories_named(self, name: str) -> Sequence[tuple[int, Kind]]:
        """The stories (pk, kind) that a CDN file name was seen in."""
        found = {
            (seen.pk, file.kind): None
            for _, seen in self._seen()
            for file in seen.files
            if file.name == name
        }
        return [*found]

    def _seen(self) -> Iterator[tuple[Sighting, SeenStory]]:
        """Go through what was accepted: a story belongs to whom it was first seen with."""
        for sighting in self._sightings:
            for seen in sighting.stories:
                if self._owners[seen.pk] == sighting.user_pk:
                    yield sighting, seen

    def _sightings_of(self, user_pk: int) -> list[Sighting]:
        return [sighting for sighting in self._sightings if sighting.user_pk == user_pk]

    def _account(self, pk: int) -> Account:
        """The latest name and the latest word on privacy; of one moment the private one."""
        sightings = self._sightings_of(pk)
        names = [(-seen.seen_at, seen.user.username) for seen in sightings if seen.user.username]
        privacy = [
            (seen.privacy_at, seen.user.is_private)
            for seen in sightings
            if seen.user.is_private is not None
        ]
        name = min(names)[1].lower() if names else None
        return Account(pk, name, max(privacy)[1] if privacy else False)

    def _story(self, pk: int) -> KeptStory:
        whole = merge(
            Reading(
                seen.dialect,
                sighting.seen_at,
                seen.expiring_at,
                seen.is_close_friends,
                seen.story,
            )
            for sighting, seen in self._seen()
            if seen.pk == pk
        )
        taken_at = int(whole.story.taken_at.timestamp())
        return KeptStory(
            pk,
            self._account(self._owners[pk]),
            taken_at,
            min(whole.expiring_at, taken_at + MAX_LIFETIME),
            whole.is_close_friends,
            encode_story(whole.story),
        )


def _address(kept: KeptFile) -> tuple[int, Kind, str]:
    return kept.story_pk, kept.kind, kept.file.sha256
