"""What can go wrong with Instagram: which error of ours it is, and whose turn it is.

One table.  ``SourceLoginRequired`` stands for all that a person must settle before anything is
asked again, ``SourceThrottled`` for all that less asking settles.  What is certain is ``Absent``;
the question knows whether of a user or of a story.
"""

import re
from collections.abc import Mapping
from typing import Any

from storykeep.core.errors import (
    Absent,
    PrivateAccount,
    SourceDrift,
    SourceError,
    SourceLoginRequired,
    SourceThrottled,
    SourceTimeout,
    SourceUnavailable,
    StorykeepError,
)

_APP = "The operator opens the Instagram app with that account and does what it asks"
_RENEW = "The operator logs in with the app or a browser, and then: storykeep session add"
_LESS = "The operator need do nothing but let it rest, and may want a smaller budget"
_WAIT = "Nobody need do anything: ask again later"
_MAPPER = "The operator looks for a newer storykeep, and reports it if there is none"

TROUBLES: Mapping[str, tuple[type[StorykeepError], str]] = {
    # -- final answers
    "UserNotFound": (Absent, ""),
    "MediaNotFound": (Absent, ""),
    "InvalidTargetUser": (Absent, ""),
    "InvalidMediaId": (Absent, ""),
    "MediaUnavailable": (Absent, ""),
    "ClientNotFoundError": (Absent, ""),
    "PrivateAccount": (PrivateAccount, ""),
    # -- the operator's turn
    "LoginRequired": (SourceLoginRequired, f"The session was ended. {_RENEW}."),
    "PreLoginRequired": (SourceLoginRequired, f"The kept session holds no log-in. {_RENEW}."),
    "ClientUnauthorizedError": (SourceLoginRequired, f"The session is refused (401). {_RENEW}."),
    "ChallengeError": (SourceLoginRequired, f"Instagram asks who is there (challenge). {_APP}."),
    "CheckpointRequired": (SourceLoginRequired, f"The account is at a checkpoint. {_APP}."),
    "ConsentRequired": (SourceLoginRequired, f"Instagram asks for consent to new terms. {_APP}."),
    "GeoBlockRequired": (SourceLoginRequired, f"Instagram blocks this country. {_APP}."),
    "AccountSuspended": (SourceLoginRequired, f"The account is suspended. {_APP}."),
    "SentryBlock": (SourceLoginRequired, f"Instagram takes this for abuse (sentry block). {_APP}."),
    "ProxyAddressIsBlocked": (
        SourceLoginRequired,
        "Instagram blocks this machine's address. The operator runs storykeep elsewhere, or rests.",
    ),
    "ClientNeedsUpgradeError": (
        SourceLoginRequired,
        "Instagram wants a newer app. The operator upgrades storykeep[instagram].",
    ),
    "led to log in": (
        SourceLoginRequired,
        f"Instagram sends us to a page for people instead of answering. {_APP}.",
    ),
    # -- less asking
    "PleaseWaitFewMinutes": (SourceThrottled, f"Instagram says: wait a few minutes. {_LESS}."),
    "ClientThrottledError": (SourceThrottled, f"Too many requests (429). {_LESS}."),
    "RateLimitError": (SourceThrottled, f"Too many requests (rate limit). {_LESS}."),
    "FeedbackRequired": (SourceThrottled, f"Instagram limits the account for now. {_LESS}."),
    "ClientForbiddenError": (SourceThrottled, f"Refused without a reason (403). {_LESS}."),
    # -- nobody's turn
    "ClientStatusFail": (SourceUnavailable, f"Instagram says that it failed. {_WAIT}."),
    "ClientError": (SourceUnavailable, f"Instagram is in trouble itself. {_WAIT}."),
    "TransportError": (SourceUnavailable, f"Instagram cannot be reached. {_WAIT}."),
    "TimeoutException": (SourceTimeout, f"Instagram took too long. {_WAIT}."),
    "TimeoutError": (SourceTimeout, f"Instagram took too long. {_WAIT}."),
    "ClientRequestTimeout": (SourceTimeout, f"Instagram itself gave up waiting (408). {_WAIT}."),
    # -- our turn
    "ClientJSONDecodeError": (SourceDrift, f"The answer is no JSON. {_MAPPER}."),
    "ClientBadRequestError": (SourceDrift, f"The question is refused (400). {_MAPPER}."),
    "UnknownError": (SourceDrift, f"Refused in words that are not known (400). {_MAPPER}."),
    "unexplained 404": (SourceDrift, f"404, but not that nobody is there. {_MAPPER}."),
    "DecodingError": (SourceDrift, f"The answer cannot be unpacked. {_MAPPER}."),
    "redirect": (SourceDrift, f"Instagram sends us elsewhere; nobody went there. {_MAPPER}."),
    "too long": (SourceDrift, f"The answer did not end, and was dropped. {_MAPPER}."),
    "not understood": (SourceDrift, f"The answer has an unknown shape. {_MAPPER}."),
    "Exception": (SourceDrift, f"The answer broke the library that reads it. {_MAPPER}."),
}
"""By the name of an exception of aiograpi or httpx, or in our own words: our error, its message."""

_SAYS_SO = re.compile(r"(user|media) not found", re.IGNORECASE)


def trouble(name: str, retry_after: float | None = None) -> StorykeepError:
    """Return the error that the table has under ``name``."""
    kind, message = TROUBLES[name]
    if issubclass(kind, SourceError):
        return kind(message, retry_after=retry_after)
    return kind(message or None)


def translate(error: Exception, absent: type[StorykeepError], response: Any) -> StorykeepError:
    """Return what ``error`` is in our words; ``absent`` stands for what is certainly not there.

    ``response`` is the last one, if any: it may say how long to wait.  Nothing else of either
    is used, because they hold what Instagram sent.
    """
    name = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in TROUBLES)
    # A challenge may hide behind a 404: only one that says who is missing is certain.
    if name == "ClientNotFoundError" and not _SAYS_SO.search(str(getattr(error, "message", ""))):
        name = "unexplained 404"
    if TROUBLES[name][0] is Absent:
        return absent()
    wait = "" if response is None else response.headers.get("retry-after", "")
    return trouble(name, float(wait) if wait.isdecimal() and wait.isascii() else None)
