"""No way out to media: what the operator has not switched on."""

from collections.abc import AsyncGenerator

from storykeep.core.errors import MediaNotFound


class Unfetched:
    """A MediaFetcher that asks nobody."""

    def fetch(self, url: str) -> AsyncGenerator[bytes, None]:
        """Raises MediaNotFound that says what the operator can do about it."""
        raise MediaNotFound(
            "Media not found: the file of this story is not kept, and the operator has not set"
            " STORYKEEP_KEEP_MEDIA to fetch it."
        )
