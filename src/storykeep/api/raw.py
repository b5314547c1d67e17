"""The handlers of what is told raw, and of what is told in the shape of posts."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Raw, json

from storykeep.api.handlers import Found, Handler, seconds
from storykeep.core import endpoints as rows
from storykeep.core import ids
from storykeep.core.endpoints import Endpoint
from storykeep.core.endpoints import params as asked
from storykeep.core.errors import MediaNotFound, StoryNotFound
from storykeep.core.model import decode_story
from storykeep.core.ports import AccessKey, KeptStory, Reel
from storykeep.core.post import media_of
from storykeep.core.safe_int import spell_big_numbers
from storykeep.service.raw import RawStories
from storykeep.service.stories import Stories


def create_raw_handlers(stories: Stories, raw: RawStories) -> Mapping[Endpoint, Handler]:
    """Return the handlers of these rows."""

    async def one(story: KeptStory, safe_int: bool | None) -> Found:  # noqa: FBT001
        told = _finish(await raw.story(story), safe_int)
        return Found(story.wire, story.provenance, told)

    async def many(reel: Reel, at: int | None, safe_int: bool | None) -> Found:  # noqa: FBT001
        told = _finish(await raw.reel(reel, at), safe_int)
        return Found(reel.body, reel.provenance, told)

    async def story_by_id(params: asked.RawById, _: AccessKey) -> Found:
        return await one(await stories.by_id(params.id), params.safe_int)

    async def story_by_url(params: asked.RawByUrl, _: AccessKey) -> Found:
        return await one(await stories.by_url(params.url), params.safe_int)

    async def user_stories(params: asked.RawUserStories, _: AccessKey) -> Found:
        at, is_forced = seconds(params.at), bool(params.force)
        reel = await stories.of_user(params.user_id, at, is_forced=is_forced)
        return await many(reel, at, params.safe_int)

    async def user_stories_by_username(
        params: asked.RawUserStoriesByUsername, _: AccessKey
    ) -> Found:
        at, is_forced = seconds(params.at), bool(params.force)
        reel = await stories.of_username(params.username, at, is_forced=is_forced)
        return await many(reel, at, params.safe_int)

    async def media_by_id(params: asked.MediaById, _: AccessKey) -> Found:
        try:
            story = await stories.by_id(params.id)
        except StoryNotFound:
            raise MediaNotFound from None
        return Found(story.wire, story.provenance, _as_media)

    async def user_medias_chunk(params: asked.MediasChunk, _: AccessKey) -> Found:
        ids.read_user_pk(params.user_id)
        return Found(b"[[],null]")

    return {
        rows.STORY_BY_ID_RAW: story_by_id,
        rows.STORY_BY_URL_RAW: story_by_url,
        rows.USER_STORIES_RAW: user_stories,
        rows.USER_STORIES_BY_USERNAME_RAW: user_stories_by_username,
        rows.MEDIA_BY_ID: media_by_id,
        rows.USER_MEDIAS_CHUNK: user_medias_chunk,
    }


def _finish(answer: dict[str, Any], safe_int: bool | None) -> Callable[[bytes], bytes]:  # noqa: FBT001
    """Return what puts the Stories of v1 beside the reel."""

    def finish(body: bytes) -> bytes:
        items = body if body.startswith(b"[") else b"[%b]" % body
        whole = json.encode(answer | {"items": Raw(items)})
        return json.encode(spell_big_numbers(json.decode(whole))) if safe_int else whole

    return finish


def _as_media(body: bytes) -> bytes:
    return json.encode(media_of(decode_story(body)))
