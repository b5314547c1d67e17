"""Both faces against a real storykeep over TLS: every row, the errors, a file."""

import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from storykeep.client import errors
from storykeep.core.model import encode_story
from storykeep.sources.demo import KEPT_PK, read_media
from tests.client.faces import FACES, call
from tests.server import Server, create_key, serving

PAGE = f"https://www.instagram.com/stories/natgeo/{KEPT_PK}/"
KEPT = read_media("demo_kept.jpg")
THEN = datetime(2025, 11, 29, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("client") / "data", "--tls") as started:
        yield started


@pytest.fixture(scope="module")
def trusted(server: Server) -> dict[str, Any]:
    return {"key": create_key(server.data), "verify": server.authority}


@FACES
def test_every_row_answers_as_over_plain_http(
    face: str, server: Server, trusted: dict[str, Any]
) -> None:
    story = call(face, server.url, "story_by_id_v1", f"{KEPT_PK}_787132", **trusted)
    assert story == call(face, server.url, "story_by_url_v1", PAGE, **trusted)
    reel = call(face, server.url, "user_stories_v1", "787132", **trusted)
    named = call(
        face, server.url, "user_stories_by_username_v1", "NatGeo", amount=2, force=True, **trusted
    )
    assert (3, reel[:2]) == (len(reel), named)
    left = call(face, server.url, "balance_sys", **trusted).requests
    then = call(face, server.url, "user_stories_v1", "787132", at=THEN, **trusted)
    assert [story.pk] == [each.pk for each in then]
    assert left - 2 == call(face, server.url, "balance_sys", **trusted).requests


@FACES
def test_a_story_is_what_the_wire_says(face: str, server: Server, trusted: dict[str, Any]) -> None:
    trust = ssl.create_default_context(cafile=str(server.authority))
    with server.client(server.key, verify=trust) as client:
        wire = client.get("/v1/story/by/id", params={"id": KEPT_PK}).json()
    story = call(face, server.url, "story_by_id_v1", str(KEPT_PK), **trusted)
    assert wire == json.loads(encode_story(story))


@FACES
@pytest.mark.parametrize(
    ("method", "word"),
    [
        ("story_download_v1", str(KEPT_PK)),
        ("story_download_by_story_url_v1", PAGE),
        ("story_download_by_url_v1", PAGE),
    ],
)
def test_a_file_is_fetched_whole_and_resumed(
    face: str, method: str, word: str, server: Server, trusted: dict[str, Any], tmp_path: Path
) -> None:
    done = call(face, server.url, method, word, tmp_path / "a.{ext}", **trusted)
    assert (tmp_path / "a.jpg", KEPT) == (done.path, done.path.read_bytes())
    (tmp_path / "a.part").write_bytes(KEPT[:50_000])
    (tmp_path / "a.part.etag").write_text(f'"{done.file.sha256}"')
    told: list[int] = []
    again = call(
        face, server.url, method, word, tmp_path / "a.{ext}",
        progress=lambda so_far, _: told.append(so_far), **trusted,
    )  # fmt: skip
    assert (done, KEPT) == (again, done.path.read_bytes())
    assert min(told) > 50_000


@FACES
def test_errors_are_those_of_the_server(face: str, server: Server, trusted: dict[str, Any]) -> None:
    with pytest.raises(errors.StoryNotFound) as absent:
        call(face, server.url, "story_by_id_v1", "1", **trusted)
    assert (404, 1) == (absent.value.status, absent.value.cost)
    assert absent.value.request_id
    with pytest.raises(errors.PrivateAccount):
        call(face, server.url, "user_stories_by_username_v1", "demo_private", **trusted)
    with pytest.raises(errors.InvalidParams, match="amount: Input should be greater"):
        call(face, server.url, "user_stories_v1", "1", amount=-1, **trusted)
    with pytest.raises(errors.AccessKeyInvalid):
        call(face, server.url, "balance_sys", verify=server.authority)
    broke = create_key(server.data, "--units", "0", "--rate", "9")
    with pytest.raises(errors.InsufficientFunds, match="Top up"):
        call(face, server.url, "story_by_id_v1", "1", verify=server.authority, key=broke)


@FACES
def test_a_key_over_its_rate_is_told_when_to_come_back(face: str, server: Server) -> None:
    """Tomorrow is beyond what a call waits, so it ends."""
    waits: list[float] = []
    slow = create_key(server.data, "--units", "9", "--rate", str(1 / 86_000))
    options: dict[str, Any] = {"key": slow, "verify": server.authority}
    call(face, server.url, "story_by_id_v1", str(KEPT_PK), **options)
    with pytest.raises(errors.RateLimited) as caught:
        call(face, server.url, "story_by_id_v1", str(KEPT_PK), waits=waits, **options)
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 3600
    assert [] == waits


@FACES
def test_a_certificate_of_nobody_known_is_refused_at_once(face: str, server: Server) -> None:
    waits: list[float] = []
    with pytest.raises(errors.CertificateRefused, match="verify"):
        call(face, server.url, "balance_sys", waits=waits)
    assert [] == waits
