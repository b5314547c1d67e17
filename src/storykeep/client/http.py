"""What both drivers need of httpx2: its options, and its troubles in our words."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
from msgspec import Struct, structs

from storykeep import __version__
from storykeep.client import errors
from storykeep.client.effects import Effect, Read
from storykeep.client.errors import ClientError, TransportFailed

Verify = bool | str | Path | ssl.SSLContext
"""Whether a certificate is checked, or the file of the authority that it is checked against."""


class Timeouts(Struct, frozen=True):
    """Seconds that each step of a call may take."""

    connect: float = 5.0
    read: float = 30.0
    """Between two pieces of an answer, not for all of it."""
    write: float = 30.0
    pool: float = 30.0
    """For a connection, while all are in use."""


def options_of(
    base_url: str, key: str, timeouts: Timeouts, verify: Verify, proxy: str | None
) -> Mapping[str, Any]:
    """Return the arguments of httpx2's clients.  Raises ValueError, OSError for a missing file.

    Nothing is read from the environment, and nobody is followed elsewhere with the key.
    """
    if not key or not (key.isascii() and key.isprintable()):
        raise ValueError("key is an access key: printable ASCII, and not empty")
    options = keyless_options_of(base_url, timeouts, verify)
    headers = {**options["headers"], "x-access-key": key}
    return {**options, "headers": headers, "proxy": proxy}


def keyless_options_of(base_url: str, timeouts: Timeouts, verify: Verify) -> Mapping[str, Any]:
    """Return the arguments for a server that is shown its key in another way."""
    try:
        url = httpx2.URL(base_url)
    except httpx2.InvalidURL as error:
        raise ValueError(f"base_url cannot be used: {error}") from None
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise ValueError("base_url is the address of a server: https://HOST[:PORT]")
    if isinstance(verify, str | Path):
        verify = ssl.create_default_context(cafile=verify)
    return {
        "base_url": url,
        "headers": {"user-agent": f"storykeep/{__version__}"},
        "timeout": httpx2.Timeout(**structs.asdict(timeouts)),
        "verify": verify,
        "trust_env": False,
        "follow_redirects": False,
    }


def trouble_of(effect: Effect, error: httpx2.RequestError) -> ClientError:
    """Return what came of ``effect`` instead, without the request, which holds the key."""
    words = (str(error) or type(error).__name__).rstrip(".")
    kind: type[TransportFailed] = errors.ConnectionFailed
    if "CERTIFICATE_VERIFY_FAILED" in words:
        kind = errors.CertificateRefused
    elif isinstance(error, httpx2.DecodingError):
        kind = errors.NotUnderstood
    elif isinstance(error, httpx2.TimeoutException) and not isinstance(
        error, httpx2.ConnectTimeout
    ):
        kind = errors.TimedOut
    elif isinstance(effect, Read):
        kind = errors.BodyCut
    words = f"{kind.default_message()} ({words})"
    return effect.answer.failure(kind, words) if isinstance(effect, Read) else kind(words)
