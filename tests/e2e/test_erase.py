"""Nothing of the erased is left in any file of the data folder, whatever it came from."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from storykeep.core.zstd import decompress
from tests.importers.exporting import NEW, OWNER, make_export, make_owner, write_zip
from tests.importers.rig import JPEG, MP4, PNG, make_item, make_reel
from tests.importers.sidecars import instaloader, make_node, make_sidecar, stem_of
from tests.payloads.loading import payload
from tests.server import Server, create_key, environment, run, serving

NAME, OLD, PK = "planted.name_7", "planted_before", 4400000077
FIRST = 3870830000050000001
MENTIONED, BESIDE = 3870830000001000003, 3870830000001000004
SHARED = JPEG + b"shared"
FRAME = b"\x28\xb5\x2f\xfd"
ZSTD = 64
"""So many of the first bytes of what was kept compressed are looked for."""


def write(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def save(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def planted(text: str) -> str:
    """Make the account of a payload the planted one."""
    return text.replace("4400000001", str(PK)).replace("acme_wild", NAME)


def mentioning(number: int) -> dict[str, Any]:
    """Return a story of another account that has the planted one wherever one can be."""
    item = make_item(number)
    user = {"pk": PK, "pk_id": str(PK), "id": str(PK), "username": NAME, "full_name": "P"}
    bloks = {"sticker_data": {"ig_mention": {"account_id": str(PK), "username": NAME}}}
    link = {"url": f"https://l.instagram.com/?u=https%3A%2F%2Finstagram.com%2F{NAME}%2F&e=1"}
    return {
        **item,
        "reel_mentions": [{"x": 0.1, "user": user}],
        "story_bloks_stickers": [{"bloks_sticker": {**bloks, "id": "bloks"}}],
        "sponsor_tags": [{"permission": True, "sponsor": user}],
        "story_feed_media": [{"media_id": "3870000000000000000", "user_id": PK}],
        "story_link_stickers": [{"x": 0, "y": 0, "width": 0, "height": 0, "story_link": link}],
        "caption": {"text": f"Thanks @{NAME}, once @{OLD}!", "pk": "1"},
        "accessibility_caption": f"Photo by Acme tagging @{NAME}.",
        "reshared_story_media_author": user,
        "unheard_of": {"nested": json.dumps({"id": PK, "who": NAME})},
    }


def plant(folder: Path) -> list[str]:
    """Write captures of the account and of another that mentions it; return what to import."""
    reel = json.loads(planted(json.dumps(make_reel(7000, 7001))))
    video = json.dumps(payload("constructed_v1_item_video_plain.json"))
    pk = str(json.loads(video)["pk"])
    reel["reel"]["items"].append(json.loads(planted(video).replace(pk, str(FIRST + 9))))
    write(folder / "captures" / "own.json", reel)
    older = json.loads(json.dumps(reel).replace(NAME, OLD))
    older["reel"]["items"] = older["reel"]["items"][:1]
    write(folder / "captures" / "older.json", older)
    pk = reel["reel"]["items"][0]["pk"]
    save(folder / "captures" / f"{pk}.jpg", JPEG)
    save(folder / "captures" / f"{FIRST + 9}.mp4", MP4)
    save(folder / "captures" / f"{reel['reel']['items'][1]['pk']}.jpg", SHARED)
    other = make_reel(0)
    other["reel"]["items"] = [mentioning(0), make_item(1)]
    other["reel"]["viewers"] = [{"user": {"pk": PK, "username": NAME}}]
    other["reel"]["user"] = {**make_item()["user"], "full_name": f"Acme, friend of @{NAME}"}
    write(folder / "captures" / "other.json", other)
    save(folder / "captures" / f"{BESIDE}.jpg", SHARED)
    own, others = (
        reel["reel"],
        {**other["reel"], "viewers": [{"user": {"pk": PK, "username": NAME}}]},
    )
    kept = [
        {**each, "id": f"highlight:{179 + index}", "reel_type": "highlight_reel", "title": NAME}
        for index, each in enumerate((own, others))
    ]
    kept[1]["title"] = f"With @{NAME}"
    write(folder / "captures" / "kept.json", {"reels": {each["id"]: each for each in kept}})
    legacy = json.dumps(payload("legacy_reels_media.json"))
    write(folder / "captures" / "legacy.json", json.loads(legacy.replace("acme_friend", NAME)))
    vendor = json.dumps(payload("vendor_user_stories.json"))
    vendor = vendor.replace("acme_friend", NAME).replace("4400000002", str(PK))
    write(folder / "captures" / "vendor.json", json.loads(vendor))
    xdt = json.dumps(payload("xdt_reels_media.json"))
    write(folder / "captures" / "xdt.json",
          json.loads(xdt.replace("acme_friend", NAME).replace("4400000002", str(PK))))  # fmt: skip
    sidecar = json.loads(planted(json.dumps(make_sidecar(FIRST))))
    write(folder / "gallery" / f"{NAME}_{FIRST}.jpg.json", sidecar)
    save(folder / "gallery" / f"{NAME}_{FIRST}.jpg", PNG)
    write(folder / "gallery" / f"with_{NAME}.jpg.json", make_sidecar(FIRST + 20))
    save(folder / "gallery" / f"with_{NAME}.jpg", PNG + b"other")
    save(folder / NAME / f"{FIRST + 1}.jpg", JPEG + b"bare")
    export = {**make_export(NEW, "one.jpg", "two.mp4"), OWNER: make_owner(OLD)}
    write_zip(folder / f"instagram-{OLD}.zip", export)
    node = json.loads(planted(json.dumps(make_node(FIRST + 2))))
    save(folder / "instaloader" / f"{stem_of()}.json.xz", instaloader(node))
    save(folder / "instaloader" / f"{stem_of()}.jpg", JPEG + b"loader")
    return [str(each) for each in sorted(folder.iterdir())]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    paths = plant(tmp_path / "planted")
    report = json.loads(run("import", "--json", *paths, data=tmp_path / "data").stdout)
    assert [] == report["problems"], report
    return tmp_path / "data"


def traces(data: Path, *needles: bytes) -> list[str]:
    """Return where the planted name or number stands, also in what is kept compressed."""
    words = (NAME.encode(), OLD.encode(), str(PK).encode(), *needles)
    found = []
    for path in sorted(path for path in data.rglob("*") if path.is_file()):
        content = path.read_bytes()
        lower = content.lower()
        found += [f"{path.name}: {word!r}" for word in words if word in lower or word in content]
        found += [f"{path.name}: its name" for word in words[:3] if word.decode() in path.name]
    for blob in blobs(data):
        text = (decompress(blob) if blob.startswith(FRAME) else blob).lower()
        found += [f"a row: {word!r}" for word in words[:3] if word in text]
    return found


def blobs(data: Path) -> Iterator[bytes]:
    """Go through all that is kept as bytes."""
    database = apsw.Connection(str(data / "archive.db"), flags=apsw.SQLITE_OPEN_READONLY)
    tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    for (table,) in tables:
        for row in database.execute(f"SELECT * FROM {table}"):
            yield from (value for value in row if isinstance(value, bytes))
    database.close()


def packed(data: Path) -> list[bytes]:
    """Return the beginnings of compressed captures that name the planted account."""
    words = (NAME.encode(), OLD.encode(), str(PK).encode())
    return [
        blob[8 : 8 + ZSTD]
        for blob in blobs(data)
        if blob.startswith(FRAME) and any(word in decompress(blob) for word in words)
    ]


def contents(data: Path) -> dict[str, bytes]:
    return {str(each.relative_to(data)): each.read_bytes()
            for each in sorted(data.rglob("*")) if each.is_file()}  # fmt: skip


def media(data: Path) -> list[bytes]:
    files = (data / "media").rglob("*.*")
    return sorted(each.read_bytes() for each in files if each.is_file())


def erase(data: Path, *options: str) -> dict[str, Any]:
    done = run("erase", "user", str(PK), "--yes", "--json", *options, data=data)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def served(server: Server, key: str, path: str) -> tuple[int, bytes]:
    with server.client(key) as client:
        answer = client.get(path)
        return answer.status_code, answer.content


def test_no_file_has_a_trace_and_the_rest_is_there(data: Path) -> None:
    beginnings = packed(data)
    assert 8 <= len(beginnings)
    assert {"archive.db"} <= {each.partition(":")[0] for each in traces(data, *beginnings)}
    report = erase(data)
    assert [] == traces(data, *beginnings)
    assert [PNG + b"other", SHARED] == media(data)
    assert (1, 7) == (report["shared_files"], report["files"])
    kept = json.loads(run("get", str(MENTIONED), "--json", data=data).stdout)
    assert ([], [], []) == (kept["mentions"], kept["sponsor_tags"], kept["medias"])
    assert "https://l.instagram.com" in kept["stickers"][0]["story_link"]["url"]


def test_a_dry_run_tells_the_same_and_changes_no_byte(data: Path) -> None:
    before = contents(data)
    told = erase(data, "--dry-run")
    assert before == contents(data)
    report = erase(data)
    assert {**told, "is_dry_run": False} == report
    assert before != contents(data)


def test_a_server_on_the_folder_forgets_it_too(data: Path) -> None:
    """While it runs; also reels that it has in memory."""
    beginnings, key = packed(data), create_key(data)
    reel = f"/v1/user/stories?user_id={PK}&at=2026-04-08T15:00:00Z"
    with serving(data, demo=False) as server:
        for _ in range(2):
            status, body = served(server, key, reel)
            assert 200 == status
            assert NAME.encode() in body
        erase(data)
        assert 404 == served(server, key, reel)[0]
        assert 404 == served(server, key, f"/v1/user/by/username?username={NAME}")[0]
        assert 200 == served(server, key, f"/v1/story/by/id?id={MENTIONED}")[0]
        assert [] == traces(data, *beginnings)
        # It goes on to write.
        assert 0 == server.stop(signal.SIGTERM)
    assert [] == traces(data, *beginnings)


def test_importing_it_again_brings_nothing_back(data: Path, tmp_path: Path) -> None:
    erase(data)
    paths = [str(each) for each in sorted((tmp_path / "planted").iterdir())]
    report = json.loads(run("import", "--json", *paths, data=data, code=3).stdout)
    assert "erased: not kept" in json.dumps(report)
    assert "its story was erased" in {each["reason"] for each in report["skipped"]}
    assert [] == traces(data)
    assert [PNG + b"other", SHARED] == media(data)
    run("reextract", data=data)
    assert [] == traces(data)
    lifted = run("erase", "user", str(PK), "--lift", data=data).stderr
    assert "tombstones lifted. Import or look again to have it back." in lifted
    run("import", *paths, data=data)
    again = run("get", NAME, "--at", "2026-04-08T15:00:00Z", "--json", data=data)
    assert NAME in again.stdout


def test_what_was_killed_is_finished_by_another_run(data: Path) -> None:
    """Wherever it was: five times it is killed a little later."""
    beginnings = packed(data)
    command = [sys.executable, "-m", "storykeep", "--data", str(data), "erase", "user", str(PK)]
    for wait in (0.3, 0.5, 0.6, 0.7, 0.9):
        process = subprocess.Popen(
            [*command, "--yes"], env=environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    erase(data)
    assert [] == traces(data, *beginnings)
    assert [PNG + b"other", SHARED] == media(data)


def test_it_asks_before_and_erases_nothing_without_a_yes(data: Path) -> None:
    before = contents(data)
    refused = run("erase", "user", str(PK), data=data, code=1)
    assert "Would be erased:" in refused.stderr
    assert "Erase this for good? [y/N]" in refused.stderr
    assert before == contents(data)


def test_a_persons_own_stories_stay(data: Path) -> None:
    run("erase", "person", str(PK), "--yes", data=data)
    kept = json.loads(run("get", str(MENTIONED), "--json", data=data).stdout)
    assert [] == kept["mentions"]
    own = run("get", NAME, "--at", "2026-04-08T15:00:00Z", "--json", data=data).stdout
    assert NAME in own


def test_a_story_and_a_person_in_one_go(data: Path) -> None:
    done = run("erase", "story", str(BESIDE), "--person", NAME, "--yes", data=data)
    assert "1 stories" in done.stdout
    run("get", str(BESIDE), data=data, code=1)
    kept = json.loads(run("get", str(MENTIONED), "--json", data=data).stdout)
    assert [] == kept["mentions"]


@pytest.mark.parametrize("who", ["0", "99999999999999999999", "not a name!", "@"])
def test_what_nobody_can_be_is_refused(tmp_path: Path, who: str) -> None:
    done = run("erase", "user", who, "--yes", data=tmp_path, code=1)
    assert "Error: " in done.stderr
    assert not (tmp_path / "archive.db").exists()
