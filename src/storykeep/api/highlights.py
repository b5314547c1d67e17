"""The handlers of highlights and share links."""

from collections.abc import Mapping

from msgspec import json

from storykeep.api.handlers import Found, Handler, encode_raw
from storykeep.core import endpoints as rows
from storykeep.core import links
from storykeep.core.endpoints import params as asked
from storykeep.core.endpoints.row import AnyEndpoint
from storykeep.core.errors import InvalidValue
from storykeep.core.highlight import KeptHighlight, Tray, flat, raw
from storykeep.core.model import Share
from storykeep.core.ports import AccessKey
from storykeep.service.highlights import Highlights

_List = asked.UserHighlights | asked.UserHighlightsByUsername
_Page = asked.UserHighlightsPage | asked.UserHighlightsPageByUsername


def create_highlight_handlers(highlights: Highlights) -> Mapping[AnyEndpoint, Handler]:
    """Return the handlers of their rows."""

    async def find_tray(params: _List | _Page) -> Tray:
        is_forced = bool(params.force)
        if isinstance(params, asked.UserByUsername):
            return await highlights.of_username(params.username, is_forced=is_forced)
        return await highlights.of_user(params.user_id, is_forced=is_forced)

    async def tray(params: _List, _: AccessKey) -> Found:
        found = await find_tray(params)
        shown = found.highlights[: params.amount or None]
        return Found(json.encode([flat(kept) for kept in shown]), found.provenance)

    async def page(params: _Page, _: AccessKey) -> Found:
        found = await find_tray(params)
        shown, following = _page_of(found, params)
        response = {"tray": [raw(kept) for kept in shown], "status": "ok"}
        told = {"response": response, "next_page_id": following}
        return Found(encode_raw(told, params), found.provenance)

    async def by_id(params: asked.HighlightById, _: AccessKey) -> Found:
        kept = await highlights.by_id(params.id)
        return Found(json.encode(flat(kept)), kept.provenance)

    async def by_url(params: asked.HighlightByUrl, _: AccessKey) -> Found:
        kept = await highlights.by_url(params.url)
        return Found(json.encode(flat(kept)), kept.provenance)

    async def reel_by_id(params: asked.RawHighlightById, _: AccessKey) -> Found:
        kept = await highlights.by_id(params.id)
        response = {"reels": {f"highlight:{kept.pk}": raw(kept)}, "status": "ok"}
        told = {"response": response, "next_page_id": None, "items": flat(kept)["items"]}
        return Found(encode_raw(told, params), kept.provenance)

    async def share_by_code(params: asked.ShareByCode, _: AccessKey) -> Found:
        pk = links.read_share_code(params.code)
        return Found(json.encode(Share(pk=str(pk), type="highlight")))

    async def share_by_url(params: asked.ShareByUrl, _: AccessKey) -> Found:
        kind, pk = links.read_share_url(params.url)
        return Found(json.encode(Share(pk=str(pk), type=kind)))

    return {
        rows.USER_HIGHLIGHTS: tray,
        rows.USER_HIGHLIGHTS_BY_USERNAME: tray,
        rows.USER_HIGHLIGHTS_PAGE: page,
        rows.USER_HIGHLIGHTS_PAGE_BY_USERNAME: page,
        rows.HIGHLIGHT_BY_ID: by_id,
        rows.HIGHLIGHT_BY_URL: by_url,
        rows.HIGHLIGHT_REEL_BY_ID: reel_by_id,
        rows.SHARE_BY_CODE: share_by_code,
        rows.SHARE_BY_URL: share_by_url,
    }


def _page_of(tray: Tray, params: _Page) -> tuple[tuple[KeptHighlight, ...], str | None]:
    """Return a page and its ``next_page_id``, which is the pk of its last highlight."""
    rest = tray.highlights
    if params.page_id:
        pks = [str(kept.pk) for kept in rest]
        if params.page_id not in pks:
            raise InvalidValue("Not a page_id: send the next_page_id of the page before.")
        rest = rest[pks.index(params.page_id) + 1 :]
    shown = rest[: params.amount or None]
    return shown, str(shown[-1].pk) if len(shown) < len(rest) else None
