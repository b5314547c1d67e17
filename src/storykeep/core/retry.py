"""When a wanted file is tried again, and when it is given up.  Times are seconds."""

from math import ceil

from msgspec import structs

from storykeep.core import errors
from storykeep.core.media import Wanted
from storykeep.core.sighting import DAY

FIRST_WAIT = 30
"""After the first failure; each further one doubles it."""
LONGEST_WAIT = 2 * 3600
OWN_WAIT = 300
"""When our own shelves are out of order, or full: that is no try."""
MOST_TRIES = 24
"""Of an address that does not say until when it is good: these take about a day and a half."""
MAX_REASON = 300

_FINAL = (errors.MediaNotFound, errors.InvalidValue, errors.SourceDrift)
"""Nothing lies there, it may not be asked, or it is something else: asking again is in vain."""


def _give_up(wanted: Wanted, reason: str) -> Wanted:
    """Return the file as one that is not tried any more, unless it is seen elsewhere."""
    return structs.replace(wanted, reason=reason[:MAX_REASON], is_given_up=True)


def expire(wanted: Wanted, now: float) -> Wanted | None:
    """Return the file if its address is good no more; why it was not kept before stays said."""
    if wanted.expires_at is None or now < wanted.expires_at:
        return None
    return _give_up(wanted, f"The address has expired. {wanted.reason}".strip())


def after(wanted: Wanted, error: Exception, now: float, chance: float) -> Wanted:
    """Return the file once a try of it failed: when it is tried again, or why it is not.

    ``chance``, from 0 to 1, makes the wait up to half as long again, so that files that failed
    together do not come back together.  What is no error of ours is a bug, and tried again.
    """
    reason = str(error) or type(error).__name__
    if isinstance(error, _FINAL):
        return structs.replace(_give_up(wanted, reason), tries=wanted.tries + 1)
    is_own = isinstance(error, errors.StorageError)
    tries = wanted.tries if is_own else wanted.tries + 1
    tried = structs.replace(wanted, reason=reason[:MAX_REASON], tries=tries)
    if wanted.expires_at is None and tries >= MOST_TRIES:
        return _give_up(tried, reason)
    wait = OWN_WAIT if is_own else min(FIRST_WAIT * 2 ** min(tries - 1, 32), LONGEST_WAIT)
    asked_for = error.retry_after if isinstance(error, errors.StorykeepError) else None
    spread = max(wait * (1 + chance / 2), min(asked_for or 0.0, DAY))
    return structs.replace(tried, next_at=ceil(now + spread))
