"""The payloads of this folder, and those beside the repository that may not be part of it.

All of this folder were written for this project after known shapes: account acme_wild.
"""

import json
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "payloads"

CONSTRUCTED = tuple(sorted(path.name for path in HERE.glob("constructed_*.json")))
CONSTRUCTED_ITEMS = tuple(name for name in CONSTRUCTED if name.startswith("constructed_v1_item_"))
INSTAGRAM_ERRORS = tuple(sorted(path.name for path in HERE.glob("error_ig_*.json")))
CAPTURES = (
    *CONSTRUCTED,
    "legacy_reels_media.json",
    "vendor_user_stories.json",
    "xdt_reels_media.json",
)


def payload(name: str) -> Any:
    """Decode a payload of this folder: a new object each time, to change as one likes."""
    return json.loads((HERE / name).read_bytes())


def shared(name: str) -> Any:
    """Decode a captured payload; skip the test, and say so, where it is not at hand."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"captured payload not at hand: ../shared/payloads/{name}")
    return json.loads(path.read_bytes())
