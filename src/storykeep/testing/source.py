"""A StorySource that does as it is told."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from storykeep.core.errors import SourceUnaware
from storykeep.core.highlight import KeptHighlight, Tray
from storykeep.core.links import CdnFile
from storykeep.core.model import UserShort
from storykeep.core.ports import Account, KeptStory, Reel
from storykeep.core.sighting import Kind

K = TypeVar("K")
T = TypeVar("T")


class ScriptedSource:
    """Gives the answers it was given: a value is returned, an exception is raised.

    About anything else it cannot tell, unless ``otherwise`` says what to raise.  Files that
    nobody spoke of belong to no story.
    """

    def __init__(
        self,
        *,
        users: Mapping[str, Account | Exception] | None = None,
        profiles: Mapping[int, UserShort | Exception] | None = None,
        reels: Mapping[int, Reel | Exception] | None = None,
        stories: Mapping[int, KeptStory | Exception] | None = None,
        trays: Mapping[int, Tray | Exception] | None = None,
        highlights: Mapping[int, KeptHighlight | Exception] | None = None,
        names: Mapping[str, Sequence[tuple[int, Kind]] | Exception] | None = None,
        otherwise: Exception | None = None,
    ) -> None:
        """The answers by username, by account (profiles and reels), by story and by file name."""
        self._users = users or {}
        self._profiles = profiles or {}
        self._reels = reels or {}
        self._stories = stories or {}
        self._trays = trays or {}
        self._highlights = highlights or {}
        self._names = names or {}
        self._otherwise = otherwise or SourceUnaware("Not in the script.")
        self.asked: list[tuple[object, ...]] = []
        """The questions so far, e.g. ``("user_stories", 787132, None)``."""

    async def user(self, username: str) -> Account:
        """The account of that name."""
        self.asked.append(("user", username))
        return self._answer(self._users, username)

    async def profile(self, user_pk: int) -> UserShort:
        """What is known of that account."""
        self.asked.append(("profile", user_pk))
        return self._answer(self._profiles, user_pk)

    async def user_stories(
        self,
        user_pk: int,
        at: int | None = None,
        *,
        is_forced: bool = False,  # noqa: ARG002 - there is nothing to spare
    ) -> Reel:
        """The reel of that account, whatever the moment."""
        self.asked.append(("user_stories", user_pk, at))
        return self._answer(self._reels, user_pk)

    async def story(self, pk: int, username: str | None = None) -> KeptStory:  # noqa: ARG002
        """The story."""
        self.asked.append(("story", pk))
        return self._answer(self._stories, pk)

    async def highlights(self, user_pk: int, *, is_forced: bool = False) -> Tray:  # noqa: ARG002
        """The highlights of that account."""
        self.asked.append(("highlights", user_pk))
        return self._answer(self._trays, user_pk)

    async def highlight(self, pk: int) -> KeptHighlight:
        """The highlight."""
        self.asked.append(("highlight", pk))
        return self._answer(self._highlights, pk)

    async def stories_named(self, file: CdnFile) -> Sequence[tuple[int, Kind]]:
        """The stories of a file name."""
        self.asked.append(("stories_named", file.name))
        return self._answer({file.name: (), **self._names}, file.name)

    def _answer(self, script: Mapping[K, T | Exception], question: K) -> T:
        answer = script.get(question, self._otherwise)
        if isinstance(answer, Exception):
            raise answer
        return answer
