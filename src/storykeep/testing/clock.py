"""Time that stands still until it is turned."""


class HandClock:
    """A Clock that a test turns by hand."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        """``now`` is in Unix seconds."""
        self.now = now

    def __call__(self) -> float:
        """The time it was last turned to."""
        return self.now

    def turn(self, seconds: float) -> None:
        """Let so much time pass, or come back."""
        self.now += seconds
