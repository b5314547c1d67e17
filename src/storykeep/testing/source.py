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
    user_stories = asked(StorySource.user_stories)
    story = asked(StorySource.story)
    highlights = asked(StorySource.highlights)
    highlight = asked(StorySource.highlight)
    stories_named = asked(StorySource.stories_named)

    async def _ask(self, question: str, about: Any, at: object = None, **_: object) -> Any:
        key = about.name if isinstance(about, CdnFile) else about
        self.asked.append((question, key, at) if question == "user_stories" else (question, key))
        otherwise = () if question == "stories_named" else self._otherwise
        answer = (self._script[question] or {}).get(key, otherwise)
        if isinstance(answer, Exception):
            raise answer
        return answer
