"""What a call can end with instead of a result, grouped by whose turn it is to act.

    ClientError
    ├── Refused               the caller must change something
    │   ├── InvalidParams
    │   ├── InvalidValue
    │   ├── AccessKeyInvalid
    │   ├── InsufficientFunds
    │   └── RateLimited
    ├── Absent                a final answer: asking again changes nothing
    │   ├── UserNotFound
    │   ├── StoryNotFound
    │   ├── HighlightNotFound
    │   ├── MediaNotFound
    │   └── PrivateAccount
    ├── ServerFailed          the server could not answer
    │   └── ServerUnavailable
    ├── TransportFailed       no whole answer arrived, or none that can be believed
    │   ├── ConnectionFailed
    │   ├── CertificateRefused
    │   ├── TimedOut
    │   ├── BodyCut
    │   ├── NotUnderstood
    │   └── WrongDigest
    └── PartInUse             another download writes the same file

What a server tells has the name that ``storykeep.core.errors`` gave it there; the first two
families are those of there too.
"""

from storykeep.core import errors
from storykeep.core.errors import StorykeepError


class ClientError(StorykeepError):
    """The call brought no result."""

    is_passing = False
    """Whether the same call may succeed a little later: only then it is tried again."""

    def __init__(
        self,
        message: str | None = None,
        *,
        status: int | None = None,
        exc_type: str | None = None,
        cost: int = 0,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Carry what the server told beside the message; nothing, when no server did."""
        super().__init__(message)
        self.status = status
        self.cost = cost
        """Request units, by the published rule: an operator may take less."""
        self.request_id = request_id
        self.retry_after = retry_after
        """Seconds until asking again makes sense, where the server knew."""
        self._exc_type = exc_type

    @property
    def exc_type(self) -> str:
        """The server's name for it, or the class's where there is none."""
        return self._exc_type or super().exc_type


class Refused(ClientError, errors.Refused):
    """The request cannot be served as it was asked."""


class InvalidParams(Refused):
    """A parameter is missing or of the wrong type."""


class InvalidValue(Refused):
    """A value that the API cannot use."""


class AccessKeyInvalid(Refused):
    """Access key missing, unknown, disabled or expired: use a valid one."""


class InsufficientFunds(Refused):
    """The balance does not cover the price: top up."""


class RateLimited(Refused):
    """Too many requests for this access key: wait, then ask again."""

    is_passing = True


class Absent(ClientError, errors.Absent):
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


class ServerFailed(ClientError):
    """The server could not answer: its operator finds the cause in the log."""


class ServerUnavailable(ServerFailed):
    """The server, or every source that it has, is out of reach: try later."""

    is_passing = True


class TransportFailed(ClientError):
    """No whole answer arrived."""


class ConnectionFailed(TransportFailed):
    """The server cannot be reached: check its address, and that it runs."""

    is_passing = True


class CertificateRefused(TransportFailed):
    """The server's certificate is not trusted: pass its authority as verify."""


class TimedOut(TransportFailed):
    """The server took too long: try later, or allow it more time."""


class BodyCut(TransportFailed):
    """The answer ended early; of a download the part is kept, and asking again resumes it."""

    is_passing = True


class NotUnderstood(TransportFailed):
    """The answer is none of this API: check the address."""


class WrongDigest(TransportFailed):
    """The file is not the one that the server announced: nothing was kept of it."""


class PartInUse(ClientError):
    """Another download is writing this file: wait for it, or choose another name."""
