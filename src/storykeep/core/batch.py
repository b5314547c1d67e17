"""Several accounts asked about at once."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from storykeep.core.errors import Absent, SourceError
from storykeep.core.ports import Reel, ReelOrError


async def ask_each(
    ask: Callable[[int], Awaitable[Reel]], user_pks: Sequence[int]
) -> dict[int, ReelOrError]:
    """Return what ``ask`` answers or raises of each account, asked one after another.

    At once they would stand in each other's way: an origin lets nobody wait long for a turn.
    """
    found: dict[int, ReelOrError] = {}
    for user_pk in user_pks:
        try:
            found[user_pk] = await ask(user_pk)
        except (Absent, SourceError) as error:
            found[user_pk] = error
    return found


class OneByOne:
    """A source that has no other way than to be asked about one account after another."""

    @abstractmethod
    async def user_stories(
        self, user_pk: int, at: int | None = None, *, is_forced: bool = False
    ) -> Reel:
        """The stories of one."""

    async def reels(
        self, user_pks: Sequence[int], at: int | None = None, *, is_forced: bool = False
    ) -> Mapping[int, ReelOrError]:
        """As ``user_stories``, of each."""
        return await ask_each(partial(self.user_stories, at=at, is_forced=is_forced), user_pks)
