"""What became of each of several accounts, as the wire tells it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from msgspec import Raw, json, structs

from storykeep.core.errors import PrivateAccount, SourceError
from storykeep.core.model import AccountStories
from storykeep.core.ports import Reel, ReelOrError


def tell_accounts(
    found: Mapping[int, ReelOrError], amount: int
) -> tuple[bytes, Callable[[bytes], bytes], tuple[str, ...]]:
    """Return the stories of all in one array, what shares such an array out, and the outcomes.

    Of each account the first ``amount`` stories count; 0: all.
    """
    told = [_tell(user_pk, answer) for user_pk, answer in found.items()]
    reels = [answer.stories if isinstance(answer, Reel) else () for answer in found.values()]
    kept = [stories[: amount or None] for stories in reels]

    def share_out(body: bytes) -> bytes:
        given: Iterator[Any] = iter(json.decode(body, type=list[Raw]))
        each = zip(told, kept, strict=True)
        return json.encode(
            [structs.replace(one, stories=[*islice(given, len(own))]) for one, own in each]
        )

    body = b"[%b]" % b",".join(story for stories in kept for story in stories)
    return body, share_out, tuple(one.outcome for one in told)


def _tell(user_pk: int, answer: ReelOrError) -> AccountStories:
    if isinstance(answer, Reel):
        seen = answer.provenance
        seen_at = seen.seen_at if seen else None
        return AccountStories(
            user_id=str(user_pk),
            outcome="ok" if answer.stories else "empty",
            stories=[],
            source=seen.source if seen else None,
            seen_at=None if seen_at is None else datetime.fromtimestamp(seen_at, UTC),
            is_stale=seen is not None and seen.outcome == "stale",
        )
    is_private, is_unsure = isinstance(answer, PrivateAccount), isinstance(answer, SourceError)
    return AccountStories(
        user_id=str(user_pk),
        outcome="private" if is_private else "unavailable" if is_unsure else "not_found",
        stories=[],
        exc_type=answer.exc_type,
        detail=str(answer),
    )
