"""The rows that tell stories as Instagram does, and what programs ask for beside stories."""

from typing import Any

from storykeep.core.endpoints import params
from storykeep.core.endpoints.row import Endpoint, Price
from storykeep.core.post import Media

_REEL = (
    " The reel is as Instagram sent it, or made of what is known; beside it items has the Stories"
    " of v1."
)

STORY_BY_ID_RAW = Endpoint(
    path="/v2/story/by/id",
    summary="Get raw story by id",
    description=f"One story, also long after it left the reel.{_REEL}",
    params=params.RawById,
    returns=dict[str, Any],
    errors=("StoryNotFound",),
)
STORY_BY_URL_RAW = Endpoint(
    path="/v2/story/by/url",
    summary="Get raw story by url",
    description=f"One story by the address of its page or by a share link.{_REEL}",
    params=params.RawByUrl,
    returns=dict[str, Any],
    errors=("StoryNotFound",),
)
USER_STORIES_RAW = Endpoint(
    path="/v2/user/stories",
    summary="Get raw user stories",
    description=f"The account's reel now; null when there are no stories.{_REEL}",
    params=params.RawUserStories,
    returns=dict[str, Any],
    price=Price(base=1, privacy=1),
    tags=("User Profile", "Stories"),
    errors=("UserNotFound",),
)
USER_STORIES_BY_USERNAME_RAW = Endpoint(
    path="/v2/user/stories/by/username",
    summary="Get raw user stories by username",
    description="As by user_id; one request unit more for looking the name up.",
    params=params.RawUserStoriesByUsername,
    returns=dict[str, Any],
    price=Price(base=2, privacy=1),
    tags=("User Profile", "Stories"),
    errors=("UserNotFound",),
)
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
