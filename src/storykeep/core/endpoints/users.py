"""The rows about accounts, and the caller's own."""

from storykeep.core.endpoints import params
from storykeep.core.endpoints.row import Endpoint, Price
from storykeep.core.model import Balance, User

USER_BY_USERNAME = Endpoint(
    path="/v1/user/by/username",
    summary="Get user object by username",
    description="What is known of an account, a private one too; what is not known is null.",
    params=params.UserByUsername,
    returns=User,
    tags=("User Profile",),
    errors=("UserNotFound",),
    is_private_checked=False,
)
USER_BY_ID = Endpoint(
    path="/v1/user/by/id",
    summary="Get user object by id",
    description="As by username; nothing has to be looked up.",
    params=params.UserById,
    returns=User,
    tags=("User Profile",),
    errors=("UserNotFound",),
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
