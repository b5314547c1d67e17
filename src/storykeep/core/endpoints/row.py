"""A row of the table, and what it costs."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, ParamSpec, TypeVar, cast

from msgspec import Struct, structs

from storykeep.core.errors import InvalidValue
from storykeep.core.extended import ExtendedStory
from storykeep.core.ids import read_user_pks
from storykeep.core.model import Story

P = ParamSpec("P")
T = TypeVar("T")

CHARGED = frozenset({400, 403, 404})
"""The error statuses that cost the price; the vendor's published rule."""


class File:
    """What the download endpoints return: the bytes of a media file."""


class Price(Struct, frozen=True):
    """Request units.  ``privacy`` is the part that ``force`` saves."""

    base: int = 1
    privacy: int = 0
    per: str = ""
    """What it is the price of, where that is not a call."""

    @property
    def nominal(self) -> int:
        """The price of a call without ``force``, also shown while parameters are unknown."""
        return self.base + self.privacy

    def quote(self, params: Struct) -> int:
        """The most that a call with ``params`` can cost: what the balance must cover."""
        return self.base if getattr(params, "force", None) else self.nominal

    def units(
        self,
        params: Struct,
        outcome: object,  # noqa: ARG002
        charged: frozenset[int] = CHARGED,  # noqa: ARG002
    ) -> int:
        """What a call costs once its ``outcome`` (the answer or the error) is known.

        ``charged`` are the error statuses that cost.  Here the quote.  A row whose
        price depends on the outcome, such as a batch, brings one of its own that overrides this.
        """
        return self.quote(params)


_STATUS = {"ok": 200, "empty": 200, "private": 403, "not_found": 404, "unavailable": 503}
"""What an account of a batch would have been answered with by itself."""


class BatchPrice(Price, frozen=True):
    """As many single calls; who is unavailable costs nothing."""

    def quote(self, params: Struct) -> int:
        """As if all accounts were answered; what is refused as a whole costs as one call."""
        count = 1
        with suppress(InvalidValue):
            count = len(read_user_pks(getattr(params, "user_ids", "")))
        return Price.quote(self, params) * count

    def units(self, params: Struct, outcome: object, charged: frozenset[int] = CHARGED) -> int:
        """The price of the accounts whose ``outcome.outcomes`` cost; of an error, that of one."""
        outcomes = getattr(outcome, "outcomes", ("ok",))
        costs = [_STATUS[each] in {200, *charged} for each in outcomes]
        return Price.quote(self, params) * sum(costs)


class Endpoint(Struct, Generic[P, T], frozen=True, kw_only=True):
    """One row of the table: what ``params`` is made with, a call is made with."""

    path: str
    summary: str
    description: str
    params: Callable[P, Struct]
    returns: type[T]
    price: Price = Price()
    tags: tuple[str, ...] = ("Stories",)
    errors: tuple[str, ...] = ()
    """The 404 ``exc_type`` names it can answer with; what all rows share is not repeated."""
    is_deprecated: bool = False
    is_private_checked: bool = True
    """Whether it may answer 403."""

    @property
    def params_type(self) -> type[Struct]:
        """``params``, whose fields are the parameters."""
        return cast("type[Struct]", self.params)

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


AnyEndpoint = Endpoint[..., Any]

_EXTENDED: dict[Any, Any] = {Story: ExtendedStory, list[Story]: list[ExtendedStory]}


def extended(row: AnyEndpoint) -> AnyEndpoint:
    """Return ``row`` as it answers with ``extended=on``; itself where it has no such parameter."""
    if "extended" not in row.params_type.__struct_fields__:
        return row
    return structs.replace(row, returns=_EXTENDED[row.returns])
