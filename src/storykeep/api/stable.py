"""The files of stable addresses: no key, no charge, and the same for every caller.

That is what lets a cache keep them: nothing in such an answer depends on who asks, from which
page, or when, but for how long it is good.
"""

from typing import Annotated

from msgspec import Meta, Struct

from storykeep.api.asgi import Headers
from storykeep.api.download import Parcel, plan
from storykeep.api.exchange import Exchange
from storykeep.core.endpoints.row import Endpoint, File, Price
from storykeep.core.signing import MEDIA, Address
from storykeep.service.media import Media
from storykeep.service.stable import StableAddresses

YEAR = 31_536_000
"""The longest that HTTP's caches are told anything, in seconds."""


class Signed(Struct, frozen=True):
    """What a stable address says beside its path."""

    sig: Annotated[str, Meta(description="The signature, as it was given out")]
    expires: Annotated[
        int | None, Meta(description="Until when the address is good, in Unix seconds")
    ] = None


STABLE_FILE = Endpoint(
    path=f"{MEDIA}{{file}}",
    summary="Get a kept file by its stable address",
    description=(
        "The file of an address that a Story has with media=stable: without a key, with Range and"
        " conditional requests, to be cached for as long as the address is good."
    ),
    params=Signed,
    returns=File,
    price=Price(base=0),
    errors=("MediaNotFound",),
)
"""No row of the table, because no key is asked for; but described like one."""

_HEADERS: Headers = [
    # Should a browser ever take a file for a page, then for one that can do nothing.
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    # Whoever has the address may show it, and read it, on a page of any origin.
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"access-control-allow-origin", b"*"),
]


async def open_stable(exchange: Exchange, stable: StableAddresses, media: Media) -> Parcel:
    """Return the file of the address that is asked for.

    Raises SignatureInvalid, MediaNotFound, PrivateAccount, StorageError.
    """
    address, found = await stable.follow(exchange.path, exchange.query)
    planned = plan(
        exchange.method,
        exchange.headers.items(),
        found.file,
        found.story.taken_at,
        address.name,  # not the account's: another one may have the same file
        _caching(address, exchange.started),
    )
    answer = planned._replace(headers=[*planned.headers, *_HEADERS])
    return Parcel(answer, await media.open(found.file))


def _caching(address: Address, now: float) -> bytes:
    left = YEAR if address.expires_at is None else int(address.expires_at - now)
    return b"public, max-age=%d, immutable" % min(YEAR, left)
