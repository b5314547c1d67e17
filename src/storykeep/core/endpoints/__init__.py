"""THE TABLE: every endpoint with its parameters, answer and price.

Routes, parameter parsing, prices, OpenAPI, client methods and the reference page are all
read off its rows.  To add an endpoint is to add a row and a handler.

    row.py         what a row is, and what it costs
    params.py      what rows are asked with
    stories.py · users.py · highlights.py     the rows
"""

from storykeep.core.endpoints.highlights import (
    HIGHLIGHT_BY_ID,
    HIGHLIGHT_BY_URL,
    HIGHLIGHT_REEL_BY_ID,
    SHARE_BY_CODE,
    SHARE_BY_URL,
    USER_HIGHLIGHTS,
    USER_HIGHLIGHTS_BY_USERNAME,
    USER_HIGHLIGHTS_PAGE,
    USER_HIGHLIGHTS_PAGE_BY_USERNAME,
)
from storykeep.core.endpoints.params import (
    ById,
    ByUrl,
    DownloadById,
    DownloadByStoryUrl,
    DownloadByUrl,
    HighlightById,
    HighlightByUrl,
    NoParams,
    RawHighlightById,
    ShareByCode,
    ShareByUrl,
    UserById,
    UserByUsername,
    UserHighlights,
    UserHighlightsByUsername,
    UserHighlightsPage,
    UserHighlightsPageByUsername,
    UserStories,
    UserStoriesByUsername,
)
from storykeep.core.endpoints.row import CHARGED, Endpoint, File, ParamsType, Price
from storykeep.core.endpoints.stories import (
    STORY_BY_ID,
    STORY_BY_URL,
    STORY_DOWNLOAD,
    STORY_DOWNLOAD_BY_STORY_URL,
    STORY_DOWNLOAD_BY_URL,
    USER_STORIES,
    USER_STORIES_BY_USERNAME,
)
from storykeep.core.endpoints.users import BALANCE, USER_BY_ID, USER_BY_USERNAME

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
    USER_HIGHLIGHTS,
    USER_HIGHLIGHTS_BY_USERNAME,
    USER_HIGHLIGHTS_PAGE,
    USER_HIGHLIGHTS_PAGE_BY_USERNAME,
    HIGHLIGHT_BY_URL,
    HIGHLIGHT_BY_ID,
    HIGHLIGHT_REEL_BY_ID,
    SHARE_BY_CODE,
    SHARE_BY_URL,
    BALANCE,
)

__all__ = [
    "BALANCE",
    "CHARGED",
    "ENDPOINTS",
    "HIGHLIGHT_BY_ID",
    "HIGHLIGHT_BY_URL",
    "HIGHLIGHT_REEL_BY_ID",
    "SHARE_BY_CODE",
    "SHARE_BY_URL",
    "STORY_BY_ID",
    "STORY_BY_URL",
    "STORY_DOWNLOAD",
    "STORY_DOWNLOAD_BY_STORY_URL",
    "STORY_DOWNLOAD_BY_URL",
    "USER_BY_ID",
    "USER_BY_USERNAME",
    "USER_HIGHLIGHTS",
    "USER_HIGHLIGHTS_BY_USERNAME",
    "USER_HIGHLIGHTS_PAGE",
    "USER_HIGHLIGHTS_PAGE_BY_USERNAME",
    "USER_STORIES",
    "USER_STORIES_BY_USERNAME",
    "ById",
    "ByUrl",
    "DownloadById",
    "DownloadByStoryUrl",
    "DownloadByUrl",
    "Endpoint",
    "File",
    "HighlightById",
    "HighlightByUrl",
    "NoParams",
    "ParamsType",
    "Price",
    "RawHighlightById",
    "ShareByCode",
    "ShareByUrl",
    "UserById",
    "UserByUsername",
    "UserHighlights",
    "UserHighlightsByUsername",
    "UserHighlightsPage",
    "UserHighlightsPageByUsername",
    "UserStories",
    "UserStoriesByUsername",
]
