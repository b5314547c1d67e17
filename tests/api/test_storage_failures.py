"""Shelves that are out of order are 503, said in the log, free, and used again once mended."""

import logging

import pytest

from tests.api.refusal import KEYED, Way, assert_refused
from tests.api.rig import PHOTO, PHOTO_BYTES, PUBLIC, Rig

GARBAGE = b"this is no database\n" * 1000
STORY = f"/v1/story/by/id?id={PHOTO}"
DOWNLOAD = f"/v1/story/download?id={PHOTO}"
OUT_OF_ORDER = Way("", "", 503, "StorageError", 1)


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    ("database", "headers"), [("ledger.db", {"x-hiker-info"}), ("archive.db", KEYED)]
)
async def test_a_database_that_is_none_is_503_until_it_is_mended(
    database: str, headers: set[str], rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is lost: with the file back, the same server answers, and nothing was charged."""
    path = rig.folder / database
    rig.shelves.close()
    kept = path.read_bytes()
    path.write_bytes(GARBAGE)
    answer = await rig.get(STORY)
    assert_refused(answer, OUT_OF_ORDER, headers=headers, secrets=(rig.secret, str(rig.folder)))
    assert complaints(caplog) == ["storage_failed"]
    assert database == vars(caplog.records[-1])["file"]
    assert "file is not a database" in vars(caplog.records[-1])["reason"]
    assert (await rig.get("/readyz", key="")).status == 503
    assert (await rig.get("/livez", key="")).status == 200
    path.write_bytes(kept)
    assert (await rig.get(STORY)).status == 200
    assert (await rig.get("/readyz", key="")).status == 200
    assert [line.entry.units for line in await rig.entries()] == [-1]


async def test_a_media_file_that_is_missing_is_503(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """The archive says that it is kept, so its absence is our fault and costs nothing."""
    (path,) = (path for path in (rig.folder / "media").rglob("*.jpg") if path.is_file())
    path.unlink()
    answer = await rig.get(DOWNLOAD)
    assert_refused(answer, OUT_OF_ORDER, headers=KEYED, secrets=(rig.secret, str(rig.folder)))
    assert complaints(caplog) == ["media_failed"]
    assert path.name in vars(caplog.records[-1])["reason"]
    assert await rig.entries() == []
    path.write_bytes(PHOTO_BYTES)
    assert (await rig.get(DOWNLOAD)).status == 200


@pytest.mark.parametrize("content", [b"", PHOTO_BYTES[:-1]])
async def test_a_media_file_that_is_cut_is_503(content: bytes, rig: Rig) -> None:
    (path,) = (path for path in (rig.folder / "media").rglob("*.jpg") if path.is_file())
    path.write_bytes(content)
    answer = await rig.get(DOWNLOAD)
    assert_refused(answer, OUT_OF_ORDER, headers=KEYED, secrets=(rig.secret, str(rig.folder)))
    assert await rig.entries() == []


async def test_a_ledger_that_cannot_be_written_gives_nothing_away(rig: Rig) -> None:
    """An answer leaves only after its charge is durable; without a charge there is none."""
    ledger = rig.shelves.databases[1]
    await ledger.write(lambda db: db.raw.execute("DROP TABLE entry"))  # type: ignore[attr-defined]
    for target in (STORY, DOWNLOAD, f"/v1/user/stories?user_id={PUBLIC}"):
        answer = await rig.get(target)
        assert answer.status == 503
        assert answer.json()["exc_type"] == "StorageError"
        assert answer.headers["x-quota-remaining"] == "1000"
