"""One Story from all that was captured of it, whatever the order of arrival.

The richer dialect leads, then the newer capture; the others fill what the leader does not
know.  Nothing known is overwritten by nothing.
"""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import structs

from storykeep.core.model import Story, UserShort, encode_story
from storykeep.core.sighting import Dialect

_RICHNESS: dict[Dialect, int] = {"v1": 4, "vendor": 3, "xdt": 2, "legacy": 1}


class Reading(NamedTuple):
    """What one capture said about a story."""

    dialect: Dialect
    seen_at: int
    expiring_at: int
    is_close_friends: bool
    story: Story


def merge(readings: Iterable[Reading]) -> Reading:
    """Return the reading that all of them make together; there must be at least one."""
    leader, *others = sorted(readings, key=_rank, reverse=True)
    story = leader.story
    for other in others:
        story = _fill(story, other.story)
    return leader._replace(
        story=story,
        is_close_friends=any(r.is_close_friends for r in (leader, *others)),
    )


def _rank(reading: Reading) -> tuple[int, int, int, bytes]:
    """Rank by everything that is read of a leader: those of one rank are alike."""
    wire = encode_story(reading.story)
    return _RICHNESS[reading.dialect], reading.seen_at, reading.expiring_at, wire


def _fill(story: Story, other: Story) -> Story:
    """Return ``story`` with what only ``other`` knows; a photo's 0.0 seconds are known."""
    gaps = {
        name: value
        for name in story.__struct_fields__
        if getattr(story, name) in (None, []) and (value := getattr(other, name)) not in (None, [])
    }
    user = _fill_user(story.user, other.user)
    return structs.replace(story, **{**gaps, "user": user}) if gaps or user != story.user else story


def _fill_user(user: UserShort, other: UserShort) -> UserShort:
    gaps = {
        name: value
        for name in user.__struct_fields__
        if getattr(user, name) in (None, "") and (value := getattr(other, name)) not in (None, "")
    }
    return structs.replace(user, **gaps) if gaps else user
