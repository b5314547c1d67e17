"""The handlers of highlights and share links."""

from collections.abc import Mapping
from typing import Any

from msgspec import json

from storykeep.api.handlers import Found, Handler
from storykeep.core import endpoints as rows
from storykeep.core import links
from storykeep.core.endpoints import Endpoint
from storykeep.core.errors import InvalidValue
from storykeep.core.highlight import KeptHighlight, Tray, flat, raw
from storykeep.core.model import Share
from storykeep.core.ports import AccessKey
from storykeep.core.safe_int import spell_big_numbers
from storykeep.core.sighting import Provenance
from storykeep.service.highlights import Highlights


def create_highlight_handlers(highlights: Highlights) -> Mapping[Endpoint, Handler]:
    """Return the handlers of their rows."""

    async def of_user(params: rows.UserHighlights, _: AccessKey) -> Found:
        return _list(await highlights.of_user(params.user_id, is_forced=bool(params.force)), params)

    async def of_username(params: rows.UserHighlightsByUsername, _: AccessKey) -> Found:
        tray = await highlights.of_username(params.username, is_forced=bool(params.force))
        return _list(tray, params)

    async def page_of_user(params: rows.UserHighlightsPage, _: AccessKey) -> Found:
        return _page(await highlights.of_user(params.user_id, is_forced=bool(params.force)), params)

    async def page_of_username(params: rows.UserHighlightsPageByUsername, _: AccessKey) -> Found:
        tray = await highlights.of_username(params.username, is_forced=bool(params.force))
        return _page(tray, params)

    async def by_id(params: rows.HighlightById, _: AccessKey) -> Found:
        return _flat(await highlights.by_id(params.id))

    async def by_url(params: rows.HighlightByUrl, _: AccessKey) -> Found:
        return _flat(await highlights.by_url(params.url))

    async def reel_by_id(params: rows.RawHighlightById, _: AccessKey) -> Found:
        kept = await highlights.by_id(params.id)
        reels = {f"highlight:{kept.pk}": raw(kept)}
        response = {"reels": reels, "status": "ok"}
        stories = flat(kept)["items"]
        return _raw(response, None, kept.provenance, params.safe_int, items=stories)

    async def share_by_code(params: rows.ShareByCode, _: AccessKey) -> Found:
        pk = links.read_share_code(params.code)
        return Found(json.encode(Share(pk=str(pk), type="highlight")))

    async def share_by_url(params: rows.ShareByUrl, _: AccessKey) -> Found:
        kind, pk = links.read_share_url(params.url)
        return Found(json.encode(Share(pk=str(pk), type=kind)))

    return {
        rows.USER_HIGHLIGHTS: of_user,
        rows.USER_HIGHLIGHTS_BY_USERNAME: of_username,
        rows.USER_HIGHLIGHTS_PAGE: page_of_user,
        rows.USER_HIGHLIGHTS_PAGE_BY_USERNAME: page_of_username,
        rows.HIGHLIGHT_BY_ID: by_id,
        rows.HIGHLIGHT_BY_URL: by_url,
        rows.HIGHLIGHT_REEL_BY_ID: reel_by_id,
        rows.SHARE_BY_CODE: share_by_code,
        rows.SHARE_BY_URL: share_by_url,
    }


def _flat(kept: KeptHighlight) -> Found:
    return Found(json.encode(flat(kept)), kept.provenance)


def _list(tray: Tray, params: rows.UserHighlights | rows.UserHighlightsByUsername) -> Found:
    shown = tray.highlights[: params.amount or None]
    return Found(json.encode([flat(kept) for kept in shown]), tray.provenance)


def _page(tray: Tray, params: rows.UserHighlightsPage | rows.UserHighlightsPageByUsername) -> Found:
    """Return a page; its ``next_page_id`` is the pk of its last highlight."""
    rest = tray.highlights
    if params.page_id:
        pks = [str(kept.pk) for kept in rest]
        if params.page_id not in pks:
            raise InvalidValue("Not a page_id: send the next_page_id of the page before.")
        rest = rest[pks.index(params.page_id) + 1 :]
    shown = rest[: params.amount or None]
    response = {"tray": [raw(kept) for kept in shown], "status": "ok"}
    following = str(shown[-1].pk) if len(shown) < len(rest) else None
    return _raw(response, following, tray.provenance, params.safe_int)


def _raw(
    response: dict[str, Any],
    following: str | None,
    by: Provenance | None,
    safe_int: object,
    **beside: object,
) -> Found:
    page = {"response": response, "next_page_id": following, **beside}
    return Found(json.encode(spell_big_numbers(page) if safe_int else page), by)
