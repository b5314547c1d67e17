"""What the web pages answer, as far as instaloader and gallery-dl ask them for stories."""

from typing import Any

from msgspec import json

from storykeep.testing.instagram.dialects import legacy_item, xdt_item
from storykeep.testing.instagram.failures import REFUSALS, page
from storykeep.testing.instagram.private import behind_session
from storykeep.testing.instagram.reels import create_profile, create_reel
from storykeep.testing.instagram.wire import Answer, Request, Routes
from storykeep.testing.instagram.world import Account, World

SCRIPTS = "https://static.cdninstagram.com/rsrc.php/fake.js"
"""The pages' script, in which gallery-dl looks up what its queries are called today."""


def show_page(world: World, _request: Request, username: str = "") -> Answer:
    """Show the start page or an account's page, with the data that the tools read out of it."""
    account = world.account(username.lower())
    if username and account is None:
        return page(404, "Page not found")
    facts = {"l": "fakeLsd", "f": "fakeDtsg"}
    scripts = [f'<script type="application/json" id="__eqmc">{_text(facts)}</script>']
    scripts.append(
        '<script>["DTSGInitialData",[],{"token":"fakeDtsg"}],["LSD",[],{"token":"fakeLsd"}],'
        '"IG_USER_EIMU":"17841400000000042"</script>'
    )
    if account is not None:
        profile = {"data": {"xig_user_by_username": _profile(account)}}
        bbox = {"require": [{"__bbox": {"result": profile}}]}
        root = {"profile_id": str(account.pk), "params": {"username": account.username}}
        scripts += [
            f'<script type="application/json">{_text(bbox)}</script>',
            f'<script type="application/json">{_text(root)}</script>',
        ]
    shown = page(200, "Instagram", f'<link rel="preload" href="{SCRIPTS}">{"".join(scripts)}')
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
    if asked.get("query_hash") == "303a4ae99711322310f25250d988f3b7":
        data = _legacy_reels(world, variables)
    elif asked.get("query_hash") == "d6f4427fbe92d846298cf93df0b937d3":
        data = {"user": {"username": "acme_viewer"}}
    elif asked.get("doc_id") in QUERIES:
        data = QUERIES[asked["doc_id"]][1](world, variables)
    else:
        return REFUSALS["bad_query"]
    return {"data": data, "status": "ok"}


def _profile_query(world: World, variables: dict[str, Any]) -> Any:
    account = world.account(variables["id"])
    return {"user": _profile(account) if account else None}


def _tray_query(world: World, variables: dict[str, Any]) -> Any:
    account = world.account(variables["user_id"])
    shown = account.highlights if account and not world.is_closed(account) else []
    edges = [{"node": {"id": each.id, "title": each.title}} for each in shown]
    return {"highlights": {"edges": edges}}


def _reels_query(world: World, variables: dict[str, Any]) -> Any:
    told = [create_reel(world, str(pk), xdt_item) for pk in variables["reel_ids"]]
    connection = {
        "edges": [{"node": reel} for reel in told if reel],
        "page_info": {"has_next_page": False, "end_cursor": None},
    }
    return {"xdt_api__v1__feed__reels_media__connection": connection}


def _legacy_reels(world: World, variables: dict[str, Any]) -> Any:
    told = [create_reel(world, str(pk), legacy_item) for pk in variables["reel_ids"]]
    kind = {"__typename": "GraphReel"}
    return {"reels_media": [{**reel, **kind, "owner": reel["user"]} for reel in told if reel]}


def _profile(account: Account) -> dict[str, Any]:
    """Return an account as the web pages tell it: ids are texts."""
    return {**create_profile(account), "pk": str(account.pk), "id": str(account.pk)}


def _text(content: Any) -> str:
    return json.encode(content).decode()


QUERIES = {
    "27937681195819736": ("PolarisProfilePageContentQuery", _profile_query),
    "26970053832668570": ("PolarisProfileStoryHighlightsTrayContentQuery", _tray_query),
    "29306733562261201": ("PolarisStoriesV3ReelPageGalleryQuery", _reels_query),
}
"""The queries of the web pages: number, name, answer."""

ROUTES: Routes = {
    r"/": show_page,
    r"/([A-Za-z0-9._]+)/": show_page,
    r"/api/v1/users/web_profile_info/": profile_info,
    r"/(?:api/graphql|graphql/query)/?": behind_session(graphql),
}

SCRIPT_ROUTES: Routes = {r"/rsrc\.php/.+": show_script}
