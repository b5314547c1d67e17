"""Real servers that keep files: killed, asked by the vendor's client, asked by many at once."""

import asyncio
import base64
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import apsw
import httpx2
import pytest

from storykeep.storage.bucket import Bucket, open_store
from storykeep.testing import HandClock
from storykeep.testing.instagram import SESSION, Answer, FakeInstagram, create_world
from storykeep.testing.instagram.cdn import media_file
from tests.e2e.keeping import CDN, REEL
from tests.seaweed import KEYS, Seaweed
from tests.server import Server, create_key, environment, run

SCRIPT = Path(__file__).with_name("keeping_server.py")
CALLS = Path(__file__).parents[1] / "compat" / "calls.py"
ROOT = Path(__file__).parents[2]
FILES, KILLS = 200, 5
MANY = 64
SIZE = 20 * 1000 * 1000
ROOM = 64 * 1024 * 1024


class Operator:
    """A data folder with a session and a key, and the fake Instagram that it asks."""

    def __init__(self, folder: Path, fake: FakeInstagram, **more: str) -> None:
        self.data, self.fake = folder / "data", fake
        self.env = {
            "STORYKEEP_DATA": str(self.data),
            "STORYKEEP_SOURCES": "instagram archive",
            "STORYKEEP_INSTAGRAM_URL": fake.origin,
            "STORYKEEP_SESSION_KEY": "k" * 32,
            "STORYKEEP_SPACING": "0",
            **more,
        }
        session = folder / "sessionid"
        session.write_text(SESSION)
        run("session", "add", "acme_viewer", str(session), data=self.data, env=self.env)
        self.key = create_key(self.data)

    @contextmanager
    def serving(self, *options: str) -> Iterator[Server]:
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT), self.fake.origin, *options],
            env=environment(**self.env, PYTHONPATH=str(ROOT)), cwd=ROOT,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        server = None
        try:
            server = Server(process, self.data)
            yield server
        finally:
            process.kill()
            process.wait()
            if server is not None:
                server.complaints()
            for stream in (process.stdout, process.stderr):
                assert stream is not None
                stream.close()

    def rows(self, query: str) -> list[Any]:
        """Ask the archive's file."""
        with closing(apsw.Connection(str(self.data / "archive.db"))) as archive:
            archive.set_busy_timeout(5000)
            return list(archive.execute(query))

    def wanted(self) -> int:
        return int(self.rows("SELECT count(*) FROM wanted_file")[0][0])


def wait_until(is_so: Any) -> None:
    while not is_so():
        time.sleep(0.002)


def busy_world() -> Any:
    """An account with many stories, each with a file of its own."""
    world = create_world(HandClock(time.time()))
    account = world.account("acme_quiet")
    assert account is not None
    for second in range(FILES):
        account.post(int(time.time()) - 3600 + second)
    return world


def kill_again_and_again(operator: Operator) -> None:
    """Ask for the stories; end the server five times while it keeps their files, then let it."""
    for turn in range(KILLS):
        with operator.serving() as server, server.client(operator.key) as client:
            if turn == 0:
                assert FILES == len(client.get(f"{REEL}acme_quiet").json())
            enough = operator.fake.count(CDN) + FILES // (KILLS + 2)
            wait_until(lambda: operator.fake.count(CDN) >= enough)  # noqa: B023
            server.process.kill()
            server.process.wait()
        assert 0 < operator.wanted() < FILES
    with operator.serving() as server:
        wait_until(lambda: operator.wanted() == 0)
        assert 0 == server.stop()


def expected_files(operator: Operator) -> dict[str, bytes]:
    """What the CDN has, by digest."""
    account = operator.fake.world.account("acme_quiet")
    assert account is not None
    contents = [
        media_file(urlsplit(story["image_versions2"]["candidates"][0]["url"]).path)
        for story in account.stories
    ]
    return {hashlib.sha256(content).hexdigest(): content for content in contents}


def known_files(operator: Operator) -> list[str]:
    return [row[0] for row in operator.rows("SELECT sha256 FROM kept_file ORDER BY story_pk")]


@pytest.mark.timeout(120)
def test_a_server_that_is_killed_keeps_every_file_in_the_end(tmp_path: Path) -> None:
    """All are there, whole, each known, and nothing else is: no orphan, no half file, no draft."""
    with FakeInstagram(busy_world()) as fake:
        operator = Operator(tmp_path, fake)
        kill_again_and_again(operator)
        expected = expected_files(operator)
        found = [path for path in (operator.data / "media").rglob("*") if path.is_file()]
        assert expected == {path.stem: path.read_bytes() for path in found}
        assert FILES == len(found) == len(known_files(operator))
        assert {*expected} == {*known_files(operator)}


@pytest.mark.timeout(120)
def test_and_so_in_a_bucket(tmp_path: Path, seaweed: Seaweed) -> None:
    bucket = seaweed.make_bucket("killed")
    keys = {"STORYKEEP_S3_ACCESS_KEY": KEYS.access_key, "STORYKEEP_S3_SECRET_KEY": KEYS.secret_key}
    address = f"s3://killed/kept?endpoint={bucket.endpoint}"
    with FakeInstagram(busy_world()) as fake:
        operator = Operator(tmp_path, fake, STORYKEEP_MEDIA=address, **keys)
        kill_again_and_again(operator)
        expected = expected_files(operator)
        there = Bucket(name="killed", endpoint=bucket.endpoint, prefix="kept")
        store = open_store(there, KEYS)
        names = [found["path"] for page in store.list() for found in page]
        contents = {Path(name).stem: bytes(store.get(name).bytes()) for name in names}
        assert expected == contents
        assert FILES == len(names) == len(known_files(operator))
        assert [] == list(operator.data.rglob("drafts/*"))


def test_the_vendors_client_gets_the_very_bytes(tmp_path: Path) -> None:
    """Over TLS, after Instagram and its CDN are gone; both kinds of client, by each download."""
    with FakeInstagram(create_world(HandClock(time.time()))) as fake:
        operator = Operator(tmp_path, fake)
        with operator.serving("--tls") as server:
            told = ask(
                server, operator.key, [["user_stories_by_username_v1", {"username": "acme_wild"}]]
            )
            stories = told["sync"][0]
            wait_until(lambda: operator.wanted() == 0)
            fake.fail("", "reset")
            calls, contents = [], []
            for story in stories:
                url = story["video_url"] or story["thumbnail_url"]
                page = f"https://www.instagram.com/stories/acme_wild/{story['pk']}/"
                calls += [
                    ["story_download_v1", {"id": story["id"]}],
                    ["story_download_by_story_url_v1", {"url": page}],
                    ["story_download_by_url_v1", {"url": url}],
                ]
                contents += [media_file(urlsplit(url).path)] * 3
            answers = ask(server, operator.key, calls)
            for kind in ("sync", "async"):
                assert contents == [base64.b64decode(each["bytes"]) for each in answers[kind]]


def ask(server: Server, key: str, calls: list[Any]) -> Any:
    done = subprocess.run(
        [sys.executable, str(CALLS)],
        input=json.dumps([key, calls]),
        env=environment(
            HIKERAPI_HOST=server.url.removeprefix("https://").replace("127.0.0.1", "localhost"),
            SSL_CERT_FILE=str(server.authority),
        ),
        capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def private_bytes(pid: int) -> int:
    """The memory that the process has for itself."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("RssAnon:"))
    return int(line.split()[1]) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="/proc is not here")
def test_many_downloads_of_one_large_file_are_one_fetch(tmp_path: Path) -> None:
    """64 equal answers, and the server's own memory grows by less than 64 MB."""
    photo = media_file("/large.jpg")
    large = photo + bytes(SIZE - len(photo))
    digest = hashlib.sha256(large).hexdigest()
    with FakeInstagram(create_world(HandClock(time.time()))) as fake:
        operator = Operator(tmp_path, fake, STORYKEEP_KEEP_MEDIA="on-demand")
        with operator.serving() as server:
            with server.client(operator.key) as client:
                story = client.get(f"{REEL}acme_wild").json()[0]
            assert story["thumbnail_url"].startswith("https://")
            fake.fail(CDN, Answer(200, large, {"Content-Type": "image/jpeg"}))
            before = private_bytes(server.process.pid)
            target = f"{server.url}/v1/story/download?id={story['pk']}"
            most, digests = asyncio.run(download_at_once(server, operator.key, target))
            assert ([digest] * MANY, 1) == (digests, fake.count(CDN))
            assert most - before < ROOM


async def download_at_once(server: Server, key: str, target: str) -> tuple[int, list[str]]:
    """Return the most memory that the server had meanwhile, and what was sent."""
    most = 0

    async def download(client: httpx2.AsyncClient) -> str:
        nonlocal most
        digest = hashlib.sha256()
        async with client.stream("GET", target) as answer:
            assert 200 == answer.status_code
            async for chunk in answer.aiter_raw():
                digest.update(chunk)
                most = max(most, private_bytes(server.process.pid))
        return digest.hexdigest()

    limits = httpx2.Limits(max_connections=MANY)
    headers = {"x-access-key": key}
    async with httpx2.AsyncClient(
        headers=headers, limits=limits, timeout=60, trust_env=False
    ) as client:
        digests = await asyncio.gather(*(download(client) for _ in range(MANY)))
    return most, digests
