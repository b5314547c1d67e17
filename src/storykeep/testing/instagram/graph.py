"""What the Graph API answers about the accounts of the token's owner."""

from datetime import UTC, datetime
from typing import Any

from msgspec import json

from storykeep.testing.instagram.failures import REFUSALS
from storykeep.testing.instagram.items import Item
from storykeep.testing.instagram.reels import signed
from storykeep.testing.instagram.wire import Answer, Request, Routes, json_answer
from storykeep.testing.instagram.world import TOKEN_LIFETIME, Account, World

HOSTS = ("graph.facebook.com", "graph.instagram.com")


def tell_stories(world: World, request: Request, graph_id: str) -> Answer:
    """Tell the stories of the last day; without ``fields`` their ids only."""
    account = _known(world, request, graph_id)
    if isinstance(account, Answer):
        return account
    media = [_media(account, story) for story in reversed(world.active(account))]
    return _told(world, account, {"data": [_chosen(each, request) for each in media]})


def tell_account(world: World, request: Request, graph_id: str) -> Answer:
    """Tell about an account; without ``fields`` its id only."""
    account = _known(world, request, graph_id)
    if isinstance(account, Answer):
        return account
    facts = {
        "id": account.graph_id,
        "ig_id": account.pk,
        "username": account.username,
        "name": account.full_name,
        "profile_picture_url": account.user["profile_pic_url"],
        "media_count": 0,
    }
    return _told(world, account, _chosen(facts, request))


def give_token(world: World, request: Request) -> Answer:
    """Give another, fresh token for one that is still good: exchange and refresh alike."""
    old = request.query.get("fb_exchange_token") or request.query.get("access_token", "")
    trouble = _trouble(world, old)
    if trouble is not None:
        return trouble
    new = f"{old}.{len(world.tokens)}"
    world.tokens[new] = world.clock() + TOKEN_LIFETIME
    return json_answer({"access_token": new, "token_type": "bearer", "expires_in": TOKEN_LIFETIME})


def _trouble(world: World, token: str) -> Answer | None:
    """Return what is wrong with a token."""
    expires_at = world.tokens.get(token)
    if expires_at is None:
        return REFUSALS["graph_token_invalid"]
    return None if world.clock() < expires_at else REFUSALS["graph_token_expired"]


def _known(world: World, request: Request, graph_id: str) -> Account | Answer:
    """Return the account, or why this token is not told about it."""
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    trouble = _trouble(world, request.query.get("access_token", bearer))
    if trouble is not None:
        return trouble
    for account in world.accounts:
        if account.graph_id is not None and graph_id in (account.graph_id, "me"):
            return account
    return REFUSALS["graph_missing"]


def _chosen(facts: dict[str, Any], request: Request) -> dict[str, Any]:
    """Return the fields asked for, as far as they have a value."""
    fields = ["id", *request.query.get("fields", "").split(",")]
    return {name: facts[name] for name in fields if facts.get(name) is not None}


def _media(account: Account, story: Item) -> dict[str, Any]:
    """Return a story as the Graph API tells it."""
    image = story["image_versions2"]["candidates"][0]["url"]
    is_video = story["media_type"] == 2  # noqa: PLR2004
    # Of a video with somebody else's music the file is withheld.
    is_withheld = is_video and "story_music_stickers" in story
    video = story["video_versions"][0]["url"] if is_video and not is_withheld else None
    return {
        "id": str(story["fbid"]),
        "media_type": "VIDEO" if is_video else "IMAGE",
        "media_product_type": "STORY",
        "media_url": video if is_video else image,
        "thumbnail_url": image if is_video else None,
        "permalink": f"https://www.instagram.com/stories/{account.username}/{story['pk']}",
        "shortcode": story["code"],
        "timestamp": datetime.fromtimestamp(story["taken_at"], UTC).strftime("%Y-%m-%dT%H:%M:%S%z"),
        "username": account.username,
        "owner": {"id": account.graph_id},
        "like_count": 0,
        "comments_count": 0,
    }


def _told(world: World, account: Account, content: Any) -> Answer:
    """Return ``content`` with the headers that say how much may still be asked."""
    used = dict.fromkeys(("call_count", "total_time", "total_cputime"), world.graph_usage)
    of_account = {**used, "type": "instagram", "estimated_time_to_regain_access": 0}
    answer = json_answer(signed(content, world.clock()))
    answer.headers["X-App-Usage"] = json.encode(used).decode()
    answer.headers["X-Business-Use-Case-Usage"] = json.encode(
        {account.graph_id: [of_account]}
    ).decode()
    return answer


ROUTES: Routes = {
    r"(?:/v\d+\.\d+)?/(?:oauth/access_token|access_token|refresh_access_token)": give_token,
    r"(?:/v\d+\.\d+)?/(\d+|me)/stories": tell_stories,
    r"(?:/v\d+\.\d+)?/(\d+|me)": tell_account,
}
