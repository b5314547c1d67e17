"""Another server of this API as an origin: the vendor's, or a storykeep."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import httpx2
from msgspec import Meta, Struct, structs

from storykeep.client import errors as client
from storykeep.client.aio import Sleep
from storykeep.client.answers import OK, Answer, error_of
from storykeep.client.errors import ClientError
from storykeep.client.http import Timeouts, options_of
from storykeep.core import endpoints as rows
from storykeep.core.endpoints.row import AnyEndpoint
from storykeep.core.errors import (
    Absent,
    HighlightNotFound,
    PrivateAccount,
    SourceDrift,
    SourceError,
    SourceLoginRequired,
    SourceThrottled,
    SourceUnavailable,
    SourceUnaware,
    StorykeepError,
    StoryNotFound,
    UserNotFound,
)
from storykeep.core.extract import Capture, NotACapture, read_about, read_live
from storykeep.core.ids import read_whole
from storykeep.core.options import read_options
from storykeep.core.ports import Clock
from storykeep.core.sighting import DAY, Sighting
from storykeep.core.upstream import Drift
from storykeep.sources.origin import LIMIT, Origin, Told, read_secret

_MEANINGS: tuple[tuple[type[ClientError], type[SourceError], str], ...] = (
    (
        client.AccessKeyInvalid,
        SourceLoginRequired,
        "refuses the access key: put a valid one into its key_file, and restart",
    ),
    (client.InsufficientFunds, SourceUnavailable, "has no units left for us: top up there"),
    (client.RateLimited, SourceThrottled, "asks us to slow down"),
    (client.Refused, SourceDrift, "refuses a question that it should know"),
    (client.ServerFailed, SourceUnavailable, "cannot answer now"),
    (ClientError, SourceUnavailable, "is no server of this API: check the address"),
)
"""What an error that the server told its caller, us, is to our own caller: the first that fits."""


class HikerOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """What may stand behind ``hiker://HOST?``."""

    key_file: str
    ca_file: str | None = None
    """The authority of its certificate, where the system does not trust it."""
    tls: Literal["on", "off"] = "on"
    """``off``: plain HTTP, for a server on this machine or in this network."""
    timeout: Annotated[float, Meta(gt=0, le=300)] = LIMIT
    """Seconds for one question."""


def create_hiker(
    address: str, *, drift: Drift, clock: Clock, sleep: Sleep = asyncio.sleep
) -> "HikerUpstream":
    """Return the origin of ``hiker://HOST?key_file=FILE``.  Raises ValueError: what to write."""
    url = urlsplit(address)
    if url.scheme != "hiker" or not url.hostname or "@" in url.netloc or url.fragment:
        raise ValueError("write hiker://HOST[:PORT]?key_file=FILE")
    name = f"hiker://{url.netloc}{url.path}"
    try:
        options = read_options(url.query, HikerOptions)
        base_url = f"{'https' if options.tls == 'on' else 'http'}://{url.netloc}{url.path}"
        timeouts = Timeouts(read=options.timeout)
        verify = options.ca_file or True
        http = options_of(base_url, read_secret(options.key_file), timeouts, verify, None)
    except (ValueError, OSError) as error:
        raise ValueError(f"{name}: {error}") from None
    client = httpx2.AsyncClient(**http)
    origin = Origin(name, client, limit=options.timeout, sleep=sleep)
    return HikerUpstream(origin, drift=drift, clock=clock)


class HikerUpstream:
    """Asks for accounts, reels and stories, each in one request.

    Whether an account is private is the caller's question: reels are asked with ``force``, which
    costs one unit less, and an empty one may be a private account's.
    """

    def __init__(self, origin: Origin, *, drift: Drift, clock: Clock) -> None:
        """``origin`` is shown the access key by its HTTP client."""
        self.name = origin.name
        self.close = origin.aclose
        self.balance: int | None = None
        """Request units left there, as it last said; None until then."""
        self._origin = origin
        self._drift = drift
        self._clock = clock

    async def user(self, username: str) -> Sighting:
        """The account of that name, without stories."""
        return await self._account(rows.USER_BY_USERNAME, username=username)

    async def user_by_pk(self, user_pk: int) -> Sighting:
        """The account, without stories."""
        sighting = await self._account(rows.USER_BY_ID, id=str(user_pk))
        if sighting.user_pk != user_pk:
            raise self._strange(f"told of account {sighting.user_pk} instead of {user_pk}")
        return sighting

    async def reel(self, user_pk: int) -> Sighting:
        """The whole reel as it is now; without an envelope if the server calls it stale."""
        query = {"user_id": str(user_pk), "force": "on"}
        told, items = await self._ask(rows.USER_STORIES, UserNotFound, **query)
        if not isinstance(items, list):
            raise self._strange("answered a reel that is no list")
        whole = self._read({"pk": user_pk}, items, self._seen_at(told))
        sighting = next(each for each in whole.sightings if each.user_pk == user_pk)
        if sighting.envelope is None:
            raise self._strange(f"sent {len(items)} stories, and none is the account's")
        is_stale = told.headers.get("x-storykeep-outcome") == "stale"
        return structs.replace(sighting, envelope=None) if is_stale else sighting

    async def reels(self, user_pks: Sequence[int]) -> Sequence[Sighting]:
        """Raises SourceUnaware: this API has no call for several."""
        raise SourceUnaware(f"{self.name} tells of {len(user_pks)} reels one by one.")

    async def story(self, pk: int, username: str | None = None) -> Sighting:
        """A sighting of the story alone."""
        for sighting in await self._live(rows.STORY_BY_ID, StoryNotFound, id=str(pk)):
            if any(seen.pk == pk for seen in sighting.stories):
                return sighting
        raise self._strange(f"did not answer with story {pk}")

    async def highlights(self, user_pk: int) -> Sighting:
        """The highlights, raw; the server pages them, and this is more than any account has."""
        query = {"user_id": str(user_pk), "amount": "1000", "force": "on"}
        for sighting in await self._live(rows.USER_HIGHLIGHTS_PAGE, UserNotFound, **query):
            if sighting.user_pk == user_pk and sighting.highlights:
                return sighting
        return self._read({"pk": user_pk}, None, int(self._clock())).sightings[0]

    async def highlight(self, pk: int) -> Sighting:
        """The highlight with its stories, raw."""
        for sighting in await self._live(rows.HIGHLIGHT_REEL_BY_ID, HighlightNotFound, id=str(pk)):
            if any(seen.pk == pk for seen in sighting.highlights):
                return sighting
        raise self._strange(f"did not answer with highlight {pk}")

    async def check(self) -> None:
        """Ask for the balance, which costs nothing, and note it."""
        _, left = await self._ask(rows.BALANCE, UserNotFound)
        self.balance = read_whole(left.get("requests")) if isinstance(left, dict) else None
        if self.balance is None:
            raise self._strange("answered a balance without its requests")

    async def _live(
        self, row: AnyEndpoint, absent: type[Absent], **query: str
    ) -> Sequence[Sighting]:
        """Return what Instagram's own answer tells, or the vendor's of one story."""
        told, document = await self._ask(row, absent, **query)
        try:
            found = read_live(document, source=self.name, now=self._seen_at(told))
        except NotACapture:
            raise self._strange("answered something else than was asked for") from None
        # An account may have no highlights: an empty list of them is no drift.
        if found.sightings or row is not rows.USER_HIGHLIGHTS_PAGE:
            self._drift.add(self.name, found.problems)
        return found.sightings

    async def _account(self, row: AnyEndpoint, **query: str) -> Sighting:
        told, document = await self._ask(row, UserNotFound, **query)
        owner = document if isinstance(document, dict) else {}
        found = self._read(owner, None, self._seen_at(told))
        if not found.sightings:
            raise self._strange("answered an account without a number")
        return found.sightings[0]

    def _read(self, owner: dict[str, Any], items: list[Any] | None, seen_at: int) -> Capture:
        found = read_about(owner, items, dialect="vendor", source=self.name, now=seen_at)
        self._drift.add(self.name, found.problems)
        return found

    def _seen_at(self, told: Told) -> int:
        """Return when it was seen at Instagram, which a storykeep tells; else now."""
        now = int(self._clock())
        with suppress(ValueError):
            said = datetime.fromisoformat(told.headers.get("x-storykeep-seen-at", ""))
            return min(now, int(said.timestamp()))
        return now

    async def _ask(self, row: AnyEndpoint, absent: type[Absent], **query: str) -> tuple[Told, Any]:
        """Return a good answer and its JSON; ``absent`` is what a 404 means."""
        told = await self._origin.ask(row.path, query)
        left = read_whole(told.headers.get("x-quota-remaining"))
        self.balance = self.balance if left is None else left
        if told.status != OK:
            raise self._trouble(told, absent)
        document = told.document()
        if document is None:
            raise self._strange("answered something that is no JSON")
        return told, document

    def _trouble(self, told: Told, absent: type[Absent]) -> StorykeepError:
        """Return what an answer means that is none; the server's own words are not repeated."""
        error = error_of(Answer(told.status, told.headers), told.body)
        if isinstance(error, client.Absent):
            return PrivateAccount() if isinstance(error, client.PrivateAccount) else absent()
        kind, words = next((kind, words) for of, kind, words in _MEANINGS if isinstance(error, of))
        wait = None if error.retry_after is None else min(error.retry_after, DAY)
        return kind(f"{self.name} {words} ({told.status}).", retry_after=wait)

    def _strange(self, what: str) -> SourceDrift:
        return SourceDrift(f"{self.name} {what}.")
