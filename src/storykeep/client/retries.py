"""When a call is tried again."""

from msgspec import Struct

from storykeep.client.errors import ClientError


class Retries(Struct, frozen=True):
    """How often a call is tried again, and how long it waits for that.

    Only what may pass is tried again: 429, 502, 503, 504, no connection, a body cut short.
    """

    most: int = 4
    """Times, after the first."""
    first_wait: float = 0.5
    """Seconds at most; each further wait may be twice as long.  Retry-After comes on top."""
    total_wait: float = 60.0
    """Seconds of all waits together: a longer one ends the call with its error."""

    def wait(self, error: ClientError, tried: int, waited: float, luck: float) -> float | None:
        """Return the seconds to wait now; None to give up.  ``luck``, 0 to 1, spreads callers."""
        wait = (error.retry_after or 0.0) + luck * self.first_wait * 2**tried
        is_over = tried >= self.most or waited + wait > self.total_wait
        return None if is_over or not error.is_passing else wait
