"""A session is told to Instagram and to nobody else; aiograpi stays where it is put."""

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from storykeep.core.errors import StorykeepError
from storykeep.logs import JsonFormatter
from storykeep.sources.instagram.session import read_session
from storykeep.storage.sessions import FolderSessions
from storykeep.testing.instagram import FAILURES, create_world
from tests.server import environment
from tests.sources.instagram.rig import NO_TIME, PATIENCE, WILD, asking

PLANTED = "42%3APlantedSecret%3A7%3AAYplantedPlantedPlanted"
WORDS = ("PlantedSecret", "AYplanted", "UGxhbnRlZ")  # the last: in base 64
SENT = ("1234/abcd", "Try Again Later", "Updates to Our Terms", "DOCTYPE", "acme_wild", str(WILD))
"""What Instagram sent, or was asked."""


class Lines(logging.Handler):
    """Every line that anybody logs, as it would be written, tracebacks included."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("storykeep.testing"):  # the other side
            self.lines.append(self.format(record))


def told(error: BaseException | None) -> list[str]:
    """Return all that an error and those behind it say, attributes included."""
    if error is None:
        return []
    own = [str(error), repr(error), repr(vars(error))]
    return own + told(error.__cause__) + told(error.__context__)


async def test_neither_logs_nor_errors_nor_files_show_it(tmp_path: Path) -> None:
    """Whatever Instagram says, and whoever listens to every logger."""
    world = create_world()
    world.sessions = {PLANTED}
    store = FolderSessions(tmp_path, "k" * 32)
    store.save("acme_viewer", read_session(PLANTED))
    lines, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.DEBUG)
    said: list[str] = []
    try:
        async with asking(world, store=store) as rig:
            for kind in FAILURES:
                await rig.upstream.check()
                rig.upstream._time_limit = NO_TIME if kind in ("hang", "drip") else PATIENCE
                rig.fake.fail("feed/user/", kind, times=1)
                with pytest.raises(StorykeepError) as raised:
                    await rig.upstream.reel(WILD)
                rig.upstream._time_limit = PATIENCE
                said += told(raised.value)
            assert PLANTED == store_of(store)["authorization_data"]["sessionid"]
            assert len(FAILURES) < len(rig.fake.requests)
    finally:
        root.removeHandler(lines)
        root.setLevel(level)
    heard = "\n".join(lines.lines + said)
    assert "instagram_refused" in heard
    assert [] == [word for word in (*WORDS, *SENT) if word in heard]
    for path in tmp_path.iterdir():
        assert [] == [word for word in WORDS if word.encode() in path.read_bytes()]


def store_of(store: FolderSessions) -> Any:
    from msgspec import json

    return json.decode(store.load("acme_viewer") or b"")


CONTAINED = """
import sys
import httpx
from httpx._decoders import SUPPORTED_DECODERS
import storykeep.app, storykeep.cli.session, storykeep.sources.instagram
assert not {"aiograpi", "cryptography", "orjson"} & set(sys.modules)
before = httpx.Response.json, dict(SUPPORTED_DECODERS)
import storykeep.sources.instagram.upstream
assert "aiograpi" in sys.modules
assert before == (httpx.Response.json, SUPPORTED_DECODERS)
assert 0.5 == httpx.Response(200, content=b"0.5").json(parse_float=float)
"""


def test_aiograpi_is_imported_late_and_changes_httpx_for_nobody() -> None:
    subprocess.run([sys.executable, "-c", CONTAINED], env=environment(), check=True)


MISSING = """
import sys
sys.modules["aiograpi"] = None
from storykeep.composition import open_instagram
from storykeep.settings import Settings
try:
    open_instagram(Settings(), None)
except Exception as error:
    print(type(error).__name__, error)
"""


def test_without_the_extra_it_says_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MISSING],
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    expected = "SourceUnavailable The source instagram needs aiograpi: "
    assert f"{expected}pip install 'storykeep[instagram]'.\n" == done.stdout
