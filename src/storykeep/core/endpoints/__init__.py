"""THE TABLE: every endpoint with its parameters, answer and price.

Routes, parameter parsing, prices, OpenAPI, client methods and the reference page are all
read off its rows.  To add an endpoint is to add a row and a handler.

    row.py         what a row is, and what it costs
    params.py      what rows are asked with
    stories.py · raw.py · users.py     the rows
"""

from storykeep.core.endpoints.params import (
    ById,
    ByUrl,
    DownloadById,
    DownloadByStoryUrl,
    DownloadByUrl,
    NoParams,
    RawUserById,
    RawUserByUsername,
    UserById,
    UserByUrl,
    UserByUsername,
    UserStories,
    UserStoriesByUsername,
)
from storykeep.core.endpoints.raw import (
    MEDIA_BY_ID,
    STORY_BY_ID_RAW,
    STORY_BY_URL_RAW,
    USER_MEDIAS_CHUNK,
    USER_STORIES_BY_USERNAME_RAW,
    USER_STORIES_RAW,
)
from storykeep.core.endpoints.row import CHARGED, Endpoint, File, ParamsType, Price, extended
from storykeep.core.endpoints.stories import (
    STORY_BY_ID,
    STORY_BY_URL,
    STORY_DOWNLOAD,
    STORY_DOWNLOAD_BY_STORY_URL,
    STORY_DOWNLOAD_BY_URL,
    USER_STORIES,
    USER_STORIES_BY_USERNAME,
)
from storykeep.core.endpoints.users import (
    BALANCE,
    USER_BY_ID,
    USER_BY_ID_V2,
    USER_BY_URL,
    USER_BY_USERNAME,
    USER_BY_USERNAME_V2,
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
    USER_BY_URL,
    USER_BY_USERNAME_V2,
    USER_BY_ID_V2,
    STORY_BY_ID_RAW,
    STORY_BY_URL_RAW,
    USER_STORIES_RAW,
    USER_STORIES_BY_USERNAME_RAW,
    MEDIA_BY_ID,
    USER_MEDIAS_CHUNK,
    BALANCE,
)

__all__ = [
    "BALANCE",
    "CHARGED",
    "ENDPOINTS",
    "MEDIA_BY_ID",
    "STORY_BY_ID",
    "STORY_BY_ID_RAW",
    "STORY_BY_URL",
    "STORY_BY_URL_RAW",
    "STORY_DOWNLOAD",
    "STORY_DOWNLOAD_BY_STORY_URL",
    "STORY_DOWNLOAD_BY_URL",
    "USER_BY_ID",
    "USER_BY_ID_V2",
    "USER_BY_URL",
    "USER_BY_USERNAME",
    "USER_BY_USERNAME_V2",
    "USER_MEDIAS_CHUNK",
    "USER_STORIES",
    "USER_STORIES_BY_USERNAME",
    "USER_STORIES_BY_USERNAME_RAW",
    "USER_STORIES_RAW",
    "ById",
    "ByUrl",
    "DownloadById",
    "DownloadByStoryUrl",
    "DownloadByUrl",
    "Endpoint",
    "File",
    "NoParams",
    "ParamsType",
    "Price",
    "RawUserById",
    "RawUserByUsername",
    "UserById",
    "UserByUrl",
    "UserByUsername",
    "UserStories",
    "UserStoriesByUsername",
    "extended",
]
