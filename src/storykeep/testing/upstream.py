"""An Upstream that does as it is told, and counts what it was asked."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from storykeep.core.errors import SourceUnavailable
from storykeep.core.sighting import Sighting

K = TypeVar("K")


class ScriptedUpstream:
    """Gives the sightings it was given; an exception is raised.

    The script may be changed at any time.  About anything else it cannot tell.
    """

    def __init__(
        self,
        name: str = "scripted",
        *,
        users: Mapping[str, Sighting | Exception] | None = None,
        accounts: Mapping[int, Sighting | Exception] | None = None,
        reels: Mapping[int, Sighting | Exception] | None = None,
        stories: Mapping[int, Sighting | Exception] | None = None,
        trays: Mapping[int, Sighting | Exception] | None = None,
        highlights: Mapping[int, Sighting | Exception] | None = None,
    ) -> None:
        """The answers by username, by pk, by account, by story and by highlight."""
        self.name = name
        self.users = dict(users or {})
        self.accounts = dict(accounts or {})
        self.reels_of = dict(reels or {})
        self.stories = dict(stories or {})
        self.trays = dict(trays or {})
        self.kept = dict(highlights or {})
        self.trouble: Exception | None = None
        """Raised instead of any answer, while it is set."""
        self.asked: list[tuple[object, ...]] = []
        """The questions so far, e.g. ``("reel", 787132)``."""

    async def user(self, username: str) -> Sighting:
        """The account of that name."""
        self.asked.append(("user", username))
        return self._answer(self.users, username)

    async def user_by_pk(self, user_pk: int) -> Sighting:
        """The account."""
        self.asked.append(("user_by_pk", user_pk))
        return self._answer(self.accounts, user_pk)

    async def reel(self, user_pk: int) -> Sighting:
        """The reel."""
        self.asked.append(("reel", user_pk))
        return self._answer(self.reels_of, user_pk)

    async def reels(self, user_pks: Sequence[int]) -> Sequence[Sighting]:
        """The reels that it has."""
        self.asked.append(("reels", *user_pks))
        if self.trouble is not None:
            raise self.trouble
        found = [self.reels_of.get(user_pk) for user_pk in user_pks]
        return [sighting for sighting in found if isinstance(sighting, Sighting)]

    async def story(self, pk: int, username: str | None = None) -> Sighting:
        """The story."""
        self.asked.append(("story", pk, username))
        return self._answer(self.stories, pk)

    async def highlights(self, user_pk: int) -> Sighting:
        """The highlights of the account."""
        self.asked.append(("highlights", user_pk))
        return self._answer(self.trays, user_pk)

    async def highlight(self, pk: int) -> Sighting:
        """The highlight."""
        self.asked.append(("highlight", pk))
        return self._answer(self.kept, pk)

    async def check(self) -> None:
        """Nothing but the trouble there is."""
        self.asked.append(("check",))
        if self.trouble is not None:
            raise self.trouble

    async def close(self) -> None:
        """Nothing is open."""

    def _answer(self, script: Mapping[K, Sighting | Exception], question: K) -> Sighting:
        answer = self.trouble or script.get(question) or SourceUnavailable("Not in the script.")
        if isinstance(answer, Exception):
            raise answer
        return answer
