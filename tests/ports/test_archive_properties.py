"""The archive under random histories: no order of events shows in what is served.

The fake works everything out anew at each question, so it is what the others are compared with.
"""

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from storykeep.core.links import CdnFile
from storykeep.core.ports import Archive
from storykeep.core.sighting import DAY, Sighting
from storykeep.storage.archive import SqlArchive
from storykeep.testing import MemoryArchive
from tests.making import T0
from tests.ports.adapters import CACHE, open_database
from tests.ports.drawn import (
    ACCOUNTS,
    FILES,
    HIGHLIGHTS,
    MOMENTS,
    NAMES,
    PKS,
    drawn_sightings,
)

slowly = settings(max_examples=40)


class Question(NamedTuple):
    """Who is asked for the reel of whom, and of when."""

    account: int
    at: int


NEAR = st.sampled_from([at for at in MOMENTS if abs(at - T0) < 2 * DAY])
QUESTIONS = st.builds(Question, st.sampled_from([*ACCOUNTS, ACCOUNTS[0]]), NEAR)


class Shelf(NamedTuple):
    """One database file, read with and without a cache, and another process's view of it."""

    cached: Archive
    uncached: Archive
    elsewhere: Archive


@asynccontextmanager
async def open_shelf() -> AsyncIterator[Shelf]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="storykeep-")))
        ours, theirs = [
            await stack.enter_async_context(open_database(folder / "archive.db", "archive"))
            for _ in range(2)
        ]
        yield Shelf(SqlArchive(ours, cache_bytes=CACHE), SqlArchive(ours), SqlArchive(theirs))


async def everything_of(archive: Archive) -> dict[object, Any]:
    """All that an archive answers, to every question there is in this small world."""
    return {
        **{("account", name): await archive.account(name) for name in NAMES},
        **{("story", pk): await archive.story(pk) for pk in PKS},
        **{("reel", pk, at): await archive.reel(pk, at) for pk in ACCOUNTS for at in MOMENTS},
        **{("profile", pk): await archive.profile(pk) for pk in ACCOUNTS},
        **{("highlights", pk): await archive.highlights(pk) for pk in ACCOUNTS},
        **{("highlight", pk): await archive.highlight(pk) for pk in HIGHLIGHTS.values()},
        **{("seen", pk): await archive.is_seen(pk, not_by="demo") for pk in ACCOUNTS},
        **{
            ("named", file.name): sorted(await archive.stories_named(CdnFile(file.name)))
            for file in FILES
        },
    }


@slowly
@given(st.lists(drawn_sightings(is_owner_fixed=True), min_size=2, max_size=4))
async def test_the_order_of_sightings_does_not_show(sightings: Sequence[Sighting]) -> None:
    """Captures of the same stories in several dialects, of several moments and by several people.

    Only of two accounts that claim one story the first has it, so here none does.
    """
    first: dict[object, Any] | None = None
    for order in itertools.permutations(sightings):
        archive = MemoryArchive()
        for sighting in order:
            await archive.record(sighting)
        answers = await everything_of(archive)
        first = first or answers
        assert first == answers


@slowly
@given(st.lists(drawn_sightings(is_owner_fixed=True), min_size=1, max_size=5), st.data())
async def test_the_order_of_sightings_does_not_show_in_sql(
    sightings: Sequence[Sighting], data: st.DataObject
) -> None:
    """Nor that some were recorded twice, nor which of two looks at the same items came first."""
    again = [structs.replace(each, seen_at=each.seen_at + 1) for each in sightings[:2]]
    once = [*sightings, *again]
    order = data.draw(st.permutations([*once, *sightings[:2]]))
    answers = []
    for history in (once, order):
        async with open_shelf() as shelf:
            for sighting in history:
                await shelf.uncached.record(sighting)
            answers.append(await everything_of(shelf.uncached))
    assert answers[0] == answers[1]


@slowly
@given(st.lists(drawn_sightings(), max_size=8))
async def test_sql_answers_as_the_fake_does(sightings: Sequence[Sighting]) -> None:
    """Whatever is recorded, also by accounts that claim each other's stories."""
    fake = MemoryArchive()
    async with open_shelf() as shelf:
        for sighting in sightings:
            assert await fake.record(sighting) == await shelf.uncached.record(sighting)
        assert await everything_of(fake) == await everything_of(shelf.uncached)


@slowly
@given(
    st.lists(
        st.tuples(QUESTIONS, drawn_sightings(), st.sampled_from(Shelf._fields)),
        min_size=2,
        max_size=8,
    )
)
async def test_the_cache_of_reels_never_answers_what_the_database_would_not(
    history: Sequence[tuple[Question, Sighting, str]],
) -> None:
    """Whoever writes, whatever begins or ends, and wherever the time jumps."""
    asked: list[Question] = []
    async with open_shelf() as shelf:
        for question, sighting, writer in history:
            asked.append(question)
            for _ in range(2):
                for account, at in asked:
                    expected = await shelf.uncached.reel(account, at)
                    assert expected == await shelf.elsewhere.reel(account, at)
                    assert expected == await shelf.cached.reel(account, at)
                await getattr(shelf, writer).record(sighting)


@slowly
@given(st.lists(drawn_sightings(), min_size=1, max_size=4), st.permutations(MOMENTS))
async def test_the_cache_is_right_at_every_boundary(
    sightings: Sequence[Sighting], moments: Sequence[int]
) -> None:
    """Expiries, stories that begin in the future, and times in no order."""
    async with open_shelf() as shelf:
        for sighting in sightings:
            await shelf.cached.record(sighting)
        for at in moments:
            assert await shelf.uncached.reel(ACCOUNTS[0], at) == await shelf.cached.reel(
                ACCOUNTS[0], at
            )
