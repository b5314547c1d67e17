"""An Upstream that does as it is told, and counts what it was asked."""

from collections.abc import Mapping, Sequence
from typing import Any

from storykeep.core.asking import asked
from storykeep.core.errors import SourceUnavailable
from storykeep.core.sighting import Sighting
from storykeep.core.upstream import Upstream


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
        self._script: dict[str, Mapping[Any, Sighting | Exception]] = {
            "user": self.users,
            "user_by_pk": self.accounts,
            "reel": self.reels_of,
            "story": self.stories,
            "highlights": self.trays,
            "highlight": self.kept,
        }
        self.trouble: Exception | None = None
        """Raised instead of any answer, while it is set."""
        self.asked: list[tuple[object, ...]] = []
        """The questions so far, e.g. ``("reel", 787132)``."""

    user = asked(Upstream.user)
    user_by_pk = asked(Upstream.user_by_pk)
    reel = asked(Upstream.reel)
    story = asked(Upstream.story)
    highlights = asked(Upstream.highlights)
    highlight = asked(Upstream.highlight)

    async def reels(self, user_pks: Sequence[int]) -> Sequence[Sighting]:
        """The reels that it has."""
        self.asked.append(("reels", *user_pks))
        if self.trouble is not None:
            raise self.trouble
        found = [self.reels_of.get(user_pk) for user_pk in user_pks]
        return [sighting for sighting in found if isinstance(sighting, Sighting)]

    async def check(self) -> None:
        """Nothing but the trouble there is."""
        self.asked.append(("check",))
        if self.trouble is not None:
            raise self.trouble

    async def close(self) -> None:
        """Nothing is open."""

    async def _ask(self, question: str, key: object, *more: object) -> Sighting:
        self.asked.append((question, key, *more))
        answer = self.trouble or self._script[question].get(key)
        if isinstance(answer, Sighting):
            return answer
        raise answer or SourceUnavailable("Not in the script.")
