"""Wanted files under random histories of imports, looks, tries and files: SQL is as the fake."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from storykeep.core.media import KeptFile, Wanted, WantedFiles
from storykeep.storage.archive import SqlArchive
from storykeep.storage.wanted import SqlWantedFiles
from storykeep.testing import MemoryArchive
from tests.making import T0
from tests.ports.adapters import open_database
from tests.ports.drawn_imports import MADE, REAL, Import, drawn_imports

small = st.sampled_from

VARIANTS = ("", "", "640x1136")
ENDS = (None, T0 + 1, T0 + 2, T0 + 3)


class Step(NamedTuple):
    """An import with the files it wants, some of them kept at once; then a try of what is due."""

    found: Import
    wanted: list[Wanted]
    kept: list[KeptFile]
    fates: list[tuple[int, int, bool]]
    """Of tries, in order: how many there were, when the next is due, whether it was given up."""


@st.composite
def drawn_steps(draw: st.DrawFn) -> Step:
    found = draw(drawn_imports())
    pks = [seen.pk for seen in found.sighting.stories]
    wanted = [
        Wanted(
            story_pk=draw(small([*pks, *pks, REAL[0]])),
            kind=draw(small(["image", "image", "video"])),
            variant=draw(small(VARIANTS)),
            url=f"https://a.fbcdn.net/{draw(small([1, 2]))}.jpg",
            expires_at=draw(small(ENDS)),
            next_at=T0 + draw(small([0, 1])),
        )
        for _ in range(draw(st.integers(1, 4)))
    ]
    kept = [structs.replace(file, variant=draw(small(VARIANTS))) for file in found.files]
    fate = st.tuples(st.integers(1, 3), st.integers(T0, T0 + 3), st.booleans())
    return Step(found, wanted, kept, draw(st.lists(fate, max_size=3)))


async def told(wanted: WantedFiles) -> list[object]:
    """All that a queue tells."""
    due = [[*await wanted.due(T0 + shift, limit)] for shift in range(4) for limit in (2, 99)]
    lists = [[*await wanted.list(is_given_up=which)] for which in (None, False, True)]
    return [due, lists, await wanted.next_at()]


async def take(step: Step, archive: SqlArchive | MemoryArchive, wanted: WantedFiles) -> None:
    before = await wanted.due(T0 + 1, 99)
    await archive.record(step.found.sighting, step.wanted)
    for each, (tries, next_at, is_given_up) in zip(before, step.fates, strict=False):
        await wanted.put(
            structs.replace(
                each, tries=tries, next_at=next_at, reason="why", is_given_up=is_given_up
            )
        )
    for file in step.kept:
        await archive.keep_file(file)


@settings(max_examples=80)
@given(st.lists(drawn_steps(), min_size=2, max_size=6))
async def test_sql_queues_as_the_fake_does(history: Sequence[Step]) -> None:
    """And what is kept is never wanted."""
    fake = MemoryArchive()
    with TemporaryDirectory(prefix="storykeep-") as folder:
        async with open_database(Path(folder) / "archive.db", "archive") as database:
            archive, wanted = SqlArchive(database), SqlWantedFiles(database)
            for step in history:
                await take(step, fake, fake.wanted)
                await take(step, archive, wanted)
                assert await told(fake.wanted) == await told(wanted)
            for pk in (*REAL, *MADE):
                kept = {(each.kind, each.variant) for each in await archive.files_of(pk)}
                queued = {
                    (each.kind, each.variant) for each in await wanted.list() if each.story_pk == pk
                }
                assert set() == kept & queued
