"""A bounded cache of joined reels that is exact: it never answers what the database would not.

A reel stays right until one of its stories expires, one of the future begins, or anything is
committed to the archive by anybody.  The first two are known when it is read; the third is
the database's version, compared at every look-up.
"""

from collections import OrderedDict

from storykeep.core.ports import Reel


class ReelCache:
    """Reels by account, least recently used out first."""

    def __init__(self, capacity: int) -> None:
        """``capacity`` is in bytes of stories; 0 keeps nothing."""
        self._capacity = capacity
        self._size = 0
        self._version = -1
        self._reels: OrderedDict[int, tuple[int, int, Reel]] = OrderedDict()

    def find(self, account_pk: int, at: int, version: int) -> Reel | None:
        """The reel of that moment, if it is known for a database of that version."""
        if version != self._version:
            self._reels.clear()
            self._size = 0
            self._version = version
            return None
        entry = self._reels.get(account_pk)
        if entry is None or not entry[0] <= at < entry[1]:
            return None
        self._reels.move_to_end(account_pk)
        return entry[2]

    def keep(self, account_pk: int, since: int, until: int, reel: Reel) -> None:
        """Remember a reel that holds from ``since`` until before ``until``."""
        old = self._reels.pop(account_pk, None)
        self._size += _cost(reel) - (_cost(old[2]) if old else 0)
        self._reels[account_pk] = (since, until, reel)
        while self._size > self._capacity:
            _, (_, _, evicted) = self._reels.popitem(last=False)
            self._size -= _cost(evicted)


def _cost(reel: Reel) -> int:
    """About what a reel takes: its stories, the joined body, and the objects around them."""
    return 2 * len(reel.body) + 512
