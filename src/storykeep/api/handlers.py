"""Wire words in, inside words on: one small function for each row of the table, or for a pair."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from msgspec import Struct, json

from storykeep.api.batch import tell_accounts
from storykeep.core import endpoints as rows
from storykeep.core.endpoints import params as asked
from storykeep.core.endpoints.row import AnyEndpoint
from storykeep.core.extract.profile import create_flat_user, create_raw_user
from storykeep.core.model import Balance
from storykeep.core.ports import AccessKey, KeptStory, Profile, Reel
from storykeep.core.safe_int import spell_big_numbers
from storykeep.core.sighting import Provenance
from storykeep.service.media import Media, StoryFile
from storykeep.service.raw import RawStories
from storykeep.service.stories import Stories


class Found(NamedTuple):
    """JSON to answer, and where it comes from."""

    body: bytes
    """Of a row with ``media``: a Story, or an array of them."""
    provenance: Provenance | None = None
    finish: Callable[[bytes], bytes] | None = None
    """What makes the answer of ``body``, once the addresses in that are as they are wanted."""
    outcomes: tuple[str, ...] = ("ok",)
    """Of several accounts, what became of each."""


Handler = Callable[[Any, AccessKey], Awaitable[Found | StoryFile]]
"""Parameters and key -> the JSON to answer, or the file to send."""

AskedStory = asked.OneStory | asked.OneStoryByUrl
AskedReel = (
    asked.UserStories
    | asked.UserStoriesByUsername
    | asked.RawUserStories
    | asked.RawUserStoriesByUsername
)


def create_handlers(
    stories: Stories, media: Media, raw: RawStories, *, unit_price: float, currency: str
) -> Mapping[AnyEndpoint, Handler]:
    """Return the handlers of accounts, stories and files."""

    async def told(params: Any, body: bytes, provenance: Provenance | None) -> Found:
        if not params.extended:
            return Found(body, provenance)
        return Found(body, provenance, await raw.extender(body, provenance))

    async def one_story(params: asked.ById | asked.ByUrl, _: AccessKey) -> Found:
        story = await find_story(stories, params)
        return await told(params, story.wire, story.provenance)

    async def user_stories(
        params: asked.UserStories | asked.UserStoriesByUsername, _: AccessKey
    ) -> Found:
        reel = await find_reel(stories, params)
        return await told(params, reel.first(params.amount), reel.provenance)

    async def users_stories(params: asked.UsersStories, _: AccessKey) -> Found:
        at = None if params.at is None else int(params.at.timestamp())
        found = await stories.of_users(params.user_ids, at, is_forced=bool(params.force))
        body, finish, outcomes = tell_accounts(found, params.amount)
        return Found(body, None, finish, outcomes)

    async def download(params: asked.DownloadById, _: AccessKey) -> StoryFile:
        return await media.by_id(params.id)

    async def download_by_story_url(params: asked.DownloadByStoryUrl, _: AccessKey) -> StoryFile:
        return await media.by_story_url(params.url)

    async def download_by_url(params: asked.DownloadByUrl, _: AccessKey) -> StoryFile:
        return await media.by_url(params.url)

    async def balance(_: asked.NoParams, key: AccessKey) -> Found:
        rate = int(key.rate) if key.rate.is_integer() else key.rate
        amount = round(key.balance * unit_price, 4)
        told = Balance(requests=key.balance, rate=rate, currency=currency, amount=amount)
        return Found(json.encode(told))

    return {
        rows.STORY_BY_ID: one_story,
        rows.STORY_BY_URL: one_story,
        rows.STORY_DOWNLOAD: download,
        rows.STORY_DOWNLOAD_BY_STORY_URL: download_by_story_url,
        rows.STORY_DOWNLOAD_BY_URL: download_by_url,
        rows.USER_STORIES: user_stories,
        rows.USER_STORIES_BY_USERNAME: user_stories,
        rows.USERS_STORIES: users_stories,
        rows.BALANCE: balance,
        **_create_user_handlers(stories),
    }


async def find_story(stories: Stories, params: AskedStory) -> KeptStory:
    """Return the story that is asked for, one way or the other."""
    if isinstance(params, asked.OneStory):
        return await stories.by_id(params.id)
    return await stories.by_url(params.url)


async def find_reel(stories: Stories, params: AskedReel) -> Reel:
    """Return the reel that is asked for, one way or the other."""
    at = None if params.at is None else int(params.at.timestamp())
    if isinstance(params, asked.UserByUsername):
        return await stories.of_username(params.username, at, is_forced=bool(params.force))
    return await stories.of_user(params.user_id, at, is_forced=bool(params.force))


_AskedUser = asked.UserById | asked.UserByUsername | asked.UserByUrl


def _create_user_handlers(stories: Stories) -> Mapping[AnyEndpoint, Handler]:
    async def find(params: _AskedUser) -> Profile:
        if isinstance(params, asked.UserById):
            return await stories.profile(params.id)
        if isinstance(params, asked.UserByUrl):
            return await stories.profile_of_url(params.url)
        return await stories.profile_of_username(params.username)

    async def user(params: _AskedUser, _: AccessKey) -> Found:
        profile = await find(params)
        return Found(json.encode(create_flat_user(profile.user, profile.raw)), profile.provenance)

    async def raw_user(params: asked.RawUserById | asked.RawUserByUsername, _: AccessKey) -> Found:
        profile = await find(params)
        told = {"user": create_raw_user(profile.user, profile.raw), "status": "ok"}
        return Found(encode_raw(told, params), profile.provenance)

    return {
        rows.USER_BY_USERNAME: user,
        rows.USER_BY_ID: user,
        rows.USER_BY_URL: user,
        rows.USER_BY_USERNAME_V2: raw_user,
        rows.USER_BY_ID_V2: raw_user,
    }


def encode_raw(document: dict[str, Any], params: Struct) -> bytes:
    """Return what is told raw, its numbers as the caller can read them."""
    is_safe = getattr(params, "safe_int", None)
    return json.encode(spell_big_numbers(document) if is_safe else document)
