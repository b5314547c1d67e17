"""Live origins of stories: Instagram by the operator's session, the Graph API, another server.

An upstream answers with sightings, because what it says shall be kept.  ``sources.combine``
makes a StorySource of one: ``Coalesced(Recorded(Governed(upstream, …), archive, …))``.  Beside
it stand the ports that origins need.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from storykeep.core.governor import Health
from storykeep.core.sighting import Problem, Sighting


class Upstream(Protocol):
    """One live origin.  A method is one question, and one request wherever that is possible.

    The sightings bear its name as their source and the moment of the answer as ``seen_at``, which
    is exact.  What is certain is raised as ``Absent`` (not there, private), everything else that
    is no answer as ``SourceError``: of another kind for each cause, with ``retry_after`` in
    seconds where it is known, and a message that says what the operator can do.  Nothing else is
    raised.  Waiting is bounded.
    """

    @property
    def name(self) -> str:
        """What the operator calls it, e.g. ``instagram``."""

    async def user(self, username: str) -> Sighting:
        """The account of that name, without stories.  Raises UserNotFound, SourceError."""

    async def user_by_pk(self, user_pk: int) -> Sighting:
        """The account, without stories.  Raises UserNotFound, SourceError."""

    async def reel(self, user_pk: int) -> Sighting:
        """The whole reel as it is now; ``envelope`` is set, also when there are no stories.

        Without an envelope it is what the origin had kept, because it could not ask either.
        No stories may also mean that the account is private, where the origin does not tell.
        Raises UserNotFound, PrivateAccount, SourceError.
        """

    async def reels(self, user_pks: Sequence[int]) -> Sequence[Sighting]:
        """The reels of at most 50 accounts, in one request.

        Who is missing in the answer has no stories, is private, or does not exist.  Raises
        SourceError; SourceUnaware where the origin can only be asked one by one.
        """

    async def story(self, pk: int, username: str | None = None) -> Sighting:
        """A sighting that holds the story, of ``username`` where an address said so.

        Raises StoryNotFound, PrivateAccount, SourceError.
        """

    async def highlights(self, user_pk: int) -> Sighting:
        """The account with all its highlights, without stories.

        None may also mean a private account.  Raises UserNotFound, PrivateAccount, SourceError.
        """

    async def highlight(self, pk: int) -> Sighting:
        """One highlight and its stories.  Raises HighlightNotFound, PrivateAccount, SourceError."""

    async def check(self) -> None:
        """Ask something harmless.  Raises SourceError when it would not answer now."""

    async def close(self) -> None:
        """Give its connections back."""


class Drift(Protocol):
    """Counts what an origin's answers had that is not understood, by source and field."""

    def add(self, source: str, problems: Sequence[Problem]) -> None:
        """Count the problems of one answer; never fails."""


class Unheard:
    """Drift that nobody counts."""

    def add(self, source: str, problems: Sequence[Problem]) -> None:
        """Forget the problems."""


UNHEARD: Drift = Unheard()


class SessionStore(Protocol):
    """The operator's sessions at live sources, by name: each opens an account to whoever has it.

    What is kept is sealed, and no error or log line shows any of it.  A name is a username.
    These are a few small files: the methods block.  All raise StorageError.
    """

    def names(self) -> Sequence[str]:
        """The names, in order."""

    def load(self, name: str) -> bytes | None:
        """The session, None without one.  StorageError when it was sealed with another key."""

    def save(self, name: str, session: bytes) -> None:
        """Keep the session under that name, in place of another.  Raises InvalidValue."""

    def remove(self, name: str) -> bool:
        """Forget the session, and say whether there was one."""


class DriftCount(NamedTuple):
    """How often a field was not understood, and when last."""

    field: str
    times: int
    seen_at: int


class Origins(Drift, Protocol):
    """How each live origin fares, for all processes that ask it.  Raises StorageError.

    What ``add`` counts is there soon: no answer waits for it.
    """

    async def health(self, source: str) -> Health:
        """The health as it is now; that of an origin never asked is all defaults."""

    async def change(self, source: str, change: Callable[[Health], Health]) -> Health:
        """Keep what ``change`` makes of the health now, and return it once it is durable.

        Nothing comes between; what ``change`` raises is raised, and nothing is kept.
        """

    async def drift(self, source: str) -> Sequence[DriftCount]:
        """What was not understood of its answers ever, the most frequent first."""
