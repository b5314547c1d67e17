"""What was erased, in memory and in plain words."""

from storykeep.core.erasure import GONE, admit, words_of
from storykeep.core.mentions import Scope
from storykeep.core.sighting import Sighting


class MemoryTombstones:
    """The part of an archive that knows what is not to be kept."""

    def __init__(self) -> None:
        self.erased: dict[str, Scope] = {}
        """Whoever lays tombstones does so before anything is recorded."""

    async def is_erased(
        self,
        *,
        user_pk: int | None = None,
        username: str | None = None,
        story_pk: int | None = None,
    ) -> bool:
        """Whether the operator had the account or the story erased."""
        words = words_of(user_pk=user_pk, username=username, story_pk=story_pk)
        return any(self.erased.get(word) in GONE for word in words)

    async def admit(self, sighting: Sighting) -> Sighting | None:
        """What of a sighting may be kept and shown."""
        return admit(sighting, self.erased.get).sighting
