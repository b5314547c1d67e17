"""The only table of status codes, and the two shapes in which errors are told."""

from msgspec import json

from storykeep.core.errors import (
    Absent,
    AccessKeyInvalid,
    InsufficientFunds,
    InvalidParams,
    PrivateAccount,
    RateLimited,
    Refused,
    SignatureInvalid,
    SourceError,
    SourceTimeout,
    StorageError,
    StorykeepError,
)

STATUS_OF: dict[type[StorykeepError], int] = {
    StorykeepError: 500,
    Refused: 400,
    AccessKeyInvalid: 401,
    InsufficientFunds: 402,
    SignatureInvalid: 403,
    PrivateAccount: 403,
    Absent: 404,
    InvalidParams: 422,
    RateLimited: 429,
    SourceError: 503,
    StorageError: 503,
    SourceTimeout: 504,
}

INTERNAL = b'{"detail":"Internal server error","exc_type":"InternalError"}'

_OF_THE_GATE = (AccessKeyInvalid, InsufficientFunds, RateLimited)


def status_of(error: type[StorykeepError]) -> int:
    """Return the status of the nearest class that has one."""
    return next(STATUS_OF[kind] for kind in error.__mro__ if kind in STATUS_OF)


def body_of(error: StorykeepError) -> bytes:
    """Return the JSON that tells ``error``: FastAPI's shape, the gate's, or the API's."""
    if isinstance(error, InvalidParams):
        return json.encode({"detail": error.problems})
    if isinstance(error, _OF_THE_GATE):
        return json.encode({"state": False, "error": str(error), "exc_type": error.exc_type})
    return json.encode({"detail": told(error), "exc_type": error.exc_type})


def told(error: StorykeepError) -> str:
    """Return what a caller may know: what is wrong with our shelves is for the log alone."""
    return error.default_message() if isinstance(error, StorageError) else str(error)
