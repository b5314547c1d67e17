"""The bucket on a real server: what is wrong with it is told, and a stranger's hand is noticed."""

import hashlib
import http.server
import resource
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import obstore
import pytest

from storykeep.core.errors import InvalidValue, StorageError
from storykeep.core.media import SPARED, FileCorrupt, FileMissing, MediaFile
from storykeep.sources.demo import read_media
from storykeep.storage.bucket import Bucket, S3Keys, open_store
from storykeep.storage.naming import name_of
from storykeep.storage.s3 import MOST_READ, PART, S3Media
from tests.seaweed import KEYS, Seaweed, run_seaweed

PHOTO, VIDEO = read_media("avatar_natgeo.jpg"), read_media("demo_video.mp4")
LARGE = VIDEO + bytes(2 * PART)
FILE = MediaFile(hashlib.sha256(PHOTO).hexdigest(), "image/jpeg", len(PHOTO))
DIFFERENT = PHOTO[:-1] + bytes([PHOTO[-1] ^ 1])


@pytest.fixture(scope="session")
def everything(seaweed: Seaweed) -> Bucket:
    return seaweed.make_bucket("by-hand")


@pytest.fixture
def bucket(everything: Bucket, tmp_path: Path) -> Bucket:
    """An empty part of the bucket."""
    prefix = hashlib.sha256(bytes(tmp_path)).hexdigest()
    return Bucket(name=everything.name, endpoint=everything.endpoint, prefix=prefix)


@pytest.fixture
def drafts(tmp_path: Path) -> Path:
    return tmp_path / "data" / "drafts"


@pytest.fixture
def store(bucket: Bucket, drafts: Path) -> S3Media:
    return S3Media(bucket, KEYS, drafts)


def put(bucket: Bucket, name: str, content: bytes) -> None:
    """Lay something there as somebody else would."""
    obstore.put(open_store(bucket, KEYS), name, content)


def left(drafts: Path) -> list[Path]:
    return list(drafts.iterdir())


async def test_an_object_says_what_it_is(store: S3Media, bucket: Bucket, drafts: Path) -> None:
    """Whoever looks into the bucket finds the folder's layout, with types; no draft stays."""
    file = store.save([PHOTO])
    found = obstore.get(open_store(bucket, KEYS), f"{file.sha256[:2]}/{file.sha256}.jpg")
    assert (PHOTO, "image/jpeg") == (bytes(found.bytes()), found.attributes["Content-Type"])
    assert [] == left(drafts)


async def test_a_large_file_goes_in_parts_and_comes_in_pieces(store: S3Media) -> None:
    """However large it is, little of it is in memory."""
    file = store.save(LARGE[at : at + 100_000] for at in range(0, len(LARGE), 100_000))
    opened = await store.open(file)
    digest = hashlib.sha256()
    for offset in range(0, file.size, 65_536):
        size = min(65_536, file.size - offset)
        await opened.prepare(offset, size)
        digest.update(opened.read(offset, size))
        assert len(opened._held) <= MOST_READ
    opened.close()
    assert file.sha256 == digest.hexdigest()
    assert file == store.save([LARGE])


async def attempts(store: S3Media) -> AsyncIterator[StorageError]:
    """What each way of using the store raises."""

    async def save() -> None:
        store.save([PHOTO])

    async def walk() -> None:
        async for _ in store.walk():
            pass

    ways: list[Callable[[], Awaitable[object]]] = [
        save, walk, lambda: store.open(FILE), lambda: store.delete(FILE),
    ]  # fmt: skip
    for way in ways:
        with pytest.raises(StorageError) as caught:
            await way()
        yield caught.value


@pytest.mark.parametrize(
    "keys",
    [S3Keys(KEYS.access_key, "not-the-secret"), S3Keys("somebody-else", KEYS.secret_key)],
    ids=["wrong secret", "unknown access key"],
)
async def test_keys_that_are_not_accepted_are_named_by_their_settings(
    keys: S3Keys, bucket: Bucket, drafts: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And by nothing else: no message, log or repr tells them."""
    store = S3Media(bucket, keys, drafts)
    told = [str(error) async for error in attempts(store)]
    for message in told:
        assert "STORYKEEP_S3_SECRET_KEY" in message
    assert "SignatureDoesNotMatch" in told[0] or "InvalidAccessKeyId" in told[0]
    everything = repr([told, [vars(record) for record in caplog.records], keys, store._store])
    for key in (keys.access_key, keys.secret_key):
        assert key not in everything
    assert [] == left(drafts)


async def test_a_bucket_that_is_not_there_is_said_when_it_is_used(
    bucket: Bucket, drafts: Path
) -> None:
    """And not before: the server starts, and recovers when somebody makes it."""
    store = S3Media(Bucket(name="nobodys", endpoint=bucket.endpoint), KEYS, drafts)
    with pytest.raises(StorageError, match=r"NoSuchBucket\. Create the bucket"):
        store.save([PHOTO])
    with pytest.raises(StorageError, match=r"NoSuchBucket\. Create the bucket"):
        await anext(store.walk())
    with pytest.raises(FileMissing, match="the whole bucket"):
        await store.open(FILE)
    assert not await store.delete(FILE)
    assert [] == left(drafts)


async def test_a_server_that_is_not_there_is_said(drafts: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        store = S3Media(Bucket(name="media", endpoint=url), KEYS, drafts)
        async for error in attempts(store):
            assert "does not answer" in str(error)
    assert [] == left(drafts)


async def test_a_server_that_never_answers_is_not_waited_for(drafts: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        store = S3Media(Bucket(name="media", endpoint=url, patience=0.1), KEYS, drafts)
        with pytest.raises(StorageError, match="does not answer"):
            await store.open(FILE)


async def test_a_server_that_asks_for_tls_is_not_asked_without(bucket: Bucket) -> None:
    """Only an address that says http is asked in the clear."""
    secured = Bucket(name=bucket.name, endpoint=bucket.endpoint.replace("http:", "https:"))
    with pytest.raises(StorageError, match="does not answer"):
        await S3Media(secured, KEYS, Path("unused")).open(FILE)


async def test_the_variables_of_amazon_s_own_tools_choose_nothing(
    monkeypatch: pytest.MonkeyPatch, bucket: Bucket, drafts: Path
) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "somebody-else",
        "AWS_SECRET_ACCESS_KEY": "theirs",
        "AWS_SESSION_TOKEN": "theirs",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_REGION": "mars-1",
    }.items():
        monkeypatch.setenv(name, value)
    store = S3Media(bucket, KEYS, drafts)
    assert [store.save([PHOTO])] == [file async for file in store.walk()]


async def test_a_server_that_dies_while_a_file_is_read_or_written(drafts: Path) -> None:
    """What was prepared can still be read, then there is an error; a draft is not left."""
    with run_seaweed() as mortal:
        store = S3Media(mortal.make_bucket("media"), KEYS, drafts)
        opened = await store.open(store.save([LARGE]))
        await opened.prepare(0, 1000)

        def chunks() -> Iterator[bytes]:
            yield PHOTO[:1000]
            mortal.process.kill()
            mortal.process.wait()
            yield PHOTO[1000:]

        with pytest.raises(StorageError, match="does not answer"):
            store.save(chunks())
        assert LARGE[:1000] == opened.read(0, 1000)
        with pytest.raises(StorageError, match="does not answer"):
            await opened.prepare(MOST_READ, 1000)
        with pytest.raises(StorageError, match="does not answer"):
            opened.read(MOST_READ, 1000)
        opened.close()
    assert [] == left(drafts)


class Strange(http.server.BaseHTTPRequestHandler):
    """Lists an object whose name no client can write."""

    def do_GET(self) -> None:
        body = (
            b"<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a&#10;b</Key>"
            b"<LastModified>2026-01-01T00:00:00Z</LastModified><Size>1</Size></Contents>"
            b"</ListBucketResult>"
        )
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


async def test_a_name_that_cannot_be_walked_by_is_said(drafts: Path) -> None:
    with serve(Strange) as url:
        store = S3Media(Bucket(name="media", endpoint=url), KEYS, drafts)
        with pytest.raises(StorageError, match="control characters: remove it"):
            await anext(store.walk())


class Faulty(http.server.BaseHTTPRequestHandler):
    """Takes an upload in parts, but not its second part."""

    protocol_version = "HTTP/1.1"
    asked: list[str]

    def do_HEAD(self) -> None:
        self._answer(404)

    def do_POST(self) -> None:
        self._answer(200, b"<R><Bucket>b</Bucket><Key>k</Key><UploadId>one</UploadId></R>")

    def do_PUT(self) -> None:
        self._answer(400 if "partNumber=2" in self.path else 200)

    def do_DELETE(self) -> None:
        self._answer(204)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.rfile.read(int(self.headers["content-length"] or 0))
        self.asked.append(f"{self.command} {self.path.partition('?')[2]}")
        self.send_response(status)
        self.send_header("etag", '"part"')
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serve(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


async def test_an_upload_that_fails_half_way_is_taken_back(drafts: Path) -> None:
    """Else the bucket would hold, and bill, parts that nobody sees."""

    class Handler(Faulty):
        asked: list[str] = []  # noqa: RUF012 - of this test

    with serve(Handler) as url:
        store = S3Media(Bucket(name="media", endpoint=url), KEYS, drafts)
        with pytest.raises(StorageError, match="status 400"):
            store.save([LARGE])
    assert "DELETE uploadId=one" in Handler.asked  # beside a part that was still under way
    assert [] == left(drafts)


async def test_what_is_refused_never_reaches_the_bucket(store: S3Media, drafts: Path) -> None:
    with pytest.raises(InvalidValue):
        store.save([b"not a picture"])
    assert [] == left(drafts)


@pytest.fixture
def small_files() -> Iterator[None]:
    """A kernel that lets this process write no file beyond 10,000 bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.usefixtures("small_files")
async def test_a_disk_without_room_for_a_draft_leaves_nothing(store: S3Media, drafts: Path) -> None:
    with pytest.raises(StorageError, match="File too large"):
        store.save([VIDEO])
    assert [] == left(drafts)
    assert [] == [file async for file in store.walk()]


async def test_an_object_that_was_cut_is_noticed_and_mended(store: S3Media, bucket: Bucket) -> None:
    """When it is opened; or, when it was open already, before a byte too few is sent."""
    file = store.save([VIDEO])
    opened = await store.open(file)
    put(bucket, name_of(file), VIDEO[:100_000])
    with pytest.raises(FileCorrupt):
        await opened.prepare(0, file.size)
    with pytest.raises(FileCorrupt):
        await opened.prepare(200_000, 1000)
    with pytest.raises(FileCorrupt):
        await store.open(file)
    assert file == store.save([VIDEO])
    await opened.prepare(0, file.size)
    assert VIDEO == opened.read(0, file.size)


async def test_an_object_that_was_removed_while_it_is_read_is_missing(
    store: S3Media, bucket: Bucket
) -> None:
    file = store.save([VIDEO])
    opened = await store.open(file)
    obstore.delete(open_store(bucket, KEYS), name_of(file))
    with pytest.raises(FileMissing):
        await opened.prepare(0, 1000)


async def test_keeping_an_old_object_again_writes_it_again(
    store: S3Media, bucket: Bucket, drafts: Path
) -> None:
    """So that it is young and nobody's orphan, and whole, though its length told nothing."""
    file = store.save([PHOTO])
    put(bucket, name_of(file), DIFFERENT)
    assert file == store.save([PHOTO])
    assert DIFFERENT == bytes(obstore.get(open_store(bucket, KEYS), name_of(file)).bytes())
    later = S3Media(bucket, KEYS, drafts, clock=lambda: time.time() + SPARED)
    assert file == later.save([PHOTO])
    assert PHOTO == bytes(obstore.get(open_store(bucket, KEYS), name_of(file)).bytes())


async def test_what_a_stranger_laid_there_is_told_and_no_file(
    store: S3Media, bucket: Bucket
) -> None:
    file = store.save([PHOTO])
    strange = ["notes.txt", f"{FILE.sha256}.jpg", f"00/{FILE.sha256}.jpg", f"{name_of(file)}.bak"]
    for name in strange:
        put(bucket, name, b"?")
    put(Bucket(name=bucket.name, endpoint=bucket.endpoint, prefix="beside"), "x", b"not asked")
    assert [file] == [found async for found in store.walk()]
    assert sorted(strange) == sorted([name async for name in store.strangers()])
