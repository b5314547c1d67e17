"""Filling a new storykeep: demo accounts, one kept story with its file, and a key."""

from pathlib import Path

from msgspec import structs

from storykeep.app import Shelves
from storykeep.cli.keys import create_access_key
from storykeep.core.media import KeptFile
from storykeep.private import write_private
from storykeep.settings import Settings
from storykeep.sources import demo

DEMO_UNITS, DEMO_RATE = 10_000, 15.0


async def fill(shelves: Shelves) -> None:
    """Put the demo data into the archive; a second time changes nothing."""
    for sighting in demo.kept_sightings():
        await shelves.archive.record(sighting)
    if not await shelves.archive.files_of(demo.KEPT_PK):
        file = shelves.media.save([demo.read_media("demo_kept.jpg")])
        kept = KeptFile(demo.KEPT_PK, "image", file, f"demo_kept_{demo.KEPT_PK}.jpg")
        await shelves.archive.keep_file(kept)


async def find_demo_key(shelves: Shelves, data: Path) -> str:
    """Return the demo's access key, the same at every start.

    It lies in a file that only the owner can read, so that it can be printed again; no other
    key's secret is stored anywhere.
    """
    path = _key_file(data)
    if path.exists():
        return path.read_text("ascii").strip()
    _, secret = await create_access_key(shelves, "demo", DEMO_UNITS, DEMO_RATE)
    write_private(path, f"{secret}\n".encode())
    return secret


def with_demo(settings: Settings) -> Settings:
    """Return the settings with the demo accounts in front of the sources."""
    return structs.replace(settings, sources=f"demo {settings.sources}")


def has_demo(settings: Settings) -> bool:
    """Whether ``serve --demo`` has run on this data folder."""
    return _key_file(settings.data).exists()


def examples(base: str, key: str, options: str = "") -> list[str]:
    """Return one curl line for each kind of endpoint; each works when pasted."""
    curl = f'curl {options}-H "x-access-key: {key}"'
    page = f"https://www.instagram.com/stories/natgeo/{demo.KEPT_PK}/"
    return [
        f'{curl} "{base}/v1/user/stories/by/username?username=natgeo"',
        f'{curl} "{base}/v1/user/stories?user_id=787132"',
        f'{curl} "{base}/v1/story/by/id?id={demo.KEPT_PK}"',
        f'{curl} "{base}/v1/story/by/url?url={page}"',
        f'{curl} -o story.jpg "{base}/v1/story/download?id={demo.KEPT_PK}"',
        f'{curl} -o story.jpg "{base}/v1/story/download/by/story/url?url={page}"',
        f'{curl} -o story.jpg "{base}/v1/story/download/by/url?url={page}"',
        f'{curl} "{base}/sys/balance"',
    ]


def _key_file(data: Path) -> Path:
    return data / "demo_key"
