"""Wire words in, inside words on: one small function for each row of the table."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import json

from storykeep.api.batch import tell_account
from storykeep.core import endpoints as rows
from storykeep.core.endpoints import Endpoint
from storykeep.core.model import Balance, encode_accounts
from storykeep.core.ports import AccessKey
from storykeep.core.sighting import Provenance
from storykeep.service.media import Media, StoryFile
from storykeep.service.stories import Stories


class Found(NamedTuple):
    """JSON to answer, and where it comes from."""

    body: bytes
    provenance: Provenance | None = None
    outcomes: tuple[str, ...] = ("ok",)
    """Of several accounts, what became of each."""


Handler = Callable[[Any, AccessKey], Awaitable[Found | StoryFile]]
"""Parameters and key -> the JSON to answer, or the file to send."""


def create_handlers(
    stories: Stories, media: Media, *, unit_price: float, currency: str
) -> Mapping[Endpoint, Handler]:
    """Return the handler of every row."""

    async def story_by_id(params: rows.ById, _: AccessKey) -> Found:
        story = await stories.by_id(params.id)
        return Found(story.wire, story.provenance)

    async def story_by_url(params: rows.ByUrl, _: AccessKey) -> Found:
        story = await stories.by_url(params.url)
        return Found(story.wire, story.provenance)

    async def download(params: rows.DownloadById, _: AccessKey) -> StoryFile:
        return await media.by_id(params.id)

    async def download_by_story_url(params: rows.DownloadByStoryUrl, _: AccessKey) -> StoryFile:
        return await media.by_story_url(params.url)

    async def download_by_url(params: rows.DownloadByUrl, _: AccessKey) -> StoryFile:
        return await media.by_url(params.url)

    async def user_stories(params: rows.UserStories, _: AccessKey) -> Found:
        at, is_forced = _seconds(params.at), bool(params.force)
        reel = await stories.of_user(params.user_id, at, is_forced=is_forced)
        return Found(reel.first(params.amount), reel.provenance)

    async def user_stories_by_username(params: rows.UserStoriesByUsername, _: AccessKey) -> Found:
        at, is_forced = _seconds(params.at), bool(params.force)
        reel = await stories.of_username(params.username, at, is_forced=is_forced)
        return Found(reel.first(params.amount), reel.provenance)

    async def users_stories(params: rows.UsersStories, _: AccessKey) -> Found:
        at, is_forced = _seconds(params.at), bool(params.force)
        found = await stories.of_users(params.user_ids, at, is_forced=is_forced)
        told = [tell_account(pk, answer, params.amount) for pk, answer in found.items()]
        return Found(encode_accounts(told), outcomes=tuple(each.outcome for each in told))

    async def balance(_: rows.NoParams, key: AccessKey) -> Found:
        rate = int(key.rate) if key.rate.is_integer() else key.rate
        amount = round(key.balance * unit_price, 4)
        told = Balance(requests=key.balance, rate=rate, currency=currency, amount=amount)
        return Found(json.encode(told))

    return {
        rows.STORY_BY_ID: story_by_id,
        rows.STORY_BY_URL: story_by_url,
        rows.STORY_DOWNLOAD: download,
        rows.STORY_DOWNLOAD_BY_STORY_URL: download_by_story_url,
        rows.STORY_DOWNLOAD_BY_URL: download_by_url,
        rows.USER_STORIES: user_stories,
        rows.USER_STORIES_BY_USERNAME: user_stories_by_username,
        rows.USERS_STORIES: users_stories,
        rows.BALANCE: balance,
        **_create_user_handlers(stories),
    }


def _create_user_handlers(stories: Stories) -> Mapping[Endpoint, Handler]:
    async def user_by_username(params: rows.UserByUsername, _: AccessKey) -> Found:
        return Found(json.encode(await stories.profile_of_username(params.username)))

    async def user_by_id(params: rows.UserById, _: AccessKey) -> Found:
        return Found(json.encode(await stories.profile(params.id)))

    return {rows.USER_BY_USERNAME: user_by_username, rows.USER_BY_ID: user_by_id}


def _seconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())
