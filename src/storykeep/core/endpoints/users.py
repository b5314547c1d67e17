"""The rows about accounts, and the caller's own."""

from functools import partial
from typing import Any

from storykeep.core.endpoints import params
from storykeep.core.endpoints.row import Endpoint, Price
from storykeep.core.model import Balance, User

_about_user = partial(
    Endpoint,
    summary="Get user object by id",
    description="As by username; nothing has to be looked up.",
    tags=("User Profile",),
    errors=("UserNotFound",),
    is_private_checked=False,
)

USER_BY_USERNAME = _about_user(
    path="/v1/user/by/username",
    summary="Get user object by username",
    description="The profile as last seen, of a private account too; what is not known is null.",
    params=params.UserByUsername,
    returns=User,
)
USER_BY_ID = _about_user(path="/v1/user/by/id", params=params.UserById, returns=User)
USER_BY_URL = _about_user(
    path="/v1/user/by/url",
    summary="Get user object by url",
    description="As by username: the account of a page's address, or of a story's.",
    params=params.UserByUrl,
    returns=User,
)
USER_BY_USERNAME_V2 = _about_user(
    path="/v2/user/by/username",
    summary="Get user object by username",
    description="The profile as last seen, under `user`, as Instagram tells it or stories do.",
    params=params.RawUserByUsername,
    returns=dict[str, Any],
    tags=("Top 5", "User Profile"),
)
USER_BY_ID_V2 = _about_user(
    path="/v2/user/by/id", params=params.RawUserById, returns=dict[str, Any]
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
