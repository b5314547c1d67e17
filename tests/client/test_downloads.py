"""Files over real sockets that fail: whole under their name, or not there; on both faces."""

import base64
import fcntl
import hashlib
from pathlib import Path
from typing import Any

import pytest

from storykeep.client import Retries, Timeouts, errors
from tests.client.faces import FACES, call
from tests.client.scripted import Asked, Said, http, scripted

FILE = bytes(range(256)) * 1000
SIZE, HALF = len(FILE), 100_000
DIGEST = hashlib.sha256(FILE)
TAG = f'"{DIGEST.hexdigest()}"'
REPR = f"sha-256=:{base64.b64encode(DIGEST.digest()).decode()}:"
PLAIN = {"content_type": "image/jpeg", "etag": TAG}


def whole(body: bytes = FILE, **headers: str) -> bytes:
    return http(200, body, **{**PLAIN, **headers})


def cut(at: int = HALF, **headers: str) -> bytes:
    return http(200, FILE[:at], length=SIZE, **{**PLAIN, **headers})


def rest(asked: Asked) -> bytes:
    """What a server answers that still has the version which was asked for."""
    assert asked.headers["if-range"] == TAG
    start = int(asked.headers["range"].removeprefix("bytes=").removesuffix("-"))
    return http(206, FILE[start:], content_range=f"bytes {start}-{SIZE - 1}/{SIZE}", **PLAIN)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fetch(face: str, url: str, to: Path, **options: Any) -> Any:
    return call(face, url, "story_download_v1", "1", to, **options)


def left_over(folder: Path, beginning: bytes, tag: str = TAG) -> Path:
    """What an earlier attempt left of ``a.jpg``."""
    (folder / "a.jpg.part").write_bytes(beginning)
    (folder / "a.jpg.part.etag").write_text(tag)
    return folder / "a.jpg"


@FACES
def test_a_file_arrives_under_its_name_with_its_type(face: str, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    to = tmp_path / "new" / "a_1.{ext}"
    with scripted(Said(whole(repr_digest=REPR))) as server:
        done = fetch(face, server.url, to, progress=lambda sofar, all_: told.append((sofar, all_)))
    assert FILE == done.path.read_bytes()
    assert ["a_1.jpg"] == names(tmp_path / "new")
    assert (DIGEST.hexdigest(), "image/jpeg", SIZE) == (
        done.file.sha256, done.file.content_type, done.file.size,
    )  # fmt: skip
    assert (SIZE, SIZE) == told[-1]
    assert "identity" == server.asked[0].headers["accept-encoding"]


@FACES
@pytest.mark.parametrize("then", ["close", "reset", "stall"])
def test_a_file_that_is_cut_or_stalls_is_resumed(face: str, then: str, tmp_path: Path) -> None:
    """From the byte where it was cut, and bound to the version that it was."""
    with scripted(Said(cut(), then), Said(rest)) as server:
        fetch(face, server.url, tmp_path / "a.jpg", timeouts=Timeouts(read=0.5))
    assert FILE == (tmp_path / "a.jpg").read_bytes()
    assert ["a.jpg"] == names(tmp_path)


@FACES
def test_a_file_that_stays_cut_is_an_error_and_its_part_waits(face: str, tmp_path: Path) -> None:
    """The next call asks for the rest only."""
    to = tmp_path / "a.jpg"
    head = cut(x_request_id="4711", x_hiker_info='{"reqs": 1}')
    with (
        scripted(Said(head, "close")) as server,
        pytest.raises(errors.BodyCut, match="resumes") as caught,
    ):
        fetch(face, server.url, to, retries=Retries(most=0))
    error = caught.value
    assert (200, 1, "4711") == (error.status, error.cost, error.request_id)
    assert ["a.jpg.part", "a.jpg.part.etag"] == names(tmp_path)
    assert FILE[:HALF] == (tmp_path / "a.jpg.part").read_bytes()
    with scripted(Said(rest)) as server:
        fetch(face, server.url, to)
    assert f"bytes={HALF}-" == server.asked[0].headers["range"]
    assert FILE == to.read_bytes()
    assert ["a.jpg"] == names(tmp_path)


@FACES
def test_a_page_is_no_file(face: str, tmp_path: Path) -> None:
    """As a portal or a proxy answers instead of the server."""
    page = http(200, b"<html>", content_type="text/html; charset=utf-8")
    with scripted(Said(page)) as server, pytest.raises(errors.NotUnderstood, match="address"):
        fetch(face, server.url, tmp_path / "a.jpg")
    assert [] == names(tmp_path)


@FACES
@pytest.mark.parametrize(
    ("beginning", "tag"),
    [(b"of another version", '"another"'), (b"of no version", ""), (b"", TAG), (b"x", "odd\n")],
)
def test_what_was_left_of_another_version_is_forgotten(
    face: str, beginning: bytes, tag: str, tmp_path: Path
) -> None:
    to = left_over(tmp_path, beginning, tag)
    with scripted(Said(whole())) as server:
        fetch(face, server.url, to)
    assert (tag if tag == '"another"' else None) == server.asked[0].headers.get("if-range")
    assert FILE == to.read_bytes()
    assert ["a.jpg"] == names(tmp_path)


@FACES
def test_a_left_over_whose_bytes_are_wrong_is_fetched_whole(face: str, tmp_path: Path) -> None:
    """As after a power cut: the digest tells, once."""
    to = left_over(tmp_path, bytes(HALF))
    with scripted(Said(rest), Said(whole())) as server:
        fetch(face, server.url, to)
    assert "range" not in server.asked[1].headers
    assert FILE == to.read_bytes()


@FACES
def test_a_left_over_that_is_too_long_is_fetched_whole(face: str, tmp_path: Path) -> None:
    to = left_over(tmp_path, FILE + b"more")
    refused = http(416, content_range=f"bytes */{SIZE}")
    with scripted(Said(refused), Said(whole())) as server:
        fetch(face, server.url, to)
    assert FILE == to.read_bytes()


@FACES
@pytest.mark.parametrize("claim", [{"repr_digest": REPR, "etag": '"v1"'}, {}])
def test_a_wrong_digest_leaves_nothing(face: str, claim: dict[str, str], tmp_path: Path) -> None:
    """Whether Repr-Digest or a tag that is one says so."""
    wrong = Said(whole(FILE[::-1], **claim))
    with scripted(wrong) as server, pytest.raises(errors.WrongDigest):
        fetch(face, server.url, tmp_path / "a.jpg")
    assert [] == names(tmp_path)


@FACES
@pytest.mark.parametrize(
    "answer",
    [
        http(200, b"{}"),
        whole(content_encoding="gzip"),
        b"HTTP/1.1 200 OK\r\ncontent-type: image/jpeg\r\n\r\nhalf?",
        http(206, FILE, content_range=f"bytes 5-{SIZE + 4}/{SIZE + 5}", **PLAIN),
        http(206, FILE, **PLAIN),
        http(302, location="https://elsewhere.test/a.jpg"),
        http(404, b'{"detail":"Media not found.","exc_type":"MediaNotFound"}'),
    ],
    ids=["json", "encoded", "endless", "another part", "some part", "moved", "absent"],
)
def test_what_is_no_whole_file_leaves_nothing(face: str, answer: bytes, tmp_path: Path) -> None:
    kinds = errors.NotUnderstood, errors.MediaNotFound
    with scripted(Said(answer, "close")) as server, pytest.raises(kinds):
        fetch(face, server.url, tmp_path / "a.jpg")
    assert [] == names(tmp_path)
    assert 1 == len(server.asked)


@FACES
def test_a_file_without_a_length_needs_a_digest(face: str, tmp_path: Path) -> None:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\netag: {TAG}\r\n\r\n".encode()
    with scripted(Said(head + FILE[:HALF], "close")) as server, pytest.raises(errors.WrongDigest):
        fetch(face, server.url, tmp_path / "a.{ext}")
    with scripted(Said(head + FILE, "close")) as server:
        assert tmp_path / "a.mp4" == fetch(face, server.url, tmp_path / "a.{ext}").path
    assert ["a.mp4"] == names(tmp_path)


@FACES
def test_what_was_there_stays_until_the_new_file_is_whole(face: str, tmp_path: Path) -> None:
    to = tmp_path / "a.jpg"
    to.write_bytes(b"old")
    with scripted(Said(cut(), "close")) as server, pytest.raises(errors.BodyCut):
        fetch(face, server.url, to, retries=Retries(most=0))
    assert b"old" == to.read_bytes()


@FACES
def test_a_part_that_another_download_writes_is_left_alone(face: str, tmp_path: Path) -> None:
    """And nothing is asked, so nothing is paid."""
    to = left_over(tmp_path, FILE[:HALF])
    with (tmp_path / "a.jpg.part").open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with scripted() as server, pytest.raises(errors.PartInUse):
            fetch(face, server.url, to)
    assert 0 == server.connections
    assert FILE[:HALF] == (tmp_path / "a.jpg.part").read_bytes()


@FACES
def test_a_folder_that_refuses_is_found_before_anything_is_paid(face: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with scripted() as server, pytest.raises(OSError, match="file"):
        fetch(face, server.url, tmp_path / "file" / "a.jpg")
    assert 0 == server.connections
