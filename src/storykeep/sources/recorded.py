"""An upstream as a source: what it answers is kept, and what is known is not asked again."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from msgspec import json

from storykeep.core.batch import ask_each
from storykeep.core.errors import (
    Absent,
    HighlightNotFound,
    PrivateAccount,
    SourceError,
    SourceUnaware,
    StorageError,
    StoryNotFound,
    UserNotFound,
)
from storykeep.core.extract import read_about
from storykeep.core.highlight import KeptHighlight, Tray, kept_of, mentioned
from storykeep.core.ids import is_made_highlight, is_made_user
from storykeep.core.model import encode_story
from storykeep.core.ports import (
    Account,
    Archive,
    Clock,
    KeptStory,
    Profile,
    Reel,
    ReelOrError,
    create_reel,
)
from storykeep.core.sighting import Provenance, Sighting
from storykeep.core.upstream import Upstream
from storykeep.core.wanted import Chooser, choose_nothing

log = logging.getLogger(__name__)


class Recorded:
    """Asks an upstream, and records what it answers.

    A look at a reel costs what the vendor bills: one request for a name that is not known, one to
    tell whether the account is private, unless that was told within ``facts_for`` seconds or is
    not wanted, and one for the stories.  When the archive cannot write, the answer is given all
    the same, and the failure counted.

    Nobody is asked for what the operator had erased: it is not there.  What comes up in another
    answer all the same is left out of that.
    """

    def __init__(
        self,
        upstream: Upstream,
        archive: Archive,
        clock: Clock,
        *,
        facts_for: float = 300.0,
        choose: Chooser = choose_nothing,
    ) -> None:
        """``facts_for`` is in seconds; ``choose`` says which files of an answer shall be kept."""
        self._upstream = upstream
        self._archive = archive
        self._clock = clock
        self._facts_for = facts_for
        self._choose = choose
        self.stories_named = archive.stories_named
        """No upstream tells which stories a file of the CDN was seen in."""
        self.failures = 0
        """How many answers could not be kept."""

    async def user(self, username: str) -> Account:
        """Who has that name; a known one is not asked for.  Raises UserNotFound, SourceError."""
        known = await self._archive.account(username)
        # A pk that was made here means nothing there.
        if known is not None and known.username == username and not is_made_user(known.pk):
            return known
        if await self._archive.is_erased(username=username):
            raise UserNotFound
        return await self._keep(
            await self._admit(await self._upstream.user(username), UserNotFound)
        )

    async def profile(self, user_pk: int) -> Profile:
        """The account as it is now, or was told a moment ago.  Raises UserNotFound, SourceError."""
        if is_made_user(user_pk):
            raise SourceUnaware(f"{self._upstream.name} does not know this number.")
        known = await self._archive.profile(user_pk)
        if known is not None and known.is_fresh(self._clock(), self._facts_for):
            return known
        sighting = await self._ask(self._upstream.user_by_pk, user_pk)
        await self._keep(sighting)
        return Profile(sighting.user, sighting.profile, self._provenance(sighting))

    async def user_stories(
        self, user_pk: int, at: int | None = None, *, is_forced: bool = False
    ) -> Reel:
        """The reel as it is now.  Raises UserNotFound, SourceError, the latter for any ``at``."""
        if at is not None or is_made_user(user_pk):
            raise SourceUnaware(f"{self._upstream.name} does not know the past.")
        known = await (self._told_lately if is_forced else self._told)(user_pk)
        if known is not None and known.is_private:
            return create_reel(known, [])
        look = await self._ask(self._upstream.reel, user_pk)
        return await self._show(look, is_told=not is_forced)

    async def reels(
        self, user_pks: Sequence[int], at: int | None = None, *, is_forced: bool = False
    ) -> Mapping[int, ReelOrError]:
        """The reels as they are now, all that must be asked for in one request, where there is one.

        What that says of an account, or was told within ``facts_for`` seconds, is not asked again.
        """
        single = partial(self.user_stories, at=at, is_forced=is_forced)
        wanted: dict[int, Account | None] = {}
        for user_pk in user_pks if at is None else ():
            known = await self._told_lately(user_pk)
            is_closed = is_made_user(user_pk) or (known is not None and known.is_private)
            if not is_closed and not await self._archive.is_erased(user_pk=user_pk):
                wanted[user_pk] = known
        looks: dict[int, Sighting] = {}
        try:
            if wanted:
                looks = {each.user_pk: each for each in await self._upstream.reels([*wanted])}
        except Absent:
            pass  # of all together that says nothing of any
        except SourceUnaware:  # it has no question about several
            wanted.clear()
        except SourceError as error:
            rest = [user_pk for user_pk in user_pks if user_pk not in wanted]
            return dict.fromkeys(wanted, error) | await ask_each(single, rest)

        async def told(user_pk: int) -> Reel:
            if user_pk not in wanted:
                return await single(user_pk)
            look = looks.get(user_pk) or self._about({"pk": user_pk}, [])
            is_told = wanted[user_pk] is not None or look.user.is_private is not None
            if not is_forced and look.stories and not is_told:
                await self._told(user_pk)
            return await self._show(await self._admit(look, UserNotFound), is_told=is_told)

        return await ask_each(told, user_pks)

    async def story(self, pk: int, username: str | None = None) -> KeptStory:
        """The story, or what is kept of it once it is gone.  Raises StoryNotFound, SourceError."""
        if await self._archive.is_erased(story_pk=pk, username=username):
            raise StoryNotFound
        try:
            found = await self._upstream.story(pk, username)
        except StoryNotFound:
            if kept := await self._archive.story(pk):
                return kept
            raise
        sighting = await self._admit(found, StoryNotFound)
        account = await self._keep(sighting)
        seen = next((each for each in sighting.stories if each.pk == pk), None)
        if seen is None:
            raise StoryNotFound
        wire, provenance = encode_story(seen.story), self._provenance(sighting)
        return KeptStory(
            pk, account, seen.taken_at, seen.expiring_at, seen.is_close_friends, wire, provenance
        )

    async def highlights(self, user_pk: int, *, is_forced: bool = False) -> Tray:
        """The highlights as they are now.  Raises UserNotFound, SourceError."""
        if is_made_user(user_pk):
            raise SourceUnaware(f"{self._upstream.name} does not know accounts by name alone.")
        known = await (self._told_lately if is_forced else self._told)(user_pk)
        if known is not None and known.is_private:
            return Tray(known, ())
        sighting = await self._ask(self._upstream.highlights, user_pk)
        is_told = not is_forced or bool(sighting.highlights)
        account = await self._keep_told(sighting, is_told=is_told)
        provenance = self._provenance(sighting)
        kept = kept_of(sighting, account, provenance, await self._hidden(sighting))
        return Tray(account, kept, provenance.of(kept))

    async def highlight(self, pk: int) -> KeptHighlight:
        """The highlight, or what is kept of it once it is gone."""
        found = None
        with suppress(HighlightNotFound):  # one whose number was made, only the archive knows
            found = None if is_made_highlight(pk) else await self._upstream.highlight(pk)
        if found is None:
            if kept := await self._archive.highlight(pk):
                return kept
            raise HighlightNotFound
        sighting = await self._admit(found, HighlightNotFound)
        account = await self._keep(sighting)
        hidden = await self._hidden(sighting)
        for kept in kept_of(sighting, account, self._provenance(sighting), hidden):
            if kept.pk == pk:
                return kept
        raise HighlightNotFound

    async def _show(self, sighting: Sighting, *, is_told: bool) -> Reel:
        """Keep what was seen of a reel, and return what of it is shown.

        Unless there ``is_told`` a recent word on its privacy, that of an empty one is asked.
        """
        account = await self._keep_told(sighting, is_told=is_told or bool(sighting.stories))
        if account.is_private:
            return create_reel(account, [])
        now = self._clock()
        active = sorted(
            (seen for seen in sighting.stories if seen.taken_at <= now < seen.expiring_at),
            key=lambda seen: (seen.taken_at, seen.pk),
        )
        shown = [encode_story(seen.story) for seen in active if not seen.is_close_friends]
        provenance = self._provenance(sighting)
        if sighting.envelope is None:  # the upstream could not ask either
            if not shown:
                raise SourceUnaware(f"{self._upstream.name} has no story that is active now.")
            provenance = provenance._replace(outcome="stale")
        return create_reel(account, shown, provenance)

    async def _hidden(self, sighting: Sighting) -> list[int]:
        """Return the stories for close friends that its highlights speak of, as far as is known."""
        pks = {pk for seen in sighting.highlights for pk in mentioned(json.decode(seen.reel))}
        stories = [await self._archive.story(pk) for pk in pks]
        return [story.pk for story in stories if story and story.is_close_friends]

    async def _keep_told(self, sighting: Sighting, *, is_told: bool) -> Account:
        """Record what was seen, of a private account nothing: unless ``is_told``, that is asked."""
        told = None if is_told else await self._told(sighting.user_pk)
        if told is not None and told.is_private:
            return told
        kept = await self._keep(sighting)
        return told or kept

    async def _told(self, user_pk: int) -> Account:
        """Return the account with a recent word on its privacy."""
        known = await self._told_lately(user_pk)
        return known or await self._keep(await self._ask(self._upstream.user_by_pk, user_pk))

    async def _ask(self, question: Callable[[int], Awaitable[Sighting]], user_pk: int) -> Sighting:
        """Ask about an account, unless it was erased; that it turned out to be private is kept."""
        if await self._archive.is_erased(user_pk=user_pk):
            raise UserNotFound
        try:
            return await self._admit(await question(user_pk), UserNotFound)
        except PrivateAccount:
            await self._keep(self._about({"pk": user_pk, "is_private": True}))
            raise

    async def _admit(self, sighting: Sighting, absent: type[Absent]) -> Sighting:
        """Return what of an answer may be kept and shown.  Raises ``absent``."""
        admitted = await self._archive.admit(sighting)
        if admitted is None:
            raise absent
        return admitted

    def _about(self, owner: dict[str, Any], items: list[Any] | None = None) -> Sighting:
        """Return what is known of ``owner`` just now, and of the whole reel if there are items."""
        now = int(self._clock())
        found = read_about(owner, items, dialect="v1", source=self._upstream.name, now=now)
        return found.sightings[0]

    async def _told_lately(self, user_pk: int) -> Account | None:
        """Return the account, if there is a recent word on its privacy."""
        now = int(self._clock())  # in whole seconds, as it was told: what is of this one is new
        if now - await self._archive.privacy_told_at(user_pk) > self._facts_for:
            return None
        known = await self._archive.reel(user_pk, now)
        return known.account if known is not None else None

    async def _keep(self, sighting: Sighting) -> Account:
        """Record the sighting, and return its account: as the archive has it, if it can tell."""
        try:
            await self._archive.record(sighting, self._choose(sighting))
            known = await self._archive.reel(sighting.user_pk, sighting.seen_at)
        except StorageError as error:
            self.failures += 1
            log.warning("answer_not_kept", extra={"source": sighting.source, "reason": str(error)})
            known = None
        if known is not None:
            return known.account
        user = sighting.user
        return Account(sighting.user_pk, user.username, bool(user.is_private))

    def _provenance(self, sighting: Sighting) -> Provenance:
        return Provenance(self._upstream.name, sighting.seen_at, "live")
