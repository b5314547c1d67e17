"""The archive as a source.  Alone it is the truth; beside a live source its silence is no no."""

from typing import TypeVar

from storykeep.core.batch import OneByOne
from storykeep.core.errors import (
    Absent,
    HighlightNotFound,
    SourceUnaware,
    StoryNotFound,
    UserNotFound,
)
from storykeep.core.highlight import KeptHighlight, Tray
from storykeep.core.ports import Account, Archive, Clock, KeptStory, Profile, Reel
from storykeep.core.sighting import Provenance

T = TypeVar("T")
Found = TypeVar("Found", Reel, Profile, Tray, KeptHighlight)


class ArchiveSource(OneByOne):
    """Answers from what was seen."""

    def __init__(self, archive: Archive, clock: Clock, *, is_truth: bool) -> None:
        """``is_truth``: no live source is configured, so what is not here does not exist."""
        self._archive = archive
        self._clock = clock
        self._is_truth = is_truth
        self.stories_named = archive.stories_named

    async def user(self, username: str) -> Account:
        """Who had that name last.  Raises UserNotFound, or SourceUnaware if not the truth."""
        return self._known(await self._archive.account(username), UserNotFound)

    async def profile(self, user_pk: int) -> Profile:
        """What was last seen of the account, ``stale`` beside a live source; raises as ``user``."""
        profile = self._known(await self._archive.profile(user_pk), UserNotFound)
        return profile if self._is_truth else _stale(profile)

    async def user_stories(
        self, user_pk: int, at: int | None = None, *, is_forced: bool = False
    ) -> Reel:
        """The kept stories that are active at that moment; raises as ``user``.

        Beside a live source it does not say that there are none, and that those which it has are
        all; ``stale`` tells that.
        """
        moment = int(self._clock()) if at is None else at
        reel = self._known(await self._archive.reel(user_pk, moment), UserNotFound)
        if self._is_truth or reel.account.is_private:
            return reel
        if not reel.stories:
            raise SourceUnaware("The archive has no story of that moment.")
        return reel if at is not None else _stale(reel)

    async def story(self, pk: int, username: str | None = None) -> KeptStory:
        """A kept story, for ever.  Raises StoryNotFound, or SourceUnaware."""
        return self._known(await self._archive.story(pk), StoryNotFound)

    async def highlights(self, user_pk: int, *, is_forced: bool = False) -> Tray:
        """The kept highlights; raises as ``user``, and tells no less than ``user_stories``."""
        tray = self._known(await self._archive.highlights(user_pk), UserNotFound)
        if self._is_truth or tray.account.is_private:
            return tray
        if not tray.highlights:
            raise SourceUnaware("The archive has no highlight of this account.")
        return _stale(tray)

    async def highlight(self, pk: int) -> KeptHighlight:
        """A kept highlight.  Raises HighlightNotFound, or SourceUnaware."""
        kept = self._known(await self._archive.highlight(pk), HighlightNotFound)
        return kept if self._is_truth else _stale(kept)

    def _known(self, found: T | None, absent: type[Absent]) -> T:
        """Return ``found``; where there is nothing, raise what that says."""
        if found is None:
            raise absent() if self._is_truth else SourceUnaware("The archive does not know.")
        return found


class Fresh(ArchiveSource):
    """The archive as a cache: it answers what it saw at most ``for_seconds`` ago.

    That an account had no stories then is an answer too.  A story by pk does not age.  For all
    else SourceUnaware leaves it to the next source of a chain.
    """

    def __init__(self, archive: Archive, clock: Clock, for_seconds: float) -> None:
        super().__init__(archive, clock, is_truth=False)
        self._for_seconds = for_seconds

    async def user(self, username: str) -> Account:
        """Who has that name, as far as is known."""
        account = await super().user(username)
        if account.username != username:
            raise _not_fresh()
        return account

    async def profile(self, user_pk: int) -> Profile:
        """What was told of the account, if that was just now."""
        profile = await self._archive.profile(user_pk)
        if profile is None or not profile.is_fresh(self._clock(), self._for_seconds):
            raise _not_fresh()
        return profile

    async def user_stories(
        self, user_pk: int, at: int | None = None, *, is_forced: bool = False
    ) -> Reel:
        """The reel, if it was seen as a whole just now."""
        now = self._clock()
        reel = await self._archive.reel(user_pk, int(now)) if at is None else None
        seen_at = reel.provenance.seen_at if reel and reel.provenance else None
        if reel is None or seen_at is None or now - seen_at > self._for_seconds:
            raise _not_fresh()
        return reel

    async def highlights(self, user_pk: int, *, is_forced: bool = False) -> Tray:
        """Which there are, only a live source knows."""
        raise _not_fresh()

    async def highlight(self, pk: int) -> KeptHighlight:
        """As ``highlights``: what is in it may have changed."""
        raise _not_fresh()


def _not_fresh() -> SourceUnaware:
    return SourceUnaware("The archive saw nothing of it just now.")


def _stale(found: Found) -> Found:
    """Return ``found`` as what there was when nobody could be asked."""
    seen_at = found.provenance.seen_at if found.provenance else None
    return found._replace(provenance=Provenance("archive", seen_at, "stale"))
