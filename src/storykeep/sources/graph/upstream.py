"""The operator's own accounts and their current stories, as the Graph API tells them."""

import logging
from collections.abc import Sequence
from typing import Any

from msgspec import structs

from storykeep.client.answers import OK
from storykeep.core.errors import SourceDrift, SourceError, SourceThrottled, SourceUnaware
from storykeep.core.extract import read_about
from storykeep.core.extract.graph import account_of
from storykeep.core.ids import ms_from_pk
from storykeep.core.ports import Clock
from storykeep.core.sighting import DAY, Sighting
from storykeep.core.upstream import Drift
from storykeep.sources.graph.answers import error_of, pause_of
from storykeep.sources.graph.token import Token
from storykeep.sources.origin import Origin

log = logging.getLogger(__name__)

_ACCOUNT = "id,ig_id,username,name,profile_picture_url"
_STORY = (
    "id,media_type,media_product_type,media_url,thumbnail_url,permalink,shortcode,timestamp,"
    "username"
)
_MOST_PAGES = 10
_FRESH, _NAMED = 60, 3600
"""Seconds for which what was told of an account is told again, and for which its name stands."""
_SLACK = 600
"""Seconds by which a pk may miss the moment of its story."""


class GraphUpstream:
    """Asks about the accounts it was made for; about all others it cannot tell, and asks nobody.

    Who they are is asked once an hour.  Stories are those of the last day: that one is not among
    them is no proof that it never was.
    """

    def __init__(
        self,
        origin: Origin,
        token: Token,
        accounts: Sequence[str],
        version: str,
        *,
        drift: Drift,
        clock: Clock,
    ) -> None:
        """``accounts`` are the Graph API's own numbers; ``origin`` sends ``token``'s secrets."""
        self.name = origin.name
        self.close = origin.aclose
        self._origin = origin
        self._token = token
        self._accounts = tuple(accounts)
        self._version = version
        self._drift = drift
        self._clock = clock
        self._known: dict[str, Sighting] = {}
        self._silent_until = 0.0

    async def user(self, username: str) -> Sighting:
        """The account of that name, without stories, as it was told within a minute."""
        return await self._told(await self._find(username))

    async def user_by_pk(self, user_pk: int) -> Sighting:
        """The account, likewise."""
        return await self._told(await self._find(user_pk))

    async def reel(self, user_pk: int) -> Sighting:
        """The stories of the last day."""
        return await self._look(await self._find(user_pk))

    async def reels(self, user_pks: Sequence[int]) -> Sequence[Sighting]:
        """Raises SourceUnaware: the Graph API has no question for several."""
        raise SourceUnaware(f"{self.name} tells of {len(user_pks)} reels one by one.")

    async def story(self, pk: int, username: str | None = None) -> Sighting:
        """The reel that has the story.  Where none has, it cannot tell."""
        age = self._clock() - ms_from_pk(pk) / 1000
        if -_SLACK < age < DAY + _SLACK:
            await self._learn()
            accounts = self._accounts
            if username is not None:
                accounts = (await self._find(username),)
            for account in accounts:
                sighting = await self._look(account)
                if any(seen.pk == pk for seen in sighting.stories):
                    return sighting
        raise SourceUnaware(f"{self.name} knows its own accounts' stories of today only.")

    async def highlights(self, user_pk: int) -> Sighting:
        """Nothing: the Graph API has no highlights.  Raises SourceUnaware."""
        raise SourceUnaware(f"{self.name} knows no highlights.")

    async def highlight(self, pk: int) -> Sighting:
        """As ``highlights``."""
        return await self.highlights(pk)

    async def check(self) -> None:
        """Ask who the accounts are."""
        for account in self._accounts:
            await self._tell(account)

    async def _find(self, who: int | str) -> str:
        """Return the Graph API's number of the one of our accounts with that pk or username."""
        await self._learn()
        for account, sighting in self._known.items():
            if who in (sighting.user_pk, (sighting.user.username or "").lower()):
                return account
        raise SourceUnaware(f"{self.name} knows its own accounts only.")

    async def _learn(self) -> None:
        """Ask who the accounts are of which that is not known, or no longer."""
        for account in self._accounts:
            known = self._known.get(account)
            if known is None or self._clock() - known.seen_at > _NAMED:
                await self._tell(account)

    async def _told(self, account: str) -> Sighting:
        known = self._known[account]
        is_fresh = self._clock() - known.seen_at <= _FRESH
        return known if is_fresh else await self._tell(account)

    async def _tell(self, account: str) -> Sighting:
        node = await self._ask(account, fields=_ACCOUNT)
        self._known[account] = sighting = self._read(account_of(node), None)
        return sighting

    async def _look(self, account: str) -> Sighting:
        items: list[Any] = []
        query = {"fields": _STORY, "limit": "100"}
        for _ in range(_MOST_PAGES):
            page = await self._ask(f"{account}/stories", **query)
            data, paging = page.get("data"), page.get("paging")
            if not isinstance(data, list):
                raise SourceDrift(f"{self.name} answered stories that are no list.")
            items += data
            # Nothing of paging is kept: its addresses hold the token.
            if not data or not isinstance(paging, dict) or "next" not in paging:
                break
            cursors = paging.get("cursors")
            query["after"] = str(cursors.get("after")) if isinstance(cursors, dict) else ""
        else:
            raise SourceDrift(f"{self.name} does not come to the end of an account's stories.")
        sighting = self._read(structs.asdict(self._known[account].user), items)
        if sighting.envelope is None:
            raise SourceDrift(f"{self.name} sent {len(items)} stories, and none can be read.")
        return sighting

    def _read(self, owner: dict[str, Any], items: list[Any] | None) -> Sighting:
        now = int(self._clock())
        found = read_about(owner, items, dialect="graph", source=self.name, now=now)
        self._drift.add(self.name, found.problems)
        if not found.sightings:
            raise SourceDrift(f"{self.name} answered an account without ig_id.")
        return found.sightings[0]

    async def _ask(self, path: str, **query: str) -> dict[str, Any]:
        wait = self._silent_until - self._clock()
        if wait > 0:
            raise SourceThrottled(f"{self.name} has used up its budget.", retry_after=wait)
        if self._token.is_due:
            await self._renew()
        told = await self._origin.ask(f"/{self._version}/{path}", {**query, **self._token.query})
        document: Any = told.document()
        pause = pause_of(told.headers)
        failure = None
        if told.status != OK or not isinstance(document, dict) or "error" in document:
            failure = error_of(self.name, told.status, document)
            if isinstance(failure, SourceThrottled):
                failure.retry_after = pause = pause or failure.retry_after or 0.0
        self._silent_until = self._clock() + pause
        if failure is not None:
            raise failure
        answer: dict[str, Any] = document
        return answer

    async def _renew(self) -> None:
        """Renew the token; where that fails, the one that there is goes on."""
        self._token.postpone()  # who asks meanwhile does not ask for the same
        path, query = self._token.renewal()
        try:
            told = await self._origin.ask(path, query)
            self._token.renew(told.document())
        except (SourceError, ValueError) as error:
            log.warning("token_not_renewed", extra={"source": self.name, "reason": str(error)})
        except OSError as error:
            log.warning("token_not_kept", extra={"source": self.name, "reason": error.strerror})
