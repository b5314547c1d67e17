"""Accounts, stories and sightings made up for tests."""

from datetime import UTC, datetime
from typing import Any

from msgspec import json

from storykeep.core.ids import code_from_pk
from storykeep.core.model import PHOTO, Story, UserShort, encode_story
from storykeep.core.sighting import DAY, Dialect, SeenFile, SeenStory, Sighting

T0 = 1_800_000_000
"""The moment around which things happen."""

HOUR = 3600
ACME, RIVAL = 4400000001, 4400000002


def make_user(pk: int = ACME, username: str | None = "acme", **facts: Any) -> UserShort:
    """Return an account that is public unless ``facts`` say otherwise."""
    return UserShort(
        **{"pk": str(pk), "id": str(pk), "username": username, "is_private": False, **facts}
    )


def make_story(pk: int, taken_at: int = T0, user: UserShort | None = None, **facts: Any) -> Story:
    """Return a photo without stickers."""
    owner = user or make_user()
    return Story(
        **{
            "pk": str(pk),
            "id": f"{pk}_{owner.pk}",
            "code": code_from_pk(pk),
            "taken_at": datetime.fromtimestamp(taken_at, UTC),
            "media_type": PHOTO,
            "product_type": "story",
            "thumbnail_url": f"https://scontent.cdninstagram.com/v/{pk}_n.jpg?oe=1",
            "user": owner,
            "mentions": [],
            "links": [],
            "hashtags": [],
            "locations": [],
            "stickers": [],
            **facts,
        }
    )


def make_seen(
    story: Story,
    *,
    dialect: Dialect = "v1",
    expiring_at: int | None = None,
    is_close_friends: bool = False,
    raw: bytes | None = None,
    files: tuple[SeenFile, ...] = (),
) -> SeenStory:
    """Return the story as one capture had it; it lives for a day unless told otherwise."""
    end = int(story.taken_at.timestamp()) + DAY if expiring_at is None else expiring_at
    return SeenStory(
        story=story,
        expiring_at=end,
        is_close_friends=is_close_friends,
        dialect=dialect,
        raw=encode_story(story) if raw is None else raw,
        files=files,
    )


def make_profile(user: UserShort | None = None, **facts: Any) -> bytes:
    """Return an account as its own page tells it."""
    told = user or make_user()
    return json.encode({"pk": int(told.pk), "username": told.username, "biography": "", **facts})


def make_sighting(
    *stories: SeenStory | Story,
    user: UserShort | None = None,
    seen_at: int = T0,
    source: str = "test",
    envelope: bytes | None = b"{}",
    profile: bytes | None = None,
) -> Sighting:
    """Return one look at one account's stories."""
    seen = tuple(make_seen(story) if isinstance(story, Story) else story for story in stories)
    return Sighting(
        user=user or make_user(),
        seen_at=seen_at,
        source=source,
        stories=seen,
        envelope=envelope,
        profile=profile,
    )
