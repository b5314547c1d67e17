"""A row of the table, and what it costs."""

from typing import Any

from msgspec import Struct

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
    is_deprecated: bool = False
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
