"""Profiles in memory, worked out of sightings."""

from collections.abc import Sequence
from hashlib import sha256
from operator import attrgetter
from typing import Any

from msgspec import structs

from storykeep.core.model import UserShort
from storykeep.core.ports import Account, Profile
from storykeep.core.sighting import Provenance, Sighting


def profile_of(account: Account, sightings: Sequence[Sighting], told_at: int) -> Profile:
    """Return what was last seen; an older word stands where the newer has none."""
    facts: dict[str, Any] = {}
    for user in (seen.user for seen in sorted(sightings, key=attrgetter("seen_at"))):
        told = structs.asdict(user).items()
        facts |= {name: value for name, value in told if value not in (None, "")}
    is_private = account.is_private if "is_private" in facts else None
    facts |= {"pk": str(account.pk), "id": str(account.pk)}
    facts |= {"username": account.username, "is_private": is_private, "profile_pic_url_hd": None}
    raw = max(
        ((seen.seen_at, sha256(seen.profile).digest(), seen.profile)
         for seen in sightings if seen.profile is not None),
        default=None,
    )  # fmt: skip
    seen_at = max((seen.seen_at for seen in sightings), default=0)
    moment = raw[0] if raw else min(seen_at, told_at) or None
    kept = Provenance("archive", moment, "archived")
    return Profile(UserShort(**facts), raw[2] if raw else None, kept)
