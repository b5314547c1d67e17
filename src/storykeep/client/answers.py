"""What a server's answer says: a result, an error, or a file."""

import base64
import binascii
import re
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, get_args, get_origin

from msgspec import Struct, convert, json
from msgspec.structs import fields

from storykeep.client import errors
from storykeep.client.errors import ClientError, NotUnderstood
from storykeep.core.endpoints.row import CHARGED
from storykeep.core.model import Story

OK, PARTIAL, FORBIDDEN, NOT_FOUND, RANGE_REFUSED = 200, 206, 403, 404, 416

MOST_JSON = 32 << 20
"""Bytes of a JSON answer; a reel of a hundred stories has less than one of these megabytes."""

NO_JSON = (ValueError, RecursionError)
"""What decoding raises for what is no JSON, not what was wanted, no UTF-8, or endlessly deep."""

_KINDS: Mapping[int, type[ClientError]] = {
    400: errors.InvalidValue,
    401: errors.AccessKeyInvalid,
    402: errors.InsufficientFunds,
    403: errors.PrivateAccount,
    422: errors.InvalidParams,
    429: errors.RateLimited,
    502: errors.ServerUnavailable,
    503: errors.ServerUnavailable,
    504: errors.ServerUnavailable,
}
_HUNDREDS: Mapping[int, type[ClientError]] = {4: errors.Refused, 5: errors.ServerFailed}
_ABSENT = {kind.__name__: kind for kind in errors.Absent.__subclasses__()}
_NO_LISTS: Mapping[str, Any] = {
    each.name: [] for each in fields(Story) if get_origin(each.type) is list
}
_PAID = CHARGED | {OK, PARTIAL}
_PRICE = re.compile(r"reqs\W+(\d{1,9})", re.ASCII)
_REST = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18})", re.ASCII)
_REPR_DIGEST = re.compile(r"sha-256=:([^:]*):", re.IGNORECASE)
_MEDIA = re.compile(r"(image|video)/[a-z0-9]{1,20}", re.ASCII)
STRONG_TAG = re.compile(r'"[!#-~]+"')
_DIGEST_TAG = re.compile(r'"([0-9a-f]{64})"', re.ASCII)


class Answer(Struct, frozen=True):
    """The head of an answer, and the body that its driver can read on."""

    status: int
    headers: Mapping[str, str]
    """Found by their names in lower case."""
    body: Any = None

    def failure(
        self, kind: type[ClientError], words: str | None = None, exc_type: str | None = None
    ) -> ClientError:
        """Return an error of ``kind`` that carries what this answer tells beside ``words``."""
        price = _PRICE.search(self.headers.get("x-hiker-info", ""))
        return kind(
            words,
            status=self.status,
            exc_type=exc_type,
            cost=int(price[1]) if price and self.status in _PAID else 0,
            request_id=self.headers.get("x-request-id"),
            retry_after=wait_of(self.headers),
        )

    def too_long(self, most: int) -> ClientError:
        """Return the error of a body that has more than ``most`` bytes."""
        return self.failure(NotUnderstood, f"The answer is longer than {most:,} bytes.")


class Offer(NamedTuple):
    """A file as the head of its answer announces it."""

    tag: str | None
    """The ETag, where it is strong: what a resumed download is bound to."""
    sha256: str | None
    begins_at: int
    total: int | None
    content_type: str


def error_of(answer: Answer, body: bytes) -> ClientError:
    """Return the error that an answer means which is not the asked for result."""
    status, place = answer.status, answer.headers.get("location")
    if place is not None:
        words = f"The server sends its callers to {place[:200]}: use that address if you trust it."
        return answer.failure(NotUnderstood, words)
    try:
        told = json.decode(body, type=dict[str, Any])
    except NO_JSON:
        told = {}
    name = told.get("exc_type")
    name = name if isinstance(name, str) else None
    words = _words(told) or f"The server answered {status}, and not in this API's words."
    kind = _KINDS.get(status) or _HUNDREDS.get(status // 100, NotUnderstood)
    if status == NOT_FOUND and name:
        kind = _ABSENT.get(name, errors.Absent)
    elif status in (FORBIDDEN, NOT_FOUND) and not name:  # it is the address that is wrong
        kind = NotUnderstood
    return answer.failure(kind, words, name)


def result_of(answer: Answer, body: bytes, returns: Any) -> Any:
    """Return the ``returns`` that the body is.  Raises NotUnderstood.

    A server may add keys, and leave out or null what this model always has: then the model's
    defaults stand in.
    """
    with suppress(*NO_JSON):
        return json.decode(body, type=returns)
    try:
        return convert(_filled(json.decode(body), returns), returns, strict=False)
    except NO_JSON as error:
        words = f"The answer is not what this API promises: {error}."
        raise answer.failure(NotUnderstood, words) from None


def offer_of(answer: Answer) -> Offer:
    """Return what a download's answer announces.  Raises NotUnderstood for what is no file."""
    headers = answer.headers
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    is_text = "json" in content_type or content_type.startswith("text/")
    if is_text or headers.get("content-encoding", "identity") != "identity":
        raise answer.failure(NotUnderstood, "The answer is no file as it is: check the address.")
    tag = headers.get("etag", "")
    digest = _digest(headers.get("repr-digest", ""), tag)
    rest = _REST.fullmatch(headers.get("content-range", "")) if answer.status == PARTIAL else None
    if answer.status == PARTIAL and rest is None:
        raise answer.failure(NotUnderstood, "The server sent a part and does not say which.")
    length = rest[2] if rest else headers.get("content-length", "")
    total = int(length) if length.isdecimal() else None
    if not total and not digest and "chunked" not in headers.get("transfer-encoding", ""):
        words = "The server says neither how long the file is nor its digest: it may be cut."
        raise answer.failure(NotUnderstood, words)
    return Offer(
        tag=tag if STRONG_TAG.fullmatch(tag) else None,
        sha256=digest,
        begins_at=int(rest[1]) if rest else 0,
        total=total,
        content_type=content_type if _MEDIA.fullmatch(content_type) else "application/octet-stream",
    )


def _digest(header: str, tag: str) -> str | None:
    """Return the SHA-256 that Repr-Digest says, or a tag that is one."""
    if match := _REPR_DIGEST.search(header):
        try:
            return base64.b64decode(match[1], validate=True).hex()
        except binascii.Error:
            return None
    match = _DIGEST_TAG.fullmatch(tag)
    return match[1] if match else None


def wait_of(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of Retry-After; a moment is read by the server's own clock."""
    value = headers.get("retry-after", "")
    if value.isdecimal():
        return float(value)
    try:
        until, now = (parsedate_to_datetime(each) for each in (value, headers.get("date", "")))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError, OverflowError):  # the last for numbers that no date has
        return None


def _words(told: Mapping[str, Any]) -> str:
    """Return what a body says for people; of wrong parameters, which and why."""
    words = told.get("error") or told.get("detail")
    if isinstance(words, list):
        words = "; ".join(
            f"{each['loc'][-1]}: {each['msg']}"
            for each in words
            if isinstance(each, dict) and each.get("loc") and "msg" in each
        )
    return words if isinstance(words, str) else ""


def _filled(value: Any, returns: Any) -> Any:
    """Return ``value`` without nulls, and of a Story with every list that it must have."""
    if get_origin(returns) is list and isinstance(value, list):
        return [_filled(each, get_args(returns)[0]) for each in value]
    if isinstance(value, dict):
        told = {name: _filled(each, None) for name, each in value.items() if each is not None}
        return {**_NO_LISTS, **told} if returns is Story else told
    return [_filled(each, None) for each in value] if isinstance(value, list) else value
