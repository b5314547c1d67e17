"""The handlers of stories that are told raw, or in the shape of posts."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Raw, json

from storykeep.api.handlers import Found, Handler, encode_raw, find_reel, find_story
from storykeep.core import endpoints as rows
from storykeep.core import ids
from storykeep.core.endpoints import params as asked
from storykeep.core.endpoints.row import AnyEndpoint
from storykeep.core.errors import MediaNotFound, StoryNotFound
from storykeep.core.model import decode_story
from storykeep.core.ports import AccessKey
from storykeep.core.post import media_of
from storykeep.service.raw import RawStories
from storykeep.service.stories import Stories

_RawStory = asked.RawById | asked.RawByUrl
_RawReel = asked.RawUserStories | asked.RawUserStoriesByUsername


def create_raw_handlers(stories: Stories, raw: RawStories) -> Mapping[AnyEndpoint, Handler]:
    """Return the handlers of these rows."""

    async def one_story(params: _RawStory, _: AccessKey) -> Found:
        story = await find_story(stories, params)
        return Found(story.wire, story.provenance, _beside(await raw.story(story), params))

    async def user_stories(params: _RawReel, _: AccessKey) -> Found:
        reel = await find_reel(stories, params)
        at = None if params.at is None else int(params.at.timestamp())
        return Found(reel.body, reel.provenance, _beside(await raw.reel(reel, at), params))

    async def media_by_id(params: asked.MediaById, _: AccessKey) -> Found:
        try:
            story = await find_story(stories, params)
        except StoryNotFound:
            raise MediaNotFound from None
        return Found(
            story.wire, story.provenance, lambda body: json.encode(media_of(decode_story(body)))
        )

    async def user_medias_chunk(params: asked.MediasChunk, _: AccessKey) -> Found:
        ids.read_user_pk(params.user_id)
        return Found(b"[[],null]")

    return {
        rows.STORY_BY_ID_RAW: one_story,
        rows.STORY_BY_URL_RAW: one_story,
        rows.USER_STORIES_RAW: user_stories,
        rows.USER_STORIES_BY_USERNAME_RAW: user_stories,
        rows.MEDIA_BY_ID: media_by_id,
        rows.USER_MEDIAS_CHUNK: user_medias_chunk,
    }


def _beside(answer: dict[str, Any], params: _RawStory | _RawReel) -> Callable[[bytes], bytes]:
    """Return what puts the Stories of v1 beside the reel."""

    def finish(body: bytes) -> bytes:
        items = Raw(body if body.startswith(b"[") else b"[%b]" % body)
        whole = answer | {"items": items}
        # What is Raw has to be read before numbers in it can be spelled.
        return encode_raw(json.decode(json.encode(whole)) if params.safe_int else whole, params)

    return finish
