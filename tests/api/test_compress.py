"""JSON is compressed when it is asked for and worth it."""

import gzip

import pytest

from storykeep.api.compress import choose
from storykeep.core.zstd import decompress
from tests.api.rig import PHOTO, PUBLIC, Rig

REEL = f"/v1/user/stories?user_id={PUBLIC}"


@pytest.mark.parametrize(("coding", "unpack"), [("gzip", gzip.decompress), ("zstd", decompress)])
async def test_what_is_compressed_is_the_same(coding: str, unpack: object, rig: Rig) -> None:
    assert callable(unpack)
    plain = await rig.get(REEL)
    packed = await rig.get(REEL, accept_encoding=coding)
    assert coding == packed.headers["content-encoding"]
    assert plain.body == unpack(packed.body)
    assert str(len(packed.body)) == packed.headers["content-length"]
    assert len(packed.body) < len(plain.body) / 4
    assert plain.headers["content-type"] == packed.headers["content-type"]


async def test_nothing_is_compressed_that_nobody_asked_for(rig: Rig) -> None:
    """The answer may be kept by a cache, so it always says what it depends on."""
    for asked in ({}, {"accept_encoding": "identity"}, {"accept_encoding": "br, deflate"}):
        answer = await rig.get(REEL, **asked)
        assert "content-encoding" not in answer.headers
        assert answer.headers["vary"] == "accept-encoding"


async def test_a_short_answer_and_a_file_stay_as_they_are(rig: Rig) -> None:
    for target in ("/sys/balance", "/v1/story/by/id?id=x", f"/v1/story/download?id={PHOTO}"):
        answer = await rig.get(target, accept_encoding="gzip, zstd")
        assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        (b"gzip", b"gzip"),
        (b"GZIP", b"gzip"),
        (b"gzip, deflate, br, zstd", b"zstd"),
        (b"gzip;q=1.0, zstd;q=0.5", b"gzip"),
        (b"zstd;q=0, gzip;q=0.1", b"gzip"),
        (b"*", b"zstd"),
        (b"*;q=0.1, zstd;q=0", b"gzip"),
        (b"gzip;q=0", None),
        (b"gzip;q=x", None),
        (b"gzip;q=nan", None),
        (b"identity, *;q=0", None),
        (b"", None),
        (b",;=", None),
    ],
)
def test_the_clients_ranking_decides(asked: bytes, chosen: bytes | None) -> None:
    assert chosen == choose(asked)
