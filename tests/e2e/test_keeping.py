"""Every story that passes through has its files kept, and they are answered for ever."""

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from storykeep.app import create_services, open_shelves
from storykeep.cli.asking import Here
from storykeep.composition import compose
from storykeep.core.model import PHOTO
from storykeep.core.sighting import DAY
from storykeep.sources.cdn.limits import Limits
from storykeep.testing import HandClock
from storykeep.testing.instagram import Answer, FakeInstagram, World, create_world
from tests.e2e.keeping import CDN, REEL, Kept, keeping, sent_at, settings_of
from tests.full_disk import FullDisk
from tests.sources.cdn.rig import fetcher_at

WILD = f"{REEL}acme_wild"
DOWNLOAD = "/v1/story/download?id="
BY_URL = "/v1/story/download/by/url?url="


def shown(story: Any) -> str:
    """The address of the file that a story is shown with."""
    return str(story["video_url"] or story["thumbnail_url"])


def page(story: Any) -> str:
    return f"https://www.instagram.com/stories/{story['user']['username']}/{story['pk']}/"


def quoted(url: str) -> str:
    return url.replace("?", "%3F").replace("&", "%26").replace("=", "%3D")


def world_of_photos(clock: HandClock) -> World:
    """What there is otherwise, without the video."""
    world = create_world(clock)
    account = world.account("acme_wild")
    assert account is not None
    account.stories = [item for item in account.stories if item["media_type"] == PHOTO]
    return world


async def stories(kept: Kept) -> list[Any]:
    found: list[Any] = (await kept.ask(WILD)).json()
    assert len(found) > 5
    return found


async def test_what_passed_through_is_answered_after_everything_else_is_gone(
    tmp_path: Path,
) -> None:
    """By id, by page and by each download, also by the dead address, with the CDN's very bytes."""
    clock = HandClock()
    async with FakeInstagram(create_world(clock)) as fake:
        async with keeping(tmp_path, fake, clock) as kept:
            seen = await stories(kept)
            assert [] == await kept.until_tried()
            # A close-friends story is kept too, though nobody is told of it.
            assert len(seen) + 1 == fake.count(CDN)
        clock.turn(30 * DAY)
        fake.fail("", "reset")
        asked = len(fake.requests)
        async with keeping(tmp_path, fake, clock) as kept:
            for story in seen:
                for target in (
                    f"/v1/story/by/id?id={story['id']}",
                    f"/v1/story/by/url?url={page(story)}",
                ):
                    assert story == (await kept.ask(target)).json()
                for target in (
                    f"{DOWNLOAD}{story['id']}",
                    f"/v1/story/download/by/story/url?url={page(story)}",
                    BY_URL + quoted(shown(story)),
                    BY_URL + quoted(shown(story).partition("?")[0]),
                ):
                    answer = await kept.ask(target)
                    assert (200, sent_at(shown(story))) == (answer.status, answer.body)
        assert not any(CDN in request.host for request in fake.requests[asked:])


async def test_on_demand_a_file_is_kept_once_a_download_asks(tmp_path: Path) -> None:
    clock = HandClock()
    async with (
        FakeInstagram(create_world(clock)) as fake,
        keeping(tmp_path, fake, clock, keep_media="on-demand") as kept,
    ):
        first, *_ = await stories(kept)
        assert ([], 0) == (await kept.wanted(), fake.count(CDN))
        for _ in range(2):
            answer = await kept.ask(f"{DOWNLOAD}{first['pk']}")
            assert (200, sent_at(shown(first))) == (answer.status, answer.body)
        assert 1 == fake.count(CDN)


async def test_switched_off_nothing_is_fetched_and_the_answer_says_why(tmp_path: Path) -> None:
    clock = HandClock()
    async with (
        FakeInstagram(create_world(clock)) as fake,
        keeping(tmp_path, fake, clock, keep_media="off") as kept,
    ):
        first, *_ = await stories(kept)
        answer = await kept.ask(f"{DOWNLOAD}{first['pk']}")
        assert (404, "MediaNotFound") == (answer.status, answer.json()["exc_type"])
        assert "STORYKEEP_KEEP_MEDIA" in answer.json()["detail"]
        assert 0 == fake.count(CDN)


async def test_the_picture_of_a_video_is_answered_by_its_address(tmp_path: Path) -> None:
    """Kept or fetched, it is not the video."""
    clock = HandClock()
    async with FakeInstagram(create_world(clock)) as fake:
        for policy, files in (("always", "thumbnails"), ("on-demand", "shown")):
            folder = tmp_path / policy
            async with keeping(folder, fake, clock, keep_media=policy, keep_files=files) as kept:
                video = next(story for story in await stories(kept) if story["video_url"])
                await kept.until_tried()
                picture = await kept.ask(BY_URL + quoted(video["thumbnail_url"]))
                assert sent_at(video["thumbnail_url"]) == picture.body
                assert "image/jpeg" == picture.headers["content-type"]
                assert (
                    sent_at(video["video_url"]) == (await kept.ask(f"{DOWNLOAD}{video['pk']}")).body
                )


async def test_an_address_that_died_is_asked_for_anew(tmp_path: Path) -> None:
    """The source tells a fresh one while the story is in the reel; after that, nobody can."""
    clock = HandClock()
    async with FakeInstagram(create_world(clock)) as fake:
        sources = "archive?fresh=60 instagram archive"
        async with keeping(tmp_path, fake, clock, keep_media="on-demand", sources=sources) as kept:
            first, second, *_ = await stories(kept)
            fake.fail(CDN, "expired", times=1)
            clock.turn(3600)  # so that the signature is another
            answer = await kept.ask(f"{DOWNLOAD}{first['pk']}")
            assert (200, sent_at(shown(first))) == (answer.status, answer.body)
            assert 2 == fake.count(CDN)
            clock.turn(30 * DAY)
            answer = await kept.ask(f"{DOWNLOAD}{second['pk']}")
            assert (404, "MediaNotFound") == (answer.status, answer.json()["exc_type"])


async def test_a_file_that_the_store_lost_is_fetched_again(tmp_path: Path) -> None:
    """While somebody has it; after that it is our fault, and free."""
    clock = HandClock()
    async with FakeInstagram(create_world(clock)) as fake, keeping(tmp_path, fake, clock) as kept:
        first, *_ = await stories(kept)
        await kept.until_tried()
        for path in kept.files():
            path.unlink()
        answer = await kept.ask(f"{DOWNLOAD}{first['pk']}")
        assert (200, sent_at(shown(first))) == (answer.status, answer.body)
        for path in kept.files():
            path.unlink()
        clock.turn(30 * DAY)
        before = await kept.balance()
        answer = await kept.ask(f"{DOWNLOAD}{first['pk']}")
        assert (503, "StorageError") == (answer.status, answer.json()["exc_type"])
        assert before == await kept.balance()


# ------------------------------------------------------------------------------- what goes wrong

GIVEN_UP, TRIED = True, False
SHORT = Limits(head=0.05, silence=0.05, connect=5)
MATRIX: dict[str, tuple[str | Answer, int, bool]] = {
    "expired": ("expired", 404, GIVEN_UP),
    "gone": ("gone", 404, GIVEN_UP),
    "html": ("html", 503, GIVEN_UP),
    "video": (Answer(200, sent_at("/a.mp4"), {"Content-Type": "video/mp4"}), 503, GIVEN_UP),
    "redirect": ("redirect", 503, GIVEN_UP),
    "reset": ("reset", 503, TRIED),
    "cut": ("cut", 503, TRIED),
    "server_error": ("server_error", 503, TRIED),
    "throttled": ("throttled", 503, TRIED),
    "hang": ("hang", 504, TRIED),
}
"""What the CDN does, how a download is answered, and what becomes of the wanted file."""


@pytest.mark.parametrize("name", MATRIX)
async def test_a_broken_cdn_is_told_costs_nothing_and_leaves_nothing(
    name: str, tmp_path: Path
) -> None:
    """Then, once it is mended, what was not given up is kept."""
    kind, status, is_given_up = MATRIX[name]
    clock = HandClock()
    async with (
        FakeInstagram(world_of_photos(clock)) as fake,
        keeping(tmp_path, fake, clock, SHORT if kind == "hang" else None) as kept,
    ):
        fake.fail(CDN, kind)
        photo, *_ = await stories(kept)
        left = {str(each.story_pk): each for each in await kept.until_tried()}
        tried = left[photo["pk"]]
        assert (1, is_given_up) == (tried.tries, tried.is_given_up)
        assert tried.reason
        before = await kept.balance()
        answer = await kept.ask(f"{DOWNLOAD}{photo['pk']}")
        charged = before - await kept.balance()
        assert (status, 1 if status == 404 else 0) == (answer.status, charged)
        assert [] == kept.files()
        fake.heal()
        clock.turn(60)
        kept.shelves.archive.heard()
        still = {str(each.story_pk) for each in await kept.until_tried()}
        assert is_given_up == (photo["pk"] in still)


async def test_a_full_quota_is_told_and_nothing_is_given_up(tmp_path: Path) -> None:
    """Nor deleted; once it is raised, the server keeps the rest."""
    clock = HandClock()
    async with FakeInstagram(world_of_photos(clock)) as fake:
        fake.fail(
            CDN, Answer(200, sent_at("/a.jpg") + bytes(600_000), {"Content-Type": "image/jpeg"})
        )
        async with keeping(tmp_path, fake, clock, media_quota="1MB") as kept:
            seen = await stories(kept)
            left = await kept.until_tried()
            assert (1, {False}, {0}) == (
                len(kept.files()),
                {each.is_given_up for each in left},
                {each.tries for each in left},
            )
            pk = next(
                each.story_pk for each in left if str(each.story_pk) in {s["pk"] for s in seen}
            )
            before = await kept.balance()
            answer = await kept.ask(f"{DOWNLOAD}{pk}")
            assert (503, "QuotaReached") == (answer.status, answer.json()["exc_type"])
            assert "STORYKEEP_MEDIA_QUOTA" in answer.json()["detail"]
            assert before == await kept.balance()
        clock.turn(1000)
        async with keeping(tmp_path, fake, clock, media_quota="1GB") as kept:
            assert [] == await kept.until_tried()


async def test_a_full_disk_is_our_fault_and_leaves_no_half_file(tmp_path: Path) -> None:
    clock = HandClock()
    disk = FullDisk(tmp_path / "media")
    async with (
        FakeInstagram(create_world(clock)) as fake,
        keeping(tmp_path, fake, clock, media=disk) as kept,
    ):
        first, *_ = await stories(kept)
        left = await kept.until_tried()
        assert ({0}, {False}) == ({e.tries for e in left}, {e.is_given_up for e in left})
        before = await kept.balance()
        answer = await kept.ask(f"{DOWNLOAD}{first['pk']}")
        assert (503, "StorageError") == (answer.status, answer.json()["exc_type"])
        assert (before, []) == (await kept.balance(), kept.files())
        disk.is_full = False
        clock.turn(1000)
        kept.shelves.archive.heard()
        assert [] == await kept.until_tried()


# ---------------------------------------------------------------------------------- hanging up


async def test_who_hangs_up_does_not_stop_the_keeping(tmp_path: Path) -> None:
    clock = HandClock()
    async with (
        FakeInstagram(create_world(clock)) as fake,
        keeping(tmp_path, fake, clock, keep_media="on-demand") as kept,
    ):
        first, *_ = await stories(kept)
        fake.fail(CDN, "hang", times=1)
        asking = asyncio.create_task(kept.ask(f"{DOWNLOAD}{first['pk']}"))
        await fake.until(CDN)
        asking.cancel()
        await asyncio.wait([asking])
        fake.release()
        answer = await kept.ask(f"{DOWNLOAD}{first['pk']}")
        assert (200, sent_at(shown(first)), 1) == (answer.status, answer.body, fake.count(CDN))


async def test_the_end_of_the_server_leaves_no_draft_and_the_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next start goes on there."""
    monkeypatch.setattr("storykeep.app.KEEP_SECONDS", 0.0)
    clock = HandClock()
    async with FakeInstagram(create_world(clock)) as fake:
        fake.fail(CDN, "hang")
        async with keeping(tmp_path, fake, clock) as kept:
            seen = await stories(kept)
            await fake.until(CDN)
            queued = await kept.wanted()
        assert ([], {0}) == (kept.files(), {each.tries for each in queued})
        assert len(seen) + 1 == len(queued)
        fake.heal()
        async with keeping(tmp_path, fake, clock) as kept:
            assert queued == await kept.wanted()
            assert [] == await kept.until_tried()


async def test_numbers_tell_how_files_are_kept(tmp_path: Path) -> None:
    clock = HandClock()
    async with FakeInstagram(create_world(clock)) as fake, keeping(tmp_path, fake, clock) as kept:
        fake.fail(CDN, "expired", times=1)
        seen = await stories(kept)
        await kept.until_tried()
        told = (await kept.ask("/metrics")).body.decode()
        assert f"storykeep_files_kept_total {len(seen)}.0" in told
        assert 'storykeep_file_failures_total{reason="MediaNotFound"} 1.0' in told
        assert "storykeep_files_given_up_total 1.0" in told


async def test_the_command_line_fetches_too(tmp_path: Path) -> None:
    """Without a server, by the same services; what it has fetched is kept."""
    clock = HandClock()
    async with FakeInstagram(world_of_photos(clock)) as fake:
        settings = settings_of(tmp_path / "data", fake)
        shelves, fetcher = open_shelves(settings, clock), fetcher_at(fake.origin)
        composition = compose(settings, shelves.archive, shelves.origins, clock)
        async with aclosing(composition):
            services = create_services(settings, shelves, composition, clock, fetcher)
            here = Here(services.stories, services.media)
            first, *_ = await here.user_stories_by_username_v1("acme_wild")
            saved = await here.story_download_v1(first.pk, tmp_path / "saved")
            assert sent_at(first.thumbnail_url or "") == saved.path.read_bytes()
            kept = await shelves.archive.files_of(int(first.pk))
            assert [saved.file] == [each.file for each in kept]
            await services.aclose()
        await fetcher.aclose()
        shelves.close()
