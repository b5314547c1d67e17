"""A story in the vendor's shape of a post, for programs that ask for one."""

from typing import Any

from msgspec import Struct, field, structs

from storykeep.core.model import PHOTO, VIDEO, Location, Story, Time, UserShort


class Usertag(Struct, frozen=True, kw_only=True):
    """An account that a post names, and where."""

    user: UserShort
    x: float
    y: float


class Media(Struct, frozen=True, kw_only=True):
    """A story in the vendor's shape of a post; what only posts have is 0, null or empty."""

    pk: str
    id: str
    code: str
    taken_at: Time
    taken_at_ts: int
    media_type: int
    product_type: str | None = ""
    thumbnail_url: str | None = None
    location: Location | None = None
    user: UserShort
    comment_count: int | None = 0
    comments_disabled: bool | None = False
    like_count: int = 0
    play_count: int | None = None
    has_liked: bool | None = None
    caption_text: str = ""
    accessibility_caption: str | None = None
    usertags: list[Usertag]
    sponsor_tags: list[UserShort] | None = field(default_factory=list)
    video_url: str | None = None
    view_count: int | None = 0
    video_duration: float | None = 0.0
    title: str | None = ""
    resources: list[dict[str, Any]] = field(default_factory=list)
    image_versions: list[dict[str, Any]] = field(default_factory=list)
    video_versions: list[dict[str, Any]] = field(default_factory=list)
    clips_metadata: dict[str, Any] = field(default_factory=dict)
    video_dash_manifest: str | None = ""
    like_and_view_counts_disabled: bool | None = None
    coauthor_producers: list[dict[str, Any]] | None = field(default_factory=list)
    is_paid_partnership: bool | None = None


def media_of(story: Story) -> Media:
    """Return the story in the shape of a post: mentions are its tags."""
    told = structs.asdict(story)
    shared = {name: told[name] for name in Media.__struct_fields__ if name in told}
    shared["media_type"] = story.media_type or (VIDEO if story.video_url else PHOTO)
    return Media(
        **shared,
        taken_at_ts=int(story.taken_at.timestamp()),
        location=story.locations[0].location if story.locations else None,
        usertags=[Usertag(user=tag.user, x=tag.x or 0.0, y=tag.y or 0.0) for tag in story.mentions],
    )
