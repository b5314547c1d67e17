"""Stable addresses: ``/media/{sha256}.{ext}?sig=…``, a file of ours for whoever has the address.

The signature is HMAC-SHA-256 over the path and the end of its validity, all 256 bits of it, so
that one address is made here or nowhere.  It holds no story and no account: who may see the file
is asked again at each request.
"""

import base64
import hmac
import re
from typing import Literal, NamedTuple

from storykeep.core.errors import SignatureInvalid

MediaForm = Literal["cdn", "stable"]
"""How a Story tells where its files are: as Instagram did, or by addresses of ours."""

MEDIA = "/media/"
"""What the path of each stable address begins with."""

MIN_SECRET = 32
"""How many characters, or bytes, sign at least."""

_PURPOSE = b"storykeep media 1\n"
_PATH = re.compile(r"/media/([0-9a-f]{64})\.([a-z0-9]{2,5})", re.ASCII)
_QUERY = re.compile(rb"sig=([A-Za-z0-9_-]{43})(?:&expires=([1-9][0-9]{0,11}))?")
"""The only spelling: an address with more to it would be another one to every cache."""


class Address(NamedTuple):
    """What a stable address says: which file, and until when."""

    sha256: str
    extension: str
    expires_at: int | None = None
    """Unix seconds; None for an address that is good for ever."""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return f"{self.sha256}.{self.extension}"


def sign(secret: bytes, sha256: str, extension: str, expires_at: int | None = None) -> str:
    """Return the path and query of a file, good until before ``expires_at`` (Unix seconds)."""
    path = f"{MEDIA}{sha256}.{extension}"
    signature = _signature(secret, path, expires_at).decode()
    end = "" if expires_at is None else f"&expires={expires_at}"
    return f"{path}?sig={signature}{end}"


def is_media_path(path: str) -> bool:
    """Whether the path is spelled as that of a stable address."""
    return _PATH.fullmatch(path) is not None


def verify(secret: bytes, path: str, query: bytes, now: float) -> Address:
    """Return what an address says.  Raises SignatureInvalid.

    How much of a wrong signature is right cannot be told from the time that this takes.
    """
    named, asked = _PATH.fullmatch(path), _QUERY.fullmatch(query)
    if named is None or asked is None:
        raise SignatureInvalid
    end = None if asked[2] is None else int(asked[2])
    if not hmac.compare_digest(asked[1], _signature(secret, path, end)):
        raise SignatureInvalid
    if end is not None and now >= end:
        raise SignatureInvalid("This address has expired: ask for the story again.")
    return Address(named[1], named[2], end)


def _signature(secret: bytes, path: str, expires_at: int | None) -> bytes:
    end = "" if expires_at is None else str(expires_at)
    text = b"%b%b\n%b" % (_PURPOSE, path.encode(), end.encode())
    return base64.urlsafe_b64encode(hmac.digest(secret, text, "sha256")).rstrip(b"=")
