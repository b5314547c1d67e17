"""Erasing: what goes, what may still be kept afterwards, and who does it.

It does not matter whether a capture comes before the erasing or after it: the archive is left
with the same.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from msgspec import Struct, json, structs

from storykeep.core.highlight import mentioned
from storykeep.core.media import MediaFile
from storykeep.core.mentions import (
    Erased,
    Scope,
    cut_mentions,
    word_of_name,
    word_of_story,
    word_of_user,
)
from storykeep.core.model import UserShort, decode_story, encode_story
from storykeep.core.raw import without
from storykeep.core.sighting import Problem, SeenHighlight, SeenStory, Sighting

NOT_KEPT = "erased: not kept"

Wish = Mapping[str, Scope]
"""Whom and what to erase: words, and how far each goes."""

GONE = frozenset({"account", "story"})
"""The scopes of what is neither kept nor answered; of the third only mentions are not."""

_encode = json.Encoder().encode


class Admitted(NamedTuple):
    """What of a sighting may be kept and shown."""

    sighting: Sighting | None
    """The same object where nothing is erased; None when all of it is."""
    problems: tuple[Problem, ...] = ()
    """What was left out: accounts and stories, not mentions."""


def admit(sighting: Sighting, erased: Erased, names: Sequence[str] = ()) -> Admitted:
    """Return what of ``sighting`` may be kept; its account is known by ``names`` too."""
    user = sighting.user
    own = [*words_of(user_pk=int(user.pk), username=user.username), *map(word_of_name, names)]
    if "account" in map(erased, own):
        return Admitted(None, (Problem("user", NOT_KEPT),))
    gone = {seen.pk for seen in sighting.stories if erased(word_of_story(seen.pk))}
    left = [seen for seen in sighting.stories if seen.pk not in gone]
    others = but(erased, own)
    problems = tuple(Problem("pk", NOT_KEPT, str(pk)) for pk in sorted(gone))
    kept = structs.replace(
        sighting,
        user=clean_user(user, others),
        stories=tuple(clean_and_count(seen, erased)[0] for seen in left),
        envelope=sighting.envelope and _cut(sighting.envelope, others)[0],
        profile=sighting.profile and _cut(sighting.profile, others)[0],
        highlights=tuple(clean_highlight(seen, others) for seen in sighting.highlights),
    )
    return Admitted(sighting if kept == sighting else kept, problems)


def clean_and_count(seen: SeenStory, erased: Erased) -> tuple[SeenStory, int]:
    """Return the story without others who are erased, and how much of the item is gone."""
    user = seen.story.user
    others = but(erased, words_of(user_pk=int(user.pk), username=user.username))
    raw, in_raw = _cut(seen.raw, others)
    wire, in_story = _cut(encode_story(seen.story), others)
    story = decode_story(wire) if in_story else seen.story
    is_cut = in_raw or in_story
    return structs.replace(seen, story=story, raw=raw) if is_cut else seen, max(in_raw, in_story)


def clean_highlight(seen: SeenHighlight, others: Erased) -> SeenHighlight:
    """Return the highlight without stories and mentions of others that are erased."""
    told = json.decode(seen.reel)
    gone = {pk for pk in (*seen.items, *mentioned(told)) if others(word_of_story(pk))}
    reel, _ = _cut(_encode(without(told, gone)) if gone else seen.reel, others)
    return structs.replace(seen, reel=reel, items=tuple(pk for pk in seen.items if pk not in gone))


def clean_user(user: UserShort, others: Erased) -> UserShort:
    """Return what is said of an account, without others who are erased."""
    cut = cut_mentions(structs.asdict(user), others)
    return UserShort(**cut.value) if cut.times else user


def _cut(document: bytes, others: Erased) -> tuple[bytes, int]:
    """Return JSON without those who are erased, and how much of it is gone."""
    value, times = cut_mentions(json.decode(document), others)
    return _encode(value) if times else document, times


def words_of(
    *, user_pk: int | None = None, username: str | None = None, story_pk: int | None = None
) -> list[str]:
    """Return the words that stand for what is given."""
    return [
        *([] if user_pk is None else [word_of_user(user_pk)]),
        *([word_of_name(username)] if username else []),
        *([] if story_pk is None else [word_of_story(story_pk)]),
    ]


def but(erased: Erased, own: Sequence[str]) -> Erased:
    """Return ``erased`` without the words of whoever says something: that is no mention."""
    return lambda word: None if word in own else erased(word)


class Erasing(Struct, frozen=True):
    """What is known of an erasure before it begins."""

    words: Wish
    """All that is erased: also the names of the accounts, and the other pks of the stories."""
    accounts: frozenset[int] = frozenset()
    """Those that go as a whole, made ones too."""
    shared_names: tuple[str, ...] = ()
    """Names that another account had as well: they stay, and so do mentions by them alone."""


class Erasure(Struct):
    """What a step erased, or would erase; ``add`` makes one of several."""

    done: int = 0
    """Captures and sightings that were looked at, for a bar."""
    stories: int = 0
    captures: int = 0
    """Raw payloads of those stories."""
    sightings: int = 0
    usernames: int = 0
    file_names: int = 0
    mentions: int = 0
    mentioned_in: int = 0
    """Stories of others that were cut."""
    files: int = 0
    bytes: int = 0
    shared_files: int = 0
    """Files that stay, because another story has them too."""

    def add(self, step: "Erasure") -> None:
        """Count a step."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(step, name))


class Eraser(Protocol):
    """Takes out of an archive.  Raises StorageError.

    From ``condemn`` on nothing of it is recorded again; ``erase`` may be interrupted at any
    moment, and is finished by another one.
    """

    async def plan(self, wish: Wish) -> Erasing:
        """What the wish means here.  Raises InvalidValue when it may mean several accounts."""

    async def size(self) -> int:
        """How many captures and sightings there are to look at."""

    async def condemn(self, erasing: Erasing) -> None:
        """Lay the tombstones."""

    def erase(self, erasing: Erasing, *, is_dry_run: bool = False) -> AsyncIterator[Erasure]:
        """Take it out, step by step; a dry run, which needs no tombstones, undoes each step."""

    async def doomed_files(self) -> Sequence[MediaFile]:
        """Files that stories had which are gone, and no story has now."""

    async def let_go(self, file: MediaFile) -> None:
        """Forget a doomed file, which the store has not any more."""

    async def shred(self) -> None:
        """Leave nothing of what is gone in the files of the archive."""

    async def lift(self, wish: Wish) -> int:
        """Take tombstones away: those of the erasures that had one of the words.

        Returns how many; what is recorded from now on is kept, what is gone stays gone.
        """
