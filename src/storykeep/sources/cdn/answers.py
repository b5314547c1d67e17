"""What the head of an answer means: a file, a part of one, a way elsewhere, or an error."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import filetype
import httpcore2

from storykeep.client.answers import STRONG_TAG, wait_of
from storykeep.core.errors import (
    MediaNotFound,
    SourceDrift,
    SourceThrottled,
    SourceTimeout,
    SourceUnavailable,
    StorykeepError,
)
from storykeep.core.sighting import DAY

OK, PARTIAL, FORBIDDEN, TIMED_OUT, THROTTLED, FAILED = 200, 206, 403, 408, 429, 500
GONE = frozenset({404, 410})
REDIRECTS = frozenset({301, 302, 303, 307, 308})

_PART = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", re.ASCII)
_LENGTH = re.compile(r"\d{1,18}", re.ASCII)
_DATE = re.compile(r"[A-Za-z0-9 ,:+-]{1,64}", re.ASCII)
_UNTYPED = frozenset({"", "application/octet-stream", "binary/octet-stream"})
"""What a server says that does not know."""


class Answer:
    """The head of an answer, and a body that was not read yet.  Close it."""

    def __init__(self, response: httpcore2.Response) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        self._response = response
        self._pieces = response.aiter_stream()

    async def read(self) -> bytes:
        """The next bytes of the body as they arrive; none at its end.

        Raises SourceTimeout, and httpcore2's errors for a connection that breaks off.
        """
        try:
            return await anext(self._pieces, b"")
        except httpcore2.TimeoutException:
            raise SourceTimeout("The CDN fell silent in the middle of a file.") from None

    async def aclose(self) -> None:
        """Give the connection back; it is closed when there was more to read."""
        await self._pieces.aclose()
        await self._response.aclose()


class Offer(NamedTuple):
    """A file as the head of its answer announces it."""

    size: int | None
    """Bytes, where it says so."""
    version: str | None
    """What stands for these very bytes: a strong ETag, else Last-Modified."""
    content_type: str
    """Without parameters, in lower case."""

    def check_type(self, head: bytes) -> None:
        """Raise SourceDrift unless ``head`` begins a picture or video, and it was called that.

        A JPEG may be called WebP, and is by the CDN; a page or a video may not.
        """
        found: str = filetype.guess_mime(head) or "something else"
        family = found.partition("/")[0]
        if family not in ("image", "video"):
            raise SourceDrift(
                f"The CDN sent no picture or video, but {found}, and calls it"
                f" {self.content_type[:50]!r}."
            )
        if self.content_type not in _UNTYPED and family != self.content_type.partition("/")[0]:
            raise SourceDrift(f"The CDN calls {found} {self.content_type[:50]!r}.")


def read_offer(answer: Answer) -> Offer:
    """Return the file that ``answer`` brings.  Raises MediaNotFound, SourceError."""
    if answer.status != OK:
        raise _error_of(answer)
    headers = answer.headers
    if headers.get("content-encoding", "identity") != "identity":
        raise SourceDrift("The CDN compressed the file, which was not asked for.")
    length = headers.get("content-length", "")
    return Offer(
        int(length) if _LENGTH.fullmatch(length) else None,
        _version(headers),
        headers.get("content-type", "").partition(";")[0].strip().lower(),
    )


def read_rest(answer: Answer, offer: Offer, start: int) -> int:
    """Return how many bytes the whole file has, of which ``answer`` is the rest from ``start``.

    Raises SourceUnavailable when it is not that, or not of the same file.
    """
    part = _PART.fullmatch(answer.headers.get("content-range", ""))
    if (
        answer.status == PARTIAL
        and part is not None
        and (int(part[1]), int(part[2])) == (start, int(part[3]) - 1)
        and offer.size in (None, int(part[3]))
        and _version(answer.headers) == offer.version
        and answer.headers.get("content-encoding", "identity") == "identity"
    ):
        return int(part[3])
    raise SourceUnavailable(
        f"The connection broke off, and the CDN does not go on where it did ({answer.status})."
    )


def _version(headers: Mapping[str, str]) -> str | None:
    tag, date = headers.get("etag", ""), headers.get("last-modified", "")
    if STRONG_TAG.fullmatch(tag):
        return tag
    return date if _DATE.fullmatch(date) else None


def _error_of(answer: Answer) -> StorykeepError:
    """Return what it means that there is no file."""
    status = answer.status
    if status == FORBIDDEN:
        return MediaNotFound("Media not found: the address has expired, the CDN says (403).")
    if status in GONE:
        return MediaNotFound(f"Media not found: nothing lies at the address any more ({status}).")
    wait = wait_of(answer.headers)
    wait = None if wait is None else min(wait, DAY)
    if status == THROTTLED:
        return SourceThrottled("The CDN asks us to slow down (429).", retry_after=wait)
    if status >= FAILED or status == TIMED_OUT:
        return SourceUnavailable(f"The CDN cannot answer now ({status}).", retry_after=wait)
    return SourceDrift(f"The CDN answered {status}, which is not understood.")
