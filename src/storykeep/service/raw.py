"""Stories as their captures had them: raw, and with what the vendor's object leaves out."""

from collections.abc import Callable
from typing import Any

from msgspec import json

from storykeep.core.extract.extended import extend
from storykeep.core.model import Story, decode_body, decode_stories, decode_story
from storykeep.core.ports import Archive, Clock, KeptStory, Reel
from storykeep.core.raw import build_answer
from storykeep.core.sighting import Provenance


class RawStories:
    """What the archive adds to answers that may be served: it decides nothing about that."""

    def __init__(self, archive: Archive, clock: Clock) -> None:
        """``archive`` has the captures."""
        self._archive = archive
        self._clock = clock

    async def reel(self, reel: Reel, at: int | None = None) -> dict[str, Any]:
        """The reel as Instagram tells it, of the moment that it was asked for with."""
        moment = int(self._clock()) if at is None else at
        return await self._answer(reel.account.pk, decode_stories(reel.body), moment)

    async def story(self, story: KeptStory) -> dict[str, Any]:
        """A reel with this one story."""
        found = [decode_story(story.wire)]
        return await self._answer(story.account.pk, found, story.expiring_at)

    async def extender(self, body: bytes, told: Provenance | None) -> Callable[[bytes], bytes]:
        """Return what extends the Stories of ``body``, whose addresses may change before."""
        kept = await self._archive.raw_items([int(story.pk) for story in decode_body(body)])

        def extended(body: bytes) -> bytes:
            found = [extend(story, kept.get(int(story.pk)), told) for story in decode_body(body)]
            return json.encode(found if body.startswith(b"[") else found[0])

        return extended

    async def _answer(self, user_pk: int, stories: list[Story], at: int) -> dict[str, Any]:
        kept = await self._archive.raw_items([int(story.pk) for story in stories])
        return build_answer(stories, kept, await self._archive.raw_reel(user_pk, at))
