"""Highlights of an account, by id and by address: what may be served."""

from functools import partial

from storykeep.core import ids, links
from storykeep.core.errors import HighlightNotFound
from storykeep.core.highlight import KeptHighlight, Tray
from storykeep.core.ports import StorySource
from storykeep.service.stories import ask_holder, check_account, read_user_pk


class Highlights:
    """The use cases over one source; what it says of privacy is enforced here."""

    def __init__(self, source: StorySource) -> None:
        self._source = source

    async def of_user(self, user_id: str, *, is_forced: bool = False) -> Tray:
        """The highlights of the account with that pk.  Raises InvalidValue, Absent, SourceError."""
        return await self._tray(read_user_pk(user_id), is_forced=is_forced)

    async def of_username(self, username: str, *, is_forced: bool = False) -> Tray:
        """As ``of_user``, by the account's name."""
        ask = partial(self._tray, is_forced=is_forced)
        return await ask_holder(self._source, username, ask)

    async def by_id(self, highlight_id: str) -> KeptHighlight:
        """The one of ``PK`` or ``highlight:PK``.  Raises InvalidValue, Absent, SourceError."""
        return await self._by_pk(ids.read_highlight_id(highlight_id))

    async def by_url(self, url: str) -> KeptHighlight:
        """The highlight of a page address or share link; raises as ``by_id``."""
        return await self._by_pk(links.read_highlight_url(url))

    async def _tray(self, user_pk: int, *, is_forced: bool) -> Tray:
        tray = await self._source.highlights(user_pk, is_forced=is_forced)
        check_account(tray.account)
        return tray

    async def _by_pk(self, pk: int) -> KeptHighlight:
        if pk > ids.MAX_PK:
            raise HighlightNotFound
        highlight = await self._source.highlight(pk)
        check_account(highlight.account)
        return highlight
