"""When waiting for a file ends."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from storykeep.core.errors import SourceDrift, SourceTimeout


class Limits(Struct, frozen=True, kw_only=True):
    """Of one file: seconds, and bytes."""

    size: int = 256 << 20
    """Bytes: a story's video has less than a tenth of it."""
    connect: float = 10.0
    """Seconds until the connection stands; so many again until it is encrypted."""
    head: float = 30.0
    """Seconds from a question to the head of its answer, all included."""
    silence: float = 15.0
    """Seconds without a byte."""
    whole: float = 900.0
    """Seconds of waiting for bytes, all in all."""
    speed: int = 1024
    """Bytes a second that must arrive, on an average of ``window``."""
    window: float = 30.0
    """Seconds."""


class Meter:
    """Counts bytes and the time that was spent waiting for them: our own time is nobody's fault."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        """``clock`` counts seconds and never goes back."""
        self.received = 0
        """Bytes so far."""
        self._limits = limits
        self._clock = clock
        self._waited = 0.0
        self._window = (0.0, 0)
        """What had been waited and received when the window began."""

    def allow(self, size: int) -> None:
        """Raise SourceDrift when a file of ``size`` bytes is too large."""
        if size > self._limits.size:
            raise SourceDrift(f"The file is larger than {self._limits.size:,} bytes: not kept.")

    async def timed(self, piece: Awaitable[bytes]) -> bytes:
        """Return the piece, once it is there and counted.  Raises SourceDrift, SourceTimeout."""
        limits, began = self._limits, self._clock()
        read = await piece
        self.received += len(read)
        self.allow(self.received)
        self._waited += self._clock() - began
        if self._waited > limits.whole:
            raise SourceTimeout(f"The file did not arrive within {limits.whole:g} seconds.")
        waited, received = self._window
        if self._waited - waited >= limits.window:
            if self.received - received < limits.speed * (self._waited - waited):
                raise SourceTimeout(
                    f"The file arrives at less than {limits.speed:,} bytes a second."
                )
            self._window = (self._waited, self.received)
        return read
