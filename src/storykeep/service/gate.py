"""Who may ask, how often, and whether they can pay."""

from storykeep.core.errors import AccessKeyInvalid, InsufficientFunds, RateLimited
from storykeep.core.keys import digest_of, is_well_formed
from storykeep.core.ports import AccessKey, Clock, Entry, Keyring, Ledger, RateLimiter
from storykeep.core.throttle import Decision


class Gate:
    """The three questions that stand before and after every answer."""

    def __init__(
        self, keyring: Keyring, limiter: RateLimiter, ledger: Ledger, clock: Clock, billing_url: str
    ) -> None:
        """``billing_url`` is where a caller without units is sent."""
        self._keyring = keyring
        self._limiter = limiter
        self._ledger = ledger
        self._clock = clock
        self._broke = f"Top up your account at {billing_url}"

    async def identify(self, secret: bytes | None) -> AccessKey:
        """Return the key of ``secret``.  Raises AccessKeyInvalid."""
        if not secret:
            raise AccessKeyInvalid("No access key: send it in the x-access-key header.")
        key = await self._keyring.find(digest_of(secret))
        if key is None:
            if is_well_formed(secret.decode("latin-1")):
                raise AccessKeyInvalid("Unknown access key.")
            raise AccessKeyInvalid("Mistyped access key: its checksum does not fit.")
        if not key.is_valid(self._clock()):
            state = "is disabled" if key.is_disabled else "has expired"
            raise AccessKeyInvalid(f"This access key {state}.")
        return key

    async def admit(self, key: AccessKey) -> Decision:
        """Count one request of ``key``; the decision says whether it may go on."""
        return await self._limiter.take(key.id, key.rate, self._clock())

    def afford(self, key: AccessKey, units: int) -> None:
        """Raise InsufficientFunds when the balance does not cover ``units``."""
        if key.balance < units:
            raise InsufficientFunds(self._broke)

    async def charge(self, key: AccessKey, units: int, entry: str, reason: str) -> int:
        """Take ``units`` and return the balance once that is durable.

        Raises InsufficientFunds when another request was quicker.
        """
        if not units:
            return key.balance
        posting = Entry(key.id, entry, -units, reason, int(self._clock()))
        try:
            return await self._ledger.post(posting)
        except InsufficientFunds:
            raise InsufficientFunds(self._broke) from None


def refuse_rate(decision: Decision) -> None:
    """Raise RateLimited when ``decision`` is a no."""
    if not decision.is_allowed:
        raise RateLimited(retry_after=decision.retry_after)
