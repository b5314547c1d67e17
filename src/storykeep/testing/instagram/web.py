"""What the web pages answer, as far as instaloader and gallery-dl ask them for stories."""

from collections.abc import Callable
from typing import Any

from msgspec import json

from storykeep.testing.instagram.dialects import legacy_item, xdt_item
from storykeep.testing.instagram.failures import REFUSALS, page
from storykeep.testing.instagram.private import behind_session
from storykeep.testing.instagram.reels import create_profile, create_reel
from storykeep.testing.instagram.wire import Answer, Request, Routes
from storykeep.testing.instagram.world import Account, World

Variables = dict[str, Any]
Query = Callable[[World, Variables], Any]

SCRIPTS = "https://static.cdninstagram.com/rsrc.php/fake.js"
"""The pages' script, in which gallery-dl looks up what its queries are called today."""

_SCRIPT = (
    '<script type="application/json" id="__eqmc">{"l":"fakeLsd","f":"fakeDtsg"}</script>'
    '<script>["DTSGInitialData",[],{"token":"fakeDtsg"}],["LSD",[],{"token":"fakeLsd"}],'
    '"IG_USER_EIMU":"17841400000000042"</script>'
)


def show_page(world: World, _request: Request, username: str = "") -> Answer:
    """Show the start page or an account's page, with the data that the tools read out of it."""
    account = world.account(username.lower())
    if username and account is None:
        return page(404, "Page not found")
    told = [_SCRIPT]
    if account is not None:
        profile = {"data": {"xig_user_by_username": _profile(account)}}
        bbox = {"require": [{"__bbox": {"result": profile}}]}
        root = {"profile_id": str(account.pk), "params": {"username": account.username}}
        told += [f'<script type="application/json">{_text(each)}</script>' for each in (bbox, root)]
    shown = page(200, "Instagram", f'<link rel="preload" href="{SCRIPTS}">{"".join(told)}')
    shown.headers["Set-Cookie"] = "csrftoken=fakeCsrfToken; Domain=.instagram.com; Path=/; Secure"
    return shown


def show_script(_world: World, _request: Request) -> Answer:
    """Tell which number each query has."""
    defined = [
        f'__d("{name}_instagramRelayOperation",[],(function(t,n,r){{r.exports="{number}"}}),null);'
        for number, (name, _) in QUERIES.items()
    ]
    return Answer(200, "\n".join(defined).encode(), {"Content-Type": "text/javascript"})


def profile_info(world: World, request: Request) -> Any:
    """Tell about an account by its name, also to those who are not logged in."""
    account = world.account(request.query.get("username", "").lower())
    if account is None:
        return REFUSALS["user_not_found"]
    return {"data": {"user": _profile(account)}, "status": "ok"}


def graphql(world: World, request: Request) -> Any:
    """Answer a query by its number, or by the hash of old."""
    asked = request.query | request.form
    variables = json.decode(asked.get("variables", "{}"))
    name = asked.get("query_hash", asked.get("doc_id", ""))
    query = HASHES.get(name) or QUERIES.get(name, (name, None))[1]
    if query is None:
        return REFUSALS["bad_query"]
    return {"data": query(world, variables), "status": "ok"}


def _viewer(_world: World, _variables: Variables) -> Any:
    return {"user": {"username": "acme_viewer"}}


def _account(world: World, variables: Variables) -> Any:
    account = world.account(int(variables["id"]))
    return {"user": _profile(account) if account else None}


def _tray(world: World, variables: Variables) -> Any:
    shown = world.highlights(int(variables["user_id"]))
    edges = [{"node": {"id": kept.id, "title": kept.title}} for kept in shown]
    return {"highlights": {"edges": edges}}


def _legacy_tray(world: World, variables: Variables) -> Any:
    edges = []
    for kept in world.highlights(int(variables["user_id"])):
        image = kept.items[0]["image_versions2"]["candidates"][-1]["url"]
        covers = {
            "cover_media": {"thumbnail_src": image},
            "cover_media_cropped_thumbnail": {"url": image},
        }
        edges.append({"node": {"id": str(kept.pk), "title": kept.title, **covers}})
    return {"user": {"edge_highlight_reels": {"edges": edges}}}


def _reels(world: World, variables: Variables) -> Any:
    told = [create_reel(world, str(pk), xdt_item) for pk in variables["reel_ids"]]
    connection = {
        "edges": [{"node": reel} for reel in told if reel],
        "page_info": {"has_next_page": False, "end_cursor": None},
    }
    return {"xdt_api__v1__feed__reels_media__connection": connection}


def _legacy_reels(world: World, variables: Variables) -> Any:
    ids = [str(pk) for pk in variables["reel_ids"]]
    ids += [f"highlight:{pk}" for pk in variables.get("highlight_reel_ids", ())]
    told = [reel for reel in (create_reel(world, pk, legacy_item) for pk in ids) if reel]
    return {"reels_media": [{**reel, "owner": reel["user"]} for reel in told]}


def _profile(account: Account) -> dict[str, Any]:
    """Return an account as the web pages tell it: ids are texts."""
    return {**create_profile(account), "pk": str(account.pk), "id": str(account.pk)}


def _text(content: Any) -> str:
    return json.encode(content).decode()


QUERIES: dict[str, tuple[str, Query]] = {
    "27937681195819736": ("PolarisProfilePageContentQuery", _account),
    "26970053832668570": ("PolarisProfileStoryHighlightsTrayContentQuery", _tray),
    "29306733562261201": ("PolarisStoriesV3ReelPageGalleryQuery", _reels),
}
"""The queries of the web pages of today: number, name, answer."""

HASHES: dict[str, Query] = {
    "d6f4427fbe92d846298cf93df0b937d3": _viewer,
    "303a4ae99711322310f25250d988f3b7": _legacy_reels,
    "45246d3fe16ccc6577e0bd297a5db1ab": _legacy_reels,
    "7c16654f22c819fb63d1183034a5162f": _legacy_tray,
}
"""Those of old, which instaloader still asks."""

ROUTES: Routes = {
    r"/": show_page,
    r"/([A-Za-z0-9._]+)/": show_page,
    r"/api/v1/users/web_profile_info/": profile_info,
    r"/(?:api/graphql|graphql/query)/?": behind_session(graphql),
}

SCRIPT_ROUTES: Routes = {r"/rsrc\.php/.+": show_script}
