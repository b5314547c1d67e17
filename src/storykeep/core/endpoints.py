"""THE TABLE: every endpoint with its parameters, answer and price.

Routes, parameter parsing, prices, OpenAPI, client methods and the reference page are all
read off the rows below.  To add an endpoint is to add a row and a handler.
"""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from storykeep.core.model import Balance, Story, User
from storykeep.core.signing import MediaForm

ParamsType = type[Struct]

CHARGED = frozenset({400, 403, 404})
"""The error statuses that cost the price; the vendor's published rule."""


class File:
    """What the download endpoints return: the bytes of a media file."""


class Price(Struct, frozen=True):
    """Request units.  ``privacy`` is the part that ``force`` saves."""

    base: int = 1
    privacy: int = 0

    @property
    def nominal(self) -> int:
        """The price of a call without ``force``, also shown while parameters are unknown."""
        return self.base + self.privacy

    def quote(self, params: Struct) -> int:
        """The most that a call with ``params`` can cost: what the balance must cover."""
        return self.base if getattr(params, "force", None) else self.nominal

    def units(self, params: Struct, outcome: object) -> int:  # noqa: ARG002
        """What a call costs once its ``outcome`` (the answer or the error) is known.

        Here the quote.  A row whose price depends on the outcome, such as a batch, brings a
        price of its own that overrides this.
        """
        return self.quote(params)


class Endpoint(Struct, frozen=True, kw_only=True):
    """One row of the table."""

    path: str
    summary: str
    description: str
    params: ParamsType
    returns: Any
    price: Price = Price()
    tags: tuple[str, ...] = ("Stories",)
    errors: tuple[str, ...] = ()
    """The 404 ``exc_type`` names it can answer with; what all rows share is not repeated."""
    is_private_checked: bool = True
    """Whether it may answer 403."""

    @property
    def function(self) -> str:
        """The path without its version, e.g. ``story_by_id``."""
        head, _, rest = self.path.strip("/").partition("/")
        return rest.replace("/", "_") or head

    @property
    def name(self) -> str:
        """The method name of every SDK, e.g. ``story_by_id_v1``."""
        version = self.path.split("/")[1]
        return f"{self.function}_{version}"

    @property
    def operation_id(self) -> str:
        """The vendor's OpenAPI name, e.g. ``story_by_id_v1_story_by_id_get``."""
        return f"{self.function}{self.path.replace('/', '_')}_get"

    @property
    def is_download(self) -> bool:
        """Whether the answer is a file."""
        return self.returns is File


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


STORY_BY_ID = Endpoint(
    path="/v1/story/by/id",
    summary="Get story object by id",
    description="One story, also long after it left the reel.",
    params=ById,
    returns=Story,
    errors=("StoryNotFound",),
)
STORY_BY_URL = Endpoint(
    path="/v1/story/by/url",
    summary="Get story object by url",
    description="One story by the address of its page or by a share link.",
    params=ByUrl,
    returns=Story,
    errors=("StoryNotFound",),
)
STORY_DOWNLOAD = Endpoint(
    path="/v1/story/download",
    summary="Download story media by story id",
    description="The bytes of the photo or video, with Range and conditional requests.",
    params=DownloadById,
    returns=File,
    errors=("StoryNotFound", "MediaNotFound"),
)
STORY_DOWNLOAD_BY_STORY_URL = Endpoint(
    path="/v1/story/download/by/story/url",
    summary="Download story file by story URL",
    description="As by id, by the address of the story's page.",
    params=DownloadByStoryUrl,
    returns=File,
    errors=("StoryNotFound", "MediaNotFound"),
)
STORY_DOWNLOAD_BY_URL = Endpoint(
    path="/v1/story/download/by/url",
    summary="Download story file by file URL",
    description=(
        "The kept file of a CDN address found in a Story, also when that address has expired."
        " A story page's address is understood too."
    ),
    params=DownloadByUrl,
    returns=File,
    errors=("StoryNotFound", "MediaNotFound"),
)
USER_STORIES = Endpoint(
    path="/v1/user/stories",
    summary="Get user stories",
    description="The stories that are in the account's reel now, oldest first.",
    params=UserStories,
    returns=list[Story],
    price=Price(base=1, privacy=1),
    tags=("User Profile", "Stories"),
    errors=("UserNotFound",),
)
USER_STORIES_BY_USERNAME = Endpoint(
    path="/v1/user/stories/by/username",
    summary="Get user stories by username",
    description="As by user_id; one request unit more for looking the name up.",
    params=UserStoriesByUsername,
    returns=list[Story],
    price=Price(base=2, privacy=1),
    tags=("User Profile", "Stories"),
    errors=("UserNotFound",),
)
USER_BY_USERNAME = Endpoint(
    path="/v1/user/by/username",
    summary="Get user object by username",
    description="What is known of an account, a private one too; what is not known is null.",
    params=UserByUsername,
    returns=User,
    tags=("User Profile",),
    errors=("UserNotFound",),
    is_private_checked=False,
)
USER_BY_ID = Endpoint(
    path="/v1/user/by/id",
    summary="Get user object by id",
    description="As by username; nothing has to be looked up.",
    params=UserById,
    returns=User,
    tags=("User Profile",),
    errors=("UserNotFound",),
    is_private_checked=False,
)
BALANCE = Endpoint(
    path="/sys/balance",
    summary="Get balance",
    description="The request units that the access key has left.",
    params=NoParams,
    returns=Balance,
    price=Price(base=0),
    tags=("System",),
    is_private_checked=False,
)

ENDPOINTS = (
    STORY_BY_ID,
    STORY_BY_URL,
    STORY_DOWNLOAD,
    STORY_DOWNLOAD_BY_STORY_URL,
    STORY_DOWNLOAD_BY_URL,
    USER_STORIES,
    USER_STORIES_BY_USERNAME,
    USER_BY_USERNAME,
    USER_BY_ID,
    BALANCE,
)
