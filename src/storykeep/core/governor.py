"""When a live origin may be asked: a budget, a distance, a rest, and a breaker.

All of it is functions from one Health to the next; who keeps it and who waits is elsewhere.
Fewer requests, never disguised ones.
"""

from collections.abc import Iterator
from math import floor

from msgspec import Struct, field, structs

from storykeep.core import errors

HOUR, DAY = 3_600, 86_400
SLOT = 300
"""Requests are counted by five minutes: one counts until all of its slot is out of the window."""
MAX_REST = 7 * DAY
"""What an origin asks for beyond this is not believed; the operator may end any rest."""
MAX_ERROR = 300


class Pace(Struct, frozen=True, kw_only=True):
    """How gently an origin is treated.  Times are seconds."""

    hour: int = 100
    """Requests in any hour; 0: as many as come."""
    day: int = 600
    """Requests in any 24 hours; 0: as many as come."""
    spacing: float = 2.0
    """From one request to the next, at least."""
    jitter: float = 0.5
    """By what share of it the spacing may be longer."""
    rest: float = 600.0
    """After the first throttling; each further one doubles it."""
    longest_rest: float = DAY
    patience: float = 5.0
    """How long a caller is held; who would wait longer is refused and told how long."""
    at_once: int = 1
    """Requests under way at the same time."""


class Health(Struct, frozen=True):
    """How one origin fares: what it was asked, and how it took it.  Times are Unix seconds."""

    source: str
    slots: dict[int, int] = field(default_factory=dict)
    """How many requests by slot, of the last day."""
    asked_at: float = 0.0
    """When the latest request leaves or left."""
    answered_at: int | None = None
    results: dict[str, int] = field(default_factory=dict)
    """How often it answered, and how often each error came, ever."""
    strikes: int = 0
    """How often it throttled us lately."""
    failures: int = 0
    """How often in a row it did not answer otherwise."""
    rest: float = 0.0
    """How long the latest rest is."""
    resting_until: float = 0.0
    stopped_at: int | None = None
    """When the breaker opened; only the operator closes it."""
    error: str | None = None
    """What it said last when it did not answer."""
    error_at: int | None = None
    balance: int | None = None
    """Request units left there, as it last said; None where it sells none."""


def refusal(
    health: Health, pace: Pace, now: float, chance: float = 0.0
) -> errors.SourceError | None:
    """Return why it may not be asked now, and how long; ``chance`` (0 to 1) draws its distance."""
    name = health.source
    if health.stopped_at is not None:
        return errors.SourceLoginRequired(
            f"{name} is stopped: {health.error} Once settled: storykeep sources reset {name}"
        )
    if wait := rest_left(health, now):
        return errors.SourceThrottled(f"{name} rests, because: {health.error}", retry_after=wait)
    for word, budget, seconds in windows(pace):
        if budget and (wait := _until_free(health, budget, seconds, now)):
            return errors.SourceThrottled(
                f"The {budget} requests of the {word} to {name} are used up: wait, or raise"
                f" STORYKEEP_BUDGET_{word.upper()}.",
                retry_after=wait,
            )
    wait = _turn(health, pace, now, chance) - now
    if wait > pace.patience:
        return errors.SourceThrottled(f"{name} was asked only just now.", retry_after=wait)
    return None


def admit(health: Health, pace: Pace, now: float, chance: float) -> Health:
    """Return the health with one request more, which may leave at its ``asked_at``.

    That is at most ``pace.patience`` away.  Raises what ``refusal`` returns.
    """
    if error := refusal(health, pace, now, chance):
        raise error
    turn = _turn(health, pace, now, chance)
    slots = dict(_slots_since(health, DAY, now))
    slot = floor(turn / SLOT)
    slots[slot] = slots.get(slot, 0) + 1
    return structs.replace(health, slots=slots, asked_at=turn)


def settle(health: Health, pace: Pace, now: float, error: errors.StorykeepError | None) -> Health:
    """Return the health once a request was answered (no error, or Absent), or was not."""
    result = "answered" if error is None else error.exc_type
    results = {**health.results, result: health.results.get(result, 0) + 1}
    health = structs.replace(health, results=results)
    if error is None or isinstance(error, errors.Absent):
        strikes = max(0, health.strikes - 1)
        return structs.replace(health, answered_at=int(now), strikes=strikes, failures=0)
    # What stopped it stays to be read; and who is merely unaware was not even asked.
    if health.stopped_at is not None or isinstance(error, errors.SourceUnaware):
        return health
    health = structs.replace(health, error=str(error)[:MAX_ERROR], error_at=int(now))
    if isinstance(error, errors.SourceLoginRequired):
        return structs.replace(health, stopped_at=int(now))
    asked_for = error.retry_after or 0.0
    if isinstance(error, errors.SourceThrottled):
        rest = min(pace.rest * 2.0 ** min(health.strikes, 32), pace.longest_rest)
        return _rest(structs.replace(health, strikes=health.strikes + 1), rest, asked_for, now)
    if isinstance(error, errors.SourceDrift):  # it answered: that we do not understand is ours
        return health
    failures = health.failures + 1
    rest = min(2.0 ** min(failures, 32), pace.rest)
    return _rest(structs.replace(health, failures=failures), rest, asked_for, now)


def reset(health: Health) -> Health:
    """Return the health once the operator has settled what was wrong; what was asked counts on."""
    return structs.replace(
        health, strikes=0, failures=0, rest=0.0, resting_until=0.0, stopped_at=None
    )


def windows(pace: Pace) -> tuple[tuple[str, int, int], ...]:
    """Return each window's name, budget, and length."""
    return ("hour", pace.hour, HOUR), ("day", pace.day, DAY)


def used(health: Health, seconds: int, now: float) -> int:
    """Return how many requests count in the window of so many seconds that ends now."""
    return sum(count for _, count in _slots_since(health, seconds, now))


def rest_left(health: Health, now: float) -> float:
    """Return for how many seconds the origin is left alone after it refused."""
    left = health.resting_until - now
    # What is longer than it ever was is of a clock that was set back.
    return max(0.0, min(left, health.rest)) if left < health.rest + SLOT else 0.0


def _rest(health: Health, rest: float, asked_for: float, now: float) -> Health:
    """Let it rest, longer where it asked for that, and never shorter than it rests already."""
    rest = max(rest, rest_left(health, now), min(asked_for, MAX_REST))
    return structs.replace(health, rest=rest, resting_until=now + rest)


def _turn(health: Health, pace: Pace, now: float, chance: float) -> float:
    distance = pace.spacing * (1 + pace.jitter * chance)
    latest = health.asked_at
    return max(now, latest + distance) if latest < now + SLOT else now


def _slots_since(health: Health, seconds: int, now: float) -> Iterator[tuple[int, int]]:
    """Go through the slots that reach into the window, but not those of a clock set back."""
    first, last = floor((now - seconds) / SLOT), floor(now / SLOT) + 1
    return ((slot, n) for slot, n in sorted(health.slots.items()) if first <= slot <= last)


def _until_free(health: Health, budget: int, seconds: int, now: float) -> float:
    """Return how long it takes until the window has room for one request more."""
    excess = used(health, seconds, now) - budget
    for slot, count in _slots_since(health, seconds, now) if excess >= 0 else ():
        excess -= count
        if excess < 0:
            return (slot + 1) * SLOT + seconds - now
    return 0.0
