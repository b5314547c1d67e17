"""Wire words in, inside words on: one small function for each row of the table."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from msgspec import json

from storykeep.api.batch import tell_account
from storykeep.core import endpoints as rows
from storykeep.core.endpoints import Endpoint
from storykeep.core.extract.profile import create_flat_user, create_raw_user
from storykeep.core.model import Balance, encode_accounts
from storykeep.core.ports import AccessKey, Profile
from storykeep.core.safe_int import spell_big_numbers
from storykeep.core.sighting import Provenance
from storykeep.service.media import Media, StoryFile
from storykeep.service.raw import RawStories
from storykeep.service.stories import Stories


class Found(NamedTuple):
    """JSON to answer, and where it comes from."""

    body: bytes
    provenance: Provenance | None = None
    finish: Callable[[bytes], bytes] | None = None
    """What makes the answer of ``body``, once the addresses in that are as they are wanted."""
    outcomes: tuple[str, ...] = ("ok",)
    """Of several accounts, what became of each."""


Handler = Callable[[Any, AccessKey], Awaitable[Found | StoryFile]]
"""Parameters and key -> the JSON to answer, or the file to send."""


def create_handlers(
    stories: Stories, media: Media, raw: RawStories, *, unit_price: float, currency: str
) -> Mapping[Endpoint, Handler]:
    """Return the handler of every row."""
    told = partial(_told, raw)

    async def story_by_id(params: rows.ById, _: AccessKey) -> Found:
        story = await stories.by_id(params.id)
        return await told(params, story.wire, story.provenance)

    async def story_by_url(params: rows.ByUrl, _: AccessKey) -> Found:
        story = await stories.by_url(params.url)
        return await told(params, story.wire, story.provenance)

    async def download(params: rows.DownloadById, _: AccessKey) -> StoryFile:
        return await media.by_id(params.id)

    async def download_by_story_url(params: rows.DownloadByStoryUrl, _: AccessKey) -> StoryFile:
        return await media.by_story_url(params.url)

    async def download_by_url(params: rows.DownloadByUrl, _: AccessKey) -> StoryFile:
        return await media.by_url(params.url)

    async def user_stories(params: rows.UserStories, _: AccessKey) -> Found:
        at, is_forced = seconds(params.at), bool(params.force)
        reel = await stories.of_user(params.user_id, at, is_forced=is_forced)
        return await told(params, reel.first(params.amount), reel.provenance)

    async def user_stories_by_username(params: rows.UserStoriesByUsername, _: AccessKey) -> Found:
        at, is_forced = seconds(params.at), bool(params.force)
        reel = await stories.of_username(params.username, at, is_forced=is_forced)
        return await told(params, reel.first(params.amount), reel.provenance)

    async def users_stories(params: rows.UsersStories, _: AccessKey) -> Found:
        at, is_forced = seconds(params.at), bool(params.force)
        found = await stories.of_users(params.user_ids, at, is_forced=is_forced)
        each = [tell_account(pk, answer, params.amount) for pk, answer in found.items()]
        return Found(encode_accounts(each), outcomes=tuple(one.outcome for one in each))

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


async def _told(raw: RawStories, params: Any, body: bytes, provenance: Provenance | None) -> Found:
    if not params.extended:
        return Found(body, provenance)
    return Found(body, provenance, await raw.extender(body, provenance))


def _create_user_handlers(stories: Stories) -> Mapping[Endpoint, Handler]:
    async def user_by_username(params: rows.UserByUsername, _: AccessKey) -> Found:
        return _flat(await stories.profile_of_username(params.username))

    async def user_by_id(params: rows.UserById, _: AccessKey) -> Found:
        return _flat(await stories.profile(params.id))

    async def user_by_url(params: rows.UserByUrl, _: AccessKey) -> Found:
        return _flat(await stories.profile_of_url(params.url))

    async def raw_user_by_username(params: rows.RawUserByUsername, _: AccessKey) -> Found:
        return _raw(await stories.profile_of_username(params.username), params.safe_int)

    async def raw_user_by_id(params: rows.RawUserById, _: AccessKey) -> Found:
        return _raw(await stories.profile(params.id), params.safe_int)

    return {
        rows.USER_BY_USERNAME: user_by_username,
        rows.USER_BY_ID: user_by_id,
        rows.USER_BY_URL: user_by_url,
        rows.USER_BY_USERNAME_V2: raw_user_by_username,
        rows.USER_BY_ID_V2: raw_user_by_id,
    }


def _flat(profile: Profile) -> Found:
    return Found(json.encode(create_flat_user(profile.user, profile.raw)), profile.provenance)


def _raw(profile: Profile, is_safe: bool | None) -> Found:  # noqa: FBT001 - as it was asked
    told = {"user": create_raw_user(profile.user, profile.raw), "status": "ok"}
    return Found(json.encode(spell_big_numbers(told) if is_safe else told), profile.provenance)


def seconds(at: datetime | None) -> int | None:
    """Return a time in Unix seconds."""
    return None if at is None else int(at.timestamp())
