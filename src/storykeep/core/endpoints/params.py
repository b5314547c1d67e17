"""What the rows are asked with: names and types as the wire has them."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from storykeep.core.signing import MediaForm

_Force = Annotated[bool | None, Meta(description="Skip account privacy check")]
_At = Annotated[
    Annotated[datetime, Meta(tz=True)] | None,
    Meta(
        description="Answer with the stories that were active at this ISO 8601 time"
        " (storykeep's own; default: now)",
    ),
]
_Media = Annotated[
    MediaForm | None,
    Meta(
        description="cdn: file addresses as Instagram gave them; stable: addresses of this server"
        " that need no key (storykeep's own; default: as the access key has it)",
    ),
]
_StoryId = Annotated[str, Meta(description="Story id: PK or PK_USERPK, decimal")]
_StoryUrl = Annotated[str, Meta(description="Address of the story page or a share link")]
_Format = Annotated[
    str | None,
    Meta(description="json: describe the file instead of sending it (storykeep's own)"),
]
_UserPk = Annotated[str, Meta(description="The account's pk, decimal")]
_Username = Annotated[str, Meta(description="The account's name, with or without @")]
_Amount = Annotated[int, Meta(ge=0, description="Keep the first N, newest first; 0: all")]
_PageId = Annotated[str | None, Meta(description="next_page_id of the page before")]
_SafeInt = Annotated[
    bool | None,
    Meta(description="Numbers above 2^53 - 1 as texts, for those who would round them"),
]


class NoParams(Struct, frozen=True):
    """No parameters."""


class ById(Struct, frozen=True):
    """A story by its id."""

    id: _StoryId
    media: _Media = None


class ByUrl(Struct, frozen=True):
    """A story by its address."""

    url: _StoryUrl
    media: _Media = None


class DownloadById(Struct, frozen=True):
    """A story's file by the story's id."""

    id: _StoryId
    format: _Format = None


class DownloadByStoryUrl(Struct, frozen=True):
    """A story's file by the story's address."""

    url: _StoryUrl
    format: _Format = None


class DownloadByUrl(Struct, frozen=True):
    """A file by its own address."""

    url: Annotated[
        str,
        Meta(description="thumbnail_url or video_url of a Story, or the story page's address"),
    ]
    format: _Format = None


class UserById(Struct, frozen=True):
    """An account by its pk."""

    id: Annotated[str, Meta(description="The account's pk, decimal")]


class UserByUsername(Struct, frozen=True):
    """An account by its name."""

    username: Annotated[str, Meta(description="The account's name, with or without @")]


class UserStories(Struct, frozen=True):
    """An account's stories by its pk."""

    user_id: Annotated[str, Meta(description="The account's pk, decimal")]
    amount: Annotated[int, Meta(ge=0, description="Keep the first N, oldest first; 0: all")] = 0
    force: _Force = None
    at: _At = None
    media: _Media = None


class UserStoriesByUsername(Struct, frozen=True):
    """An account's stories by its name."""

    username: Annotated[str, Meta(description="The account's name, with or without @")]
    amount: Annotated[int, Meta(ge=0, description="Keep the first N, oldest first; 0: all")] = 0
    force: _Force = None
    at: _At = None
    media: _Media = None


class HighlightById(Struct, frozen=True):
    """A highlight by its pk."""

    id: Annotated[str, Meta(description="The highlight's pk, decimal")]


class RawHighlightById(HighlightById, frozen=True):
    """A highlight by its pk, raw."""

    safe_int: _SafeInt = None


class HighlightByUrl(Struct, frozen=True):
    """A highlight by its address."""

    url: Annotated[str, Meta(description="Address of the highlight's page or a share link")]


class UserHighlights(Struct, frozen=True):
    """An account's highlights by its pk."""

    user_id: _UserPk
    amount: _Amount = 0
    force: _Force = None


class UserHighlightsByUsername(Struct, frozen=True):
    """An account's highlights by its name."""

    username: _Username
    amount: _Amount = 0
    force: _Force = None


class UserHighlightsPage(Struct, frozen=True):
    """A page of an account's highlights by its pk."""

    user_id: _UserPk
    amount: _Amount = 20
    page_id: _PageId = None
    force: _Force = None
    safe_int: _SafeInt = None


class UserHighlightsPageByUsername(Struct, frozen=True):
    """A page of an account's highlights by its name."""

    username: _Username
    amount: _Amount = 20
    page_id: _PageId = None
    force: _Force = None
    safe_int: _SafeInt = None


class ShareByCode(Struct, frozen=True):
    """What a share link leads to, by its code."""

    code: Annotated[str, Meta(description="What stands behind /s/ in the link")]


class ShareByUrl(Struct, frozen=True):
    """What a share link leads to."""

    url: Annotated[str, Meta(description="The link: https://www.instagram.com/s/CODE")]
