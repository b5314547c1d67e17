"""A StorySource that does as it is told."""

from collections.abc import Mapping, Sequence
from typing import Any

from storykeep.core.asking import asked
from storykeep.core.batch import OneByOne
from storykeep.core.errors import SourceUnaware
from storykeep.core.highlight import KeptHighlight, Tray
from storykeep.core.links import CdnFile
from storykeep.core.ports import Account, KeptStory, Profile, Reel, StorySource
from storykeep.core.sighting import Kind


class ScriptedSource(OneByOne):
    """Gives the answers it was given: a value is returned, an exception is raised.

    About anything else it cannot tell, unless ``otherwise`` says what to raise.  Files that
    nobody spoke of belong to no story.
    """

    def __init__(
        self,
        *,
        users: Mapping[str, Account | Exception] | None = None,
        profiles: Mapping[int, Profile | Exception] | None = None,
        reels: Mapping[int, Reel | Exception] | None = None,
        stories: Mapping[int, KeptStory | Exception] | None = None,
        trays: Mapping[int, Tray | Exception] | None = None,
        highlights: Mapping[int, KeptHighlight | Exception] | None = None,
        names: Mapping[str, Sequence[tuple[int, Kind]] | Exception] | None = None,
        otherwise: Exception | None = None,
    ) -> None:
        """The answers by username, by account (profiles and reels), by story and by file name."""
        self._script: dict[str, Mapping[Any, Any] | None] = {
            "user": users,
            "profile": profiles,
            "user_stories": reels,
            "story": stories,
            "highlights": trays,
            "highlight": highlights,
            "stories_named": names,
        }
        self._otherwise = otherwise or SourceUnaware("Not in the script.")
        self.asked: list[tuple[object, ...]] = []
        """The questions so far, e.g. ``("user_stories", 787132, None)``."""

    user = asked(StorySource.user)
    profile = asked(StorySource.profile)
    story = asked(StorySource.story)
    highlights = asked(StorySource.highlights)
    highlight = asked(StorySource.highlight)

    async def user_stories(
        self, user_pk: int, at: int | None = None, *, is_forced: bool = False
    ) -> Reel:
        """The reel of that account, whatever the moment."""
        self.asked.append(("user_stories", user_pk, at))
        reel: Reel = self._answer("user_stories", user_pk, self._otherwise)
        return reel

    async def stories_named(self, file: CdnFile) -> Sequence[tuple[int, Kind]]:
        """The stories of a file name."""
        self.asked.append(("stories_named", file.name))
        stories: Sequence[tuple[int, Kind]] = self._answer("stories_named", file.name, ())
        return stories

    async def _ask(self, question: str, key: object, *_: object, **__: object) -> Any:
        self.asked.append((question, key))
        return self._answer(question, key, self._otherwise)

    def _answer(self, question: str, key: object, otherwise: object) -> Any:
        answer = (self._script[question] or {}).get(key, otherwise)
        if isinstance(answer, Exception):
            raise answer
        return answer
