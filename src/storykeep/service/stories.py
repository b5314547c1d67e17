"""Stories by id, by address, and of an account: what may be served, and when."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from storykeep.core import ids, links
from storykeep.core.errors import PrivateAccount, StoryNotFound, UserNotFound
from storykeep.core.highlight import Tray
from storykeep.core.ports import Account, KeptStory, Profile, Reel, ReelOrError, StorySource

T = TypeVar("T", bound=Reel | Tray | Profile)


class Stories:
    """The use cases over one source, which may be many composed."""

    def __init__(self, source: StorySource) -> None:
        """``source`` answers; what it says of privacy is enforced here."""
        self._source = source

    async def by_id(self, story_id: str) -> KeptStory:
        """The story of ``PK`` or ``PK_USERPK``, active or not.  Raises as ``by_url``."""
        pk, user_pk = ids.read_story_id(story_id)
        return await self._by_pk(pk, user_pk)

    async def by_url(self, url: str) -> KeptStory:
        """The story of a page address or share link.

        The name in the address is not compared: accounts are renamed, pks are not.
        Raises InvalidValue, StoryNotFound, PrivateAccount, SourceError.
        """
        link = links.read_story_url(url)
        return await self._by_pk(link.pk, link.user_pk, link.username)

    async def profile(self, user_id: str) -> Profile:
        """The account, also a private one.  Raises InvalidValue, UserNotFound, SourceError."""
        return await self._source.profile(read_user_pk(user_id))

    async def profile_of_username(self, username: str) -> Profile:
        """As ``profile``, by the account's name."""
        return await ask_holder(self._source, username, self._source.profile)

    async def profile_of_url(self, url: str) -> Profile:
        """As ``profile``, by the address of the account's page or of a story of it."""
        return await self.profile_of_username(links.read_user_url(url))

    async def of_user(
        self, user_id: str, at: int | None = None, *, is_forced: bool = False
    ) -> Reel:
        """The stories active at ``at`` (default now) of the account with that pk.

        ``is_forced`` spares the question whether the account is private, and opens none.
        Raises InvalidValue, UserNotFound, PrivateAccount, SourceError.
        """
        return await self._reel(read_user_pk(user_id), at, is_forced=is_forced)

    async def of_users(
        self, user_ids: str, at: int | None = None, *, is_forced: bool = False
    ) -> dict[int, ReelOrError]:
        """What ``of_user`` returns or raises of each, in their order.  Raises InvalidValue."""
        pks = ids.read_user_pks(user_ids)
        real = [pk for pk in pks if pk <= ids.MAX_PK]
        found = await self._source.reels(real, at, is_forced=is_forced)
        return {pk: _checked(found.get(pk, UserNotFound())) for pk in pks}

    async def of_username(
        self, username: str, at: int | None = None, *, is_forced: bool = False
    ) -> Reel:
        """As ``of_user``, by the account's name."""
        ask = partial(self._reel, at=at, is_forced=is_forced)
        return await ask_holder(self._source, username, ask)

    async def _reel(self, user_pk: int, at: int | None, *, is_forced: bool) -> Reel:
        reel = await self._source.user_stories(user_pk, at, is_forced=is_forced)
        check_account(reel.account)
        return reel

    async def _by_pk(self, pk: int, user_pk: int | None, username: str | None = None) -> KeptStory:
        if pk > ids.MAX_PK:
            raise StoryNotFound
        story = await self._source.story(pk, username)
        # Who is known by number now may have been known by a name only.
        if user_pk not in (None, story.account.pk) and not ids.is_made_user(user_pk):
            raise StoryNotFound("Story not found: this pk is another account's.")
        check_story(story)
        return story


async def ask_holder(source: StorySource, username: str, ask: Callable[[int], Awaitable[T]]) -> T:
    """Return what ``ask`` answers about the account that has that name.

    Where the answer turns out to be of an account that has another name by now, the source is
    asked once more who has this one.
    """
    name = ids.read_username(username)
    account = await source.user(name)  # which may know its name and privacy of long ago
    answer = await ask(account.pk)
    told = answer.user if isinstance(answer, Profile) else answer.account
    if told.username not in (name, None):
        holder = await source.user(name)
        if holder.pk != account.pk:
            return await ask(holder.pk)
    return answer


def _checked(answer: ReelOrError) -> ReelOrError:
    """Return ``answer`` as far as it may be served."""
    is_private = isinstance(answer, Reel) and answer.account.is_private
    return PrivateAccount() if is_private else answer


def read_user_pk(user_id: str) -> int:
    """Return the number of a user id.  Raises InvalidValue; UserNotFound for one beyond all."""
    if (user_pk := ids.read_user_pk(user_id)) > ids.MAX_PK:
        raise UserNotFound
    return user_pk


def check_account(account: Account) -> None:
    """Raise PrivateAccount for one; ``force`` never opens it."""
    if account.is_private:
        raise PrivateAccount


def why_hidden(story: KeptStory) -> StoryNotFound | PrivateAccount | None:
    """Return why a story is not served: close friends are 404, private accounts 403."""
    if story.is_close_friends:
        return StoryNotFound()
    return PrivateAccount() if story.account.is_private else None


def check_story(story: KeptStory) -> None:
    """Raise for a story that is not served."""
    if absent := why_hidden(story):
        raise absent
