"""Sources that do as they are told."""

from collections.abc import Callable, Sequence

from storykeep.core.highlight import KeptHighlight, Tray
from storykeep.core.links import CdnFile
from storykeep.core.model import UserShort
from storykeep.core.ports import Account, KeptStory, Reel
from storykeep.core.sighting import Kind


class Failing:
    """A source that raises, whatever it is asked; ``fail`` is given the question."""

    def __init__(self, fail: Callable[..., Exception]) -> None:
        self._fail = fail

    async def user(self, username: str) -> Account:
        raise self._fail(username)

    async def profile(self, user_pk: int) -> UserShort:
        raise self._fail(user_pk)

    async def user_stories(
        self, user_pk: int, at: int | None = None, *, is_forced: bool = False
    ) -> Reel:
        raise self._fail(user_pk, at, is_forced)

    async def story(self, pk: int, username: str | None = None) -> KeptStory:
        raise self._fail(pk, username)

    async def highlights(self, user_pk: int, *, is_forced: bool = False) -> Tray:
        raise self._fail(user_pk, is_forced)

    async def highlight(self, pk: int) -> KeptHighlight:
        raise self._fail(pk)

    async def stories_named(self, file: CdnFile) -> Sequence[tuple[int, Kind]]:
        raise self._fail(file)
