"""What the rows are asked with: names and types as the wire has them."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from storykeep.core.signing import MediaForm

_StoryId = Annotated[str, Meta(description="Story id: PK or PK_USERPK, decimal")]
_StoryUrl = Annotated[str, Meta(description="Address of the story page or a share link")]
_UserPk = Annotated[str, Meta(description="The account's pk, decimal")]
_Username = Annotated[str, Meta(description="The account's name, with or without @")]
_Oldest = Annotated[int, Meta(ge=0, description="Keep the first N, oldest first; 0: all")]
_Newest = Annotated[int, Meta(ge=0, description="Keep the first N, newest first; 0: all")]
_PageId = Annotated[str | None, Meta(description="next_page_id of the page before")]
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
_ItemsMedia = Annotated[
    MediaForm | None,
    Meta(
        description="cdn or stable file addresses in the list items beside the reel, as in v1; what"
        " is raw stays so (storykeep's own; default: as the access key has it)",
    ),
]
_Extended = Annotated[
    bool | None,
    Meta(description="Add what a Story leaves out, as ExtendedStory has it (storykeep's own)"),
]
_SafeInt = Annotated[
    bool | None,
    Meta(description="Numbers above 2^53 - 1 as texts, for those who would round them"),
]
_Format = Annotated[
    str | None,
    Meta(description="json: describe the file instead of sending it (storykeep's own)"),
]


class NoParams(Struct, frozen=True):
    """No parameters."""


class OneStory(Struct, frozen=True):
    """A story by its id."""

    id: _StoryId


class OneStoryByUrl(Struct, frozen=True):
    """A story by its address."""

    url: _StoryUrl


class ById(OneStory, frozen=True):
    """A story by its id, in v1's shape."""

    media: _Media = None
    extended: _Extended = None


class ByUrl(OneStoryByUrl, frozen=True):
    """A story by its address, in v1's shape."""

    media: _Media = None
    extended: _Extended = None


class RawById(OneStory, frozen=True):
    """A story by its id, raw."""

    safe_int: _SafeInt = None
    media: _ItemsMedia = None


class RawByUrl(OneStoryByUrl, frozen=True):
    """A story by its address, raw."""

    safe_int: _SafeInt = None
    media: _ItemsMedia = None


class MediaById(OneStory, frozen=True):
    """A story as a Media, by its id."""

    media: _Media = None


class DownloadById(OneStory, frozen=True):
    """A story's file by the story's id."""

    format: _Format = None


class DownloadByStoryUrl(OneStoryByUrl, frozen=True):
    """A story's file by the story's address."""

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

    id: _UserPk


class UserByUsername(Struct, frozen=True):
    """An account by its name."""

    username: _Username


class UserByUrl(Struct, frozen=True):
    """An account by the address of its page."""

    url: Annotated[str, Meta(description="Address of the account's page or of a story of it")]


class RawUserById(UserById, frozen=True):
    """An account by its pk, as Instagram tells it."""

    safe_int: _SafeInt = None


class RawUserByUsername(UserByUsername, frozen=True):
    """An account by its name, as Instagram tells it."""

    safe_int: _SafeInt = None


class UserStories(Struct, frozen=True):
    """An account's stories by its pk."""

    user_id: _UserPk
    amount: _Oldest = 0
    force: _Force = None
    at: _At = None
    media: _Media = None
    extended: _Extended = None


class UserStoriesByUsername(UserByUsername, frozen=True):
    """An account's stories by its name."""

    amount: _Oldest = 0
    force: _Force = None
    at: _At = None
    media: _Media = None
    extended: _Extended = None


class UsersStories(Struct, frozen=True):
    """The stories of several accounts by their pks."""

    user_ids: Annotated[
        str, Meta(description="The accounts' pks, decimal, with commas between them; at most 50")
    ]
    amount: Annotated[
        int, Meta(ge=0, description="Keep the first N of each, oldest first; 0: all")
    ] = 0
    force: _Force = None
    at: _At = None
    media: _Media = None


class RawUserStories(Struct, frozen=True):
    """An account's reel by its pk, raw."""

    user_id: _UserPk
    force: _Force = None
    safe_int: _SafeInt = None
    at: _At = None
    media: _ItemsMedia = None


class RawUserStoriesByUsername(UserByUsername, frozen=True):
    """An account's reel by its name, raw."""

    force: _Force = None
    safe_int: _SafeInt = None
    at: _At = None
    media: _ItemsMedia = None


class MediasChunk(Struct, frozen=True):
    """An account's posts by its pk."""

    user_id: _UserPk
    end_cursor: Annotated[str | None, Meta(description="Ignored: there is one page")] = None


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
    amount: _Newest = 0
    force: _Force = None


class UserHighlightsByUsername(UserByUsername, frozen=True):
    """An account's highlights by its name."""

    amount: _Newest = 0
    force: _Force = None


class UserHighlightsPage(Struct, frozen=True):
    """A page of an account's highlights by its pk."""

    user_id: _UserPk
    amount: _Newest = 20
    page_id: _PageId = None
    force: _Force = None
    safe_int: _SafeInt = None


class UserHighlightsPageByUsername(UserByUsername, frozen=True):
    """A page of an account's highlights by its name."""

    amount: _Newest = 20
    page_id: _PageId = None
    force: _Force = None
    safe_int: _SafeInt = None


class ShareByCode(Struct, frozen=True):
    """What a share link leads to, by its code."""

    code: Annotated[str, Meta(description="What stands behind /s/ in the link")]


class ShareByUrl(Struct, frozen=True):
    """What a share link leads to."""

    url: Annotated[str, Meta(description="The link: https://www.instagram.com/s/CODE")]
