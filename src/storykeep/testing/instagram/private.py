"""What ``/api/v1/`` answers, on i.instagram.com and, as far as web pages use it, on www."""

import base64
import binascii
import re
from typing import Any
from urllib.parse import unquote

from msgspec import DecodeError, json

from storykeep.testing.instagram.failures import REFUSALS
from storykeep.testing.instagram.reels import create_profile, create_reel, create_tray_entry
from storykeep.testing.instagram.wire import Handler, Request, Routes
from storykeep.testing.instagram.world import World

_READING = re.compile(r"/api/v1/feed/reels_media/|/api/graphql/?|/graphql/query/?")
"""Where a POST asks and does nothing."""

MAX_REELS = 50
"""How many reels may be asked for at once."""


def is_logged_in(world: World, request: Request) -> bool:
    """Tell whether the request shows a living session, as a header or as a cookie."""
    kind, _, token = request.headers.get("authorization", "").partition(" IGT:2:")
    session = None
    if kind == "Bearer":
        try:
            session = json.decode(base64.b64decode(token), type=dict[str, Any]).get("sessionid")
        except (binascii.Error, DecodeError):
            return False
    else:
        cookies = request.headers.get("cookie", "").split("; ")
        session = dict(each.split("=", 1) for each in cookies if "=" in each).get("sessionid")
    return unquote((session or "").strip('"')) in {unquote(known) for known in world.sessions}


def only_reads(request: Request) -> bool:
    """Tell whether nobody can notice the request: every POST is suspect but those that ask."""
    if request.method != "POST":
        return True
    is_mutation = "Mutation" in request.form.get("fb_api_req_friendly_name", "")
    return not is_mutation and _READING.fullmatch(request.path) is not None


def behind_session(handler: Handler) -> Handler:
    """Return a handler that refuses whoever is not logged in."""

    def guarded(world: World, request: Request, *names: str) -> Any:
        if is_logged_in(world, request):
            return handler(world, request, *names)
        return REFUSALS["login_required"]

    return guarded


def user_info(world: World, _request: Request, username: str | None, pk: str) -> Any:
    """Tell about an account by its name or its number."""
    account = world.account(username.lower() if username else int(pk))
    if account is None:
        return REFUSALS["user_not_found"]
    return {"user": create_profile(account), "status": "ok"}


def user_story(world: World, _request: Request, pk: str) -> Any:
    """Tell a reel; none for an account without stories, or one that is closed to the viewer."""
    return {"reel": create_reel(world, pk), "broadcast": None, "status": "ok"}


def reels_media(world: World, request: Request) -> Any:
    """Tell many reels and highlights, as far as there is something to be seen."""
    wanted = _reel_ids(request)
    if len(wanted) > MAX_REELS:
        return REFUSALS["too_many_reels"]
    told = {reel_id: create_reel(world, reel_id) for reel_id in wanted}
    reels = {reel_id: reel for reel_id, reel in told.items() if reel}
    return {"reels": reels, "reels_media": [*reels.values()], "status": "ok"}


def media_info(world: World, _request: Request, media_id: str) -> Any:
    """Tell one story by ``PK`` or ``PK_USERPK``."""
    item = world.find(media_id.partition("_")[0])
    if item is None:
        return REFUSALS["media_unavailable"]
    return {"items": [item], "num_results": 1, "more_available": False, "status": "ok"}


def highlights_tray(world: World, _request: Request, pk: str) -> Any:
    """Tell which highlights an account has."""
    tray = [create_tray_entry(highlight) for highlight in world.highlights(int(pk))]
    return {"tray": tray, "show_empty_state": not tray, "status": "ok"}


def do_nothing(_world: World, request: Request) -> Any:
    """Take whatever would mark, like or follow: that it was asked is in the request log."""
    return REFUSALS["no_such_path"] if only_reads(request) else {"status": "ok"}


def _reel_ids(request: Request) -> list[str]:
    """Return the reels asked for: in the address, in a signed body, or in a plain form."""
    if request.method == "GET":
        ids: Any = request.query.get("reel_ids", request.query.get("user_ids", ""))
    else:
        signed = request.form.get("signed_body", "").partition(".")[2]
        ids = (json.decode(signed) if signed else request.form).get("user_ids", [])
    if isinstance(ids, str):
        ids = json.decode(ids) if ids.startswith("[") else ids.split(",")
    return [str(reel_id) for reel_id in ids if reel_id]


ENDPOINTS: Routes = {
    r"/api/v1/users/(?:([^/]+)/usernameinfo|(\d+)/info)/": user_info,
    r"/api/v1/feed/user/(\d+)/story/": user_story,
    r"/api/v1/feed/reels_media/": reels_media,
    r"/api/v1/media/([\d_]+)/info/": media_info,
    r"/api/v1/highlights/(\d+)/highlights_tray/": highlights_tray,
    r"/(?:api/v\d|web)/.+": do_nothing,
}
ROUTES: Routes = {pattern: behind_session(handler) for pattern, handler in ENDPOINTS.items()}
