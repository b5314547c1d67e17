"""The archive as a source.  Alone it is the truth; beside a live source its silence is no no."""

from collections.abc import Sequence

from storykeep.core.errors import HighlightNotFound, SourceUnaware, StoryNotFound, UserNotFound
from storykeep.core.highlight import KeptHighlight, Tray
from storykeep.core.links import CdnFile
from storykeep.core.model import UserShort
from storykeep.core.ports import Account, Archive, Clock, KeptStory, Reel
from storykeep.core.sighting import Kind, Provenance


class ArchiveSource:
    """Answers from what was seen."""

    def __init__(self, archive: Archive, clock: Clock, *, is_truth: bool) -> None:
        """``is_truth``: no live source is configured, so what is not here does not exist."""
        self._archive = archive
        self._clock = clock
        self._is_truth = is_truth

    async def user(self, username: str) -> Account:
        """Who had that name last.  Raises UserNotFound, or SourceUnaware if not the truth."""
        account = await self._archive.account(username)
        if account is None:
            raise self._silence(UserNotFound)
        return account

    async def profile(self, user_pk: int) -> UserShort:
        """What was last seen of the account; raises as ``user``."""
        profile = await self._archive.profile(user_pk)
        if profile is None:
            raise self._silence(UserNotFound)
        return profile

    async def user_stories(
        self,
        user_pk: int,
        at: int | None = None,
        *,
        is_forced: bool = False,  # noqa: ARG002 - nothing is asked that could be spared
    ) -> Reel:
        """The kept stories that are active at that moment; raises as ``user``.

        Beside a live source it does not say that there are none, and that those which it has are
        all; ``stale`` tells that.
        """
        moment = int(self._clock()) if at is None else at
        reel = await self._archive.reel(user_pk, moment)
        if reel is None:
            raise self._silence(UserNotFound)
        if self._is_truth or reel.account.is_private:
            return reel
        if not reel.stories:
            raise SourceUnaware("The archive has no story of that moment.")
        return reel if at is not None else _stale(reel)

    async def story(self, pk: int, username: str | None = None) -> KeptStory:  # noqa: ARG002
        """A kept story, for ever.  Raises StoryNotFound, or SourceUnaware."""
        story = await self._archive.story(pk)
        if story is None:
            raise self._silence(StoryNotFound)
        return story

    async def highlights(self, user_pk: int, *, is_forced: bool = False) -> Tray:  # noqa: ARG002
        """The kept highlights; raises as ``user``, and tells no less than ``user_stories``."""
        tray = await self._archive.highlights(user_pk)
        if tray is None:
            raise self._silence(UserNotFound)
        if self._is_truth or tray.account.is_private:
            return tray
        if not tray.highlights:
            raise SourceUnaware("The archive has no highlight of this account.")
        return tray._replace(provenance=_as_stale(tray.provenance))

    async def highlight(self, pk: int) -> KeptHighlight:
        """A kept highlight.  Raises HighlightNotFound, or SourceUnaware."""
        kept = await self._archive.highlight(pk)
        if kept is None:
            raise self._silence(HighlightNotFound)
        return kept if self._is_truth else kept._replace(provenance=_as_stale(kept.provenance))

    async def stories_named(self, file: CdnFile) -> Sequence[tuple[int, Kind]]:
        """The kept stories that a file of the CDN was seen in."""
        return await self._archive.stories_named(file)

    def _silence(self, absent: type[Exception]) -> Exception:
        return absent() if self._is_truth else SourceUnaware("The archive does not know.")


def _stale(reel: Reel) -> Reel:
    """Return ``reel`` as what there was when nobody could be asked."""
    return reel._replace(provenance=_as_stale(reel.provenance))


def _as_stale(kept: Provenance | None) -> Provenance:
    return Provenance("archive", kept.seen_at if kept else None, "stale")
