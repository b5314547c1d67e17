"""Data exports in each known shape, written as Instagram writes them."""

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.importers.rig import JPEG, MP4
from tests.making import T0

NEW = "your_instagram_activity/media/stories.json"
PLACES = (NEW, "your_instagram_activity/content/stories.json", "content/stories.json")
OLD = "media.json"
OWNER = "personal_information/personal_information/personal_information.json"
ROOT = "instagram-acme-2027-01-15-AbCd1234"

Files = dict[str, bytes]


def broken(text: str) -> str:
    """Return ``text`` as an export has it: its UTF-8 taken for Latin-1."""
    return text.encode().decode("latin-1")


def make_entry(name: str, taken_at: int = T0, title: str = "") -> dict[str, Any]:
    kind = "video_metadata" if name.endswith(".mp4") else "photo_metadata"
    told = [
        {"latitude": 48.8566, "longitude": 2.3522},
        {"device_id": "android-telltale", "source_type": "4", "software": "HDR+ 1.0"},
    ]
    return {
        "uri": f"media/stories/202701/{name}",
        "creation_timestamp": taken_at,
        "media_metadata": {kind: {"exif_data": told}},
        "title": broken(title),
        "cross_post_source": {"source_app": "FB"},
    }


def make_old_entry(name: str, taken_at: int = T0) -> dict[str, Any]:
    """As exports had it until about 2020."""
    path = f"stories/202701/{name}"
    return {
        "caption": "",
        "taken_at": datetime.fromtimestamp(taken_at, UTC).isoformat(),
        "path": path,
    }


def make_owner(username: str = "acme", key: str = "Username") -> bytes:
    facts = {"Email": {"value": "a@acme.test"}, key: {"value": username}}
    return json.dumps({"profile_user": [{"string_map_data": facts}]}).encode()


def make_export(place: str, *names: str, content: Mapping[str, bytes] | None = None) -> Files:
    """Return an export with a story of each second for ``names``, and their files."""
    make = make_old_entry if place == OLD else make_entry
    entries = [make(name, T0 + second) for second, name in enumerate(names)]
    listed: dict[str, Any] = {"ig_stories": entries}
    if place == OLD:
        listed = {"photos": [make_old_entry("no_story.jpg")], "stories": entries}
    files = {place: json.dumps(listed).encode()}
    for number, (name, entry) in enumerate(zip(names, entries, strict=True)):
        made = (MP4 if name.endswith(".mp4") else JPEG) + b"%d" % number
        files[str(entry.get("uri", entry.get("path")))] = (content or {}).get(name, made)
    return files


def write_zip(path: Path, files: Mapping[str, bytes], root: str = "", method: int = 8) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(f"{root}/{name}" if root else name, content)
    return path


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def write_folder(path: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path
