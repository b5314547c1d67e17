"""What became of each of several accounts, as the wire tells it."""

from datetime import UTC, datetime
from typing import Literal, cast

from msgspec import Raw

from storykeep.core.errors import PrivateAccount, SourceError
from storykeep.core.model import AccountStories, Story
from storykeep.core.ports import Reel, ReelOrError


def tell_account(user_pk: int, answer: ReelOrError, amount: int) -> AccountStories:
    """Return ``answer`` in words, with the first ``amount`` stories; 0: with all."""
    if isinstance(answer, Reel):
        seen = answer.provenance
        seen_at = seen.seen_at if seen else None
        return AccountStories(
            user_id=str(user_pk),
            outcome="ok" if answer.stories else "empty",
            stories=cast("list[Story]", Raw(answer.first(amount))),  # they are encoded already
            source=seen.source if seen else None,
            seen_at=datetime.fromtimestamp(seen_at, UTC) if seen_at is not None else None,
            is_stale=seen is not None and seen.outcome == "stale",
        )
    outcome: Literal["private", "not_found", "unavailable"] = "not_found"
    if isinstance(answer, (PrivateAccount, SourceError)):
        outcome = "private" if isinstance(answer, PrivateAccount) else "unavailable"
    return AccountStories(
        user_id=str(user_pk),
        outcome=outcome,
        stories=[],
        exc_type=answer.exc_type,
        detail=str(answer),
    )
