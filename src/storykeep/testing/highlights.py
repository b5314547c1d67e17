"""What an archive in memory keeps of highlights, worked out anew when asked."""

from collections.abc import Iterator, Sequence

from msgspec import json

from storykeep.core.highlight import RAW, KeptHighlight, KeptItem, Tray, mentioned, shelve, show
from storykeep.core.ids import is_made_user, ms_from_pk
from storykeep.core.ports import Account, KeptStory
from storykeep.core.sighting import Provenance, SeenHighlight, SeenStory, Sighting


class MemoryHighlights:
    """For an archive that has its sightings as a list."""

    _sightings: list[Sighting]

    def _account(self, pk: int) -> Account:
        raise NotImplementedError

    def _resolve(self, pk: int) -> int:
        raise NotImplementedError

    def _seen(self) -> Iterator[tuple[Sighting, SeenStory]]:
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
        kept = [
            await self._told_of(pk) for pk in dict.fromkeys(seen.pk for _, seen in self._looks())
        ]
        return shelve(account, [each for each in kept if each.account.pk == account.pk])

    async def highlight(self, pk: int) -> KeptHighlight | None:
        """One highlight, and those of its stories that are kept."""
        looks = self._looks(pk)
        if not looks:
            return None
        kept = await self._told_of(pk)
        stories = [await self.story(each) for each in _items_of(looks)]
        return kept._replace(
            items=tuple(
                KeptItem(story.wire, self._raw(story.pk))
                for story in stories
                if story and not story.is_close_friends and story.account.pk == kept.account.pk
            )
        )

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

    async def _told_of(self, pk: int) -> KeptHighlight:
        looks = self._looks(pk)
        told = [("user" in json.decode(seen.reel), at.seen_at, seen.reel) for at, seen in looks]
        _, seen_at, reel = max(told)
        account = self._account(looks[0][0].user_pk)
        provenance = Provenance("archive", seen_at, "archived")
        told_of, items = json.decode(reel), _items_of(looks)
        stories = {each: await self.story(each) for each in {*items, *mentioned(told_of)}}
        hidden = {each for each, story in stories.items() if story and story.is_close_friends}
        return KeptHighlight(pk, account, show(told_of, items, hidden), (), provenance)

    def _raw(self, pk: int) -> bytes | None:
        raw = [
            (each.seen_at, seen.raw)
            for each, seen in self._seen()
            if seen.pk == pk and seen.dialect in RAW
        ]
        return max(raw)[1] if raw else None


def _items_of(looks: Sequence[tuple[Sighting, SeenHighlight]]) -> Sequence[int]:
    whole = [(each.seen_at, seen.items) for each, seen in looks if seen.is_whole]
    some = {item for _, seen in looks for item in seen.items}
    return max(whole)[1] if whole else sorted(some, key=lambda each: (ms_from_pk(each), each))
