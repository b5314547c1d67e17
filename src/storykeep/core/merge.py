"""One Story from all that was captured of it, whatever the order of arrival.

The richer dialect leads, then the newer capture; the others fill what the leader does not
know.  Nothing known is overwritten by nothing.
"""

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from msgspec import Struct, structs

from storykeep.core.ids import is_made_user
from storykeep.core.model import Story, encode_story
from storykeep.core.sighting import Dialect

S = TypeVar("S", bound=Struct)

_POOREST_FIRST = ("file", "export", "graph", "gallery-dl", "legacy", "xdt", "vendor", "v1")


class Reading(NamedTuple):
    """What one capture said about a story."""

    dialect: Dialect
    seen_at: int
    expiring_at: int
    is_close_friends: bool
    story: Story


def merge(readings: Iterable[Reading]) -> Reading:
    """Return the reading that all of them make together; there must be at least one."""
    leader, *others = rank(readings)
    return fill(leader, others)


def telling(readings: Iterable[Reading]) -> list[Reading]:
    """Return those few of ``readings`` that make the same together as all of them do.

    Also with any others: whoever adds a reading needs these and no more of what came before.
    """
    whole, *others = rank(readings)
    kept = [whole]
    for other in others:
        more = fill(whole, [other])
        if more != whole:
            whole = more
            kept.append(other)
    return kept


def rank(readings: Iterable[Reading]) -> list[Reading]:
    """Return ``readings``, the leader first; a file's mere name counts where nothing else is."""
    found = sorted(readings, key=_rank, reverse=True)
    return [reading for reading in found if reading.dialect != "file"] or found


def fill(leader: Reading, others: Iterable[Reading]) -> Reading:
    """Return ``leader`` with what only ``others`` know, the first of them first."""
    story, is_close_friends, seen_at = leader.story, leader.is_close_friends, leader.seen_at
    for other in others:
        story = _fill(story, other.story)
        is_close_friends = is_close_friends or other.is_close_friends
        seen_at = max(seen_at, other.seen_at)
    return leader._replace(story=story, is_close_friends=is_close_friends, seen_at=seen_at)


def give_to(reading: Reading, owner: int) -> Reading:
    """Return ``reading`` as of the account ``owner``, where its own account's pk was made."""
    story = reading.story
    if story.user.pk == str(owner) or not is_made_user(int(story.user.pk or 0)):
        return reading
    user = structs.replace(story.user, pk=str(owner), id=str(owner))
    return reading._replace(story=structs.replace(story, id=f"{story.pk}_{owner}", user=user))


def known_fields(story: Story) -> list[str]:
    """Return the fields that hold something, in wire order, the account's as ``user.…``."""
    facts = structs.asdict(story)
    account = structs.asdict(facts.pop("user"))
    facts |= {f"user.{name}": value for name, value in account.items()}
    return [name for name, value in facts.items() if value not in (None, "", [])]


def _rank(reading: Reading) -> tuple[int, int, int, bytes]:
    """Rank by everything that is read of a leader: those of one rank are alike."""
    wire = encode_story(reading.story)
    richness = _POOREST_FIRST.index(reading.dialect)
    return richness, reading.seen_at, reading.expiring_at, wire


def _fill(story: Story, other: Story) -> Story:
    """Return ``story`` with what only ``other`` knows; a photo's 0.0 seconds are known."""
    filled = _fill_gaps(story, other, (None, []))
    user = _fill_gaps(story.user, other.user, (None, ""))
    return filled if user == story.user else structs.replace(filled, user=user)


def _fill_gaps(known: S, other: S, nothing: tuple[object, ...]) -> S:
    gaps = {
        name: value
        for name in known.__struct_fields__
        if getattr(known, name) in nothing and (value := getattr(other, name)) not in nothing
    }
    return structs.replace(known, **gaps) if gaps else known
