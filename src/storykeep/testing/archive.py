"""Archive in memory: a list of sightings, and everything else worked out anew when asked."""

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

from msgspec import structs

from storykeep.core.erasure import admit
from storykeep.core.errors import StorageError
from storykeep.core.ids import is_made_user
from storykeep.core.links import CdnFile
from storykeep.core.media import KeptFile, Wanted
from storykeep.core.mentions import cut_file_name
from storykeep.core.merge import Reading, fill, give_to, merge, rank
from storykeep.core.model import UserShort, encode_story
from storykeep.core.ports import Account, KeptStory, Recorded, Reel, create_reel
from storykeep.core.sighting import MAX_LIFETIME, Kind, Problem, Provenance, SeenStory, Sighting
from storykeep.core.twins import Candidate, find_twins
from storykeep.testing.highlights import MemoryHighlights
from storykeep.testing.tombstones import MemoryTombstones
from storykeep.testing.wanted import MemoryWantedFiles


class MemoryArchive(MemoryHighlights, MemoryTombstones):
    """Everything ever seen."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        super().__init__()
        self._sightings: list[Sighting] = []
        self._told: dict[int, int | None] = {}
        """All stories, and the first account known by number that claimed each."""
        self._kept: list[KeptFile] = []
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

    async def account(self, username: str) -> Account | None:
        """Who had that name last; an account made of it, where no other had."""
        seen = [
            (not is_made_user(sighting.user_pk), sighting.seen_at, sighting.user_pk)
            for sighting in self._sightings
            if (sighting.user.username or "").lower() == username and self._is_there(sighting)
        ]
        return self._account(max(seen)[2]) if seen and username else None

    async def profile(self, user_pk: int) -> UserShort | None:
        """What was last seen of the account; an older word stands where the newer has none."""
        if not any(map(self._is_there, self._sightings_of(user_pk))):
            return None
        account = self._account(user_pk)
        facts: dict[str, Any] = {}
        for user in (seen.user for seen in sorted(self._sightings_of(account.pk), key=_moment)):
            told = structs.asdict(user).items()
            facts |= {name: value for name, value in told if value not in (None, "")}
        is_private = account.is_private if "is_private" in facts else None
        facts |= {"pk": str(account.pk), "id": str(account.pk)}
        facts |= {"username": account.username, "is_private": is_private}
        return UserShort(**facts | {"profile_pic_url_hd": None})

    async def reel(self, user_pk: int, at: int) -> Reel | None:
        """The stories active then, oldest first; None for an account never seen."""
        if not any(map(self._is_there, self._sightings_of(user_pk))):
            return None
        twins, owner = self._twins(), self._resolve(user_pk)
        pks = [pk for pk in self._told if pk not in twins and self._owner(pk) == owner]
        stories = [self._story(pk) for pk in pks]
        active = [story for story in stories if story.is_active(at) and not story.is_close_friends]
        active.sort(key=lambda story: (story.taken_at, story.pk))
        looks = [each.seen_at for each in self._sightings_of(owner) if each.envelope is not None]
        kept = Provenance("archive", max(looks, default=None), "archived")
        return create_reel(self._account(owner), [story.wire for story in active], kept)

    async def story(self, pk: int) -> KeptStory | None:
        """One story; also a close-friends one, which the caller must not serve."""
        return self._story(self._twins().get(pk, pk)) if pk in self._told else None

    async def privacy_told_at(self, user_pk: int) -> int:
        """When it was last told whether the account is private; 0: never."""
        told = (each for each in self._sightings_of(user_pk) if each.user.is_private is not None)
        return max((each.privacy_at for each in told), default=0)

    async def is_seen(self, user_pk: int, *, not_by: str) -> bool:
        """Whether a source other than ``not_by`` has seen the account."""
        return any(
            sighting.source != not_by
            for sighting in self._sightings
            if user_pk in (sighting.user_pk, self._resolve(sighting.user_pk))
        )

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
        return sorted(same, key=lambda kept: (kept.story_pk, kept.kind))

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
        twins = self._twins()
        groups: dict[int, set[int]] = {}
        for pk in self._told:
            groups.setdefault(twins.get(pk, pk), set()).add(pk)
        self.wanted.drop(
            {
                (pk, kept.kind, kept.variant)
                for kept in self._kept
                for pk in groups[twins.get(kept.story_pk, kept.story_pk)]
            }
        )

    def _stories_named(self, name: str) -> list[tuple[int, Kind]]:
        found = {
            (seen.pk, file.kind): None
            for _, seen in self._seen()
            for file in seen.files
            if name in (file.name, file.cache_key)
        }
        return [*found]

    def _seen(self) -> Iterator[tuple[Sighting, SeenStory]]:
        """Go through what was accepted: a story belongs to whom it was first seen with."""
        for sighting in self._sightings:
            for seen in sighting.stories:
                if is_made_user(sighting.user_pk) or self._told[seen.pk] == sighting.user_pk:
                    yield sighting, seen

    def _sightings_of(self, user_pk: int) -> list[Sighting]:
        return [sighting for sighting in self._sightings if sighting.user_pk == user_pk]

    def _is_there(self, sighting: Sighting) -> bool:
        """Tell whether the account is one: if its pk was made, only while it has stories."""
        pk = sighting.user_pk
        return (
            not is_made_user(pk)
            or self._resolve(pk) != pk
            or any(self._owner(story) == pk for story in self._told)
        )

    def _namesakes(self, pk: int) -> set[int]:
        """Return the accounts known by number that had a name of this made one."""
        names = {(seen.user.username or "").lower() for seen in self._sightings_of(pk)}
        return {
            seen.user_pk
            for seen in self._sightings
            if (seen.user.username or "").lower() in names and not is_made_user(seen.user_pk)
        }

    def _resolve(self, pk: int) -> int:
        """Return whom an account stands for: itself, or the only one that had its name."""
        namesakes = self._namesakes(pk) if is_made_user(pk) else set()
        return namesakes.pop() if len(namesakes) == 1 else pk

    def _account(self, pk: int) -> Account:
        """The latest name and the latest word on privacy; of one moment the private one."""
        pk = self._resolve(pk)
        sightings = self._sightings_of(pk)
        names = [(-seen.seen_at, seen.user.username) for seen in sightings if seen.user.username]
        privacy = [
            (seen.privacy_at, seen.user.is_private)
            for seen in sightings
            if seen.user.is_private is not None
        ]
        name = min(names)[1].lower() if names else None
        if is_made_user(pk):
            return Account(
                pk, name, any(self._account(each).is_private for each in self._namesakes(pk))
            )
        return Account(pk, name, max(privacy)[1] if privacy else False)

    def _owner(self, pk: int) -> int:
        """Return whose story it is: who is known by number goes before who is known by name."""
        told = self._told[pk]
        if told is not None:
            return told
        return min(
            self._resolve(sighting.user_pk) for sighting, seen in self._seen() if seen.pk == pk
        )

    def _twins(self) -> dict[int, int]:
        """Return all made pks of other stories, each with the story's own."""
        made: dict[int, bool] = {}
        for _, seen in self._seen():
            made[seen.pk] = made.get(seen.pk, True) and seen.is_made
        found: dict[int, int] = {}
        for owner in {self._owner(pk) for pk, is_made in made.items() if is_made}:
            candidates = [
                Candidate(
                    pk,
                    is_made,
                    int(self._own(pk).story.taken_at.timestamp()),
                    frozenset(kept.file.sha256 for kept in self._kept if kept.story_pk == pk),
                )
                for pk, is_made in made.items()
                if self._owner(pk) == owner
            ]
            found |= find_twins(candidates)
        return found

    def _readings(self, pk: int) -> list[Reading]:
        return [
            Reading(it.dialect, sighting.seen_at, it.expiring_at, it.is_close_friends, it.story)
            for sighting, it in self._seen()
            if it.pk == pk
        ]

    def _own(self, pk: int) -> Reading:
        return merge(self._readings(pk))

    def _story(self, pk: int) -> KeptStory:
        owner = self._owner(pk)
        others = [
            each for twin, of in self._twins().items() if of == pk for each in self._readings(twin)
        ]
        whole = give_to(fill(self._own(pk), rank(others)), owner)
        taken_at = int(whole.story.taken_at.timestamp())
        return KeptStory(
            pk,
            self._account(owner),
            taken_at,
            min(whole.expiring_at, taken_at + MAX_LIFETIME),
            whole.is_close_friends,
            encode_story(whole.story),
            Provenance("archive", whole.seen_at, "archived"),
        )


_moment = attrgetter("seen_at")

_kind_of = attrgetter("story_pk", "kind")

_address = attrgetter("story_pk", "kind", "variant", "file.sha256")
