"""A chain: an answer is final, an Absent is final, a SourceError asks the next."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from storykeep.core.errors import (
    Absent,
    HighlightNotFound,
    MediaNotFound,
    PrivateAccount,
    SourceDrift,
    SourceError,
    SourceLoginRequired,
    SourcesExhausted,
    SourceThrottled,
    SourceTimeout,
    SourceUnavailable,
    SourceUnaware,
    StorageError,
    StoryNotFound,
    UserNotFound,
)
from storykeep.core.highlight import KeptHighlight, Tray
from storykeep.core.links import CdnFile
from storykeep.core.model import UserShort
from storykeep.core.ports import Account, KeptStory, Profile, StorySource, create_reel
from storykeep.sources.combine import Chain, Coalesced
from storykeep.testing import ScriptedSource

ACCOUNT = Account(1, "a", is_private=False)
PROFILE = Profile(UserShort(pk="1", username="a"))
REEL = create_reel(ACCOUNT, [b"{}"])
KEPT = KeptHighlight(9, ACCOUNT, {"title": "Best"})
STORY = KeptStory(7, ACCOUNT, 0, 1, is_close_friends=False, wire=b"{}")

QUESTIONS: dict[str, tuple[Callable[[StorySource], Awaitable[Any]], str, Any, object]] = {
    "user": (lambda source: source.user("a"), "users", "a", ACCOUNT),
    "profile": (lambda source: source.profile(1), "profiles", 1, PROFILE),
    "user_stories": (lambda source: source.user_stories(1, 5), "reels", 1, REEL),
    "story": (lambda source: source.story(7), "stories", 7, STORY),
    "highlights": (lambda source: source.highlights(1), "trays", 1, Tray(ACCOUNT, (KEPT,))),
    "highlight": (lambda source: source.highlight(9), "highlights", 9, KEPT),
}
"""How to ask, where the script has the answer, under which key, and the answer."""

EACH = pytest.mark.parametrize("question", QUESTIONS)


def scripted(question: str, answer: object = None) -> ScriptedSource:
    """A source that gives this answer, or its usual one, to the question, and to no other."""
    _, name, key, usual = QUESTIONS[question]
    script: dict[str, Any] = {name: {key: usual if answer is None else answer}}
    return ScriptedSource(**script)


async def ask(question: str, *sources: StorySource) -> object:
    return await QUESTIONS[question][0](Chain(*sources))


@EACH
async def test_the_first_answer_holds(question: str) -> None:
    """And who comes after it is not asked."""
    last = ScriptedSource()
    answer = await ask(question, scripted(question, SourceUnaware()), scripted(question), last)
    assert QUESTIONS[question][3] == answer
    assert [] == last.asked


@EACH
@pytest.mark.parametrize(
    "absent", [UserNotFound, StoryNotFound, HighlightNotFound, MediaNotFound, PrivateAccount]
)
async def test_absent_is_final(question: str, absent: type[Absent]) -> None:
    last = scripted(question)
    with pytest.raises(absent):
        await ask(question, ScriptedSource(), scripted(question, absent()), last)
    assert [] == last.asked


@EACH
@pytest.mark.parametrize(
    "error",
    [
        SourceError,
        SourceUnaware,
        SourceThrottled,
        SourceLoginRequired,
        SourceDrift,
        SourceTimeout,
        SourcesExhausted,
    ],
)
async def test_who_cannot_tell_is_followed_by_the_next(
    question: str, error: type[SourceError]
) -> None:
    answer = await ask(question, scripted(question, error()), scripted(question))
    assert QUESTIONS[question][3] == answer


@EACH
@pytest.mark.parametrize("error", [KeyError("x"), StorageError(), ValueError()])
async def test_anything_else_rises(question: str, error: Exception) -> None:
    """A bug, or our own shelves: the next source would hide it."""
    last = scripted(question)
    with pytest.raises(type(error)):
        await ask(question, scripted(question, error), last)
    assert [] == last.asked


@EACH
async def test_when_nobody_can_tell_the_shortest_wait_is_told(question: str) -> None:
    sources = [
        scripted(question, SourceThrottled(retry_after=60)),
        scripted(question, SourceThrottled(retry_after=5)),
        scripted(question, SourceUnaware()),
    ]
    with pytest.raises(SourcesExhausted) as raised:
        await ask(question, *sources)
    assert 5 == raised.value.retry_after
    assert isinstance(raised.value.__cause__, SourceUnaware)


@EACH
async def test_when_nobody_knows_how_long_no_wait_is_told(question: str) -> None:
    for sources in ([], [ScriptedSource()]):
        with pytest.raises(SourcesExhausted) as raised:
            await ask(question, *sources)
        assert None is raised.value.retry_after


@EACH
async def test_equal_questions_at_once_are_one_and_the_next_is_new(question: str) -> None:
    source = scripted(question)
    coalesced = Coalesced(source)
    ask_it, _, _, answer = QUESTIONS[question]
    assert [answer] * 3 == await asyncio.gather(*(ask_it(coalesced) for _ in range(3)))
    assert 1 == len(source.asked)
    await ask_it(coalesced)
    assert 2 == len(source.asked)


async def test_what_differs_is_asked_each_but_not_whose_story_it_is() -> None:
    source = ScriptedSource(otherwise=UserNotFound())
    asking = Coalesced(source)
    questions = [
        asking.user("a"), asking.user("b"), asking.user_stories(1, 5), asking.user_stories(1, 6),
        asking.user_stories(1, 5, is_forced=True), asking.profile(1), asking.highlights(1),
        asking.highlight(1), asking.story(1), asking.story(1, "a"),
    ]  # fmt: skip
    await asyncio.gather(*questions, return_exceptions=True)
    assert len(questions) - 1 == len(source.asked)


async def test_the_moment_that_was_asked_about_reaches_each() -> None:
    sources = [ScriptedSource(), scripted("user_stories")]
    chain = Chain(*sources)
    await chain.user_stories(1, 5)
    await chain.user_stories(1)
    asked = [("user_stories", 1, 5), ("user_stories", 1, None)]
    assert [asked, asked] == [source.asked for source in sources]


async def test_a_chain_is_a_source_and_may_be_part_of_another() -> None:
    assert ACCOUNT == await ask("user", Chain(ScriptedSource()), Chain(scripted("user")))


async def test_a_file_name_is_what_all_know_of_it() -> None:
    chain = Chain(
        ScriptedSource(names={"n.jpg": [(1, "image")]}),
        ScriptedSource(names={"n.jpg": SourceUnaware()}),
        ScriptedSource(names={"n.jpg": [(2, "image"), (3, "video")]}),
        ScriptedSource(),
    )
    assert [(1, "image"), (2, "image"), (3, "video")] == [
        *await chain.stories_named(CdnFile("n.jpg"))
    ]


async def test_a_file_name_that_one_could_not_tell_of_is_not_said_to_be_nobodys() -> None:
    chain = Chain(ScriptedSource(names={"n.jpg": SourceThrottled(retry_after=9)}), ScriptedSource())
    with pytest.raises(SourceThrottled) as raised:
        await chain.stories_named(CdnFile("n.jpg"))
    assert 9 == raised.value.retry_after
    assert [] == [*await chain.stories_named(CdnFile("other.jpg"))]


async def test_the_error_of_the_one_that_should_have_known_is_told() -> None:
    """Those that have no way to know do not count; of two that should, neither is told."""
    down, slow = SourceUnavailable("Add a session."), SourceTimeout(retry_after=4)
    with pytest.raises(SourceUnavailable, match="Add a session"):
        await ask("story", ScriptedSource(), scripted("story", down), ScriptedSource())
    with pytest.raises(SourcesExhausted) as raised:
        await ask("story", scripted("story", down), scripted("story", slow))
    assert 4 == raised.value.retry_after
