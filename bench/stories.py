"""Stories to measure with: raw items of real size, made from the constructed payloads.

A captured item of a video is 33 KB of JSON, two thirds of it a manifest, and addresses are
560 (pictures) and 1060 (videos) characters long.  Its Story is 4 KB on the wire.
"""

import json
import random
from pathlib import Path
from typing import Any

from msgspec import structs

from storykeep.core.extract import read_capture
from storykeep.core.model import Story, encode_story

PAYLOADS = Path(__file__).parents[1] / "tests" / "payloads"
VIDEO = "constructed_v1_item_video_sponsor_paid_partnership.json"
PHOTO = "constructed_v1_item_photo_plain.json"

REAL, SMALL = 4_170, 1_200
"""Bytes of a Story on the wire: as captured, and as in the prototypes."""
RAW = 32_730
"""Bytes of a raw item, as captured."""

PICTURE_URL, VIDEO_URL = 562, 1058
FIRST_PK = 3_870_830_000_000_000_000
FIRST_ACCOUNT = 4_400_000_000
DAY = 86_400


def wire_story(size: int) -> Story:
    """Return a Story of ``size`` bytes on the wire."""
    item = json.loads((PAYLOADS / (VIDEO if size == REAL else PHOTO)).read_bytes())
    if size == REAL:
        item = _lengthened(item)
    reel = {"reel": {"user": item["user"], "items": [item]}, "status": "ok"}
    story = read_capture(reel, source="bench", seen_at=0).sightings[0].stories[0].story
    missing = size - len(encode_story(story))
    return structs.replace(story, thumbnail_url=f"{story.thumbnail_url}{'0' * missing}")


def capture(account: int, items: int, taken_at: int) -> bytes:
    """Return a captured reel of ``items`` raw items; every account's is another."""
    template = _lengthened(json.loads((PAYLOADS / VIDEO).read_bytes()))
    user = {**template["user"], "pk": FIRST_ACCOUNT + account, "username": f"account{account}"}
    user |= dict.fromkeys(("id", "pk_id", "strong_id__"), str(user["pk"]))
    made = []
    for number in range(items):
        pk = FIRST_PK + account * items + number
        item = {**template, "pk": pk, "user": user, "taken_at": taken_at + number}
        item["id"] = item["strong_id__"] = f"{pk}_{user['pk']}"
        item["expiring_at"] = taken_at + number + DAY
        item["code"] = None
        item["video_versions"] = _own(item["video_versions"], pk)
        item["image_versions2"] = {"candidates": _own(item["image_versions2"]["candidates"], pk)}
        size = len(_compact(item)) - len(item["video_dash_manifest"])
        item["video_dash_manifest"] = _manifest(pk, RAW - size)
        made.append(item)
    return _compact({"reel": {"id": user["pk"], "user": user, "items": made}, "status": "ok"})


def _own(versions: list[dict[str, Any]], pk: int) -> list[dict[str, Any]]:
    """Return media versions whose files are this story's own."""
    return [
        {**version, "url": version["url"].replace("acme", f"{pk}_")[: len(version["url"])]}
        for version in versions
    ]


def _manifest(seed: int, size: int) -> str:
    """Return text that compresses as a manifest does: a third of it is said once only."""
    noise = random.Random(seed)
    parts: list[str] = []
    length = 0
    while length < size:
        parts.append(
            f'<Representation id="{noise.getrandbits(64)}vd" bandwidth="{noise.getrandbits(20)}"'
            ' codecs="av01.0.08M.08.0.111.01.01.01.0" mimeType="video/mp4" sar="1:1">'
            f"<BaseURL>https://instagram.example/o1/v/t2/{noise.randbytes(90).hex()}</BaseURL>"
            "<SegmentBase indexRange='824-871' timescale='15360'/></Representation>"
        )
        length += len(parts[-1])
    # Quotes are escaped in JSON: what is counted is what is written.
    return "".join(parts).replace('"', "'")[:size]


def _lengthened(node: Any) -> Any:
    """Return the payload with addresses of real length."""
    if isinstance(node, dict):
        return {name: _lengthened(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_lengthened(value) for value in node]
    if isinstance(node, str) and node.startswith("https://"):
        size = VIDEO_URL if ".mp4" in node else PICTURE_URL
        return f"{node}{'&' if '?' in node else '?'}_nc_sid=".ljust(size, "8")
    return node


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
