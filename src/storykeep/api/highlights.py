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

    async def find_highlight(params: asked.OneHighlight | asked.HighlightByUrl) -> KeptHighlight:
        if isinstance(params, asked.OneHighlight):
            return await highlights.by_id(params.id)
        return await highlights.by_url(params.url)

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

    async def one(params: asked.HighlightById | asked.HighlightByUrl, _: AccessKey) -> Found:
        kept = await find_highlight(params)
        return Found(kept.body, kept.provenance, lambda body: json.encode(flat(kept.give(body))))

    async def reel(params: asked.RawHighlightById, _: AccessKey) -> Found:
        kept = await find_highlight(params)

        def finish(body: bytes) -> bytes:
            given = kept.give(body)
            response = {"reels": {f"highlight:{kept.pk}": raw(given)}, "status": "ok"}
            told = {"response": response, "next_page_id": None, "items": flat(given)["items"]}
            return encode_raw(told, params)

        return Found(kept.body, kept.provenance, finish)

    return {
        rows.USER_HIGHLIGHTS: tray,
        rows.USER_HIGHLIGHTS_BY_USERNAME: tray,
        rows.USER_HIGHLIGHTS_PAGE: page,
        rows.USER_HIGHLIGHTS_PAGE_BY_USERNAME: page,
        rows.HIGHLIGHT_BY_ID: one,
        rows.HIGHLIGHT_BY_URL: one,
        rows.HIGHLIGHT_REEL_BY_ID: reel,
        rows.SHARE_BY_CODE: _share_by_code,
        rows.SHARE_BY_URL: _share_by_url,
    }


async def _share_by_code(params: asked.ShareByCode, _: AccessKey) -> Found:
    pk = links.read_share_code(params.code)
    return Found(json.encode(Share(pk=str(pk), type="highlight")))


async def _share_by_url(params: asked.ShareByUrl, _: AccessKey) -> Found:
    kind, pk = links.read_share_url(params.url)
    return Found(json.encode(Share(pk=str(pk), type=kind)))


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
