"""The media folder on a real disk: what a crash, a full disk and a stranger's hand leave."""

import os
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storykeep.core.errors import InvalidValue, StorageError
from storykeep.core.media import FileCorrupt, MediaFile
from storykeep.sources.demo import read_media
from storykeep.storage.media import FolderMedia, StoredFile

PHOTO, VIDEO = read_media("avatar_natgeo.jpg"), read_media("demo_video.mp4")


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def only(root: Path) -> Path:
    (path,) = files(root)
    return path


def descriptors() -> set[Path]:
    return set(Path("/proc/self/fd").iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_lies_under_its_digest_for_its_owner_alone(tmp_path: Path) -> None:
    root = tmp_path / "data" / "media"
    file = FolderMedia(root).save([PHOTO])
    path = root / file.sha256[:2] / f"{file.sha256}.jpg"
    assert [path] == files(root)
    assert path.read_bytes() == PHOTO
    assert (mode(path), mode(path.parent), mode(root)) == (0o600, 0o700, 0o700)


def test_saving_again_writes_nothing_again(tmp_path: Path) -> None:
    store = FolderMedia(tmp_path)
    file = store.save([PHOTO])
    before = only(tmp_path).stat()
    assert file == store.save([PHOTO])
    after = only(tmp_path).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_saving_again_makes_a_file_young_again(tmp_path: Path) -> None:
    """For who spares what is young; what a backup compares stays as it was."""
    store = FolderMedia(tmp_path)
    store.save([PHOTO])
    past = only(tmp_path).stat().st_mtime_ns - 10**12
    os.utime(only(tmp_path), ns=(past, past))
    before = only(tmp_path).stat()
    while before.st_ctime_ns == only(tmp_path).stat().st_ctime_ns:  # the kernel's clock is coarse
        store.save([PHOTO])
    assert past == only(tmp_path).stat().st_mtime_ns


async def test_no_file_is_deleted_that_is_kept_at_the_same_moment(tmp_path: Path) -> None:
    """Who deletes an old file and who keeps it again take turns: what ``save`` returned is there."""
    store = FolderMedia(tmp_path)
    file = store.save([PHOTO])
    with ThreadPoolExecutor(1) as pool:
        for _ in range(50):
            before = store._path(file).stat().st_ctime + 1e-6
            while time.time() < before + 0.02:  # until the kernel's coarse clock has moved on
                pass
            saved = pool.submit(store.save, [PHOTO])
            await store.delete(file, before=before)
            assert file == saved.result()
            (await store.open(file)).close()


async def test_what_a_stranger_laid_there_is_told_and_no_file(tmp_path: Path) -> None:
    store = FolderMedia(tmp_path)
    file = store.save([PHOTO])
    shelf = only(tmp_path).parent
    digest = file.sha256
    other = "0" if digest[0] != "0" else "1"
    (tmp_path / "notes.txt").touch()
    (tmp_path / os.fsdecode(b"no\xfftext")).touch()
    (tmp_path / "lost+found").mkdir()
    (shelf / "folder.jpg").mkdir()
    (shelf / f"{digest}.exe").touch()
    (shelf / f"{other}{digest[1:]}.jpg").touch()  # of another shelf
    (shelf / f"{digest}.png").symlink_to("elsewhere")
    expected = [
        "notes.txt",
        "no\N{REPLACEMENT CHARACTER}text",
        "lost+found",
        *(
            f"{shelf.name}/{name}"
            for name in (
                "folder.jpg",
                f"{digest}.exe",
                f"{other}{digest[1:]}.jpg",
                f"{digest}.png",
            )
        ),
    ]
    assert sorted(expected) == sorted([name async for name in store.strangers()])
    assert [file] == [found async for found in store.walk()]


async def test_saving_again_mends_what_was_cut(tmp_path: Path) -> None:
    """A file of the wrong length is not the one that its name says."""
    store = FolderMedia(tmp_path)
    file = store.save([PHOTO])
    os.truncate(only(tmp_path), 100)
    assert file == store.save([PHOTO])
    assert only(tmp_path).read_bytes() == PHOTO


@pytest.mark.parametrize("content", [b"", b"not a picture"])
def test_what_is_refused_leaves_nothing(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InvalidValue):
        FolderMedia(tmp_path).save([content])
    assert files(tmp_path) == []


def test_a_refusal_says_what_it_is_instead(tmp_path: Path) -> None:
    store = FolderMedia(tmp_path)
    with pytest.raises(InvalidValue, match="it is application/pdf"):
        store.save([b"%PDF-1.7\n"])
    with pytest.raises(InvalidValue, match="it begins with b'URL signature expired'"):
        store.save([b"URL signature expired"])
    with pytest.raises(InvalidValue, match="it is image/tiff"):
        store.save([b"II*\0" + bytes(20)])


@pytest.fixture
def small_files() -> Iterator[None]:
    """A kernel that lets this process write no file beyond 10,000 bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.usefixtures("small_files")
def test_a_disk_that_takes_no_more_leaves_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The operator reads why, and the next file that fits is kept."""
    store = FolderMedia(tmp_path)
    with pytest.raises(StorageError, match="File too large"):
        store.save([VIDEO])
    assert files(tmp_path) == []
    assert [record.getMessage() for record in caplog.records] == ["media_failed"]
    assert "File too large" in vars(caplog.records[0])["reason"]
    store.save([PHOTO[:9000]])
    assert only(tmp_path).stat().st_size == 9000


@pytest.mark.parametrize("spoilt", ["root", "drafts", "prefix"])
async def test_a_folder_out_of_order_is_said_when_it_is_used(spoilt: str, tmp_path: Path) -> None:
    """And not before: the server starts, and recovers when the folder does."""
    root = tmp_path / "media"
    file = FolderMedia(tmp_path / "other").save([PHOTO])
    path = {"root": root, "drafts": root / "drafts", "prefix": root / file.sha256[:2]}[spoilt]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"a file where a folder should be")
    store = FolderMedia(root)
    with pytest.raises(StorageError):
        store.save([PHOTO])
    with pytest.raises(StorageError):
        await store.open(file)
    path.unlink()
    assert file == store.save([PHOTO])


WRITER = """
import sys
from pathlib import Path
from storykeep.storage.media import FolderMedia
def chunks():
    yield bytes.fromhex("ffd8ffe0")
    print("half", flush=True)
    sys.stdin.read()
FolderMedia(Path(sys.argv[1])).save(chunks())
"""


def test_a_draft_is_swept_once_its_writer_is_gone(tmp_path: Path) -> None:
    """Never half a file under a name; and no draft is taken from a writer who still lives."""
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"half\n"
        draft = only(tmp_path)
        assert tmp_path / "drafts" == draft.parent
        FolderMedia(tmp_path)
        assert draft == only(tmp_path)
        writer.send_signal(signal.SIGKILL)
    assert draft == only(tmp_path)
    FolderMedia(tmp_path)
    assert files(tmp_path) == []


def test_a_draft_that_is_swept_before_it_is_locked_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may open the store between the two."""
    store, make, made = FolderMedia(tmp_path), tempfile.mkstemp, []

    def make_and_sweep(dir: Path) -> tuple[int, str]:  # noqa: A002 - its name
        descriptor, name = make(dir=dir)
        made.append(name)
        if len(made) < 3:
            FolderMedia(tmp_path)
            assert not Path(name).exists()
        return descriptor, name

    monkeypatch.setattr(tempfile, "mkstemp", make_and_sweep)
    before = descriptors()
    assert len(PHOTO) == store.save([PHOTO]).size
    assert 3 == len(made)
    assert only(tmp_path).read_bytes() == PHOTO
    assert before == descriptors()


def test_what_a_stranger_laid_among_the_drafts_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "drafts" / "folder").mkdir(parents=True)
    for name in "az":
        (tmp_path / "drafts" / name).touch()
    store = FolderMedia(tmp_path)
    assert files(tmp_path) == []
    assert len(PHOTO) == store.save([PHOTO]).size


def _link(path: Path) -> None:
    kept = path.rename(path.with_name("elsewhere"))
    path.symlink_to(kept)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "spoil",
    [Path.unlink, lambda path: os.truncate(path, 10), _link, _pipe, _folder],
    ids=["missing", "cut", "symbolic link", "pipe", "folder"],
)
async def test_what_is_not_the_kept_file_is_not_opened(spoil: object, tmp_path: Path) -> None:
    store = FolderMedia(tmp_path)
    file = store.save([PHOTO])
    assert callable(spoil)
    spoil(only(tmp_path))
    before = descriptors()
    with pytest.raises(StorageError):
        await store.open(file)
    assert before == descriptors()


async def test_one_file_that_cannot_be_read_says_nothing_of_the_others(tmp_path: Path) -> None:
    """A link in its place, and a disk that has lost it: the file is at fault, not the store."""
    store = FolderMedia(tmp_path)
    file = store.save([PHOTO])
    _link(only(tmp_path))
    with pytest.raises(FileCorrupt):
        await store.open(file)
    lost = StoredFile(file, os.open("/proc/self/mem", os.O_RDONLY))  # answers EIO
    with pytest.raises(FileCorrupt):
        lost.read(0, 1)
    lost.close()


async def test_closing_gives_the_descriptor_back_once(tmp_path: Path) -> None:
    """A second close must not take a descriptor that means something else by then."""
    store = FolderMedia(tmp_path)
    file = store.save([PHOTO])
    opened = await store.open(file)
    descriptor = opened.fileno()
    opened.close()
    again = await store.open(file)
    assert descriptor == again.fileno()
    opened.close()
    assert PHOTO[:10] == again.read(0, 10)
    again.close()


async def test_a_file_that_is_not_in_memory_is_brought_there(tmp_path: Path) -> None:
    store = FolderMedia(tmp_path)
    opened = await store.open(store.save([VIDEO]))
    os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    for offset in range(0, len(VIDEO), 65536):
        size = min(65536, len(VIDEO) - offset)
        await opened.prepare(offset, size)
        assert VIDEO[offset : offset + size] == opened.read(offset, size)
    opened.close()


async def test_one_wait_for_the_disk_is_enough_where_nobody_can_tell(tmp_path: Path) -> None:
    """A file system that does not say what it has in memory costs one look ahead, not one a step."""

    class Blind(StoredFile):
        def _is_cached(self, offset: int) -> bool:  # noqa: ARG002 - it sees nothing
            return False

        def read(self, offset: int, size: int) -> bytes:
            reads.append((offset, size))
            return super().read(offset, size)

    reads: list[tuple[int, int]] = []
    path = tmp_path / "file"
    path.write_bytes(VIDEO)
    opened = Blind(MediaFile("", "", len(VIDEO)), os.open(path, os.O_RDONLY))
    for offset in range(0, len(VIDEO) - 1000, 1000):
        await opened.prepare(offset, 1000)
    assert [(0, len(VIDEO))] == reads
    opened.close()
