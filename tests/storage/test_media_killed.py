"""A process that dies while it keeps files: what it was told is kept is there, nothing is half."""

import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from storykeep.composition import open_media
from storykeep.core.media import MediaFile, MediaStore
from storykeep.settings import read_settings
from tests.seaweed import Seaweed

ROUNDS = 5

WRITER = """
import itertools, os, random, sys, time
from storykeep.composition import open_media
from storykeep.settings import read_settings
store = open_media(read_settings(os.environ), time.time)
for number in itertools.count():
    random.seed(f"{sys.argv[1]} {number}")
    rest = random.randbytes(300_000)
    file = store.save([bytes.fromhex("ffd8ffe0"), rest[:100_000], rest[100_000:]])
    print(file.sha256, flush=True)
"""


@pytest.fixture(params=["folder", "s3"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Mapping[str, str]:
    """What says where the files are kept."""
    data = {"STORYKEEP_DATA": str(tmp_path)}
    if request.param == "folder":
        return data
    seaweed: Seaweed = request.getfixturevalue("seaweed")
    name = f"killed-{hashlib.sha256(bytes(tmp_path)).hexdigest()[:16]}"
    return data | seaweed.settings(seaweed.make_bucket(name))


async def content(store: MediaStore, file: MediaFile) -> bytes:
    opened = await store.open(file)
    await opened.prepare(0, file.size)
    found = opened.read(0, file.size)
    opened.close()
    return found


async def test_a_killed_process_leaves_whole_files_and_no_drafts(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    told: set[str] = set()
    for number in range(ROUNDS):
        command = [sys.executable, "-c", WRITER, str(number)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
        ) as writer:
            assert writer.stdout is not None
            for _ in range(random.randint(1, 20)):
                told.add(writer.stdout.readline().strip())
            writer.kill()
            told |= {line.strip() for line in writer.stdout if line.endswith("\n")}
    store = open_media(read_settings(environment), time.time)
    assert [] == list(tmp_path.rglob("drafts/*"))
    found = {file.sha256: file async for file in store.walk()}
    assert told <= found.keys()
    assert len(found) <= len(told) + ROUNDS
    for sha256, file in found.items():
        assert sha256 == hashlib.sha256(await content(store, file)).hexdigest()
