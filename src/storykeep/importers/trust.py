"""What an export of storykeep may say: whoever has its files may have changed them.

A record is as little believed as a capture: numbers and moments lie within bounds, addresses
are addresses, and nobody's stories are another's.
"""

import re

from msgspec import DecodeError

from storykeep.core.copies import (
    NOTHING,
    AccountCopy,
    CaptureCopy,
    FileCopy,
    SightingCopy,
    digest_of_capture,
    read_capture_copy,
)
from storykeep.core.ids import MAX_PK, is_made_user, make_user_pk
from storykeep.core.model import Story
from storykeep.importers.document import BrokenError
from storykeep.importers.zips import leads_elsewhere

_FIRST, _LAST = 1_262_304_000, 4_102_444_800
"""2010, when Instagram began, and 2100."""
_MAX_TEXT, _MAX_NAMES = 4096, 10_000
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_CAPTURE = re.compile(r"[0-9a-f]{32}", re.ASCII)
_SOURCE = re.compile(r"[\x20-\x7e]{1,100}", re.ASCII)


def check_account(copy: AccountCopy) -> None:
    """Raise BrokenError for what is no account."""
    texts = [copy.username, copy.full_name, copy.profile_pic_url]
    texts += [name.username for name in copy.names]
    moments = [copy.seen_at, copy.privacy_seen_at]
    moments += [at for name in copy.names for at in (name.first_seen_at, name.last_seen_at)]
    _require(0 < copy.pk <= MAX_PK, "pk")
    _require(all(-1 <= at < _LAST for at in moments), "a moment")
    _require(len(copy.names) <= _MAX_NAMES, "too many names")
    _require(all(len(text or "") <= _MAX_TEXT for text in texts), "a text")
    _require(_is_address(copy.profile_pic_url), "profile_pic_url")
    for highlight in copy.highlights:
        _require(all(0 < pk <= MAX_PK for pk in (highlight.pk, *highlight.items)), "a highlight")
        moments = [highlight.seen_at, highlight.items_seen_at or 0]
        is_reel = bytes(highlight.reel).startswith(b"{")
        _require(is_reel and all(0 <= at < _LAST for at in moments), "a reel of a highlight")
    for name in copy.names:
        is_name = name.username and name.username == name.username.lower()
        _require(bool(is_name) and name.first_seen_at <= name.last_seen_at, "a name")
        is_its_own = not is_made_user(copy.pk) or make_user_pk(name.username) == copy.pk
        _require(is_its_own, "a pk that was made of another name")


def check_capture(copy: CaptureCopy) -> Story:
    """Return the story.  Raises BrokenError for what was changed, or is none."""
    _require(_CAPTURE.fullmatch(copy.digest) is not None, "digest")
    _require(digest_of_capture(copy).hex() == copy.digest, "a digest that is not that of the item")
    try:
        seen, _ = read_capture_copy(copy)
    except (DecodeError, RecursionError) as error:
        raise BrokenError(f"not a story: {error}") from error
    story = seen.story
    _require(0 < copy.pk <= MAX_PK and story.pk == str(copy.pk), "pk")
    _require(story.user.pk.isdecimal() and story.id == f"{copy.pk}_{story.user.pk}", "id")
    _require(_FIRST < seen.taken_at < min(seen.expiring_at, _LAST), "taken_at or expiring_at")
    for url in (story.thumbnail_url, story.video_url, story.user.profile_pic_url):
        _require(_is_address(url), "an address")
    for file in copy.files:
        _require(0 < len(file.name) <= _MAX_TEXT, "the name of a file")
    return story


def check_sighting(copy: SightingCopy) -> None:
    """Raise BrokenError for what is no sighting."""
    _require(0 <= copy.seen_at < _LAST, "seen_at")
    _require(_SOURCE.fullmatch(copy.source) is not None, "source")
    _require(_SHA256.fullmatch(copy.digest) is not None, "digest")
    is_reel = bytes(copy.envelope).startswith(b"{")
    _require(is_reel or copy.envelope == NOTHING, "envelope")
    places = {story.place for story in copy.stories}
    pks = {story.pk for story in copy.stories}
    _require(len(places) == len(pks) == len(copy.stories), "one story twice")
    _require(all(0 <= place <= MAX_PK for place in places), "a place")
    for story in copy.stories:
        is_one = 0 < story.pk <= MAX_PK and _CAPTURE.fullmatch(story.digest) is not None
        _require(is_one, "a story")


def check_file(copy: FileCopy) -> None:
    """Raise BrokenError for what is no kept file, or leads elsewhere."""
    file = copy.kept.file
    _require(
        not leads_elsewhere(copy.path) and "\0" not in copy.path, "a path that leads elsewhere"
    )
    _require(0 < copy.kept.story_pk <= MAX_PK, "story_pk")
    _require(_SHA256.fullmatch(file.sha256) is not None, "sha256")
    _require(0 < len(copy.kept.name) <= _MAX_TEXT, "name")


def _is_address(text: str | None) -> bool:
    return not text or (text.startswith(("https://", "http://")) and len(text) <= 2 * _MAX_TEXT)


def _require(is_so: bool, what: str) -> None:  # noqa: FBT001 - it reads as a sentence
    if not is_so:
        raise BrokenError(f"not believed: {what}")
