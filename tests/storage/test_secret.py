"""The secret of stable addresses: made once, whatever happens at that moment."""

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from storykeep.core.errors import StorageError
from storykeep.private import write_private
from storykeep.storage import secret as module
from storykeep.storage.secret import open_secret

PROGRAMS = 8


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "media_key"


def test_it_is_made_once_and_is_the_same_ever_after(path: Path) -> None:
    made = open_secret(path)
    assert re.fullmatch(rb"[0-9a-f]{64}", made)
    assert made == open_secret(path)
    assert [path] == [*path.parent.iterdir()]


def test_only_its_owner_can_read_it(path: Path) -> None:
    open_secret(path)
    assert 0o600 == path.stat().st_mode & 0o777
    assert 0o700 == path.parent.stat().st_mode & 0o777


def test_two_are_not_alike(tmp_path: Path) -> None:
    assert open_secret(tmp_path / "a") != open_secret(tmp_path / "b")


def test_programs_that_make_it_at_once_agree(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them have seen that there is none before the first makes one."""
    barrier = Barrier(PROGRAMS)

    def write_last(path: Path, content: bytes, *, is_replaced: bool) -> None:
        barrier.wait(30)
        write_private(path, content, is_replaced=is_replaced)

    monkeypatch.setattr(module, "write_private", write_last)
    with ThreadPoolExecutor(PROGRAMS) as pool:
        secrets = {*pool.map(open_secret, [path] * PROGRAMS)}
    assert {path.read_bytes().strip()} == secrets
    assert [path] == [*path.parent.iterdir()]


@pytest.mark.parametrize("content", [b"", b"\n", b"short\n", b" " * 100])
def test_a_file_without_a_secret_is_not_replaced(content: bytes, path: Path) -> None:
    """It may be half of a backup: addresses that were given out would be void for ever."""
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StorageError, match="bring it back"):
        open_secret(path)
    assert content == path.read_bytes()


def test_a_secret_may_be_brought_along(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"correct horse battery staple and more\n")
    assert b"correct horse battery staple and more" == open_secret(path)


def test_a_folder_that_is_out_of_order_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data").write_text("a file")
    with caplog.at_level(logging.ERROR), pytest.raises(StorageError, match="media_key"):
        open_secret(tmp_path / "data" / "media_key")
    assert ["secret_failed"] == [record.message for record in caplog.records]
