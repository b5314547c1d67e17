"""What every SessionStore promises; and of the folder, that it is sealed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from storykeep.core.errors import InvalidValue, StorageError
from storykeep.core.upstream import SessionStore
from storykeep.storage.sessions import MIN_KEY, FolderSessions
from storykeep.testing import MemorySessions

KEY = "k" * MIN_KEY
SESSION = b'{"authorization_data":{"sessionid":"42%3Aplanted"}}'

MAKERS: dict[str, Callable[[Path], SessionStore]] = {
    "memory": lambda _: MemorySessions(),
    "folder": lambda path: FolderSessions(path / "sessions", KEY),
}


@pytest.fixture(params=MAKERS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SessionStore:
    return MAKERS[request.param](tmp_path)


def test_what_is_saved_is_loaded(store: SessionStore) -> None:
    assert [] == list(store.names())
    assert store.load("acme") is None
    store.save("acme", b"first")
    store.save("Acme", SESSION)
    store.save("other.one", b"")
    assert ["acme", "other.one"] == list(store.names())
    assert [SESSION, b""] == [store.load("acme"), store.load("other.one")]


def test_what_is_removed_is_gone(store: SessionStore) -> None:
    store.save("acme", SESSION)
    assert [True, False] == [store.remove("acme"), store.remove("acme")]
    assert store.load("acme") is None
    assert [] == list(store.names())


@pytest.mark.parametrize("name", ["", "../acme", "a/b", "a b", "a" * 31])
def test_a_name_is_a_username(store: SessionStore, name: str) -> None:
    with pytest.raises(InvalidValue):
        store.save(name, SESSION)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    FolderSessions(tmp_path / "sessions", KEY).save("acme", SESSION)
    return tmp_path / "sessions"


def test_nothing_lies_open(folder: Path) -> None:
    (file,) = folder.iterdir()
    assert b"planted" not in file.read_bytes()
    assert b"sessionid" not in file.read_bytes()
    assert (0o700, 0o600) == (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777)


def test_one_session_never_gives_the_same_bytes(folder: Path) -> None:
    """Or it would show that nothing has changed."""
    before = (folder / "acme.session").read_bytes()
    FolderSessions(folder, KEY).save("acme", SESSION)
    assert before != (folder / "acme.session").read_bytes()


def test_another_key_opens_nothing(folder: Path) -> None:
    with pytest.raises(StorageError, match="STORYKEEP_SESSION_KEY does not open the session acme"):
        FolderSessions(folder, "x" * MIN_KEY).load("acme")


@pytest.mark.parametrize("key", ["", "short", "k" * (MIN_KEY - 1)])
def test_a_key_is_long(folder: Path, key: str) -> None:
    """Without one the sessions can still be named, and removed."""
    store = FolderSessions(folder, key)
    with pytest.raises(StorageError, match="openssl rand"):
        store.load("acme")
    with pytest.raises(StorageError, match="openssl rand"):
        store.save("acme", SESSION)
    assert ["acme"] == list(store.names())
    assert store.remove("acme")


@pytest.mark.parametrize(
    "harm", [b"", b"storykeep session 1\n", b"storykeep session 1\n" + bytes(60)]
)
def test_a_harmed_file_opens_to_nothing(folder: Path, harm: bytes) -> None:
    (folder / "acme.session").write_bytes(harm)
    with pytest.raises(StorageError, match="acme"):
        FolderSessions(folder, KEY).load("acme")


def test_a_file_does_not_open_under_another_name(folder: Path) -> None:
    (folder / "acme.session").rename(folder / "other.session")
    with pytest.raises(StorageError, match="other"):
        FolderSessions(folder, KEY).load("other")


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "sessions").write_text("no folder")
    store = FolderSessions(tmp_path / "sessions", KEY)
    with pytest.raises(StorageError, match="out of order"):
        store.save("acme", SESSION)


def test_a_save_that_failed_leaves_no_draft(folder: Path) -> None:
    """A folder stands where the file should."""
    (folder / "other.session").mkdir()
    with pytest.raises(StorageError):
        FolderSessions(folder, KEY).save("other", SESSION)
    assert ["acme.session", "other.session"] == sorted(path.name for path in folder.iterdir())
