"""Accounts in memory, worked out of a list of sightings whenever they are asked for."""

from collections.abc import Iterator
from hashlib import sha256
from operator import attrgetter
from typing import Any

from msgspec import structs

from storykeep.core.erasure import GONE, admit, words_of
from storykeep.core.ids import is_made_user
from storykeep.core.mentions import Scope
from storykeep.core.model import UserShort
from storykeep.core.ports import Account, Profile
from storykeep.core.sighting import Provenance, SeenStory, Sighting


class MemoryAccounts:
    """The part of an archive that knows what was seen, of whom, and who was erased."""

    def __init__(self) -> None:
        self._sightings: list[Sighting] = []
        self._told: dict[int, int | None] = {}
        """All stories, and the first account known by number that claimed each."""
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

    async def account(self, username: str) -> Account | None:
        """Who had that name last; an account made of it, where no other had."""
        seen = [
            (not is_made_user(sighting.user_pk), sighting.seen_at, sighting.user_pk)
            for sighting in self._sightings
            if (sighting.user.username or "").lower() == username
            and self._is_known(sighting.user_pk)
        ]
        return self._account(max(seen)[2]) if seen and username else None

    async def profile(self, user_pk: int) -> Profile | None:
        """What was last seen of the account itself; an older word stands where the newer has none.

        Of two pages of one moment that of the greater digest is told.
        """
        if not self._is_known(user_pk):
            return None
        account = self._account(user_pk)
        sightings = sorted(self._sightings_of(account.pk), key=attrgetter("seen_at"))
        facts: dict[str, Any] = {}
        for seen in sightings:
            told = structs.asdict(seen.user).items()
            facts |= {name: value for name, value in told if value not in (None, "")}
        is_private = account.is_private if "is_private" in facts else None
        facts |= {"pk": str(account.pk), "id": str(account.pk)}
        facts |= {"username": account.username, "is_private": is_private}
        pages = [(s.seen_at, sha256(s.profile).digest(), s.profile) for s in sightings if s.profile]
        moment, _, raw = max(pages, default=(None, b"", None))
        if moment is None and sightings:
            moment = min(sightings[-1].seen_at, await self.privacy_told_at(account.pk)) or None
        user = UserShort(**{**facts, "profile_pic_url_hd": None})
        return Profile(user, raw, Provenance("archive", moment, "archived"))

    async def privacy_told_at(self, user_pk: int) -> int:
        """When it was last told whether the account is private; 0: never."""
        told = (each for each in self._sightings_of(user_pk) if each.user.is_private is not None)
        return max((each.privacy_at for each in told), default=0)

    async def is_seen(self, user_pk: int, *, not_by: str) -> bool:
        """Whether a source other than ``not_by`` has seen the account."""
        return any(
            sighting.source != not_by
            for sighting in self._sightings
            if user_pk in (sighting.user_pk, self._resolve(sighting.user_pk))
        )

    def _seen(self) -> Iterator[tuple[Sighting, SeenStory]]:
        """Go through what was accepted: a story belongs to whom it was first seen with."""
        for sighting in self._sightings:
            for seen in sighting.stories:
                if is_made_user(sighting.user_pk) or self._told[seen.pk] == sighting.user_pk:
                    yield sighting, seen

    def _sightings_of(self, user_pk: int) -> list[Sighting]:
        return [sighting for sighting in self._sightings if sighting.user_pk == user_pk]

    def _is_known(self, pk: int) -> bool:
        """Tell whether the account is one: if its pk was made, only while it has stories."""
        return bool(self._sightings_of(pk)) and (
            not is_made_user(pk)
            or self._resolve(pk) != pk
            or any(self._owner(story) == pk for story in self._told)
        )

    def _namesakes(self, pk: int) -> set[int]:
        """Return the accounts known by number that had a name of this made one."""
        names = {(seen.user.username or "").lower() for seen in self._sightings_of(pk)}
        return {
            seen.user_pk
            for seen in self._sightings
            if (seen.user.username or "").lower() in names and not is_made_user(seen.user_pk)
        }

    def _resolve(self, pk: int) -> int:
        """Return whom an account stands for: itself, or the only one that had its name."""
        namesakes = self._namesakes(pk) if is_made_user(pk) else set()
        return namesakes.pop() if len(namesakes) == 1 else pk

    def _account(self, pk: int) -> Account:
        """The latest name and the latest word on privacy; of one moment the private one."""
        pk = self._resolve(pk)
        sightings = self._sightings_of(pk)
        names = [(-seen.seen_at, seen.user.username) for seen in sightings if seen.user.username]
        name = min(names)[1].lower() if names else None
        if is_made_user(pk):
            is_private = any(self._account(each).is_private for each in self._namesakes(pk))
        else:
            told = [(it.privacy_at, it.user.is_private) for it in sightings]
            known = [(at, word) for at, word in told if word is not None]
            _, is_private = max(known, default=(0, False))
        return Account(pk, name, is_private)

    def _owner(self, pk: int) -> int:
        """Return whose story it is: who is known by number goes before who is known by name."""
        told = self._told[pk]
        if told is not None:
            return told
        return min(
            self._resolve(sighting.user_pk) for sighting, seen in self._seen() if seen.pk == pk
        )
