"""What an archive in memory keeps of highlights, worked out anew when asked."""

from collections.abc import Sequence

from msgspec import json

from storykeep.core.highlight import KeptHighlight, KeptItem, Tray, fill, shelve
from storykeep.core.ids import is_made_user, ms_from_pk
from storykeep.core.ports import Account, KeptStory
from storykeep.core.raw import RANKS, without
from storykeep.core.sighting import Provenance, SeenHighlight, Sighting


class MemoryHighlights:
    """For an archive that has its sightings as a list."""

    _sightings: list[Sighting]

    def _account(self, pk: int) -> Account:
        raise NotImplementedError

    def _resolve(self, pk: int) -> int:
        raise NotImplementedError

    def _is_there(self, sighting: Sighting) -> bool:
        raise NotImplementedError

    async def story(self, pk: int) -> KeptStory | None:
        """One story."""
        raise NotImplementedError

    async def highlights(self, user_pk: int) -> Tray | None:
        """All that were ever seen of the account, the newest first; None: it never was."""
        if not any(each.user_pk == user_pk and self._is_there(each) for each in self._sightings):
            return None
        account = self._account(user_pk)
        kept = [self._told_of(pk) for pk in dict.fromkeys(seen.pk for _, seen in self._looks())]
        mine = [each for each in kept if each.account.pk == account.pk]
        return shelve(account, [await self._without_hidden(each) for each in mine])

    async def highlight(self, pk: int) -> KeptHighlight | None:
        """One highlight, and those of its stories that are kept."""
        if not self._looks(pk):
            return None
        kept = self._told_of(pk)
        stories = [await self.story(each) for each in self._items_of(pk)]
        items = {
            story.pk: KeptItem(story.wire, self._raw(story.pk))
            for story in stories
            if story and not story.is_close_friends and story.account.pk == kept.account.pk
        }
        return fill(kept, items)

    async def _without_hidden(self, kept: KeptHighlight) -> KeptHighlight:
        stories = [await self.story(pk) for pk in self._items_of(kept.pk)]
        hidden = [story.pk for story in stories if story and story.is_close_friends]
        return kept._replace(reel=without({**kept.reel}, hidden))

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

    def _items_of(self, pk: int) -> Sequence[int]:
        """Return the stories of when all were last seen, else all that ever were."""
        looks = self._looks(pk)
        whole = [(each.seen_at, seen.items) for each, seen in looks if seen.is_whole]
        some = {item for _, seen in looks for item in seen.items}
        return max(whole)[1] if whole else sorted(some, key=lambda each: (ms_from_pk(each), each))

    def _told_of(self, pk: int) -> KeptHighlight:
        looks = self._looks(pk)
        told = [("user" in json.decode(seen.reel), at.seen_at, seen.reel) for at, seen in looks]
        _, seen_at, reel = max(told)
        account = self._account(looks[0][0].user_pk)
        provenance = Provenance("archive", seen_at, "archived")
        return KeptHighlight(pk, account, json.decode(reel), (), provenance)

    def _raw(self, pk: int) -> bytes | None:
        raw = [
            (each.seen_at, seen.raw)
            for each in self._sightings
            for seen in each.stories
            if seen.pk == pk and seen.dialect in RANKS
        ]
        return max(raw)[1] if raw else None
