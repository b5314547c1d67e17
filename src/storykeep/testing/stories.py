"""Stories and highlights in memory, worked out of sightings whenever they are asked for."""

from collections.abc import Mapping, Sequence

from msgspec import json

from storykeep.core.highlight import (
    KeptHighlight,
    KeptItem,
    Tray,
    mentioned,
    shelve,
    show,
    title_of,
)
from storykeep.core.ids import is_made_user, make_highlight_pk, ms_from_pk
from storykeep.core.media import KeptFile
from storykeep.core.merge import Reading, fill, give_to, merge, rank
from storykeep.core.model import encode_story
from storykeep.core.ports import KeptStory, Reel, create_reel
from storykeep.core.raw import RANKS, RawItem, RawReel, best_of, is_told
from storykeep.core.sighting import (
    DAY,
    MAX_LIFETIME,
    Provenance,
    SeenHighlight,
    SeenStory,
    Sighting,
)
from storykeep.core.twins import Candidate, find_twins
from storykeep.testing.accounts import MemoryAccounts


class MemoryStories(MemoryAccounts):
    """The part of an archive that tells stories, as they are served and as captures had them."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[KeptFile] = []

    async def reel(self, user_pk: int, at: int) -> Reel | None:
        """The stories active then, oldest first; None for an account never seen."""
        if not self._is_known(user_pk):
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

    async def raw_items(self, pks: Sequence[int]) -> Mapping[int, RawItem]:
        """Of each story the capture that tells most."""
        items = [_item(sighting, seen) for sighting, seen in self._seen()]
        found = {pk: best_of(item for item in items if item.pk == pk) for pk in pks}
        return {pk: item for pk, item in found.items() if item is not None}

    async def raw_reel(self, user_pk: int, at: int) -> RawReel | None:
        """The last reel in a raw dialect of the day before ``at``."""
        reels: list[tuple[int, RawReel]] = []
        for sighting in self._sightings_of(user_pk):
            if at - DAY < sighting.seen_at <= at and is_told(sighting.envelope or b"{}"):
                items = tuple(_item(of, seen) for of, seen in self._seen() if of is sighting)
                reels.append((sighting.seen_at, RawReel(sighting.envelope or b"", items)))
        return max(reels)[1] if reels else None

    async def highlights(self, user_pk: int) -> Tray | None:
        """All that were ever seen of the account, the newest first; None: it never was."""
        if not self._is_known(user_pk):
            return None
        account = self._account(user_pk)
        pks = dict.fromkeys(seen.pk for _, seen in self._looks())
        kept = [await self._highlight(pk) for pk in pks]
        return shelve(account, [each for each in kept if each.account.pk == account.pk])

    async def highlight(self, pk: int) -> KeptHighlight | None:
        """One highlight, and those of its stories that are kept."""
        if not self._looks(pk):
            return None
        kept = await self._highlight(pk)
        made = make_highlight_pk(kept.account.pk, title_of(kept))
        stories = [await self.story(each) for each in self._items_of(pk, made)]
        shown = [
            story
            for story in stories
            if story and not story.is_close_friends and story.account.pk == kept.account.pk
        ]
        told = await self.raw_items([story.pk for story in shown])
        raw = {pk: item.item for pk, item in told.items() if item.dialect in RANKS}
        items = tuple(KeptItem(story.wire, raw.get(story.pk)) for story in shown)
        return kept._replace(items=items)

    def _looks(self, pk: int | None = None) -> Sequence[tuple[Sighting, SeenHighlight]]:
        """Return how highlights were seen with the first account that had them."""
        owners: dict[int, int] = {}
        looks = [(each, seen) for each in self._sightings for seen in each.highlights]
        for each, seen in sorted(looks, key=lambda look: is_made_user(look[0].user_pk)):
            owners.setdefault(seen.pk, self._resolve(each.user_pk))
        return [
            (each, seen)
            for each, seen in looks
            if pk in (None, seen.pk) and owners[seen.pk] == self._resolve(each.user_pk)
        ]

    def _items_of(self, pk: int, *also: int) -> Sequence[int]:
        """Return the stories of when all were last seen, else all ever seen, of ``also`` too."""
        looks = self._looks(pk)
        whole = [(each.seen_at, seen.items) for each, seen in looks if seen.is_whole]
        some = {
            item for each in (pk, *also) for _, seen in self._looks(each) for item in seen.items
        }
        return max(whole)[1] if whole else sorted(some, key=lambda each: (ms_from_pk(each), each))

    async def _highlight(self, pk: int) -> KeptHighlight:
        """Return what is told of the highlight, without its stories."""
        looks = self._looks(pk)
        told = [("user" in json.decode(seen.reel), at.seen_at, seen.reel) for at, seen in looks]
        _, seen_at, reel = max(told)
        account = self._account(looks[0][0].user_pk)
        kept = Provenance("archive", seen_at, "archived")
        items, shown = self._items_of(pk), json.decode(reel)
        stories = {each: await self.story(each) for each in {*items, *mentioned(shown)}}
        hidden = {each for each, story in stories.items() if story and story.is_close_friends}
        return KeptHighlight(pk, account, show(shown, items, hidden), (), kept)

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


def _item(sighting: Sighting, seen: SeenStory) -> RawItem:
    told = sighting.seen_at, sighting.source, seen.expiring_at, seen.is_close_friends
    return RawItem(seen.pk, seen.dialect, seen.raw, *told)
