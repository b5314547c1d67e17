"""The row about several accounts at once, and its price."""

from msgspec import Struct

from storykeep.core.endpoints import params
from storykeep.core.endpoints.row import CHARGED, Endpoint, Price
from storykeep.core.ids import MOST_USERS, split_user_ids
from storykeep.core.model import AccountStories

_STATUS = {"ok": 200, "empty": 200, "private": 403, "not_found": 404, "unavailable": 503}
"""What the account by itself would have been answered with."""


class BatchPrice(Price, frozen=True):
    """As many single calls; who is unavailable costs nothing."""

    def quote(self, params: Struct) -> int:
        """As if all accounts were answered; what is refused as a whole costs as one call."""
        count = len(split_user_ids(getattr(params, "user_ids", "")))
        return Price.quote(self, params) * (count if count <= MOST_USERS else 1)

    def units(self, params: Struct, outcome: object, charged: frozenset[int] = CHARGED) -> int:
        """The price of the accounts whose ``outcome.outcomes`` cost; of an error, that of one."""
        outcomes = getattr(outcome, "outcomes", ("ok",))
        costs = [_STATUS[each] in {200, *charged} for each in outcomes]
        return Price.quote(self, params) * sum(costs)


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
