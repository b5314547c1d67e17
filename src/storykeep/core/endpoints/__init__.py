"""THE TABLE: every endpoint with its parameters, answer and price.

Routes, parameter parsing, prices, OpenAPI, client methods and the reference page are all
read off its rows.  To add an endpoint is to add a row and a handler.

    row.py      what a row is, and what it costs
    params.py   what rows are asked with
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec import Struct, structs

from storykeep.core.endpoints import params
from storykeep.core.endpoints.row import CHARGED as CHARGED
from storykeep.core.endpoints.row import AnyEndpoint as AnyEndpoint
from storykeep.core.endpoints.row import BatchPrice, Endpoint, File, P, Price, T
from storykeep.core.endpoints.row import extended as extended
from storykeep.core.highlight import Highlight, HighlightPage, PageResponse
from storykeep.core.model import AccountStories, Balance, Share, Story, User
from storykeep.core.post import Media

_TOP = "Top 5"
"""The vendor's tag of what is asked most."""


def _by_username(row: Endpoint[..., T], params: Callable[P, Struct]) -> Endpoint[P, T]:
    """Return the row that asks the same by the account's name."""
    return Endpoint(
        path=f"{row.path}/by/username",
        summary=f"{row.summary} by username",
        description="As by user_id; one request unit more for looking the name up.",
        params=params,
        returns=row.returns,
        price=structs.replace(row.price, base=row.price.base + 1),
        tags=tuple(tag for tag in row.tags if tag != _TOP),
        errors=row.errors,
    )


# ------------------------------------------------------------------------------------- stories

_story = partial(Endpoint, errors=("StoryNotFound",))
_download = partial(Endpoint, errors=("StoryNotFound", "MediaNotFound"))
_reel = partial(
    Endpoint,
    price=Price(base=1, privacy=1),
    tags=("User Profile", "Stories"),
    errors=("UserNotFound",),
)

STORY_BY_ID = _story(
    path="/v1/story/by/id",
    summary="Get story object by id",
    description="One story, also long after it left the reel.",
    params=params.ById,
    returns=Story,
)
STORY_BY_URL = _story(
    path="/v1/story/by/url",
    summary="Get story object by url",
    description="One story by the address of its page or by a share link.",
    params=params.ByUrl,
    returns=Story,
)
STORY_DOWNLOAD = _download(
    path="/v1/story/download",
    summary="Download story media by story id",
    description="The bytes of the photo or video, with Range and conditional requests.",
    params=params.DownloadById,
    returns=File,
)
STORY_DOWNLOAD_BY_STORY_URL = _download(
    path="/v1/story/download/by/story/url",
    summary="Download story file by story URL",
    description="As by id, by the address of the story's page.",
    params=params.DownloadByStoryUrl,
    returns=File,
)
STORY_DOWNLOAD_BY_URL = _download(
    path="/v1/story/download/by/url",
    summary="Download story file by file URL",
    description=(
        "The kept file of a CDN address found in a Story, also when that address has expired."
        " A story page's address is understood too."
    ),
    params=params.DownloadByUrl,
    returns=File,
)
USER_STORIES = _reel(
    path="/v1/user/stories",
    summary="Get user stories",
    description="The stories that are in the account's reel now, oldest first.",
    params=params.UserStories,
    returns=list[Story],
)
USER_STORIES_BY_USERNAME = _by_username(USER_STORIES, params.UserStoriesByUsername)

# ------------------------------------------------------------------------------------ accounts

_user = partial(
    Endpoint,
    summary="Get user object by id",
    description="As by username; nothing has to be looked up.",
    tags=("User Profile",),
    errors=("UserNotFound",),
    is_private_checked=False,
)

USER_BY_USERNAME = _user(
    path="/v1/user/by/username",
    summary="Get user object by username",
    description="The profile as last seen, of a private account too; what is not known is null.",
    params=params.UserByUsername,
    returns=User,
)
USER_BY_ID = _user(path="/v1/user/by/id", params=params.UserById, returns=User)
USER_BY_URL = _user(
    path="/v1/user/by/url",
    summary="Get user object by url",
    description="As by username: the account of a page's address, or of a story's.",
    params=params.UserByUrl,
    returns=User,
)
USER_BY_USERNAME_V2 = _user(
    path="/v2/user/by/username",
    summary="Get user object by username",
    description="The profile as last seen, under `user`, as Instagram tells it or stories do.",
    params=params.RawUserByUsername,
    returns=dict[str, Any],
    tags=(_TOP, "User Profile"),
)
USER_BY_ID_V2 = _user(path="/v2/user/by/id", params=params.RawUserById, returns=dict[str, Any])

# ----------------------------------------------------------------- stories as Instagram has them

_AS_SENT = (
    " The reel is as Instagram sent it, or made of what is known; beside it items has the Stories"
    " of v1."
)

STORY_BY_ID_RAW = _story(
    path="/v2/story/by/id",
    summary="Get raw story by id",
    description=f"One story, also long after it left the reel.{_AS_SENT}",
    params=params.RawById,
    returns=dict[str, Any],
)
STORY_BY_URL_RAW = _story(
    path="/v2/story/by/url",
    summary="Get raw story by url",
    description=f"One story by the address of its page or by a share link.{_AS_SENT}",
    params=params.RawByUrl,
    returns=dict[str, Any],
)
USER_STORIES_RAW = _reel(
    path="/v2/user/stories",
    summary="Get raw user stories",
    description=f"The account's reel now; null when there are no stories.{_AS_SENT}",
    params=params.RawUserStories,
    returns=dict[str, Any],
    tags=(_TOP, "User Profile", "/v2/story"),
)
USER_STORIES_BY_USERNAME_RAW = _by_username(USER_STORIES_RAW, params.RawUserStoriesByUsername)

# --------------------------------------------------------------------------------------- posts

MEDIA_BY_ID = Endpoint(
    path="/v1/media/by/id",
    summary="Get media object by id",
    description=(
        "A story in the shape of a post, the least that programs need; posts are not known here."
    ),
    params=params.MediaById,
    returns=Media,
    errors=("MediaNotFound",),
)
USER_MEDIAS_CHUNK = Endpoint(
    path="/v1/user/medias/chunk",
    summary="Get part of user medias with cursor",
    description=(
        "No posts and no cursor, for any account: posts are not known here, and programs that ask"
        " for them go on to the stories."
    ),
    params=params.MediasChunk,
    returns=tuple[list[Media], str | None],
    tags=("User Profile",),
    is_private_checked=False,
)

# ---------------------------------------------------------------------------------- highlights

_highlight = partial(Endpoint, tags=("Highlights",), errors=("HighlightNotFound",))
_share = partial(
    Endpoint,
    description="Decoded here: nobody is asked.",
    price=Price(base=0),
    tags=("Share",),
    is_private_checked=False,
)

USER_HIGHLIGHTS = _reel(
    path="/v1/user/highlights",
    summary="Get user highlights",
    description="The highlights of an account, newest first, without their stories.",
    params=params.UserHighlights,
    returns=list[Highlight],
    tags=("User Profile", "/v1/highlight"),
)
USER_HIGHLIGHTS_BY_USERNAME = _by_username(USER_HIGHLIGHTS, params.UserHighlightsByUsername)
USER_HIGHLIGHTS_PAGE = _reel(
    path="/v2/user/highlights",
    summary="Get user highlights as Instagram has them",
    description="The raw tray, a page at a time; send next_page_id as page_id for the next.",
    params=params.UserHighlightsPage,
    returns=PageResponse,
    tags=("User Profile", "/v2/highlight"),
)
USER_HIGHLIGHTS_PAGE_BY_USERNAME = _by_username(
    USER_HIGHLIGHTS_PAGE, params.UserHighlightsPageByUsername
)
HIGHLIGHT_BY_URL = _highlight(
    path="/v1/highlight/by/url",
    summary="Get highlight object by url",
    description="One highlight with its stories, by the address of its page or by a share link.",
    params=params.HighlightByUrl,
    returns=Highlight,
)
HIGHLIGHT_BY_ID = _highlight(
    path="/v1/highlight/by/id",
    summary="Get highlight object by id",
    description="One highlight with its stories. Prefer /v2/highlight/by/id.",
    params=params.HighlightById,
    returns=Highlight,
    tags=("Legacy",),
    is_deprecated=True,
)
HIGHLIGHT_REEL_BY_ID = _highlight(
    path="/v2/highlight/by/id",
    summary="Get highlight as Instagram has it by id",
    description="The raw reel, with the raw items where they were captured; beside it the Stories.",
    params=params.RawHighlightById,
    returns=HighlightPage,
)
SHARE_BY_CODE = _share(
    path="/v1/share/by/code",
    summary="Get what a share code leads to",
    params=params.ShareByCode,
    returns=Share,
)
SHARE_BY_URL = _share(
    path="/v1/share/by/url",
    summary="Get what a share link leads to",
    params=params.ShareByUrl,
    returns=Share,
)

# ---------------------------------------------------------------------------- storykeep's own

USERS_STORIES = Endpoint(
    path="/v1/users/stories",
    summary="Get stories of several users",
    description=(
        "What /v1/user/stories answers of each account, in the order asked for, with an outcome"
        " each: one that fails does not fail the others. An account that is unavailable is free."
    ),
    params=params.UsersStories,
    returns=list[AccountStories],
    price=BatchPrice(base=1, privacy=1, per=" for each account"),
    is_private_checked=False,
)
BALANCE = Endpoint(
    path="/sys/balance",
    summary="Get balance",
    description="The request units that the access key has left.",
    params=params.NoParams,
    returns=Balance,
    price=Price(base=0),
    tags=("System",),
    is_private_checked=False,
)

ENDPOINTS = tuple(row for row in globals().values() if isinstance(row, Endpoint))
"""All rows, in their order here."""
