"""What an export reads from."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from storykeep.core.copies import AccountCopy, Copied, StoryCopy
from storykeep.core.media import KeptFile


class Readable(Protocol):
    """An archive that can be read out, a little at a time.  Raises StorageError."""

    def record_of(self, user_pk: int) -> AsyncIterator[AccountCopy | Copied]:
        """Go through the account and those made of its names, then through their sightings."""
        ...

    def stories_of(self, user_pk: int) -> AsyncIterator[StoryCopy]:
        """Go through the account's stories as they are served, by pk."""
        ...

    async def files_of(self, story_pk: int) -> Sequence[KeptFile]:
        """The kept files of a story, under whichever of its pks."""
        ...
