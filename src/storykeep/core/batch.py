"""Several accounts asked about at once."""

from collections.abc import Awaitable, Callable, Sequence

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
