"""What captures said, in memory."""

from collections.abc import Iterator, Mapping, Sequence

from storykeep.core.raw import RawItem, RawReel, best_of, is_told
from storykeep.core.sighting import DAY, SeenStory, Sighting
from storykeep.testing.tombstones import MemoryTombstones


class MemoryRaw(MemoryTombstones):
    """The part of an archive that tells stories as they were captured."""

    def _seen(self) -> Iterator[tuple[Sighting, SeenStory]]:
        raise NotImplementedError

    async def raw_items(self, pks: Sequence[int]) -> Mapping[int, RawItem]:
        """Of each story the capture that tells most."""
        found = {
            pk: best_of(_item(sighting, seen) for sighting, seen in self._seen() if seen.pk == pk)
            for pk in pks
        }
        return {pk: item for pk, item in found.items() if item is not None}

    async def raw_reel(self, user_pk: int, at: int) -> RawReel | None:
        """The last reel in a raw dialect of the day before ``at``."""
        reels: list[tuple[int, RawReel]] = []
        for sighting in self._sightings_of(user_pk):
            if at - DAY < sighting.seen_at <= at and is_told(sighting.envelope or b"{}"):
                items = tuple(_item(of, seen) for of, seen in self._seen() if of is sighting)
                reels.append((sighting.seen_at, RawReel(sighting.envelope or b"", items)))
        return max(reels)[1] if reels else None

    def _sightings_of(self, user_pk: int) -> list[Sighting]:
        raise NotImplementedError


def _item(sighting: Sighting, seen: SeenStory) -> RawItem:
    told = sighting.seen_at, sighting.source, seen.expiring_at, seen.is_close_friends
    return RawItem(seen.pk, seen.dialect, seen.raw, *told)
