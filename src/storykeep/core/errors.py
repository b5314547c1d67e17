"""Every error storykeep raises on purpose, grouped by whose turn it is to act.

    StorykeepError
    ├── Refused               the caller must change something
    │   ├── InvalidParams         a parameter is missing or of the wrong type
    │   ├── InvalidValue          a well-typed value that the API cannot use
    │   ├── AccessKeyInvalid      no key, or one that is unknown, disabled or expired
    │   ├── SignatureInvalid      a stable address that was not signed here, or has expired
    │   ├── InsufficientFunds     the balance does not cover the price
    │   └── RateLimited           the key asks more often than it may
    ├── Absent                a final answer: asking again changes nothing
    │   ├── UserNotFound
    │   ├── StoryNotFound
    │   ├── HighlightNotFound
    │   ├── MediaNotFound
    │   └── PrivateAccount
    ├── SourceError           this source could not tell, another one might
    │   ├── SourceUnaware         it has no way to know; nothing is wrong with it
    │   ├── SourceUnavailable
    │   ├── SourceThrottled
    │   ├── SourceLoginRequired
    │   ├── SourceDrift
    │   ├── SourcesExhausted
    │   └── SourceTimeout
    └── StorageError          our own shelves are out of order
        └── QuotaReached          there is no room for another file of media

The class name is the wire's ``exc_type`` and the docstring its default message.  Which HTTP
status each has is written in ``storykeep.api.errors`` and nowhere else.
"""

from typing import Any


class StorykeepError(Exception):
    """Something went wrong."""

    wire_name: str | None = None

    def __init__(self, message: str | None = None, *, retry_after: float | None = None) -> None:
        """Say what happened; without ``message`` the class docstring's first line is said.

        ``retry_after``: seconds until asking again makes sense, where that is known.
        """
        super().__init__(message or type(self).default_message())
        self.retry_after = retry_after

    @classmethod
    def default_message(cls) -> str:
        """The first line of the docstring."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]

    @property
    def exc_type(self) -> str:
        """The name that clients see."""
        return type(self).wire_name or type(self).__name__


class Refused(StorykeepError):
    """The request cannot be served as it was asked."""


class InvalidParams(Refused):
    """A parameter is missing or of the wrong type."""

    wire_name = "ValidationError"

    def __init__(self, problems: list[dict[str, Any]]) -> None:
        """Carry ``problems``: one FastAPI-shaped entry (type, loc, msg, input) per parameter."""
        super().__init__()
        self.problems = problems


class InvalidValue(Refused):
    """A value that the API cannot use."""

    wire_name = "ValidationError"


class AccessKeyInvalid(Refused):
    """Access key missing, unknown, disabled or expired: send a valid one in x-access-key."""


class SignatureInvalid(Refused):
    """Not an address that was signed here: use it as it was given, or ask for the story again."""


class InsufficientFunds(Refused):
    """Top up your account."""


class RateLimited(Refused):
    """Too many requests for this access key: wait, then ask again."""


class Absent(StorykeepError):
    """Not there, and asking again changes nothing."""


class UserNotFound(Absent):
    """User not found."""


class StoryNotFound(Absent):
    """Story not found."""


class HighlightNotFound(Absent):
    """Highlight not found."""


class MediaNotFound(Absent):
    """Media not found."""


class PrivateAccount(Absent):
    """This account is private."""


class SourceError(StorykeepError):
    """A source could not tell."""


class SourceUnaware(SourceError):
    """This source does not know of it."""


class SourceUnavailable(SourceError):
    """The source cannot be reached."""


class SourceThrottled(SourceError):
    """The source asks us to slow down."""


class SourceLoginRequired(SourceError):
    """The operator's session at the source is no longer accepted."""


class SourceDrift(SourceError):
    """The source answered in a shape that is not understood."""


class SourcesExhausted(SourceError):
    """No source could answer."""


class SourceTimeout(SourceError):
    """The source took too long."""


class StorageError(StorykeepError):
    """The storage is out of order: the operator finds the cause in the log."""


class QuotaReached(StorageError):
    """The media quota is used up: the operator may raise STORYKEEP_MEDIA_QUOTA, or erase."""
