"""Sessions in memory."""

from collections.abc import Sequence

from storykeep.core.ids import read_username


class MemorySessions:
    """A SessionStore that forgets everything at the end; what it holds is not sealed."""

    def __init__(self) -> None:
        self._sessions: dict[str, bytes] = {}

    def names(self) -> Sequence[str]:
        """The names, in order."""
        return sorted(self._sessions)

    def load(self, name: str) -> bytes | None:
        """The session as it was saved."""
        return self._sessions.get(read_username(name))

    def save(self, name: str, session: bytes) -> None:
        """Keep the session.  Raises InvalidValue."""
        self._sessions[read_username(name)] = session

    def remove(self, name: str) -> bool:
        """Forget the session, and say whether there was one."""
        return self._sessions.pop(read_username(name), None) is not None
