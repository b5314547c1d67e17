"""A sighting: who was looked at, when, by which source, and what was there (also: nothing).

The archive is a shelf of sightings; stories, accounts and files are what follows from them.
"""

from collections.abc import Sized
from typing import Literal, NamedTuple

from msgspec import Struct

from storykeep.core.model import Story, UserShort

DAY = 86_400
"""How long a story stays in the reel, in seconds, where its expiry is not known."""

MAX_LIFETIME = 7 * DAY
"""What a capture claims beyond this is not believed; it bounds every search by time."""

Kind = Literal["image", "video"]
Dialect = Literal["v1", "xdt", "legacy", "vendor", "graph", "gallery-dl", "export", "file"]
"""Who shaped a raw payload: Instagram's private API, its web pages of today, its web pages
until 2023 (query_hash), the vendor's Story objects, the Graph API, gallery-dl's sidecars,
Instagram's data export; of a file by itself, only its name."""


class Account(NamedTuple):
    """What was last known about an account."""

    pk: int
    username: str | None
    is_private: bool


class SeenFile(NamedTuple):
    """One media address of a story: what stays the same when its signature changes."""

    kind: Kind
    name: str
    cache_key: str | None = None


class Rendition(NamedTuple):
    """One size of an image or a video that a story was seen with."""

    kind: Kind
    url: str
    width: int = 0
    """Pixels; 0 where the capture does not say."""
    height: int = 0


class SeenStory(Struct, frozen=True, kw_only=True):
    """One story as one capture had it."""

    story: Story
    expiring_at: int
    """Unix seconds; ``taken_at`` + 24 h where the capture does not say."""
    is_close_friends: bool = False
    dialect: Dialect
    raw: bytes
    """The captured item, as JSON."""
    files: tuple[SeenFile, ...] = ()
    renditions: tuple[Rendition, ...] = ()
    is_made: bool = False
    """Whether the pk was made here, because the capture has none."""

    @property
    def pk(self) -> int:
        """The story's number."""
        return int(self.story.pk)

    @property
    def taken_at(self) -> int:
        """Unix seconds."""
        return int(self.story.taken_at.timestamp())


class SeenHighlight(Struct, frozen=True, kw_only=True):
    """A highlight as one capture had it; its stories are those of the sighting."""

    pk: int
    reel: bytes
    """What is said of it, without its items, as JSON."""
    items: tuple[int, ...] = ()
    """The pks of stories in it, in their order."""
    is_whole: bool = False
    """Whether these are all, as of then."""


class Sighting(Struct, frozen=True, kw_only=True):
    """One look at one account's stories."""

    user: UserShort
    seen_at: int
    """Unix seconds; for an import the latest moment that the capture itself proves."""
    source: str
    stories: tuple[SeenStory, ...] = ()
    envelope: bytes | None = None
    """The reel without its items, as JSON; None when single stories were seen, not a reel."""
    highlights: tuple[SeenHighlight, ...] = ()
    is_moment_exact: bool = True
    """False for a capture that does not tell when it was made."""
    profile: bytes | None = None
    """The account as its own page told it, as JSON; None when it was seen only beside stories."""

    @property
    def user_pk(self) -> int:
        """The account's number."""
        return int(self.user.pk)

    @property
    def privacy_at(self) -> int:
        """From when on counts what it says of the account's privacy, in Unix seconds.

        A capture of unknown moment was made within a day after its newest story; without a
        story nobody knows when.  In doubt "private" counts from the end of that time and
        "public" from its beginning, so that an old capture never opens an account.
        """
        if self.is_moment_exact:
            return self.seen_at
        if self.user.is_private:
            return self.seen_at + (DAY if self.stories else 0)
        return self.seen_at if self.stories else 0


class Problem(NamedTuple):
    """Something in a capture that could not be read; the rest of it was."""

    field: str
    """Where, e.g. ``story_hashtags[1].hashtag.name``."""
    reason: str
    story_pk: str | None = None
    """The story it happened in, where known."""
    times: int = 1
    """How often, where like ones are told together."""


Outcome = Literal["live", "archived", "empty", "stale"]
"""``live``: asked just now.  ``archived``: as it was kept, and that will do.  ``empty``: nothing is
there, for certain.  ``stale``: as it was kept, because nobody could be asked now."""


class Provenance(NamedTuple):
    """Where an answer comes from."""

    source: str
    """Who answered: ``archive``, ``demo``, or an upstream's name."""
    seen_at: int | None
    """When it was seen at Instagram, in Unix seconds, where that is known."""
    outcome: Outcome

    def of(self, found: Sized) -> "Provenance":
        """Return it as that of ``found``, which may be nothing."""
        return self if found else self._replace(outcome="empty")


class Profile(NamedTuple):
    """What is known of an account itself."""

    user: UserShort
    """Here ``is_private`` is what was seen, also of the operator's own accounts."""
    raw: bytes | None = None
    """The user object that its own page was last told by, as JSON, where one was kept."""
    provenance: Provenance | None = None

    def is_fresh(self, now: float, for_seconds: float) -> bool:
        """Whether it was told within so many seconds."""
        seen_at = self.provenance.seen_at if self.provenance else None
        return seen_at is not None and now - seen_at <= for_seconds
