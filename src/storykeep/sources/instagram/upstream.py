"""Instagram asked through the operator's session: one question is one request."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import json

from storykeep.core.errors import (
    HighlightNotFound,
    SourceLoginRequired,
    SourceUnavailable,
    StorageError,
    StorykeepError,
    StoryNotFound,
    UserNotFound,
)
from storykeep.core.extract import NotACapture, read_live
from storykeep.core.extract.foreign import is_post
from storykeep.core.model import UserShort
from storykeep.core.ports import Clock
from storykeep.core.sighting import Problem, Sighting
from storykeep.core.upstream import Drift, SessionStore
from storykeep.sources.instagram.client import CAPABILITIES, Client
from storykeep.sources.instagram.trouble import trouble

log = logging.getLogger(__name__)


class InstagramUpstream:
    """An Upstream.  It asks one thing at a time, because a client of aiograpi must not be shared.

    How often it may be asked is for ``Governed`` to say; nothing here waits on purpose.
    """

    def __init__(
        self,
        store: SessionStore,
        clock: Clock,
        drift: Drift,
        *,
        session: str = "",
        base_url: str,
        time_limit: float,
    ) -> None:
        """``session`` names one of the store, else its first is used.

        A question takes at most ``time_limit`` seconds, the wait for its turn included.
        """
        self.name = f"instagram:{session}" if session else "instagram"
        self._store = store
        self._clock = clock
        self._drift = drift
        self._session = session
        self._base_url = base_url
        self._time_limit = time_limit
        self._lock = asyncio.Lock()
        self._client: Client | None = None
        self._opened, self._kept = "", b""

    async def user(self, username: str) -> Sighting:
        """The account of that name; the answer says whether it is private."""
        answer = await self._ask(f"users/{username}/usernameinfo/", UserNotFound)
        return self._find(
            answer, lambda seen: (seen.user.username or "").lower() == username.lower()
        )

    async def user_by_pk(self, user_pk: int) -> Sighting:
        """The account; the answer says whether it is private."""
        answer = await self._ask(f"users/{user_pk}/info/", UserNotFound)
        return self._find(answer, lambda seen: seen.user_pk == user_pk)

    async def reel(self, user_pk: int) -> Sighting:
        """The whole reel; ``reel: null`` stands for none, and for one closed to this session."""
        endpoint = f"feed/user/{user_pk}/story/"
        answer = await self._ask(endpoint, UserNotFound, params=CAPABILITIES)
        if "reel" in answer and answer["reel"] is None:
            return self._empty(
                user_pk, json.encode({"answer": answer, "reel": None, "dialect": "v1"})
            )
        return self._find(
            answer, lambda seen: seen.user_pk == user_pk and seen.envelope is not None
        )

    async def reels(self, user_pks: Sequence[int]) -> Sequence[Sighting]:
        """The reels of at most 50 accounts in one request."""
        if not user_pks:
            return []
        wanted = {"user_ids": [*map(str, user_pks)], "source": "reel_feed_timeline"}
        answer = await self._ask("feed/reels_media/", UserNotFound, data=CAPABILITIES | wanted)
        told = answer.get("reels")
        found = [seen for seen in self._read(answer) if seen.user_pk in user_pks]
        if not isinstance(told, dict) or told.keys() - {seen.user.pk for seen in found}:
            raise trouble("not understood")  # one that is there, and unread, is not an empty one
        return found

    async def story(self, pk: int, username: str | None = None) -> Sighting:
        """The story by itself: one request, while going by the name would take two."""
        answer = await self._ask(f"media/{pk}/info/", StoryNotFound)
        items = answer.get("items")
        if isinstance(items, list) and all(
            isinstance(each, dict) and is_post(each) for each in items
        ):
            raise StoryNotFound
        return self._find(answer, lambda seen: any(story.pk == pk for story in seen.stories))

    async def highlights(self, user_pk: int) -> Sighting:
        """The account's highlights; none also stands for those closed to this session."""
        endpoint = f"highlights/{user_pk}/highlights_tray/"
        answer = await self._ask(endpoint, UserNotFound, params=CAPABILITIES)
        if answer.get("tray") == []:
            return self._empty(user_pk)
        return self._find(answer, lambda seen: seen.user_pk == user_pk)

    async def highlight(self, pk: int) -> Sighting:
        """The highlight as ``reels_media`` tells it."""
        wanted = {"user_ids": [f"highlight:{pk}"], "source": "profile"}
        answer = await self._ask("feed/reels_media/", HighlightNotFound, data=CAPABILITIES | wanted)
        if answer.get("reels") == {}:
            raise HighlightNotFound
        return self._find(answer, lambda seen: any(each.pk == pk for each in seen.highlights))

    async def check(self) -> None:
        """Ask for the session's own account."""
        await self._ask(None, SourceLoginRequired)

    async def close(self) -> None:
        """Close the connections; the next question opens them again."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _ask(
        self, endpoint: str | None, absent: type[StorykeepError], **more: Any
    ) -> dict[str, Any]:
        """Send one request in its turn; without an ``endpoint``, about its own account."""
        try:
            async with asyncio.timeout(self._time_limit), self._lock:
                client = await self._open()
                try:
                    answer = await client.ask(
                        endpoint or f"users/{client.owner_pk}/info/", absent, **more
                    )
                except SourceLoginRequired:
                    await self.close()  # what a refusal changed in the client is not kept
                    raise
                await self._keep(client)
                return answer
        except TimeoutError:
            raise trouble("TimeoutError") from None

    async def _open(self) -> Client:
        """Return a client of the session that is kept now.  Raises SourceUnavailable."""
        try:
            name, kept = self._load()
            if self._client is None or kept != self._kept:
                await self.close()
                # Reading certificates takes a tenth of a second.
                client = await asyncio.to_thread(Client, kept, self._base_url, self._time_limit)
                self._opened, self._kept, self._client = name, kept, client
                await self._keep(client)  # a new session has just been given its device
            return self._client
        except SourceUnavailable as error:
            log.warning("session_not_usable", extra={"reason": str(error)})
            raise

    def _load(self) -> tuple[str, bytes]:
        """Return the session that is meant, and its name."""
        try:
            name = self._session or next(iter(self._store.names()), "")
            kept = self._store.load(name) if name else None
        except StorageError as error:
            raise SourceUnavailable(str(error)) from error
        if kept is None:
            raise SourceUnavailable(
                f"There is no session {name}".rstrip()
                + " to ask Instagram with. The operator adds one: storykeep session add."
            )
        return name, kept

    async def _keep(self, client: Client) -> None:
        """Keep what the session has become; not being able to is no reason not to answer."""
        if (session := client.session) == self._kept:
            return
        try:
            await asyncio.to_thread(self._replace, session)
        except StorageError as error:
            log.warning("session_not_kept", extra={"reason": str(error)})

    def _replace(self, session: bytes) -> None:
        """Keep ``session``, unless the operator has put in another one meanwhile."""
        if self._store.load(self._opened) == self._kept:
            self._store.save(self._opened, session)
            self._kept = session

    def _read(self, answer: dict[str, Any]) -> Iterable[Sighting]:
        """Return all that ``answer`` tells, and count what in it is not understood."""
        try:
            sightings, problems = read_live(answer, source=self.name, now=int(self._clock()))
        except NotACapture as error:
            self._drift.add(self.name, [Problem("answer", str(error))])
            raise trouble("not understood") from error
        self._drift.add(self.name, problems)
        return sightings

    def _find(self, answer: dict[str, Any], is_wanted: Callable[[Sighting], bool]) -> Sighting:
        """Return the sighting that was asked for.  Raises SourceDrift."""
        for sighting in self._read(answer):
            if is_wanted(sighting):
                return sighting
        raise trouble("not understood")

    def _empty(self, user_pk: int, envelope: bytes | None = None) -> Sighting:
        user = UserShort(pk=str(user_pk), id=str(user_pk))
        now = int(self._clock())
        return Sighting(user=user, seen_at=now, source=self.name, envelope=envelope)
