"""A stream of bytes whose next ones can be seen before they are read."""

from collections.abc import Iterator
from io import BufferedIOBase

CHUNK = 1 << 16
ALL = 1 << 64
"""More bytes than any stream has."""


class Lookahead:
    """Reads from another stream, and shows what comes next."""

    def __init__(self, stream: BufferedIOBase) -> None:
        self._stream = stream
        self._ahead = b""
        self.position = 0
        """How many bytes were read."""

    def peek(self, size: int) -> bytes:
        """Return the next bytes, fewer only at the end; they are still to be read."""
        if len(self._ahead) < size:
            self._ahead += self._stream.read(size - len(self._ahead))
        return self._ahead[:size]

    def read(self, size: int) -> bytes:
        """Return the next bytes, fewer only at the end."""
        found = self.peek(size)
        self._ahead = self._ahead[size:]
        self.position += len(found)
        return found

    def copy(self, size: int = ALL) -> Iterator[bytes]:
        """Go through so many bytes, or through all that are left."""
        while chunk := self.read(min(size, CHUNK)):
            size -= len(chunk)
            yield chunk

    def blank(self, size: int) -> Iterator[bytes]:
        """As ``copy``, but with zeros."""
        for chunk in self.copy(size):
            yield bytes(len(chunk))
