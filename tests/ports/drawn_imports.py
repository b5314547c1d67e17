"""Imports drawn at random: the same few stories as captures, exports and bare files have them."""

from typing import NamedTuple

from hypothesis import strategies as st
from msgspec import json, structs

from storykeep.core.ids import make_story_pk, make_user_pk, pk_from_ms
from storykeep.core.media import KeptFile, MediaFile
from storykeep.core.sighting import SeenStory, Sighting
from tests.making import ACME, HOUR, RIVAL, T0, make_seen, make_sighting, make_story, make_user

small = st.sampled_from

NAMES = ("acme", "rival")
MADE_ACCOUNTS = tuple(map(make_user_pk, NAMES))
ACCOUNTS = (ACME, RIVAL, *MADE_ACCOUNTS)
TIMES = (T0, T0, T0 + 1, T0 + 2 * HOUR, T0 + 30 * HOUR)
REAL = tuple(pk_from_ms(T0 * 1000, low) for low in range(6))
"""Pks that captures tell; the even ones are ACME's."""
MADE = tuple(
    make_story_pk(taken_at, name, file)
    for name in NAMES
    for taken_at in dict.fromkeys(TIMES)
    for file in ("a", "b", "c")
)
FILES = tuple(MediaFile(letter * 64, "image/jpeg", 5) for letter in "abc")


class Import(NamedTuple):
    """A sighting, and the files that came with it."""

    sighting: Sighting
    files: tuple[KeptFile, ...]


@st.composite
def _captured(draw: st.DrawFn, owner: int) -> SeenStory:
    pk = draw(small(REAL[owner - ACME :: 2]))
    taken_at = TIMES[REAL.index(pk) % len(TIMES)] + draw(small([0, 0, 0, 1]))
    user = make_user(owner, draw(small([None, *NAMES])))
    story = make_story(pk, taken_at, user, media_type=draw(small([None, 1])))
    return make_seen(
        story,
        dialect=draw(small(["v1", "legacy", "gallery-dl"])),
        is_close_friends=draw(small([False, False, False, True])),
    )


@st.composite
def _exported(draw: st.DrawFn, name: str) -> SeenStory:
    taken_at = draw(small(TIMES))
    pk = make_story_pk(taken_at, name, draw(small(["a", "b", "c"])))
    user = make_user(make_user_pk(name), name, is_private=None)
    duration = draw(small([None, 5.0]))
    story = make_story(pk, taken_at, user, thumbnail_url=None, video_duration=duration)
    return structs.replace(make_seen(story, dialect="export"), is_made=True)


@st.composite
def _lying_about(draw: st.DrawFn, name: str) -> SeenStory:
    user = make_user(make_user_pk(name), name, is_private=None)
    pk = draw(small(REAL))
    return make_seen(make_story(pk, T0 - 1, user, thumbnail_url=None), dialect="file")


@st.composite
def drawn_imports(draw: st.DrawFn) -> Import:
    """Return an import of one account, known by number or by a name."""
    owner, name = draw(small([ACME, ACME, RIVAL, None, None, None])), draw(small(NAMES))
    kind = _captured(owner) if owner else draw(small([_exported, _exported, _lying_about]))(name)
    found = {seen.pk: seen for seen in draw(st.lists(kind, min_size=1, max_size=4))}
    stories = [structs.replace(seen, raw=json.encode(seen)) for seen in found.values()]
    pk = owner or make_user_pk(name)
    is_private = draw(small([None, False, True])) if owner else None
    username = draw(small([None, *NAMES])) if owner else name
    sighting = make_sighting(
        *stories,
        user=make_user(pk, username, is_private=is_private),
        seen_at=T0 + draw(small([0, 1])),
        source=draw(small(["demo", "test"])),
        envelope=None,
    )
    files = [
        KeptFile(seen.pk, "image", draw(small(FILES)), draw(small(["1.jpg", "2.jpg"])))
        for seen in stories
        if draw(st.booleans())
    ]
    return Import(sighting, tuple(files))
