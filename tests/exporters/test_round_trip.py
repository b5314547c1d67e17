"""Import, export, import: whatever an archive was made of, it comes back the same."""

import itertools
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json, structs

from storykeep.core.media import KeptFile
from storykeep.core.mentions import MASK, Scope, word_of_name, word_of_story
from storykeep.core.model import decode_story
from storykeep.core.sighting import SeenFile, SeenHighlight, Sighting
from storykeep.sources.recorded import Recorded
from storykeep.testing import ScriptedUpstream
from tests.exporters.rig import Shelf, assert_comes_back, open_shelf
from tests.importers.rig import JPEG, MP4, PK, PNG
from tests.importers.test_orders import FORMATS
from tests.making import (
    ACME,
    RIVAL,
    T0,
    make_profile,
    make_seen,
    make_sighting,
    make_story,
    make_user,
)
from tests.payloads.loading import CAPTURES, HERE, SHARED
from tests.ports.adapters import condemn
from tests.ports.drawn import drawn_looks, drawn_sightings
from tests.ports.drawn_imports import Import, drawn_imports

slowly = settings(max_examples=25)


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    async with open_shelf(tmp_path / "first") as opened:
        yield opened


async def keep(shelf: Shelf, pk: int, content: bytes, name: str = "a.jpg") -> None:
    file = shelf.media.save([content])
    kind = "video" if file.content_type.startswith("video/") else "image"
    await shelf.archive.keep_file(KeptFile(pk, kind, file, name))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path",
    [*(HERE / name for name in CAPTURES), *sorted(SHARED.glob("real_*.json"))],
    ids=lambda path: path.name,
)
async def test_a_capture_of_any_dialect_comes_back(
    path: Path, shelf: Shelf, tmp_path: Path
) -> None:
    shutil.copy(path, tmp_path / "capture.json")
    report = await shelf.take(tmp_path / "capture.json")
    if report.captures:
        await assert_comes_back(shelf, tmp_path)


@pytest.mark.parametrize(
    "formats",
    [*((each,) for each in FORMATS), *itertools.combinations(FORMATS, 2), FORMATS],
    ids=lambda formats: " ".join(each.__name__.removeprefix("as_") for each in formats),
)
async def test_what_was_imported_comes_back(
    formats: tuple[Callable[[Path], None], ...], shelf: Shelf, tmp_path: Path
) -> None:
    """Of every format and of several together: made pks, twins, files and their names."""
    for write in formats:
        write(tmp_path / "in" / write.__name__)
        await shelf.take(tmp_path / "in" / write.__name__)
    await assert_comes_back(shelf, tmp_path)


async def test_what_was_seen_live_comes_back(shelf: Shelf, tmp_path: Path) -> None:
    """With the moment at which it was seen, the reel that was empty then, and the page."""
    page = make_profile(biography="Acme \u00fc \u2028", follower_count=2**60)
    about = make_sighting(envelope=None, seen_at=T0 + 3, profile=page)
    reel = make_sighting(make_story(PK), seen_at=T0 + 5)
    upstream = ScriptedUpstream(users={"acme": about}, accounts={ACME: about}, reels={ACME: reel})
    source = Recorded(upstream, shelf.archive, lambda: T0 + 5)
    await source.user("acme")
    await source.user_stories(ACME)
    upstream.reels_of[ACME] = make_sighting(seen_at=T0 + 6)
    await source.user_stories(ACME)
    await assert_comes_back(shelf, tmp_path)


async def test_names_privacy_and_empty_reels_over_time_come_back(
    shelf: Shelf, tmp_path: Path
) -> None:
    await shelf.record(
        make_sighting(make_story(PK), user=make_user(username="acme"), seen_at=T0),
        make_sighting(user=make_user(username="Acme_New", is_private=True), seen_at=T0 + 60),
        make_sighting(user=make_user(username=None, full_name="A"), seen_at=T0 + 90, envelope=None),
        make_sighting(user=make_user(RIVAL, "acme", is_private=None), seen_at=T0 + 70),
        structs.replace(
            make_sighting(user=make_user(RIVAL, "rival"), seen_at=T0), is_moment_exact=False
        ),
    )
    await assert_comes_back(shelf, tmp_path)


async def test_one_capture_in_many_sightings_stands_in_the_record_once(
    shelf: Shelf, tmp_path: Path
) -> None:
    seen = make_seen(make_story(PK), files=(SeenFile("image", "a_n.jpg"),))
    looks = [make_sighting(seen, seen_at=T0 + second) for second in (0, 1, 2, 60)]
    await shelf.record(*looks, make_sighting(seen, seen_at=T0 + 60, source="other"))
    await assert_comes_back(shelf, tmp_path)
    record = (tmp_path / "out/storykeep" / f"{ACME}.jsonl").read_bytes()
    assert (1, 5) == (record.count(b'"line":"capture"'), record.count(b'"line":"sighting"'))


async def test_a_refused_story_leaves_its_gap(shelf: Shelf, tmp_path: Path) -> None:
    """The archive knows the sighting by all that was in it, also by what it did not keep."""
    await shelf.record(
        make_sighting(make_story(PK)),
        make_sighting(
            make_seen(make_story(PK, user=make_user(RIVAL, "rival"))),
            make_seen(make_story(PK + 1, user=make_user(RIVAL, "rival"))),
            user=make_user(RIVAL, "rival"),
        ),
    )
    await assert_comes_back(shelf, tmp_path)


async def test_several_files_and_files_of_several_come_back(shelf: Shelf, tmp_path: Path) -> None:
    """A picture and a film, two pictures of a story, and one picture of two accounts."""
    await shelf.record(
        make_sighting(make_story(PK), make_story(PK + 1)),
        make_sighting(
            make_story(PK + 2, user=make_user(RIVAL, "rival")), user=make_user(RIVAL, "rival")
        ),
    )
    for pk, content, name in (
        (PK, JPEG, "z.jpg"),
        (PK, MP4, "z.mp4"),
        (PK, JPEG + b"larger", "b.jpg"),
        (PK, PNG, "c.png"),
        (PK + 1, JPEG + b"1", "c.jpg"),
        (PK + 1, JPEG + b"2", "c.jpg"),
        (PK + 2, JPEG, "d.jpg"),
    ):
        await keep(shelf, pk, content, name)
    await assert_comes_back(shelf, tmp_path)


@pytest.mark.parametrize("name", ["{pk}", "instagram/{username}/{pk}", "{taken_at} {pk}"])
async def test_it_comes_back_whatever_files_are_called(
    name: str, shelf: Shelf, tmp_path: Path
) -> None:
    await shelf.record(make_sighting(make_story(PK), make_story(PK + 1)))
    await keep(shelf, PK, JPEG)
    await assert_comes_back(shelf, tmp_path, name)


async def test_an_interrupted_import_is_finished_by_another(shelf: Shelf, tmp_path: Path) -> None:
    """A record that was cut short is told, gives what it has, and harms nothing."""
    stories = [make_story(PK + number, T0 + number) for number in range(5)]
    await shelf.record(*(make_sighting(story, seen_at=T0) for story in stories))
    await shelf.export(tmp_path / "out")
    record = tmp_path / "out/storykeep" / f"{ACME}.jsonl"
    whole = record.read_bytes()
    async with open_shelf(tmp_path / "second") as second:
        record.write_bytes(whole[: len(whole) * 2 // 3])
        report = await second.take(tmp_path / "out")
        assert report.problem_count > 0
        assert 0 < report.new < 5
        record.write_bytes(whole)
        report = await second.take(tmp_path / "out")
        assert ([], 5) == (report.problems, report.found)
        assert await shelf.tables() == await second.tables()


async def test_of_one_account_only_what_is_its_own_is_exported(
    shelf: Shelf, tmp_path: Path
) -> None:
    rival = make_user(RIVAL, "rival")
    await shelf.record(
        make_sighting(make_story(PK)), make_sighting(make_story(PK + 2, user=rival), user=rival)
    )
    await shelf.export(tmp_path / "out", ACME)
    async with open_shelf(tmp_path / "second") as second:
        await second.take(tmp_path / "out")
        assert await second.archive.account("rival") is None
        assert await shelf.archive.story(PK) == await second.archive.story(PK)


async def test_an_export_joins_what_is_known_already(shelf: Shelf, tmp_path: Path) -> None:
    """The newer word holds, whichever archive had it."""
    old = make_sighting(make_story(PK), user=make_user(is_private=True), seen_at=T0)
    new = make_sighting(make_story(PK + 1), user=make_user(username="b"), seen_at=T0 + 1)
    await shelf.record(old)
    await shelf.export(tmp_path / "out")
    async with open_shelf(tmp_path / "second") as second, open_shelf(tmp_path / "third") as third:
        await second.record(new)
        await second.take(tmp_path / "out")
        await third.record(old, new)
        assert await third.tables() == await second.tables()


async def test_what_was_erased_where_it_goes_is_cut_from_profiles_too(
    shelf: Shelf, tmp_path: Path
) -> None:
    page = make_profile(biography="with @rival")
    await shelf.record(make_sighting(make_story(PK), profile=page))
    await shelf.export(tmp_path / "out")
    async with open_shelf(tmp_path / "second") as second:
        await condemn(second.archive, {word_of_name("rival"): "mentions"})
        await second.take(tmp_path / "out")
        profile = await second.archive.profile(ACME)
        assert profile is not None
        assert make_profile(biography=f"with @{MASK}") == profile.raw


async def test_what_was_erased_where_it_goes_is_cut_from_highlights_too(
    shelf: Shelf, tmp_path: Path
) -> None:
    """Stories of it, who is spoken of, and all of those that an erased account had."""
    told = json.encode({"id": "highlight:7", "title": "with @rival"})
    highlight = SeenHighlight(pk=7, reel=told, items=(PK, PK + 1), is_whole=True)
    rival = make_user(RIVAL, "rival")
    look = make_sighting(make_story(PK), make_story(PK + 1), envelope=None)
    await shelf.record(
        structs.replace(look, highlights=(highlight,)),
        structs.replace(make_sighting(user=rival), highlights=(structs.replace(highlight, pk=8),)),
    )
    await shelf.export(tmp_path / "out")
    async with open_shelf(tmp_path / "second") as second:
        words: dict[str, Scope] = {word_of_name("rival"): "account", word_of_story(PK): "story"}
        await condemn(second.archive, words)
        await second.take(tmp_path / "out")
        kept = await second.archive.highlight(7)
        assert kept is not None
        assert f"with @{MASK}" == kept.reel["title"]
        assert [str(PK + 1)] == [decode_story(item.wire).pk for item in kept.items]
        assert await second.archive.highlight(8) is None


@slowly
@given(st.lists(drawn_looks(), max_size=6))
async def test_whatever_was_seen_of_highlights_comes_back(looks: list[Sighting]) -> None:
    """Of stories that are kept, hidden, another's or not there; whole lists and single stories."""
    with TemporaryDirectory(prefix="storykeep-") as folder:
        async with open_shelf(Path(folder) / "first") as shelf:
            await shelf.record(*looks)
            await assert_comes_back(shelf, Path(folder))


@slowly
@given(st.lists(drawn_sightings(), max_size=6))
async def test_whatever_was_seen_comes_back(sightings: list[Sighting]) -> None:
    with TemporaryDirectory(prefix="storykeep-") as folder:
        async with open_shelf(Path(folder) / "first") as shelf:
            await shelf.record(*(s for s in sightings if s.source))
            await assert_comes_back(shelf, Path(folder))


@slowly
@given(st.lists(drawn_imports(), max_size=5))
async def test_whatever_was_imported_comes_back(imports: list[Import]) -> None:
    with TemporaryDirectory(prefix="storykeep-") as folder:
        async with open_shelf(Path(folder) / "first") as shelf:
            for each in imports:
                await shelf.record(each.sighting)
                for kept in each.files:
                    if await shelf.archive.story(kept.story_pk):
                        letter = kept.file.sha256[:1].encode()
                        file = shelf.media.save([JPEG + letter])
                        await shelf.archive.keep_file(structs.replace(kept, file=file))
            await assert_comes_back(shelf, Path(folder))
