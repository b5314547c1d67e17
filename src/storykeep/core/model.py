"""The Story and what hangs on it, in the order of the wire (contract: 17 keys, all present).

Every field is written, nulls and defaults included, because clients index into these
objects.  Defaults are those of the vendor's own schema.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field, json

Time = Annotated[datetime, Meta(tz=True)]


class UserShort(Struct, frozen=True, kw_only=True):
    """An account as it appears inside a Story."""

    pk: str
    id: str | None = None
    username: str | None = None
    full_name: str | None = ""
    profile_pic_url: str | None = None
    profile_pic_url_hd: str | None = None
    is_private: bool | None = None
    is_verified: bool | None = None


class User(Struct, frozen=True, kw_only=True):
    """An account by itself, in the vendor's flat shape; what is not known is null."""

    pk: int
    username: str | None = None
    full_name: str | None = None
    is_private: bool | None = None
    profile_pic_url: str | None = None
    profile_pic_url_hd: str | None = None
    is_verified: bool | None = None
    media_count: int | None = None
    follower_count: int | None = None
    following_count: int | None = None
    biography: str | None = ""
    external_url: str | None = None
    account_type: int | None = None
    is_business: bool | None = None
    public_email: str | None = None
    contact_phone_number: str | None = None
    public_phone_country_code: str | None = None
    public_phone_number: str | None = None
    business_contact_method: str | None = None
    business_category_name: str | None = None
    category_name: str | None = None
    category: str | None = None
    address_street: str | None = None
    city_id: str | int | None = None
    city_name: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    zip: str | None = None
    instagram_location_id: str | None = None
    interop_messaging_user_fbid: str | int | None = None


class Placed(Struct, frozen=True, kw_only=True):
    """Where something lies; what is a keyword only comes last, so on the wire too."""

    x: float | None = None
    y: float | None = None
    width: float | None = None
    height: float | None = None


class StoryMention(Placed, frozen=True):
    """An account mentioned in a story; positions are shares of the screen."""

    user: UserShort


class Hashtag(Struct, frozen=True, kw_only=True):
    """A hashtag as Instagram lists it."""

    id: str | None = None
    name: str
    media_count: int | None = None
    allow_following: bool | None = None
    profile_pic_url: str | None = None


class StoryHashtag(Placed, frozen=True):
    """A hashtag sticker."""

    hashtag: Hashtag


class Location(Struct, frozen=True, kw_only=True):
    """A place that a story was tagged with."""

    pk: int | None = None
    name: str
    phone: str | None = ""
    website: str | None = ""
    category: str | None = ""
    hours: dict[str, Any] | None = field(default_factory=dict)
    address: str | None = ""
    city: str | None = ""
    zip: str | None = ""
    lng: float | None = None
    lat: float | None = None
    external_id: str | None = None
    external_id_source: str | None = None


class StoryLocation(Placed, frozen=True):
    """A location sticker."""

    location: Location


class StoryLink(Struct, frozen=True, kw_only=True):
    """A swipe-up link (``story_cta``); the raw data has no position, so it is constant."""

    webUri: str  # noqa: N815 - the wire's own spelling
    x: float = 0.5126011
    y: float = 0.5168225
    z: float = 0.0
    width: float = 0.50998676
    height: float = 0.25875
    rotation: float = 0.0


class StoryStickerLink(Struct, frozen=True, kw_only=True):
    """Where a link sticker leads; the URL stays Instagram's own redirect."""

    url: str | None = None
    link_title: str | None = None
    link_type: str | None = None
    display_url: str | None = None


class StorySticker(Struct, frozen=True, kw_only=True):
    """A sticker; link stickers carry the type ``gif`` too, as the vendor answers."""

    id: str | None = None
    type: str | None = "gif"
    x: float
    y: float
    z: int | None = 1000005
    width: float
    height: float
    rotation: float | None = 0.0
    story_link: StoryStickerLink | None = None
    extra: dict[str, Any] | None = field(default_factory=dict)


class StoryMedia(Struct, frozen=True, kw_only=True):
    """A feed post that was reshared into the story."""

    x: float = 0.5
    y: float = 0.4997396
    z: float = 0.0
    width: float = 0.8
    height: float = 0.60572916
    rotation: float = 0.0
    is_pinned: bool | None = None
    is_hidden: bool | None = None
    is_sticker: bool | None = None
    is_fb_sticker: bool | None = None
    media_pk: str
    user_id: str | None = None
    product_type: str | None = None
    media_code: str | None = None


class Story(Struct, frozen=True, kw_only=True):
    """One story, exactly as clients of the Stories API expect it."""

    pk: str
    id: str
    code: str
    taken_at: Time
    media_type: int | None = None
    product_type: str | None = ""
    thumbnail_url: str | None = None
    user: UserShort
    video_url: str | None = None
    video_duration: float | None = 0.0
    sponsor_tags: list[UserShort] | None = field(default_factory=list)
    mentions: list[StoryMention]
    links: list[StoryLink]
    hashtags: list[StoryHashtag]
    locations: list[StoryLocation]
    stickers: list[StorySticker]
    medias: list[StoryMedia] = field(default_factory=list)


class AccountStories(Struct, frozen=True, kw_only=True):
    """What became of one account of several that were asked about (storykeep's own)."""

    user_id: str
    outcome: Literal["ok", "empty", "private", "not_found", "unavailable"]
    stories: list[Story]
    exc_type: str | None = None
    """The error that the account by itself would have been answered with."""
    detail: str | None = None
    source: str | None = None
    """Who answered, where somebody did."""
    seen_at: Time | None = None
    is_stale: bool = False
    """Whether it is as it was kept, because nobody could be asked now."""


class Balance(Struct, frozen=True, kw_only=True):
    """What an access key has left: ``amount`` is ``requests`` times the operator's unit price."""

    requests: int
    rate: int | float
    currency: str
    amount: float


class Share(Struct, frozen=True, kw_only=True):
    """What a share link leads to: a ``story`` or a ``highlight``."""

    pk: str
    type: str


class FileDescription(Struct, frozen=True, kw_only=True):
    """A media file in words, for who cannot take bytes (``format=json``; storykeep's own)."""

    url: str
    content_type: str
    size: int
    sha256: str
    filename: str
    media_type: int | None
    taken_at: Time


PHOTO, VIDEO = 1, 2
"""Instagram's ``media_type``."""

encode_story = json.Encoder().encode
"""Story -> the bytes of the wire: made once, when a story is recorded."""

decode_story = json.Decoder(Story).decode
"""The bytes of the wire -> Story; raises msgspec.ValidationError or DecodeError."""

decode_stories = json.Decoder(list[Story]).decode
"""A JSON array of such -> Stories."""


def decode_body(body: bytes) -> list[Story]:
    """Return the Stories of a body: an array of them, or one alone."""
    return decode_stories(body) if body.startswith(b"[") else [decode_story(body)]
