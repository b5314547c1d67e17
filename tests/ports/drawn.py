"""Captures drawn at random: few accounts, stories, names and moments, so that they meet."""

from hypothesis import strategies as st
from msgspec import json, structs

from storykeep.core.ids import pk_from_ms
from storykeep.core.sighting import SeenFile, SeenHighlight, SeenStory, Sighting
from tests.making import ACME, HOUR, RIVAL, T0, make_seen, make_sighting, make_story, make_user

small = st.sampled_from

ACCOUNTS = (ACME, RIVAL)
HIGHLIGHTS = {ACME: 17900000000000001, RIVAL: 17900000000000002}
PKS = tuple(pk_from_ms(T0 * 1000, low) for low in range(4))
"""Of stories; the even ones are ACME's."""

NAMES = ("acme", "rival", "acme_new")
FILES = (SeenFile("image", "a_n.jpg"), SeenFile("video", "a_n.mp4"), SeenFile("image", "b_n.jpg"))
MOMENTS = tuple(
    T0 + shift
    for day in range(-1, 9)
    for shift in (day * 24 * HOUR - 1, day * 24 * HOUR, day * 24 * HOUR + 1)
)
"""Where something may begin or end, a second before and a second after."""


@st.composite
def drawn_stories(draw: st.DrawFn, owner: int) -> SeenStory:
    """Return a capture of one of PKS, with the owner that is named."""
    taken_at = T0 + draw(small([-24 * HOUR, 0, 0, 1, 24 * HOUR]))
    user = make_user(owner, draw(small([None, *NAMES])), is_private=draw(small([None, False])))
    link = draw(small([None, "https://a.test/1.jpg", "https://a.test/2.jpg"]))
    story = make_story(draw(small(PKS)), taken_at, user, thumbnail_url=link)
    seen = make_seen(
        story,
        dialect=draw(small(["v1", "xdt", "legacy", "vendor"])),
        expiring_at=taken_at + draw(small([24 * HOUR, 24 * HOUR, 1, 7 * 24 * HOUR, 9 * 24 * HOUR])),
        is_close_friends=draw(small([False, False, False, True])),
        raw=b"",
        files=tuple(draw(st.lists(small(FILES), max_size=2, unique=True))),
    )
    # An item is read in one way: what differs in the reading differs in the item.
    return structs.replace(seen, raw=json.encode([draw(small([1, 2])), seen]))


@st.composite
def drawn_sightings(draw: st.DrawFn, *, is_owner_fixed: bool = False) -> Sighting:
    """Return a look at one of ACCOUNTS; unless the owners are fixed, any may claim any story."""
    owner = draw(small(ACCOUNTS))
    found = {seen.pk: seen for seen in draw(st.lists(drawn_stories(owner), max_size=3))}
    stories = [
        seen
        for seen in found.values()
        if not is_owner_fixed or owner == ACCOUNTS[PKS.index(seen.pk) % 2]
    ]
    username = draw(small([None, *NAMES]))
    biography = draw(small([None, None, "", "with @rival", "with @acme"]))
    sighting = make_sighting(
        *stories,
        user=make_user(owner, username, is_private=draw(small([None, False, True]))),
        seen_at=T0 + draw(small([0, 0, 1, 2])),
        source=draw(small(["demo", "test"])),
        envelope=draw(small([None, b"{}"])),
        profile=None if biography is None else json.encode({"pk": owner, "biography": biography}),
    )
    highlights = draw(st.lists(drawn_highlights(owner, stories), max_size=1))
    return structs.replace(sighting, highlights=tuple(highlights))


@st.composite
def drawn_looks(draw: st.DrawFn) -> Sighting:
    """Return a look at some of two highlights, which any account may claim."""
    look = draw(drawn_sightings())
    highlights = []
    for pk in draw(st.lists(small([1, 2]), max_size=2, unique=True)):
        facts: dict[str, object] = {
            "id": f"highlight:{pk}",
            "title": draw(small(["A", "B", "with @rival"])),
        }
        if draw(st.booleans()):
            facts["user"] = {"pk": look.user_pk}
        items = draw(st.lists(small([*PKS, 99]), max_size=3, unique=True))
        is_whole = draw(st.booleans())
        told = SeenHighlight(pk=pk, reel=json.encode(facts), items=tuple(items), is_whole=is_whole)
        highlights.append(told)
    return structs.replace(look, highlights=tuple(highlights))


@st.composite
def drawn_highlights(draw: st.DrawFn, owner: int, stories: list[SeenStory]) -> SeenHighlight:
    """Return the one that the account has, with these stories: from a look, a list, a sidecar."""
    pk = HIGHLIGHTS[owner]
    reel = {
        "id": f"highlight:{pk}",
        "title": draw(small(["Best", "with @rival"])),
        **draw(small([{}, {"user": {"pk": owner}}])),
        **draw(small([{}, {"media_ids": [*PKS], "media_count": len(PKS)}])),
        **draw(small([{}, {"cover_media": {"media_id": f"{PKS[0]}_{owner}"}}])),
    }
    items = tuple(seen.pk for seen in stories)
    return SeenHighlight(pk=pk, reel=json.encode(reel), items=items, is_whole=draw(st.booleans()))
