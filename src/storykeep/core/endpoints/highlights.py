"""The rows about highlights, and about share links, which mostly lead to one."""

from storykeep.core.endpoints import params
from storykeep.core.endpoints.row import Endpoint, Price
from storykeep.core.highlight import Highlight, HighlightPage, PageResponse
from storykeep.core.model import Share

_OF_USER = Price(base=1, privacy=1)
_OF_USERNAME = Price(base=2, privacy=1)

USER_HIGHLIGHTS = Endpoint(
    path="/v1/user/highlights",
    summary="Get user highlights",
    description="The highlights of an account, newest first, without their stories.",
    params=params.UserHighlights,
    returns=list[Highlight],
    price=_OF_USER,
    tags=("User Profile", "/v1/highlight"),
    errors=("UserNotFound",),
)
USER_HIGHLIGHTS_BY_USERNAME = Endpoint(
    path="/v1/user/highlights/by/username",
    summary="Get user highlights by username",
    description="As by user_id; one request unit more for looking the name up.",
    params=params.UserHighlightsByUsername,
    returns=list[Highlight],
    price=_OF_USERNAME,
    tags=("User Profile", "/v1/highlight"),
    errors=("UserNotFound",),
)
USER_HIGHLIGHTS_PAGE = Endpoint(
    path="/v2/user/highlights",
    summary="Get user highlights as Instagram has them",
    description="The raw tray, a page at a time; send next_page_id as page_id for the next.",
    params=params.UserHighlightsPage,
    returns=PageResponse,
    price=_OF_USER,
    tags=("User Profile", "/v2/highlight"),
    errors=("UserNotFound",),
)
USER_HIGHLIGHTS_PAGE_BY_USERNAME = Endpoint(
    path="/v2/user/highlights/by/username",
    summary="Get user highlights as Instagram has them by username",
    description="As by user_id; one request unit more for looking the name up.",
    params=params.UserHighlightsPageByUsername,
    returns=PageResponse,
    price=_OF_USERNAME,
    tags=("User Profile", "/v2/highlight"),
    errors=("UserNotFound",),
)
HIGHLIGHT_BY_URL = Endpoint(
    path="/v1/highlight/by/url",
    summary="Get highlight object by url",
    description="One highlight with its stories, by the address of its page or by a share link.",
    params=params.HighlightByUrl,
    returns=Highlight,
    tags=("Highlights",),
    errors=("HighlightNotFound",),
)
HIGHLIGHT_BY_ID = Endpoint(
    path="/v1/highlight/by/id",
    summary="Get highlight object by id",
    description="One highlight with its stories. Prefer /v2/highlight/by/id.",
    params=params.HighlightById,
    returns=Highlight,
    tags=("Legacy",),
    errors=("HighlightNotFound",),
    is_deprecated=True,
)
HIGHLIGHT_REEL_BY_ID = Endpoint(
    path="/v2/highlight/by/id",
    summary="Get highlight as Instagram has it by id",
    description="The raw reel, with the raw items where they were captured; beside it the Stories.",
    params=params.RawHighlightById,
    returns=HighlightPage,
    tags=("Highlights",),
    errors=("HighlightNotFound",),
)
SHARE_BY_CODE = Endpoint(
    path="/v1/share/by/code",
    summary="Get what a share code leads to",
    description="Decoded here: nobody is asked.",
    params=params.ShareByCode,
    returns=Share,
    price=Price(base=0),
    tags=("Share",),
    is_private_checked=False,
)
SHARE_BY_URL = Endpoint(
    path="/v1/share/by/url",
    summary="Get what a share link leads to",
    description="Decoded here: nobody is asked.",
    params=params.ShareByUrl,
    returns=Share,
    price=Price(base=0),
    tags=("Share",),
    is_private_checked=False,
)
