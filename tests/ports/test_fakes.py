"""The fakes that ship: they are the ports, and they do as they are told."""

import re
from pathlib import Path

import pytest

from storykeep import testing
from storykeep.core.errors import MediaNotFound, SourceUnaware, UserNotFound
from storykeep.core.links import CdnFile
from storykeep.core.media import MediaFetcher, MediaStore, WantedFiles
from storykeep.core.ports import (
    Account,
    Archive,
    Clock,
    Keyring,
    Ledger,
    RateLimiter,
    StorySource,
    create_reel,
)
from storykeep.core.upstream import Origins, SessionStore, Upstream
from storykeep.testing import (
    HandClock,
    MemoryArchive,
    MemoryKeyring,
    MemoryLedger,
    MemoryLimiter,
    MemoryMedia,
    MemoryOrigins,
    MemorySessions,
    MemoryWantedFiles,
    ScriptedFetcher,
    ScriptedSource,
    ScriptedUpstream,
)

ACCOUNT = Account(1, "a", is_private=False)


def test_there_is_a_fake_of_every_port() -> None:
    """The types are checked where the checks check types."""
    archive: Archive = MemoryArchive()
    clock: Clock = HandClock()
    fetcher: MediaFetcher = ScriptedFetcher()
    keyring: Keyring = MemoryKeyring()
    ledger: Ledger = MemoryLedger(MemoryKeyring())
    limiter: RateLimiter = MemoryLimiter()
    media: MediaStore = MemoryMedia()
    origins: Origins = MemoryOrigins(HandClock())
    sessions: SessionStore = MemorySessions()
    source: StorySource = ScriptedSource()
    upstream: Upstream = ScriptedUpstream()
    wanted: WantedFiles = MemoryWantedFiles()
    fakes = (
        archive, clock, fetcher, keyring, ledger, limiter, media, origins, sessions, source,
        upstream, wanted,
    )  # fmt: skip
    assert sorted(testing.__all__) == sorted(type(fake).__name__ for fake in fakes)


def test_the_package_names_its_files() -> None:
    files = {path.name for path in Path(testing.__file__).parent.glob("*.py")} - {"__init__.py"}
    assert files == set(re.findall(r"^    (\w+\.py) ", testing.__doc__ or "", re.MULTILINE))


def test_a_clock_stands_until_it_is_turned() -> None:
    clock = HandClock(100)
    assert [100, 100] == [clock(), clock()]
    clock.turn(0.5)
    assert 100.5 == clock()
    clock.turn(-50)
    assert 50.5 == clock()


async def test_a_source_answers_from_its_script_and_remembers_the_questions() -> None:
    reel = create_reel(ACCOUNT, [])
    source = ScriptedSource(users={"a": ACCOUNT, "b": UserNotFound()}, reels={1: reel})
    assert ACCOUNT == await source.user("a")
    assert reel == await source.user_stories(1, 5)
    with pytest.raises(UserNotFound):
        await source.user("b")
    with pytest.raises(SourceUnaware):
        await source.story(7)
    assert [] == [*await source.stories_named(CdnFile("n.jpg"))]
    assert [
        ("user", "a"),
        ("user_stories", 1, 5),
        ("user", "b"),
        ("story", 7),
        ("stories_named", "n.jpg"),
    ] == source.asked


async def test_what_a_source_raises_otherwise_may_be_chosen() -> None:
    source = ScriptedSource(otherwise=UserNotFound())
    with pytest.raises(UserNotFound):
        await source.user_stories(1)


@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 5000])
async def test_a_fetcher_sends_what_lies_at_an_address_in_pieces(size: int) -> None:
    content = bytes(range(256)) * 20
    fetcher = ScriptedFetcher({"https://a.test/": content[:size]})
    pieces = [piece async for piece in fetcher.fetch("https://a.test/")]
    assert content[:size] == b"".join(pieces)
    assert (size > 1000) == (len(pieces) > 1)
    with pytest.raises(MediaNotFound):
        [piece async for piece in fetcher.fetch("https://b.test/")]
    assert ["https://a.test/", "https://b.test/"] == fetcher.asked
