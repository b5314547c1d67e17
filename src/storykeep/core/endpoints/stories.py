"""The rows about stories."""

from storykeep.core.endpoints import params
from storykeep.core.endpoints.row import Endpoint, File, Price
from storykeep.core.model import Story

STORY_BY_ID = Endpoint(
    path="/v1/story/by/id",
    summary="Get story object by id",
    description="One story, also long after it left the reel.",
    params=params.ById,
    returns=Story,
    errors=("StoryNotFound",),
)
STORY_BY_URL = Endpoint(
    path="/v1/story/by/url",
    summary="Get story object by url",
    description="One story by the address of its page or by a share link.",
    params=params.ByUrl,
    returns=Story,
    errors=("StoryNotFound",),
)
STORY_DOWNLOAD = Endpoint(
    path="/v1/story/download",
    summary="Download story media by story id",
    description="The bytes of the photo or video, with Range and conditional requests.",
    params=params.DownloadById,
    returns=File,
    errors=("StoryNotFound", "MediaNotFound"),
)
STORY_DOWNLOAD_BY_STORY_URL = Endpoint(
    path="/v1/story/download/by/story/url",
    summary="Download story file by story URL",
    description="As by id, by the address of the story's page.",
    params=params.DownloadByStoryUrl,
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
    params=params.DownloadByUrl,
    returns=File,
    errors=("StoryNotFound", "MediaNotFound"),
)
USER_STORIES = Endpoint(
    path="/v1/user/stories",
    summary="Get user stories",
    description="The stories that are in the account's reel now, oldest first.",
    params=params.UserStories,
    returns=list[Story],
    price=Price(base=1, privacy=1),
    tags=("User Profile", "Stories"),
    errors=("UserNotFound",),
)
USER_STORIES_BY_USERNAME = Endpoint(
    path="/v1/user/stories/by/username",
    summary="Get user stories by username",
    description="As by user_id; one request unit more for looking the name up.",
    params=params.UserStoriesByUsername,
    returns=list[Story],
    price=Price(base=2, privacy=1),
    tags=("User Profile", "Stories"),
    errors=("UserNotFound",),
)
