"""What the use cases need from the world, as protocols; adapters live in sources and storage.

All times are Unix seconds.  Numbers are pks.  Every adapter of a port passes the same suite.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from msgspec import Struct

from storykeep.core.errors import Absent, SourceError
from storykeep.core.highlight import KeptHighlight, Tray
from storykeep.core.links import CdnFile
from storykeep.core.media import KeptFile, Wanted
from storykeep.core.raw import RawItem, RawReel
from storykeep.core.sighting import Account as Account  # noqa: PLC0414 - told from here
from storykeep.core.sighting import Kind, Problem, Provenance, Sighting
from storykeep.core.sighting import Profile as Profile  # noqa: PLC0414 - as Account
from storykeep.core.signing import MediaForm
from storykeep.core.throttle import Decision

Clock = Callable[[], float]
"""Unix seconds, now."""


class KeptStory(NamedTuple):
    """A story with the bytes of the wire and what the use cases decide by."""

    pk: int
    account: Account
    taken_at: int
    expiring_at: int
    is_close_friends: bool
    wire: bytes
    provenance: Provenance | None = None

    def is_active(self, at: float) -> bool:
        """Whether it is in the reel at that moment."""
        return self.taken_at <= at < self.expiring_at


class Reel(NamedTuple):
    """An account and its stories of one moment, oldest first, without close-friends ones."""

    account: Account
    stories: tuple[bytes, ...]
    """The bytes of the wire, one a story."""
    body: bytes
    """All of them as a JSON array: what a list endpoint answers."""
    provenance: Provenance | None = None

    def first(self, amount: int) -> bytes:
        """The JSON array of the first ``amount`` stories; 0: of all."""
        if not amount or amount >= len(self.stories):
            return self.body
        return b"[%b]" % b",".join(self.stories[:amount])


def create_reel(
    account: Account, stories: Sequence[bytes], provenance: Provenance | None = None
) -> Reel:
    """Return the reel of ``stories``, which are the bytes of the wire, in their order."""
    told = provenance and provenance.of(stories)
    return Reel(account, tuple(stories), b"[%b]" % b",".join(stories), told)


ReelOrError = Reel | Absent | SourceError
"""What one of several accounts comes to: each succeeds or fails by itself."""


class StorySource(Protocol):
    """Where stories come from: the archive, an upstream, or sources composed.

    A whole answer, or ``Absent`` (certain: not there), or ``SourceError`` (cannot tell).
    """

    async def user(self, username: str) -> Account:
        """The account of that name now.  Raises UserNotFound, SourceError."""

    async def profile(self, user_pk: int) -> Profile:
        """What is known of the account itself.  Raises UserNotFound, SourceError."""

    async def user_stories(
        self, user_pk: int, at: int | None = None, *, is_forced: bool = False
    ) -> Reel:
        """The stories active at that moment, default now.  Raises UserNotFound, SourceError.

        The account says whether it is private: whether that matters is the caller's rule.
        ``is_forced`` spares a request that would only ask that.
        """

    async def reels(
        self, user_pks: Sequence[int], at: int | None = None, *, is_forced: bool = False
    ) -> Mapping[int, ReelOrError]:
        """What ``user_stories`` answers or raises of each, with as few questions as there can be.

        Raises nothing of Absent and SourceError itself.
        """

    async def story(self, pk: int, username: str | None = None) -> KeptStory:
        """One story, active or not.  Raises StoryNotFound, SourceError.

        ``username`` is whose it is, where an address said so; it decides nothing.
        """

    async def stories_named(self, file: CdnFile) -> Sequence[tuple[int, Kind]]:
        """The stories (pk, kind) that a file of the CDN was seen in; maybe none."""

    async def highlights(self, user_pk: int, *, is_forced: bool = False) -> Tray:
        """The account's highlights.  Raises UserNotFound, SourceError."""

    async def highlight(self, pk: int) -> KeptHighlight:
        """One highlight with its stories.  Raises HighlightNotFound, SourceError."""


class Recorded(NamedTuple):
    """What recording a sighting changed: story counts."""

    new: int
    known: int
    problems: tuple[Problem, ...] = ()
    """Stories that were refused: their pk is another account's, or they were erased."""


class Archive(Protocol):
    """Everything ever seen.  Recording twice is recording once.  Raises StorageError.

    What it answers follows from what it was given, never from the order; only of two accounts
    that are known by number and claim one story the first has it.
    """

    async def record(self, sighting: Sighting, wanted: Sequence[Wanted] = ()) -> Recorded:
        """Keep the sighting, its account, stories, raw payloads and file names.

        The ``wanted`` files of its stories are queued in the same transaction, also when the
        sighting is known, unless they are kept under any pk of the story.  One that is queued
        begins anew with an address that is good for longer, and else stays as it is.
        """

    async def account(self, username: str) -> Account | None:
        """Who had that name last; an account whose pk was made of it, where no other had."""

    async def profile(self, user_pk: int) -> Profile | None:
        """What was last seen of the account itself; None for an account never seen.

        Of its raw profiles the latest; of one moment always the same, whatever came first.  Seen
        it was then, or, where there is none, when its privacy was told.
        """

    async def reel(self, user_pk: int, at: int) -> Reel | None:
        """The stories active then; None for an account never seen."""

    async def story(self, pk: int) -> KeptStory | None:
        """One story; also a close-friends one, which the caller must not serve.

        By a pk that was made for it, it is found too, and has the pk that captures told.
        """

    async def highlights(self, user_pk: int) -> Tray | None:
        """All that were ever seen of the account, the newest first; None: it never was."""

    async def highlight(self, pk: int) -> KeptHighlight | None:
        """One highlight as it was seen last, and those of its stories that are kept."""

    async def raw_items(self, pks: Sequence[int]) -> Mapping[int, RawItem]:
        """Of each story the capture that tells most (``raw.best_of``), among the last few."""

    async def raw_reel(self, user_pk: int, at: int) -> RawReel | None:
        """The account's reel as last captured in the day before ``at``, if ``raw.is_told``."""

    async def privacy_told_at(self, user_pk: int) -> int:
        """When it was last told whether the account is private, in Unix seconds; 0: never."""

    async def is_seen(self, user_pk: int, *, not_by: str) -> bool:
        """Whether a source other than ``not_by`` has seen the account."""

    async def keep_file(self, kept: KeptFile) -> None:
        """Note that the media store has this file of the story, which is no longer wanted."""

    async def kept_bytes(self) -> int:
        """How many bytes all kept files have, each counted once however many stories share it."""

    async def files_of(self, story_pk: int) -> Sequence[KeptFile]:
        """The kept files of a story, under whichever of its pks they were kept."""

    async def files_of_stories(self, pks: Sequence[int]) -> Mapping[int, Sequence[KeptFile]]:
        """As ``files_of``, by the pks that were asked with; one without files is left out."""

    async def files_with_digest(self, sha256: str) -> Sequence[KeptFile]:
        """The stories that have this file, by their pks."""

    async def files_named(self, file: CdnFile) -> Sequence[KeptFile]:
        """The kept files of all stories that this file of the CDN belongs to.

        By its name, which may also be that of a kept file; where that leads to none by its cache
        key, and else by the story that the cache key tells.
        """

    async def stories_named(self, file: CdnFile) -> Sequence[tuple[int, Kind]]:
        """The stories (pk, kind) that this file of the CDN was seen in, as ``files_named``."""

    async def is_erased(
        self,
        *,
        user_pk: int | None = None,
        username: str | None = None,
        story_pk: int | None = None,
    ) -> bool:
        """Whether the operator had the account or the story erased, so that it is not asked for."""

    async def admit(self, sighting: Sighting) -> Sighting | None:
        """What of a sighting may be kept and shown: what was erased is left out of it.

        None for one of an erased account.  ``record`` keeps no more, whatever it is given.
        """


class AccessKey(Struct, frozen=True):
    """An access key, without the secret that only its holder knows."""

    id: int
    name: str
    prefix: str
    """The first characters of the key, for people to tell keys apart."""
    rate: float
    """Requests a second."""
    balance: int
    """Request units, as of the moment it was read."""
    created_at: int
    expires_at: int | None = None
    is_disabled: bool = False
    media: MediaForm = "cdn"
    """How its answers address files, unless a call says otherwise."""

    def is_valid(self, now: float) -> bool:
        """Whether the key opens the door at that moment."""
        return not self.is_disabled and (self.expires_at is None or now < self.expires_at)


class Keyring(Protocol):
    """The access keys, by the SHA-256 digest of their secret."""

    async def find(self, digest: bytes) -> AccessKey | None:
        """The key as it is now, its balance too."""

    async def create(self, key: AccessKey, digest: bytes) -> AccessKey:
        """Add a key; its id is chosen here, its balance starts at 0 (post the first units)."""

    async def list(self) -> Sequence[AccessKey]:
        """All keys, oldest first."""

    async def disable(self, key_id: int) -> None:
        """Close the door for good."""

    async def rotate(self, key_id: int, digest: bytes, prefix: str) -> None:
        """Give the key another secret; name, balance and entries stay."""

    async def set_media(self, key_id: int, media: MediaForm) -> None:
        """Say how the key's answers address files from now on."""


class Entry(NamedTuple):
    """A line of the ledger: negative units are a charge."""

    key_id: int
    entry: str
    """Our own unique id of the posting: the same one twice changes nothing."""
    units: int
    reason: str
    """The endpoint's path of a charge, or what the operator did."""
    at: int


class LedgerLine(NamedTuple):
    """An entry with the balance after it."""

    entry: Entry
    balance: int


class Ledger(Protocol):
    """Append-only; a balance is the sum of the entries and never below zero."""

    async def post(self, entry: Entry) -> int:
        """Write it durably, and return the balance.  Raises InsufficientFunds, and writes none."""

    async def entries(self, key_id: int, last: int) -> Sequence[LedgerLine]:
        """The last entries of a key, oldest first."""


class RateLimiter(Protocol):
    """Counts requests per key; ``core.throttle`` decides."""

    async def take(self, key_id: int, rate: float, now: float) -> Decision:
        """Decide about one request of the key at that moment."""
