"""Merging: one Story from all captures of it, whatever the order in which they arrived."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storykeep.core.merge import Reading, merge, telling
from storykeep.core.model import Hashtag, StoryHashtag, StoryMention, encode_story
from storykeep.core.sighting import DAY, Dialect
from tests.making import T0, make_story, make_user

DIALECTS: tuple[Dialect, ...] = ("v1", "vendor", "xdt", "legacy")
"""The richest first."""

NAMELESS: Dialect = "file"
"""What counts only where nothing else is."""

MENTION = StoryMention(user=make_user(2, "mentioned"), x=0.1)
HASHTAG = StoryHashtag(hashtag=Hashtag(name="tag"))

Facts = st.SearchStrategy[dict[str, Any]]
small = st.sampled_from
user_facts: Facts = st.fixed_dictionaries(
    {
        "username": small([None, "", "acme", "acme_new"]),
        "full_name": small([None, "", "Acme", "Acme Wild"]),
        "profile_pic_url": small([None, "https://a.test/1.jpg", "https://a.test/2.jpg"]),
        "is_private": small([None, False, True]),
        "is_verified": small([None, False, True]),
    }
)
story_facts: Facts = st.fixed_dictionaries(
    {
        "taken_at": small([T0, T0 + 1]),
        "media_type": small([None, 1, 2]),
        "product_type": small([None, "story"]),
        "thumbnail_url": small([None, "https://a.test/1.jpg", "https://a.test/2.jpg"]),
        "video_url": small([None, "https://a.test/1.mp4"]),
        "video_duration": small([None, 0.0, 5.0]),
        "mentions": small([[], [MENTION], [MENTION, MENTION]]),
        "hashtags": small([[], [HASHTAG]]),
        "sponsor_tags": small([None, [], [make_user(3, "sponsor")]]),
    }
)


@st.composite
def drawn_readings(draw: st.DrawFn) -> Reading:
    """Return a capture of one and the same story; little differs, so that ties are common."""
    user = make_user(**draw(user_facts))
    return Reading(
        dialect=draw(small(DIALECTS)),
        seen_at=draw(small([T0, T0 + 1, T0 + 2])),
        expiring_at=T0 + draw(small([DAY, DAY + 1])),
        is_close_friends=draw(small([False, False, True])),
        story=make_story(7, user=user, **draw(story_facts)),
    )


def make_reading(
    dialect: Dialect = "v1", seen_at: int = T0, *, is_close_friends: bool = False, **facts: Any
) -> Reading:
    story = make_story(7, **facts)
    return Reading(dialect, seen_at, T0 + DAY, is_close_friends, story)


def known(facts: dict[str, Any]) -> set[str]:
    return {name for name, value in facts.items() if value not in (None, "", [])}


def facts_of(reading: Reading) -> dict[str, Any]:
    story, user = reading.story, reading.story.user
    return {
        **{name: getattr(story, name) for name in story.__struct_fields__ if name != "user"},
        **{f"user.{name}": getattr(user, name) for name in user.__struct_fields__},
    }


@given(st.lists(drawn_readings(), min_size=1, max_size=4))
def test_the_order_of_arrival_does_not_matter(readings: list[Reading]) -> None:
    """Not even by a byte, and not even among captures of one second and one dialect."""
    results = {
        (encode_story(whole.story), *whole[:4])
        for whole in map(merge, itertools.permutations(readings))
    }
    assert 1 == len(results)


@given(st.lists(drawn_readings(), min_size=1, max_size=6))
def test_one_after_the_other_is_all_at_once(readings: list[Reading]) -> None:
    """When each is merged with everything that came before it, as the archive does."""
    for count in range(1, len(readings) + 1):
        before = readings[: count - 1]
        assert merge(readings[:count]) == merge([readings[count - 1], *before])


@given(st.lists(drawn_readings(), min_size=2, max_size=5))
def test_merging_the_richest_first_may_be_done_in_steps(readings: list[Reading]) -> None:
    """Associative as long as the steps go down in rank, because gaps are filled downwards."""
    ranked = sorted(
        readings,
        key=lambda each: (-DIALECTS.index(each.dialect), each.seen_at, each.expiring_at),
        reverse=True,
    )
    distinct = [next(group) for _, group in itertools.groupby(ranked, key=lambda each: each[:3])]
    step = distinct[0]
    for lower in distinct[1:]:
        step = merge([step, lower])
    assert merge(distinct) == step


@given(st.lists(drawn_readings(), min_size=1, max_size=5))
def test_what_one_capture_knew_is_known(readings: list[Reading]) -> None:
    """Nothing known is overwritten by nothing, and what is said was said by somebody."""
    whole = facts_of(merge(readings))
    each = [facts_of(reading) for reading in readings]
    assert set().union(*map(known, each)) == known(whole)
    for name, value in whole.items():
        assert value in [facts[name] for facts in each]


@given(st.lists(drawn_readings(), min_size=1, max_size=5))
def test_the_richest_and_newest_capture_leads(readings: list[Reading]) -> None:
    """Where it knows something, that holds."""
    richest = min(DIALECTS.index(reading.dialect) for reading in readings)
    of_those = [each for each in readings if DIALECTS.index(each.dialect) == richest]
    newest = max(reading.seen_at for reading in of_those)
    leaders = [facts_of(each) for each in of_those if each.seen_at == newest]
    whole = merge(readings)
    assert DIALECTS[richest] == whole.dialect
    assert max(reading.seen_at for reading in readings) == whole.seen_at
    for name, value in facts_of(whole).items():
        said = [facts[name] for facts in leaders if facts[name] not in (None, "", [])]
        assert not said or value in said


@st.composite
def drawn_of_files_too(draw: st.DrawFn) -> list[Reading]:
    """Return captures among which there may be bare files."""
    readings = draw(st.lists(drawn_readings(), min_size=1, max_size=6))
    return [each._replace(dialect=NAMELESS) if draw(st.booleans()) else each for each in readings]


@given(drawn_of_files_too(), drawn_of_files_too())
def test_few_captures_tell_what_all_do(before: list[Reading], after: list[Reading]) -> None:
    """Also with what comes after: what was set aside once is never missed."""
    few = telling(before)
    assert merge(before) == merge(few)
    assert merge([*before, *after]) == merge([*few, *after])
    again = telling([*few, *after])
    assert telling([*before, *after]) == again
    assert {id(each) for each in again} <= {id(each) for each in [*few, *after]}


@given(st.lists(st.integers(1, 1000), min_size=1, unique=True))
def test_of_many_looks_the_newest_tells(moments: list[int]) -> None:
    """However many there are: each of them knew as much."""
    looks = [make_reading("v1", T0 + moment) for moment in moments]
    assert [make_reading("v1", T0 + max(moments))] == telling(looks)


@given(drawn_readings(), st.integers(1, 4))
def test_the_same_capture_again_changes_nothing(reading: Reading, times: int) -> None:
    assert reading == merge([reading] * times)


@pytest.mark.parametrize("richer", DIALECTS[:-1])
def test_a_richer_dialect_leads_although_it_is_older(richer: Dialect) -> None:
    poorer = DIALECTS[DIALECTS.index(richer) + 1]
    old = make_reading(richer, T0, thumbnail_url="https://a.test/rich.jpg")
    new = make_reading(poorer, T0 + 9, thumbnail_url="https://a.test/poor.jpg")
    assert "https://a.test/rich.jpg" == merge([new, old]).story.thumbnail_url


def test_close_friends_is_for_ever() -> None:
    """Whoever has once been told that a story is for close friends does not forget it."""
    hidden = make_reading("legacy", T0, is_close_friends=True)
    shown = make_reading("v1", T0 + 9)
    assert merge([shown, hidden]).is_close_friends
    assert merge([hidden, shown]).is_close_friends


def test_a_photos_duration_of_zero_is_known() -> None:
    photo = make_reading("v1", video_duration=0.0)
    other = make_reading("vendor", video_duration=5.0)
    assert 0.0 == merge([other, photo]).story.video_duration


def test_no_is_an_answer() -> None:
    """An account that is known not to be private stays so although a poorer capture says yes."""
    public = make_reading("v1", user=make_user(is_private=False))
    private = make_reading("legacy", user=make_user(is_private=True))
    assert merge([private, public]).story.user.is_private is False


def test_there_must_be_something_to_merge() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        merge([])
